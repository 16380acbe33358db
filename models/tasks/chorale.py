"""Harmonize a melody for choir: alto, tenor and bass under it, by the chorale network.

Each take draws several candidates in one walk through time, the soprano's future in view, and
then rewrites blocks of the best one under all the rest (annealed blocked Gibbs sampling): first
where a rule of part-writing is broken, then wherever chance says. A rewritten block is kept
unless it breaks more rules.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Request, Setting, Task
from antiphon.models.catalog import Card
from antiphon.models.encoding import satb
from antiphon.models.encoding.satb import Array
from antiphon.models.networks.chorale import ChoraleConfig, ChoraleNetwork
from antiphon.models.networks.chorale_steps import ChoraleSteps
from antiphon.models.tasks.chorale_plan import Plan, plan
from antiphon.models.tasks.chorale_rules import broken_at
from antiphon.models.tasks.chorale_sampling import (
    Draws,
    Flags,
    Job,
    Manner,
    cooler,
    rows_of,
    write,
)
from antiphon.models.tasks.chorale_writing import written
from antiphon.models.tasks.identity import seed_of
from antiphon.models.weights import network_of

# Candidates of a first take, and of each later one.
CANDIDATES, LATER = 6, 3
PASSES = 3
_TEMPERATURE = 0.8
_STRICTNESS = 4.0
_ROAM, _ROAM_TAKES = 0.04, 6
# Longer answers are written once, from few candidates: the walk alone takes its time.
_PASS_SLOTS, _FEW = 512, 2
_SHORT, _LONG = 8, 24
_COST = 2.0


@dataclass(frozen=True, slots=True)
class ChoraleWriter:
    """The loaded chorale model."""

    steps: ChoraleSteps

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """The asked takes; None for a task or a setting that is not for four voices."""
        numbers = range(request.first_take, request.first_take + request.count)
        if request.task is not Task.HARMONIZE or request.controls.setting is not Setting.SATB:
            yield from ((number, None) for number in numbers)
            return
        prepared = plan(request)
        seeds = tuple(seed_of(request, number, digest) for number in numbers)
        session = Session(self.steps, prepared, tuple(numbers), seeds, is_cancelled)
        found = compose(session)
        for number, symbols in zip(numbers, found, strict=True):
            yield number, written(prepared, symbols, number)


def load_writer(card: Card) -> ChoraleWriter:
    """The chorale model of a card. Raises AntiphonError("no-weights")."""
    return writer_of(network_of(card, lambda told: ChoraleNetwork(ChoraleConfig.from_json(told))))


def writer_of(network: ChoraleNetwork) -> ChoraleWriter:
    """A writer for a network, which is set to evaluation."""
    network.float().eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return ChoraleWriter(ChoraleSteps(network))


@dataclass(frozen=True, slots=True)
class Session:
    """One request being composed; `numbers` are its takes, `seeds` theirs."""

    steps: ChoraleSteps
    prepared: Plan
    numbers: tuple[int, ...]
    seeds: tuple[int, ...]
    is_cancelled: Callable[[], bool] = lambda: False

    def manner(self, each: Sequence[int]) -> Manner:
        """How to sample so many candidates of each take: later takes roam further."""
        roaming = [1 + _ROAM * min(number, _ROAM_TAKES) for number in self.numbers]
        warmth = _TEMPERATURE * self.prepared.request.controls.temperature
        return Manner(np.repeat(np.array(roaming) * warmth, each), _STRICTNESS)

    @property
    def candidates(self) -> list[int]:
        """How many candidates each take has, whatever others are asked."""
        if len(self.prepared.board) > _PASS_SLOTS:
            return [_FEW] * len(self.numbers)
        return [LATER if number else CANDIDATES for number in self.numbers]


def compose(session: Session) -> list[Array]:
    """The symbols (slots, 4) of each take, all takes in one batch.

    Raises InterruptedError if cancelled.
    """
    prepared, each = session.prepared, session.candidates
    board, free = prepared.board, prepared.free
    draws = np.concatenate(
        [_draws(seed, n, len(board)) for seed, n in zip(session.seeds, each, strict=True)]
    )
    symbols = np.repeat(prepared.symbols[None], len(draws), 0)
    # All candidates are given the same, so that the network hears it once.
    heard = session.steps.hear(rows_of(board, prepared.symbols[None]))
    job = Job(symbols, np.repeat(free[None], len(draws), 0), draws, heard)
    manner = session.manner(each)
    found, nats = write(session.steps, board, job, manner, session.is_cancelled)
    # Voices that stand still surprise nobody, so surprise is weighed against the notes begun.
    begun = (np.diff(found, axis=1, prepend=satb.UNKNOWN) != 0) & free
    cost = nats / np.sqrt(np.maximum(1, begun.sum((1, 2))))
    cost += _COST * broken_at(found, free).sum(1)
    firsts = np.cumsum([0, *each[:-1]])
    picks = [a + int(cost[a : a + n].argmin()) for a, n in zip(firsts.tolist(), each, strict=True)]
    chosen = found[picks]
    if len(board) > _PASS_SLOTS or not free.any():
        return list(chosen)
    return list(_refined(session, chosen))


def _draws(seed: int, candidates: int, slots: int) -> Draws:
    return np.random.default_rng(seed).random((candidates, slots, 4))


def _refined(session: Session, symbols: Array) -> Array:
    """The takes after some passes of rewriting, one block of each at a time."""
    steps, prepared, seeds = session.steps, session.prepared, session.seeds
    board, free = prepared.board, prepared.free
    chance = [Random(seed) for seed in seeds]
    broken = broken_at(symbols, free)
    for index in range(PASSES):
        blocks = [_block(prepared, b, c) for b, c in zip(broken, chance, strict=True)]
        draws = [_draws(seed + index + 1, 1, len(board)) for seed in seeds]
        cool = cooler(session.manner([1] * len(seeds)), (index + 1) / PASSES)
        job = Job(symbols, np.stack(blocks), np.concatenate(draws))
        tried, _ = write(steps, board, job, cool, session.is_cancelled)
        new = broken_at(tried, free)
        kept = new.sum(1) <= broken.sum(1)
        symbols = np.where(kept[:, None, None], tried, symbols)
        broken = np.where(kept[:, None], new, broken)
    return symbols


def _block(prepared: Plan, broken: Array, chance: Random) -> Flags:
    """The cells (slots, 4) of a block of whole beats: round a broken rule, or anywhere."""
    first, last = prepared.first, prepared.last
    length = chance.randint(_SHORT, _LONG)
    places = np.flatnonzero(broken)
    centre = int(chance.choice(list(places))) if len(places) else chance.randrange(first, last)
    # A block that ended inside a beat would make the voices move there.
    beats = np.flatnonzero(prepared.board.within[first:last] == 0) + first
    start = max((b for b in beats if b <= centre - length // 2), default=first)
    end = min((b for b in beats if b >= start + length), default=last)
    voices = chance.choice(((1, 2, 3), (1, 2), (2, 3), (1, 3), (1, 2, 3)))
    cells = np.zeros_like(prepared.free)
    cells[start:end, list(voices)] = True
    return cells & prepared.free
