"""Putting an answer into a phrase."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.chords import bass_pitch_class, pitch_classes
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, key_at, normalised
from antiphon.bridge.music.pitch import spell

# The part that lets chord symbols be heard where a format has none.
CHORDS_ID, CHORDS_NAME = "antiphon-chords", "Chords"
_LOWEST_BASS, _LOWEST_UPPER = 43, 55


def with_answer(
    phrase: Phrase, onset: Fraction, answer: Phrase, *, replaces_chords: bool = False
) -> Phrase:
    """The phrase with the answer's parts from `onset` (quarters) on.

    A part that the phrase has by its id gets the answer's notes: what stood there on the
    answer's staves is replaced, a note that sounds into it is cut at `onset`. Other parts come
    last, silent elsewhere. The answer's chord symbols are put in where the phrase has none in
    that span, or (`replaces_chords`) in their place. Measures and signatures are added only
    where the phrase has none yet.
    """
    end = onset + answer.length
    answers = {part.id: part for part in answer.parts}
    known = {part.id for part in phrase.parts}
    parts = [
        _replaced(part, answers[part.id], onset, end) if part.id in answers else part
        for part in phrase.parts
    ]
    parts += [moved_part(part, onset) for part in answer.parts if part.id not in known]
    added = tuple(
        replace(measure, onset=measure.onset + onset)
        for measure in answer.measures
        if measure.onset + onset >= phrase.length
    )
    return replace(
        phrase,
        parts=tuple(parts),
        measures=phrase.measures + added,
        length=max(phrase.length, end),
        chords=merged_chords(phrase.chords, onset, answer, replaces_chords),
    )


def merged_chords(
    chords: tuple[ChordSymbol, ...], onset: Fraction, answer: Phrase, replaces: bool
) -> tuple[ChordSymbol, ...]:
    """Chord symbols with those of an answer at `onset`, as `with_answer` puts them in."""
    end = onset + answer.length
    inside = [chord for chord in chords if onset <= chord.onset < end]
    if not answer.chords or (inside and not replaces):
        return chords
    moved = [replace(chord, onset=chord.onset + onset) for chord in answer.chords]
    kept = [chord for chord in chords if not onset <= chord.onset < end]
    return tuple(sorted([*kept, *moved], key=lambda chord: chord.onset))


def moved_part(part: Part, onset: Fraction) -> Part:
    """The part with its notes `onset` quarters later."""
    return replace(
        part, notes=tuple(replace(note, onset=note.onset + onset) for note in part.notes)
    )


def block_chords(phrase: Phrase) -> Part:
    """The chord symbols of a phrase as a part that plays them, each until the next one."""
    notes: list[Note] = []
    ends: Sequence[Fraction] = [chord.onset for chord in phrase.chords[1:]]
    for chord, end in zip(phrase.chords, [*ends, phrase.length], strict=True):
        key = key_at(phrase, chord.onset)
        fifths, is_minor = (key.fifths, key.is_minor) if key else (0, False)
        if end <= chord.onset:
            continue
        for number in _voicing(chord):
            pitch = spell(number, fifths, is_minor)
            notes.append(Note(chord.onset, end - chord.onset, pitch, velocity=64))
    return normalised(Part(CHORDS_ID, CHORDS_NAME, tuple(notes)))


def _voicing(chord: ChordSymbol) -> list[int]:
    """The bass below middle C and the other tones close above it."""
    bass = bass_pitch_class(chord)
    if bass is None:
        return []
    upper = [_LOWEST_UPPER + (tone - _LOWEST_UPPER) % 12 for tone in pitch_classes(chord)]
    return [_LOWEST_BASS + (bass - _LOWEST_BASS) % 12, *upper]


def _replaced(part: Part, answer: Part, onset: Fraction, end: Fraction) -> Part:
    staves = {note.staff for note in answer.notes} | set(range(1, answer.staff_count + 1))
    kept = []
    for note in part.notes:
        if note.staff not in staves or note.end <= onset or note.onset >= end:
            kept.append(_without_tie_into(note, onset) if note.staff in staves else note)
        elif note.onset < onset:
            kept.append(_without_tie_into(replace(note, duration=onset - note.onset), onset))
    moved = moved_part(answer, onset).notes
    return normalised(replace(part, notes=tuple(_untied_from(kept, end, staves)) + moved))


def _without_tie_into(note: Note, onset: Fraction) -> Note:
    if note.end != onset or note.tie not in (Tie.START, Tie.BOTH):
        return note
    return replace(note, tie=Tie.STOP if note.tie is Tie.BOTH else Tie.NONE)


def _untied_from(notes: Sequence[Note], end: Fraction, staves: set[int]) -> list[Note]:
    """The notes without ties from what was replaced before `end`."""
    found = []
    for note in notes:
        if note.onset == end and note.staff in staves and note.tie in (Tie.STOP, Tie.BOTH):
            found.append(replace(note, tie=Tie.START if note.tie is Tie.BOTH else Tie.NONE))
        else:
            found.append(note)
    return found
