"""Which of several sampled lines a musician would keep: rules of thumb, each with its weight.

The yardstick is the context itself: a line should move about as densely, repeat notes about as
often, and come to rest where phrases do.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Self

from antiphon.models.encoding.grid import Span, beat_ticks
from antiphon.models.encoding.melody import Event, Melody
from antiphon.models.encoding.vocabulary import HOLD, REST, Durations, symbol_pitch
from antiphon.models.tasks.sampling import Candidate

_CONTENT = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What the context is like. `tonic` is a pitch class of the network's key, times are ticks."""

    density: float
    repetition: float
    tonic: int
    measure: int
    beat: int
    end_is_phrase_end: bool
    spans: tuple[Span, ...]
    contents: frozenset[_CONTENT]
    durations: Durations

    @classmethod
    def of(cls, events: Sequence[Event], melody: Melody, start: int, durations: Durations) -> Self:
        """Measure the events of a context whose answer begins at tick `start`."""
        heard = [event for event in events if event.pitch not in (REST, HOLD)]
        spans = melody.spans
        later = [span for span in spans if span.end > start]
        first = later[0] if later else spans[-1]
        length = max(1, start - (heard[0].onset if heard else start))
        same = sum(a.pitch == b.pitch for a, b in itertools.pairwise(heard))
        whole = [s for s in spans if s.start >= 0 and s.end > s.start]
        return cls(
            density=len(heard) * first.length / length,
            repetition=same / max(1, len(heard) - 1),
            tonic=9 if melody.is_minor else 0,
            measure=first.length,
            beat=beat_ticks(first.meter),
            end_is_phrase_end=len(whole) % 4 == 0 or len(later) >= 4,
            spans=spans,
            contents=frozenset(_contents(events, spans).values()),
            durations=durations,
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each rule of thumb counts; `antiphon tune sampling` looks for better ones."""

    density: float = 1.5
    repetition: float = 3.0
    likelihood: float = 2.0
    ending: float = 1.0
    form: float = 1.0


WEIGHTS = Weights()


def best(
    candidates: Sequence[Candidate], yardstick: Yardstick, weights: Weights = WEIGHTS
) -> list[Candidate]:
    """The candidates, the best first; equal ones keep their order."""
    middle = sorted(c.likelihood for c in candidates)[len(candidates) // 2]
    return sorted(candidates, key=lambda c: -_score(c, yardstick, middle, weights))


def _score(candidate: Candidate, yardstick: Yardstick, middle: float, weights: Weights) -> float:
    notes = [event for event in candidate.events if event.pitch not in (REST, HOLD)]
    if not notes:
        return -100.0
    total = sum(yardstick.durations.values[event.duration] for event in candidate.events)
    density = len(notes) * yardstick.measure / max(1, total)
    score = -weights.density * abs(log(max(density, 0.25) / max(yardstick.density, 0.25)))
    same = sum(a.pitch == b.pitch for a, b in itertools.pairwise(notes))
    excess = same / max(1, len(notes) - 1) - yardstick.repetition - 0.1
    score -= weights.repetition * max(0.0, excess)
    # A line much less likely than its rivals has lost the thread.
    score -= weights.likelihood * max(0.0, middle - candidate.likelihood)
    score += weights.ending * _ending(candidate, notes, yardstick)
    return score + weights.form * _form(candidate, yardstick)


def _ending(candidate: Candidate, notes: Sequence[Event], yardstick: Yardstick) -> float:
    """A phrase rests on the tonic or its triad, on a long note that begins with a beat."""
    last = notes[-1]
    degree = (symbol_pitch(last.pitch) - yardstick.tonic) % 12
    third = 3 if yardstick.tonic == 9 else 4
    scale = (0, 2, 3, 5, 7, 8, 10, 11) if yardstick.tonic == 9 else (0, 2, 4, 5, 7, 9, 11)
    elsewhere = -0.4 if degree in scale else -1.5
    stable = {0: 1.0, 7: 0.6, third: 0.6, 2: 0.1, 11: -0.1}.get(degree, elsewhere)
    length = yardstick.durations.values[last.duration]
    long = 0.8 if length >= yardstick.beat else -0.4
    silent = sum(
        yardstick.durations.values[e.duration] for e in candidate.events if e.onset > last.onset
    )
    hanging = -0.8 if silent - length > yardstick.measure // 2 else 0.0
    weight = 1.4 if yardstick.end_is_phrase_end else 0.4
    return weight * (stable + long) + hanging


def _form(candidate: Candidate, yardstick: Yardstick) -> float:
    """Some of it should return to what was heard, not all of it, and none stand still."""
    contents = list(_contents(candidate.events, yardstick.spans).values())
    if len(contents) < 2:
        return 0.0
    heard = sum(content in yardstick.contents for content in contents) / len(contents)
    twice = sum(a == b for a, b in itertools.pairwise(contents))
    score = -3.0 * max(0.0, heard - 0.5) / 0.5 - 0.5 * twice / (len(contents) - 1)
    return score + (0.3 if 0 < heard <= 0.5 else 0.0)


def _contents(events: Sequence[Event], spans: Sequence[Span]) -> dict[int, _CONTENT]:
    """What each measure holds: position, pitch and duration of its events."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    index = 0
    for event in events:
        while index + 1 < len(spans) and spans[index].end <= event.onset:
            index += 1
        place = event.onset - spans[index].start
        found.setdefault(index, []).append((place, event.pitch, event.duration))
    return {measure: tuple(content) for measure, content in found.items()}
