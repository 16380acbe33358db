"""A user's file as a document: selecting a region of it, and putting an answer into a copy."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_edit import append_measures
from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.files import family_of, read_phrase, write_phrase
from antiphon.bridge.formats.musicxml_edit import write_measures
from antiphon.bridge.formats.mxl import pack_mxl, unpack_mxl
from antiphon.bridge.formats.smf_edit import write_notes
from antiphon.bridge.music.merge import with_answer
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.codec import dumps
from antiphon.bridge.protocol.messages import Controls, Region, Request, Take, Task

# Measures that travel with a request: the selection's end and what leads to it.
CONTEXT_MEASURES = 48


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its bytes, its name, and the phrase it holds."""

    data: bytes
    name: str
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Selection:
    """Measures `first` to `last` (indices from 0, inclusive) of one part of a document."""

    part: Part
    first: int
    last: int


def open_document(data: bytes, name: str) -> Document:
    """Read a file's bytes. Raises AntiphonError for a format that is unknown or broken."""
    return Document(data, name, read_phrase(data, name))


def select(
    document: Document, part_name: str | None, first: str | None, last: str | None
) -> Selection:
    """The selection that names describe; measures are named by their printed numbers.

    Without a part, the first that is not a drum part and holds notes; without a last measure,
    the last that holds a note of it. Raises AntiphonError("no-such-part", "no-such-measure"
    or "empty-selection").
    """
    phrase = document.phrase
    part = _find_part(phrase, part_name)
    filled = [
        index
        for index, measure in enumerate(phrase.measures)
        if any(measure.onset <= note.onset < measure.end for note in part.notes)
    ]
    if not filled:
        raise AntiphonError("empty-selection")
    start = _find_measure(phrase, first) if first is not None else 0
    end = _find_measure(phrase, last) if last is not None else filled[-1]
    if start > end:
        raise AntiphonError(
            "bad-control", name="--from", value=first, why=f"it comes after measure {last}"
        )
    if not any(start <= index <= end for index in filled):
        raise AntiphonError("empty-selection")
    return Selection(part, start, end)


def request_for(
    document: Document, selection: Selection, controls: Controls, *, seed: int, count: int
) -> Request:
    """The request to continue a selection; the phrase reaches over the asked measures."""
    measures = document.phrase.measures
    last = selection.last
    context = max(0, min(selection.first, last - 15), last - CONTEXT_MEASURES + 1)
    context_start, start = measures[context].onset, measures[max(selection.first, context)].onset
    end = measures[last].end
    ahead = measures[min(last + controls.measures, len(measures) - 1)].end
    # Continuing a melody needs that melody only, and a piano's melody is on its upper staff;
    # what stands in the asked measures must not be heard.
    heard = replace(
        selection.part,
        notes=tuple(n for n in selection.part.notes if n.staff == 1 and n.onset < end),
        staff_count=1,
    )
    phrase = slice_phrase(replace(document.phrase, parts=(heard,)), context_start, max(ahead, end))
    return Request(
        id=str(uuid.uuid4()),
        task=Task.CONTINUE,
        region=Region(
            document_id=document.name,
            revision=hashlib.sha256(dumps(phrase)).hexdigest(),
            part_ids=(selection.part.id,),
            start=start,
            end=end,
        ),
        phrase=phrase,
        phrase_start=context_start,
        controls=controls,
        seed=seed,
        count=count,
    )


def answered(document: Document, selection: Selection, take: Take, suffix: str) -> bytes:
    """A copy of the document, in the format of `suffix`, with the take after the selection.

    Where the copy has the original's format, everything that was not asked for stays as it
    was. Raises AntiphonError("unknown-format").
    """
    family, source = family_of(suffix), family_of_document(document)
    if family == "svg":
        return engrave(
            answered(document, selection, take, ".musicxml"),
            first_new=selection.last + 1,
            new=len(take.phrase.measures),
            part_id=selection.part.id,
        )
    if family == source == "musicxml":
        return _edited_musicxml(document, selection, take, suffix)
    if family == source == "midi":
        onset = answer_onset(document, selection)
        return write_notes(document.data, selection.part.id, onset, take.phrase, document.name)
    if family == source == "abc" and selection.last == len(document.phrase.measures) - 1:
        appended = append_measures(document.data, take.phrase)
        if appended is not None:
            return appended
    return write_phrase(_merged(document, selection, take), suffix)


def family_of_document(document: Document) -> str:
    """The family of formats that the document belongs to: "midi", "musicxml" or "abc"."""
    return family_of(document.name, document.data)


def _merged(document: Document, selection: Selection, take: Take) -> Phrase:
    onset = answer_onset(document, selection)
    return with_answer(document.phrase, selection.part.id, onset, take.phrase)


def _edited_musicxml(document: Document, selection: Selection, take: Take, suffix: str) -> bytes:
    data = document.data
    if data.startswith(b"PK"):
        data = unpack_mxl(data, document.name)
    edited = write_measures(data, selection.part.id, selection.last + 1, take.phrase)
    return pack_mxl(edited, "score.musicxml") if suffix == ".mxl" else edited


def _find_part(phrase: Phrase, name: str | None) -> Part:
    if name is None:
        sounding = [part for part in phrase.parts if part.notes]
        if not sounding:
            raise AntiphonError("empty-selection")
        return next((part for part in sounding if not part.is_drums), sounding[0])
    for matches in (
        [part for part in phrase.parts if name in (part.id, part.name)],
        [part for part in phrase.parts if name.casefold() == part.name.casefold()],
        [part for place, part in enumerate(phrase.parts, 1) if name == str(place)],
    ):
        if matches:
            return matches[0]
    names = ", ".join(part.name or part.id for part in phrase.parts)
    raise AntiphonError("no-such-part", name=name, parts=names)


def _find_measure(phrase: Phrase, number: str) -> int:
    for index, measure in enumerate(phrase.measures):
        if measure.number == number:
            return index
    if number.isdigit() and 1 <= int(number) <= len(phrase.measures):
        return int(number) - 1
    raise AntiphonError("no-such-measure", measure=number, count=len(phrase.measures))


def answer_onset(document: Document, selection: Selection) -> Fraction:
    """Where the answer begins, in quarters of the document."""
    return document.phrase.measures[selection.last].end
