"""A real round trip through each carrier of the running service, timed."""

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from antiphon.bridge.carriers.exchange_folder import INBOX, OUTBOX
from antiphon.bridge.carriers.http_line import call
from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.lines import lines_of, read_lines
from antiphon.bridge.runfile import RunFile

_PATIENCE = 3.0


def osc(_run: RunFile, _folder: Path) -> None:
    """Greet over UDP and be greeted. Raises AntiphonError."""
    with Client.connect() as client:
        client.status()


def http(run: RunFile, _folder: Path) -> None:
    """Look what goes on over HTTP. Raises AntiphonError."""
    call(run, "watch", {"since": -1}, _PATIENCE)


def json_files(_run: RunFile, folder: Path) -> None:
    """Greet with a JSON file and be greeted. Raises AntiphonError("no-answer")."""
    data = json.dumps({"message": "hello", "name": "doctor"}).encode()
    answer = json.loads(_exchanged(folder, data, "json", "json"))
    if answer.get("message") != "hello":
        raise AntiphonError("no-answer")


def line_files(_run: RunFile, folder: Path) -> None:
    """Ask for what nobody asked, with a file of lines, and be told so. Raises AntiphonError."""
    pairs = (("id", f"doctor-{uuid.uuid4().hex[:12]}"), ("number", 0))
    answer = read_lines(_exchanged(folder, lines_of("again", pairs), "ask", "reply"))
    if answer.text("code") != "unknown-request":
        raise AntiphonError("no-answer")


def timed(trip: Callable[[RunFile, Path], None], run: RunFile, folder: Path) -> float:
    """Milliseconds that a round trip takes. Raises AntiphonError."""
    began = time.monotonic()
    try:
        trip(run, folder)
    except (OSError, ValueError):
        raise AntiphonError("no-answer") from None
    return 1000 * (time.monotonic() - began)


TRIPS: tuple[tuple[str, str, Callable[[RunFile, Path], None]], ...] = (
    ("OSC", "any OSC program, and this command line", osc),
    ("HTTP", "MuseScore and the panel", http),
    ("files of lines", "REAPER and Ardour", line_files),
    ("files of JSON", "scripts without sockets", json_files),
)


def _exchanged(folder: Path, data: bytes, suffix: str, answer: str) -> bytes:
    """What comes back for a file in the inbox."""
    name = f"doctor-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    scratch = folder / INBOX / f".{name}.tmp"
    scratch.write_bytes(data)
    scratch.replace(folder / INBOX / f"{name}.{suffix}")
    reply = folder / OUTBOX / f"{name}.0.{answer}"
    until = time.monotonic() + _PATIENCE
    while not reply.exists():
        if time.monotonic() >= until:
            raise AntiphonError("no-answer")
        time.sleep(0.005)
    found = reply.read_bytes()
    with contextlib.suppress(OSError):
        reply.unlink()
    return found
