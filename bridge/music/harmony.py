"""Keys and chord symbols."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Mode = Literal["major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"]

# How far each mode's tonic lies from the major tonic of the same signature, in fifths.
MODE_TONICS: dict[Mode, int] = {
    "lydian": -1,
    "major": 0,
    "mixolydian": 1,
    "dorian": 2,
    "minor": 3,
    "phrygian": 4,
    "locrian": 5,
}
_OTHER_NAMES: dict[str, Mode] = {"ionian": "major", "aeolian": "minor"}


def mode_named(name: str) -> Mode:
    """The mode of that name, in any case; "major" for one that is not known."""
    plain = name.strip().lower()
    for mode in MODE_TONICS:
        if plain == mode:
            return mode
    return _OTHER_NAMES.get(plain, "major")


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
    def is_minor(self) -> bool:
        """Whether the third above the tonic is minor: minor, dorian, phrygian, locrian."""
        return MODE_TONICS[self.mode] > 1

    @property
    def tonic_fifths(self) -> int:
        """The tonic's place on the line of fifths, C = 0."""
        return self.fifths + MODE_TONICS[self.mode]

    @property
    def tonic(self) -> int:
        """Pitch class (0 … 11) of the tonic."""
        return 7 * self.tonic_fifths % 12

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
