"""What an editor's script asks and what it is told: JSON on one side, messages on the other.

The script stays thin: it sends what stands in the score and does what the reply says. Which
take comes next, whether the measures after the selection are free, ours or the musician's,
is decided here. `Exchange` opens nothing, waits for nothing and knows no clock.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from antiphon.bridge.editors.asks import Ask, Selection
from antiphon.bridge.editors.filling import (
    controls_in,
    is_over,
    part_id,
    reply_to,
    request_over,
    said_in,
)
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.region_json import (
    MAX_MEASURES,
    MeasureRow,
    check_rows,
    phrase_from_rows,
)
from antiphon.bridge.music.phrase import Part
from antiphon.bridge.protocol.codec import Json, from_json
from antiphon.bridge.protocol.completing import completed
from antiphon.bridge.protocol.messages import Controls, Region, Request, Take, Task

DEADLINE_SECONDS = 20.0
SEED = 0
MAX_PENDING = 256
MAX_ANSWERS = 1_024

_Kind = TypeVar("_Kind")
_Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Landed:
    """The body of `landed`: an answer as it stands in the score now.

    `selection`, `before` and `after` are revisions measure by measure: of what was selected,
    and of the answer's measures before and after it was written. All that is needed to
    answer the next press is in here, so that a journal of these restores an `Exchange`.
    """

    id: str
    document: str
    staff: int
    start: int
    end: int
    at: int
    take: int
    selection: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    task: Task = Task.CONTINUE

    def __post_init__(self) -> None:
        if max(len(self.selection), len(self.before), len(self.after)) > MAX_MEASURES:
            raise ValueError(f"more than {MAX_MEASURES} measures")


@dataclass(frozen=True, slots=True)
class _Pending:
    ask: Ask
    request: Request
    undo_to: tuple[str, ...] | None
    remarks: tuple[str, ...]
    selected: tuple[str, ...]
    answered: int | None = None

    @property
    def key(self) -> _Key:
        """Where the answer begins."""
        return self.ask.document, self.ask.staff, self.ask.measures[-1].end


class Exchange:
    """Turns a script's asks into requests and takes into replies, and remembers what landed."""

    def __init__(self) -> None:
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        # Newest last; the key is (document, staff, tick where the answer begins).
        self._landed: OrderedDict[_Key, Landed] = OrderedDict()
        # What was asked then: it may know more, such as ties that only a selection shows.
        self._sources: dict[_Key, tuple[MeasureRow, ...]] = {}
        # Takes that an editor could not write, by place: the selection's revisions and a number.
        self._refused: OrderedDict[_Key, tuple[tuple[str, ...], int]] = OrderedDict()

    def request_from(self, ask: Json) -> Request | dict[str, Json]:
        """The request of an ask's JSON, or a reply to send back at once.

        The reply {"status": "read", …} names the region of the last answer when nothing is
        selected: the script reads it and asks again. The same id gives the same request.
        Raises AntiphonError: "bad-request", "too-large", "several-staves",
        "empty-selection", "nothing-to-repeat", "destination-occupied", "irregular-measure".
        """
        asked = _decoded(Ask, ask)
        known = self._pending.get(asked.id)
        if known is not None:
            return known.request
        if asked.selection is None:
            if is_over(asked.task):
                raise AntiphonError("nothing-to-repeat")
            return self._read_again(asked)
        check_rows(asked.measures)
        check_rows(asked.measures[-1:] + asked.destination)
        if is_over(asked.task):
            request = request_over(asked, asked.selection)
            pending = _Pending(asked, request, None, (), ())
        else:
            _check_selection(asked, asked.selection)
            pending = self._new(asked, asked.selection)
        self._pending[asked.id] = pending
        while len(self._pending) > MAX_PENDING:
            self._pending.popitem(last=False)
        return pending.request

    def adopt(self, request: Request, region: Json) -> None:
        """Let a request of the panel be answered where the script showed a region.

        `region` is the ask's JSON that the script sent to show it. Harmless for a request that
        is known. Raises AntiphonError: "bad-request", "too-large", "unknown-request" where the
        request is about other music, "destination-occupied".
        """
        if request.id in self._pending:
            return
        known = region if isinstance(region, dict) else {}
        shown = _decoded(Ask, {**known, "id": request.id, "task": request.task.value})
        check_rows(shown.measures)
        check_rows(shown.measures[-1:] + shown.destination)
        if shown.selection is None or not shown.measures:
            raise AntiphonError("bad-request", why="it shows no region")
        spans = [row for row in shown.measures if row.end > shown.selection.start]
        where = Fraction(spans[0].tick, shown.division), Fraction(spans[-1].end, shown.division)
        about = request.region
        if (about.document_id, about.start, about.end) != (shown.document, *where):
            raise AntiphonError("unknown-request", id=request.id)
        if not is_over(request.task):
            _check_free(shown.destination[: request.controls.measures], 0)
        self._pending[request.id] = _Pending(shown, request, None, (), _revisions(spans))

    def answer_from(self, request: Request, take: Take) -> dict[str, Json]:
        """The reply that carries a take: where to write which notes.

        Raises AntiphonError("unknown-request") for a request that did not come from here.
        """
        pending = self._pending.get(request.id)
        if pending is None:
            raise AntiphonError("unknown-request", id=request.id)
        reply = reply_to(pending.ask, request, take)
        if is_over(request.task):
            return reply
        self._pending[request.id] = replace(pending, answered=take.number)
        return reply | {
            "append": max(0, request.controls.measures - len(pending.ask.destination)),
            "undo_to": None if pending.undo_to is None else list(pending.undo_to),
            "remarks": [*pending.remarks, *reply["remarks"]],
        }

    def landed(self, report: Json) -> None:
        """Remember an answer that stands in the score. Raises AntiphonError("bad-request")."""
        done = _decoded(Landed, report)
        pending = self._pending.get(done.id)
        if pending is not None:
            # It stays known, so that other takes of the same request can be written.
            self._pending[done.id] = replace(pending, answered=None)
        if is_over(done.task):
            return  # What stands in the selected measures is the musician's from now on.
        key = (done.document, done.staff, done.at)
        self._landed.pop(key, None)
        self._landed[key] = done
        if pending is not None:
            self._sources[key] = pending.ask.measures
        while len(self._landed) > MAX_ANSWERS:
            oldest, _ = self._landed.popitem(last=False)
            self._sources.pop(oldest, None)

    def cancelled(self, request_id: str) -> None:
        """Forget a request; harmless if it is unknown.

        If it was answered, the editor could not write that take: the next press gives another.
        """
        pending = self._pending.pop(request_id, None)
        if pending is not None and pending.answered is not None:
            self._refused[pending.key] = pending.selected, pending.answered
            while len(self._refused) > MAX_PENDING:
                self._refused.popitem(last=False)

    def _read_again(self, ask: Ask) -> dict[str, Json]:
        for done in reversed(self._landed.values()):
            if done.document == ask.document:
                where = {"start": done.start, "end": done.end}
                return {"status": "read", "staff": done.staff, "selection": where}
        raise AntiphonError("nothing-to-repeat")

    def _new(self, ask: Ask, selection: Selection) -> _Pending:
        at = ask.measures[-1].end
        last = self._landed.get((ask.document, ask.staff, at))
        controls, remarks = _controls(ask)
        ours = last is not None and _starts_with(ask.destination, last.after)
        _check_free(ask.destination[: controls.measures], len(last.after) if last and ours else 0)
        revisions = _revisions(row for row in ask.measures if row.end > selection.start)
        is_repeat = last is not None and (
            (last.start, last.end, last.selection) == (selection.start, selection.end, revisions)
        )
        if selection.end < at:
            number = ask.measures[-1].number
            remarks += (f"The answer begins at the barline after measure {number}.",)
        source = self._sources.get((ask.document, ask.staff, at), ())
        if is_repeat and _revisions(source) == _revisions(ask.measures):
            ask = replace(ask, measures=source)
        request = _with_words(_request(ask, selection, revisions, controls), ask)
        refused, number = self._refused.get((ask.document, ask.staff, at), ((), -1))
        first = last.take + 1 if last is not None and is_repeat else 0
        if refused == revisions:
            first = max(first, number + 1)
        request = replace(request, first_take=first)
        return _Pending(ask, request, last.before if last and ours else None, remarks, revisions)


def _decoded(kind: type[_Kind], data: Json) -> _Kind:
    return from_json(kind, data)


def _check_selection(ask: Ask, selection: Selection) -> None:
    if selection.staves != 1:
        raise AntiphonError("several-staves")
    rows = ask.measures
    if not rows or not rows[0].tick <= selection.start < selection.end <= rows[-1].end:
        raise AntiphonError("bad-request", why="the measures do not hold the selection")
    if selection.end <= rows[-1].tick:
        raise AntiphonError("bad-request", why="measures beyond the selection")
    if not _voices(rows, selection):
        raise AntiphonError("empty-selection")


def _voices(rows: Sequence[MeasureRow], selection: Selection) -> set[int]:
    """Voices (from 0) that begin a note inside the selection."""
    return {
        note[4]
        for row in rows
        for note in row.notes
        if selection.start <= row.tick + note[0] < selection.end
    }


def _controls(ask: Ask) -> tuple[Controls, tuple[str, ...]]:
    """The controls, with fewer measures where the meter changes on the way."""
    try:
        controls = controls_in(ask)
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)) from None
    room = ask.destination[: controls.measures]
    for index, row in enumerate(room):
        full = Fraction(4 * row.beats * ask.division, row.beat_type)
        if row.ticks != full and index == 0:
            raise AntiphonError("irregular-measure", number=row.number)
        first = room[0]
        if row.ticks != full or (row.beats, row.beat_type) != (first.beats, first.beat_type):
            why = f"The answer ends before measure {row.number}, where the meter changes."
            return replace(controls, measures=index), (why,)
    return controls, ()


def _check_free(room: Sequence[MeasureRow], ours: int) -> None:
    """Raise AntiphonError unless the measures after the first `ours` hold no notes."""
    taken = [row.number for row in room[ours:] if row.notes]
    if taken:
        many = taken[0] != taken[-1]
        where = f"measures {taken[0]} to {taken[-1]}" if many else f"measure {taken[0]}"
        raise AntiphonError("destination-occupied", where=where)


def _revisions(rows: Iterable[MeasureRow]) -> tuple[str, ...]:
    return tuple(row.revision for row in rows)


def _starts_with(rows: Sequence[MeasureRow], revisions: Sequence[str]) -> bool:
    return bool(revisions) and _revisions(rows[: len(revisions)]) == tuple(revisions)


def _with_words(request: Request, ask: Ask) -> Request:
    try:
        return completed(request, said_in(ask)) if ask.words else request
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)) from None


def _request(
    ask: Ask, selection: Selection, revisions: Sequence[str], controls: Controls
) -> Request:
    """The request for take 0 of an ask; the melody is the selection's first voice."""
    voice = min(_voices(ask.measures, selection))
    own = part_id(ask.staff)
    phrase = phrase_from_rows(
        ask.measures,
        ask.division,
        Part(own, ask.part.name, (), ask.part.program, ask.part.is_drums),
        voices=frozenset({voice}),
        following=ask.destination[0] if ask.destination else None,
    )
    region = Region(
        document_id=ask.document,
        revision=hashlib.sha256("\n".join(revisions).encode()).hexdigest()[:16],
        part_ids=(own,),
        start=Fraction(selection.start, ask.division),
        end=Fraction(ask.measures[-1].end, ask.division),
    )
    return Request(
        id=ask.id,
        task=ask.task,
        region=region,
        phrase=phrase,
        phrase_start=Fraction(ask.measures[0].tick, ask.division),
        controls=controls,
        seed=SEED,
        deadline_seconds=DEADLINE_SECONDS,
    )
