"""Asking without a service: jobs and a model host inside this process, no carrier."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import TypeVar

from antiphon.bridge import paths
from antiphon.bridge.client import Client, Status
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.again import Again
from antiphon.bridge.jobs.jobs import Jobs, Listener, fault_message
from antiphon.bridge.jobs.journal import Journal
from antiphon.bridge.jobs.lookout import Lookout
from antiphon.bridge.jobs.supervisor import Commands, Supervisor
from antiphon.bridge.protocol.messages import Done, Fault, Message, Progress, Request, Take
from antiphon.bridge.protocol.table import Value
from antiphon.bridge.protocol.watching import Watched
from antiphon.bridge.settings import load_settings

_T = TypeVar("_T")
_NO_WORDS: Mapping[str, Value] = {}
# Who runs one command rather waits for the trained model than hear the rules: the same
# command then gives the same notes on a slow computer as on a fast one.
_PATIENCE_SECONDS = 60.0


class EmbeddedClient(Client):
    """A client with its own jobs and host, on an event loop in a thread of its own."""

    def __init__(self, commands: Commands) -> None:
        logging.getLogger("antiphon").addHandler(logging.NullHandler())
        settings = replace(load_settings(), cold_patience_seconds=_PATIENCE_SECONDS)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="antiphon", daemon=True)
        self._thread.start()

        def start() -> tuple[Journal, Supervisor, Jobs, Lookout]:
            journal = Journal(None)
            supervisor = Supervisor(commands, settings, paths.log_folder())
            jobs = Jobs(journal, supervisor, settings.max_waiting)
            lookout = Lookout(journal)
            jobs.observer, jobs.keeper = lookout.noticed, lookout.landed
            supervisor.start()
            jobs.start()
            return journal, supervisor, jobs, lookout

        self._journal, self._supervisor, self._jobs, self._lookout = self._call(start)
        self._again = Again(self._jobs)

    def ask(self, request: Request) -> Iterator[Progress | Take]:
        """See `Client.ask`."""
        return self._heard(request.id, lambda listener: self._jobs.submit(request, listener))

    def again(self, request_id: str, number: int) -> Iterator[Progress | Take]:
        """See `Client.again`."""

        def begin(listener: Listener) -> None:
            self._again.ask(request_id, number, listener)

        return self._heard(request_id, begin)

    def request(self, request_id: str) -> tuple[Request, tuple[Take, ...]]:
        """See `Client.request`."""
        request, takes = self._call(lambda: self._jobs.known(request_id))
        return request, tuple(takes[number] for number in sorted(takes))

    def watch(self, since: int, seconds: float = 20.0) -> Watched:
        """See `Client.watch`."""
        waiting = self._lookout.watch(since, seconds)
        return asyncio.run_coroutine_threadsafe(waiting, self._loop).result()

    def do(self, what: str, editor: str = "", words: Mapping[str, Value] = _NO_WORDS) -> None:
        """See `Client.do`: no editor is heard without the service."""
        raise AntiphonError("no-editor", which=f" ({editor})" if editor else "")

    def _heard(
        self, request_id: str, begin: Callable[[Listener], None]
    ) -> Iterator[Progress | Take]:
        """What a listener hears until the request is over."""
        heard: queue.SimpleQueue[Message] = queue.SimpleQueue()

        def submit() -> None:
            try:
                begin(heard.put)
            except AntiphonError as fault:
                heard.put(fault_message(request_id, fault))

        self._loop.call_soon_threadsafe(submit)
        is_over = False
        try:
            while not is_over:
                message = heard.get()
                is_over = isinstance(message, Done | Fault)
                if isinstance(message, Progress | Take):
                    yield message
                elif isinstance(message, Fault):
                    words = (message.code, message.sentence, message.remedy)
                    raise AntiphonError.from_words(*words)
        finally:
            if not is_over:
                self.cancel(request_id)

    def cancel(self, request_id: str) -> None:
        """See `Client.cancel`."""
        self._call(lambda: self._jobs.cancel(request_id))

    def keep(self, request_id: str, number: int) -> None:
        """See `Client.keep`."""
        with contextlib.suppress(AntiphonError):
            self._call(lambda: self._jobs.keep(request_id, number))

    def status(self) -> Status:
        """See `Client.status`."""
        return Status(False, 0, version("antiphon"), self._supervisor.engine)

    def close(self) -> None:
        """End the host and the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        await self._jobs.stop()
        await self._supervisor.stop()
        self._journal.close()

    def _call(self, function: Callable[[], _T]) -> _T:
        """Run a function on the loop's thread and wait for what it gives."""

        async def run() -> _T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()
