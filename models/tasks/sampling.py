"""Sampling a melody: one step a note, several candidates at once, under masks.

The candidates of one take are a batch of fixed size with a generator of their own, so that a
take is the same whether it is asked alone or among others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from antiphon.models.encoding.constraints import Line, Promises
from antiphon.models.encoding.melody import Event
from antiphon.models.encoding.tracker import Tracker
from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, Durations
from antiphon.models.networks.melody_lstm import MelodyLSTM, State

_ANY_PITCH = [True] * PITCH_SYMBOLS
# Candidates of one take differ in how far they roam, so that ranking has something to choose.
_SPREAD = (0.9, 1.0, 1.0, 1.1, 1.1, 1.25)
# A symbol less likely than this part of the likeliest one is not drawn at temperature 1: a long
# line would otherwise meet a slip of the tail every few notes. Warmer sampling cuts off less.
LEAST = 0.04


@dataclass(frozen=True, slots=True)
class Context:
    """The music before the answer, heard by the network: its state, features and loops."""

    state: State
    tracker: Tracker
    line: Line


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sampled line: its events and its mean log-likelihood per event in nats."""

    events: tuple[Event, ...]
    likelihood: float


def listen(
    network: MelodyLSTM, tracker: Tracker, events: Sequence[Event], promises: Promises,
    durations: Durations,
) -> Context:  # fmt: skip
    """Hear the events of a context, from a fresh tracker; the answer begins where they end."""
    line = Line(promises, durations)
    rows = []
    for event in events:
        rows.append(tracker.features())
        line.push(tracker.onset, tracker.span, event.pitch, event.duration)
        tracker.push(event.pitch, event.duration)
    line.settle()
    with torch.inference_mode():
        state = network.prefill(torch.tensor(rows) if rows else torch.empty(0))
    return Context(state, tracker, line)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to sample: what to keep, how many candidates at once, how adventurous, what to cut off.

    A symbol less likely than the part `least` of the likeliest one is not drawn.
    """

    promises: Promises
    candidates: int = 4
    temperature: float = 1.0
    least: float = LEAST


def sample(
    network: MelodyLSTM,
    context: Context,
    manner: Manner,
    generator: Random,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Candidate]:
    """Lines that fill the time up to the promised end exactly and keep every promise.

    Raises InterruptedError between two steps if `is_cancelled` says so.
    """
    batch = _Batch(network, context, manner, generator)
    with torch.inference_mode():
        while any(batch.active()):
            if is_cancelled():
                raise InterruptedError
            batch.step()
    return [
        Candidate(tuple(row.events), row.likelihood / max(1, len(row.events))) for row in batch.rows
    ]


class _Row:
    """One candidate in the making."""

    def __init__(self, tracker: Tracker, line: Line) -> None:
        self.tracker, self.line = tracker, line
        self.events: list[Event] = []
        self.likelihood = 0.0

    def push(self, pitch: int, duration: int, likelihood: float) -> None:
        tracker = self.tracker
        self.line.push(tracker.onset, tracker.span, pitch, duration)
        self.events.append(Event(tracker.onset, pitch, duration))
        tracker.push(pitch, duration)
        self.likelihood += likelihood


class _Batch:
    """The candidates of one take, a step at a time; full ones are carried along unread."""

    def __init__(
        self, network: MelodyLSTM, context: Context, manner: Manner, generator: Random
    ) -> None:
        count = manner.candidates
        self._network = network
        self._end = manner.promises.end
        temperatures = [manner.temperature * _SPREAD[i % len(_SPREAD)] for i in range(count)]
        self._sharpness = 1.0 / torch.tensor(temperatures).unsqueeze(-1)
        self._least = (manner.least / self._sharpness**-3).clamp(max=manner.least)
        hidden, cell = (part.expand(-1, count, -1).contiguous() for part in context.state)
        self._state: State = (hidden, cell)
        self._draws = [Random(generator.getrandbits(64)) for _ in range(count)]
        self._any_duration = [True] * len(network.config.durations)
        self.rows = [_Row(context.tracker.fork(), context.line.fork()) for _ in range(count)]

    def active(self) -> list[bool]:
        """Which candidates are not full yet."""
        return [row.tracker.onset < self._end for row in self.rows]

    def step(self) -> None:
        """One event for every candidate that is not full yet."""
        network, rows, active = self._network, self.rows, self.active()
        features = torch.tensor([row.tracker.features() for row in rows])
        hidden, embedded, self._state = network.step(features, self._state)
        masks = [
            row.line.pitch_mask(row.tracker.onset, row.tracker.span) if on else _ANY_PITCH
            for row, on in zip(rows, active, strict=True)
        ]
        logits = network.pitch_logits(hidden, embedded, features)
        pitches, pitch_chances = self._draw(logits, masks, active)
        masks = [
            row.line.duration_mask(row.tracker.onset, row.tracker.span, pitch)
            if on
            else self._any_duration
            for row, pitch, on in zip(rows, pitches, active, strict=True)
        ]
        logits = network.duration_logits(hidden, embedded, features, torch.tensor(pitches))
        durations, duration_chances = self._draw(logits, masks, active)
        for index, row in enumerate(rows):
            if active[index]:
                likelihood = pitch_chances[index] + duration_chances[index]
                row.push(pitches[index], durations[index], likelihood)

    def _draw(
        self, logits: Tensor, masks: Sequence[Sequence[bool]], active: Sequence[bool]
    ) -> tuple[list[int], list[float]]:
        """A symbol for each row by inverse cumulative chance, and its own log-likelihood."""
        allowed = torch.tensor(masks)
        plain = logits.log_softmax(-1)
        sharp = (plain * self._sharpness).masked_fill(~allowed, -torch.inf)
        chances = sharp.softmax(-1, dtype=torch.double)
        chances[chances < self._least * chances.amax(-1, keepdim=True)] = 0.0
        reached = chances.cumsum(-1)
        points = [
            draw.random() if on else 0.0 for draw, on in zip(self._draws, active, strict=True)
        ]
        aims = torch.tensor(points, dtype=torch.double).unsqueeze(-1) * reached[:, -1:]
        found = torch.searchsorted(reached, aims, right=True).squeeze(-1)
        found = found.clamp_(max=logits.shape[-1] - 1)
        likelihoods = plain.gather(-1, found.unsqueeze(-1)).squeeze(-1)
        return found.tolist(), likelihoods.tolist()
