"""Where notes begin: a pattern made thinner or fuller until it has the wanted density."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from random import Random

from antiphon.models.theory.ground import Bar

_FINEST = Fraction(1, 4)


def grid_of(bar: Bar, level: int) -> list[Fraction]:
    """Onsets of a bar: 0 its pulses, 1 the halves (thirds in compound time) of them, 2 quarters.

    No two lie closer than a sixteenth, except in meters whose beats are so short themselves.
    """
    pulses = list(bar.pulses)
    ends = [*pulses[1:], bar.end]
    found: list[Fraction] = []
    for onset, end in zip(pulses, ends, strict=True):
        unit = _unit(bar, end - onset, level)
        count = max(1, -(-(end - onset) // unit))
        found += [onset + unit * i for i in range(int(count)) if onset + unit * i < end]
    return found


def _unit(bar: Bar, length: Fraction, level: int) -> Fraction:
    if level == 0:
        return length
    eighth = Fraction(4, bar.meter.beat_type) if bar.meter.beat_type >= 8 else Fraction(1, 2)
    if bar.meter.beat_type == 2 and level == 1:
        eighth = Fraction(1)
    unit = eighth / Fraction(2 ** (level - 1))
    return max(unit, min(_FINEST, eighth))


def fitted(
    bar: Bar, pattern: Iterable[Fraction], wanted: float, rng: Random | None = None
) -> list[Fraction]:
    """The pattern with about `wanted` onsets: the weakest leave first, the strongest come first.

    The bar's first onset of the pattern stays. Without a generator equal accents keep order.
    """
    inside = sorted({onset for onset in pattern if bar.onset <= onset < bar.end})
    count = max(1, round(wanted))

    def strength(onset: Fraction) -> float:
        # Of equal beats the later one leads on.
        later = 0.02 * float(onset - bar.onset) / float(bar.duration)
        return bar.accent(onset) + later + (0.12 * rng.random() if rng else 0.0)

    if len(inside) > count:
        kept = sorted(inside[1:], key=strength, reverse=True)[: count - 1]
        return sorted([inside[0], *kept])
    if len(inside) < count:
        for level in (0, 1, 2):
            free = [onset for onset in grid_of(bar, level) if onset not in inside]
            free.sort(key=strength, reverse=True)
            inside += free[: count - len(inside)]
            if len(inside) >= count:
                break
    return sorted(inside)


def counts(bars: Sequence[Bar], density: float) -> list[float]:
    """How many onsets each bar has at a density (onsets a quarter), fractions carried on."""
    found: list[float] = []
    owed = 0.0
    for bar in bars:
        owed += density * float(bar.duration)
        count = round(owed)
        found.append(float(count))
        owed -= count
    return found
