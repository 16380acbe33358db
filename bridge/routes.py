"""The HTTP routes: what an editor's script asks becomes a request, the first take its answer."""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from antiphon.bridge.editors.asks import Ask
from antiphon.bridge.editors.exchange import Exchange
from antiphon.bridge.editors.filling import request_over
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.again import Again
from antiphon.bridge.jobs.jobs import Jobs, Listener
from antiphon.bridge.jobs.journal import Journal
from antiphon.bridge.jobs.lookout import Lookout
from antiphon.bridge.protocol.codec import from_json, to_json
from antiphon.bridge.protocol.messages import (
    PROTOCOL_VERSION,
    Done,
    Fault,
    Message,
    Request,
    Take,
    Task,
)
from antiphon.bridge.protocol.watching import kind_of
from antiphon.bridge.watch_routes import WatchRoutes

_log = logging.getLogger("antiphon.routes")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NEWEST_LANDED = 1_024
_MAX_REPORT = 65_536

Body = dict[str, Any]


class Routes:
    """The conversation with scripts that speak HTTP; what they wrote is journalled."""

    def __init__(
        self,
        jobs: Jobs,
        journal: Journal,
        engine: Callable[[], str],
        watching: WatchRoutes,
        lookout: Lookout,
    ) -> None:
        self._jobs = jobs
        self._again = Again(jobs)
        self._watching = watching
        self._lookout = lookout
        self._journal = journal
        self._engine = engine
        self._version = version("antiphon")
        self._exchange = Exchange()
        for report in journal.landed(_NEWEST_LANDED):
            # A report that an older version wrote differently is of no use any more.
            with contextlib.suppress(AntiphonError):
                self._exchange.landed(json.loads(report))

    async def route(self, name: str, body: Body) -> Body:
        """Answer one call. Raises AntiphonError where there is no answer."""
        if name == "hello":
            return {
                "status": "hello",
                "protocol": PROTOCOL_VERSION,
                "version": self._version,
                "engine": self._engine(),
            }
        if name == "ask":
            return await self._ask(body)
        if name == "takes":
            return await self._takes(body)
        if name == "landed":
            return self._landed(body)
        if name == "again":
            return await self._one_more(body)
        if name == "region":
            return self._selected(body)
        if name in self._watching.NAMES:
            return await self._watching.route(name, body)
        request_id = str(body.get("id", ""))
        self._jobs.cancel(request_id)
        self._exchange.cancelled(request_id)
        return {"status": "cancelled", "id": request_id}

    async def _ask(self, body: Body) -> Body:
        asked = self._exchange.request_from(body)
        if not isinstance(asked, Request):
            return dict(asked)
        self._lookout.came_from(asked.id, self._register(body))
        (take,) = await self._answers(asked, 1)
        return dict(self._exchange.answer_from(asked, take))

    async def _one_more(self, body: Body) -> Body:
        """Another take of a request that was answered here, as its ask was answered."""
        request_id, number = str(body.get("id", "")), body.get("number")
        if type(number) is not int:
            raise AntiphonError("bad-request", why="number must be a whole number")
        asked = self._jobs.request_of(request_id)
        if body.get("region") is not None:
            self._exchange.adopt(asked, body["region"])

        def begin(listener: Listener) -> None:
            self._again.ask(request_id, number, listener)

        (take,) = await _heard(begin, 1)
        return {**self._exchange.answer_from(asked, take), "task": asked.task.value}

    def _selected(self, body: Body) -> Body:
        """What is selected now, for the panel to show; it may hold no notes."""
        given = {"id": "region-now", **body, "task": Task.FILL.value}
        ask = from_json(Ask, given)
        if ask.selection is None:
            raise AntiphonError("empty-selection")
        # Over several staves, the first one is what a task is about.
        selection = replace(ask.selection, staves=1)
        request = replace(request_over(ask, selection), task=Task.CONTINUE)
        self._lookout.selected(self._register(body), str(body.get("title", "")), request)
        return {"status": "ok"}

    def _register(self, body: Body) -> str:
        """Note that an editor is there; returns its kind."""
        name, document = str(body.get("editor", "")), str(body.get("document", ""))
        kind = kind_of(name or "MuseScore")
        title = str(body.get("title", ""))
        self._lookout.seen(kind, name or "MuseScore", document, title, is_acting=True)
        return kind

    async def _takes(self, body: Body) -> Body:
        """All takes of a whole request, which is the body: the codec's JSON both ways."""
        request = from_json(Request, body)
        if not _ID.fullmatch(request.id):
            raise AntiphonError("bad-request", why="an id has 1 to 64 of A-Z a-z 0-9 . _ -")
        takes = await self._answers(request, request.count)
        return {"status": "takes", "id": request.id, "takes": [to_json(take) for take in takes]}

    async def _answers(self, request: Request, count: int) -> list[Take]:
        """The first `count` takes of a request. Raises AntiphonError where there are fewer."""

        def end(listener: Listener) -> None:
            self._jobs.forget_listener(request.id, listener)

        return await _heard(lambda listener: self._jobs.submit(request, listener), count, end)

    def _landed(self, body: Body) -> Body:
        report = json.dumps(body, separators=(",", ":")).encode()
        if len(report) > _MAX_REPORT:
            raise AntiphonError("too-large", what="The report", why=f"over {_MAX_REPORT} bytes")
        self._exchange.landed(body)
        self._journal.add_landed(str(body["id"]), report)
        try:
            self._jobs.keep(str(body["id"]), int(body["take"]))
        except AntiphonError as fault:
            # The answer stands in the score, whatever the journal remembers of its request.
            _log.warning("landed: %s", fault.sentence)
        return {"status": "ok", "id": body["id"]}


async def _heard(
    begin: Callable[[Listener], None],
    count: int,
    end: Callable[[Listener], None] = lambda _: None,
) -> list[Take]:
    """The first `count` takes that a listener hears. Raises AntiphonError where there are fewer."""
    found: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    takes: dict[int, Take] = {}

    def listen(message: Message) -> None:
        if found.done():
            return
        if isinstance(message, Take):
            takes[message.number] = message
            if len(takes) == count:
                found.set_result(None)
        elif isinstance(message, Fault):
            words = (message.code, message.sentence, message.remedy)
            found.set_exception(AntiphonError.from_words(*words))
        elif isinstance(message, Done):
            found.set_exception(AntiphonError("model-failed", why="it left takes out"))

    begin(listen)
    try:
        await found
    finally:
        end(listen)
    return [takes[number] for number in sorted(takes)]
