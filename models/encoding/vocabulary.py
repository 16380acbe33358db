"""The symbols of the melody models: what sounds (pitch, rest or hold) and for how long."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

REST = 0
HOLD = 1
LOWEST_PITCH = 36
HIGHEST_PITCH = 98
PITCH_SYMBOLS = HIGHEST_PITCH - LOWEST_PITCH + 3
# Written values that any melody may need, in ticks: 32nd … breve with dots, and triplets.
_ALWAYS = (1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 36, 48, 64, 72, 96, 144, 192, 288, 384)


def pitch_symbol(midi_number: int) -> int:
    """The symbol of a pitch; one outside the compass is moved in by octaves."""
    while midi_number < LOWEST_PITCH:
        midi_number += 12
    while midi_number > HIGHEST_PITCH:
        midi_number -= 12
    return midi_number - LOWEST_PITCH + 2


def symbol_pitch(symbol: int) -> int:
    """The MIDI number of a pitch symbol. Raises ValueError for a rest or a hold."""
    if not 2 <= symbol < PITCH_SYMBOLS:
        raise ValueError(f"symbol {symbol} is no pitch")
    return symbol + LOWEST_PITCH - 2


@dataclass(frozen=True, slots=True)
class Durations:
    """The duration symbols: symbol i lasts `values[i]` ticks; values rise and start at 1."""

    values: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.values or self.values[0] != 1 or list(self.values) != sorted(set(self.values)):
            raise ValueError("durations must rise from one tick")

    def symbols(self, ticks: int) -> list[int]:
        """The symbols whose values add up to `ticks`: one where the value is known, else several.

        A value outside the vocabulary is cut into the longest known ones, so that every later
        onset stays where it was. Raises ValueError unless ticks is positive.
        """
        if ticks <= 0:
            raise ValueError(f"a duration of {ticks} ticks")
        found = []
        while ticks:
            symbol = bisect_right(self.values, ticks) - 1
            found.append(symbol)
            ticks -= self.values[symbol]
        return found

    def nearest(self, ticks: int) -> int:
        """The symbol of the longest known value that is no longer than `ticks` (at least 1)."""
        return max(0, bisect_right(self.values, ticks) - 1)


def durations_from(observed: Iterable[int], at_least: int = 30) -> Durations:
    """The vocabulary of durations: the common written values, and those seen `at_least` times."""
    counts = Counter(observed)
    seen = {value for value, count in counts.items() if count >= at_least and value <= 384}
    return Durations(tuple(sorted(seen | set(_ALWAYS))))
