"""One voice of an ABC tune while it is read: notes, measures and what holds for the next ones."""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from antiphon.bridge.formats.abc_fields import accidental, parse_key
from antiphon.bridge.formats.limits import MAX_MEASURES, MAX_NOTES, MAX_QUARTERS
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Lyric, Note, Tie
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature

_NOTE = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-g])([,']*)([\d/]*)")
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
# Finer times than these are damage, and would make the arithmetic slow without end.
_FINEST = 2**40
_MOST_SLASHES = 8
# How many notes' time a tuplet of p notes takes (ABC 2.1, section 4.13); 0 depends on the meter.
_TUPLETS = {2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}


@dataclass(slots=True)
class Voice:
    """What is known of one voice while it is read; times are in quarters."""

    name: str
    unit: Fraction
    meter: tuple[int, int] | None
    key: dict[str, int]
    onset: Fraction = Fraction(0)
    bar_onset: Fraction = Fraction(0)
    altered: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    chords: list[ChordSymbol] = field(default_factory=list)
    keys: list[KeySignature] = field(default_factory=list)
    meters: list[TimeSignature] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    tuplet: tuple[Fraction, int] | None = None
    broken: Fraction = Fraction(1)
    last: tuple[int, int] = (0, 0)  # the notes that a broken rhythm to their right would change
    tied: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    forward: bool = False
    ending: str = ""
    voice: int = 1


def set_key(voice: Voice, text: str) -> None:
    """Take a key from here on. Raises ValueError."""
    fifths, mode, extra = parse_key(text)
    steps = _SHARPS[: max(fifths, 0)] if fifths > 0 else _FLATS[: max(-fifths, 0)]
    voice.key = dict.fromkeys(steps, 1 if fifths > 0 else -1) | extra
    voice.keys.append(KeySignature(voice.onset, fifths, mode))


def check_bounds(voice: Voice) -> None:
    """Raise ValueError for a voice past `limits`, or with times too fine to be meant."""
    if len(voice.notes) > MAX_NOTES or voice.onset > MAX_QUARTERS:
        raise ValueError("the tune is too long")
    if len(voice.measures) > MAX_MEASURES:
        raise ValueError(f"more than {MAX_MEASURES} measures")
    if voice.onset.denominator > _FINEST:
        raise ValueError("the note lengths share no beat")


def sound(voice: Voice, names: list[str], length: str, first: Fraction | None = None) -> None:
    """Notes that begin together now; a length is in units of L:. Raises ValueError."""
    duration = _time(voice, (first or Fraction(1)) * _length(length))
    start = len(voice.notes)
    pitches = [_pitch(voice, name) for name in names]
    for written in pitches:
        pitch, tie = written, Tie.NONE
        tied = [
            place
            for place in voice.tied
            if voice.notes[place].end == voice.onset
            and voice.notes[place].pitch.step == written.step
            and voice.notes[place].pitch.octave == written.octave
        ]
        for place in tied[:1]:
            before = voice.notes[place]
            pitch, tie = before.pitch, Tie.STOP  # a tie carries the accidental over the bar
            opened = Tie.BOTH if before.tie is Tie.STOP else Tie.START
            voice.notes[place] = replace(before, tie=opened)
        voice.notes.append(Note(voice.onset, duration, pitch, voice=voice.voice, tie=tie))
    voice.tied = []
    voice.last = (start, len(voice.notes))
    voice.line.append(start)
    voice.onset += duration


def sound_chord(voice: Voice, inside: str, length: str) -> None:
    """The notes inside [ ], which last what the first one says times the length after them."""
    names = _NOTE.findall(inside)
    if not names:
        return
    first = _length(names[0][3])
    sound(voice, ["".join(name[:3]) for name in names], length, first)


def rest(voice: Voice, letter: str, length: str) -> None:
    """A rest, or with Z and X whole measures of rest. Raises ValueError."""
    voice.tied = []
    if letter in "ZX":
        count = int(length) if length.isdigit() else 1
        if count > MAX_MEASURES:
            raise ValueError(f"a rest of {count} measures")
        full = TimeSignature(Fraction(0), *(voice.meter or (4, 4))).measure_duration
        for _ in range(count - 1):
            voice.onset += full
            draw_bar(voice, "|", "")
        voice.onset += full
        return
    voice.onset += _time(voice, _length(length))
    voice.last = (len(voice.notes), len(voice.notes))


def grace(voice: Voice, text: str) -> None:
    """Grace notes before the next note."""
    for mark, letter, octave, _ in _NOTE.findall(text):
        pitch = _pitch(voice, mark + letter + octave)
        voice.notes.append(Note(voice.onset, Fraction(0), pitch, voice=voice.voice))


def begin_tuplet(voice: Voice, text: str) -> None:
    """A tuplet sign (p:q:r from here on. Raises ValueError."""
    numbers = [int(part) if part else 0 for part in text.split(":")]
    actual, normal, count = [*numbers, 0, 0][:3]
    if actual not in _TUPLETS and not normal:
        raise ValueError(f"a tuplet of {actual}")
    compound = bool(voice.meter) and voice.meter is not None and voice.meter[0] % 3 == 0
    normal = normal or _TUPLETS[actual] or (3 if compound else 2)
    voice.tuplet = (Fraction(normal, actual), count or actual)


def break_rhythm(voice: Voice, marks: str) -> None:
    """Broken rhythm: time moves between the last note and the next. Raises ValueError."""
    if len(marks) > _MOST_SLASHES:
        raise ValueError(f"a broken rhythm of {len(marks)} signs")
    share = Fraction(1, 2 ** len(marks))
    longer, shorter = 2 - share, share
    before, voice.broken = (longer, shorter) if marks[0] == ">" else (shorter, longer)
    start, end = voice.last
    if start == end:
        return
    old = voice.notes[start].duration
    for place in range(start, end):
        voice.notes[place] = replace(voice.notes[place], duration=old * before)
    voice.onset += old * before - old


def draw_bar(voice: Voice, bar: str, volta: str) -> None:
    """A barline with its repeat signs and volta: the measure ends here."""
    end = max(voice.onset, max((n.end for n in voice.notes[-8:]), default=voice.onset))
    voice.onset, voice.voice, voice.altered = end, 1, {}
    backward = 2 if bar.startswith(":") else 0
    if end > voice.bar_onset:
        voice.measures.append(
            Measure(
                voice.bar_onset,
                end - voice.bar_onset,
                "",
                forward_repeat=voice.forward,
                backward_repeat=backward,
                ending=voice.ending,
            )
        )
        voice.forward, voice.bar_onset = False, end
    elif backward and voice.measures:
        voice.measures[-1] = replace(voice.measures[-1], backward_repeat=2)
    if bar.endswith(":"):
        voice.forward = True
    if volta:
        voice.ending = volta.strip("[")
    elif backward or bar not in ("|",):
        voice.ending = ""


def add_lyrics(voice: Voice, text: str) -> None:
    """Syllables under the notes of the line before (ABC 2.1, section 5.1)."""
    places = [place for place in voice.line if voice.notes[place].tie not in (Tie.STOP, Tie.BOTH)]
    taken = {len(voice.notes[p].lyrics) for p in places} or {0}
    verse = str(max(taken) + 1)
    tokens = re.findall(r"[^\s\-_*|]+-?|_|\*|-", text.replace("\\-", "\u2011"))
    continues = False
    for place, token in zip(places, tokens, strict=False):
        if token in ("_", "*", "-"):
            continue
        word = token.rstrip("-").replace("~", " ").replace("\u2011", "-")
        begins = token.endswith("-")
        syllabic = {
            (False, False): "single",
            (False, True): "begin",
            (True, True): "middle",
            (True, False): "end",
        }[continues, begins]
        continues = begins
        note = voice.notes[place]
        voice.notes[place] = replace(note, lyrics=(*note.lyrics, Lyric(verse, word, syllabic)))


def _length(text: str) -> Fraction:
    """A note's length in units: 3, 3/2, /, //, /4."""
    if not text:
        return Fraction(1)
    whole, slash, below = text.partition("/")
    upper = Fraction(int(whole[:6])) if whole else Fraction(1)
    if not slash:
        return upper
    digits = below.strip("/")
    if digits:
        return upper / int(digits.split("/", maxsplit=1)[0][:6])
    if len(below) > _MOST_SLASHES:
        raise ValueError(f"a note length of {1 + len(below)} slashes")
    return upper / (2 << len(below))


def _time(voice: Voice, units: Fraction) -> Fraction:
    """Quarters of the next note or rest, under a tuplet and a broken rhythm."""
    duration = units * voice.unit * voice.broken
    voice.broken = Fraction(1)
    if voice.tuplet:
        ratio, left = voice.tuplet
        duration *= ratio
        voice.tuplet = (ratio, left - 1) if left > 1 else None
    return duration


def _pitch(voice: Voice, text: str) -> Pitch:
    found = _NOTE.match(text)
    if not found:
        raise ValueError(f"{text!r} is not a note")
    mark, letter, marks, _ = found.groups()
    step = letter.upper()
    alter = accidental(mark or "")
    if alter is None:
        alter = voice.altered.get(step, voice.key.get(step, 0))
    else:
        voice.altered[step] = alter
    octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
    return Pitch(step, alter, octave)
