"""What accompanying textures share: the chord under a time, room below a melody, notes of grips."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.ground import Bar, Ground
from antiphon.models.theory.held import Held, held_at

RIGHT, LEFT = (1, 1), (2, 5)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One attack of a texture: its numbers (MIDI), loudness, and where it is written."""

    onset: Fraction
    end: Fraction
    numbers: tuple[int, ...]
    velocity: int
    hand: tuple[int, int] = RIGHT


def notes_of(ground: Ground, chords: Sequence[Held], strokes: Iterable[Stroke]) -> list[Note]:
    """Strokes as notes, spelled by the chord that holds."""
    notes = []
    for stroke in strokes:
        held = held_at(chords, stroke.onset)
        assert held is not None
        for number in stroke.numbers:
            notes.append(
                Note(
                    stroke.onset,
                    stroke.end - stroke.onset,
                    held.spelled(number, ground.key),
                    max(1, min(127, stroke.velocity)),
                    voice=stroke.hand[1],
                    staff=stroke.hand[0],
                )
            )
    return notes


def pieces(bar: Bar, chords: Sequence[Held]) -> list[tuple[Fraction, Fraction, Held]]:
    """The chords inside a bar as (onset, end, chord)."""
    first = max(0, bisect_right(chords, bar.onset, key=lambda held: held.onset) - 1)
    found = []
    for held in chords[first:]:
        if held.onset >= bar.end:
            break
        onset, end = max(held.onset, bar.onset), min(held.end, bar.end)
        if onset < end:
            found.append((onset, end, held))
    return found


class Ceiling:
    """How high an accompaniment may go: below the melody that sounds meanwhile."""

    def __init__(self, melody: Sequence[Note]) -> None:
        self._onsets = [note.onset for note in melody]
        self._melody = melody

    def under(self, onset: Fraction, end: Fraction, bounds: tuple[int, int]) -> tuple[int, int]:
        """The compass from `onset` to `end`, below the melody where that leaves an octave."""
        low, high = bounds
        at = max(0, bisect_right(self._onsets, onset) - 1)
        lowest = high + 1
        for note in self._melody[at:]:
            if note.onset >= end:
                break
            if note.end > onset:
                lowest = min(lowest, note.pitch.midi_number)
        return (low, lowest - 1) if lowest - 1 >= low + 9 else (low, min(high, low + 12))
