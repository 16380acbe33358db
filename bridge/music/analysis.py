"""What is heard in a passage, as values: panel, command line and editors show the same ones.

All onsets are quarters from the start of the passage; `measure` is the printed number. Words are
English sentences; every figure that they rest on stands beside them.
"""

from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.harmony import ChordSymbol, KeySignature


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A key that holds from `onset` to `end`, from the measure on that is named."""

    onset: Fraction
    end: Fraction
    measure: str
    key: KeySignature
    name: str


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord: its symbol as printed, its Roman numeral (music21's spelling) and the key of it.

    `beat` counts felt beats of the measure from 1; `is_given` says that the symbol stood there.
    """

    onset: Fraction
    duration: Fraction
    measure: str
    beat: int
    symbol: ChordSymbol
    text: str
    numeral: str
    key: str
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class Cadence:
    """A cadence that closes a phrase: where its last chord begins, and its name."""

    onset: Fraction
    measure: str
    name: str
    numerals: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the form: sections of one letter are alike; a prime (A′) marks a variant.

    `alike` is how alike it is to the first of its letter, 0 … 1 (1 for the first itself).
    """

    onset: Fraction
    end: Fraction
    first: str
    last: str
    label: str
    alike: float


@dataclass(frozen=True, slots=True)
class ForeignNote:
    """A note that does not belong to its chord: "passing note", "suspension", …."""

    onset: Fraction
    measure: str
    part: str
    pitch: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What a teacher of part-writing would mark: its kind, where, and a sentence."""

    onset: Fraction
    measure: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PartReading:
    """A part: its compass (MIDI numbers and in words) and how hard it is to play, 1 … 9.

    9 is what only professionals play. `reasons` are what makes it so, the weightiest first.
    """

    id: str
    name: str
    notes: int
    lowest: int
    highest: int
    range: str
    difficulty: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StyleShare:
    """A style and its probability, 0 … 1."""

    style: str
    probability: float


@dataclass(frozen=True, slots=True)
class MoodPoint:
    """Valence and arousal (-1 … 1) around an onset."""

    onset: Fraction
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class Mood:
    """Valence and arousal (-1 … 1) of the whole, a word for them, and the reasons."""

    valence: float
    arousal: float
    word: str
    reasons: tuple[str, ...]
    curve: tuple[MoodPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is heard in a passage.

    `is_melody` says that a single line sounds, so that chords are what it implies. `alike` are
    rows of a square: how alike two measures are, 0 … 1. `left_out` are sentences about
    what could not be told.
    """

    title: str
    measures: str
    length: Fraction
    keys: tuple[KeySpan, ...]
    meter: str
    tempo: float
    form: str
    sections: tuple[Section, ...]
    chords: tuple[ChordSpan, ...]
    cadences: tuple[Cadence, ...]
    foreign: tuple[ForeignNote, ...]
    faults: tuple[Fault, ...]
    parts: tuple[PartReading, ...]
    styles: tuple[StyleShare, ...]
    mood: Mood | None
    is_melody: bool = False
    alike: tuple[tuple[float, ...], ...] = ()
    left_out: tuple[str, ...] = ()
