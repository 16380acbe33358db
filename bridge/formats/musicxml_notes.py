"""Read the small elements of MusicXML: numbers, pitches, notes, signatures, chord symbols."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from antiphon.bridge.formats.limits import MAX_DIVISIONS, MAX_QUARTERS, MAX_TEXT
from antiphon.bridge.formats.xml_safe import Node, broken
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature, mode_named
from antiphon.bridge.music.melody import tie_of
from antiphon.bridge.music.phrase import Lyric, Tie, Transposition
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.music.time import Tempo, TimeSignature

_DECIMAL = re.compile(r"[+-]?\d{1,9}(\.\d{0,9})?")
_INTEGER = re.compile(r"[+-]?\d{1,9}")
_FORTE = 90  # MusicXML's `dynamics` attribute is a percentage of this velocity
_TYPES = [
    "1024th",
    "512th",
    "256th",
    "128th",
    "64th",
    "32nd",
    "16th",
    "eighth",
    "quarter",
    "half",
    "whole",
    "breve",
    "long",
    "maxima",
]
NOTE_TYPES = {name: Fraction(2) ** (power - 8) for power, name in enumerate(_TYPES)}


@dataclass(frozen=True, slots=True)
class Instruments:
    """Drum sounds of a part: MIDI numbers by instrument id."""

    sounds: dict[str, int]


def decimal(text: str, what: str, name: str) -> Fraction:
    """A decimal number as MusicXML writes it; raises AntiphonError("broken-musicxml")."""
    if not _DECIMAL.fullmatch(text):
        raise broken(what, f"{name} is “{text[:20]}”, not a number")
    return Fraction(text)


def integer(text: str, what: str, name: str) -> int:
    """A whole number; raises AntiphonError("broken-musicxml")."""
    number = decimal(text, what, name)
    if number.denominator != 1:
        raise broken(what, f"{name} is “{text[:20]}”, not a whole number")
    return int(number)


def small_integer(text: str, otherwise: int, lowest: int, highest: int) -> int:
    """A whole number from `lowest` to `highest`; anything else gives `otherwise`."""
    if _INTEGER.fullmatch(text) and lowest <= int(text) <= highest:
        return int(text)
    return otherwise


def divisions_of(text: str, what: str) -> int:
    """Ticks a quarter; raises AntiphonError("broken-musicxml") unless 1 … 16384."""
    divisions = integer(text, what, "divisions")
    if not 1 <= divisions <= MAX_DIVISIONS:
        raise broken(what, f"divisions is {divisions}, outside 1 to {MAX_DIVISIONS}")
    return divisions


def duration_of(node: Node, divisions: int, what: str) -> Fraction:
    """Length in quarters of a note, backup or forward.

    A note without duration takes that of its type. Raises AntiphonError("broken-musicxml").
    """
    text = node.words("duration")
    if not text:
        return _type_duration(node, what)
    duration = decimal(text, what, "a duration") / divisions
    if not 0 <= duration <= MAX_QUARTERS:
        raise broken(what, f"a duration is {text[:20]}")
    return duration


def _type_duration(node: Node, what: str) -> Fraction:
    duration = NOTE_TYPES.get(node.words("type"))
    if duration is None:
        raise broken(what, f"a {node.tag} has no duration")
    dots = min(sum(1 for _ in node.all("dot")), 4)
    actual = small_integer(node.words("time-modification", "actual-notes"), 1, 1, 999)
    normal = small_integer(node.words("time-modification", "normal-notes"), 1, 1, 999)
    return duration * (2 - Fraction(1, 2**dots)) * Fraction(normal, actual)


def _nearest(alter: Fraction) -> int:
    """The nearest semitone; a quarter tone goes up, whatever note it is written from."""
    return floor(alter + Fraction(1, 2))


def spelled(step: str, alter: int, octave: int, what: str) -> Pitch:
    """A pitch in its spelling; more than three accidentals are respelled.

    Raises AntiphonError("broken-musicxml").
    """
    try:
        if -3 <= alter <= 3:
            return Pitch(step, alter, octave)
        return spell(Pitch(step, 0, octave).midi_number + alter)
    except ValueError:
        raise broken(what, f"a pitch is {step[:8]}{octave}") from None


def written_pitch(note: Node, instruments: Instruments, what: str) -> Pitch | None:
    """The pitch as printed, or the sound of a drum; None for a rest.

    Microtones go to the nearest semitone. Raises AntiphonError("broken-musicxml").
    """
    pitch = note.child("pitch")
    if pitch is not None:
        alter = decimal(pitch.words("alter") or "0", what, "alter")
        octave = integer(pitch.words("octave"), what, "octave")
        if not (-12 <= alter <= 12 and -1 <= octave <= 9):
            raise broken(what, f"a pitch is {pitch.words('step')[:8]}{octave}")
        return spelled(pitch.words("step"), _nearest(alter), octave, what)
    unpitched = note.child("unpitched")
    if unpitched is None:
        if note.child("rest") is None:
            raise broken(what, "a note has neither pitch nor rest")
        return None
    instrument = note.child("instrument")
    sound = instruments.sounds.get(instrument.get("id")) if instrument else None
    if sound is not None:
        return spell(sound)
    octave = small_integer(unpitched.words("display-octave"), 4, 0, 9)
    return spelled(unpitched.words("display-step") or "B", 0, octave, what)


def velocity_of(note: Node) -> int:
    """Velocity from the note's `dynamics` attribute; 80 where there is none."""
    text = note.get("dynamics")
    if not _DECIMAL.fullmatch(text):
        return 80
    return max(1, min(127, round(Fraction(text) * _FORTE / 100)))


def tie_in(note: Node) -> Tie:
    """How the note is tied, from `tie` or else from `tied`."""
    kinds = {tie.get("type") for tie in note.all("tie")}
    if not kinds:
        kinds = {tied.get("type") for marks in note.all("notations") for tied in marks.all("tied")}
    return tie_of(closes="stop" in kinds, opens="start" in kinds)


def lyrics_of(note: Node) -> tuple[Lyric, ...]:
    """The syllables under a note; elided ones are joined by a space."""
    found = []
    for lyric in note.all("lyric"):
        text = " ".join(part.text.strip() for part in lyric.all("text"))[:MAX_TEXT]
        if text:
            syllabic = lyric.words("syllabic") or "single"
            found.append(Lyric(lyric.get("number", "1")[:16], text, syllabic[:8]))
    return tuple(found)


def transposition_of(node: Node, what: str) -> Transposition:
    """The interval from written to sounding pitch; raises AntiphonError("broken-musicxml").

    Semitones s and diatonic steps d lie 7s - 12d fifths apart; where a program left out the
    steps or wrote nonsense, the nearest interval is taken.
    """
    chromatic = round(decimal(node.words("chromatic") or "0", what, "chromatic"))
    octaves = small_integer(node.words("octave-change"), 0, -9, 9)
    if not -60 <= chromatic <= 60:
        raise broken(what, f"a transposition is {chromatic} semitones")
    fifths = (7 * chromatic + 5) % 12 - 5
    if node.words("diatonic"):
        steps = small_integer(node.words("diatonic"), 0, -40, 40)
        exact = 7 * chromatic - 12 * steps
        fifths = exact if -12 <= exact <= 12 else fifths
    return Transposition(chromatic + 12 * octaves, fifths)


def key_of(node: Node, onset: Fraction, moved: Transposition) -> KeySignature | None:
    """The sounding key signature, or None for one that is not built of fifths."""
    text = node.words("fifths")
    if not _INTEGER.fullmatch(text) or not -14 <= int(text) <= 14:
        return None
    fifths = int(text) + moved.fifths
    if moved.fifths and not -7 <= fifths <= 7:
        fifths -= 12 if fifths > 0 else -12
    return KeySignature(onset, fifths, mode_named(node.words("mode")))


def meter_of(node: Node, onset: Fraction, what: str) -> TimeSignature | None:
    """The meter ("3+2" over 8 and mixed ones are summed), or None where none is measured.

    Raises AntiphonError("broken-musicxml").
    """
    total, smallest = Fraction(0), 1
    for beats, unit in zip(node.all("beats"), node.all("beat-type"), strict=False):
        beat_type = integer(unit.text.strip(), what, "beat-type")
        if beat_type not in (1, 2, 4, 8, 16, 32, 64, 128):
            raise broken(what, f"the meter’s beat type is {beat_type}")
        smallest = max(smallest, beat_type)
        for term in beats.text.split("+")[:32]:
            total += decimal(term.strip(), what, "beats") / beat_type
    if total == 0 and node.child("beats") is None:
        return None
    number = total * smallest
    while number.denominator != 1 and smallest < 128:
        number, smallest = number * 2, smallest * 2
    if number.denominator != 1 or not 1 <= number <= 128:
        raise broken(what, f"the meter has {number} beats")
    return TimeSignature(onset, int(number), smallest)


def tempo_of(text: str, unit: Fraction, onset: Fraction) -> Tempo | None:
    """A tempo from a number of `unit` (quarters) a minute; None where it makes no sense."""
    found = _DECIMAL.search(text)
    speed = float(Fraction(found.group()) * unit) if found else 0.0
    return Tempo(onset, speed) if 0 < speed < 10_000 else None


def metronome_tempo(node: Node, onset: Fraction) -> Tempo | None:
    """The tempo that a metronome mark prints, or None (metric modulations, words)."""
    unit = NOTE_TYPES.get(node.words("beat-unit"))
    if unit is None or node.child("per-minute") is None:
        return None
    dots = min(sum(1 for _ in node.all("beat-unit-dot")), 3)
    return tempo_of(node.words("per-minute"), unit * (2 - Fraction(1, 2**dots)), onset)


def chord_of(node: Node, onset: Fraction, moved: Transposition) -> ChordSymbol | None:
    """The first chord symbol of a `harmony`, sounding; None for one without root."""
    kind = node.child("kind")
    word = node.words("kind")[:64]
    text = kind.get("text")[:64] if kind else ""
    if word == "none":
        return ChordSymbol(onset, None, word, text)
    root = _degree(node, "root", moved)
    if root is None:
        return None
    degrees = tuple(
        (
            small_integer(degree.words("degree-value"), 1, 1, 99),
            small_integer(degree.words("degree-alter"), 0, -3, 3),
            degree.words("degree-type")[:8] or "add",
        )
        for degree in node.all("degree")
    )
    bass = _degree(node, "bass", moved)
    return ChordSymbol(onset, root, word or "major", text, bass, degrees)


def _degree(node: Node, name: str, moved: Transposition) -> tuple[str, int] | None:
    step = node.words(name, f"{name}-step")
    text = node.words(name, f"{name}-alter") or "0"
    if step not in tuple("CDEFGAB") or not _DECIMAL.fullmatch(text):
        return None
    alter = round(Fraction(text))
    if not -3 <= alter <= 3:
        return None
    return moved_name(step, alter, moved.fifths)


def moved_name(step: str, alter: int, fifths: int) -> tuple[str, int]:
    """A note name moved along the line of fifths; past two accidentals it is respelled."""
    if not fifths:
        return step, alter
    place = Pitch(step, alter, 4).fifths + fifths
    place -= 12 * ((place > 19) - (place < -15))
    return "FCGDAEB"[(place + 1) % 7], (place + 1) // 7
