"""Phrase: the only musical thing that travels inside Antiphon."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import TypeVar

from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature

_Dated = TypeVar("_Dated", KeySignature, TimeSignature)


class Tie(Enum):
    """How a note is tied to its neighbours of the same pitch."""

    NONE = "none"
    START = "start"
    BOTH = "both"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Lyric:
    """One syllable under a note: verse number, text, and MusicXML's syllabic word."""

    number: str
    text: str
    syllabic: str = "single"


@dataclass(frozen=True, slots=True)
class Note:
    """One written note; onset and duration in quarters from the start of the phrase.

    A grace note has duration 0. Pitch is the sounding pitch. Voices and staves count
    from 1 as in MusicXML. Raises ValueError for negative times or a velocity outside 1 … 127.
    """

    onset: Fraction
    duration: Fraction
    pitch: Pitch
    velocity: int = 80
    voice: int = 1
    staff: int = 1
    tie: Tie = Tie.NONE
    lyrics: tuple[Lyric, ...] = ()

    def __post_init__(self) -> None:
        if self.onset < 0 or self.duration < 0:
            raise ValueError("a note cannot begin before the phrase or last less than nothing")
        if not 1 <= self.velocity <= 127:
            raise ValueError(f"velocity {self.velocity}")

    @property
    def end(self) -> Fraction:
        """Where the note stops, in quarters."""
        return self.onset + self.duration

    @property
    def is_grace(self) -> bool:
        """Whether this is a grace note: it takes no time of the measure."""
        return self.duration == 0


@dataclass(frozen=True, slots=True)
class Transposition:
    """How far the sounding pitch lies from the written one: semitones and line-of-fifths steps.

    A clarinet in B flat sounds (-2, -2): two semitones lower, two fifths flatter.
    An octave changes semitones only.
    """

    semitones: int = 0
    fifths: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument or voice; `program` is the General MIDI program, 0 … 127."""

    id: str
    name: str
    notes: tuple[Note, ...]
    program: int = 0
    is_drums: bool = False
    staff_count: int = 1
    transposition: Transposition = Transposition()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A passage of music: parts over one map of measures, keys, meters, tempos and chords.

    All onsets and `length` are quarters from the start of the phrase. Notes of a part are
    sorted by (onset, staff, voice, pitch); `normalised` gives that order. Key signatures are
    the sounding ones; a transposing part's printed key follows from its transposition.
    """

    parts: tuple[Part, ...]
    measures: tuple[Measure, ...]
    length: Fraction
    key_signatures: tuple[KeySignature, ...] = ()
    time_signatures: tuple[TimeSignature, ...] = ()
    tempos: tuple[Tempo, ...] = ()
    chords: tuple[ChordSymbol, ...] = ()
    title: str = ""


def note_order(note: Note) -> tuple[Fraction, bool, int, int, int]:
    """Sort key of notes in a part: by onset, grace notes first, then staff, voice and pitch."""
    return (note.onset, not note.is_grace, note.staff, note.voice, note.pitch.midi_number)


def normalised(part: Part) -> Part:
    """The part with its notes in standing order; grace notes keep theirs."""

    def key(note: Note) -> tuple[Fraction, bool, int, int, int]:
        order = note_order(note)
        return (*order[:4], 0) if note.is_grace else order

    return replace(part, notes=tuple(sorted(part.notes, key=key)))


def key_at(phrase: Phrase, onset: Fraction) -> KeySignature | None:
    """The key signature that holds at `onset`, or None where none was given."""
    return _latest(phrase.key_signatures, onset)


def meter_at(phrase: Phrase, onset: Fraction) -> TimeSignature:
    """The time signature that holds at `onset`; 4/4 where none was given."""
    return _latest(phrase.time_signatures, onset) or TimeSignature(Fraction(0), 4, 4)


def measure_at(phrase: Phrase, onset: Fraction) -> Measure | None:
    """The measure that holds `onset`, or None past the end."""
    near = bisect_right(phrase.measures, onset, key=lambda measure: measure.onset) - 1
    if near >= 0 and phrase.measures[near].onset <= onset < phrase.measures[near].end:
        return phrase.measures[near]
    for measure in phrase.measures:
        if measure.onset <= onset < measure.end:
            return measure
    return None


def _latest(values: Iterable[_Dated], onset: Fraction) -> _Dated | None:
    found = None
    for value in values:
        if value.onset <= onset and (found is None or value.onset >= found.onset):
            found = value
    return found
