"""What a tune in ABC must be, and the note values that it is written in."""

from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.pitch import Pitch

# Ticks of an eighth; 6 of them, a 32nd, is the shortest note.
EIGHTH = 24
_FINEST = 6
LENGTHS = {
    "": 24, "2": 48, "3": 72, "4": 96, "6": 144, "7": 168, "8": 192, "12": 288,
    "/2": 12, "3/2": 36, "/4": 6, "3/4": 18,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What a tune must be: its measures in ticks where they are given, else from `least` to `most`.

    `full` is a measure of its meter in ticks; pitches lie from `lowest` to `highest` (MIDI
    numbers); `triplets` says whether there may be any. `ends` are the pitch classes on which a
    tune may end, all where it is empty; one that finds no such end goes on a little past `most`.
    """

    full: int
    measures: tuple[int, ...] = ()
    least: int = 8
    most: int = 48
    lowest: int = 48
    highest: int = 88
    triplets: bool = True
    ends: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sound:
    """One note or rest (`pitch` None) as written: onset and length in ticks, tied on or not."""

    onset: int
    ticks: int
    pitch: Pitch | None
    is_tied: bool = False


def whole_measure(meter: Fraction) -> int:
    """Ticks of a measure of so many whole notes."""
    return int(meter * 8 * EIGHTH)
