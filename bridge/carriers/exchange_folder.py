"""The spool folder as a carrier: for scripts that have files and nothing else.

A script writes `inbox/NAME.json` (under another name first, then renamed) holding
{"message": "ask", …} with the arguments of the table; replies appear as
`outbox/NAME.0.json`, `outbox/NAME.1.json` and so on. File permissions stand for the token.
"""

import asyncio
import contextlib
import json
import logging
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.carriers.udp import Handler
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.table import ROWS, Value, read_object

_log = logging.getLogger("antiphon.folder")
INBOX, OUTBOX = "inbox", "outbox"
POLL_SECONDS = 0.05
MAX_BYTES = 65_536
_KEEP_SECONDS = 86_400
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\.json")


class FolderCarrier:
    """The service's end of the exchange folder."""

    def __init__(self, run_folder: Path, handler: Handler) -> None:
        self._inbox = paths.make_private(run_folder / INBOX)
        self._outbox = paths.make_private(run_folder / OUTBOX)
        self._handler = handler
        self._polling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for messages."""
        self._polling = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Stop looking."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    def clean(self) -> None:
        """Remove what nobody fetched within a day."""
        for folder in (self._inbox, self._outbox):
            for path in folder.iterdir():
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < time.time() - _KEEP_SECONDS:
                        path.unlink()

    async def _poll(self) -> None:
        while True:
            try:
                found = sorted(self._inbox.iterdir())
            except OSError:
                # Somebody cleaned up too well.
                found = []
                with contextlib.suppress(OSError):
                    paths.make_private(self._inbox)
                    paths.make_private(self._outbox)
            for path in found:
                if _NAME.fullmatch(path.name):
                    self._take(path)
            await asyncio.sleep(POLL_SECONDS)

    def _take(self, path: Path) -> None:
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(handle, "rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError:
            data = b""
        try:
            path.unlink()
        except OSError:
            # What cannot be taken away would be answered for ever.
            return
        written = 0

        def reply(name: str, values: Mapping[str, Value]) -> None:
            nonlocal written
            # Progress is for those who listen; each file here is one that must be fetched.
            if name != "progress":
                self._write(f"{path.stem}.{written}.json", {"message": name, **values})
                written += 1

        try:
            name, values = _read(data)
        except AntiphonError as fault:
            words = {"code": fault.code, "sentence": fault.sentence, "remedy": fault.remedy}
            reply("fault", {"id": "", **words})
            return
        self._handler(name, values, reply)

    def _write(self, name: str, message: Mapping[str, Value]) -> None:
        scratch = self._outbox / f".{name}"
        try:
            scratch.write_text(json.dumps(message), encoding="utf-8")
            scratch.replace(self._outbox / name)
        except OSError as error:
            _log.error("%s could not be written: %s", name, error.strerror)


def _read(data: bytes) -> tuple[str, dict[str, Value]]:
    if len(data) > MAX_BYTES:
        raise AntiphonError("too-large", what="The message", why=f"over {MAX_BYTES} bytes")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise AntiphonError("bad-request", why="it is not JSON") from None
    if not isinstance(message, dict) or message.get("message") not in ROWS:
        raise AntiphonError("bad-request", why="it is not a message of the table")
    name = message["message"]
    try:
        return name, read_object(ROWS[name], message)
    except AntiphonError as fault:
        raise AntiphonError("bad-request", why=fault.sentence) from None
