"""Batches for the chorale network: crops, transpositions, and what of them is given.

A quarter of the crops have nothing given (the joint likelihood), two fifths their soprano (what
harmonizing asks), the rest other voices, scattered cells, or all but a block (what resampling
and filling ask).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding import satb
from antiphon.models.encoding.satb import Array
from antiphon.models.training.chorale_data import BACH, FAKES, HYMNS, Piece

STYLE_OF = {BACH: 1, HYMNS: 2, FAKES: 3}
SHARES = {BACH: 0.62, HYMNS: 0.2, FAKES: 0.18}
UNKNOWN_ATTACK = 2
MOST_HELD = 16
_IN_KEY = 0.4
_QUALITIES = len(satb.QUALITIES)


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of some crops: `rows` (batch, slots, 9) given, `before` (batch, slots, 9) the slot
    before, `symbols` (batch, slots, 4) the truth, `wanted` (batch, slots, 4) 1 where it counts.
    """

    rows: Array
    before: Array
    symbols: Array
    wanted: Array


@dataclass(frozen=True, slots=True)
class Grid:
    """A piece made ready: numbers, attacks and held (slots, 4), places and labels (slots,)."""

    numbers: Array
    attacks: Array
    held: Array
    within: Array
    beat: Array
    labels: Array
    style: int
    moves: tuple[int, ...]


def grid_of(piece: Piece) -> Grid:
    """A piece with what the batches look up in it again and again."""
    numbers = piece.numbers
    moves = []
    for move in range(-5, 7):
        above = numbers + move - np.array(satb.LOWEST)
        if ((numbers == 0) | ((above >= 0) & (above < satb.PITCHES))).all():
            moves.append(move)
    return Grid(
        numbers, piece.attacks, held_slots(numbers), piece.within, piece.beat,
        satb.chord_labels(numbers), STYLE_OF[piece.source], tuple(moves) or (0,),
    )  # fmt: skip


def held_slots(numbers: Array) -> Array:
    """For how many slots (1 … 16) each voice has had its pitch, this slot included; (slots, 4)."""
    held = np.ones_like(numbers)
    for index in range(1, len(numbers)):
        same = numbers[index] == numbers[index - 1]
        held[index] = np.where(same, held[index - 1] + 1, 1)
    return np.minimum(held, MOST_HELD)


def moved_labels(labels: Array, move: int) -> Array:
    """Chord labels after moving the music by some semitones."""
    root, quality = np.divmod(labels - 3, _QUALITIES)
    moved = 3 + (root + move) % 12 * _QUALITIES + quality
    return np.where(labels >= 3, moved, labels)


def before_rows(symbols: Array, held: Array, labels: Array) -> Array:
    """The columns of the slot before each slot (slots, 9), unknown before the first."""
    rows = np.concatenate((symbols, held, labels[:, None]), 1)
    first = np.array([[satb.UNKNOWN] * 4 + [0] * 4 + [satb.CHORD_UNKNOWN]])
    return np.concatenate((first, rows[:-1]))


class Sampler:
    """Draws batches of crops of a length from grids, each source by its share."""

    def __init__(self, grids: Sequence[Grid], size: int, slots: int, seed: int) -> None:
        self.size, self.slots = size, slots
        self.random = np.random.default_rng(seed)
        self.grids = grids
        weights = np.array([len(grid.within) for grid in grids], np.float64)
        styles = np.array([grid.style for grid in grids])
        for source, share in SHARES.items():
            own = styles == STYLE_OF[source]
            if own.any():
                weights[own] *= share / weights[own].sum()
        self.weights = weights / weights.sum()

    def batch(self) -> Batch:
        """The next batch."""
        picks = self.random.choice(len(self.grids), self.size, p=self.weights)
        crops = [self._crop(self.grids[pick]) for pick in picks]
        return Batch(*(np.stack(arrays) for arrays in zip(*crops, strict=True)))

    def _crop(self, grid: Grid) -> tuple[Array, Array, Array, Array]:
        random, slots = self.random, self.slots
        move = 0
        if random.random() > _IN_KEY:
            move = int(random.choice(grid.moves))
        length = len(grid.within)
        start = 0
        if length > slots and random.random() > 0.25:
            start = int(random.integers(0, length - slots + 1))
        cut = slice(start, start + slots)
        numbers = np.where(grid.numbers > 0, grid.numbers + move, 0)
        symbols, labels = satb.to_symbols(numbers), moved_labels(grid.labels, move)
        before = before_rows(symbols, grid.held, labels)[cut]
        symbols, labels = symbols[cut], labels[cut]
        given = self._given(len(symbols))
        rows = self._rows(grid, cut, np.where(given, symbols, satb.UNKNOWN), labels)
        wanted = (~given).astype(np.int64)
        missing = slots - len(symbols)
        pads = ((0, missing), (0, 0))
        return (
            np.pad(rows, pads), np.pad(before, pads), np.pad(symbols, pads), np.pad(wanted, pads)
        )  # fmt: skip

    def _rows(self, grid: Grid, cut: slice, given: Array, labels: Array) -> Array:
        random, count = self.random, len(labels)
        beat = grid.beat[cut] if random.random() < 0.7 else np.zeros(count, np.int64)
        style = grid.style if random.random() < 0.85 else 0
        chords = np.full(count, satb.CHORD_UNKNOWN)
        draw = random.random()
        if draw < 0.15:
            chords = labels
        elif draw < 0.3:
            chords = np.where(random.random(count) < random.random() / 2, labels, chords)
        attacks = np.full(count, UNKNOWN_ATTACK)
        if (given[:, 0] != satb.UNKNOWN).all() and random.random() < 0.7:
            attacks = grid.attacks[cut, 0]
        columns = (*given.T, grid.within[cut], beat, chords, np.full(count, style), attacks)
        return np.stack(columns, 1)

    def _given(self, count: int) -> NDArray[np.bool_]:
        random = self.random
        given = np.zeros((count, 4), np.bool_)
        draw = random.random()
        if draw < 0.27:
            return given
        if draw < 0.65:
            given[:, 0] = True
            if draw > 0.5:
                self._block(given)
            return given
        if draw < 0.75:
            given[:, random.random(4) < 0.5] = True
        elif draw < 0.85:
            given[random.random((count, 4)) < random.random()] = True
        else:
            given[:] = True
            start, last = np.sort(random.integers(0, count + 1, 2))
            voices = random.random(4) < 0.6
            given[start : last + 1, voices] = False
        if given.all():
            given[:, 1:] = False
        return given

    def _block(self, given: NDArray[np.bool_]) -> None:
        """Give what stands before and after a span, in all voices or some."""
        start, last = np.sort(self.random.integers(0, len(given) + 1, 2))
        voices = self.random.random(4) < 0.7
        given[:start, voices] = True
        if self.random.random() < 0.5:
            given[last + 1 :, voices] = True
