"""Sampling four voices: one chain through time for many candidates, and blocks of it again.

What may stand in a cell is a mask; what is given stays. A first pass writes every free cell
with the future of what is given in view; later passes take a block of cells away and write it
again under all the rest (blocked Gibbs sampling), cooler each time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from antiphon.models.encoding import satb
from antiphon.models.encoding.satb import Array
from antiphon.models.networks.chorale import HELD, ORDER
from antiphon.models.networks.chorale_steps import ChoraleSteps, Floats, Known
from antiphon.models.tasks.chorale_rules import CLASHES, COLLISIONS, INTERVALS

Flags = NDArray[np.bool_]
Draws = NDArray[np.float64]
# A pitch less likely than this part of the likeliest new one is not drawn at temperature 1.
_LEAST = 0.1
# How much cooler the choice of a new pitch is than that between holding and moving.
_SHARPER = 0.75
_NEVER = np.float32(-1e9)
_BEGINNING = np.array([satb.UNKNOWN] * 4 + [0] * 5)


@dataclass(frozen=True, slots=True)
class Board:
    """What is fixed before sampling; pitches are the model's view.

    `given` (slots, 4) are symbols, UNKNOWN where free; `allowed` (slots, 4, SYMBOLS) what may
    stand in a cell; `within`, `beat`, `chords`, `attacks` (slots,) are the encoder's columns;
    `style` its style. `ease` (slots,) is added to the logit of holding a pitch.
    """

    given: Array
    allowed: Flags
    within: Array
    beat: Array
    chords: Array
    attacks: Array
    style: int
    ease: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.given)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to sample: temperatures (batch,), and the cost in nats of a broken rule."""

    temperature: Draws
    strictness: float = 4.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to write: `symbols` (batch, slots, 4), of which the `free` cells are open.

    `draws` of the same shape are uniform numbers that decide every choice. `heard` is what the
    network has heard of the rest, where that is known.
    """

    symbols: Array
    free: Flags
    draws: Draws
    heard: tuple[Known, Tensor] | None = None


def rows_of(board: Board, symbols: Array) -> Array:
    """The encoder's columns (batch, slots, 9) with these symbols (batch, slots, 4) given."""
    batch = len(symbols)
    style = np.full(len(board), board.style)
    columns = np.stack((board.within, board.beat, board.chords, style, board.attacks), 1)
    same = np.broadcast_to(columns, (batch, *columns.shape))
    found: Array = np.concatenate((symbols, same), 2)
    return found


def write(
    steps: ChoraleSteps,
    board: Board,
    job: Job,
    manner: Manner,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Array, Draws]:
    """The candidates (batch, slots, 4) with their free cells written, and the nats of each.

    All other cells are given. Raises InterruptedError if cancelled.
    """
    symbols, free, draws = job.symbols, job.free, job.draws
    places = np.flatnonzero(free.any((0, 2)))
    found = np.array(symbols)
    if not len(places):
        return found, np.zeros(len(found))
    first, last = int(places[0]), int(places[-1]) + 1
    if job.heard is None:
        known, context = steps.hear(rows_of(board, np.where(free, satb.UNKNOWN, symbols)))
    else:
        known, context = job.heard
    walk = _Walk(steps, board, manner, len(symbols))
    walk.rejoin(found, context, first)
    for slot in range(first, last):
        if slot % 16 == 0 and is_cancelled():
            raise InterruptedError
        inner = walk.step(known.gates[:, slot], known.heads[:, slot])
        walk.write(slot, inner, found, draws[:, slot], free[:, slot])
    return found, walk.nats


class _Walk:
    """The chain on its way through the slots of several candidates."""

    def __init__(self, steps: ChoraleSteps, board: Board, manner: Manner, batch: int) -> None:
        self.steps, self.board, self.manner = steps, board, manner
        self.state: Floats = np.zeros((batch, steps.hidden), np.float32)
        self.before = np.repeat(_BEGINNING[None], batch, 0)
        self.nats = np.zeros(batch)
        self.rows = np.arange(batch)

    def rejoin(self, symbols: Array, context: Tensor, slot: int) -> None:
        """Stand at a slot as if those before it had been walked."""
        rows = self.steps.before(symbols[:, : slot + 1])
        self.before = rows[:, slot]
        if slot:
            heard = context[:, :slot].expand(len(rows), -1, -1)
            self.state = self.steps.run(rows[:, :slot], heard)

    def step(self, gates: Floats, heads: Floats) -> Floats:
        """One step of the state; the heads' first layers (batch, 4, head) of the slot."""
        inner, self.state = self.steps.step(self.before, gates, heads, self.state)
        return inner

    def write(self, slot: int, inner: Floats, found: Array, draws: Draws, free: Flags) -> None:
        """Write the free cells (batch, 4) of a slot into `found`."""
        here = found[:, slot]
        decided = np.full_like(here, satb.UNKNOWN)
        for voice in ORDER:
            own = free[:, voice]
            if own.any():
                drawn = self._draw(slot, voice, inner[:, voice], decided, draws[:, voice])
                decided[:, voice] = np.where(own, drawn, here[:, voice])
            else:
                decided[:, voice] = here[:, voice]
        found[:, slot] = decided
        self._remember(decided)

    def _draw(self, slot: int, voice: int, inner: Floats, decided: Array, draws: Draws) -> Array:
        last, manner = self.before[:, voice], self.manner
        logits = self.steps.logits(voice, inner, decided, last)
        plain = logits - logits.max(1, keepdims=True)
        plain -= np.log(np.exp(plain).sum(1, keepdims=True))
        known = bool((last < satb.UNKNOWN).all())
        if known:
            logits[self.rows, last] += np.float32(self.board.ease[slot])
        logits -= np.float32(manner.strictness) * self._broken(voice, decided, last)
        logits = np.where(self.board.allowed[slot, voice], logits, _NEVER)
        logits -= logits.max(1, keepdims=True)
        # Rounded, so that the size of a batch cannot tip a choice.
        chances = np.exp(np.round(logits * 512).astype(np.float64) / 512)
        chances = self._tempered(chances / chances.sum(1, keepdims=True), last if known else None)
        total = chances.cumsum(1)
        drawn: Array = (total <= draws[:, None] * total[:, -1:]).sum(1)
        drawn = np.minimum(drawn, satb.SYMBOLS - 1)
        self.nats -= plain[self.rows, drawn]
        return drawn

    def _tempered(self, chances: Draws, last: Array | None) -> Draws:
        """Chances (batch, SYMBOLS) as the temperature has them.

        Whether a pitch is held is one choice, which pitch follows another: sharpening both
        together would make the voices stand still.
        """
        warmth = self.manner.temperature
        held = np.zeros(len(chances))
        if last is not None:
            held = chances[self.rows, last]
            chances[self.rows, last] = 0
        least = _LEAST ** (1 / np.maximum(1, warmth / _SHARPER))
        chances = np.where(chances < least[:, None] * chances.max(1, keepdims=True), 0, chances)
        chances **= (1 / (warmth * _SHARPER))[:, None]
        moving = chances.sum(1)
        chances /= np.maximum(moving, 1e-30)[:, None]
        if last is not None:
            held = np.where(moving > 0, held, 1)
            stays = held ** (1 / warmth)
            stays /= stays + (1 - held) ** (1 / warmth)
            chances *= (1 - stays)[:, None]
            chances[self.rows, last] = stays
        return chances

    def _broken(self, voice: int, decided: Array, last: Array) -> Floats:
        """How many rules each symbol (batch, SYMBOLS) of a voice breaks with those decided."""
        broken = np.zeros((len(decided), satb.SYMBOLS), np.float32)
        for other in ORDER:
            now = decided[:, other]
            if other == voice or now[0] == satb.UNKNOWN:
                continue
            then = self.before[:, other]
            broken += COLLISIONS[voice, other][now][:, : satb.SYMBOLS]
            struck = (then != now).astype(np.float32)[:, None]
            clash = CLASHES[voice, other][now][:, : satb.SYMBOLS] * struck
            clash[self.rows, np.minimum(last, satb.SYMBOLS - 1)] = 0
            broken += clash
            interval = INTERVALS[voice, other][then, last]
            moves = (then != now) & ((interval == 0) | (interval == 7))
            if moves.any():
                same = INTERVALS[voice, other][now][:, : satb.SYMBOLS] == interval[:, None]
                same[self.rows, np.minimum(last, satb.SYMBOLS - 1)] = False
                broken += same & moves[:, None]
        return broken

    def _remember(self, symbols: Array) -> None:
        """Make the symbols (batch, 4) of a slot the slot before."""
        same = symbols == self.before[:, :4]
        held = np.minimum(np.where(same, self.before[:, 4:8] + 1, 1), HELD - 1)
        labels = satb.chord_labels(satb.to_numbers(symbols))
        self.before = np.concatenate((symbols, held, labels[:, None]), 1)


def cooler(manner: Manner, share: float) -> Manner:
    """The manner of a later pass: `share` 0 … 1 of the way to half the temperature."""
    return replace(manner, temperature=manner.temperature * (1 - 0.5 * share))
