"""A harmonic skeleton: one triad of the key for each half of a measure, cadences included."""

from collections.abc import Callable, Sequence
from random import Random

# Degrees 0 … 6 above the tonic. Which triad follows which, as a cost; what is missing costs 3.
# After Piston, "Harmony" (1941), table of usual root progressions.
_FOLLOWS: dict[int, dict[int, float]] = {
    0: {0: 0.5, 3: 0.2, 4: 0.3, 5: 0.6, 1: 0.8, 2: 1.6},
    1: {4: 0.0, 1: 1.0, 0: 1.8, 3: 1.5},
    2: {5: 0.3, 3: 0.6, 1: 1.2},
    3: {4: 0.2, 0: 0.5, 1: 0.6, 3: 0.8},
    4: {0: 0.0, 5: 0.9, 4: 0.6, 3: 1.6},
    5: {3: 0.3, 1: 0.3, 4: 0.8, 2: 1.4},
    6: {0: 0.3, 2: 1.0, 3: 1.0, 4: 1.5},
}
_UNUSUAL = 3.0
_CHOICES = (0, 1, 3, 4, 5, 2)


def triad(degree: int, tonic: int) -> frozenset[int]:
    """Letters (0 … 6, C = 0) of the triad on a degree of the key whose tonic letter is given."""
    return frozenset((tonic + degree + step) % 7 for step in (0, 2, 4))


def dominant_of(mode: str, raises_seventh: bool) -> int:
    """The degree whose triad leads home: the fifth, or the subtonic where no leading note is."""
    return 4 if mode == "major" or raises_seventh else 6


def skeleton(
    length: int,
    cadence: tuple[int, int],
    misfit: Callable[[int, int], float],
    rng: Random,
    adventure: float,
) -> list[int]:
    """A degree for each of `length` measures; `cadence` is the dominant and the last degree.

    `misfit(measure, degree)` says how badly a triad suits the melody that is planned; the
    cheapest chain wins (Viterbi), with chance growing with `adventure`.
    """
    dominant, last = cadence
    choices = [*_CHOICES, 6] if dominant == 6 else list(_CHOICES)
    noise = [{d: adventure * rng.random() for d in choices} for _ in range(length)]

    def allowed(measure: int) -> Sequence[int]:
        if measure == length - 1:
            return (last,)
        if measure == length - 2:
            return (dominant,) if last == 0 else (0, 1, 3)
        return choices

    best: dict[int, tuple[float, list[int]]] = {
        d: (misfit(0, d) + noise[0].get(d, 0.0) + (0.0 if d == 0 else 0.7), [d]) for d in allowed(0)
    }
    for measure in range(1, length):
        grown: dict[int, tuple[float, list[int]]] = {}
        for degree in allowed(measure):
            here = misfit(measure, degree) + noise[measure].get(degree, 0.0)
            grown[degree] = min(
                (cost + here + _FOLLOWS[chain[-1]].get(degree, _UNUSUAL), [*chain, degree])
                for cost, chain in best.values()
            )
        best = grown
    return min(best.values())[1]
