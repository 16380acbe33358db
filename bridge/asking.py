"""What a person asks of a file, in the words of the table, as one request for every door."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from antiphon.bridge.documents import (
    Document,
    Selection,
    find_part,
    nothing_to,
    request_for,
    select,
)
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import answer_start, asked_measures, asked_meters, asked_parts
from antiphon.bridge.protocol.codec import dumps
from antiphon.bridge.protocol.messages import Controls, LockedNote, Region, Request, Task
from antiphon.bridge.protocol.wishes import (
    Said,
    Words,
    controls_of,
    given_over,
    locked_indices,
)

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the selection of the document it is about; None for music from nothing."""

    request: Request
    selection: Selection | None


def ask_about(task: Task, words: Words, document: Document | None = None) -> Asked:
    """The request of a task with the words that were said, about a document or from nothing.

    The same words about the same music give the same request, but for its id. Words that the
    task does not take are not heard. Raises AntiphonError where the selection or a name means
    nothing, and ValueError("word: why") for a value that is out of range or unreadable.
    """
    said = Said(task, words)
    controls = controls_of(said)
    if document is None:
        if task is not Task.GENERATE:
            raise nothing_to(task)
        return Asked(_completed(_from_nothing(controls, said), said), None)
    part, first, last = (said.text(word) or None for word in ("part", "from", "to"))
    selection = select(document, part, first, last, task)
    into = said.text("into")
    if into:
        controls = replace(controls, into=find_part(document.phrase, into).id)
    count, seed = said.integer("takes"), said.integer("seed")
    request = request_for(document, selection, controls, seed=seed, count=count)
    return Asked(_completed(request, said), selection)


def _from_nothing(controls: Controls, said: Said) -> Request:
    keys = (controls.key,) if controls.key else ()
    meters = (controls.meter,) if controls.meter else ()
    phrase = Phrase((), (), Fraction(0), keys, meters)
    revision = hashlib.sha256(dumps(phrase)).hexdigest()
    return Request(
        id=str(uuid.uuid4()),
        task=Task.GENERATE,
        region=Region("", revision, (), Fraction(0), Fraction(0)),
        phrase=phrase,
        controls=controls,
        seed=said.integer("seed"),
        count=said.integer("takes"),
    )


def _completed(request: Request, said: Said) -> Request:
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
