"""What is shown of a take: the given music and the answer in one phrase, each note with its origin.

Score, piano roll and spoken form draw the same value, so that they agree on voices, colours and
differences. No Qt here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.merge import with_answer
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.time import Measure, measures_from_meter
from antiphon.bridge.protocol.asked import answer_start
from antiphon.bridge.protocol.messages import Request, Take


class Origin(StrEnum):
    """Where a note comes from: it was given, it is new, or new and not in the take before."""

    GIVEN = "given"
    NEW = "new"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Line:
    """One voice as it is told apart: the part's place, and its voice where one part is shown."""

    name: str
    part: int
    voice: int | None = None


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note as it sounds (ties joined), its onset in quarters of the shown phrase.

    `name` is unique in what is shown; `part` is the place of its part, `line` that of its voice.
    """

    name: str
    note: Note
    part: int
    line: int
    origin: Origin

    @property
    def is_new(self) -> bool:
        """Whether the answer wrote it."""
        return self.origin is not Origin.GIVEN


@dataclass(frozen=True, slots=True)
class Shown:
    """Given music with a take in it; the answer fills `start` to `end` (quarters).

    `notes` are sorted by onset, then part, then from the top; `gone` are notes of the take
    before that this one has not.
    """

    phrase: Phrase
    notes: tuple[ShownNote, ...] = ()
    gone: tuple[ShownNote, ...] = ()
    lines: tuple[Line, ...] = ()
    start: Fraction = Fraction(0)
    end: Fraction = Fraction(0)

    @property
    def has_answer(self) -> bool:
        """Whether a take is shown at all."""
        return self.end > self.start

    def measure_index(self, onset: Fraction) -> int | None:
        """The place of the measure that holds an onset, from 0; None past the end."""
        for place, measure in enumerate(self.phrase.measures):
            if measure.onset <= onset < measure.end:
                return place
        return None

    def answer_measure(self, place: int) -> int | None:
        """What the protocol calls a measure of the phrase: counted from 0 at the answer's start.

        None for a measure outside the answer.
        """
        measure = self.phrase.measures[place]
        if not self.has_answer or measure.end <= self.start or measure.onset >= self.end:
            return None
        before = sum(1 for m in self.phrase.measures[:place] if m.end <= self.start)
        return place - before


EMPTY = Shown(Phrase((), (), Fraction(0)))


def shown_of(request: Request, take: Take | None = None, before: Take | None = None) -> Shown:
    """What is shown of a request: its music, a take of it, and how that differs from another."""
    return shown_takes(
        request.phrase,
        take.phrase if take else None,
        before.phrase if before else None,
        answer_start(request),
    )


def shown_takes(
    given: Phrase,
    take: Phrase | None = None,
    before: Phrase | None = None,
    at: Fraction | None = None,
) -> Shown:
    """The given music with `take` from `at` on (quarters; the given music's end without it).

    Notes of the take that `before` has not are marked as changed, those that only `before` has
    are kept as gone.
    """
    given = _measured(given)
    if take is None:
        return _shown(given, _by_name(given, None, Fraction(0), None), (), Fraction(0), Fraction(0))
    at = given.length if at is None else at
    whole = _measured(with_answer(given, at, take, replaces_chords=True))
    notes = _by_name(whole, take, at, before)
    return _shown(whole, notes, _gone(whole, take, before, at), at, at + take.length)


def _measured(phrase: Phrase) -> Phrase:
    if phrase.measures or not phrase.length:
        return phrase
    return replace(phrase, measures=measures_from_meter(phrase.time_signatures, phrase.length))


def _shown(
    phrase: Phrase,
    notes: Sequence[tuple[Note, int, Origin]],
    gone: Sequence[tuple[Note, int, Origin]],
    start: Fraction,
    end: Fraction,
) -> Shown:
    lines = _lines(phrase)
    places = {(line.part, line.voice): place for place, line in enumerate(lines)}

    def named(prefix: str, found: Sequence[tuple[Note, int, Origin]]) -> tuple[ShownNote, ...]:
        ordered = sorted(found, key=lambda n: (float(n[0].onset), n[1], -n[0].pitch.midi_number))
        return tuple(
            ShownNote(f"{prefix}{number}", note, part, _line(places, part, note), origin)
            for number, (note, part, origin) in enumerate(ordered)
        )

    return Shown(phrase, named("n", notes), named("g", gone), lines, start, end)


def _lines(phrase: Phrase) -> tuple[Line, ...]:
    """One line a part; one a voice where there is only one part."""
    if len(phrase.parts) != 1:
        return tuple(Line(part.name, place) for place, part in enumerate(phrase.parts))
    part = phrase.parts[0]
    voices = sorted({_voice(note) for note in part.notes})
    if len(voices) < 2:
        return (Line(part.name, 0),)
    return tuple(Line(part.name, 0, voice) for voice in voices)


def _voice(note: Note) -> int:
    return 100 * (note.staff - 1) + note.voice


def _line(places: dict[tuple[int, int | None], int], part: int, note: Note) -> int:
    return places.get((part, _voice(note)), places.get((part, None), 0))


def _all(part: Part) -> Iterable[Note]:
    yield from (note for note in part.notes if note.is_grace)
    yield from sounding(part.notes)


def _by_name(
    phrase: Phrase, take: Phrase | None, at: Fraction, before: Phrase | None
) -> list[tuple[Note, int, Origin]]:
    answered = {part.id: part for part in take.parts} if take else {}
    end = at + take.length if take else at
    earlier = {part.id: _signs(part, at) for part in before.parts} if before else None
    found = []
    for place, part in enumerate(phrase.parts):
        own = answered.get(part.id)
        staves = {n.staff for n in own.notes} | set(range(1, own.staff_count + 1)) if own else set()
        for note in _all(part):
            is_new = own is not None and note.staff in staves and at <= note.onset < end
            origin = Origin.NEW if is_new else Origin.GIVEN
            if is_new and earlier is not None and _sign(note) not in earlier.get(part.id, ()):
                origin = Origin.CHANGED
            found.append((note, place, origin))
    return found


def _gone(
    phrase: Phrase, take: Phrase, before: Phrase | None, at: Fraction
) -> list[tuple[Note, int, Origin]]:
    if before is None:
        return []
    places = {part.id: place for place, part in enumerate(phrase.parts)}
    here = {part.id: _signs(part, at) for part in take.parts}
    return [
        (replace(note, onset=note.onset + at), places[part.id], Origin.CHANGED)
        for part in before.parts
        if part.id in places
        for note in _all(part)
        if _sign(replace(note, onset=note.onset + at)) not in here.get(part.id, ())
    ]


def _sign(note: Note) -> tuple[Fraction, Fraction, int]:
    """What makes a note the same in two takes: when, how long, how high."""
    return note.onset, note.duration, note.pitch.midi_number


def _signs(part: Part, at: Fraction) -> set[tuple[Fraction, Fraction, int]]:
    return {_sign(replace(note, onset=note.onset + at)) for note in _all(part)}


def measure_span(measures: Sequence[Measure], first: int, last: int) -> tuple[Fraction, Fraction]:
    """The quarters that the measures `first` to `last` (places, both inclusive) take."""
    return measures[first].onset, measures[last].end
