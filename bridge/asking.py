"""What a person asks of a file, in the words of the table, as one request for every door."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.documents import Document, Selection, request_for, select
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.codec import dumps
from antiphon.bridge.protocol.completing import completed, find_part, nothing_to
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.bridge.protocol.wishes import Said, Words, controls_of


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
        return Asked(completed(_from_nothing(controls, said), said), None)
    part, first, last = (said.text(word) or None for word in ("part", "from", "to"))
    selection = select(document, part, first, last, task)
    into = said.text("into")
    if into:
        controls = replace(controls, into=find_part(document.phrase, into).id)
    count, seed = said.integer("takes"), said.integer("seed")
    request = request_for(document, selection, controls, seed=seed, count=count)
    return Asked(completed(request, said), selection)


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
