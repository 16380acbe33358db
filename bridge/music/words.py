"""Music in words for people: one vocabulary for command line, panel and editors."""

from collections.abc import Iterable
from fractions import Fraction

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Phrase, key_at, measure_at, meter_at
from antiphon.bridge.music.pitch import Pitch, pitch_from_fifths
from antiphon.bridge.music.time import Measure, TimeSignature

_SIGNS = {-3: "♭♭♭", -2: "♭♭", -1: "♭", 0: "", 1: "♯", 2: "♯♯", 3: "♯♯♯"}
_DEGREES = ("tonic", "supertonic", "third", "fourth", "dominant", "sixth", "seventh")


def note_name(pitch: Pitch, with_octave: bool = True) -> str:
    """The name of a pitch: "F♯4", or "F♯" without its octave; C4 is middle C."""
    return f"{pitch.step}{_SIGNS[pitch.alter]}{pitch.octave if with_octave else ''}"


def key_name(key: KeySignature) -> str:
    """The name of a key: "G major", "E minor", "D dorian"."""
    tonic = pitch_from_fifths(key.tonic_fifths, 60 + 7 * key.tonic_fifths % 12)
    return f"{note_name(tonic, with_octave=False)} {key.mode}"


def meter_name(meter: TimeSignature) -> str:
    """The meter as printed: "6/8"."""
    return f"{meter.beats}/{meter.beat_type}"


def measures_in_words(measures: Iterable[Measure]) -> str:
    """The span of some measures: "measure 9", "measures 9–16", "" for none."""
    numbers = [measure.number for measure in measures]
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"measure {numbers[0]}"
    return f"measures {numbers[0]}–{numbers[-1]}"


def region_in_words(phrase: Phrase, part_id: str, start: Fraction, end: Fraction) -> str:
    """A span of a part (quarters): "Violin, measures 9–16, 4/4, G major".

    A key is named only where a key signature is given.
    """
    name = next((part.name for part in phrase.parts if part.id == part_id), "")
    measures = [m for m in phrase.measures if m.onset < end and m.end > start]
    key = key_at(phrase, start)
    said = [
        name or "Unnamed part",
        measures_in_words(measures),
        meter_name(meter_at(phrase, start)),
        key_name(key) if key else "",
    ]
    return ", ".join(word for word in said if word)


def range_in_words(notes: Iterable[Note]) -> str:
    """The lowest and highest pitch of some notes: "D4 to B5", "A4" for one, "" for none."""
    pitches = sorted((note.pitch for note in notes), key=lambda pitch: pitch.midi_number)
    if not pitches:
        return ""
    lowest, highest = note_name(pitches[0]), note_name(pitches[-1])
    return lowest if lowest == highest else f"{lowest} to {highest}"


def degree_name(pitch: Pitch, key: KeySignature) -> str:
    """What a pitch is in a key: "tonic", "raised seventh", "lowered third"."""
    tonic = key.tonic_fifths
    tonic_step = pitch_from_fifths(tonic, 60 + 7 * tonic % 12).step
    letters = "CDEFGAB"
    number = (letters.index(pitch.step) - letters.index(tonic_step)) % 7
    diatonic = next(f for f in range(key.fifths - 1, key.fifths + 6) if (f - pitch.fifths) % 7 == 0)
    shift = (pitch.fifths - diatonic) // 7
    return f"{('', 'raised ', 'lowered ')[(shift > 0) - (shift < 0)]}{_DEGREES[number]}"


def place_in_words(phrase: Phrase, onset: Fraction) -> str:
    """Where an onset lies: "measure 3", "" outside the measures."""
    measure = measure_at(phrase, onset)
    return f"measure {measure.number}" if measure else ""
