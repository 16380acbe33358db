"""Metrical accent: how strong each place of a measure is."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

from antiphon.bridge.music.time import TimeSignature

# How measures of five, seven, eight … beats may be felt.
_GROUPINGS: dict[int, tuple[tuple[int, ...], ...]] = {
    5: ((3, 2), (2, 3)),
    7: ((2, 2, 3), (3, 2, 2), (2, 3, 2)),
    8: ((4, 4), (3, 3, 2)),
    10: ((3, 3, 2, 2), (5, 5)),
    11: ((3, 3, 3, 2), (2, 2, 3, 2, 2)),
}


def grouping(meter: TimeSignature, onsets: Iterable[Fraction] = ()) -> tuple[int, ...]:
    """How the measure is felt, in beat units that add up to it: (3, 2) for 5/4.

    `onsets` are places of notes in their measures (quarters); where a meter may be felt in
    several ways, the one whose groups begin with notes most often is taken.
    """
    beats = meter.beats
    if meter.beat_duration * meter.beat_type != 4:
        return (3,) * (beats // 3)
    if beats in (1, 2, 3):
        return (beats,)
    if beats not in _GROUPINGS:
        return (2,) * (beats // 2 - beats % 2) + (3,) * (beats % 2)
    options = _GROUPINGS[beats] if beats != 8 or meter.beat_type >= 8 else ((4, 4),)
    unit = Fraction(4, meter.beat_type)
    places = list(onsets)

    def evidence(groups: tuple[int, ...]) -> Fraction:
        starts = {unit * start for start in accumulate(groups[:-1])}
        return Fraction(sum(place in starts for place in places), max(1, len(starts)))

    return max(options, key=evidence)


@lru_cache(maxsize=4096)
def accent(place: Fraction, meter: TimeSignature, groups: tuple[int, ...]) -> float:
    """Strength of a place in the measure (quarters from the barline): 1 the downbeat, 0.05 least.

    After Lerdahl and Jackendoff, "A Generative Theory of Tonal Music" (1983), chapter 4.
    """
    if place == 0:
        return 1.0
    unit = Fraction(4, meter.beat_type)
    starts = [unit * start for start in accumulate(groups[:-1])]
    if place in starts:
        is_middle = 2 * place == meter.measure_duration
        return 0.8 if is_middle or len(starts) == 1 else 0.65
    if place % unit == 0:
        return 0.45 if unit >= 1 else 0.25
    if (2 * place) % unit == 0:
        return 0.2 if unit >= 1 else 0.1
    return 0.1 if (4 * place) % unit == 0 else 0.05


def group_starts(meter: TimeSignature, groups: tuple[int, ...]) -> tuple[Fraction, ...]:
    """Where the felt groups of a measure begin, in quarters from the barline, 0 first."""
    unit = Fraction(4, meter.beat_type)
    return tuple(unit * start for start in accumulate((0, *groups[:-1])))
