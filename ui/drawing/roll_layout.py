"""Where things lie in the piano roll: rows for pitches, lanes for drums, pixels for quarters.

Plain numbers, no Qt: the roll draws them, clicks are looked up in them, tests read them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from antiphon.ui.drawing.drums import drum_name
from antiphon.ui.drawing.shown import Shown, ShownNote

BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
_MARGIN_ROWS, _LEAST_ROWS = 2, 14
_LANE_GAP = 0.6  # rows between the keys and the drum lanes
GRACE_QUARTERS = 1 / 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place from the top in rows, its MIDI number, whether it is a drum lane."""

    top: float
    number: int
    is_drum: bool
    label: str

    @property
    def is_black(self) -> bool:
        """Whether it is the row of a black key."""
        return not self.is_drum and self.number % 12 in BLACK_KEYS


@dataclass(frozen=True, slots=True)
class Box:
    """One note in units: quarters along, rows down."""

    left: float
    right: float
    top: float
    item: ShownNote


class RollLayout:
    """The rows of what is shown and the boxes of its notes, sorted by their left edge."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        is_drums = [part.is_drums for part in shown.phrase.parts]
        pitched: set[int] = set()
        drums: set[int] = set()
        for item in (*shown.notes, *shown.gone):
            (drums if is_drums[item.part] else pitched).add(item.note.pitch.midi_number)
        self.rows = tuple(_rows(pitched, drums))
        self.height = self.rows[-1].top + 1 if self.rows else 0.0
        self._tops = {(row.number, row.is_drum): row.top for row in self.rows}
        self.boxes = self._boxes(shown.notes, is_drums)
        self.gone = self._boxes(shown.gone, is_drums)
        self._lefts = [box.left for box in self.boxes]
        self._longest = max((box.right - box.left for box in self.boxes), default=0.0)
        self.by_name = {box.item.name: box for box in self.boxes}

    def _boxes(self, notes: tuple[ShownNote, ...], is_drums: list[bool]) -> tuple[Box, ...]:
        found = []
        for item in notes:
            left = float(item.note.onset)
            length = float(item.note.duration)
            if item.note.is_grace:
                left, length = max(0.0, left - GRACE_QUARTERS), GRACE_QUARTERS
            top = self._tops[item.note.pitch.midi_number, is_drums[item.part]]
            found.append(Box(left, left + length, top, item))
        return tuple(sorted(found, key=lambda box: box.left))

    def between(self, left: float, right: float) -> Iterator[Box]:
        """The boxes that touch a span of quarters, from the left."""
        first = bisect_left(self._lefts, left - self._longest)
        last = bisect_right(self._lefts, right)
        for box in self.boxes[first:last]:
            if box.right >= left:
                yield box

    def at(self, quarters: float, row: float) -> Box | None:
        """The box at a place; of several the new one, then the one that begins last."""
        here = [
            box
            for box in self.between(quarters, quarters)
            if box.left <= quarters < box.right and box.top <= row < box.top + 1
        ]
        return max(here, key=lambda box: (box.item.is_new, box.left), default=None)

    def row_at(self, row: float) -> Row | None:
        """The row that holds a height, None in the gap above the drum lanes."""
        return next((r for r in self.rows if r.top <= row < r.top + 1), None)


def _rows(pitched: set[int], drums: set[int]) -> Iterator[Row]:
    top = 0.0
    if pitched or not drums:
        low = min(pitched, default=60) - _MARGIN_ROWS
        high = max(pitched, default=71) + _MARGIN_ROWS
        while high - low + 1 < _LEAST_ROWS:
            low, high = low - 1, high + 1
        for number in range(min(127, high), max(0, low) - 1, -1):
            label = f"C{number // 12 - 1}" if number % 12 == 0 else ""
            yield Row(top, number, False, label)
            top += 1
        top += _LANE_GAP
    for number in sorted(drums, reverse=True):
        yield Row(top, number, True, drum_name(number))
        top += 1
