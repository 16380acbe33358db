"""Windows of pieces for the arranger: what is asked, given and hidden is drawn anew each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.models.encoding.cells import (
    DENSITIES,
    NO_STYLE,
    PITCHES,
    POLYPHONIES,
    REGISTER_STEP,
)
from antiphon.models.encoding.cells_harmony import (
    SLOT,
    Chords,
    Floats,
    Heard,
    Measures,
    Roll,
    dense_rows,
    measures_of,
    no_chords,
    others_rows,
    own_rows,
    roll_of,
    slots_of,
)
from antiphon.models.networks.arranger import Batch
from antiphon.models.training.arranger_read import PartCells, Piece
from antiphon.models.training.arranger_rows import (
    Bools,
    Ints,
    PartRows,
    ahead_of,
    chords_of,
    hide,
    rows_of,
    seen_bucket,
)

STEPS = 128
_MEASURES = 32
_AHEAD = 8
_SHARES = {
    "pop909": 0.26, "game": 0.14, "openscore-lieder": 0.15, "openscore-quartets": 0.12,
    "openhymnal": 0.06, "nottingham": 0.08, "openewld": 0.05, "mutopia": 0.14,
}  # fmt: skip
_FEWEST = 16
_UNKNOWN = 0.6


@dataclass(frozen=True, slots=True)
class Window:
    """One window of one part: rows, measures and slots, not yet padded."""

    walk: Ints
    note: Ints
    measure: NDArray[np.int32]
    targets: Ints
    measures: Ints
    others: Floats
    mine: Floats
    dense: Floats
    dense_chosen: Floats


class Library:
    """Pieces of one side, their rows made when first needed; gives batches of windows."""

    def __init__(self, pieces: Sequence[Piece], seed: int) -> None:
        self._draw = Random(seed)
        self._rows: dict[tuple[int, int], PartRows] = {}
        self._rolls: dict[tuple[int, int], tuple[Roll, Measures]] = {}
        self._chords: dict[int, Chords] = {}
        self._pieces: dict[str, list[tuple[int, Piece, list[int]]]] = {}
        for index, piece in enumerate(pieces):
            parts = [i for i, part in enumerate(piece.parts) if _is_usable(part)]
            if parts:
                self._pieces.setdefault(piece.source, []).append((index, piece, parts))
        self.sources = list(self._pieces)
        self._weights = [_SHARES[source] for source in self.sources]

    def rows(self, index: int, piece: Piece, part: int) -> PartRows:
        """The kept rows of a part."""
        key = index, part
        if key not in self._rows:
            self._rows[key] = rows_of(piece, piece.parts[part])
        return self._rows[key]

    def roll(self, index: int, piece: Piece, part: int) -> tuple[Roll, Measures]:
        """The kept roll of a part, and the same by measure."""
        key = index, part
        if key not in self._rolls:
            roll = roll_of(piece.parts[part].cells, piece.bars, slots_of(piece.bars))
            self._rolls[key] = roll, measures_of(roll, piece.bars)
        return self._rolls[key]

    def batch(self, size: int) -> Batch:
        """A batch of windows drawn by source, piece, part and place."""
        return collated([self.window() for _ in range(size)])

    def window(self, source: str | None = None) -> Window:
        """One window, of one source where it is named."""
        draw = self._draw
        while True:
            chosen = source or draw.choices(self.sources, self._weights)[0]
            index, piece, parts = draw.choice(self._pieces[chosen])
            part = draw.choice(parts)
            rows = self.rows(index, piece, part)
            count = len(piece.bars)
            first = 0 if draw.random() < 0.15 else draw.randrange(max(1, count - 3))
            if rows.starts[min(count, first + 8)] - rows.starts[first] >= _FEWEST:
                return self._cut(index, piece, part, first)

    def _cut(self, index: int, piece: Piece, part: int, first: int) -> Window:
        draw, rows = self._draw, self.rows(index, piece, part)
        begin = rows.starts[first]
        end = min(begin + STEPS, rows.starts[min(len(piece.bars), first + _MEASURES)])
        stop = min(len(piece.bars), int(rows.measure[end - 1]) + 1 + _AHEAD)
        bars = piece.bars[first:stop]
        given, cut = self._masks(stop - first)
        seen_from = first if draw.random() < 0.5 else max(0, first - 8)
        slot_first = (bars[0].start - piece.bars[0].start) // SLOT
        heard, others, kick = self._heard(
            (index, piece, part), (first, stop), (slot_first, slot_first + slots_of(bars)), cut
        )
        mine = own_rows(self.roll(index, piece, part)[1].cut(first, stop), given.tolist(), kick)
        walk, note = rows.walk[begin:end].copy(), rows.note[begin:end].copy()
        measure = rows.measure[begin:end] - first
        hide(walk, note, measure, given, first - seen_from)
        at = np.concatenate((rows.slot[begin:end], rows.chosen[begin:end])) - slot_first
        at = np.clip(at, 0, heard.slots - 1)
        dense = dense_rows(heard, bars, at, np.concatenate((measure, measure)))
        return Window(
            walk, note, measure, rows.targets[begin:end],
            self._measures(piece, part, rows, (first, stop), (given, seen_from)),
            others, mine, dense[: len(walk)], dense[len(walk) :],
        )  # fmt: skip

    def _masks(self, count: int) -> tuple[Bools, int]:
        """Which own measures are given ahead, and from which one on the other parts are hidden."""
        draw, kind = self._draw, self._draw.random()
        given = np.zeros(count, np.bool_)
        if kind < 0.4:
            at, asked = 0, draw.random() < 0.5
            while at < count:
                size = draw.choice((1, 2, 2, 4, 4, 8) if asked else (1, 1, 2, 4, 8))
                given[at : at + size] = not asked
                at, asked = at + size, not asked
            return given, count
        if kind < 0.75:
            return given, count
        return given, 0 if kind > 0.87 else draw.randrange(count)

    def _heard(
        self, own: tuple[int, Piece, int], span: tuple[int, int], slots: tuple[int, int], cut: int
    ) -> tuple[Heard, Floats, Floats]:
        """What is heard, its rows by measure, and the bass drum's onsets by measure."""
        draw, (index, piece, part) = self._draw, own
        kept = [self.roll(index, piece, i) for i in _kept(draw, piece, part)]
        count = slots[1] - slots[0]
        kick, drums = np.zeros(count, np.float32), np.zeros(count, np.float32)
        by_measure = np.zeros((span[1] - span[0], 16), np.float32)
        if draw.random() < 0.6:
            for i, other in enumerate(piece.parts):
                if other.is_drums:
                    roll, measures = self.roll(index, piece, i)
                    roll = _sliced(roll, *slots)
                    deep = (roll.lowest >= 14) & (roll.lowest <= 15)
                    kick = np.maximum(kick, roll.onsets * deep)
                    drums = np.maximum(drums, roll.onsets)
                    by_measure = np.maximum(by_measure, measures.beats[span[0] : span[1]])
        if index not in self._chords:
            self._chords[index] = chords_of(piece)
        chords = self._chords[index]
        chords = Chords(chords.tones[slots[0] : slots[1]], chords.root[slots[0] : slots[1]])
        if draw.random() < 0.4:
            chords = no_chords(count)
        rolls = tuple(_sliced(roll, *slots) for roll, _ in kept)
        heard = Heard(rolls, kick, drums, chords, count)
        bars = piece.bars[span[0] : span[1]]
        edge = len(bars)
        if cut < len(bars):
            edge = cut
            slot = (bars[cut].start - bars[0].start) // SLOT
            heard = _silenced(heard, min(slot, count - 1), draw.random() < 0.5)
        others = others_rows([m.cut(*span) for _, m in kept], heard.chords, by_measure, bars)
        others[edge:, :37], others[edge:, 49:] = 0.0, 0.0
        others[edge:, 36] = 1.0
        return heard, others, by_measure if kick.any() else np.zeros_like(by_measure)

    def _measures(
        self, piece: Piece, part: int, rows: PartRows, span: tuple[int, int],
        seen: tuple[Bools, int],
    ) -> Ints:  # fmt: skip
        draw, (first, stop) = self._draw, span
        given, seen_from = seen
        controls = rows.controls[first:stop].copy()
        for column, unknown in enumerate(
            (len(DENSITIES) + 1, len(POLYPHONIES) + 1, PITCHES // REGISTER_STEP + 1)
        ):
            if draw.random() < _UNKNOWN:
                controls[:, column] = unknown
        style = piece.style if draw.random() < 0.7 else NO_STYLE
        left = len(piece.bars) if piece.ends and draw.random() < 0.5 else -1
        cells = piece.parts[part].cells
        found = []
        for measure in range(first, stop):
            until, pitch = ahead_of(cells, given, first, measure)
            to_end = min(4, left - 1 - measure) if left > 0 else 5
            found.append((
                int(piece.is_minor), piece.parts[part].role, style, *controls[measure - first],
                until, pitch, to_end, seen_bucket(measure - seen_from),
            ))  # fmt: skip
        return np.array(found, np.int16)


def _is_usable(part: PartCells) -> bool:
    return not part.is_drums and sum(len(cell.positions) for cell in part.cells) >= _FEWEST


def _kept(draw: Random, piece: Piece, part: int) -> list[int]:
    """Which other parts are heard."""
    target = piece.parts[part]
    kept = []
    for index, other in enumerate(piece.parts):
        if index == part or other.is_drums:
            continue
        if target.is_proxy and other.role == 2:
            continue
        if other.is_proxy and (target.role == 2 or draw.random() < 0.85):
            continue
        kept.append(index)
    kind = draw.random()
    if kind < 0.45:
        return kept
    if kind < 0.7:
        melodies = [i for i in kept if piece.parts[i].role == 0]
        return melodies or kept
    return [i for i in kept if draw.random() < 0.5]


def _sliced(roll: Roll, first: int, end: int) -> Roll:
    return Roll(
        roll.sounds[first:end], roll.lowest[first:end], roll.highest[first:end],
        roll.onsets[first:end],
    )  # fmt: skip


def _silenced(heard: Heard, slot: int, with_chords: bool) -> Heard:
    """What is heard, silent from a slot on; the chords too unless they are known."""
    rolls = []
    for roll in heard.rolls:
        copy = Roll(roll.sounds.copy(), roll.lowest.copy(), roll.highest.copy(), roll.onsets.copy())
        copy.sounds[slot:], copy.lowest[slot:], copy.highest[slot:] = 0.0, 127, -1
        copy.onsets[slot:] = 0.0
        rolls.append(copy)
    kick, drums = heard.kick.copy(), heard.drums.copy()
    kick[slot:], drums[slot:] = 0.0, 0.0
    chords = heard.chords
    if not with_chords:
        chords = Chords(chords.tones.copy(), chords.root.copy())
        chords.tones[slot:], chords.root[slot:] = 0.0, 12
    return Heard(tuple(rolls) if slot else (), kick, drums, chords, heard.slots)


def collated(windows: Sequence[Window]) -> Batch:
    """Windows padded to one size, as tensors."""
    size = len(windows)
    steps = max(len(w.walk) for w in windows)
    measures = max(len(w.measures) for w in windows)

    def padded(name: str, length: int, kind: type) -> torch.Tensor:
        first = getattr(windows[0], name)
        found = np.zeros((size, length, *first.shape[1:]), kind)
        for row, window in enumerate(windows):
            values = getattr(window, name)
            found[row, : len(values)] = values
        return torch.from_numpy(found)

    targets = padded("targets", steps, np.int64)
    counts = torch.zeros(size, steps, dtype=torch.bool)
    for row, window in enumerate(windows):
        counts[row, : len(window.walk)] = True
    return Batch(
        padded("walk", steps, np.int64), padded("note", steps, np.int64),
        padded("measure", steps, np.int64), targets[..., 0], targets[..., 1], targets[..., 2],
        counts, padded("measures", measures, np.int64), padded("others", measures, np.float32),
        padded("mine", measures, np.float32), padded("dense", steps, np.float32),
        padded("dense_chosen", steps, np.float32),
    )  # fmt: skip
