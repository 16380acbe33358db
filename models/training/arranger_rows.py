"""One part of a piece as rows for the arranger: what is known before each of its notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.cells import (
    DENSITIES,
    DURATION_AT,
    END,
    LONGEST,
    NEXT_AT,
    NO_DURATION,
    NO_PITCH,
    NO_POSITION,
    NO_RUN,
    NOTE_COLUMNS,
    OFFSETS,
    PITCH_AT,
    PITCHES,
    POLYPHONIES,
    REGISTER_STEP,
    RUN_AT,
    SEQUENCES,
    WALK_COLUMNS,
    Cell,
    Walker,
    bucket,
)
from antiphon.models.encoding.cells_harmony import SLOT, Chords, no_chords, slots_of
from antiphon.models.training.arranger_read import PartCells, Piece

Ints = NDArray[np.int16]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PartRows:
    """One part's steps with everything seen, and its controls by measure."""

    walk: Ints
    note: Ints
    measure: NDArray[np.int32]
    slot: NDArray[np.int32]
    chosen: NDArray[np.int32]
    targets: Ints
    starts: tuple[int, ...]
    controls: Ints


def controls_of(cells: Sequence[Cell], lengths: Sequence[int]) -> list[tuple[int, int, int]]:
    """Density, polyphony and register buckets of each measure and the three that follow it."""
    found = []
    for index in range(len(cells)):
        near = cells[index : index + 4]
        onsets = sum(len(cell.positions) for cell in near)
        pitches = [pitch for cell in near for _, pitch, _ in cell.events()]
        quarters = sum(lengths[index : index + 4]) / 24
        mean = sum(pitches) / len(pitches) if pitches else -1
        found.append((
            bucket(onsets / quarters, DENSITIES),
            bucket(len(pitches) / max(1, onsets), POLYPHONIES),
            int(mean // REGISTER_STEP) if pitches else PITCHES // REGISTER_STEP + 1,
        ))  # fmt: skip
    return found


def rows_of(piece: Piece, part: PartCells) -> PartRows:
    """The steps of a whole part."""
    walker = Walker(piece.bars, part.cells)
    walk: list[list[int]] = []
    note: list[list[int]] = []
    measure: list[int] = []
    slot: list[int] = []
    chosen: list[int] = []
    targets: list[tuple[int, int, int]] = []
    starts: list[int] = []
    origin, empty = piece.bars[0].start, [0] * len(NOTE_COLUMNS)
    slots = slots_of(piece.bars)
    for index, (bar, cell) in enumerate(zip(piece.bars, part.cells, strict=True)):
        starts.append(len(walk))
        for position, pitch, duration in (*cell.events(), (END, 0, 0)):
            walk.append(walker.ahead())
            measure.append(index)
            base = bar.start - origin
            slot.append(min(slots - 1, (base + max(0, walker.cursor)) // SLOT))
            targets.append((position, pitch, duration))
            if position == END:
                note.append(empty)
                chosen.append(0)
                walker.end()
            else:
                note.append(walker.note(position))
                chosen.append(min(slots - 1, (base + position) // SLOT))
                walker.push(position, pitch, duration)
    lengths = [bar.length for bar in piece.bars]
    return PartRows(
        np.array(walk, np.int16), np.array(note, np.int16), np.array(measure, np.int32),
        np.array(slot, np.int32), np.array(chosen, np.int32), np.array(targets, np.int16),
        (*starts, len(walk)), np.array(controls_of(part.cells, lengths), np.int16),
    )  # fmt: skip


def chords_of(piece: Piece) -> Chords:
    """The chord symbols of a piece on its slots."""
    slots = slots_of(piece.bars)
    found = no_chords(slots)
    origin = piece.bars[0].start
    marks = [*piece.chords, (origin + slots * SLOT, 12, 0)]
    for (tick, root, bits), (end, _, _) in pairwise(marks):
        first, last = (tick - origin) // SLOT, (end - origin) // SLOT
        found.root[first:last] = root
        found.tones[first:last] = [bits >> k & 1 for k in range(12)]
    return found


def ahead_of(
    cells: Sequence[Cell | None], given: Sequence[bool] | Bools, first: int, measure: int
) -> tuple[int, int]:
    """Measures until the next given one behind `measure` (6: none), and the first key there."""
    for other in range(measure + 1, first + len(given)):
        cell = cells[other]
        if given[other - first] and cell is not None:
            pitch = cell.groups[cell.positions[0]][-1][0] if cell.positions else NO_PITCH
            return min(5, other - measure - 1), pitch
    return 6, NO_PITCH


def seen_bucket(count: int) -> int:
    """How many measures of the part were seen, in seven steps."""
    return bucket(count, (1, 2, 3, 5, 9, 17))


def hide(walk: Ints, note: Ints, measure: NDArray[np.int32], given: Bools, before: int) -> None:
    """Take out of the rows what lies in hidden measures; `before` are seen before the window."""
    unseen = ~np.concatenate((given, np.zeros(8, np.bool_)))
    for index, offset in enumerate(OFFSETS):
        at = measure + offset
        hidden = at < -before if offset < 0 else unseen[at]
        walk[hidden, NEXT_AT + index] = NO_POSITION
        walk[hidden, RUN_AT + index] = NO_RUN
        note[hidden, PITCH_AT + index] = NO_PITCH
        note[hidden, DURATION_AT + index] = NO_DURATION
        if index in SEQUENCES:
            note[hidden, PITCH_AT + len(OFFSETS) + SEQUENCES.index(index)] = NO_PITCH
    if not before:
        _forget(walk, note)


_FORGOTTEN = {
    0: (("pitch", NO_PITCH), ("duration", NO_DURATION), ("low", NO_PITCH), ("high", NO_PITCH),
        ("interval", 49), ("interval_2", 49)),
    1: (("interval", 49), ("interval_2", 49)),
    2: (("interval_2", 49),),
}  # fmt: skip
_WALK_AT = {name: index for index, name in enumerate(WALK_COLUMNS)}
_REFERENCE = list(NOTE_COLUMNS).index("reference")


def _forget(walk: Ints, note: Ints) -> None:
    """Let the first steps know nothing of the notes before the window."""
    cursor = walk[:, _WALK_AT["cursor"]]
    notes = 0
    for step in range(min(len(walk), 24)):
        for name, value in _FORGOTTEN.get(notes, ()):
            walk[step, _WALK_AT[name]] = value
        if notes == 0:
            note[step, _REFERENCE] = NO_PITCH
        following = cursor[step + 1] if step + 1 < len(walk) else LONGEST
        if following != LONGEST:
            notes += 1
        if notes > 2:
            break
