"""Reading music into a source, asking about it, and putting answers into copies of files.

Apart from the values, for the formats take a tenth of a second to load: after the first paint.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from antiphon.bridge.answers import answered, written
from antiphon.bridge.asking import ask_about
from antiphon.bridge.documents import Document, Selection, open_document, select
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.music.quantise import quantised
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.bridge.protocol.messages import Request, Task
from antiphon.bridge.protocol.wishes import Word
from antiphon.ui.model.source import DEMO, EDITOR, FILE, NOTHING, Source, nothing
from antiphon.ui.model.takes import Card, Origin

_DEMO_FILE = "scarborough_fair.musicxml"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request and where its answer goes: the selection of the file, None for an editor's."""

    request: Request
    selection: Selection | None


def demo() -> Source:
    """The phrase that works with no editor and no file. Raises AntiphonError."""
    file = Path(str(resources.files("antiphon.ui.demo"))) / _DEMO_FILE
    if file.is_file():
        return replace(opened(file), kind=DEMO, path="")
    return nothing()


def opened(path: Path) -> Source:
    """The music of a file, its first sounding part selected. Raises AntiphonError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise AntiphonError("unreadable-file", what=path.name, why=why) from None
    document = open_document(data, path.name)
    title = document.phrase.title or path.stem
    source = Source(FILE, title, data, path.name, document.phrase, path=str(path))
    try:
        chosen = select(document, None, None, None, Task.CONTINUE)
    except AntiphonError:
        parts = document.phrase.parts
        last = len(document.phrase.measures) - 1
        return replace(source, part=parts[0].id if parts else "", last=last)
    return replace(source, part=chosen.part.id, first=chosen.first, last=chosen.last)


def from_region(region: Request, editor: str, title: str) -> Source:
    """The music that an editor sent with its selection; asks about it keep the editor's region."""
    phrase = region.phrase
    data = musicxml_from_phrase(quantised(phrase)) if phrase.measures else b""
    start = region.region.start - region.phrase_start
    end = region.region.end - region.phrase_start
    inside = [i for i, m in enumerate(phrase.measures) if m.onset < end and m.end > start]
    part = region.region.part_ids[0] if region.region.part_ids else ""
    return Source(
        EDITOR,
        title or phrase.title,
        data,
        f"{title or 'region'}.musicxml",
        phrase,
        part or (phrase.parts[0].id if phrase.parts else ""),
        inside[0] if inside else 0,
        inside[-1] if inside else -1,
        editor=editor,
        region=region,
    )


def ask(task: Task, words: Mapping[str, Word], source: Source) -> Ask:
    """The request of a task about the selection, in the words of the table.

    Raises AntiphonError where the selection means nothing to the task, and
    AntiphonError("bad-control") for a word that cannot be read.
    """
    said: dict[str, Word] = dict(words)
    try:
        if source.kind == NOTHING or (task is Task.GENERATE and source.region is None):
            return Ask(ask_about(task, said).request, None)
        if source.part and source.last >= source.first:
            said["part"] = source.part
            said["from"] = str(source.first + 1) if _is_ambiguous(source) else _first(source)
            said["to"] = str(source.last + 1) if _is_ambiguous(source) else _last(source)
        document = Document(source.data, source.name, source.phrase)
        asked = ask_about(task, said, document)
    except ValueError as error:
        name, _, why = str(error).partition(": ")
        value = f"“{str(said.get(name, ''))[:60]}”"
        raise AntiphonError("bad-control", name=name, value=value, why=why or name) from None
    if source.region is None:
        return Ask(asked.request, asked.selection)
    return Ask(_in_editor(asked.request, source.region), None)


def _in_editor(request: Request, region: Request) -> Request:
    """The request about the editor's own region, so that its script knows where to write."""
    phrase = region.phrase
    if request.task in FOLLOWING:
        own = [part for part in phrase.parts if part.id in region.region.part_ids[:1]]
        phrase = replace(phrase, parts=tuple(own or phrase.parts[:1]))
    return replace(
        request,
        id=str(uuid.uuid4()),
        region=region.region,
        phrase=phrase,
        phrase_start=region.phrase_start,
    )


def _first(source: Source) -> str:
    return source.measure_number(source.first)


def _last(source: Source) -> str:
    return source.measure_number(source.last)


def _is_ambiguous(source: Source) -> bool:
    """Whether printed numbers name no single measure, so that places have to do."""
    numbers = [measure.number for measure in source.phrase.measures]
    return len(set(numbers)) < len(numbers)


def copy_with(card: Card, origin: Origin, suffix: str) -> bytes:
    """A copy of the file that was asked about, with the take in it; the take alone without one.

    Raises AntiphonError where the file cannot be read any more or the suffix is unknown.
    """
    if not origin.path or card.request.task is Task.GENERATE:
        return written(card.take, suffix)
    source = opened(Path(origin.path))
    document = Document(source.data, source.name, source.phrase)
    part = next((part for part in source.phrase.parts if part.id == origin.part), None)
    if part is None or origin.last >= len(source.phrase.measures):
        return written(card.take, suffix)
    selection = Selection(part, origin.first, origin.last, card.request.task)
    return answered(document, selection, card.take, suffix)
