"""Hard promises as masks: which symbols may come next so that an answer cannot break its word.

Time is ticks; pitches are symbols in the network's own key. A mask is a list of booleans,
True where a symbol is allowed; at least one symbol always is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.models.encoding.grid import TICKS_PER_QUARTER, Span
from antiphon.models.encoding.vocabulary import HOLD, PITCH_SYMBOLS, REST, Durations

_LOOP_PERIODS = (1, 2)
_LOOP_TIMES = 3
_TRIPLETS = (4, 8, 16)


@dataclass(frozen=True, slots=True)
class Promises:
    """What an answer must keep: its end, its pitches, its rhythm.

    `end` is the tick where it is full. `pitches` are the allowed pitch symbols, `leap` the
    widest interval in semitones, `repeats` the longest run of one pitch, `rest` the longest
    rest in ticks, `longest` the longest note. `unit` is the finest binary value (3 or 6
    ticks); `triplets` whether a beat may be parted in three.
    """

    end: int
    pitches: frozenset[int]
    leap: int = 12
    repeats: int = 4
    rest: int = 24
    longest: int = 96
    unit: int = 6
    triplets: bool = False


class Line:
    """The melody so far, its measures' contents and the masks for its next event."""

    def __init__(self, promises: Promises, durations: Durations) -> None:
        self._promises = promises
        self._durations = durations
        self._measures: list[tuple[tuple[int, int, int], ...]] = []
        self._current: list[tuple[int, int, int]] = []
        self._span: Span | None = None
        self._last: int | None = None
        self._repeated = 0
        self._rested = 0

    def fork(self) -> "Line":
        """An independent copy."""
        twin = Line(self._promises, self._durations)
        twin._measures, twin._current = self._measures[:], self._current[:]
        twin._span, twin._last = self._span, self._last
        twin._repeated, twin._rested = self._repeated, self._rested
        return twin

    def push(self, onset: int, span: Span, pitch: int, duration: int) -> None:
        """Take the event that begins at `onset` in the measure `span`."""
        if span != self._span:
            if self._span is not None:
                self._measures.append(tuple(self._current))
            self._current, self._span = [], span
        self._current.append((onset - span.start, pitch, duration))
        ticks = self._durations.values[duration]
        if pitch == REST:
            self._rested += ticks
        elif pitch != HOLD:
            self._rested = 0
            self._repeated = self._repeated + 1 if pitch == self._last else 1
            self._last = pitch

    def pitch_mask(self, onset: int, span: Span) -> list[bool]:
        """Which pitch symbols may sound at `onset` in the measure `span`."""
        promises = self._promises
        mask = [symbol in promises.pitches for symbol in range(PITCH_SYMBOLS)]
        if self._last is not None:
            near = [
                allowed and abs(symbol - self._last) <= promises.leap
                for symbol, allowed in enumerate(mask)
            ]
            mask = near if any(near) else mask
            if self._repeated >= promises.repeats and self._last in promises.pitches:
                mask[self._last] = False
        looped = self._looping_pitch(onset, span)
        if looped is not None and looped != REST:
            mask[looped] = False
        mask[REST] = self._rested + promises.unit <= promises.rest and looped != REST
        mask[HOLD] = False
        if not any(mask):
            return [symbol in promises.pitches for symbol in range(PITCH_SYMBOLS)]
        return mask

    def duration_mask(self, onset: int, span: Span, pitch: int) -> list[bool]:
        """Which duration symbols the pitch symbol chosen at `onset` may have."""
        promises = self._promises
        left = promises.end - onset
        limit = min(left, promises.longest)
        if pitch == REST:
            limit = min(limit, promises.rest - self._rested, span.end - onset)
        place = onset - span.start
        mask = [ticks <= limit and self._fits(place, ticks) for ticks in self._durations.values]
        if any(mask):
            return mask
        return [self._closes(place, ticks, left) for ticks in self._durations.values]

    def _fits(self, place: int, ticks: int) -> bool:
        """Whether a value keeps the beat readable: binary on binary places, triplets complete."""
        unit, beat = self._promises.unit, place % TICKS_PER_QUARTER
        if beat % 3 == 0:
            if ticks % unit == 0:
                return place % unit == 0 or ticks == unit or (place + ticks) % unit == 0
            if not self._promises.triplets:
                # A stray 32nd in the context is brought back to the plain grid.
                return ticks == 3 and place % unit != 0
            return (beat == 0 and ticks in _TRIPLETS) or (beat == 12 and ticks == 4)
        return ticks % 4 == 0 and beat + ticks <= TICKS_PER_QUARTER

    def _closes(self, place: int, ticks: int, left: int) -> bool:
        """The way out of an unusual place: up to the next beat, or to the end."""
        wanted = min(left, TICKS_PER_QUARTER - place % TICKS_PER_QUARTER)
        return ticks == self._durations.values[self._durations.symbols(wanted)[0]]

    def _looping_pitch(self, onset: int, span: Span) -> int | None:
        """The pitch that would complete a third run of the same one or two measures."""
        begun = span == self._span
        done = self._measures if begun else [*self._measures, tuple(self._current)]
        current = self._current if begun else []
        for period in _LOOP_PERIODS:
            if not _repeats(done, period):
                continue
            model = done[-period]
            if tuple(current) == model[: len(current)] and len(current) == len(model) - 1:
                return model[-1][1]
        return None


def _repeats(done: Sequence[tuple[tuple[int, int, int], ...]], period: int) -> bool:
    """Whether one more equal measure would be the last of a third equal run of `period`."""
    run = period * _LOOP_TIMES - 1
    if len(done) < run:
        return False
    tail = done[-run:]
    return all(tail[i] == tail[i + period] for i in range(run - period))
