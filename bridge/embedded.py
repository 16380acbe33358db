"""Asking without a service: jobs and a model host inside this process, no carrier."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import TypeVar

from antiphon.bridge import paths
from antiphon.bridge.client import Client, Status
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.jobs import Jobs, fault_message
from antiphon.bridge.jobs.journal import Journal
from antiphon.bridge.jobs.supervisor import Commands, Supervisor
from antiphon.bridge.protocol.messages import Done, Fault, Message, Progress, Request, Take
from antiphon.bridge.settings import load_settings

_T = TypeVar("_T")
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

        def start() -> tuple[Journal, Supervisor, Jobs]:
            journal = Journal(None)
            supervisor = Supervisor(commands, settings, paths.log_folder())
            jobs = Jobs(journal, supervisor, settings.max_waiting)
            supervisor.start()
            jobs.start()
            return journal, supervisor, jobs

        self._journal, self._supervisor, self._jobs = self._call(start)

    def ask(self, request: Request) -> Iterator[Progress | Take]:
        """See `Client.ask`."""
        heard: queue.SimpleQueue[Message] = queue.SimpleQueue()

        def submit() -> None:
            try:
                self._jobs.submit(request, heard.put)
            except AntiphonError as fault:
                heard.put(fault_message(request.id, fault))

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
                self.cancel(request.id)

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
