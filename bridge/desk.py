"""The desk between carriers and jobs: messages become requests, takes become replies.

Carriers know no music and jobs no carrier; this is the one place that knows both.
"""

import asyncio
import contextlib
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.carriers.udp import Reply
from antiphon.bridge.deeds import Deeds
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.again import Again
from antiphon.bridge.jobs.jobs import Jobs
from antiphon.bridge.protocol.codec import dumps, loads
from antiphon.bridge.protocol.lines import read_pairs
from antiphon.bridge.protocol.messages import Fault, Message, Progress, Request, Take, Task
from antiphon.bridge.protocol.table import FORMATS, Value

_log = logging.getLogger("antiphon.desk")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUFFIXES = {"smf": ".mid", "musicxml": ".musicxml"}
# Larger payloads are read beside the event loop, so that a cancel is still heard at once.
_SMALL = 32_768
_REMEMBERED = 256

Values = Mapping[str, Value]


class Desk:
    """Handles the messages of the table, whichever carrier brought them."""

    def __init__(
        self, jobs: Jobs, spool: Spool, engine: Callable[[], str], again: Again, deeds: Deeds
    ) -> None:
        self._jobs = jobs
        self._again = again
        self._deeds = deeds
        # Commands by id, so that a repeated one is not done twice.
        self._done: OrderedDict[str, str] = OrderedDict()
        self._spool = spool
        self._engine = engine
        self._version = version("antiphon")
        self._reading: set[asyncio.Task[None]] = set()

    def handle(self, name: str, values: Values, reply: Reply) -> None:
        """Handle one message; replies come then or later. Never raises."""
        request_id = str(values.get("id", ""))
        try:
            if name == "hello":
                answer = {"name": "antiphon", "version": self._version, "engine": self._engine()}
                reply("hello", answer)
                return
            if not _ID.fullmatch(request_id):
                raise AntiphonError("bad-request", why="an id has 1 to 64 of A-Z a-z 0-9 . _ -")
            if name == "ask":
                self._ask(request_id, values, reply)
            elif name == "again":
                form = _form(values)
                listener = _Listener(reply, form, self._spool, 1)
                self._again.ask(request_id, int(values["number"]), listener)
            elif name == "do":
                self._do(request_id, values, reply)
            elif name == "cancel":
                self._jobs.cancel(request_id)
                self._jobs.repeat(request_id, _Listener(reply, "json", self._spool, 1))
            elif name == "kept":
                self._jobs.keep(request_id, int(values["number"]))
                reply("kept", {"id": request_id, "number": values["number"]})
        except AntiphonError as fault:
            _reply_fault(reply, request_id, fault)
        except Exception as error:
            # One message may fail; the carrier must go on.
            _log.exception("message %s of request %s", name, request_id)
            _reply_fault(reply, request_id, AntiphonError("internal", why=type(error).__name__))

    def _do(self, request_id: str, values: Values, reply: Reply) -> None:
        what = str(values["what"])
        if request_id not in self._done:
            words = dict(read_pairs(str(values["words"])))
            kind = self._deeds.command(what, str(values["editor"]), words)
            self._done[request_id] = kind
            while len(self._done) > _REMEMBERED:
                self._done.popitem(last=False)
        reply("do", {"id": request_id, "what": what, "editor": self._done[request_id]})

    def _ask(self, request_id: str, values: Values, reply: Reply) -> None:
        _form(values)
        data = self._spool.get(str(values["payload"]), request_id)
        if values["format"] == "json" and len(data) <= _SMALL:
            self._submit(_request(data, values), values, reply)
            return
        task = asyncio.create_task(self._read_aside(data, values, reply))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read_aside(self, data: bytes, values: Values, reply: Reply) -> None:
        try:
            request = await asyncio.to_thread(_request, data, values)
            self._submit(request, values, reply)
        except AntiphonError as fault:
            _reply_fault(reply, str(values["id"]), fault)

    def _submit(self, request: Request, values: Values, reply: Reply) -> None:
        listener = _Listener(reply, str(values["format"]), self._spool, request.count)
        self._jobs.submit(request, listener)


@dataclass(frozen=True, slots=True)
class _Listener:
    reply: Reply
    format: str
    spool: Spool
    count: int

    def __call__(self, message: Message) -> None:
        if isinstance(message, Progress):
            values: dict[str, Value] = {"stage": message.stage.value, "fraction": message.fraction}
            self.reply("progress", {"id": message.request_id, **values})
        elif isinstance(message, Take):
            try:
                name = self.spool.put(_take_bytes(message, self.format))
            except AntiphonError as unwritten:
                _reply_fault(self.reply, message.request_id, unwritten)
                return
            values = {"number": message.number, "takes": self.count, "payload": name}
            self.reply("take", {"id": message.request_id, **values, "format": self.format})
        elif isinstance(message, Fault):
            fault = AntiphonError.from_words(message.code, message.sentence, message.remedy)
            _reply_fault(self.reply, message.request_id, fault)


def _form(values: Values) -> str:
    if values["format"] not in FORMATS:
        raise AntiphonError("bad-request", why=f"format must be one of {', '.join(FORMATS)}")
    return str(values["format"])


def _request(data: bytes, values: Values) -> Request:
    if values["format"] == "json":
        request = loads(Request, data)
        if (request.id, request.task) != (values["id"], values["task"]):
            raise AntiphonError("bad-request", why="the payload has another id or task")
        return request
    if values["task"] not in set(Task):
        raise AntiphonError("bad-request", why=f"there is no task {str(values['task'])[:40]!r}")
    # Only scripts that send bare music need the readers, so they are loaded here.
    from antiphon.bridge.asking import ask_about  # noqa: PLC0415
    from antiphon.bridge.documents import open_document  # noqa: PLC0415

    task, form = Task(str(values["task"])), str(values["format"])
    from_nothing = task is Task.GENERATE and not data
    document = None if from_nothing else open_document(data, "selection" + _SUFFIXES[form])
    try:
        request = ask_about(task, values, document).request
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)) from None
    return replace(request, id=str(values["id"]))


def _take_bytes(take: Take, form: str) -> bytes:
    if form == "json":
        return dumps(take)
    from antiphon.bridge.answers import written  # noqa: PLC0415

    return written(take, _SUFFIXES[form])


def _reply_fault(reply: Reply, request_id: str, fault: AntiphonError) -> None:
    words: dict[str, Any] = {"sentence": fault.sentence, "remedy": fault.remedy}
    with contextlib.suppress(OSError):
        reply("fault", {"id": request_id, "code": fault.code, **words})
