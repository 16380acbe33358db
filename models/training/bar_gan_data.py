"""Real measures for the bar-level GAN: drum bars, and piano bars over their chords."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.bar_images import (
    RUNGS,
    SLOTS,
    conditions,
    ladder,
    onsets_in,
    rung_of,
)
from antiphon.models.encoding.cells import LOWEST, ROLES
from antiphon.models.encoding.drum_grid import DRUMS, STRAIGHT
from antiphon.models.training.arranger_data import load
from antiphon.models.training.arranger_read import Piece
from antiphon.models.training.drums_data import read_pieces

_SLOT = 6
_NO_ROOT = 12
_SIDES = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Bars:
    """Pictures (bars, slots, rows), their conditions (bars, …) and the number of their piece."""

    pictures: NDArray[np.float32]
    conditions: NDArray[np.float32]
    pieces: NDArray[np.int64]


def drum_bars(data: Path) -> dict[str, Bars]:
    """The straight measures of all drumming below `data`, by side; fills are left in."""
    pieces, _ = read_pieces(data)
    found: dict[str, list[tuple[NDArray[np.bool_], NDArray[np.float32], int]]] = {
        side: [] for side in _SIDES
    }
    for number, piece in enumerate(pieces):
        for place, bar in enumerate(piece.bars):
            if bar.per_quarter != STRAIGHT or bar.slots > SLOTS or not bar.hits.any():
                continue
            picture = np.zeros((SLOTS, DRUMS), np.bool_)
            picture[: bar.slots] = bar.hits
            row = conditions(bar.slots, (), place, onsets_in(picture))
            found[piece.split].append((picture, row, number))
    return {side: _stacked(rows) for side, rows in found.items()}


def piano_bars(pieces_file: Path, sources: tuple[str, ...] = ("pop909",)) -> dict[str, Bars]:
    """The measures of the accompaniments in the arranger's pieces, by side, over their chords."""
    found: dict[str, list[tuple[NDArray[np.bool_], NDArray[np.float32], int]]] = {
        side: [] for side in _SIDES
    }
    for number, piece in enumerate(load(pieces_file)):
        if piece.source in sources and piece.chords:
            for picture, row in _played(piece):
                found[piece.side].append((picture, row, number))
    return {side: _stacked(rows) for side, rows in found.items()}


def _played(piece: Piece) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float32]]]:
    parts = {ROLES[part.role]: part for part in piece.parts if not part.is_proxy}
    piano, melody = parts.get("piano"), parts.get("melody")
    if piano is None:
        return
    ticks = [tick for tick, _, _ in piece.chords]
    for place, (bar, cell) in enumerate(zip(piece.bars, piano.cells, strict=True)):
        slots = bar.length // _SLOT
        if slots > SLOTS or not cell.positions:
            continue
        picture = np.zeros((SLOTS, RUNGS), np.bool_)
        for position, key, _ in cell.events():
            chord = piece.chords[max(0, bisect_right(ticks, bar.start + position) - 1)]
            slot = round(position / _SLOT)
            if chord[1] == _NO_ROOT or slot >= slots:
                continue
            tones = [pc for pc in range(12) if chord[2] >> pc & 1]
            picture[slot, rung_of(key + LOWEST, ladder(chord[1], tones))] = True
        others = [p // _SLOT for p in melody.cells[place].positions] if melody else []
        if picture.any():
            yield picture, conditions(slots, others, place, onsets_in(picture))


def _stacked(rows: list[tuple[NDArray[np.bool_], NDArray[np.float32], int]]) -> Bars:
    if not rows:
        return Bars(
            np.zeros((0, SLOTS, 1), np.float32), np.zeros((0, 1), np.float32), np.zeros(0, np.int64)
        )
    pictures, conditions_, numbers = zip(*rows, strict=True)
    return Bars(
        np.stack(pictures).astype(np.float32), np.stack(conditions_), np.array(numbers, np.int64)
    )
