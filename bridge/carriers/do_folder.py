"""Commands to scripts in editors: `do/KIND.do`, one at a time, taken away by who reads it."""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.lines import Pair, lines_of

_log = logging.getLogger("antiphon.do")
DO = "do"
MAX_WAITING = 16
# A command that nobody read is of no use any more: a key pressed long ago startles.
STALE_SECONDS = 20.0


class DoFolder:
    """Writes the commands of each kind in turn, the next when the former is gone."""

    def __init__(self, run_folder: Path) -> None:
        self._folder = paths.make_private(run_folder / DO)
        self._waiting: dict[str, deque[tuple[float, bytes]]] = {}
        for path in self._folder.iterdir():
            # Meant for a script that an earlier service knew.
            with contextlib.suppress(OSError):
                path.unlink()

    def put(self, kind: str, pairs: Iterable[Pair]) -> None:
        """Have a script act. Raises AntiphonError("busy") where too much waits for it."""
        queue = self._waiting.setdefault(kind, deque())
        if len(queue) >= MAX_WAITING:
            raise AntiphonError("busy")
        queue.append((time.time(), lines_of("do", pairs)))
        self.pump()

    def pump(self) -> None:
        """Write what can be written; call it a few times a second."""
        now = time.time()
        for kind, queue in self._waiting.items():
            path = self._folder / f"{kind}.do"
            with contextlib.suppress(OSError):
                if now - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()
            while queue and now - queue[0][0] > STALE_SECONDS:
                queue.popleft()
            if queue and not path.exists():
                self._write(path, queue.popleft()[1])

    @property
    def is_waiting(self) -> bool:
        """Whether a command waits for the former to be read."""
        return any(self._waiting.values())

    def _write(self, path: Path, data: bytes) -> None:
        scratch = path.with_name(f".{path.name}")
        try:
            scratch.write_bytes(data)
            scratch.replace(path)
        except OSError as error:
            _log.error("%s could not be written: %s", path.name, error.strerror)
