"""Drums on a grid: measures of slots × nine groups of General MIDI drums.

A slot is a sixteenth of a straight measure or a triplet sixteenth of a ternary one; each hit
has a velocity and says how far from its slot it was played. The nine groups are those of the
Groove MIDI Dataset (Gillick et al. 2019, "Learning to Groove").
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.melody import is_note_value
from antiphon.bridge.music.phrase import Note, Phrase, meter_at
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure, TimeSignature

KICK, SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE = range(9)
DRUMS = 9
NAMES = ("kick", "snare", "closed hat", "open hat", "low tom", "mid tom", "high tom", "crash",
         "ride")  # fmt: skip
# The pitch a group is written with, and those that are read as it (General MIDI and the
# Roland TD-11 of the Groove MIDI Dataset; shakers and tambourine keep time as a hi-hat does).
PITCHES = (36, 38, 42, 46, 43, 47, 50, 49, 51)
_MEMBERS = (
    (36, 35), (38, 37, 40, 39), (42, 44, 22, 54, 69, 70, 82), (46, 26), (43, 41, 58), (47, 45),
    (50, 48), (49, 57, 55, 52), (51, 59, 53),
)  # fmt: skip
GROUPS: dict[int, int] = {p: group for group, pitches in enumerate(_MEMBERS) for p in pitches}
STRAIGHT, TERNARY = 4, 6
LOUDEST = 127
_LEAN = 0.85
_FAR = 0.25
# How early or late a player may be as a whole, in quarters; none first.
_SHIFTS = np.array([0.0, *(s * 0.02 * n for n in range(1, 6) for s in (-1, 1))])
# What is written at most: a drum note that lasts longer says nothing.
_VALUES = {
    STRAIGHT: tuple(Fraction(n, 4) for n in (4, 3, 2, 1)),
    TERNARY: tuple(Fraction(n, 6) for n in (6, 4, 3, 2, 1)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Bar:
    """One measure on the grid: `per_quarter` slots a quarter, rows of nine drums.

    `hits` is boolean; `velocities` (1 … 127) and `timing` (quarters, late is positive) count
    where there is a hit. `offset` is how much of the printed measure is missing before it: a
    pickup, or a region that begins inside a measure.
    """

    duration: Fraction
    meter: TimeSignature
    per_quarter: int
    hits: NDArray[np.bool_]
    velocities: NDArray[np.uint8]
    timing: NDArray[np.float32]
    offset: Fraction = Fraction(0)

    @property
    def slots(self) -> int:
        """How many slots the measure has."""
        return len(self.hits)

    def places(self) -> list[Fraction]:
        """Where the slots lie, in quarters from the barline."""
        return [Fraction(slot, self.per_quarter) for slot in range(self.slots)]

    @property
    def onsets(self) -> int:
        """How many slots hold a hit."""
        return int(self.hits.any(1).sum())


@dataclass(frozen=True, slots=True)
class Stroke:
    """A hit as it was played: onset in quarters, drum group, velocity."""

    onset: Fraction
    drum: int
    velocity: int


def empty_bar(
    duration: Fraction, meter: TimeSignature, per_quarter: int, offset: Fraction = Fraction(0)
) -> Bar:
    """A silent measure of a length in quarters; the last slot may be cut by the barline."""
    shape = (max(1, -int(-duration * per_quarter // 1)), DRUMS)
    return Bar(
        duration, meter, per_quarter,
        np.zeros(shape, np.bool_), np.zeros(shape, np.uint8), np.zeros(shape, np.float32),
        offset,
    )  # fmt: skip


def strokes_of(notes: Iterable[Note]) -> list[Stroke]:
    """The hits of notes whose pitch is a drum of the nine groups, sorted by onset."""
    found = [
        Stroke(n.onset, GROUPS[n.pitch.midi_number], n.velocity)
        for n in notes
        if n.pitch.midi_number in GROUPS
    ]
    return sorted(found, key=lambda stroke: stroke.onset)


def fit_of(places: Sequence[float], lean: float = _LEAN) -> tuple[int, float]:
    """Slots a quarter that fit places (quarters) best, and how late (quarters) they all are.

    Straight, or ternary where the mean distance to that grid, as a share of what chance would
    give, is less than `lean` of the other's.
    """
    if not places:
        return STRAIGHT, 0.0
    values = np.asarray(places, np.float64)[None, :] - _SHIFTS[:, None]
    found = []
    for parts in (STRAIGHT, TERNARY):
        scaled = values * parts
        misses = np.abs(scaled - np.round(scaled)).mean(1) + 0.2 * np.abs(_SHIFTS)
        best = int(misses.argmin())
        found.append((float(misses[best]), float(_SHIFTS[best])))
    (straight, late), (ternary, ternary_late) = found
    return (TERNARY, ternary_late) if ternary < lean * straight else (STRAIGHT, late)


def settled(strokes: Sequence[Stroke], lean: float = _LEAN) -> tuple[list[Stroke], int]:
    """Played hits moved so that they are neither early nor late as a whole, and their grid."""
    grid, late = fit_of([float(stroke.onset % 1) for stroke in strokes], lean)
    shift = Fraction(round(late * 480), 480)
    if not shift:
        return list(strokes), grid
    moved = [replace(s, onset=max(Fraction(0), s.onset - shift)) for s in strokes]
    return moved, grid


def bars_of(
    strokes: Sequence[Stroke],
    measures: Sequence[Measure],
    meters: Sequence[TimeSignature],
    per_quarter: int,
    is_strict: bool = False,
) -> list[Bar]:
    """The measures on the grid; each hit goes to the nearest slot, past the barline if need be.

    A measure that clearly does not fit `per_quarter` takes the other grid, unless `is_strict`.
    """  # fmt: skip
    groups: list[list[Stroke]] = [[] for _ in measures]
    index = 0
    for stroke in strokes:
        while index + 1 < len(measures) and stroke.onset >= measures[index].end:
            index += 1
        if measures and measures[0].onset <= stroke.onset < measures[-1].end:
            groups[index].append(stroke)
    grids = [per_quarter] * len(measures)
    if not is_strict:
        grids = _grids(groups, measures, per_quarter)
    bars = [
        empty_bar(measure.duration, meter, grid, _missing(measure, meter, is_first=index == 0))
        for index, (measure, meter, grid) in enumerate(zip(measures, meters, grids, strict=True))
    ]
    for number, (inside, measure) in enumerate(zip(groups, measures, strict=True)):
        for stroke in inside:
            _place(bars, number, stroke, measure)
    return bars


def _missing(measure: Measure, meter: TimeSignature, *, is_first: bool) -> Fraction:
    """What a pickup lacks."""
    return max(Fraction(0), meter.measure_duration - measure.duration) if is_first else Fraction(0)


def _grids(
    groups: Sequence[Sequence[Stroke]], measures: Sequence[Measure], whole: int
) -> list[int]:
    """The grid of each measure: the piece's own but where it clearly does not fit."""
    found = []
    for inside, measure in zip(groups, measures, strict=True):
        places = np.array([float(s.onset - measure.onset) for s in inside])
        scaled = places * whole
        is_far = len(places) > 3 and float(np.abs(scaled - np.round(scaled)).mean()) > _FAR
        found.append(fit_of(places.tolist())[0] if is_far else whole)
    return found


def _place(bars: list[Bar], number: int, stroke: Stroke, measure: Measure) -> None:
    bar, place = bars[number], float(stroke.onset - measure.onset)
    slot = round(place * bar.per_quarter)
    late = place - slot / bar.per_quarter
    if slot >= bar.slots:
        if number + 1 < len(bars):
            bar, slot, late = bars[number + 1], 0, place - float(measure.duration)
        else:
            slot, late = bar.slots - 1, 0.0
    if stroke.velocity > bar.velocities[slot, stroke.drum]:
        bar.hits[slot, stroke.drum] = True
        bar.velocities[slot, stroke.drum] = stroke.velocity
        bar.timing[slot, stroke.drum] = late


def meters_of(phrase: Phrase) -> list[TimeSignature]:
    """The meter of each measure of a phrase."""
    return [meter_at(phrase, measure.onset) for measure in phrase.measures]


def notes_of(
    bars: Sequence[Bar],
    measures: Sequence[Measure],
    pitches: Sequence[int] = PITCHES,
    is_played: bool = False,
    voice: int = 1,
) -> list[Note]:
    """The hits as notes of one voice: each lasts until the next, at most a felt beat.

    `is_played` moves them by their micro-timing; else they stand on their slots.
    """  # fmt: skip
    found: list[Note] = []
    for bar, measure in zip(bars, measures, strict=True):
        slots = [int(s) for s in np.flatnonzero(bar.hits.any(1))]
        onsets = [Fraction(slot, bar.per_quarter) for slot in slots]
        for place, (slot, onset) in enumerate(zip(slots, onsets, strict=True)):
            stop = onsets[place + 1] if place + 1 < len(onsets) else measure.duration
            length = _written_length(onset, stop, bar)
            drums = [int(d) for d in np.flatnonzero(bar.hits[slot])]
            late = _lateness(bar, slot, drums, onset, stop) if is_played else Fraction(0)
            length = min(length, stop - onset - late) if late > 0 else length
            found += [
                Note(
                    measure.onset + onset + late,
                    length,
                    spell(pitches[drum]),
                    max(1, int(bar.velocities[slot, drum])),
                    voice,
                )
                for drum in drums
            ]
    return found


def _written_length(onset: Fraction, stop: Fraction, bar: Bar) -> Fraction:
    """The longest plain value that fits before the next hit, inside the felt beat."""
    beat = max(Fraction(1), bar.meter.beat_duration)
    beat = beat if bar.per_quarter == STRAIGHT else Fraction(1)
    room = min(stop, (onset // beat + 1) * beat) - onset
    values = _VALUES.get(bar.per_quarter, (Fraction(1, bar.per_quarter),))
    if bar.per_quarter == STRAIGHT and beat > 1:
        values = (Fraction(3, 2), *values)
    off = onset % 1 if bar.per_quarter == TERNARY else Fraction(0)
    for value in values:
        # A ternary value stands where a reader expects it: quarters and eighths on the beat.
        if value <= room and not (off and value == Fraction(1, 2) and off != value):
            return value
    return room if is_note_value(room) else min(room, values[-1])


def _lateness(
    bar: Bar, slot: int, drums: Sequence[int], onset: Fraction, stop: Fraction
) -> Fraction:
    """How late the hits of a slot are together, in 480ths, kept inside the measure."""
    mean = float(bar.timing[slot, drums].mean())
    late = Fraction(round(mean * 480), 480)
    step = Fraction(1, bar.per_quarter)
    return max(-min(onset, step / 3), min(late, step / 3, (stop - onset) / 2))


def spelled_drums(notes: Iterable[Note]) -> tuple[int, ...]:
    """The pitch of each group that some notes use most, else the standing one."""
    counted = Counter(n.pitch.midi_number for n in notes)
    found = []
    for group, pitch in enumerate(PITCHES):
        used = [(count, -p) for p, count in counted.items() if GROUPS.get(p) == group]
        best = -max(used)[1] if used else pitch
        # What drum kits of other makers send is written as General MIDI has it.
        found.append(best if 35 <= best <= 59 else pitch)
    return tuple(found)


def ascii_grid(bars: Sequence[Bar]) -> str:
    """The measures as text, a line a drum from the cymbals down: x a hit, o a soft one."""
    lines = []
    for drum in (CRASH, RIDE, OPEN_HAT, CLOSED_HAT, HIGH_TOM, MID_TOM, LOW_TOM, SNARE, KICK):
        cells = []
        for bar in bars:
            row = [
                "." if not hit else "o" if velocity < 50 else "X" if velocity > 105 else "x"
                for hit, velocity in zip(bar.hits[:, drum], bar.velocities[:, drum], strict=True)
            ]
            cells.append("".join(row))
        lines.append(f"{NAMES[drum]:>10} |{'|'.join(cells)}|")
    return "\n".join(lines)
