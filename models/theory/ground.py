"""What every task stands on: bars with their pulses, key, style, mood, the melody that is heard."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from random import Random

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding, top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.asked import (
    FOLLOWING,
    answer_start,
    asked_measures,
    asked_meters,
    own_part,
)
from antiphon.bridge.protocol.messages import Request, Task
from antiphon.models.theory.context import between
from antiphon.models.theory.frame import felt_key, stated_key
from antiphon.models.theory.meter import accent, group_starts, grouping

_TIED_FROM = 16
_KICKS = (35, 36)


@dataclass(frozen=True, slots=True)
class Bar:
    """One measure of the answer, in quarters of the answer.

    `offset` is how much of the printed measure is missing before it: a pickup, or a region that
    begins inside a measure.
    """

    index: int
    onset: Fraction
    duration: Fraction
    meter: TimeSignature
    groups: tuple[int, ...]
    offset: Fraction = Fraction(0)

    @property
    def end(self) -> Fraction:
        """Where the next bar begins."""
        return self.onset + self.duration

    def accent(self, onset: Fraction) -> float:
        """Metrical strength (0.05 … 1) of an onset of the answer inside this bar."""
        return accent(onset - self.onset + self.offset, self.meter, self.groups)

    @property
    def pulses(self) -> tuple[Fraction, ...]:
        """Onsets of the felt beats that begin in this bar; its own onset where none does."""
        last = self.offset + self.duration
        places = [p for p in _pulse_places(self.meter, self.groups, last) if p >= self.offset]
        found = tuple(self.onset + place - self.offset for place in places)
        return found or (self.onset,)

    @property
    def middle(self) -> Fraction | None:
        """Where the second half begins; None for a bar that is not halved."""
        starts = group_starts(self.meter, self.groups)
        if len(starts) < 2:
            return None
        onset = self.onset + starts[len(starts) // 2] - self.offset
        return onset if self.onset < onset < self.end else None

    @property
    def is_compound(self) -> bool:
        """Whether its beats divide in three."""
        return self.meter.beat_duration * self.meter.beat_type != 4


@lru_cache(maxsize=1024)
def _pulse_places(
    meter: TimeSignature, groups: tuple[int, ...], end: Fraction
) -> tuple[Fraction, ...]:
    unit = meter.beat_duration
    if meter.beat_type >= 8 and meter.beat_duration * meter.beat_type == 4:
        places = list(group_starts(meter, groups))
    else:
        places = [unit * i for i in range(int(meter.measure_duration / unit))]
    while places and places[-1] + unit < end and places[-1] + unit >= meter.measure_duration:
        places.append(places[-1] + unit)
    return tuple(place for place in places if place < end)


@dataclass(frozen=True, slots=True)
class Ground:
    """The common ground of an answer; all onsets are quarters of the answer.

    `key` is the one stated, `felt` the one the music rests on; `melody` is what the selected
    part sings in the asked measures, `kicks` where a bass drum strikes in them. `valence` and
    `arousal` are 0 without a mood. `told` seeds the generators, `barlines` are the bars' onsets,
    `measures` and `meters` are those of the answer.
    """

    request: Request
    number: int
    start: Fraction
    bars: tuple[Bar, ...]
    key: KeySignature
    felt: KeySignature
    style: str
    melody: tuple[Note, ...]
    kicks: tuple[Fraction, ...]
    valence: float
    arousal: float
    told: str
    barlines: tuple[float, ...]
    measures: tuple[Measure, ...]
    meters: tuple[TimeSignature, ...]

    @property
    def length(self) -> Fraction:
        """Length of the answer."""
        return self.bars[-1].end

    @property
    def adventure(self) -> float:
        """How adventurous the answer may be: the temperature, a little more for later takes."""
        return self.request.controls.temperature * (1 + 0.08 * (self.number // 3))

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes that are allowed: those of the key where it is strict, else all."""
        return self.key.scale if self.request.controls.strict_key else frozenset(range(12))

    def chance(self, purpose: str) -> Random:
        """A generator for one purpose that only music, seed and number decide."""
        digest = sha256(f"{self.told}/{purpose}/{self.number}".encode()).digest()
        return Random(int.from_bytes(digest[:8], "big"))

    def density(self, usual: float) -> float:
        """Wanted onsets a quarter: the asked ones, else the usual ones as the mood moves them."""
        asked = self.request.controls.density
        return asked if asked is not None else usual * 2 ** (0.8 * self.arousal)

    def loudness(self, usual: int) -> int:
        """A velocity as the mood moves it."""
        return max(20, min(120, round(usual + 22 * self.arousal)))

    def bounds(self, low: int, high: int) -> tuple[int, int]:
        """A compass (MIDI numbers) inside the asked range, moved by octaves where it must be."""
        controls = self.request.controls
        lowest = 0 if controls.lowest is None else controls.lowest
        highest = 127 if controls.highest is None else controls.highest
        while low < lowest and high + 12 <= max(highest, lowest + 12):
            low, high = low + 12, high + 12
        while high > highest and low - 12 >= min(lowest, highest - 12):
            low, high = low - 12, high - 12
        bottom, top = max(low, lowest), min(high, highest)
        return (bottom, top) if top - bottom >= 7 else (lowest, min(highest, lowest + 24))

    def place(self, bar: Bar) -> int:
        """The number of a bar from 0, a pickup not counted: -1."""
        first = self.bars[0]
        is_pickup = first.duration < first.meter.measure_duration and len(self.bars) > 1
        return bar.index - (1 if is_pickup and first.offset > 0 else 0)

    def bar_at(self, onset: Fraction) -> Bar:
        """The bar that holds an onset, the last one past the end."""
        return self.bars[max(0, bisect_right(self.barlines, float(onset)) - 1)]


def ground_of(request: Request, number: int) -> Ground:
    """The ground of take `number` of a request. Raises what `asked_measures` raises."""
    start, measures, meters = answer_start(request), asked_measures(request), asked_meters(request)
    bars = bars_of(request, measures, meters)
    own = own_part(request)
    key = stated_key(request)
    mood = request.controls.mood
    end = bars[-1].end
    melody: tuple[Note, ...] = ()
    if request.task not in FOLLOWING and own is not None and not own.is_drums:
        melody = melody_between(own, start, start + end)
    return Ground(
        request=request,
        number=number,
        start=start,
        bars=bars,
        key=key,
        felt=_felt(request, key),
        style=style_of(request, bars),
        melody=melody,
        kicks=_kicks(request.phrase, start, start + end),
        valence=mood.valence if mood else 0.0,
        arousal=mood.arousal if mood else 0.0,
        told=_told(request, start, end),
        barlines=tuple(float(bar.onset) for bar in bars),
        measures=measures,
        meters=meters,
    )


def melody_between(part: Part, start: Fraction, end: Fraction) -> tuple[Note, ...]:
    """The melody of a part from `start` to `end`, in quarters from `start`."""
    near = between(part, max(Fraction(0), start - _TIED_FROM), end)
    return tuple(replace(n, onset=n.onset - start) for n in top_line(near, start, end))


def bars_of(
    request: Request, measures: Sequence[Measure], meters: Sequence[TimeSignature]
) -> tuple[Bar, ...]:
    """The asked measures of a request with their meters."""
    start = answer_start(request)
    bars = []
    at = 0
    for index, measure in enumerate(measures):
        while at + 1 < len(meters) and meters[at + 1].onset <= measure.onset:
            at += 1
        meter = replace(meters[at], onset=Fraction(0))
        offset = _offset(request.phrase, start, meter) if index == 0 else Fraction(0)
        offset = min(offset, max(Fraction(0), meter.measure_duration - measure.duration))
        groups = grouping(meter)
        bars.append(Bar(index, measure.onset, measure.duration, meter, groups, offset))
    return tuple(bars)


def _offset(phrase: Phrase, start: Fraction, meter: TimeSignature) -> Fraction:
    for index, measure in enumerate(phrase.measures):
        if measure.onset <= start < measure.end:
            missing = meter.measure_duration - measure.duration if index == 0 else Fraction(0)
            return start - measure.onset + max(Fraction(0), missing)
    return Fraction(0)


def style_of(request: Request, bars: Sequence[Bar]) -> str:
    """The asked style, else one that the meter suggests."""
    if request.controls.style is not None:
        return request.controls.style
    if request.task is Task.HARMONIZE:
        return "hymn"
    if request.task is Task.RESTYLE:
        return "pop"
    meter = bars[0].meter
    is_square = meter.beat_type == 4 and meter.beats % 2 == 0
    return "pop" if is_square else "folk"


def _felt(request: Request, key: KeySignature) -> KeySignature:
    """The key that is felt: the asked one, the stated one where nothing is heard."""
    if request.controls.key is not None:
        return key
    if not any(part.notes for part in request.phrase.parts if not part.is_drums):
        return key
    felt = felt_key(request)
    if felt.fifths == key.fifths:
        return felt
    # In a strict key the answer rests on what the signature holds.
    return key if request.controls.strict_key else felt


def _kicks(phrase: Phrase, start: Fraction, end: Fraction) -> tuple[Fraction, ...]:
    found = {
        note.onset - start
        for part in phrase.parts
        if part.is_drums
        for note in between(part, start, end).notes
        if note.pitch.midi_number in _KICKS and not note.is_grace
    }
    return tuple(sorted(found))


def _told(request: Request, start: Fraction, length: Fraction) -> str:
    """The music that seeds a take: what sounds in the answer's span and shortly before."""
    heard = [
        (index, note.onset, note.duration, note.pitch.midi_number)
        for index, part in enumerate(request.phrase.parts)
        for note in between(part, max(Fraction(0), start - 32), start + length).notes
    ]
    told = repr((request.seed, request.task.value, start, length, heard))
    return sha256(told.encode()).hexdigest()


def spans(onsets: Sequence[Fraction], end: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Neighbouring onsets as (onset, duration), the last one up to `end`."""
    return [(a, b - a) for a, b in pairwise([*onsets, end]) if b > a]


def heard_parts(request: Request) -> tuple[Part, ...]:
    """The pitched parts of the phrase, their notes as they sound."""
    return tuple(
        replace(part, notes=sounding(part.notes))
        for part in request.phrase.parts
        if not part.is_drums
    )
