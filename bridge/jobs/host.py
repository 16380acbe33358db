"""One model host: a child process that speaks frames over its standard input and output."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.frames import FrameReader, encode_frame
from antiphon.bridge.protocol.messages import Cancel, Done, Message, Ready, Request

_log = logging.getLogger("antiphon.host")
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class HostCommand:
    """How to start a host: a module of this Python and its arguments."""

    module: str
    arguments: tuple[str, ...] = ()

    def argv(self) -> list[str]:
        """The command line; the host is tied to this process."""
        door = [sys.executable, "-m", "antiphon.bridge.jobs.child", str(os.getpid())]
        return [*door, self.module, *self.arguments]


class HostProcess:
    """A running host; `listener` hears its messages, and None once when it is gone."""

    def __init__(self, name: str, listener: Callable[["HostProcess", Message | None], None]):
        self.name = name
        self.started_at = time.monotonic()
        self.ready: Ready | None = None
        self.is_gone = False
        self.answers = 0
        self.changed = asyncio.Event()
        self._listener = listener
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, once started."""
        return self._process.pid if self._process else None

    async def start(self, command: Sequence[str], error_log: int | None) -> None:
        """Start the process. Raises OSError where that is impossible."""
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if error_log is None else error_log,
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read())

    def send(self, message: Request | Cancel) -> None:
        """Put a message on the pipe; a host that is gone hears nothing."""
        if self._process is None or self._process.stdin is None or self.is_gone:
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(encode_frame(message))

    def kill(self) -> None:
        """End the process at once, and whatever it started."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    async def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        self.kill()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        frames = FrameReader()
        try:
            while data := await self._process.stdout.read(_PIECE):
                for message in frames.feed(data):
                    self._hear(message)
        except AntiphonError as fault:
            _log.warning("%s host speaks nonsense: %s", self.name, fault.sentence)
        finally:
            self.kill()
            code = await self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            _log.info("%s host (process %s) ended with %s", self.name, self.pid, code)
            self.is_gone = True
            self.changed.set()
            self._listener(self, None)

    def _hear(self, message: Message) -> None:
        if isinstance(message, Ready):
            self.ready = message
            self.changed.set()
            seconds = time.monotonic() - self.started_at
            _log.info("%s host ready after %.2f s: %s", self.name, seconds, message.engine)
        self.answers += isinstance(message, Done)
        self._listener(self, message)
