"""An answer as steps that an editor's cursor can take: notes and rests of one voice in a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.region_json import tpc_of
from antiphon.bridge.music.melody import is_note_value, top_line
from antiphon.bridge.music.phrase import Note, Phrase, meter_at
from antiphon.bridge.music.time import Measure

REST = -1
# What one rest may last, in quarters, longest first.
_PLAIN = tuple(Fraction(4, 1 << power) for power in range(7))
# What one note head may last: plain, dotted and double-dotted values.
_VALUES = sorted(value * dots / 4 for value in _PLAIN for dots in (4, 6, 7))


@dataclass(frozen=True, slots=True)
class Ability:
    """What the editor's cursor can write: tuplets, and ties inside a measure.

    Ties across a barline every editor makes by itself.
    """

    tuplets: bool = False
    ties: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One step: `offset` ticks after the answer's start, a note or rest (`pitch` -1).

    `value` is the note value as a fraction of a whole note, `tpc` MuseScore's tonal pitch
    class of the sounding pitch. A note may last over a barline.
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


def events_of(phrase: Phrase, division: int, ability: Ability) -> Written:
    """The melody of an answer as steps at `division` ticks a quarter; empty measures are skipped.

    Raises AntiphonError("model-failed") for a rhythm that ticks or note values cannot hold.
    """
    melody = top_line(phrase.parts[0], Fraction(0), phrase.length) if phrase.parts else ()
    kept = [_writable(note) for note in melody]
    shortened = sum(
        note.duration < whole.duration for note, whole in zip(kept, melody, strict=True)
    )
    events = [
        *(_note_event(note, division) for note in kept),
        *_rest_events(phrase, kept, division),
    ]
    remarks: tuple[str, ...] = ()
    if shortened:
        remarks = (f"{shortened} notes were shortened: this editor cannot tie inside a measure.",)
    return Written(tuple(sorted(events, key=lambda event: event.offset)), remarks)


def _writable(note: Note) -> Note:
    """The note, no longer than the longest single note value that fits into it."""
    if is_note_value(note.duration):
        return note
    fitting = [value for value in _VALUES if value <= note.duration]
    if not fitting:
        raise AntiphonError("model-failed", why=f"a note of {note.duration} quarters")
    return Note(note.onset, fitting[-1], note.pitch, note.velocity)


def _note_event(note: Note, division: int) -> Event:
    return Event(
        _ticks(note.onset, division),
        _ticks(note.duration, division),
        note.duration / 4,
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
    values = sorted({*_PLAIN, beat} if is_note_value(beat) else _PLAIN, reverse=True)
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
