"""The time grid of the melody models: 24 ticks a quarter, which holds 32nds and triplets."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.time import TimeSignature

TICKS_PER_QUARTER = 24
# Meters that get a class of their own; the rest share "other compound" and "other simple".
METERS = ((4, 4), (2, 4), (3, 4), (6, 8), (2, 2), (9, 8), (12, 8), (3, 8), (3, 2), (6, 4), (4, 2))
OTHER_COMPOUND = len(METERS)
OTHER_SIMPLE = OTHER_COMPOUND + 1
METER_CLASSES = OTHER_SIMPLE + 1
_EXACT_SHARE = 0.98
# Steps to which played notes are snapped, in ticks, with the error in ticks that a finer one costs.
_SNAP_STEPS = ((12, 0.0), (6, 0.25), (8, 0.5), (3, 1.0), (4, 1.0))


@dataclass(frozen=True, slots=True)
class Span:
    """A measure on the grid: where its (full) span starts, its length in ticks, its meter class.

    A pickup starts before its first note, so that positions count from the missing downbeat.
    """

    start: int
    length: int
    meter: int

    @property
    def end(self) -> int:
        """Tick at which the next measure starts."""
        return self.start + self.length


def ticks(quarters: Fraction) -> int:
    """The nearest tick of a time in quarters."""
    return round(quarters * TICKS_PER_QUARTER)


def quarters(tick_count: int) -> Fraction:
    """The time in quarters of a number of ticks."""
    return Fraction(tick_count, TICKS_PER_QUARTER)


def meter_class(meter: TimeSignature) -> int:
    """The class of a meter, 0 … METER_CLASSES - 1."""
    pair = (meter.beats, meter.beat_type)
    if pair in METERS:
        return METERS.index(pair)
    return OTHER_COMPOUND if meter.beats % 3 == 0 and meter.beats > 3 else OTHER_SIMPLE


def beat_ticks(meter: int) -> int:
    """Length in ticks of one felt beat of a meter class."""
    if meter < len(METERS):
        beats, beat_type = METERS[meter]
        return ticks(TimeSignature(Fraction(0), beats, beat_type).beat_duration)
    return 36 if meter == OTHER_COMPOUND else 24


def spans_of(phrase: Phrase) -> tuple[Span, ...]:
    """The measures of a phrase on the grid; the halves of a measure cut by a repeat are joined.

    A file whose only meter is 1/4 (some sequencers write it for want of a better one) is
    read in 4/4.
    """
    meters = sorted(phrase.time_signatures, key=lambda meter: meter.onset)
    if not meters or all((m.beats, m.beat_type) == (1, 4) for m in meters):
        meters = [TimeSignature(Fraction(0), 4, 4)]
        if not phrase.measures or len({m.duration for m in phrase.measures}) == 1:
            return _regular(ticks(phrase.length), meters[0])
    if not phrase.measures:
        return _regular(ticks(phrase.length), meters[0])
    onsets = [meter.onset for meter in meters]
    found: list[Span] = []
    for measure in phrase.measures:
        meter = meters[max(0, bisect_right(onsets, measure.onset) - 1)]
        full = ticks(meter.measure_duration)
        start, length = ticks(measure.onset), ticks(measure.duration)
        if length <= 0:
            continue
        before = found[-1] if found else None
        if before and before.length < full and before.length + length == full:
            found[-1] = Span(before.start, full, before.meter)
        elif length < full and before is None:
            found.append(Span(start + length - full, full, meter_class(meter)))
        else:
            found.append(Span(start, length, meter_class(meter)))
    return tuple(found)


def _regular(end: int, meter: TimeSignature) -> tuple[Span, ...]:
    length = ticks(meter.measure_duration)
    count = max(1, -(-end // length))
    return tuple(Span(i * length, length, meter_class(meter)) for i in range(count))


def is_on_grid(times: list[Fraction]) -> bool:
    """Whether nearly all times lie on 32nds or triplet 16ths, as written music does."""
    if not times:
        return True
    hits = 0
    for time in times:
        position = float(time % 1) * TICKS_PER_QUARTER
        hits += any(abs(position - round(position / step) * step) < 0.05 for step in (3, 4))
    return hits >= _EXACT_SHARE * len(times)


def snap(times: list[Fraction]) -> list[int]:
    """Ticks of sorted played times; each beat takes the plainest grid that fits it.

    Of 8ths, 16ths, triplet 8ths, 32nds and triplet 16ths the one wins whose worst error
    plus its own cost is least.
    """
    exact = [float(time) * TICKS_PER_QUARTER for time in times]
    found: list[int] = []
    index = 0
    while index < len(exact):
        beat = int(exact[index] // TICKS_PER_QUARTER)
        group = [t for t in exact[index:] if int(t // TICKS_PER_QUARTER) == beat]

        def cost(option: tuple[int, float], group: list[float] = group) -> float:
            step, price = option
            errors = [abs(t - round(t / step) * step) for t in group]
            snapped = [round(t / step) for t in group]
            clashes = len(snapped) - len(set(snapped))
            return max(errors) + price + 3 * clashes

        step, _ = min(_SNAP_STEPS, key=cost)
        found += [round(t / step) * step for t in group]
        index += len(group)
    return found
