"""Hard promises as masks: which symbols may come next so that an answer cannot break its word.

Time is ticks; pitches are symbols in the network's own key. A mask is a list of booleans,
True where a symbol is allowed; at least one symbol always is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.models.encoding.grid import TICKS_PER_QUARTER, Span
from antiphon.models.encoding.vocabulary import HOLD, PITCH_SYMBOLS, REST, Durations

_LOOP_PERIODS = (1, 2)
_LOOP_TIMES = 3
_TRIPLETS = (4, 8, 16)
# How often a measure may be sung; one of only two events, such as a cadence, twice as often.
_WEAR = 4
_PLAIN = 2
Content = tuple[tuple[int, int, int], ...]


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
        self._measures: list[Content] = []
        self._sung: Counter[Content] = Counter()
        # After these beginnings these pitches would complete a measure that is worn out.
        self._worn: dict[Content, frozenset[int]] = {}
        self._current: list[tuple[int, int, int]] = []
        self._span: Span | None = None
        self._last: int | None = None
        self._repeated = 0
        self._rested = 0

    def fork(self) -> "Line":
        """An independent copy."""
        twin = Line(self._promises, self._durations)
        twin._measures, twin._current = self._measures[:], self._current[:]
        twin._sung, twin._worn = self._sung.copy(), self._worn.copy()
        twin._span, twin._last = self._span, self._last
        twin._repeated, twin._rested = self._repeated, self._rested
        return twin

    def push(self, onset: int, span: Span, pitch: int, duration: int) -> None:
        """Take the event that begins at `onset` in the measure `span`."""
        if span != self._span:
            if self._span is not None:
                self._finish(tuple(self._current))
            self._current, self._span = [], span
        self._current.append((onset - span.start, pitch, duration))
        ticks = self._durations.values[duration]
        if pitch == REST:
            self._rested += ticks
        elif pitch != HOLD:
            self._rested = 0
            self._repeated = self._repeated + 1 if pitch == self._last else 1
            self._last = pitch

    def settle(self) -> None:
        """Begin the answer: what was often sung before may still come back twice."""
        self._worn.clear()
        self._sung = Counter({c: min(n, _limit(c) - 2) for c, n in self._sung.items()})
        # The last measure is counted only when the next one begins.
        last = tuple(self._current)
        self._sung[last] = min(self._sung[last], _limit(last) - 3)

    def _finish(self, content: Content) -> None:
        self._measures.append(content)
        self._sung[content] += 1
        if content and self._sung[content] >= _limit(content):
            half = len(content) // 2
            beginning, pitch = content[:half], content[half][1]
            self._worn[beginning] = self._worn.get(beginning, frozenset()) | {pitch}

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
        mask[REST] = self._rested + promises.unit <= promises.rest
        mask[HOLD] = False
        for pitch in self._stale(span):
            mask[pitch] = False
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

    def _stale(self, span: Span) -> set[int]:
        """Pitches that would complete a worn measure, or a third run of one or two measures."""
        begun = span == self._span
        done = self._measures if begun else [*self._measures, tuple(self._current)]
        current = tuple(self._current) if begun else ()
        found = set(self._worn.get(current, ()))
        for period in _LOOP_PERIODS:
            if not _repeats(done, period):
                continue
            model = done[-period]
            if model and current == model[:-1]:
                found.add(model[-1][1])
        return found


def _limit(content: Content) -> int:
    return _WEAR if len(content) > _PLAIN else 2 * _WEAR


def _repeats(done: Sequence[Content], period: int) -> bool:
    """Whether one more equal measure would be the last of a third equal run of `period`."""
    run = period * _LOOP_TIMES - 1
    if len(done) < run:
        return False
    tail = done[-run:]
    return all(tail[i] == tail[i + period] for i in range(run - period))
