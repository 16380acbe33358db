"""What is fixed in an answer before it is made: its locked notes and its locked measures."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.melody import split_at_barlines
from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.protocol.asked import answer_start, asked_measures, asked_parts
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.context import between

_TIED_FROM = 16
_OPENS, _CLOSES = (Tie.START, Tie.BOTH), (Tie.STOP, Tie.BOTH)


def locked_spans(request: Request) -> tuple[tuple[Fraction, Fraction], ...]:
    """The locked measures of the answer as (onset, end), in order."""
    if not request.controls.locked_measures:
        return ()
    measures = asked_measures(request)
    wanted = sorted(set(request.controls.locked_measures))
    return tuple((measures[i].onset, measures[i].end) for i in wanted if i < len(measures))


def standing_notes(request: Request, part: Part) -> tuple[Note, ...]:
    """What stands in the locked measures of a part of the answer, cut at their barlines.

    A part that the phrase does not have is silent there. Ties are kept only between notes that
    both stand.
    """
    spans = locked_spans(request)
    own = next((p for p in request.phrase.parts if p.id == part.id), None)
    if not spans or own is None:
        return ()
    start = answer_start(request)
    found: list[Note] = []
    for onset, end in spans:
        first = max(Fraction(0), start + onset - _TIED_FROM)
        for note in between(own, first, start + end).notes:
            piece = _inside(replace(note, onset=note.onset), start + onset, start + end)
            if piece is not None:
                found.append(replace(piece, onset=piece.onset - start))
    return tied_among(found)


def locked_notes(request: Request, part: Part) -> tuple[Note, ...]:
    """The locked notes of a part of the answer, as they are but for ties that lead nowhere."""
    if not request.controls.locked_notes:
        return ()
    first = next(iter(asked_parts(request)), None)
    notes = [
        locked.note
        for locked in request.controls.locked_notes
        if (locked.part_id or (first.id if first else "")) == part.id
    ]
    measures = asked_measures(request)
    return tied_among(split_at_barlines(list(dict.fromkeys(notes)), measures))


def fixed_notes(request: Request, part: Part) -> tuple[Note, ...]:
    """All that stands in a part whatever is made round it, each note once."""
    standing = standing_notes(request, part)
    known = {identity(note) for note in standing}
    locked = [note for note in locked_notes(request, part) if identity(note) not in known]
    return tied_among((*standing, *locked))


def tied_among(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The notes with only those ties that join two of them."""
    opens = {_at(n, n.end) for n in notes if n.tie in _OPENS}
    closes = {_at(n, n.onset) for n in notes if n.tie in _CLOSES}
    found = []
    for note in notes:
        leads = note.tie in _OPENS and _at(note, note.end) in closes
        follows = note.tie in _CLOSES and _at(note, note.onset) in opens
        tie = Tie.BOTH if leads and follows else Tie.START if leads else Tie.STOP
        found.append(replace(note, tie=tie if leads or follows else Tie.NONE))
    return tuple(found)


def same_notes(one: Iterable[Note], other: Iterable[Note]) -> bool:
    """Whether two runs of notes are the same but for ties, velocities and lyrics."""
    return sorted(map(identity, one)) == sorted(map(identity, other))


def identity(note: Note) -> tuple[Fraction, Fraction, int, int, int]:
    """What makes a note the same note: times, pitch, staff and voice."""
    return note.onset, note.duration, note.pitch.midi_number, note.staff, note.voice


def _at(note: Note, onset: Fraction) -> tuple[Fraction, int]:
    return onset, note.pitch.midi_number


def _inside(note: Note, start: Fraction, end: Fraction) -> Note | None:
    """The piece of a note between two barlines, tied on where it was cut."""
    if note.is_grace:
        return note if start <= note.onset < end else None
    if note.onset >= end or note.end <= start:
        return None
    onset, stop = max(note.onset, start), min(note.end, end)
    closes = note.tie in _CLOSES or note.onset < start
    opens = note.tie in _OPENS or note.end > end
    tie = Tie.BOTH if closes and opens else Tie.STOP if closes else Tie.NONE
    tie = Tie.START if opens and not closes else tie
    return replace(note, onset=onset, duration=stop - onset, tie=tie)
