"""An answer as steps that an editor's cursor can take: chords and rests of one voice in a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_rhythm import Event, Frame, voice_events, voiced
from antiphon.bridge.formats.region_json import tpc_of
from antiphon.bridge.music.melody import is_note_value, sounding, split_at_barlines
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, meter_at

REST = -1
# The fourth voice is where the plugin makes its ties.
MAX_VOICES = 3
_SHORTEST = Fraction(1, 32)
_OPENS = (Tie.START, Tie.BOTH)


@dataclass(frozen=True, slots=True)
class Ability:
    """What the editor can write: tuplets, staves of a new part, a new score beside this one."""

    tuplets: bool = False
    parts: bool = False
    scores: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """One note of a step: MIDI pitch, MuseScore's tonal pitch class, tied to the next or not."""

    pitch: int
    tpc: int
    is_tied: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `offset` ticks after the answer's start, a chord or (without heads) a rest.

    `value` is the note value to enter, as a fraction of a whole note: plain, dotted or
    double-dotted, and it never crosses a barline.
    """

    offset: int
    ticks: int
    value: Fraction
    heads: tuple[Head, ...] = ()

    def row(self) -> list[int]:
        """The step as JSON: [offset, ticks, numerator, denominator, then pitch, tpc, tied …]."""
        heads = [number for h in self.heads for number in (h.pitch, h.tpc, int(h.is_tied))]
        return [
            self.offset,
            self.ticks,
            self.value.numerator,
            self.value.denominator,
            *(heads or [REST, 0, 0]),
        ]


@dataclass(frozen=True, slots=True)
class Line:
    """The steps of one voice (from 0) of one staff (from 0, within its part)."""

    staff: int
    voice: int
    steps: tuple[Step, ...]


def lines_of(part: Part, phrase: Phrase, division: int) -> tuple[Line, ...]:
    """A part of an answer as steps at `division` ticks a quarter, voice by voice.

    A measure that holds notes of a voice is full of its notes and rests; others are skipped.
    Notes of one voice that overlap move to a free voice; what does not fit into three is left
    out. Raises AntiphonError("model-failed") for a rhythm that ticks or note values cannot hold.
    """
    notes = sounding(part.notes)
    if part.is_drums:
        notes = _struck(notes, phrase)
    lines: list[Line] = []
    for staff in range(1, part.staff_count + 1):
        own = split_at_barlines((n for n in notes if n.staff == staff), phrase.measures)
        for voice, (_, line) in enumerate(voiced(own).items()):
            if voice < MAX_VOICES:
                steps = tuple(_steps(line, phrase, division))
                lines.append(Line(staff - 1, voice, steps))
    return tuple(lines)


def _struck(notes: Sequence[Note], phrase: Phrase) -> tuple[Note, ...]:
    """Drum hits in one voice: each lasts to the next one, a beat at most."""
    onsets = sorted({note.onset for note in notes})
    following = dict(zip(onsets, [*onsets[1:], phrase.length], strict=True))
    found: list[Note] = []
    seen: set[tuple[Fraction, int]] = set()
    for note in notes:
        if (note.onset, note.pitch.midi_number) in seen:
            continue
        seen.add((note.onset, note.pitch.midi_number))
        measure = next(m for m in phrase.measures if m.onset <= note.onset < m.end)
        beat = meter_at(phrase, note.onset).beat_duration
        in_beat = beat - (note.onset - measure.onset) % beat
        end = min(following[note.onset], note.onset + in_beat, measure.end)
        found.append(replace(note, duration=end - note.onset, voice=1))
    return tuple(found)


def _steps(notes: Sequence[Note], phrase: Phrase, division: int) -> Iterator[Step]:
    for measure in phrase.measures:
        here = [note for note in notes if measure.onset <= note.onset < measure.end]
        if not here:
            continue
        frame = Frame(measure, meter_at(phrase, measure.onset), 0, division)
        for event in voice_events(here, frame):
            yield from _entered(event, measure.onset, division)


def _entered(event: Event, barline: Fraction, division: int) -> Iterator[Step]:
    """An event as steps that one note head each can show, tied where it takes several."""
    if event.ratio != (1, 1):
        raise AntiphonError("model-failed", why="it wrote a tuplet, which was not asked for")
    onset, left = event.onset, event.duration
    while left:
        value = _longest_value(left)
        left -= value
        heads = tuple(
            Head(note.pitch.midi_number, tpc_of(note.pitch), bool(left) or note.tie in _OPENS)
            for note in event.notes
        )
        place = _ticks(barline + onset, division)
        yield Step(place, _ticks(value, division), value / 4, heads)
        onset += value


def _longest_value(duration: Fraction) -> Fraction:
    if is_note_value(duration):
        return duration
    value = Fraction(8)
    while value > duration:
        value /= 2
        if value < _SHORTEST:
            raise AntiphonError("model-failed", why=f"a note of {duration} quarters")
    return value


def _ticks(time: Fraction, division: int) -> int:
    ticks = time * division
    if ticks.denominator != 1:
        raise AntiphonError("model-failed", why=f"{time} quarters are no whole tick")
    return ticks.numerator
