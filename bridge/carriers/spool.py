"""Spool files: music beside the messages, each file named by the SHA-256 of its bytes.

No path is ever taken from a message: a name is 64 hexadecimal digits, opened inside the
spool folder and never through a link.
"""

import contextlib
import hashlib
import os
import re
import time
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError

SPOOL = "spool"
_NAME = re.compile(r"[0-9a-f]{64}")
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Spool:
    """The spool of a run folder; `max_bytes` bounds one file."""

    def __init__(self, run_folder: Path, max_bytes: int) -> None:
        self._folder = paths.make_private(run_folder / SPOOL)
        self._max_bytes = max_bytes

    def put(self, data: bytes) -> str:
        """Write a file, whole or not at all, and return its name.

        Raises AntiphonError("too-large" or "unwritable-file").
        """
        if len(data) > self._max_bytes:
            raise AntiphonError("too-large", what="The music", why=f"{len(data)} bytes")
        name = hashlib.sha256(data).hexdigest()
        path = self._folder / name
        if self._holds(path, data):
            return name
        scratch = self._folder / f".{name}.{os.getpid()}.{time.monotonic_ns()}"
        try:
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, 0o600)
            with os.fdopen(handle, "wb") as file:
                # Not forced to the disk, which takes 10 ms and more: the name tells whether a
                # file is whole, and what a power cut takes is asked for again.
                file.write(data)
            scratch.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                scratch.unlink(missing_ok=True)
            why = error.strerror or "the disk refused it"
            raise AntiphonError("unwritable-file", what="The spool", why=why) from None
        return name

    def get(self, name: str, request_id: str) -> bytes:
        """The bytes of a file, checked against its name.

        Raises AntiphonError: "payload-missing" where the file is not there, not a plain file
        or holds other bytes, "too-large", "bad-request" for a name that is none.
        """
        if not _NAME.fullmatch(name):
            raise AntiphonError("bad-request", why="a payload is named by 64 hexadecimal digits")
        try:
            handle = os.open(self._folder / name, os.O_RDONLY | _NO_LINKS)
            with os.fdopen(handle, "rb") as file:
                data = file.read(self._max_bytes + 1)
        except OSError:
            raise AntiphonError("payload-missing", id=request_id) from None
        if len(data) > self._max_bytes:
            raise AntiphonError("too-large", what="The music", why=f"over {self._max_bytes} bytes")
        if hashlib.sha256(data).hexdigest() != name:
            raise AntiphonError("payload-missing", id=request_id)
        return data

    def _holds(self, path: Path, data: bytes) -> bool:
        """Whether the file is there and whole; its age is counted from now then."""
        try:
            handle = os.open(path, os.O_RDONLY | _NO_LINKS)
            with os.fdopen(handle, "rb") as file:
                if file.read(len(data) + 1) != data:
                    return False
            os.utime(path)
        except OSError:
            return False
        return True

    def clean(self, max_age_seconds: float, max_total_bytes: int) -> int:
        """Remove files that are too old, then the oldest over the total; return how many."""
        files = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                status = path.lstat()
                files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        oldest_allowed, removed = time.time() - max_age_seconds, 0
        for modified, size, path in sorted(files):
            if modified >= oldest_allowed and total <= max_total_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
            total -= size
        return removed
