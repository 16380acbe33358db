"""The model host: a child process that answers requests on standard input and output.

`python -m antiphon.models.host [--engine torch|theory]`. Frames of
`antiphon.bridge.protocol.frames` go both ways; nothing else is written to standard output.
A thread reads, so that a `Cancel` is seen while an answer is being written.
"""

import argparse
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.frames import FrameReader, encode_frame
from antiphon.bridge.protocol.messages import (
    Cancel,
    Done,
    Fault,
    Message,
    Progress,
    Ready,
    Request,
    Stage,
)
from antiphon.models.tasks.engines import Engine, engine_for

_CHUNK = 1 << 16
_REMEMBERED = 1024
# The part of a deadline that the models may use; what is left is the rules' time.
_PATIENCE = 0.8
_SIGN_OF_LIFE_SECONDS = 0.4


class Inbox:
    """Requests in order and the ids that were cancelled, filled by the reading thread."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._ready = threading.Condition()
        self._waiting: deque[tuple[Request, float]] = deque()
        self._cancelled: deque[str] = deque(maxlen=_REMEMBERED)
        self._closed = False

    def read(self) -> None:
        """Read frames until the stream ends; a broken stream counts as ended."""
        frames = FrameReader()
        try:
            while data := os.read(self._stream, _CHUNK):
                for message in frames.feed(data):
                    self._take(message)
        except (OSError, AntiphonError):
            pass
        with self._ready:
            self._closed = True
            self._ready.notify()

    def next(self) -> tuple[Request, float] | None:
        """The next request with its time of arrival, or None when there will be no more."""
        with self._ready:
            while not self._waiting and not self._closed:
                self._ready.wait()
            return self._waiting.popleft() if self._waiting and not self._closed else None

    def is_cancelled(self, request_id: str) -> bool:
        """Whether nobody waits for this request any more."""
        return self._closed or request_id in self._cancelled

    def _take(self, message: Message) -> None:
        with self._ready:
            if isinstance(message, Request):
                # Asked again, it is wanted again.
                if message.id in self._cancelled:
                    self._cancelled.remove(message.id)
                self._waiting.append((message, time.monotonic()))
            elif isinstance(message, Cancel):
                self._cancelled.append(message.request_id)
            self._ready.notify()


def answer(
    engine: Engine, request: Request, arrived: float, inbox: Inbox, send: Callable[[Message], None]
) -> None:
    """Answer one request: progress, takes, and last either `Done` or a `Fault`."""

    done, told_at = 0, time.monotonic()

    def is_late() -> bool:
        return time.monotonic() - arrived > _PATIENCE * request.deadline_seconds

    def is_cancelled() -> bool:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at > _SIGN_OF_LIFE_SECONDS:
            # Models ask often whether to stop: that they ask shows that they are alive.
            told_at = now
            send(Progress(request.id, Stage.WRITING, done / request.count))
        return now - arrived > request.deadline_seconds or inbox.is_cancelled(request.id)

    try:
        send(Progress(request.id, Stage.WRITING, 0.0))
        for take in engine.takes(request, is_cancelled, is_late):
            send(take)
            done += 1
            if done < request.count:
                send(Progress(request.id, Stage.WRITING, done / request.count))
        send(Done(request.id))
    except InterruptedError:
        code = "cancelled" if inbox.is_cancelled(request.id) else "deadline-passed"
        send(_fault(request, AntiphonError(code)))
    except AntiphonError as error:
        send(_fault(request, error))
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:200]
        sys.stderr.write(f"{why}\n")
        send(_fault(request, AntiphonError("model-failed", why=why)))


def serve(kind: str, incoming: int, outgoing: int) -> None:
    """Answer requests of the stream `incoming` on `outgoing` until either ends."""
    inbox = Inbox(incoming)
    threading.Thread(target=inbox.read, name="inbox", daemon=True).start()

    def send(message: Message) -> None:
        data = memoryview(encode_frame(message))
        while data:
            data = data[os.write(outgoing, data) :]

    try:
        engine = engine_for(kind)
        send(Ready(engine.name, engine.models))
        while (found := inbox.next()) is not None:
            answer(engine, *found, inbox, send)
    except BrokenPipeError:
        return


def main(arguments: list[str] | None = None) -> int:
    """Run the host on this process's standard streams; it ends when standard input closes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("torch", "theory"), default="torch")
    options = parser.parse_args(arguments)
    incoming, outgoing = os.dup(0), os.dup(1)
    # Whatever a library prints goes to standard error: standard output is the pipe.
    os.dup2(2, 1)
    serve(options.engine, incoming, outgoing)
    return 0


def _fault(request: Request, error: AntiphonError) -> Fault:
    return Fault(request.id, error.code, error.sentence, error.remedy)


if __name__ == "__main__":
    # The reading thread may be blocked in a read: leave without waiting for it.
    code = main()
    sys.stdout.flush()
    os._exit(code)
