"""An answer as steps that an editor's cursor can take: notes and rests of one voice in a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.region_json import tpc_of
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Phrase, meter_at
from antiphon.bridge.music.time import Measure

REST = -1
# What one rest may last, in quarters, longest first.
_PLAIN = tuple(Fraction(4, 1 << power) for power in range(7))
# What MuseScore enters as one note: plain, dotted and double-dotted values up to a breve.
_VALUES = tuple(sorted(value * dots / 4 for value in (Fraction(8), *_PLAIN) for dots in (4, 6, 7)))
# The same with up to four dots, as MuseScore splits what it must.
_SPLIT = tuple(
    sorted(value * dots / 16 for value in (Fraction(8), *_PLAIN) for dots in (16, 24, 28, 30, 31))
)


@dataclass(frozen=True, slots=True)
class Ability:
    """What the editor's cursor can write beyond notes, rests and ties over a barline."""

    tuplets: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One step: `offset` ticks after the answer's start, a note or rest (`pitch` -1).

    `value` is the note value to enter, as a fraction of a whole note, `tpc` MuseScore's tonal
    pitch class of the sounding pitch. A note may last over a barline. Where `value` is longer
    than `ticks`, the events that follow are written over its end.
    """

    offset: int
    ticks: int
    value: Fraction
    pitch: int = REST
    tpc: int = 0

    def row(self) -> list[int]:
        """The event as JSON: [offset, ticks, numerator, denominator, pitch, tpc]."""
        value = self.value
        return [self.offset, self.ticks, value.numerator, value.denominator, self.pitch, self.tpc]


@dataclass(frozen=True, slots=True)
class Written:
    """The steps of an answer, and what had to be changed to write it."""

    events: tuple[Event, ...]
    remarks: tuple[str, ...] = ()


def events_of(phrase: Phrase, division: int) -> Written:
    """The melody of an answer as steps at `division` ticks a quarter; empty measures are skipped.

    Raises AntiphonError("model-failed") for a rhythm that ticks or note values cannot hold.
    """
    melody = top_line(phrase.parts[0], Fraction(0), phrase.length) if phrase.parts else ()
    held = [m for m in phrase.measures if any(n.onset < m.end and n.end > m.onset for n in melody)]
    entered = [_entered(note, phrase.measures, held) for note in melody]
    kept = [replace(n, duration=min(n.duration, v)) for n, v in zip(melody, entered, strict=True)]
    shortened = sum(value < note.duration for note, value in zip(melody, entered, strict=True))
    events = [_note_event(n, v, division) for n, v in zip(kept, entered, strict=True)]
    events += _rest_events(phrase, kept, division)
    remarks: tuple[str, ...] = ()
    if shortened:
        many = f"{shortened} notes were" if shortened > 1 else "One note was"
        remarks = (f"{many} shortened: this editor cannot tie inside a measure.",)
    return Written(tuple(sorted(events, key=lambda event: event.offset)), remarks)


def _entered(note: Note, measures: Sequence[Measure], held: Sequence[Measure]) -> Fraction:
    """The value to enter for a note, in quarters: its own where one note head can last it.

    Otherwise a longer one whose notation over the barline splits where the note ends, so that
    what follows can be written over the rest of it; at last the longest that fits.
    """
    if note.duration in _VALUES:
        return note.duration
    for value in _VALUES:
        end = note.onset + value
        if end <= note.end or not _covered(note.end, end, held):
            continue
        if note.end in _splits(note.onset, end, measures):
            return value
    fitting = [value for value in _VALUES if value <= note.duration]
    if not fitting:
        raise AntiphonError("model-failed", why=f"a note of {note.duration} quarters")
    return fitting[-1]


def _covered(start: Fraction, end: Fraction, held: Sequence[Measure]) -> bool:
    """Whether measures that hold notes, and so get every rest, cover a span without a gap."""
    for measure in held:
        if measure.onset <= start < measure.end:
            start = measure.end
    return start >= end


def _splits(onset: Fraction, end: Fraction, measures: Sequence[Measure]) -> set[Fraction]:
    """Where MuseScore cuts one long note: at barlines, and into dotted values in between.

    After `toDurationList` in MuseScore 3's libmscore/durationtype.cpp: in every measure the
    longest value with up to four dots first.
    """
    found: set[Fraction] = set()
    for measure in measures:
        place, stop = max(onset, measure.onset), min(end, measure.end)
        while place < stop:
            fitting = [value for value in _SPLIT if value <= stop - place]
            if not fitting:
                break
            place += fitting[-1]
            found.add(place)
    return found


def _note_event(note: Note, value: Fraction, division: int) -> Event:
    return Event(
        _ticks(note.onset, division),
        _ticks(note.duration, division),
        value / 4,
        note.pitch.midi_number,
        tpc_of(note.pitch),
    )


def _rest_events(phrase: Phrase, notes: Sequence[Note], division: int) -> Iterator[Event]:
    """Rests for what the notes leave free in every measure that holds some note."""
    for measure in phrase.measures:
        here = [note for note in notes if note.onset < measure.end and note.end > measure.onset]
        free = measure.onset
        for note in here:
            yield from _rests(phrase, measure, free, note.onset, division)
            free = max(free, note.end)
        if here:
            yield from _rests(phrase, measure, free, measure.end, division)


def _rests(
    phrase: Phrase, measure: Measure, start: Fraction, end: Fraction, division: int
) -> Iterator[Event]:
    """Rests from `start` to `end`, each on a multiple of its own length from the barline."""
    beat = meter_at(phrase, measure.onset).beat_duration
    values = sorted({*_PLAIN, beat}, reverse=True)
    while start < end:
        fitting = (
            value
            for value in values
            if value <= end - start and (start - measure.onset) % value == 0
        )
        value = next(fitting, None)
        if value is None:
            raise AntiphonError("model-failed", why=f"a rest of {end - start} quarters")
        yield Event(_ticks(start, division), _ticks(value, division), value / 4)
        start += value


def _ticks(time: Fraction, division: int) -> int:
    ticks = time * division
    if ticks.denominator != 1:
        raise AntiphonError("model-failed", why=f"{time} quarters are no whole tick")
    return ticks.numerator
