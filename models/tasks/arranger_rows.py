"""One candidate of the arranger in the making, and what may come next in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from antiphon.models.encoding.cells import (
    DURATIONS,
    END,
    LONGEST,
    LOWEST,
    PITCHES,
    Cell,
    Event,
    Walker,
)
from antiphon.models.encoding.cells_grid import Grid
from antiphon.models.encoding.cells_harmony import SLOT
from antiphon.models.encoding.grid import beat_ticks

_TICKS = np.array(DURATIONS)
_CLASSES = (np.arange(PITCHES) + LOWEST) % 12
_NO_ROOT = 12
# Under these MIDI numbers a chord's next note lies at least so far above.
_MUDDY = ((48, 7), (55, 4))
# How strongly a bass is drawn to the bass drum.
_KICK = 0.9
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slot:
    """One onset that is fixed: position, its notes where they are, else how many there are.

    `duration` is a symbol or None; `not_pitches` are shut out; `moves` are the directions
    (-1, 0, 1) from the last note that are kept, None where they are free.
    """

    position: int
    duration: int | None = None
    notes: tuple[tuple[int, int], ...] = ()
    count: int = 1
    not_pitches: frozenset[int] = frozenset()
    move: int | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """How much more than the network says a note is drawn to the chord that sounds.

    `tones` (slots, 12) and `root` (slots,) are the chords in the network's key; `to_tones` is
    added to the logits of chord tones, `to_root` to that of the root under the first note
    where a chord begins.
    """

    tones: NDArray[np.float32]
    root: NDArray[np.int16]
    to_tones: float
    to_root: float

    def at(self, slot: int, *, is_lowest: bool) -> NDArray[np.float32]:
        """What is added to the logits of the keys at a slot."""
        found: NDArray[np.float32] = self.to_tones * self.tones[slot][_CLASSES]
        begins = slot == 0 or (self.tones[slot] != self.tones[slot - 1]).any()
        if is_lowest and begins and self.root[slot] < _NO_ROOT:
            found = found + self.to_root * (self.root[slot] == _CLASSES).astype(np.float32)
        return found


@dataclass(frozen=True, slots=True)
class Rules:
    """What every candidate keeps, in the network's keys and ticks.

    `pitches` may sound at all; `beginning` holds those allowed at some (bar, position), where a
    chord is given; `ceiling` is the highest key by slot. `scripts` are bars whose onsets are
    fixed, `given` bars that are as they stand. `end` is the tick where the answer ends, `spacing`
    the wanted distance of onsets in ticks (`spacing_pull` how strongly it is wanted), `closest`
    the smallest interval in a chord, `kick` the slots of a bass drum to fall in with.
    `avoid` are cells of which no note may stand where it stood, `worn` is how often a measure may
    come before nothing proposes it again. `home` is the tonic's pitch class, on which the last bar
    comes to rest.
    """

    pitches: Mask
    end: int
    beginning: Mapping[tuple[int, int], Mask] = field(default_factory=dict)
    ceiling: NDArray[np.int64] | None = None
    scripts: Mapping[int, tuple[Slot, ...]] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    thickest: int = 1
    span: int = 0
    closest: int = 1
    leap: int = 12
    repeats: int = 5
    grid: int = 6
    triplets: bool = False
    pull: Pull | None = None
    spacing: float | None = None
    spacing_pull: float = 1.2
    kick: NDArray[np.float32] | None = None
    avoid: Mapping[int, Cell] = field(default_factory=dict)
    worn: int | None = None
    home: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a take hears: the grid, own cells, vectors by bar and features by slot.

    `first` … `last` are the asked bars; the walk begins at `begin`; `phase` is the number of bar 0
    in its period.
    """

    grid: Grid
    cells: tuple[Cell | None, ...]
    measures: NDArray[np.int64]
    vectors: Tensor
    dense: Tensor
    slot_inputs: Tensor
    slot_notes: Tensor
    begin: int
    first: int
    last: int
    phase: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class Filled:
    """One candidate: its cells by asked bar and its mean log-likelihood a note in nats."""

    cells: tuple[Cell, ...]
    likelihood: float


class Row:
    """One candidate in the making."""

    def __init__(self, scene: Scene, walker: Walker) -> None:
        self.scene, self.rules, self.walker = scene, scene.rules, walker
        self.likelihood = 0.0
        self.notes = 0
        self._last: int | None = None
        self._repeated = 0
        self._rested = 0.0
        self._sung: Counter[tuple[Event, ...]] = Counter()
        self._forced: list[tuple[int, int, int]] = []
        self._slots: list[Slot] = []
        self._slot: Slot | None = None
        self._left = 0
        self._chord: list[int] = []
        self._open()

    @property
    def is_done(self) -> bool:
        """Whether every asked bar is written."""
        return self.walker.measure > self.scene.last

    @property
    def cursor_slot(self) -> int:
        """The slot of the last onset, of the bar's beginning before the first."""
        return self.scene.grid.slot(self.walker.measure, max(0, self.walker.cursor))

    def _open(self) -> None:
        bar = self.walker.measure
        if self.is_done:
            return
        cell = self.scene.cells[bar]
        self._is_given = bar in self.rules.given and cell is not None
        self._forced = [*cell.events(), (END, 0, 0)] if self._is_given and cell is not None else []
        script = self.rules.scripts.get(bar)
        self._is_scripted = script is not None and not self._is_given
        self._slots = list(script or ())
        self._slot, self._left = None, 0
        self._chord = []
        if self.rules.worn is not None and not self._is_given:
            often = {content for content, n in self._sung.items() if n >= self.rules.worn}
            self.walker.forget(often)

    def positions(self) -> Mask:
        """Where the next note may begin; the last place ends the bar."""
        mask = np.zeros(END + 1, np.bool_)
        if self._forced:
            mask[self._forced[0][0]] = True
            return mask
        if self._is_scripted:
            if self._left:
                mask[self.walker.cursor] = True
            else:
                mask[self._slots[0].position if self._slots else END] = True
            return mask
        grid, bar = self.scene.grid, self.walker.measure
        start = grid.bars[bar].start
        first = max(grid.begins[bar] - start, self.walker.cursor + 1)
        last = min(grid.ends[bar], self.rules.end) - start
        mask[first:last] = self._writable(first, last)
        cursor = self.walker.cursor
        if cursor >= 0 and self.walker.count < self.rules.thickest:
            mask[cursor] = self.pitches(cursor).any()
        mask[END] = cursor >= 0 or not mask[:END].any()
        if self._is_close:
            return self._closing(mask)
        return mask

    @property
    def _is_close(self) -> bool:
        return self.rules.home is not None and self.walker.measure == self.scene.last

    def _rest_at(self) -> int:
        """Where the last note of the last bar begins at the latest."""
        bar = self.scene.grid.bars[self.walker.measure]
        beat = beat_ticks(bar.meter)
        return bar.length // beat // 2 * beat

    def _closing(self, mask: Mask) -> Mask:
        """The last bar goes on until it rests on the tonic."""
        closed = mask.copy()
        closed[self._rest_at() + 1 : END] = False
        if self._last is not None and self.walker.cursor >= 0:
            at_home = (self._last + LOWEST) % 12 == self.rules.home
            closed[END] = at_home or not closed[:END].any()
        return closed if closed.any() else mask

    def _writable(self, first: int, last: int) -> Mask:
        places = np.arange(first, last)
        allowed: Mask = places % self.rules.grid == 0
        if self.rules.triplets:
            allowed |= places % 8 == 0
            if self.walker.cursor >= 0 and self.walker.cursor % 24 in (8, 16):
                # A beat begun in three is ended in three.
                beat = self.walker.cursor - self.walker.cursor % 24 + 24
                allowed &= (places % 8 == 0) | (places >= beat)
            elif self.walker.cursor >= 0 and self.walker.cursor % 24:
                beat = self.walker.cursor - self.walker.cursor % 24 + 24
                allowed &= (places % self.rules.grid == 0) | (places >= beat)
        return allowed

    def spaced(self) -> NDArray[np.float32]:
        """What is added to the logits of positions for the asked density and the bass drum."""
        bias = np.zeros(END + 1, np.float32)
        spacing, cursor = self.rules.spacing, self.walker.cursor
        if self._forced or self._is_scripted:
            return bias
        bar = self.walker.measure
        if self.rules.kick is not None:
            grid = self.scene.grid
            first = (grid.bars[bar].start - grid.origin) // SLOT
            hits = np.flatnonzero(self.rules.kick[first : first + LONGEST // SLOT]) * SLOT
            bias[hits[hits > cursor]] += _KICK
        if spacing is None:
            return bias
        begin = self.scene.grid.begins[bar] - self.scene.grid.bars[bar].start
        since = cursor if cursor >= 0 else begin - min(self._rested, spacing)
        after = np.arange(max(cursor + 1, begin), END)
        pull = self.rules.spacing_pull
        bias[after] -= pull * np.abs(np.log(np.maximum(after - since, 1.5) / spacing))
        left = self.scene.grid.bars[bar].length - since
        bias[END] = -pull * max(0.0, float(np.log(max(left, 1.5) / spacing)))
        return bias

    def drawn(self, position: int) -> NDArray[np.float32]:
        """What is added to the logits of pitches for the sake of the chord."""
        pull = self.rules.pull
        if pull is None or self._forced:
            return np.zeros(PITCHES, np.float32)
        slot = self.scene.grid.slot(self.walker.measure, position)
        return pull.at(slot, is_lowest=position != self.walker.cursor or not self._chord)

    def begin_at(self, position: int) -> None:
        """Take the chosen position of a note."""
        if position != self.walker.cursor:
            self._chord = []
        if self._is_scripted and not self._left:
            self._slot = self._slots.pop(0)
            self._left = len(self._slot.notes) or self._slot.count

    def pitches(self, position: int) -> Mask:
        """Which keys may begin at a position."""
        rules = self.rules
        if self._forced:
            return _only(self._forced[0][1], PITCHES)
        slot = self._slot if position == self.walker.cursor or self._left else None
        if slot is not None and slot.notes and self._left:
            return _only(slot.notes[len(slot.notes) - self._left][0], PITCHES)
        mask = rules.pitches
        begun = rules.beginning.get((self.walker.measure, position))
        if begun is not None:
            mask = mask & begun
        chord = self._chord if position == self.walker.cursor else []
        if chord:
            nearest = max(rules.closest, _apart(chord[-1]) if rules.span else 1)
            mask = mask & (np.arange(PITCHES) >= chord[-1] + nearest)
            if rules.span:
                mask = mask & self._reachable(chord)
            return self._under(mask, position)
        mask = self._under(mask, position)
        stood = self.rules.avoid.get(self.walker.measure)
        if stood is not None and position in stood.groups:
            for key, _ in stood.groups[position]:
                mask = _if_any(mask, np.arange(PITCHES) != key)
        if rules.home is not None and self._is_close and position == self._rest_at():
            mask = _if_any(mask, np.isin(_CLASSES, [rules.home]))
        if slot is not None and self._last is not None and slot.move is not None:
            mask = _if_any(mask, np.sign(np.arange(PITCHES) - self._last) == slot.move)
        if slot is not None and slot.not_pitches:
            mask = _if_any(mask, ~np.isin(np.arange(PITCHES), list(slot.not_pitches)))
        if self._last is not None and rules.thickest == 1:
            mask = _if_any(mask, np.abs(np.arange(PITCHES) - self._last) <= rules.leap)
            if self._repeated >= rules.repeats:
                mask = _if_any(mask, np.arange(PITCHES) != self._last)
        return mask

    def _under(self, mask: Mask, position: int) -> Mask:
        if self.rules.ceiling is None:
            return mask
        slot = self.scene.grid.slot(self.walker.measure, position)
        return _if_any(mask, np.arange(PITCHES) <= self.rules.ceiling[slot])

    def _reachable(self, chord: Sequence[int]) -> Mask:
        """Keys that two hands reach with those of the chord so far, five fingers each."""
        span, keys = self.rules.span, np.arange(PITCHES)
        second = [key for key in chord if key > chord[0] + span]
        if second:
            return (keys <= second[0] + span) & (len(second) < 5)
        near = keys <= chord[0] + span
        return near | (keys > chord[0] + span) if len(chord) < 5 else keys > chord[0] + span

    def durations(self, position: int) -> Mask:
        """Which durations the chosen note may have."""
        if self._forced:
            return _only(self._forced[0][2], len(DURATIONS))
        slot = self._slot
        if slot is not None and self._is_scripted:
            if slot.notes:
                return _only(slot.notes[len(slot.notes) - self._left][1], len(DURATIONS))
            if slot.duration is not None:
                return _only(slot.duration, len(DURATIONS))
        left = self.rules.end - (self.scene.grid.bars[self.walker.measure].start + position)
        mask = max(left, int(_TICKS[0])) >= _TICKS
        plain = _TICKS % 3 == 0 if position % 3 == 0 else _TICKS % 4 == 0
        if self.rules.triplets and position % 24 in (0, 8, 16):
            plain = plain | (_TICKS % 8 == 0)
        fine = self.rules.grid <= _TICKS if not self.rules.triplets else _TICKS >= 3
        mask = _if_any(mask, plain & fine)
        return mask if mask.any() else _only(0, len(DURATIONS))

    def push(self, position: int, pitch: int, duration: int, likelihood: float) -> None:
        """Write the chosen note."""
        self.walker.push(position, pitch, duration)
        self._chord.append(pitch)
        self._repeated = self._repeated + 1 if pitch == self._last else 1
        self._last = pitch
        if self._forced:
            self._forced.pop(0)
            return
        self._left = max(0, self._left - 1)
        self.likelihood += likelihood
        self.notes += 1

    def end(self, likelihood: float) -> None:
        """End the bar."""
        cursor = max(self.walker.cursor, 0)
        self._rested = float(self.scene.grid.bars[self.walker.measure].length - cursor)
        content = tuple(self.walker.written.events())
        if len(content) > 1:
            self._sung[content] += 1
        self.walker.end()
        if not self._is_given:
            self.likelihood += likelihood
        self._open()

    def filled(self) -> Filled:
        """What was written in the asked bars."""
        scene = self.scene
        cells = tuple(
            self.walker.cells[bar] or Cell() for bar in range(scene.first, scene.last + 1)
        )
        return Filled(cells, self.likelihood / max(1, self.notes))


def _apart(key: int) -> int:
    """The smallest interval above a low key that does not sound muddy."""
    return next((apart for below, apart in _MUDDY if key + LOWEST < below), 1)


def _only(index: int, size: int) -> Mask:
    mask = np.zeros(size, np.bool_)
    mask[index] = True
    return mask


def _if_any(mask: Mask, wish: Mask) -> Mask:
    """The mask narrowed by a wish where that leaves something."""
    both = mask & wish
    return both if both.any() else mask
