"""The run file: where the service listens, with which token; and the lock of one service."""

import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError

LOCK_FILE = "service.lock"
_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class RunFile:
    """What an editor's script must know to speak to the service; ports are on 127.0.0.1."""

    protocol: int
    version: str
    pid: int
    http_port: int
    osc_port: int
    token: str


def new_token() -> str:
    """A secret of 128 bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def write_run_file(folder: Path, run: RunFile) -> None:
    """Publish the service, whole or not at all, readable by the owner only (0600)."""
    scratch = folder / f".{paths.RUN_FILE}.{os.getpid()}"
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(run), file)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(folder / paths.RUN_FILE)


def read_run_file(folder: Path) -> RunFile:
    """The run file of a service. Raises AntiphonError("service-not-running") without a good one."""
    try:
        with (folder / paths.RUN_FILE).open("rb") as file:
            data = json.loads(file.read(_MAX_BYTES))
        values = {field.name: data[field.name] for field in fields(RunFile)}
        if any(type(values[field.name]) is not field.type for field in fields(RunFile)):
            raise ValueError("a field of the wrong type")
        return RunFile(**values)
    except (OSError, ValueError, KeyError, TypeError):
        raise AntiphonError("service-not-running") from None


def remove_run_file(folder: Path, run: RunFile) -> None:
    """Take the run file away, if it is still ours."""
    try:
        if read_run_file(folder) == run:
            (folder / paths.RUN_FILE).unlink(missing_ok=True)
    except AntiphonError:
        return


class OneInstance:
    """The lock that only one living service holds; the system frees it when a service dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Whether the lock is ours now."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(handle, "r+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Free the lock; the file itself stays, since removing it would let two services in."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
