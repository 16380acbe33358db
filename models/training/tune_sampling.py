"""How well settings of sampling make takes that measure like music: what `tune sampling` asks.

The melody network continues held-out tunes by four measures; what it writes is measured beside
what the composer wrote there. The figures follow MusPy's scale consistency (Dong et al. 2020)
and the self-similarity of measures; the distance is in standard deviations of the human row.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from random import Random
from statistics import fmean, pstdev

from antiphon.models.encoding.constraints import Promises
from antiphon.models.encoding.grid import Span
from antiphon.models.encoding.melody import Event, Melody, Tone, events_of
from antiphon.models.encoding.tracker import Tracker
from antiphon.models.encoding.vocabulary import HOLD, PITCH_SYMBOLS, REST, symbol_pitch
from antiphon.models.tasks.ranking import WEIGHTS, Weights, Yardstick, best
from antiphon.models.tasks.sampling import LEAST, Context, Manner, listen, sample
from antiphon.models.weights import LoadedMelody

HEARD, ASKED = 8, 4
_SCALE = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is tuned; the defaults are what the shipped model answers with."""

    temperature: float = 1.0
    candidates: int = 6
    least: float = LEAST
    weights: Weights = WEIGHTS


@dataclass(frozen=True, slots=True)
class Figures:
    """What a passage measures, each figure comparable between passages.

    Share of its notes in the best major scale, likeness of its measures to the heard ones with
    and without pitch (0 to 1), notes a measure over those heard, mean interval in semitones,
    share of repeated notes.
    """

    scale: float
    likeness: float
    rhythm: float
    density: float
    interval: float
    repeats: float


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Eight measures heard by the network and ready to be continued, and how a human did."""

    heard: tuple[Tone, ...]
    spans: tuple[Span, ...]
    start: int
    promises: Promises
    context: Context
    yardstick: Yardstick
    human: Figures


def excerpts(melodies: Sequence[Melody], model: LoadedMelody, count: int) -> list[Excerpt]:
    """Excerpts of the first tunes that are long enough, one a tune."""
    found = (_excerpt(melody, model) for melody in melodies)
    return list(itertools.islice((excerpt for excerpt in found if excerpt is not None), count))


def distance(
    places: Sequence[Excerpt], model: LoadedMelody, settings: Settings, seed: int,
    is_stopped: Callable[[], bool] = lambda: False,
) -> tuple[float, Figures]:  # fmt: skip
    """The mean distance of takes to the human row, and the takes' own row of mean figures.

    Raises InterruptedError if it was stopped.
    """
    rows = [take(place, model, settings, seed + i, is_stopped) for i, place in enumerate(places)]
    own, human = means(rows), means([place.human for place in places])
    away = []
    for field in fields(Figures):
        spread = pstdev(getattr(place.human, field.name) for place in places)
        gap = abs(getattr(own, field.name) - getattr(human, field.name))
        away.append(gap / max(spread, 0.02))
    return fmean(away), own


def means(rows: Sequence[Figures]) -> Figures:
    """The mean of each figure."""
    return Figures(*(fmean(getattr(r, field.name) for r in rows) for field in fields(Figures)))


def take(
    place: Excerpt, model: LoadedMelody, settings: Settings, seed: int,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Figures:  # fmt: skip
    """The figures of the best-ranked take of an excerpt under some settings."""
    manner = Manner(place.promises, settings.candidates, settings.temperature, settings.least)
    fork = replace(
        place.context, tracker=place.context.tracker.fork(), line=place.context.line.fork()
    )
    candidates = sample(model.network, fork, manner, Random(seed), is_stopped)
    chosen = best(candidates, place.yardstick, settings.weights)[0]
    tones = tuple(_tones(chosen.events, model.durations.values))
    return measured(tones, place.heard, place.spans, place.start)


def measured(
    tones: Sequence[Tone], heard: Sequence[Tone], spans: Sequence[Span], start: int
) -> Figures:
    """The figures of a passage from `start` on beside the passage that was heard before it."""
    old = [_content(heard, span) for span in spans if span.end <= start]
    new = [_content(tones, span) for span in spans if span.start >= start]
    pitches = [tone.midi_number for tone in tones]
    moves = [abs(b - a) for a, b in itertools.pairwise(pitches)]
    share = max(
        sum((pitch - key) % 12 in _SCALE for pitch in pitches) / max(1, len(pitches))
        for key in range(12)
    )
    dense = (len(tones) / max(1, len(new))) / max(0.25, len(heard) / max(1, len(old)))
    return Figures(
        share,
        fmean(max((_jaccard(a, b) for b in old), default=0.0) for a in new),
        fmean(
            max((_jaccard(_places(a), _places(b)) for b in old), default=0.0) for a in new
        ),
        dense,
        fmean(moves) if moves else 0.0,
        sum(move == 0 for move in moves) / max(1, len(moves)),
    )  # fmt: skip


def _excerpt(melody: Melody, model: LoadedMelody) -> Excerpt | None:
    """The first eight whole measures with what follows, None if there is too little music."""
    if not melody.tones:
        return None
    first = next(
        (i for i, s in enumerate(melody.spans) if s.end > melody.tones[0].onset and s.start >= 0),
        len(melody.spans),
    )
    spans = melody.spans[first : first + HEARD + ASKED]
    if len(spans) < HEARD + ASKED or melody.tones[-1].end < spans[-1].end:
        return None
    start, end = spans[HEARD].start, spans[-1].end
    moved = melody.shift
    own = [replace(t, midi_number=t.midi_number + moved) for t in melody.tones]
    heard = tuple(
        replace(t, end=min(t.end, start)) for t in own if spans[0].start <= t.onset < start
    )
    written = tuple(replace(t, end=min(t.end, end)) for t in own if start <= t.onset < end)
    if len(heard) < HEARD or not written:
        return None
    # The tones are moved already: the melody's own shift must be nothing now.
    part = Melody(heard, melody.spans, 0, melody.is_minor, "", melody.first_number)
    if part.shift:
        return None
    events = events_of(part, model.durations, until=start)
    promises = _promises(heard, spans, end)
    tracker = Tracker(
        part.spans, model.durations, part.is_minor, part.first_number, events[0].onset
    )
    return Excerpt(
        heard, spans, start, promises,
        listen(model.network, tracker, events, promises, model.durations),
        Yardstick.of(events, part, start, model.durations),
        measured(written, heard, spans, start),
    )  # fmt: skip


def _promises(heard: Sequence[Tone], spans: Sequence[Span], end: int) -> Promises:
    """What the service promises for such a request: the compass of what was heard and a fifth."""
    numbers = [tone.midi_number for tone in heard]
    symbols = [s for s in range(PITCH_SYMBOLS) if s not in (REST, HOLD)]
    allowed = [s for s in symbols if min(numbers) - 4 <= symbol_pitch(s) <= max(numbers) + 4]
    measure = max(span.length for span in spans)
    places = [time for tone in heard for time in (tone.onset, tone.end)]
    return Promises(
        end, frozenset(allowed), rest=measure // 2, longest=measure,
        unit=3 if any(place % 6 == 3 for place in places) else 6,
        triplets=any(place % 3 for place in places),
    )  # fmt: skip


def _tones(events: Sequence[Event], values: Sequence[int]) -> Iterator[Tone]:
    held: Tone | None = None
    for event in events:
        end = event.onset + values[event.duration]
        if event.pitch == HOLD and held is not None:
            held = replace(held, end=end)
            continue
        if held is not None:
            yield held
        held = None
        if event.pitch not in (REST, HOLD):
            held = Tone(event.onset, end, symbol_pitch(event.pitch))
    if held is not None:
        yield held


def _content(tones: Sequence[Tone], span: Span) -> frozenset[tuple[int, int]]:
    own = (tone for tone in tones if span.start <= tone.onset < span.end)
    return frozenset((tone.onset - span.start, tone.midi_number) for tone in own)


def _places(content: frozenset[tuple[int, int]]) -> frozenset[int]:
    return frozenset(place for place, _ in content)


def _jaccard(first: frozenset[object], second: frozenset[object]) -> float:
    union = first | second
    return len(first & second) / len(union) if union else 1.0
