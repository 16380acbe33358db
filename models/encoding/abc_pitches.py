"""Which pitch the characters of a note in ABC mean, and which are allowed."""

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.pitch import Pitch

LETTERS = "CDEFGABcdefgab"
MARKS = {"": None, "^": 1, "_": -1, "=": 0}
MOST_OCTAVES = 2
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
# MIDI numbers of the naturals, of octave 0.
_NUMBERS = {"C": 12, "D": 14, "E": 16, "F": 17, "G": 19, "A": 21, "B": 23}
# Stands for the alteration of a note that programs read differently.
_UNCLEAR = 9
Spelled = tuple[str, int, int]


class Pitches:
    """The pitches of one measure: key, accidentals so far, a note that is tied on, a compass.

    Where `only` holds pitch classes, others are not allowed.
    """

    def __init__(self, key: KeySignature, lowest: int, highest: int) -> None:
        steps = _SHARPS[: max(key.fifths, 0)] if key.fifths > 0 else _FLATS[: max(-key.fifths, 0)]
        self._key = dict.fromkeys(steps, 1 if key.fifths > 0 else -1)
        self._lowest, self._highest = lowest, highest
        self._altered: dict[tuple[str, int], int] = {}
        self.tied: Pitch | None = None
        self.only: frozenset[int] = frozenset()

    def begin_measure(self) -> None:
        """Forget the accidentals of the measure before."""
        self._altered = {}

    def spelled(self, accidental: str, letter: str, octaves: int) -> Spelled:
        """Step, alteration and octave of a note; `octaves` counts its marks, up as positive."""
        step, octave = letter.upper(), (5 if letter.islower() else 4) + octaves
        alter = MARKS[accidental]
        if alter is None:
            alter = self._altered.get((step, octave), self._key.get(step, 0))
            tied = self.tied
            if tied is not None and (tied.step, tied.octave) == (step, octave):
                alter = tied.alter
            # Some programs carry an accidental to other octaves: there the sign is said.
            elif any(s == step and a != alter for (s, _), a in self._altered.items()):
                alter = _UNCLEAR
        return step, alter, octave

    def is_in_key(self, spelled: Spelled) -> bool:
        """Whether the key signature itself alters the step so."""
        return spelled[1] == self._key.get(spelled[0], 0)

    def is_allowed(self, spelled: Spelled) -> bool:
        """Whether a note may have this pitch here."""
        step, alter, octave = spelled
        if alter == _UNCLEAR:
            return False
        number, tied = 12 * octave + _NUMBERS[step] + alter, self.tied
        if tied is not None:
            return spelled == (tied.step, tied.alter, tied.octave)
        if self.only and number % 12 not in self.only:
            return False
        return self._lowest <= number <= self._highest

    def reaches(self, text: str) -> bool:
        """Whether some pitch that is allowed begins with these characters."""
        if text in MARKS and text:
            return any(self.reaches(text + letter) for letter in LETTERS)
        accidental = text[0] if text[0] in MARKS else ""
        letter, marks = text[len(accidental)], text[len(accidental) + 1 :]
        mark, way = ("'", 1) if letter.islower() else (",", -1)
        if len(marks) > MOST_OCTAVES or marks != mark * len(marks):
            return False
        return any(
            self.is_allowed(self.spelled(accidental, letter, way * count))
            for count in range(len(marks), MOST_OCTAVES + 1)
        )

    def starts(self) -> list[str]:
        """The characters with which a note may begin.

        The second note of a tie says no accidental: the tie carries it.
        """
        marks = "" if self.tied is not None else "^_="
        return [c for c in marks + LETTERS if self.reaches(c)]

    def starts_after(self, spelled: Spelled | None) -> list[str]:
        """The characters with which a note may begin behind an untied one, marked so or not."""
        before, tied = self._altered, self.tied
        self.tied = None
        if spelled is not None:
            self._altered = before | {(spelled[0], spelled[2]): spelled[1]}
        found = self.starts()
        self._altered, self.tied = before, tied
        return found

    def take(self, spelled: Spelled, *, is_marked: bool, is_tied: bool) -> Pitch:
        """Take a note in; what it marked holds for the rest of the measure."""
        if is_marked:
            self._altered[spelled[0], spelled[2]] = spelled[1]
        pitch = Pitch(*spelled)
        self.tied = pitch if is_tied else None
        return pitch
