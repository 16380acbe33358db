"""Files of lines as a carrier: for scripts that have neither sockets nor JSON (REAPER, Ardour).

A script writes `inbox/NAME.mid`, then `inbox/NAME.ask` under another name first and renames it;
replies appear as `outbox/NAME.0.reply`, `outbox/NAME.1.reply` and so on, each whole, the parts
of an answer beside them as `outbox/NAME.N.K.mid`. `outbox/NAME.progress` is replaced while a
request is worked on. File permissions stand for the token.
"""

import asyncio
import contextlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.carriers.exchange_folder import INBOX, OUTBOX
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.protocol.lines import MAX_BYTES, Lines, Pair, lines_of, read_lines

_log = logging.getLogger("antiphon.lines")
# A key was pressed a moment ago: the next one may follow, and is heard sooner.
QUICK_SECONDS, IDLE_SECONDS, LIVELY_SECONDS = 0.01, 0.05, 60.0
_ASK = re.compile(r"([A-Za-z0-9_-]{1,64})\.ask")
_MUSIC = re.compile(r"[A-Za-z0-9_-]{1,64}\.mid")
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class Outlet:
    """Where the replies to one message go."""

    def __init__(self, outbox: Path, name: str) -> None:
        self._outbox = outbox
        self._name = name
        self._count = 0

    def reply(
        self,
        message: str,
        pairs: Callable[[Sequence[str]], Iterable[Pair]],
        files: Iterable[bytes] = (),
    ) -> None:
        """Write the next reply; `pairs` makes its lines of the paths of the files beside it."""
        number = self._count
        self._count += 1
        try:
            places = [
                self._write(f"{self._name}.{number}.{place}.mid", data)
                for place, data in enumerate(files, 1)
            ]
            self._write(f"{self._name}.{number}.reply", lines_of(message, pairs(places)))
        except OSError as error:
            _log.error("a reply to %s could not be written: %s", self._name, error.strerror)

    def fault(self, request_id: str, fault: AntiphonError) -> None:
        """Write a fault, which ends the conversation."""
        words = {"code": fault.code, "sentence": fault.sentence, "remedy": fault.remedy}
        self.reply("fault", lambda _: (("id", request_id), *words.items()))
        self.close()

    def progress(self, request_id: str, stage: str, fraction: float) -> None:
        """Replace the file that shows how far the request is."""
        pairs = (("id", request_id), ("stage", stage), ("fraction", f"{fraction:.3f}"))
        with contextlib.suppress(OSError):
            self._write(f"{self._name}.progress", lines_of("progress", pairs))

    def close(self) -> None:
        """Take the progress away: nothing more will come."""
        with contextlib.suppress(OSError):
            (self._outbox / f"{self._name}.progress").unlink(missing_ok=True)

    def _write(self, name: str, data: bytes) -> str:
        """Old file or new file, never half of one; returns its path."""
        scratch, path = self._outbox / f".{name}", self._outbox / name
        scratch.write_bytes(data)
        scratch.replace(path)
        return str(path.absolute())


LinesHandler = Callable[[Lines, bytes, Outlet], None]


class LinesCarrier:
    """The service's end of the files of lines."""

    def __init__(self, run_folder: Path, handler: LinesHandler) -> None:
        self._inbox = paths.make_private(run_folder / INBOX)
        self._outbox = paths.make_private(run_folder / OUTBOX)
        self._handler = handler
        self._polling: asyncio.Task[None] | None = None
        self._heard_at = 0.0

    def start(self) -> None:
        """Begin to look for messages."""
        self._polling = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Stop looking."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    async def _poll(self) -> None:
        while True:
            # The other carrier of this folder makes it again where somebody cleaned up too well.
            with contextlib.suppress(OSError):
                for name in self._waiting():
                    self._take_safely(name)
            is_lively = time.monotonic() - self._heard_at < LIVELY_SECONDS
            await asyncio.sleep(QUICK_SECONDS if is_lively else IDLE_SECONDS)

    def _waiting(self) -> list[str]:
        """The names of the messages that are there, in the order in which they were written."""
        found: list[tuple[int, str]] = []
        with os.scandir(self._inbox) as entries:
            for entry in entries:
                if named := _ASK.fullmatch(entry.name):
                    # A cancel must not be heard before what it cancels.
                    written = entry.stat(follow_symlinks=False).st_mtime_ns
                    found.append((written, named.group(1)))
        return [name for _, name in sorted(found)]

    def _take_safely(self, name: str) -> None:
        try:
            self._take(name)
        except Exception:
            # One message may fail; the carrier must go on.
            _log.exception("message %s", name)

    def _take(self, name: str) -> None:
        path = self._inbox / f"{name}.ask"
        data = _read(path, MAX_BYTES)
        try:
            path.unlink()
        except OSError:
            # What cannot be taken away would be answered for ever.
            return
        outlet = Outlet(self._outbox, name)
        try:
            lines = read_lines(data if data is not None else b"")
            music = self._music(name, lines)
        except AntiphonError as fault:
            (self._inbox / f"{name}.mid").unlink(missing_ok=True)
            outlet.fault(_id_in(data or b""), fault)
            return
        # Greetings come every few seconds, and are no reason to hurry.
        if lines.text("message") != "hello":
            self._heard_at = time.monotonic()
        self._handler(lines, music, outlet)

    def _music(self, name: str, lines: Lines) -> bytes:
        """The bytes of the file that goes with a message, which is taken away; none if unnamed."""
        named = lines.text("music")
        if not named:
            return b""
        if not _MUSIC.fullmatch(named):
            raise AntiphonError("bad-request", why="the music is named NAME.mid, without a folder")
        path = self._inbox / named
        data = _read(path, MAX_FILE_BYTES)
        with contextlib.suppress(OSError):
            path.unlink()
        if data is None:
            raise AntiphonError("payload-missing", id=lines.text("id") or name)
        return data


def _read(path: Path, most: int) -> bytes | None:
    """A plain file's bytes, one more than `most` at most; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | _NO_LINKS)
        with os.fdopen(handle, "rb") as file:
            return file.read(most + 1)
    except OSError:
        return None


def _id_in(data: bytes) -> str:
    """The id of a message that could not be read otherwise."""
    found = re.search(rb"^id=([A-Za-z0-9._-]{1,64})\r?$", data[:4096], re.MULTILINE)
    return found.group(1).decode() if found else ""
