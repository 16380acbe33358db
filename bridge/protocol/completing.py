"""From words to a whole request: faults without music, parts by name, chords, rhythm and locks.

Every door uses this: files, editors' scripts and the panel.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import answer_start, asked_measures, asked_meters, asked_parts
from antiphon.bridge.protocol.messages import LockedNote, Request, Task
from antiphon.bridge.protocol.wishes import Said, given_over, locked_indices

# Tasks that say nothing about a selection without notes.
NEED_NOTES = frozenset({Task.CONTINUE, Task.VARY, Task.HARMONIZE, Task.RESTYLE})
# What is done to a selection, where the task's own word does not say it.
_DOING = {
    Task.GENERATE: "go on from",
    Task.BASS: "write a bass for",
    Task.DRUMS: "write drums for",
}
_Value = TypeVar("_Value")


def nothing_to(task: Task) -> AntiphonError:
    """The fault of a selection in which a task has nothing to do."""
    if task is Task.CONTINUE:
        return AntiphonError("empty-selection")
    return AntiphonError("no-melody", what=_DOING.get(task, task.value))


def find_part(phrase: Phrase, name: str) -> Part:
    """The part of that id, name (in any case) or place. Raises AntiphonError("no-such-part")."""
    for matches in (
        [part for part in phrase.parts if name in (part.id, part.name)],
        [part for part in phrase.parts if name.casefold() == part.name.casefold()],
        [part for place, part in enumerate(phrase.parts, 1) if name == str(place)],
    ):
        if matches:
            return matches[0]
    names = ", ".join(part.name or part.id for part in phrase.parts)
    raise AntiphonError("no-such-part", name=name, parts=names)


def completed(request: Request, said: Said) -> Request:
    """The request with what was said over its measures: chords, rhythm and locks."""
    measures = asked_measures(request)
    controls = given_over(request.controls, said, measures, asked_meters(request))
    locked = _told("lock_measures", said, lambda text: locked_indices(text, measures))
    notes = _told("lock_notes", said, lambda text: _locked_notes(request, text, measures))
    controls = replace(controls, locked_measures=locked, locked_notes=notes)
    return replace(request, controls=controls, first_take=said.integer("first_take"))


def _told(name: str, said: Said, read: Callable[[str], tuple[_Value, ...]]) -> tuple[_Value, ...]:
    text = said.text(name)
    try:
        return read(text) if text else ()
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _locked_notes(
    request: Request, text: str, measures: tuple[Measure, ...]
) -> tuple[LockedNote, ...]:
    """The notes of a part, as they stand, in some measures of the answer: "[PART:]MEASURES"."""
    name, colon, numbers = text.rpartition(":")
    part = find_part(request.phrase, name.strip()) if colon else _first_answered(request)
    if part.id not in {own.id for own in asked_parts(request)}:
        raise ValueError(f"the answer is not written in {part.name or part.id}")
    start = answer_start(request)
    alone = replace(request.phrase, parts=(part,))
    found: list[LockedNote] = []
    for first, last in _stretches(locked_indices(numbers, measures)):
        onset, end = measures[first].onset, measures[last].end
        # Cut out, so that no tie leads to a note that may change.
        here = slice_phrase(alone, start + onset, start + end).parts[0]
        found += [
            LockedNote(replace(note, onset=note.onset + onset), part.id) for note in here.notes
        ]
    return tuple(found)


def _first_answered(request: Request) -> Part:
    """The first part of the answer that stands in the music already."""
    asked = [part.id for part in asked_parts(request)]
    for part in request.phrase.parts:
        if part.id in asked:
            return part
    raise ValueError("the answer is a new part, which holds no notes yet")


def _stretches(indices: tuple[int, ...]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for index in indices:
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found
