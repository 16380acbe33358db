"""Keys and chord symbols."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Mode = Literal["major", "minor"]


@dataclass(frozen=True, slots=True)
class KeySignature:
    """A key signature from `onset` (quarters) on: `fifths` sharps (flats negative) and mode.

    Raises ValueError for more than fourteen accidentals.
    """

    onset: Fraction
    fifths: int
    mode: Mode = "major"

    def __post_init__(self) -> None:
        if not -14 <= self.fifths <= 14:
            raise ValueError(f"{self.fifths} accidentals in a key signature")

    @property
    def tonic(self) -> int:
        """Pitch class (0 … 11) of the tonic."""
        return (7 * self.fifths + (9 if self.mode == "minor" else 0)) % 12

    @property
    def scale(self) -> frozenset[int]:
        """Pitch classes of the key; a minor key owns the raised sixth and seventh too."""
        natural = {(7 * self.fifths + step) % 12 for step in (0, 2, 4, 5, 7, 9, 11)}
        if self.mode == "minor":
            natural |= {(self.tonic + 9) % 12, (self.tonic + 11) % 12}
        return frozenset(natural)


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """A chord symbol at `onset` (quarters); the fields follow MusicXML's `harmony`.

    `root` and `bass` are a step and its alteration; `kind` is MusicXML's kind word
    ("major", "dominant", "minor-seventh"), `text` what is printed after the root,
    `degrees` MusicXML degrees as (value, alter, "add" | "alter" | "subtract").
    A symbol without root is "no chord".
    """

    onset: Fraction
    root: tuple[str, int] | None
    kind: str
    text: str = ""
    bass: tuple[str, int] | None = None
    degrees: tuple[tuple[int, int, str], ...] = ()
