"""The desk for scripts that speak in lines: asks become requests, takes become replies."""

import asyncio
import logging
import re
from dataclasses import dataclass

from antiphon.bridge.carriers.lines_folder import Outlet
from antiphon.bridge.editors import daw
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_part import part_file
from antiphon.bridge.jobs.again import Again
from antiphon.bridge.jobs.jobs import Jobs
from antiphon.bridge.jobs.lookout import Lookout
from antiphon.bridge.protocol.line_table import FROM_SCRIPTS, NEED_ID
from antiphon.bridge.protocol.lines import Lines
from antiphon.bridge.protocol.messages import Done, Fault, Message, Progress, Request, Take
from antiphon.bridge.protocol.watching import kind_of

_log = logging.getLogger("antiphon.lines")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Larger music is read beside the event loop, so that a cancel is still heard at once.
_SMALL = 16_384


class LinesDesk:
    """Handles the messages of `plugins/CONTRACT.md` that come as files of lines."""

    def __init__(self, jobs: Jobs, again: Again, lookout: Lookout) -> None:
        self._jobs = jobs
        self._again = again
        self._lookout = lookout
        self._reading: set[asyncio.Task[None]] = set()

    def handle(self, lines: Lines, music: bytes, outlet: Outlet) -> None:
        """Handle one message; replies come then or later. Never raises."""
        try:
            self._handle(lines, music, outlet)
        except AntiphonError as fault:
            outlet.fault(lines.text("id")[:64], fault)
        except Exception as error:
            # One message may fail; the carrier must go on.
            _log.exception("message %s", lines.text("message")[:40])
            outlet.fault(lines.text("id")[:64], AntiphonError("internal", why=type(error).__name__))

    def _handle(self, lines: Lines, music: bytes, outlet: Outlet) -> None:
        name, request_id = lines.text("message"), lines.text("id")
        if name not in FROM_SCRIPTS:
            raise AntiphonError("bad-request", why=f"there is no message {name[:40]!r}")
        if name in NEED_ID and not _ID.fullmatch(request_id):
            raise AntiphonError("bad-request", why="an id has 1 to 64 of A-Z a-z 0-9 . _ -")
        self._register(lines)
        if name in ("ask", "region"):
            self._read(lines, music, outlet)
        elif name == "again":
            number = lines.integer("number")
            request = self._jobs.request_of(request_id)
            self._again.ask(request_id, number, LinesListener(outlet, request, number))
        elif name == "cancel":
            # Whoever asked is told at once, as the answer to the ask.
            self._jobs.cancel(request_id)
        elif name == "kept":
            number = lines.integer("number")
            self._jobs.keep(request_id, number)
            outlet.reply("kept", lambda _: (("id", request_id), ("number", number)))

    def _register(self, lines: Lines) -> None:
        editor = lines.text("editor")
        if editor:
            document, title = lines.text("document"), lines.text("title")
            # A greeting comes by itself, unless the script knows that its window is in front.
            acts = lines.text("message") != "hello" or lines.text("focus") == "1"
            self._lookout.seen(kind_of(editor), editor, document, title, is_acting=acts)

    def _read(self, lines: Lines, music: bytes, outlet: Outlet) -> None:
        if len(music) <= _SMALL:
            self._heard(lines, _request(lines, music), outlet)
            return
        task = asyncio.create_task(self._read_aside(lines, music, outlet))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read_aside(self, lines: Lines, music: bytes, outlet: Outlet) -> None:
        try:
            request = await asyncio.to_thread(_request, lines, music)
            self._heard(lines, request, outlet)
        except AntiphonError as fault:
            outlet.fault(lines.text("id")[:64], fault)

    def _heard(self, lines: Lines, request: Request, outlet: Outlet) -> None:
        kind = kind_of(lines.text("editor"))
        if lines.text("message") == "region":
            self._lookout.selected(kind, lines.text("title"), request)
            return
        self._lookout.came_from(request.id, kind)
        last = request.first_take + request.count - 1
        self._jobs.submit(request, LinesListener(outlet, request, last))


def _request(lines: Lines, music: bytes) -> Request:
    if lines.text("message") == "region":
        return daw.region_from(lines, music)
    return daw.request_from(lines, music)


@dataclass(frozen=True, eq=False, slots=True)
class LinesListener:
    """Writes what is heard about a request as replies; take `last` is the last one."""

    outlet: Outlet
    request: Request
    last: int

    def __call__(self, message: Message) -> None:
        """Hear one message; called by the jobs."""
        if isinstance(message, Progress):
            self.outlet.progress(self.request.id, message.stage.value, message.fraction)
        elif isinstance(message, Take):
            self._write(message)
        elif isinstance(message, Fault):
            words = (message.code, message.sentence, message.remedy)
            self.outlet.fault(self.request.id, AntiphonError.from_words(*words))
        elif isinstance(message, Done):
            self.outlet.close()

    def _write(self, take: Take) -> None:
        is_last = take.number >= self.last
        placed = daw.placed_parts(self.request, take)
        files = [part_file(one.part, take.phrase.length) for one in placed]
        self.outlet.reply(
            "take",
            lambda places: daw.take_pairs(self.request, take, places, is_last=is_last),
            files,
        )
        if is_last:
            self.outlet.close()
