"""Sampling of a drum plan: masked cells are decided in a few passes, a few doubtful ones first.

Which cells a pass decides depends on chance and on how sure the network is of them, never on
what was drawn, so that no pass is biased towards silence. The first passes decide little, as most
of the others hang on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from antiphon.models.encoding.drum_features import MAX_BARS, rows_of
from antiphon.models.encoding.drum_grid import (
    CLOSED_HAT,
    CRASH,
    DRUMS,
    HIGH_TOM,
    KICK,
    LOW_TOM,
    MID_TOM,
    OPEN_HAT,
    RIDE,
    SNARE,
    Bar,
)
from antiphon.models.networks.drums import (
    DrumsNetwork,
    bin_timing,
    bin_velocity,
    grid_channels,
)
from antiphon.models.tasks.drums_plan import MAX_SLOTS, DrumPlan

# Passes over a first measure, which decides the groove; over those that follow; over a long answer.
FIRST_PASSES, PASSES, HASTY_PASSES = 12, 5, 3
# How much surer than the data a drummer is: what keeps time keeps it.
_TASTE, _FIRST_TASTE = 0.65, 0.6
# How strongly a take keeps the groove it goes on with, and how much of that a fill keeps.
_HABIT, _FREED = 2.5, 0.0
_SLOW_START, _SURE = 1.7, 0.02
_LONG = 16
_CHUNK = 4
_KICK_LOUDNESS = 90
# How much more readily each drum gives way to a wanted density: what keeps time does so first.
_SPARSER = np.array([0.45, 0.5, 1.0, 0.8, 0.7, 0.7, 0.7, 0.7, 1.0])
_DENSER = np.array([0.6, 0.7, 1.0, 0.4, 0.3, 0.3, 0.3, 0.15, 0.8])
_HANDS = (SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE)
_MANNER_HEAT = 0.7
# Which hits stay where only so many may sound: the groove's bones first.
_RANK = np.array([0, 1, 4, 5, 3, 3, 3, 6, 4])


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a chunk is drawn: passes, whether to stop, which slots are asked, how many quarters."""

    passes: int
    is_cancelled: Callable[[], bool]
    asked: NDArray[np.bool_]
    quarters: float
    habit: NDArray[np.float64]


@dataclass(slots=True, eq=False)
class _Sheet:
    """The cells of some measures one below the other, as they are being decided."""

    hits: NDArray[np.bool_]
    masked: NDArray[np.bool_]
    velocities: NDArray[np.uint8]
    timing: NDArray[np.float32]
    told: NDArray[np.bool_]
    chances: NDArray[np.float64]


def sample_drums(
    plan: DrumPlan, network: DrumsNetwork, random: np.random.Generator,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Bar]:  # fmt: skip
    """The asked measures of a plan, drawn by the network.

    What stands stays, nothing is hit outside the free cells, and every slot that must be hit is.
    Raises InterruptedError if cancelled.
    """
    bars = list(plan.given)
    done = [bool(bar.hits.any()) and index < plan.first for index, bar in enumerate(bars)]
    passes = PASSES if plan.count <= _LONG else HASTY_PASSES
    place = plan.first
    while place < plan.first + plan.count:
        has_past = place > 0 and done[place - 1]
        chunk = _chunk(plan, place, has_past=has_past)
        window = _window(plan, chunk, done)
        turns = passes if has_past else FIRST_PASSES
        drawn = _draw(plan, network, (bars, window, chunk), random, (turns, is_cancelled))
        for index, bar in zip(chunk, drawn, strict=True):
            bars[index] = bar
            done[index] = True
        place = chunk[-1] + 1
    found = [bars[index] for index in plan.asked]
    if not any(bar.hits.any() for bar in found) and plan.free[plan.first][0, KICK]:
        # However few hits are wanted, a drummer who is asked to play plays.
        found[0].hits[0, KICK], found[0].velocities[0, KICK] = True, _KICK_LOUDNESS
    return found


def _chunk(plan: DrumPlan, place: int, *, has_past: bool) -> list[int]:
    """The asked measures that are drawn together, from `place` on.

    Without anything before it the first measure is drawn alone: it is what the next ones repeat.
    """
    found = [place]
    if not has_past:
        return found
    slots = plan.given[place].slots
    for index in range(place + 1, min(place + _CHUNK, plan.first + plan.count)):
        slots += plan.given[index].slots
        if slots > MAX_SLOTS // 2:
            break
        found.append(index)
    return found


def _window(plan: DrumPlan, chunk: Sequence[int], done: Sequence[bool]) -> list[int]:
    """The measures that the network sees: drums before, the chunk, drums that stand after."""
    slots = sum(plan.given[index].slots for index in chunk)
    found = list(chunk)
    after = chunk[-1] + 1
    if after >= plan.first + plan.count and after < len(plan.given):
        following = plan.given[after]
        if following.hits.any() and slots + following.slots <= MAX_SLOTS:
            found.append(after)
            slots += following.slots
    index = chunk[0] - 1
    while index >= 0 and done[index] and len(found) < MAX_BARS:
        slots += plan.given[index].slots
        if slots > MAX_SLOTS:
            break
        found.insert(0, index)
        index -= 1
    return found


def _draw(
    plan: DrumPlan, network: DrumsNetwork,
    places: tuple[list[Bar], Sequence[int], Sequence[int]], random: np.random.Generator,
    manner: tuple[int, Callable[[], bool]],
) -> list[Bar]:  # fmt: skip
    bars, window, chunk = places
    seen = [bars[index] for index in window]
    free = np.concatenate(
        [plan.free[i] if i in chunk else np.zeros_like(bars[i].hits) for i in window]
    )
    must = np.concatenate(
        [plan.must[i] if i in chunk else np.zeros(bars[i].slots, np.bool_) for i in window]
    )
    columns, density = rows_of(
        seen, [plan.wishes[i] for i in window], plan.style, plan.tempo,
        [plan.heard[i] for i in window],
    )  # fmt: skip
    asked = np.concatenate([np.full(bars[i].slots, i in chunk) for i in window])
    sheet = _sheet(plan, seen, free, asked)
    ask = _Asker(network, columns, density)
    quarters = float(sum(bars[i].duration for i in chunk))
    _decide(
        plan,
        ask,
        sheet,
        _Manner(*manner, asked, quarters, _habits(plan, bars, window, chunk)),
        random,
    )
    _keep_word(plan, sheet, free, must)
    _voice(plan, ask, sheet, free, random)
    edges = np.cumsum([0, *(bar.slots for bar in seen)])
    found = []
    for index in chunk:
        low, high = (int(e) for e in edges[window.index(index) : window.index(index) + 2])
        like = bars[index]
        found.append(
            Bar(
                like.duration, like.meter, like.per_quarter, sheet.hits[low:high],
                sheet.velocities[low:high], sheet.timing[low:high], like.offset,
            )
        )  # fmt: skip
    return found


def _habits(
    plan: DrumPlan, bars: Sequence[Bar], window: Sequence[int], chunk: Sequence[int]
) -> NDArray[np.float64]:
    """What to add to the logits for what the measures before the chunk did at the same place.

    A groove is kept more faithfully than a small network draws it; a fill is free of habit. The
    measure two before counts more than the last.
    """
    found = []
    for index in window:
        like = bars[index]
        added: NDArray[np.float64] = np.zeros(like.hits.shape)
        past = [
            (0.8 ** (index - i) * (1.0 if (index - i) % 2 == 0 else 0.6), bars[i].hits)
            for i in window
            if i < chunk[0] and bars[i].hits.shape == like.hits.shape
        ]
        if index in chunk and past:
            weights = np.array([weight for weight, _ in past])
            share = np.tensordot(weights, np.stack([hits for _, hits in past]), 1) / weights.sum()
            added = (
                _HABIT
                * np.asarray(2 * share - 1)
                * (_FREED if plan.wishes[index].fill == 1 else 1.0)
            )
        found.append(added)
    return np.concatenate(found)


def _sheet(
    plan: DrumPlan, seen: Sequence[Bar], free: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> _Sheet:
    hits = np.concatenate([bar.hits for bar in seen])
    told = np.repeat(~asked[:, None], DRUMS, 1) & plan.has_dynamics
    return _Sheet(
        hits & ~free, free.copy(), np.concatenate([bar.velocities for bar in seen]),
        np.concatenate([bar.timing for bar in seen]), told, np.zeros(hits.shape),
    )  # fmt: skip


class _Asker:
    """The network with what does not change between the passes."""

    def __init__(
        self, network: DrumsNetwork, columns: NDArray[np.int64], density: NDArray[np.float32]
    ) -> None:
        self.network = network
        self.columns = torch.from_numpy(columns).unsqueeze(0)
        self.density = torch.from_numpy(density).unsqueeze(0)
        self.inside = torch.ones(self.columns.shape[:2], dtype=torch.bool)
        self.known = network.embed(self.columns)

    def hidden(self, sheet: _Sheet, *, is_played: bool) -> Tensor:
        """The last layer's vectors (1, slots, width) for the sheet as it stands."""
        arrays = (sheet.hits, sheet.masked, sheet.velocities, sheet.timing, sheet.told)
        hits, masked, velocities, timing, told = (torch.from_numpy(a).unsqueeze(0) for a in arrays)
        grid = grid_channels(hits, masked, velocities, timing, (told, told & is_played))
        return self.network.hidden(self.known, self.density, grid, self.inside, self.columns)


def _decide(
    plan: DrumPlan, ask: _Asker, sheet: _Sheet, manner: _Manner, random: np.random.Generator
) -> None:
    draws, order = random.random(sheet.hits.shape), random.random(sheet.hits.shape)
    taste = _FIRST_TASTE if manner.passes == FIRST_PASSES else _TASTE
    heat = taste * plan.request.controls.temperature
    for left in range(manner.passes, 0, -1):
        if manner.is_cancelled():
            raise InterruptedError
        if not sheet.masked.any():
            return
        with torch.inference_mode():
            hidden = ask.hidden(sheet, is_played=plan.is_played)
            logits = ask.network.onsets(hidden)[0].double().numpy() / heat
        logits = logits + manner.habit / plan.request.controls.temperature
        if plan.density is not None:
            wanted = plan.density * manner.quarters - sheet.hits[manner.asked].any(1).sum()
            logits = logits + _lift(logits, sheet, wanted)
        chances = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        sheet.chances = np.where(sheet.masked, chances, sheet.chances)
        chosen = _next_cells(chances, sheet.masked, order, _share(manner.passes, left))
        sheet.hits |= chosen & (draws < chances)
        sheet.masked &= ~chosen


def _share(passes: int, left: int) -> float:
    """The share of the doubt left that a pass settles: little at first, when most hangs on it."""
    before, after = (((passes - n) / passes) ** _SLOW_START for n in (left, left - 1))
    return float((after - before) / (1 - before))


def _lift(logits: NDArray[np.float64], sheet: _Sheet, wanted: float) -> NDArray[np.float64]:
    """What to add to the logits so that about `wanted` more slots are hit."""
    rows = sheet.masked.any(1) & ~sheet.hits.any(1)
    inner = np.where(sheet.masked[rows], logits[rows], -60.0)

    def struck(lift: NDArray[np.float64]) -> float:
        chances = 1 / (1 + np.exp(-np.clip(inner + lift, -60, 60)))
        return float((1 - np.prod(1 - chances, 1)).sum())

    low, high = -40.0, 40.0
    for _ in range(22):
        middle = (low + high) / 2
        weights = _DENSER if middle > 0 else _SPARSER
        low, high = (middle, high) if struck(middle * weights) < wanted else (low, middle)
    found: NDArray[np.float64] = low * (_DENSER if low > 0 else _SPARSER)
    return found


def _next_cells(
    chances: NDArray[np.float64], masked: NDArray[np.bool_], order: NDArray[np.float64],
    share: float,
) -> NDArray[np.bool_]:  # fmt: skip
    """The cells that this pass decides: as many as hold their share of the doubt that is left.

    Doubtful cells come early, in random order: one hit of a hi-hat settles what keeps time.
    """
    if share >= 1:
        return masked
    p = np.clip(chances, 1e-9, 1 - 1e-9)
    doubt = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    places = np.flatnonzero(masked)
    keys = (-np.log(order + 1e-12) / (doubt + _SURE)).ravel()[places]
    ordered = places[np.argsort(keys, kind="stable")]
    total = np.cumsum(doubt.ravel()[ordered])
    count = max(1, int(np.searchsorted(total, total[-1] * share, side="right")))
    chosen = np.zeros(masked.size, np.bool_)
    chosen[ordered[:count]] = True
    return chosen.reshape(masked.shape)


def _keep_word(
    plan: DrumPlan, sheet: _Sheet, free: NDArray[np.bool_], must: NDArray[np.bool_]
) -> None:
    """Slots that must be hit are; no more hits than asked, nor than two hands and feet have."""
    for slot in np.flatnonzero(must & ~sheet.hits.any(1)).tolist():
        if free[slot].any():
            best = int(np.where(free[slot], sheet.chances[slot], -1.0).argmax())
            sheet.hits[slot, best] = True
    limit = plan.request.controls.polyphony or DRUMS
    for slot in np.flatnonzero((sheet.hits & free).any(1)).tolist():
        hit = sheet.hits[slot]
        if hit[CLOSED_HAT] and hit[OPEN_HAT]:
            _drop(sheet, slot, [OPEN_HAT] if free[slot, OPEN_HAT] else [CLOSED_HAT], free)
        # A hi-hat under a ride or crash is closed by the foot.
        hands = [d for d in _HANDS if hit[d]]
        if CLOSED_HAT in hands and (hit[RIDE] or hit[CRASH]):
            hands.remove(CLOSED_HAT)
        by_chance = sorted(hands, key=lambda d: (free[slot, d], -sheet.chances[slot, d]))
        _drop(sheet, slot, by_chance[2:], free)
        ranked = sorted(np.flatnonzero(hit), key=lambda d: (free[slot, d], _RANK[d]))
        _drop(sheet, slot, [int(d) for d in ranked[limit:]], free)


def _drop(sheet: _Sheet, slot: int, drums: Sequence[int], free: NDArray[np.bool_]) -> None:
    for drum in drums:
        if free[slot, drum]:
            sheet.hits[slot, drum] = False


def _voice(
    plan: DrumPlan, ask: _Asker, sheet: _Sheet, free: NDArray[np.bool_],
    random: np.random.Generator,
) -> None:  # fmt: skip
    """Draw how loud and, for played music, how late each new hit is."""
    new = sheet.hits & free
    draws = random.random((2, *new.shape))
    if not new.any():
        return
    with torch.inference_mode():
        told = ask.network.heads(ask.hidden(sheet, is_played=plan.is_played))
        loud = torch.softmax(told.velocities[0] / _MANNER_HEAT, -1).double().numpy()
        late = torch.softmax(told.timing[0] / _MANNER_HEAT, -1).double().numpy()
    mood = plan.request.controls.mood
    louder = 22 * mood.arousal if mood is not None else 0.0
    bins = (loud.cumsum(-1) < draws[0][..., None]).sum(-1).clip(0, loud.shape[-1] - 1)
    fine = np.asarray(bin_velocity(torch.from_numpy(bins))) + louder
    sheet.velocities = np.where(new, np.clip(fine, 20, 124), sheet.velocities).astype(np.uint8)
    steps = (late.cumsum(-1) < draws[1][..., None]).sum(-1).clip(0, late.shape[-1] - 1)
    moved = np.asarray(bin_timing(torch.from_numpy(steps)))
    sheet.timing = np.where(new, moved, sheet.timing).astype(np.float32)
