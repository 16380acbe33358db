"""Putting an answer into a phrase."""

from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, normalised


def with_answer(phrase: Phrase, part_id: str, onset: Fraction, answer: Phrase) -> Phrase:
    """The phrase with the answer's notes in the part `part_id` from `onset` (quarters) on.

    What stood there on the answer's staves is replaced; a note that sounds into it is cut at
    `onset`. Measures and signatures are added only where the phrase has none yet.
    Raises KeyError if there is no such part.
    """
    if all(part.id != part_id for part in phrase.parts):
        raise KeyError(part_id)
    end = onset + answer.length
    parts = tuple(
        _replaced(part, answer.parts[0].notes, onset, end) if part.id == part_id else part
        for part in phrase.parts
    )
    added = tuple(
        replace(measure, onset=measure.onset + onset)
        for measure in answer.measures
        if measure.onset + onset >= phrase.length
    )
    return replace(
        phrase, parts=parts, measures=phrase.measures + added, length=max(phrase.length, end)
    )


def _replaced(part: Part, answer: tuple[Note, ...], onset: Fraction, end: Fraction) -> Part:
    staves = {note.staff for note in answer} or {1}
    kept = []
    for note in part.notes:
        if note.staff not in staves or note.end <= onset or note.onset >= end:
            kept.append(_without_tie_into(note, onset) if note.staff in staves else note)
        elif note.onset < onset:
            kept.append(_without_tie_into(replace(note, duration=onset - note.onset), onset))
    moved = [replace(note, onset=note.onset + onset) for note in answer]
    return normalised(replace(part, notes=tuple(kept + moved)))


def _without_tie_into(note: Note, onset: Fraction) -> Note:
    if note.end != onset or note.tie not in (Tie.START, Tie.BOTH):
        return note
    return replace(note, tie=Tie.STOP if note.tie is Tie.BOTH else Tie.NONE)
