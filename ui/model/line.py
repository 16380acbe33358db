"""The line to the service: finding it, starting it, watching what the editors do."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.model.topics import Topic

if TYPE_CHECKING:
    from antiphon.bridge.client import Client

Post = Callable[[Callable[[], None]], None]
STARTING, CONNECTED, ALONE, LOST = "starting", "connected", "alone", "lost"
_START_SECONDS = 30.0
_RETRY_SECONDS = 1.0
# A service that the panel started ends by itself when nobody has asked for so long.
_IDLE_SECONDS = 1800


class Line:
    """One client for all threads of the panel; what changed is posted to the panel's own thread.

    `post` runs a function on the panel's thread. `state`, `engine` and `watched` are read there.
    """

    def __init__(self, post: Post, connect: "Callable[[], Client] | None" = None) -> None:
        self._post = post
        self._connect = connect or connected_or_started
        self._client: Client | None = None
        self._is_there = threading.Event()
        self._is_over = threading.Event()
        self.state, self.engine = STARTING, ""
        self.watched: Any = None
        self.changed, self.seen = Topic(), Topic()

    def open(self) -> None:
        """Begin to look for the service, in a thread."""
        threading.Thread(target=self._run, name="antiphon line", daemon=True).start()

    def close(self) -> None:
        """Let go of the service; a client that keeps its own host ends it."""
        self._is_over.set()
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def client(self, seconds: float = _START_SECONDS) -> "Client":
        """The client, waited for; call it in a thread. Raises AntiphonError("no-answer")."""
        if not self._is_there.wait(seconds) or self._client is None:
            raise AntiphonError("no-answer")
        return self._client

    def tell(self, function: "Callable[[Client], object]", failed: Callable[[AntiphonError], None],
             done: Callable[[], None] = lambda: None) -> None:  # fmt: skip
        """Call a function with the client in a thread; a fault is posted to `failed`."""

        def run() -> None:
            try:
                function(self.client())
            except AntiphonError as fault:
                self._post(lambda fault=fault: failed(fault))  # type: ignore[misc]
            else:
                self._post(done)

        threading.Thread(target=run, name="antiphon tell", daemon=True).start()

    def command(self, what: str, editor: str, words: Mapping[str, Any],
                failed: Callable[[AntiphonError], None],
                done: Callable[[], None] = lambda: None) -> None:  # fmt: skip
        """Have an editor do something, in a thread."""
        self.tell(lambda client: client.do(what, editor, words), failed, done)

    def _run(self) -> None:
        since = 0
        while not self._is_over.is_set():
            try:
                client = self._client or self._opened()
                if not hasattr(client, "watch"):
                    return
                watched = client.watch(since, 20.0)
                since = watched.now
                self._post(lambda watched=watched: self._heard(watched))  # type: ignore[misc]
            except NotImplementedError:
                return
            except AntiphonError:
                self._lose()
                since = 0

    def _opened(self) -> "Client":
        client = self._connect()
        if self._is_over.is_set():
            client.close()
            raise AntiphonError("no-answer")
        status = client.status()
        self._client = client
        self._is_there.set()
        state = CONNECTED if status.is_service else ALONE
        self._post(lambda: self._say(state, status.engine))
        return client

    def _lose(self) -> None:
        if self._is_over.is_set():
            return
        client, self._client = self._client, None
        self._is_there.clear()
        if client is not None:
            with contextlib.suppress(AntiphonError):
                client.close()
        self._post(lambda: self._say(LOST, ""))
        self._is_over.wait(_RETRY_SECONDS)

    def _say(self, state: str, engine: str) -> None:
        if self._is_over.is_set():
            return
        self.state, self.engine = state, engine
        self.changed.tell()

    def _heard(self, watched: Any) -> None:
        if self._is_over.is_set():
            return
        self.watched = watched
        self.seen.tell()


def connected_or_started() -> "Client":
    """A client of the service, which is started where none runs; its own host where that fails."""
    from antiphon.bridge.client import Client  # noqa: PLC0415  # 100 ms after the first paint

    with contextlib.suppress(AntiphonError):
        return Client.connect()
    service = start_service()
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and service.poll() is None:
        with contextlib.suppress(AntiphonError):
            return Client.connect()
        time.sleep(0.1)
    return Client.embedded()


def start_service() -> "subprocess.Popen[bytes]":
    """Start `antiphon serve` in a process of its own, that outlives the panel for the editors."""
    command = [sys.executable, "-m", "antiphon.bridge.cli", "serve"]
    return subprocess.Popen(
        [*command, "--idle-exit", str(_IDLE_SECONDS)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
    )
