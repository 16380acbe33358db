"""Sampling cells: one step a note, several candidates at once, under masks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from antiphon.models.encoding.cells import (
    END,
    Cell,
    Walker,
)
from antiphon.models.networks.arranger import Arranger, State
from antiphon.models.tasks.arranger_rows import Filled, Mask, Row, Scene

# Candidates of one take differ in how far they roam, so that ranking has something to choose.
_SPREAD = (0.9, 1.0, 1.0, 1.1, 1.1, 1.25)
# A symbol less likely than this part of the likeliest one is not drawn at temperature 1.
_LEAST = 0.04


@dataclass(frozen=True, slots=True)
class Manner:
    """How to sample: how many candidates at once, how adventurous; 0 takes the likeliest."""

    candidates: int = 4
    temperature: float = 1.0


def heard(network: Arranger, scene: Scene) -> tuple[Walker, State]:
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
        return walker, network.first_state(1)
    inputs = network.walk_bag(torch.tensor(rows)) + scene.vectors[bars] + scene.slot_inputs[slots]
    hidden, cell_state = network.lstm(inputs.unsqueeze(0))[1]
    return walker, (hidden, cell_state)


def sample(
    network: Arranger,
    scene: Scene,
    manner: Manner,
    generator: Random,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Filled]:
    """Candidates for the asked bars, every one within the rules.

    Raises InterruptedError between two steps if `is_cancelled` says so.
    """
    with torch.inference_mode():
        batch = _Batch(network, scene, manner, generator)
        while batch.active():
            if is_cancelled():
                raise InterruptedError
            batch.step()
    return [row.filled() for row in batch.rows]


class _Batch:
    """The candidates of one take, a step at a time; full ones are carried along unread."""

    def __init__(self, network: Arranger, scene: Scene, manner: Manner, generator: Random) -> None:
        count = manner.candidates
        self._network, self._scene = network, scene
        is_greedy = manner.temperature == 0
        temperatures = [manner.temperature * _SPREAD[i % len(_SPREAD)] for i in range(count)]
        sharp = [1e4 if is_greedy else 1.0 / t for t in temperatures]
        self._sharpness = torch.tensor(sharp).unsqueeze(-1)
        self._least = (_LEAST / self._sharpness**-3).clamp(max=_LEAST)
        walker, state = heard(network, scene)
        self._state = tuple(part.expand(-1, count, -1).contiguous() for part in state)
        self._draws = [Random(generator.getrandbits(64)) for _ in range(count)]
        self.rows = [Row(scene, walker.fork()) for _ in range(count)]

    def active(self) -> bool:
        """Whether any candidate is not full yet."""
        return not all(row.is_done for row in self.rows)

    def step(self) -> None:
        """One note or one end of a bar for every candidate that is not full yet."""
        network, scene, rows = self._network, self._scene, self.rows
        on = [not row.is_done for row in rows]
        live = [row for row in rows if not row.is_done]
        places = [i for i, is_on in enumerate(on) if is_on]
        walk = torch.tensor([row.walker.ahead() for row in live])
        bars = [row.walker.measure for row in live]
        inputs = network.walk_bag(walk) + scene.vectors[bars]
        inputs = inputs + scene.slot_inputs[[row.cursor_slot for row in live]]
        hidden_before = self._state[0][:, places], self._state[1][:, places]
        hidden, state = network.step(inputs, hidden_before)
        self._state[0][:, places], self._state[1][:, places] = state
        at, pitch_in, duration_in = network.heads(hidden, inputs)
        masks = [row.positions() for row in live]
        positions, chances = self._draw(
            network.position_logits(at, walk), masks, places, [row.spaced() for row in live]
        )
        noting = [i for i, position in enumerate(positions) if position != END]
        if noting:
            chosen = [(live[i], positions[i]) for i in noting]
            told = [chances[i] for i in noting]
            inner = pitch_in[noting], duration_in[noting]
            self._note(chosen, told, inner, walk[noting], [places[i] for i in noting])
        for index, position in enumerate(positions):
            if position == END:
                live[index].end(chances[index])

    def _note(
        self, chosen: Sequence[tuple[Row, int]], told: Sequence[float],
        inner: tuple[Tensor, Tensor], walk: Tensor, places: Sequence[int],
    ) -> None:  # fmt: skip
        network, scene = self._network, self._scene
        for row, position in chosen:
            row.begin_at(position)
        note = torch.tensor([row.walker.note(position) for row, position in chosen])
        slots = [scene.grid.slot(row.walker.measure, position) for row, position in chosen]
        noted = network.note_bag(note) + scene.slot_notes[slots]
        pitch_noted, duration_noted = noted.chunk(2, -1)
        logits = network.pitch_logits(inner[0], pitch_noted, walk, note, scene.dense[slots])
        masks = [row.pitches(position) for row, position in chosen]
        drawn = [row.drawn(position) for row, position in chosen]
        pitches, pitch_told = self._draw(logits, masks, places, drawn)
        found = torch.tensor(pitches)
        logits = network.duration_logits(inner[1], duration_noted, note, found)
        masks = [row.durations(position) for row, position in chosen]
        durations, duration_told = self._draw(logits, masks, places)
        for index, (row, position) in enumerate(chosen):
            likelihood = told[index] + pitch_told[index] + duration_told[index]
            row.push(position, pitches[index], durations[index], likelihood)

    def _draw(
        self, logits: Tensor, masks: Sequence[Mask], places: Sequence[int],
        bias: Sequence[NDArray[np.float32]] = (),
    ) -> tuple[list[int], list[float]]:  # fmt: skip
        """A symbol for each row by inverse cumulative chance, and its own log-likelihood."""
        allowed = torch.from_numpy(np.stack(masks))
        plain = logits.log_softmax(-1)
        wished = plain + torch.from_numpy(np.stack(bias)) if bias else plain
        sharp = (wished * self._sharpness[places]).masked_fill(~allowed, -torch.inf)
        chances = sharp.softmax(-1, dtype=torch.double)
        chances[chances < self._least[places] * chances.amax(-1, keepdim=True)] = 0.0
        reached = chances.cumsum(-1)
        points = [self._draws[place].random() for place in places]
        aims = torch.tensor(points, dtype=torch.double).unsqueeze(-1) * reached[:, -1:]
        found = torch.searchsorted(reached, aims, right=True).squeeze(-1)
        found = found.clamp_(max=logits.shape[-1] - 1)
        likelihoods = plain.gather(-1, found.unsqueeze(-1)).squeeze(-1)
        return found.tolist(), likelihoods.tolist()
