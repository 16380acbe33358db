"""What is wrong with a phrase, as data: measures, overlaps, range and ties."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, measure_at, meter_at, note_order

Kind = Literal["overfull", "underfull", "gap", "overlap", "range", "tie"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect: its kind, where it lies, and a sentence for people.

    `onset` is in quarters; `part_id` and `voice` are empty and 0 for a defect of a measure.
    """

    kind: Kind
    onset: Fraction
    measure: str
    sentence: str
    part_id: str = ""
    voice: int = 0


def check(phrase: Phrase) -> tuple[Problem, ...]:
    """Every defect of a phrase, by onset; an empty tuple promises sound notation.

    Rests are not written, so a gap between notes is none. A short first measure is a pickup
    and a short last one its complement.
    """
    found = list(_measure_problems(phrase))
    for part in phrase.parts:
        found += _note_problems(phrase, part)
        found += _overlaps(phrase, part)
        found += _loose_ties(phrase, part)
    return tuple(sorted(found, key=lambda problem: (problem.onset, problem.part_id)))


def _measure_problems(phrase: Phrase) -> Iterator[Problem]:
    expected = Fraction(0)
    last = len(phrase.measures) - 1
    for index, measure in enumerate(phrase.measures):
        number = measure.number
        if measure.onset != expected:
            sentence = f"Measure {number} does not begin where the one before ends."
            yield Problem("gap", measure.onset, number, sentence)
        full = meter_at(phrase, measure.onset).measure_duration
        if measure.duration > full:
            sentence = f"Measure {number} is longer than its meter."
            yield Problem("overfull", measure.onset, number, sentence)
        elif measure.duration < full and 0 < index < last:
            sentence = f"Measure {number} is shorter than its meter."
            yield Problem("underfull", measure.onset, number, sentence)
        expected = measure.end
    if phrase.measures and expected != phrase.length:
        sentence = "The measures do not add up to the length of the phrase."
        yield Problem("gap", expected, phrase.measures[-1].number, sentence)


def _note_problems(phrase: Phrase, part: Part) -> Iterator[Problem]:
    for note in part.notes:
        measure = measure_at(phrase, note.onset)
        number = measure.number if measure else "?"
        if note.end > (measure.end if measure else phrase.length):
            sentence = f"{note.pitch} goes on past the end of measure {number}."
            yield Problem("overfull", note.onset, number, sentence, part.id, note.voice)
        if not 0 <= note.pitch.midi_number <= 127:
            sentence = f"{note.pitch} in measure {number} is outside what MIDI can play."
            yield Problem("range", note.onset, number, sentence, part.id, note.voice)


def _overlaps(phrase: Phrase, part: Part) -> Iterator[Problem]:
    voices: dict[tuple[int, int], list[Note]] = defaultdict(list)
    for note in part.notes:
        if not note.is_grace:
            voices[note.staff, note.voice].append(note)
    for (_, voice), notes in voices.items():
        ordered = sorted(notes, key=note_order)
        for note, following in pairwise(ordered):
            is_chord = following.onset == note.onset and following.end == note.end
            if following.onset < note.end and not is_chord:
                number = _number(phrase, following)
                sentence = f"{note.pitch} and {following.pitch} overlap in measure {number}."
                yield Problem("overlap", following.onset, number, sentence, part.id, voice)


def _loose_ties(phrase: Phrase, part: Part) -> Iterator[Problem]:
    notes = [note for note in part.notes if not note.is_grace]
    closing = {_at(n, n.onset) for n in notes if n.tie in (Tie.STOP, Tie.BOTH)}
    opening = {_at(n, n.end) for n in notes if n.tie in (Tie.START, Tie.BOTH)}
    for note in notes:
        leads_nowhere = note.tie in (Tie.START, Tie.BOTH) and _at(note, note.end) not in closing
        from_nowhere = note.tie in (Tie.STOP, Tie.BOTH) and _at(note, note.onset) not in opening
        if leads_nowhere or from_nowhere:
            number = _number(phrase, note)
            sentence = f"The tie of {note.pitch} in measure {number} leads nowhere."
            yield Problem("tie", note.onset, number, sentence, part.id, note.voice)


def _at(note: Note, onset: Fraction) -> tuple[Fraction, int]:
    return onset, note.pitch.midi_number


def _number(phrase: Phrase, note: Note) -> str:
    measure = measure_at(phrase, note.onset)
    return measure.number if measure else "?"
