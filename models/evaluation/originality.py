"""How much the models quote: the longest run of notes shared with one training tune.

Beside each model stands the same figure for what the people who wrote the held-out tunes
themselves wrote in those very measures. A take beyond what 95 of 100 human excerpts of its
length share is one too many; its receipt says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.messages import Controls, Request, Task
from antiphon.models.catalog import ZOO, catalog
from antiphon.models.encoding.reading import melody_part
from antiphon.models.evaluation.asking import request_over
from antiphon.models.evaluation.held_out import Piece, held_out_pieces
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.listening.originality import (
    GRAM,
    expected_run,
    grams_of_phrase,
    installed_index,
    longest_run_in,
)
from antiphon.models.tasks.identity import input_hash
from antiphon.models.tasks.writers import KINDS, Writer, load_writer
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.weights import one_thread

_SOURCES = ("nottingham-midi", "openewld", "pop909", "openhymnal")
_PIECES = 12
_MEASURES = 8
_TAKES = 2
_TASKS = (Task.CONTINUE, Task.GENERATE, Task.FILL)


def evaluate(folder: Path) -> Report:
    """Longest shared runs of every melody model over a folder.

    Raises AntiphonError("unreadable-file") where it holds no long enough tune, "no-weights"
    without the index.
    """
    one_thread()
    index = installed_index()
    if index is None:
        raise AntiphonError("no-weights", model="the originality index")
    pieces = list(held_out_pieces(folder, _SOURCES, _PIECES))
    places = [place for piece in pieces for place in _places(piece)]
    if not places:
        raise AntiphonError("unreadable-file", what=folder.name, why="no long enough tune in it")
    human = [_human(*place) for place in places]
    rows = [_row("people", "–", human)]
    for task in _TASKS:
        requests = [_request(*place, task) for place in places]
        rows.append(_row("theory", task.value, [p for r in requests for p in _by_rules(r)]))
        for card in catalog(ZOO):
            if card.serves(task) and card.about.kind in KINDS and card.about.kind != "drums":
                writer = load_writer(card)
                found = [phrase for request in requests for phrase in _takes(writer, request)]
                rows.append(_row(card.name, task.value, found))
    columns = (
        "model",
        "task",
        "takes",
        "mean longest run",
        "longest",
        "share beyond people's 95 %",
    )
    table = Table("Longest run shared with a training tune, in notes", columns, tuple(rows))
    where = f"{len(places)} places in {len(pieces)} pieces, {_MEASURES} measures each."
    return Report("originality", (table,), where)


def _by_rules(request: Request) -> list[Phrase]:
    try:
        return [answer_by_rules(request, 0)]
    except AntiphonError:
        return []  # silence cannot be gone on from, and is not measured


def _takes(writer: Writer, request: Request) -> list[Phrase]:
    asked = replace(request, count=_TAKES)
    try:
        takes = list(writer.takes(asked, lambda: False, input_hash(asked)))
    except AntiphonError:
        return []
    return [phrase for _, phrase in takes if phrase is not None]


def _places(piece: Piece) -> Iterator[tuple[Phrase, Part, int]]:
    part = melody_part(piece.phrase)
    count = len(piece.phrase.measures)
    if part is not None and count >= 2 * _MEASURES + 2:
        yield piece.phrase, part, min(_MEASURES + 1, count - _MEASURES)


def _human(phrase: Phrase, part: Part, first: int) -> Phrase:
    """What stands in the measures that the models are asked to write."""
    last = phrase.measures[min(first + _MEASURES, len(phrase.measures)) - 1]
    return slice_phrase(replace(phrase, parts=(part,)), phrase.measures[first].onset, last.end)


def _request(phrase: Phrase, part: Part, first: int, task: Task) -> Request:
    span = (first, min(first + _MEASURES, len(phrase.measures)) - 1)
    if task is not Task.FILL:
        span = (max(0, first - _MEASURES), first - 1)
    return request_over(phrase, part, span, task, Controls(measures=_MEASURES))


def _row(name: str, task: str, phrases: Sequence[Phrase]) -> tuple[Cell, ...]:
    index = installed_index()
    assert index is not None
    runs, beyond = [], 0
    for phrase in phrases:
        grams = grams_of_phrase(phrase)
        run = longest_run_in(index, grams)[0]
        runs.append(run)
        beyond += run > expected_run(index, len(grams) + GRAM - 1)
    count = len(runs)
    if not count:
        return (name, task, 0, None, None, None)
    return (name, task, count, float(mean(runs)), max(runs), beyond / count)
