"""What the arranger hears of the other parts: harmony, rhythm and register on a grid of 16ths.

Everything is a number of numpy: one row a slot of `SLOT` ticks from the first measure's start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.cells import DURATIONS, PITCHES, Bar, Cell

SLOT = 6
NOTHING = 127
_REACH = 8
_BEAT = 4
_BINS = 23
_MARGIN = 2 * _BEAT + _REACH
DENSE = 12 * 5 + 13 * 3 + 2 * _BINS + 3 * _REACH + 3
SUMMARY = 24 + 13 + 12 + 16 + 16 + 6
Floats = NDArray[np.float32]
Ints = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Roll:
    """One part on the slots: pitch classes that sound, lowest and highest key, onsets.

    `sounds` is (slots, 12), the others (slots,); silence is `NOTHING` in `lowest`, -1 in
    `highest`. `weight` is how much the part's onsets count as melody (1) or not (0).
    """

    sounds: Floats
    lowest: Ints
    highest: Ints
    onsets: Floats


@dataclass(frozen=True, slots=True)
class Chords:
    """Chord symbols on the slots: pitch classes (slots, 12) and root (slots,), 12 for none."""

    tones: Floats
    root: Ints


def slots_of(bars: Sequence[Bar]) -> int:
    """How many slots the measures take."""
    last = bars[-1]
    return -(-(last.start + last.length - bars[0].start) // SLOT)


def roll_of(cells: Iterable[Cell | None], bars: Sequence[Bar], slots: int) -> Roll:
    """The roll of a part's cells; hidden cells are silent."""
    sounds = np.zeros((slots, 12), np.float32)
    lowest = np.full(slots, NOTHING, np.int16)
    highest = np.full(slots, -1, np.int16)
    onsets = np.zeros(slots, np.float32)
    origin = bars[0].start
    for bar, cell in zip(bars, cells, strict=True):
        if cell is None:
            continue
        for position in cell.positions:
            first = (bar.start - origin + position) // SLOT
            if first >= slots:
                continue
            onsets[first] = 1.0
            for pitch, duration in cell.groups[position]:
                end = max(first + 1, (bar.start - origin + position + DURATIONS[duration]) // SLOT)
                sounds[first:end, (pitch + 9) % 12] = 1.0
                np.minimum(lowest[first:end], pitch, out=lowest[first:end])
                np.maximum(highest[first:end], pitch, out=highest[first:end])
    return Roll(sounds, lowest, highest, onsets)


def no_chords(slots: int) -> Chords:
    """Chord symbols that say nothing."""
    return Chords(np.zeros((slots, 12), np.float32), np.full(slots, 12, np.int16))


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is heard besides the own part: rolls, drum onsets (kick, others) and chords."""

    rolls: tuple[Roll, ...]
    kick: Floats
    drums: Floats
    chords: Chords
    slots: int


def dense_rows(
    heard: Heard, bars: Sequence[Bar], at: NDArray[np.integer], bar_at: NDArray[np.integer]
) -> Floats:
    """The features (places, DENSE) of harmony, rhythm and register at some slots.

    `at` are the slots, `bar_at` the indices of the bars that hold them.
    """
    count = heard.slots
    now = np.zeros((count + _MARGIN, 12), np.float32)
    lowest = np.full(count + _MARGIN, NOTHING, np.int16)
    highest = np.full(count + _MARGIN, -1, np.int16)
    lines = np.zeros((3, count + _MARGIN), np.float32)
    for roll in heard.rolls:
        now[:count] += roll.sounds
        np.minimum(lowest[:count], roll.lowest, out=lowest[:count])
        np.maximum(highest[:count], roll.highest, out=highest[:count])
        np.maximum(lines[0, :count], roll.onsets, out=lines[0, :count])
    lines[1, :count], lines[2, :count] = heard.kick, heard.drums
    sums = np.zeros((count + _MARGIN + 1, 12), np.float32)
    np.cumsum(now, 0, out=sums[1:])
    edges = np.array([(bar.start - bars[0].start) // SLOT for bar in bars])
    ends = np.minimum(count, edges + [-(-bar.length // SLOT) for bar in bars])
    measure = _share(sums[ends] - sums[edges])
    deep = reduce(np.minimum, [lowest[at + step] for step in range(_BEAT)])
    root = np.concatenate((heard.chords.root, np.full(_BEAT, 12, np.int16)))
    low, high = lowest[at], highest[at]
    here = sums[at + _BEAT]
    found = np.zeros((len(at), DENSE), np.float32)
    found[:, :12] = np.minimum(now[at], 1.0)
    found[:, 12:24] = _share(here - sums[at])
    found[:, 24:36] = _share(sums[at + 2 * _BEAT] - here)
    found[:, 36:48] = measure[bar_at]
    found[:, 48:60] = heard.chords.tones[at]
    rows = np.arange(len(at))
    found[rows, 60 + np.where(deep == NOTHING, 12, (deep + 9) % 12)] = 1.0
    found[rows, 73 + root[at]] = 1.0
    found[rows, 86 + root[at + _BEAT]] = 1.0
    found[rows, 99 + np.where(low == NOTHING, _BINS - 1, low // 4)] = 1.0
    found[rows, 122 + np.where(high < 0, _BINS - 1, high // 4)] = 1.0
    near = at[:, None] + np.arange(_REACH)
    found[:, 145:169] = lines[:, near].transpose(1, 0, 2).reshape(len(at), -1)
    found[:, 169] = len(heard.rolls) > 0
    found[:, 170] = heard.kick.any()
    found[:, 171] = np.minimum(now[at].sum(1) / 4, 2.0)
    return found


def _share(values: Floats) -> Floats:
    found: Floats = values / np.maximum(values.max(-1, keepdims=True), 1.0)
    return found


@dataclass(frozen=True, slots=True)
class Measures:
    """One part by measure: chroma of both halves, lowest and highest key, onsets by 16th."""

    chroma: Floats
    lowest: Ints
    highest: Ints
    beats: Floats
    onsets: Floats

    def cut(self, first: int, end: int) -> "Measures":
        """Some measures of it."""
        return Measures(
            self.chroma[first:end], self.lowest[first:end], self.highest[first:end],
            self.beats[first:end], self.onsets[first:end],
        )  # fmt: skip


def measures_of(roll: Roll, bars: Sequence[Bar]) -> Measures:
    """A roll by measure."""
    count = len(bars)
    found = Measures(
        np.zeros((count, 24), np.float32), np.full(count, NOTHING, np.int16),
        np.full(count, -1, np.int16), np.zeros((count, 16), np.float32),
        np.zeros(count, np.float32),
    )  # fmt: skip
    for index, bar in enumerate(bars):
        first = (bar.start - bars[0].start) // SLOT
        end = min(len(roll.onsets), first + -(-bar.length // SLOT))
        middle = (first + end + 1) // 2
        found.chroma[index, :12] = roll.sounds[first:middle].sum(0)
        found.chroma[index, 12:] = roll.sounds[middle:end].sum(0)
        found.lowest[index] = roll.lowest[first:end].min(initial=NOTHING)
        found.highest[index] = roll.highest[first:end].max(initial=-1)
        beats = roll.onsets[first : min(end, first + 16)]
        found.beats[index, : len(beats)] = beats
        found.onsets[index] = roll.onsets[first:end].sum()
    return found


def others_rows(
    parts: Sequence[Measures], chords: Chords, drums: Floats, bars: Sequence[Bar]
) -> Floats:
    """What the other parts hold in each measure (measures, SUMMARY); `drums` (measures, 16)."""
    found = _rows(parts, drums)
    starts = [min(len(chords.tones) - 1, (b.start - bars[0].start) // SLOT) for b in bars]
    found[:, 37:49] = chords.tones[starts]
    return found


def own_rows(own: Measures, given: Sequence[bool], kick: Floats) -> Floats:
    """What the own part holds in each given measure (measures, SUMMARY), 0 elsewhere."""
    found = _rows((own,), kick)
    found[:, -1] = 1.0
    return found * np.asarray(given, np.float32)[:, None]


def _rows(parts: Sequence[Measures], drums: Floats) -> Floats:
    count = len(drums)
    found = np.zeros((count, SUMMARY), np.float32)
    low, high = np.full(count, NOTHING, np.int16), np.full(count, -1, np.int16)
    for part in parts:
        found[:, :24] += part.chroma
        low, high = np.minimum(low, part.lowest), np.maximum(high, part.highest)
        found[:, 49:65] = np.maximum(found[:, 49:65], part.beats)
        found[:, 81] += part.onsets / 16
    found[:, :24] = _share(found[:, :24])
    found[np.arange(count), 24 + np.where(low == NOTHING, 12, (low + 9) % 12)] = 1.0
    found[:, 65:81] = drums
    found[:, 82] = np.where(low == NOTHING, 0.0, low / PITCHES)
    found[:, 83] = np.where(high < 0, 0.0, high / PITCHES)
    found[:, 84] = len(parts) / 4
    return found
