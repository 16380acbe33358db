"""One candidate of the arranger in the making, and what may come next in it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
from antiphon.models.encoding.cells_harmony import SLOT
from antiphon.models.encoding.grid import beat_ticks
from antiphon.models.tasks.arranger_asked import CLASSES, Filled, Mask, Scene, Slot
from antiphon.models.tasks.arranger_masks import (
    PLACES,
    TICKS,
    least_apart,
    lengths,
    narrowed,
    on_places,
    only,
    spacing_costs,
)

_KEYS = np.arange(PITCHES)
# So many onsets too few or too many count at most.
_MISSING = 12


class Row:
    """One candidate in the making."""

    def __init__(self, scene: Scene, walker: Walker) -> None:
        self.scene, self.rules, self.walker = scene, scene.rules, walker
        self.likelihood = 0.0
        self.notes = 0
        self._last: int | None = None
        self._repeated = 0
        self._rested = 0.0
        self._onsets = 0
        self._sung: Counter[tuple[Event, ...]] = Counter()
        self._forced: list[tuple[int, int, int]] = []
        self._slots: list[Slot] = []
        self._slot: Slot | None = None
        self._left = 0
        self._chord: list[int] = []
        self._last_slot = scene.grid.slots - 1
        self._open()

    @property
    def is_done(self) -> bool:
        """Whether every asked bar is written."""
        return self.walker.measure > self.scene.last

    def given(self) -> NDArray[np.float32]:
        """What the bar and the slot of the last onset give to the next step's input."""
        known = self.scene.known
        found: NDArray[np.float32] = (
            known.bars[self.walker.measure] + known.slots[self.slot_of(max(0, self.walker.cursor))]
        )
        return found

    def slot_of(self, position: int) -> int:
        """The slot of a position in the open bar."""
        return min(self._last_slot, (self._offset + position) // SLOT)

    def _open(self) -> None:
        bar = self.walker.measure
        if self.is_done:
            return
        grid = self.scene.grid
        self._offset = grid.bars[bar].start - grid.origin
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
            self.walker.forget(often | self._quoted(bar))

    def _quoted(self, bar: int) -> set[tuple[Event, ...]]:
        """What would go on quoting: what followed two bars that were both repeated note by note."""
        cells = self.walker.cells
        found = set()
        for back in (1, 2, 4, 8):
            pairs = [(cells[at], cells[at - back]) for at in (bar - 1, bar - 2) if at >= back]
            is_own = bar - 2 >= self.scene.first and len(pairs) == 2
            following = cells[bar - back] if bar >= back else None
            if is_own and following is not None and all(a and b and a == b for a, b in pairs):
                found.add(tuple(following.events()))
        return found

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
                mask[self._places()] = True
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
        return self._resting(mask)

    def _places(self) -> list[int]:
        """Where the next asked onset may lie: a loose one leaves room for those after it."""
        slots = self._slots
        if not slots:
            return [END]
        if not slots[0].is_loose:
            return [slots[0].position]
        loose = next((i for i, slot in enumerate(slots) if not slot.is_loose), len(slots))
        grid, bar = self.scene.grid, self.walker.measure
        start = grid.bars[bar].start
        first = max(grid.begins[bar] - start, self.walker.cursor + 1)
        last = slots[loose].position if loose < len(slots) else grid.ends[bar] - start
        places = {first + int(i) for i in np.flatnonzero(self._writable(first, last))}
        # As they stood they have room, whatever the grid.
        places |= {slot.position for slot in slots[:loose] if slot.position >= first}
        ordered = sorted(places)
        return ordered[: len(ordered) - loose + 1] or [slots[0].position]

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

    def _resting(self, mask: Mask) -> Mask:
        """An accompaniment that closes has its last onset at the place of rest."""
        rest, bar = self.rules.rest, self.walker.measure
        grid = self.scene.grid
        if rest is None or rest.at >= grid.ends[bar]:
            return mask
        place = rest.at - grid.bars[bar].start
        if place < 0:
            return only(END, END + 1)
        closed = mask.copy()
        closed[place + 1 : END] = False
        is_full = self.walker.cursor == place and self.walker.count >= rest.fullest
        if is_full or not closed[:END].any():
            return only(END, END + 1)
        closed[END] = False
        return closed

    def _closing_keys(self, mask: Mask, position: int, *, is_lowest: bool) -> Mask:
        """Where an accompaniment closes: chord tones, the root below at the place of rest."""
        rest, pull = self.rules.rest, self.rules.pull
        tick = self.scene.grid.bars[self.walker.measure].start + position
        if rest is None or pull is None or tick < rest.begin:
            return mask
        slot = self.slot_of(position)
        holds = pull.holds(slot)
        # A chord may as well end where no tone of the harmony lies above it.
        mask = (
            mask & holds if self._chord and not is_lowest and holds.any() else narrowed(mask, holds)
        )
        if tick != rest.at:
            return mask
        if is_lowest:
            return narrowed(mask, pull.roots(slot))
        thirds = pull.thirds(slot)
        is_told = any(thirds[key] for key in self._chord)
        return mask if is_told or len(self._chord) < rest.fullest - 1 else narrowed(mask, thirds)

    def _writable(self, first: int, last: int) -> Mask:
        cursor, finest = self.walker.cursor, self.rules.grid
        if not self.rules.triplets:
            return on_places(finest, with_thirds=False)[first:last]
        allowed = on_places(finest, with_thirds=True)
        if cursor >= 0 and cursor % 24:
            # A beat begun in three is ended in three, and one begun in two in two.
            fine = on_places(8 if cursor % 24 in (8, 16) else finest, with_thirds=False)
            allowed = allowed & (fine | (cursor - cursor % 24 + 24 <= PLACES))
        return allowed[first:last]

    def spaced(self) -> NDArray[np.float32] | float:
        """What is added to the logits of positions for the asked density and the bass drum."""
        spacing, cursor = self.rules.spacing, self.walker.cursor
        strikes = self.rules.strikes
        if self._forced or self._is_scripted or (spacing is None and strikes is None):
            return 0.0
        bias = np.zeros(END + 1, np.float32)
        grid, bar = self.scene.grid, self.walker.measure
        if strikes is not None:
            first = self._offset // SLOT
            drawn = strikes[first : first + LONGEST // SLOT]
            places = np.flatnonzero(drawn) * SLOT
            places = places[places > cursor]
            bias[places] += drawn[places // SLOT]
        if spacing is None:
            return bias
        begin = grid.begins[bar] - grid.bars[bar].start
        since = cursor if cursor >= 0 else begin - round(min(self._rested, spacing))
        costs = spacing_costs(spacing, self.rules.spacing_pull)
        after = max(cursor + 1, begin)
        bias[after:END] -= costs[after - since : END - since]
        left = grid.bars[bar].length - since
        bias[END] = -costs[left] if left > spacing else 0.0
        if self.rules.drive:
            self._drive(bias, since, after, left)
        return bias

    def _drive(self, bias: NDArray[np.float32], since: int, after: int, left: int) -> None:
        """Draw onsets nearer where there were too few so far, farther where too many."""
        spacing = self.rules.spacing or 1.0
        grid, scene = self.scene.grid, self.scene
        now = grid.bars[self.walker.measure].start + since - grid.begins[scene.first]
        missing = max(-_MISSING, min(_MISSING, now / spacing - self._onsets))
        far = np.log(np.maximum(np.arange(after - since, END - since), 1.5) / spacing)
        bias[after:END] -= self.rules.drive * missing * far.astype(np.float32)
        if left > spacing:
            bias[END] -= self.rules.drive * missing * np.log(left / spacing)

    def drawn(self, position: int) -> NDArray[np.float32] | float:
        """What is added to the logits of pitches for the sake of the chord."""
        pull = self.rules.pull
        if pull is None or self._forced:
            return 0.0
        slot = self.slot_of(position)
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
            return only(self._forced[0][1], PITCHES)
        slot = self._slot if position == self.walker.cursor or self._left else None
        if slot is not None and slot.notes and self._left:
            return only(slot.notes[len(slot.notes) - self._left][0], PITCHES)
        mask = rules.pitches
        begun = rules.beginning.get((self.walker.measure, position))
        if begun is not None:
            mask = mask & begun
        chord = self._chord if position == self.walker.cursor else []
        if chord:
            nearest = max(
                rules.closest, least_apart(chord[-1] - self.scene.grid.shift) if rules.span else 1
            )
            mask = mask & (chord[-1] + nearest <= _KEYS)
            if rules.span:
                mask = mask & self._reachable(chord)
            return self._closing_keys(self._under(mask, position), position, is_lowest=False)
        mask = self._closing_keys(self._under(mask, position), position, is_lowest=True)
        stood = self.rules.avoid.get(self.walker.measure)
        if stood is not None and position in stood.groups:
            for key, _ in stood.groups[position]:
                mask = narrowed(mask, np.not_equal(_KEYS, key))
        if rules.home is not None and self._is_close and position == self._rest_at():
            mask = narrowed(mask, np.isin(CLASSES, [rules.home]))
        if slot is not None and self._last is not None and slot.move is not None:
            mask = narrowed(mask, np.sign(_KEYS - self._last) == slot.move)
        if slot is not None and slot.not_pitches:
            mask = narrowed(mask, ~np.isin(_KEYS, list(slot.not_pitches)))
        if self._last is not None and rules.thickest == 1:
            mask = narrowed(mask, np.abs(_KEYS - self._last) <= rules.leap)
            if self._repeated >= rules.repeats:
                mask = narrowed(mask, np.not_equal(_KEYS, self._last))
        return mask

    def _under(self, mask: Mask, position: int) -> Mask:
        if self.rules.ceiling is None:
            return mask
        slot = self.slot_of(position)
        return narrowed(mask, self.rules.ceiling[slot] >= _KEYS)

    def _reachable(self, chord: Sequence[int]) -> Mask:
        """Keys that two hands reach with those of the chord so far, five fingers each."""
        span, keys = self.rules.span, _KEYS
        second = [key for key in chord if key > chord[0] + span]
        if second:
            return (keys <= second[0] + span) & (len(second) < 5)
        near = keys <= chord[0] + span
        return near | (keys > chord[0] + span) if len(chord) < 5 else keys > chord[0] + span

    def durations(self, position: int) -> Mask:
        """Which durations the chosen note may have."""
        if self._forced:
            return only(self._forced[0][2], len(DURATIONS))
        slot = self._slot
        if slot is not None and self._is_scripted:
            if slot.notes:
                return only(slot.notes[len(slot.notes) - self._left][1], len(DURATIONS))
            if slot.duration is not None:
                return only(slot.duration, len(DURATIONS))
        left = self.rules.end - (self.scene.grid.bars[self.walker.measure].start + position)
        left = min(max(left, int(TICKS[0])), int(TICKS[-1]))
        return lengths(position % 24, left, self.rules.grid, with_thirds=self.rules.triplets)

    def push(self, position: int, pitch: int, duration: int, likelihood: float) -> None:
        """Write the chosen note."""
        self.walker.push(position, pitch, duration)
        self._onsets += not self._chord
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
