"""What an editor is told to do: as if a key had been pressed there, by panel or command line.

A script that asks for commands over HTTP gets them there; one that reads files in the run folder.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.bridge.carriers.do_folder import MAX_WAITING, STALE_SECONDS, DoFolder
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.lookout import GONE_SECONDS, Lookout
from antiphon.bridge.protocol.messages import Task
from antiphon.bridge.protocol.table import Value
from antiphon.bridge.protocol.watching import DEEDS

WORDS = frozenset({*Task, *DEEDS})
MAX_WORDS = 48
MAX_TEXT = 4_096
_KEY = re.compile(r"[a-z_]{1,32}")
# What a command is told by, so that no word may take its place.
_TAKEN = frozenset({"antiphon", "message", "what", "status"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One command: what to do, and words by name."""

    what: str
    words: Mapping[str, Value]
    at: float


class Deeds:
    """Hands commands to scripts; all methods belong to one event loop."""

    def __init__(self, lookout: Lookout, folder: DoFolder) -> None:
        self._lookout = lookout
        self._folder = folder
        self._polled: dict[str, float] = {}
        self._pollers: dict[str, asyncio.Future[Deed | None]] = {}
        self._waiting: dict[str, deque[Deed]] = {}

    def command(self, what: str, editor: str, words: Mapping[str, Value]) -> str:
        """Have an editor act, "" meaning the one heard last; returns its kind.

        Raises AntiphonError: "no-editor", "busy", "bad-request" for a word that is none.
        """
        _check(what, words)
        # A take belongs where its request came from, whichever editor spoke last.
        own = self._lookout.editor_of(str(words.get("id", ""))) if what == "put" else ""
        kind = self._lookout.present(editor or own)
        deed = Deed(what, words, time.monotonic())
        poller = self._pollers.pop(kind, None)
        if poller is not None and not poller.done():
            poller.set_result(deed)
        elif deed.at - self._polled.get(kind, -GONE_SECONDS) < GONE_SECONDS:
            queue = self._waiting.setdefault(kind, deque())
            if len(queue) >= MAX_WAITING:
                raise AntiphonError("busy")
            queue.append(deed)
        else:
            self._folder.put(kind, (("what", what), *sorted(words.items())))
        return kind

    async def poll(self, kind: str, seconds: float) -> Deed | None:
        """The next command for an editor, None after so long without one; the newest asks alone."""
        self._polled[kind] = time.monotonic()
        earlier = self._pollers.pop(kind, None)
        if earlier is not None and not earlier.done():
            earlier.set_result(None)
        queue = self._waiting.get(kind, deque())
        while queue:
            deed = queue.popleft()
            if time.monotonic() - deed.at < STALE_SECONDS:
                return deed
        poller: asyncio.Future[Deed | None] = asyncio.get_running_loop().create_future()
        self._pollers[kind] = poller
        try:
            await asyncio.wait({poller}, timeout=seconds)
        finally:
            if self._pollers.get(kind) is poller:
                del self._pollers[kind]
            self._polled[kind] = time.monotonic()
        return poller.result() if poller.done() else None


def _check(what: str, words: Mapping[str, Value]) -> None:
    if what not in WORDS:
        known = ", ".join((*Task, *DEEDS))
        raise AntiphonError("bad-request", why=f"{what[:40]!r} is not one of {known}")
    if len(words) > MAX_WORDS:
        raise AntiphonError("bad-request", why=f"more than {MAX_WORDS} words")
    for name, value in words.items():
        if not _KEY.fullmatch(name) or name in _TAKEN:
            raise AntiphonError("bad-request", why=f"{name[:40]!r} is no word of a command")
        if not isinstance(value, str | int | float) or len(str(value)) > MAX_TEXT:
            raise AntiphonError("bad-request", why=f"{name} is neither a text nor a number")
