"""The search for a melody over a skeleton: a beam over rungs of the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

WIDTH = 8
_FARTHEST = 9
# Cost of a melodic step by its size in rungs: steps are cheap, wide leaps dear.
_STEP_COST = (0.55, 0.0, 0.35, 0.75, 0.9, 1.6, 2.6, 1.9, 5.0, 6.0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one note should be.

    `strength` is its accent (0 … 1), `chord` the letters of its triad, `target` the rung the
    motif wants with the weight `hold`, `only` the rungs allowed (empty: all), `is_held` that it
    is tied to the note before, `noise` a cost for each rung of the compass that lets takes differ.
    """

    strength: float
    chord: frozenset[int]
    target: int | None
    hold: float
    only: frozenset[int]
    is_held: bool
    noise: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the whole line: its compass, its home, the tonic's letter, wide intervals.

    `tritone` is the pair of rung letters that lie an augmented fourth apart.
    """

    rungs: range
    home: range
    tonic: int
    tritone: frozenset[int]
    repeats: float


@dataclass(frozen=True, slots=True)
class _State:
    cost: float
    rung: int
    leap: int
    was_dissonant: bool
    repeated: int
    path: tuple[int, ...]


def best_line(wishes: Sequence[Wish], last: int | None, rules: Rules) -> list[int]:
    """The rungs of the cheapest line found that follows rung `last` and the wishes.

    Accented notes belong to the chord, other notes pass or neighbour by step, leaps turn back,
    the leading note rises, the compass is kept. After Fux, "Gradus ad Parnassum" (1725), and
    Huron, "Tone and Voice" (2001), for the preference for steps.
    """
    start = last if last is not None else rules.home[len(rules.home) // 2]
    start = min(max(start, rules.rungs[0]), rules.rungs[-1])
    beam = [_State(0.0, start, 0, False, 0, ())]
    for wish in wishes:
        grown: dict[tuple[int, int], _State] = {}
        for state in beam:
            for rung in _candidates(state, wish, rules):
                cost = state.cost + _cost(state, rung, wish, rules)
                key = (rung, state.rung)
                if key not in grown or cost < grown[key].cost:
                    grown[key] = _grown(state, rung, cost, wish)
        beam = nsmallest(WIDTH, grown.values(), key=lambda state: state.cost)
    return list(min(beam, key=lambda state: state.cost).path)


def _candidates(state: _State, wish: Wish, rules: Rules) -> Sequence[int]:
    if wish.is_held and state.path:
        return (state.rung,)
    if wish.only:
        return sorted(wish.only)
    low = max(rules.rungs[0], state.rung - _FARTHEST)
    high = min(rules.rungs[-1], state.rung + _FARTHEST)
    if wish.hold >= 1.0 and wish.target is not None:
        low, high = max(low, wish.target - 4), min(high, wish.target + 4)
        if low > high:
            nearest = rules.rungs[0] if wish.target < rules.rungs[0] else rules.rungs[-1]
            return (nearest,)
    return range(low, high + 1)


def _grown(state: _State, rung: int, cost: float, wish: Wish) -> _State:
    move = rung - state.rung
    return _State(
        cost,
        rung,
        move,
        rung % 7 not in wish.chord,
        state.repeated + 1 if move == 0 else 0,
        (*state.path, rung),
    )


def _cost(state: _State, rung: int, wish: Wish, rules: Rules) -> float:
    if wish.is_held:
        return 0.0
    move = rung - state.rung
    size = abs(move)
    cost = wish.noise[rung - rules.rungs[0]]
    wanted = wish.target is not None and wish.hold >= 0.9 and rung == wish.target
    step = _STEP_COST[size] if size < len(_STEP_COST) else 6.0 + size
    cost += step * (0.5 if wanted else 1.0)
    if wish.target is not None:
        cost += wish.hold * min(abs(rung - wish.target), 5)
    if rung % 7 not in wish.chord:
        cost += 2.4 * wish.strength + (1.2 if size > 1 else 0.0) * (0.4 if wanted else 1.0)
    if state.was_dissonant and size > 1:
        cost += 1.2 * (0.4 if wanted else 1.0)
    cost += _leap_cost(state.leap, move, wish, rung) * (0.5 if wanted else 1.0)
    if move == 0:
        cost += rules.repeats + (1.5 if state.repeated else 0.0)
    if size in (3, 4) and frozenset((rung % 7, state.rung % 7)) == rules.tritone:
        cost += 1.5
    if state.rung % 7 == (rules.tonic + 6) % 7 and state.path and move not in (1, 0, -1, -2):
        cost += 0.8
    if rung > rules.home[-1]:
        cost += 0.7 * (rung - rules.home[-1])
    elif rung < rules.home[0]:
        cost += 0.7 * (rules.home[0] - rung)
    return cost


def _leap_cost(leap: int, move: int, wish: Wish, rung: int) -> float:
    """What it costs to leave a leap otherwise than by a step back."""
    if abs(leap) < 3 or move == 0:
        return 0.0
    if leap * move > 0:
        if rung % 7 in wish.chord and abs(leap) + abs(move) <= 7 and abs(move) > 1:
            return 0.5
        return 0.8 if abs(move) == 1 else 2.2
    return 0.0 if abs(move) <= 2 else 0.7
