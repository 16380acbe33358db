"""A user's file as a document: selecting a region of it, and putting an answer into a copy."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import family_of, read_phrase
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.bridge.protocol.codec import dumps
from antiphon.bridge.protocol.completing import NEED_NOTES, find_part, nothing_to
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task

# Measures that travel with a request to continue: the selection's end and what leads to it.
CONTEXT_MEASURES = 48
# Measures that travel on each side of a region that is to be filled.
CONTEXT_ASIDE = 16
# Seconds that a request may take, and a little more for each measure of each take.
_DEADLINE, _DEADLINE_PER_MEASURE, _LONGEST_DEADLINE = 20.0, 0.25, 300.0


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its bytes, its name, and the phrase it holds."""

    data: bytes
    name: str
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Selection:
    """Measures `first` to `last` (indices from 0, inclusive) of one part, and what is done there.

    `last` is -1 where music is made before the first measure.
    """

    part: Part
    first: int
    last: int
    task: Task = Task.CONTINUE

    @property
    def answer(self) -> int:
        """The index of the measure where the answer begins."""
        return self.last + 1 if self.task in FOLLOWING else self.first


def open_document(data: bytes, name: str) -> Document:
    """Read a file's bytes. Raises AntiphonError for a format that is unknown or broken."""
    return Document(data, name, read_phrase(data, name))


def select(
    document: Document,
    part_name: str | None,
    first: str | None,
    last: str | None,
    task: Task = Task.CONTINUE,
) -> Selection:
    """The selection that names describe; measures are named by their printed numbers.

    Without a part, the first that is not a drum part and holds notes; without a last measure,
    the last that holds a note of it. To fill without measures means the first gap. Raises
    AntiphonError("no-such-part", "no-such-measure", "empty-selection", "no-melody" or
    "bad-control").
    """
    phrase = document.phrase
    if not phrase.measures:
        raise nothing_to(task)
    part = find_part(phrase, part_name) if part_name is not None else _own_part(phrase, task)
    filled = _filled(phrase, part)
    if task in NEED_NOTES and not filled:
        raise nothing_to(task)
    if task is Task.FILL:
        start, end = _gap(phrase, filled, first, last)
    else:
        start = _find_measure(phrase, first) if first is not None else 0
        end = _find_measure(phrase, last) if last is not None else _end(phrase, filled, start, task)
    if first is not None and start > end:
        raise AntiphonError(
            "bad-control", name="--from", value=first, why=f"it comes after measure {last}"
        )
    if task in NEED_NOTES and not any(start <= index <= end for index in filled):
        raise nothing_to(task)
    return Selection(part, start, end, task)


def request_for(
    document: Document, selection: Selection, controls: Controls, *, seed: int, count: int
) -> Request:
    """The request that a selection's task asks.

    To continue, the phrase is the selected line, and reaches over the asked measures; to fill a
    region it holds all parts there and up to `CONTEXT_ASIDE` measures on both sides. The lower
    staves of a selected part are heard as a part of their own: its melody is on the upper one.
    """
    follows = selection.task in FOLLOWING
    heard = _followed if follows else _surrounded
    phrase, context_start, start = heard(document, selection, controls)
    measures = selection.last - selection.first + 1
    allowed = _DEADLINE + (0 if follows else _DEADLINE_PER_MEASURE * measures * count)
    return Request(
        id=str(uuid.uuid4()),
        task=selection.task,
        region=Region(
            document_id=document.name,
            revision=hashlib.sha256(dumps(phrase)).hexdigest(),
            part_ids=(selection.part.id,),
            start=start,
            end=_end_of(document, selection),
        ),
        phrase=phrase,
        phrase_start=context_start,
        controls=controls,
        seed=seed,
        count=count,
        deadline_seconds=min(_LONGEST_DEADLINE, allowed),
    )


def _followed(
    document: Document, selection: Selection, controls: Controls
) -> tuple[Phrase, Fraction, Fraction]:
    """What an answer behind the selection hears, where that begins, and the region's start."""
    measures, last = document.phrase.measures, selection.last
    context = max(0, min(selection.first, last - 15), last - CONTEXT_MEASURES + 1)
    context_start, start = measures[context].onset, measures[max(selection.first, context)].onset
    end = _end_of(document, selection)
    ahead = measures[min(last + controls.measures, len(measures) - 1)].end
    # Continuing a melody needs that melody only, and a piano's melody is on its upper staff;
    # what stands in the asked measures must not be heard.
    heard = replace(
        selection.part,
        notes=tuple(n for n in selection.part.notes if n.staff == 1 and n.onset < end),
        staff_count=1,
    )
    whole = replace(document.phrase, parts=(heard,))
    return slice_phrase(whole, context_start, max(ahead, end)), context_start, min(start, end)


def _surrounded(
    document: Document, selection: Selection, controls: Controls
) -> tuple[Phrase, Fraction, Fraction]:
    """What an answer inside the selection hears, where that begins, and the region's start."""
    measures = document.phrase.measures
    first = measures[max(0, selection.first - CONTEXT_ASIDE)]
    last = measures[min(len(measures) - 1, selection.last + CONTEXT_ASIDE)]
    parts = tuple(_by_staff(document.phrase, selection.part.id, controls.into))
    phrase = slice_phrase(replace(document.phrase, parts=parts), first.onset, last.end)
    return phrase, first.onset, measures[selection.first].onset


def _by_staff(phrase: Phrase, own: str, into: str | None) -> Iterator[Part]:
    for part in phrase.parts:
        if part.id != own or part.id == into or part.staff_count == 1:
            yield part
            continue
        upper = tuple(note for note in part.notes if note.staff == 1)
        lower = tuple(replace(n, staff=n.staff - 1) for n in part.notes if n.staff > 1)
        yield replace(part, notes=upper, staff_count=1)
        below = part.staff_count - 1
        yield replace(part, id=f"{part.id}-lower", notes=lower, staff_count=below)


def family_of_document(document: Document) -> str:
    """The family of formats that the document belongs to: "midi", "musicxml" or "abc"."""
    return family_of(document.name, document.data)


def answer_onset(document: Document, selection: Selection) -> Fraction:
    """Where the answer begins, in quarters of the document."""
    if selection.task in FOLLOWING:
        return _end_of(document, selection)
    return document.phrase.measures[selection.first].onset


def _own_part(phrase: Phrase, task: Task) -> Part:
    """The part that is meant where none is named: sounding and pitched, if there is one."""
    sounding = [part for part in phrase.parts if part.notes]
    if not sounding and (task in NEED_NOTES or not phrase.parts):
        raise nothing_to(task)
    found = sounding or phrase.parts
    return next((part for part in found if not part.is_drums), found[0])


def _filled(phrase: Phrase, part: Part) -> list[int]:
    """The indices of the measures in which a note of the part begins."""
    onsets = sorted(note.onset for note in part.notes)
    found, place = [], 0
    for index, measure in enumerate(phrase.measures):
        while place < len(onsets) and onsets[place] < measure.onset:
            place += 1
        if place < len(onsets) and onsets[place] < measure.end:
            found.append(index)
    return found


def _end(phrase: Phrase, filled: list[int], start: int, task: Task) -> int:
    """The last measure with a note, or without any the last (to follow: none)."""
    if filled:
        return max(filled[-1], start)
    return -1 if task in FOLLOWING else len(phrase.measures) - 1


def _gap(phrase: Phrase, filled: list[int], first: str | None, last: str | None) -> tuple[int, int]:
    """The measures to fill: those named, else the first without notes between two with some."""
    if first is not None or last is not None:
        start = _find_measure(phrase, first if first is not None else last or "")
        return start, _find_measure(phrase, last) if last is not None else start
    for before, after in pairwise(filled):
        if after > before + 1:
            return before + 1, after - 1
    raise AntiphonError(
        "bad-control",
        name="--from",
        value="left out",
        why="no measure is empty, so say which measures to fill",
    )


def _end_of(document: Document, selection: Selection) -> Fraction:
    measures = document.phrase.measures
    return measures[selection.last].end if selection.last >= 0 else Fraction(0)


def _find_measure(phrase: Phrase, number: str) -> int:
    for index, measure in enumerate(phrase.measures):
        if measure.number == number:
            return index
    if number.isdigit() and 1 <= int(number) <= len(phrase.measures):
        return int(number) - 1
    raise AntiphonError("no-such-measure", measure=number, count=len(phrase.measures))
