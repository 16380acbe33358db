"""Chords as they hold: from where to where, what they sound, how their notes are spelled."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from antiphon.bridge.music.chords import (
    KINDS,
    bass_pitch_class,
    pitch_class_of,
    pitch_classes,
    root_pitch_class,
)
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import STEPS, Pitch, pitch_from_fifths, spell

# Steps on the line of fifths from a chord's root to its tones, by semitones.
_FIFTHS = {0: 0, 1: -5, 2: 2, 3: -3, 4: 4, 5: -1, 6: -6, 7: 1, 8: 8, 9: 3, 10: -2, 11: 5}
_STEP_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}


@dataclass(frozen=True, slots=True)
class Held:
    """A chord that holds from `onset` to `end` (quarters); `is_given` says the user gave it.

    `tones` are its pitch classes from the root up, `bass` the one that is lowest.
    """

    onset: Fraction
    end: Fraction
    symbol: ChordSymbol
    root: int
    bass: int
    tones: tuple[int, ...]
    is_given: bool = False

    @property
    def third(self) -> int:
        """Pitch class of the third, of the fourth or second where one stands for it."""
        return self.tones[1] if len(self.tones) > 2 else self.tones[0]

    @property
    def fifth(self) -> int:
        """Pitch class of the fifth, however large; of the root in a chord that has none."""
        near = [t for t in self.tones if (t - self.root) % 12 in (6, 7, 8)]
        return near[0] if near else self.root

    @property
    def seventh(self) -> int | None:
        """Pitch class of the seventh or added sixth."""
        found = [t for t in self.tones[3:4] if (t - self.root) % 12 in (9, 10, 11)]
        return found[0] if found else None

    @property
    def is_minor(self) -> bool:
        """Whether it has a minor third."""
        return (self.third - self.root) % 12 == 3

    def spelled(self, number: int, key: KeySignature) -> Pitch:
        """A MIDI number spelled as this chord has it, or as the key has what the chord lacks."""
        if number % 12 not in self.tones or self.symbol.root is None:
            return spell(number, key.fifths, key.is_minor)
        return pitch_from_fifths(_spelling(self.symbol, number % 12), number)


@lru_cache(maxsize=4096)
def _spelling(symbol: ChordSymbol, pitch_class: int) -> int:
    assert symbol.root is not None
    step, alter = symbol.root
    above = (pitch_class - pitch_class_of(symbol.root)) % 12
    fifths = _FIFTHS[above]
    if above == 8 and 7 in KINDS.get(symbol.kind, KINDS["major"]).intervals:
        fifths = -4
    if above == 9 and symbol.kind == "diminished-seventh":
        fifths = -9
    found = _STEP_FIFTHS[step] + 7 * alter + fifths
    while found > 13:
        found -= 12
    while found < -13:
        found += 12
    return found


def held_from(
    symbol: ChordSymbol, onset: Fraction, end: Fraction, *, is_given: bool = False
) -> Held | None:
    """The chord of a symbol as it holds; None for "no chord"."""
    root = root_pitch_class(symbol)
    if root is None:
        return None
    allowed = pitch_classes(symbol)
    kind = KINDS.get(symbol.kind) or KINDS["minor" if symbol.kind.startswith("min") else "major"]
    own = [(root + step) % 12 for step in kind.intervals]
    tones = [tone for tone in dict.fromkeys(own) if tone in allowed]
    tones += sorted(allowed - set(tones))
    bass = bass_pitch_class(symbol)
    return Held(
        onset, end, symbol, root, root if bass is None else bass, tuple(tones), is_given
    )  # fmt: skip


def held_at(chords: Sequence[Held], onset: Fraction) -> Held | None:
    """The chord that holds at an onset, else the first that follows; None without chords."""
    if not chords:
        return None
    index = bisect_right(chords, onset, key=lambda held: held.onset) - 1
    return chords[max(0, index)]


def symbols_of(chords: Iterable[Held]) -> tuple[ChordSymbol, ...]:
    """The symbols where they change; given ones are always said."""
    found: list[ChordSymbol] = []
    for held in chords:
        symbol = replace(held.symbol, onset=held.onset)
        same = found and replace(found[-1], onset=held.onset) == symbol
        if held.is_given or not same:
            found.append(symbol)
    return tuple(found)


def letters_of(held: Held, key: KeySignature) -> frozenset[int]:
    """The letters (0 … 6, C = 0) of a chord's tones."""
    return frozenset(STEPS.index(held.spelled(60 + tone, key).step) for tone in held.tones)


def bent(
    notes: Iterable[Note], chords: Sequence[Held], key: KeySignature, scale: frozenset[int]
) -> list[Note]:
    """The notes with each letter of a chord altered as the chord has it, inside `scale`.

    F natural becomes F sharp over D major, and stays where the scale forbids it.
    """
    found = []
    for note in notes:
        held = held_at(chords, note.onset)
        pitch = _bent(note.pitch, held, key, scale) if held is not None else None
        found.append(note if pitch is None else replace(note, pitch=pitch))
    return found


def _bent(pitch: Pitch, held: Held, key: KeySignature, scale: frozenset[int]) -> Pitch | None:
    if pitch.midi_number % 12 in held.tones:
        return None
    for change in (-1, 1):
        number = pitch.midi_number + change
        if number % 12 in held.tones and number % 12 in scale:
            other = held.spelled(number, key)
            if other.step == pitch.step:
                return other
    return None
