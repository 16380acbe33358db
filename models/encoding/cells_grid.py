"""A phrase as the arranger's grid: bars, the cells of its parts, what is heard on the slots."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import numpy as np

from antiphon.bridge.music.chords import pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.time import TimeSignature
from antiphon.models.encoding.cells import (
    LONGEST,
    Bar,
    Cell,
    Event,
    duration_symbol,
    pitch_key,
)
from antiphon.models.encoding.cells_harmony import (
    SLOT,
    Chords,
    Floats,
    no_chords,
    roll_of,
    slots_of,
)
from antiphon.models.encoding.grid import is_on_grid, meter_class, snap, ticks

KICKS = (35, 36)
_PART = 96


@dataclass(frozen=True, slots=True)
class Place:
    """A measure in quarters of the phrase: where it sounds, and what is missing before it."""

    onset: Fraction
    duration: Fraction
    meter: TimeSignature
    missing: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Bars over a passage, and how its pitches are moved to the key without accidentals.

    `begins` and `ends` are the ticks between which a bar sounds (a pickup's `Bar.start` lies
    before it begins); `shift` is added to MIDI numbers.
    """

    bars: tuple[Bar, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    shift: int

    @property
    def origin(self) -> int:
        """The first tick of the first bar, from which slots count."""
        return self.bars[0].start

    @property
    def slots(self) -> int:
        """How many slots the bars take."""
        return slots_of(self.bars)

    def bar_of(self, tick: int) -> int:
        """The bar that holds a tick, -1 before the first."""
        return bisect_right(self.begins, tick) - 1

    def slot(self, bar: int, position: int) -> int:
        """The slot of a position in a bar."""
        return min(self.slots - 1, (self.bars[bar].start - self.origin + position) // SLOT)


def grid_of(places: Iterable[Place], fifths: int) -> Grid:
    """The grid of measures in order; long ones are parted."""
    bars, begins, ends = [], [], []
    for place in places:
        begin, end = ticks(place.onset), ticks(place.onset + place.duration)
        start = begin - ticks(place.missing)
        kind = meter_class(place.meter)
        while begin < end:
            whole = max(end, start + ticks(place.meter.measure_duration)) - start
            length = whole if whole <= LONGEST else _PART
            bars.append(Bar(start, min(length, LONGEST), kind))
            begins.append(begin)
            stop = end if whole <= LONGEST else min(end, start + _PART)
            ends.append(stop)
            start = begin = max(stop, begin + 1)
    shift = (-7 * fifths) % 12
    return Grid(tuple(bars), tuple(begins), tuple(ends), shift - 12 if shift > 5 else shift)


def cells_of(part: Part, grid: Grid) -> list[Cell]:
    """The cells of a part over the bars; drums keep their General MIDI numbers less 21."""
    notes = sorted((n for n in sounding(part.notes) if n.duration > 0), key=lambda n: n.onset)
    events: list[list[Event]] = [[] for _ in grid.bars]
    for note, tick in zip(notes, _starts(notes), strict=True):
        index = grid.bar_of(tick)
        if index < 0 or tick >= grid.ends[index]:
            continue
        number = note.pitch.midi_number
        key = min(87, max(0, number - 21)) if part.is_drums else pitch_key(number + grid.shift)
        length = duration_symbol(max(3, ticks(note.duration)))
        events[index].append((tick - grid.bars[index].start, key, length))
    return [Cell.of(each) for each in events]


def _starts(notes: Sequence[Note]) -> list[int]:
    onsets = [note.onset for note in notes]
    if is_on_grid(onsets):
        return [ticks(onset) for onset in onsets]
    return [tick for _, beat in groupby(onsets, key=int) for tick in snap(list(beat))]


def drum_lines(parts: Iterable[Part], grid: Grid) -> tuple[Floats, Floats]:
    """Onsets on the slots of bass drums, and of all drums."""
    kick, drums = np.zeros(grid.slots, np.float32), np.zeros(grid.slots, np.float32)
    for part in parts:
        roll = roll_of(cells_of(part, grid), grid.bars, grid.slots)
        deep = (roll.lowest >= KICKS[0] - 21) & (roll.lowest <= KICKS[1] - 21)
        kick = np.maximum(kick, roll.onsets * deep)
        drums = np.maximum(drums, roll.onsets)
    return kick, drums


def chord_slots(chords: Sequence[ChordSymbol], end: Fraction, grid: Grid) -> Chords:
    """Chord symbols (onsets in quarters of the phrase, the last one up to `end`) on the slots."""
    found = no_chords(grid.slots)
    marks = [*sorted(chords, key=lambda c: c.onset)]
    for index, chord in enumerate(marks):
        stop = marks[index + 1].onset if index + 1 < len(marks) else end
        first = max(0, (ticks(chord.onset) - grid.origin) // SLOT)
        last = max(first, (ticks(stop) - grid.origin) // SLOT)
        root = root_pitch_class(chord)
        found.root[first:last] = 12 if root is None else (root + grid.shift) % 12
        tones = np.zeros(12, np.float32)
        for tone in pitch_classes(chord):
            tones[(tone + grid.shift) % 12] = 1.0
        found.tones[first:last] = tones
    return found
