"""The hard promises of an answer, verified after the fact whatever engine made it."""

from collections.abc import Iterator

from antiphon.bridge.music.check import check
from antiphon.bridge.music.melody import is_plain, sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.protocol.asked import asked_measures, asked_meters
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.frame import asked_part, stated_key


def check_answer(request: Request, answer: Phrase) -> list[str]:
    """Every broken promise of an answer as a sentence; an empty list promises a good one.

    Promised are: exactly the asked measures, each full; the selected part alone, with its
    instrument; notes inside their measures, without overlap, tied rightly; and, where the
    controls ask, the range, the key and no tuplets. Drums have no range and no key.
    """
    # A measure that is odd in the score is odd in the answer too; `_measures` compares them.
    problems = [problem for problem in check(answer) if problem.part_id]
    found = [problem.sentence for problem in problems]
    found += _measures(request, answer)
    found += _signatures(request, answer)
    if len(answer.parts) != 1:
        return [*found, f"The answer has {len(answer.parts)} parts instead of one."]
    part = answer.parts[0]
    found += _part(asked_part(request), part)
    if not part.is_drums:
        found += _range(request, part)
        found += _key(request, part)
    found += _tuplets(request, answer, part)
    return found


def _measures(request: Request, answer: Phrase) -> Iterator[str]:
    promised = asked_measures(request)
    if len(answer.measures) != len(promised):
        yield f"The answer has {len(answer.measures)} measures instead of {len(promised)}."
        return
    for measure, wanted in zip(answer.measures, promised, strict=True):
        if (measure.onset, measure.duration) != (wanted.onset, wanted.duration):
            yield f"Measure {wanted.number} is not where it belongs, or not full."
        if measure.number != wanted.number:
            yield f"Measure {wanted.number} is numbered {measure.number}."
    if answer.length != promised[-1].end:
        yield "The answer is not as long as its measures."


def _signatures(request: Request, answer: Phrase) -> Iterator[str]:
    if answer.time_signatures != asked_meters(request):
        yield "The answer changes the meter."
    key = stated_key(request)
    if any(other.fifths != key.fifths for other in answer.key_signatures):
        yield "The answer changes the key signature."


def _part(asked: Part, part: Part) -> Iterator[str]:
    same = ("id", "name", "program", "is_drums", "staff_count", "transposition")
    for field in same:
        if getattr(asked, field) != getattr(part, field):
            yield f"The answer's part differs from the selected one in its {field}."
    if any(note.staff > part.staff_count for note in part.notes):
        yield "A note lies on a staff that the part does not have."


def _range(request: Request, part: Part) -> Iterator[str]:
    lowest, highest = request.controls.lowest, request.controls.highest
    for note in part.notes:
        number = note.pitch.midi_number
        if lowest is not None and number < lowest:
            yield f"{note.pitch} is below the asked range."
        if highest is not None and number > highest:
            yield f"{note.pitch} is above the asked range."


def _key(request: Request, part: Part) -> Iterator[str]:
    if not request.controls.strict_key:
        return
    key = stated_key(request)
    lowest = key.fifths - 1
    for note in part.notes:
        if note.pitch.midi_number % 12 not in key.scale:
            yield f"{note.pitch} is outside the key."
        elif _is_misspelled(note, lowest):
            yield f"{note.pitch} is spelled against the key."


def _is_misspelled(note: Note, lowest: int) -> bool:
    """Whether a note sounds like one of the signature's seven but is written as another."""
    belongs = {7 * position % 12 for position in range(lowest, lowest + 7)}
    in_signature = lowest <= note.pitch.fifths < lowest + 7
    return note.pitch.midi_number % 12 in belongs and not in_signature


def _tuplets(request: Request, answer: Phrase, part: Part) -> Iterator[str]:
    if request.controls.tuplets:
        return
    for note in sounding(part.notes):
        if not (is_plain(note.onset) and is_plain(note.duration)):
            yield f"{note.pitch} at quarter {note.onset} needs a tuplet."
