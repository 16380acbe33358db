"""Cut a span out of a phrase, and put two phrases one after the other."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import tie_of
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, meter_at, normalised
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature

_Dated = TypeVar("_Dated", KeySignature, TimeSignature, Tempo, ChordSymbol)


def slice_phrase(phrase: Phrase, start: Fraction, end: Fraction) -> Phrase:
    """The music from `start` to `end` (quarters) as a phrase of its own that begins at 0.

    Notes and measures are cut at the edges and measures keep their numbers; the key, meter
    and tempo in force are restated at 0. Raises ValueError unless 0 <= start <= end.
    """
    if not 0 <= start <= end:
        raise ValueError("a slice must begin at or after the phrase and end after it begins")
    return replace(
        phrase,
        parts=tuple(_slice_part(part, start, end) for part in phrase.parts),
        measures=tuple(
            _slice_measure(m, start, end)
            for m in phrase.measures
            if m.onset < end and m.end > start
        ),
        length=max(Fraction(0), min(end, phrase.length) - start),
        key_signatures=_in_force(phrase.key_signatures, start, end),
        time_signatures=_in_force(phrase.time_signatures, start, end),
        tempos=_in_force(phrase.tempos, start, end),
        chords=tuple(
            replace(c, onset=c.onset - start) for c in phrase.chords if start <= c.onset < end
        ),
    )


def _slice_part(part: Part, start: Fraction, end: Fraction) -> Part:
    notes = []
    for note in part.notes:
        if note.is_grace:
            if start <= note.onset < end:
                notes.append(replace(note, onset=note.onset - start))
        elif note.onset < end and note.end > start:
            notes.append(_slice_note(note, start, end))
    return replace(part, notes=tuple(notes))


def _slice_note(note: Note, start: Fraction, end: Fraction) -> Note:
    onset, stop = max(note.onset, start), min(note.end, end)
    closes = note.tie in (Tie.STOP, Tie.BOTH) and note.onset > start
    opens = note.tie in (Tie.START, Tie.BOTH) and note.end < end
    lyrics = note.lyrics if note.onset >= start else ()
    tie = tie_of(closes=closes, opens=opens)
    return replace(note, onset=onset - start, duration=stop - onset, tie=tie, lyrics=lyrics)


def _slice_measure(measure: Measure, start: Fraction, end: Fraction) -> Measure:
    onset, stop = max(measure.onset, start), min(measure.end, end)
    return replace(
        measure,
        onset=onset - start,
        duration=stop - onset,
        forward_repeat=measure.forward_repeat and measure.onset >= start,
        backward_repeat=measure.backward_repeat if measure.end <= end else 0,
    )


def _in_force(values: Iterable[_Dated], start: Fraction, end: Fraction) -> tuple[_Dated, ...]:
    ordered = sorted(values, key=lambda value: value.onset)
    earlier = [value for value in ordered if value.onset <= start]
    later = [value for value in ordered if start < value.onset < end]
    return tuple(replace(v, onset=max(v.onset - start, Fraction(0))) for v in earlier[-1:] + later)


def join(first: Phrase, second: Phrase) -> Phrase:
    """`second` straight after `first`: parts are matched by id, others are kept.

    A signature or tempo that `second` merely restates is left out, and a measure that was
    cut between the two becomes whole again.
    """
    offset = first.length
    return replace(
        first,
        parts=_join_parts(first.parts, second.parts, offset),
        measures=_join_measures(first, second),
        length=first.length + second.length,
        key_signatures=_join_dated(
            first.key_signatures, second.key_signatures, offset, lambda k: (k.fifths, k.mode)
        ),
        time_signatures=_join_dated(
            first.time_signatures, second.time_signatures, offset, lambda t: (t.beats, t.beat_type)
        ),
        tempos=_join_dated(first.tempos, second.tempos, offset, lambda t: t.quarters_per_minute),
        chords=first.chords
        + tuple(replace(chord, onset=chord.onset + offset) for chord in second.chords),
        title=first.title or second.title,
    )


def _join_parts(
    first: tuple[Part, ...], second: tuple[Part, ...], offset: Fraction
) -> tuple[Part, ...]:
    later = {
        part.id: replace(
            part, notes=tuple(replace(note, onset=note.onset + offset) for note in part.notes)
        )
        for part in second
    }
    known = {part.id for part in first}
    joined = [
        normalised(replace(part, notes=part.notes + later[part.id].notes))
        if part.id in later
        else part
        for part in first
    ]
    return (*joined, *(later[part.id] for part in second if part.id not in known))


def _join_measures(first: Phrase, second: Phrase) -> tuple[Measure, ...]:
    shifted = [replace(m, onset=m.onset + first.length) for m in second.measures]
    if first.measures and shifted:
        left, right = first.measures[-1], shifted[0]
        full = meter_at(first, left.onset).measure_duration
        together = left.duration + right.duration
        if left.number == right.number and left.end == right.onset and together <= full:
            whole = replace(left, duration=together, backward_repeat=right.backward_repeat)
            return (*first.measures[:-1], whole, *shifted[1:])
    return (*first.measures, *shifted)


def _join_dated(
    first: tuple[_Dated, ...],
    second: tuple[_Dated, ...],
    offset: Fraction,
    meaning: Callable[[_Dated], object],
) -> tuple[_Dated, ...]:
    joined = sorted(first, key=lambda value: value.onset)
    for value in sorted(second, key=lambda value: value.onset):
        if not joined or meaning(joined[-1]) != meaning(value):
            joined.append(replace(value, onset=value.onset + offset))
    return tuple(joined)
