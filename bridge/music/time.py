"""Musical time: quarters as exact fractions, meter, tempo and measures."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class TimeSignature:
    """A meter from `onset` (quarters) on: `beats` over `beat_type`.

    Raises ValueError for a meter without beats or a beat type that is no power of two.
    """

    onset: Fraction
    beats: int
    beat_type: int

    def __post_init__(self) -> None:
        if not 1 <= self.beats <= 128:
            raise ValueError(f"{self.beats} beats in a measure")
        if self.beat_type not in (1, 2, 4, 8, 16, 32, 64, 128):
            raise ValueError(f"beat type {self.beat_type}")

    @property
    def measure_duration(self) -> Fraction:
        """Length of a full measure in quarters."""
        return Fraction(4 * self.beats, self.beat_type)

    @property
    def beat_duration(self) -> Fraction:
        """Length of one felt beat in quarters; compound meters (6/8, 9/8, 12/8) beat in threes."""
        if self.beat_type >= 8 and self.beats % 3 == 0 and self.beats > 3:
            return Fraction(12, self.beat_type)
        return Fraction(4, self.beat_type)


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo from `onset` (quarters) on, in quarters a minute.

    Raises ValueError unless it is positive.
    """

    onset: Fraction
    quarters_per_minute: float

    def __post_init__(self) -> None:
        if not 0 < self.quarters_per_minute < 10_000:
            raise ValueError(f"{self.quarters_per_minute} quarters a minute")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure as printed: where it starts, how long it is, its number and its repeats.

    `number` is the printed number ("0" for a pickup, "12a" where an edition says so).
    `backward_repeat` counts how often the repeat is played; 0 is no repeat.
    `ending` is the volta number as printed, "" where there is none.
    """

    onset: Fraction
    duration: Fraction
    number: str
    forward_repeat: bool = False
    backward_repeat: int = 0
    ending: str = ""

    def __post_init__(self) -> None:
        if self.onset < 0 or self.duration < 0:
            raise ValueError("a measure cannot lie before the beginning or last less than nothing")

    @property
    def end(self) -> Fraction:
        """Where the next measure starts, in quarters."""
        return self.onset + self.duration


def measures_from_meter(
    time_signatures: tuple[TimeSignature, ...],
    length: Fraction,
    pickup: Fraction = Fraction(0),
) -> tuple[Measure, ...]:
    """Full measures that cover `length` quarters, after a first one of `pickup` quarters.

    The pickup is numbered 0, the first full measure 1. Without a time signature 4/4 holds.
    A change of meter in the middle of a measure cuts that measure short.
    """
    meters = sorted(time_signatures, key=lambda meter: meter.onset)
    if not meters or meters[0].onset > 0:
        meters.insert(0, TimeSignature(Fraction(0), 4, 4))
    found: list[Measure] = []
    onset, index, number = Fraction(0), 0, 1
    if pickup > 0:
        found.append(Measure(onset, pickup, "0"))
        onset = pickup
    while onset < length or not found:
        while index + 1 < len(meters) and meters[index + 1].onset <= onset:
            index += 1
        end = onset + meters[index].measure_duration
        if index + 1 < len(meters):
            end = min(end, meters[index + 1].onset)
        found.append(Measure(onset, end - onset, str(number)))
        onset, number = end, number + 1
    return tuple(found)
