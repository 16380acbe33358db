"""Sampling cells: one step a note, all candidates of all takes at once, under masks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.cells import END, Cell, Walker
from antiphon.models.networks.arranger_steps import ArrangerSteps, Floats, Ints, State
from antiphon.models.tasks.arranger_asked import Filled, Mask, Scene
from antiphon.models.tasks.arranger_rows import Row

# Candidates of one take differ in how far they roam, so that ranking has something to choose.
_SPREAD = (0.9, 1.0, 1.0, 1.1, 1.1, 1.25)
# A symbol less likely than this part of the likeliest one is not drawn at temperature 1.
_LEAST = 0.04


@dataclass(frozen=True, slots=True)
class Manner:
    """How to sample: how many candidates at once, how adventurous; 0 takes the likeliest."""

    candidates: int = 4
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Candidates for one scene, drawn with a generator of their own."""

    scene: Scene
    manner: Manner
    generator: Random


def heard(steps: ArrangerSteps, scene: Scene) -> tuple[Walker, State]:
    """Walk over the given bars before the first asked one."""
    walker = Walker(scene.grid.bars, scene.cells, scene.begin, scene.phase)
    rows, bars, slots = [], [], []
    for bar in range(scene.begin, scene.first):
        cell = scene.cells[bar] or Cell()
        for position, pitch, duration in (*cell.events(), (END, 0, 0)):
            rows.append(walker.ahead())
            bars.append(bar)
            slots.append(scene.grid.slot(bar, max(0, walker.cursor)))
            if position == END:
                walker.end()
            else:
                walker.note(position)
                walker.push(position, pitch, duration)
    if not rows:
        return walker, steps.first_state()
    given = scene.known.bars[bars] + scene.known.slots[slots]
    return walker, steps.run(steps.inputs(np.array(rows), given))


def sample(
    steps: ArrangerSteps,
    wanted: Sequence[Wanted],
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[list[Filled]]:
    """Candidates for the asked bars of each scene, every one within its rules.

    Raises InterruptedError between two steps if `is_cancelled` says so.
    """
    batch = _Batch(steps, wanted)
    while batch.active():
        if is_cancelled():
            raise InterruptedError
        batch.step()
    filled = iter([row.filled() for row in batch.rows])
    return [[next(filled) for _ in range(one.manner.candidates)] for one in wanted]


class _Batch:
    """The candidates of some scenes, a step at a time; full ones are carried along unread."""

    def __init__(self, steps: ArrangerSteps, wanted: Sequence[Wanted]) -> None:
        self._steps = steps
        known: dict[int, tuple[Walker, State]] = {}
        sharp: list[float] = []
        states: list[State] = []
        self.rows: list[Row] = []
        self._draws: list[Random] = []
        for one in wanted:
            if id(one.scene) not in known:
                known[id(one.scene)] = heard(steps, one.scene)
            walker, state = known[id(one.scene)]
            temperature = one.manner.temperature
            for i in range(one.manner.candidates):
                roaming = temperature * _SPREAD[i % len(_SPREAD)]
                sharp.append(1.0 / roaming if temperature else 1e4)
                states.append(state)
                self._draws.append(Random(one.generator.getrandbits(64)))
                self.rows.append(Row(one.scene, walker.fork()))
        going, cell = zip(*states, strict=True)
        self._state: State = (np.concatenate(going), np.concatenate(cell))
        self._sharpness = np.array(sharp, np.float32)[:, None]
        self._least = np.minimum(_LEAST * self._sharpness**3, _LEAST)

    def active(self) -> bool:
        """Whether any candidate is not full yet."""
        return not all(row.is_done for row in self.rows)

    def step(self) -> None:
        """One note or one end of a bar for every candidate that is not full yet."""
        steps = self._steps
        places = [i for i, row in enumerate(self.rows) if not row.is_done]
        live = [self.rows[i] for i in places]
        walk = np.array([row.walker.ahead() for row in live])
        inputs = steps.inputs(walk, np.array([row.given() for row in live]))
        going, cell = self._state
        inner, (going_on, cell_on) = steps.step(inputs, (going[places], cell[places]))
        going[places], cell[places] = going_on, cell_on
        positions, chances = self._draw(
            steps.position_logits(inner[:, 0], walk),
            [row.positions() for row in live],
            places,
            [row.spaced() for row in live],
        )
        noting = [i for i, position in enumerate(positions) if position != END]
        if noting:
            chosen = [(live[i], positions[i], chances[i]) for i in noting]
            self._note(chosen, inner[noting], walk[noting], [places[i] for i in noting])
        for index, position in enumerate(positions):
            if position == END:
                live[index].end(chances[index])

    def _note(
        self, chosen: Sequence[tuple[Row, int, float]], inner: Floats, walk: Ints,
        places: Sequence[int],
    ) -> None:  # fmt: skip
        steps = self._steps
        for row, position, _ in chosen:
            row.begin_at(position)
        note = np.array([row.walker.note(position) for row, position, _ in chosen])
        slots = [row.slot_of(position) for row, position, _ in chosen]
        knowns = [row.scene.known for row, _, _ in chosen]
        given = [known.notes[slot] for known, slot in zip(knowns, slots, strict=True)]
        chroma = np.array([known.chroma[slot] for known, slot in zip(knowns, slots, strict=True)])
        pitch_noted, duration_noted = steps.noted(note, given)
        logits = steps.pitch_logits(inner[:, 1], pitch_noted, (walk, note), chroma)
        masks = [row.pitches(position) for row, position, _ in chosen]
        drawn = [row.drawn(position) for row, position, _ in chosen]
        pitches, pitch_told = self._draw(logits, masks, places, drawn)
        logits = steps.duration_logits(inner[:, 2], duration_noted, note, np.array(pitches))
        masks = [row.durations(position) for row, position, _ in chosen]
        durations, duration_told = self._draw(logits, masks, places)
        for index, (row, position, told) in enumerate(chosen):
            likelihood = told + pitch_told[index] + duration_told[index]
            row.push(position, pitches[index], durations[index], likelihood)

    def _draw(
        self, logits: Floats, masks: Sequence[Mask], places: Sequence[int],
        bias: Sequence[NDArray[np.float32] | float] = (),
    ) -> tuple[list[int], list[float]]:  # fmt: skip
        """A symbol for each row by inverse cumulative chance, and its own log-likelihood."""
        plain = logits - logits.max(-1, keepdims=True)
        plain -= np.log(np.exp(plain).sum(-1, keepdims=True))
        wished = plain + _stacked(bias, plain.shape) if bias else plain
        allowed = np.array(masks)
        # Where nothing is left, the last pass puts right what does not belong.
        allowed[~allowed.any(-1)] = True
        sharp = np.where(allowed, wished * self._sharpness[places], -np.inf)
        chances = np.exp((sharp - sharp.max(-1, keepdims=True)).astype(np.float64))
        # The likeliest has chance 1 here.
        chances[chances < self._least[places]] = 0.0
        reached = chances.cumsum(-1)
        points = np.array([self._draws[place].random() for place in places])
        found = (reached <= points[:, None] * reached[:, -1:]).sum(-1)
        found = np.minimum(found, logits.shape[-1] - 1)
        told = plain[np.arange(len(found)), found]
        return found.tolist(), told.tolist()


def _stacked(bias: Sequence[NDArray[np.float32] | float], shape: tuple[int, ...]) -> Floats:
    """Biases by row, 0 where a row has none."""
    found = np.zeros(shape, np.float32)
    for row, one in enumerate(bias):
        if not isinstance(one, float):
            found[row] = one
    return found
