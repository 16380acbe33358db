"""Receipts inside exported files: dropped back on the panel, a file brings its settings with it.

A MIDI file holds its receipt as a text event at the start of its first track, MusicXML and ABC
as a comment; other programs pass over both.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiphon.bridge.protocol.messages import Task
from antiphon.ui.model.store import Job

_SIGN = "antiphon-receipt "
_MOST = 16_384
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Stub:
    """What a receipt restores: the task, its controls, seed and number of the take."""

    task: Task
    values: dict[str, Any]
    seed: int
    take: int
    model: str


def stub_of(job: Job, number: int, model: str) -> Stub:
    """The receipt of a take of a job."""
    return Stub(job.request.task, dict(job.values), job.request.seed, number, model)


def with_receipt(data: bytes, suffix: str, stub: Stub) -> bytes:
    """The file's bytes with the receipt in them; unchanged in a format that has no place for it."""
    text = _SIGN + json.dumps(
        {"task": stub.task.value, "values": stub.values, "seed": stub.seed, "take": stub.take,
         "model": stub.model}, ensure_ascii=True,
    ).replace("--", "-\\u002d")  # fmt: skip
    if suffix in (".mid", ".midi", ".smf"):
        return _in_midi(data, text.encode())
    if suffix in (".musicxml", ".xml"):
        return _in_xml(data, text.encode())
    if suffix == ".abc":
        return data.rstrip(b"\n") + b"\n% " + text.encode() + b"\n"
    return data


def read(path: Path) -> Stub | None:
    """The receipt in a file, None where there is none that can be understood."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD)
            if path.suffix.lower() == ".abc":
                data += file.read()[-_MOST:]
    except OSError:
        return None
    return found_in(data)


def found_in(data: bytes) -> Stub | None:
    """The receipt in a file's first bytes, None where there is none."""
    at = data.find(_SIGN.encode())
    if at < 0:
        return None
    text = data[at + len(_SIGN) : at + _MOST].decode("ascii", errors="replace")
    try:
        found, _end = json.JSONDecoder().raw_decode(text)
        values = found["values"]
        if not isinstance(values, dict):
            return None
        task, model = Task(found["task"]), str(found["model"])
        return Stub(task, values, int(found["seed"]), int(found["take"]), model)
    except (ValueError, KeyError, TypeError):
        return None


def _in_midi(data: bytes, text: bytes) -> bytes:
    at = data.find(b"MTrk")
    if not data.startswith(b"MThd") or at < 0:
        return data
    event = b"\x00\xff\x01" + _length(len(text)) + text
    size = struct.unpack(">I", data[at + 4 : at + 8])[0] + len(event)
    return data[: at + 4] + struct.pack(">I", size) + event + data[at + 8 :]


def _length(number: int) -> bytes:
    """A MIDI variable-length quantity."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | number & 0x7F)
    return bytes(reversed(found))


def _in_xml(data: bytes, text: bytes) -> bytes:
    start = data.find(b"<score-")
    end = data.find(b">", start)
    if start < 0 or end < 0:
        return data
    return data[: end + 1] + b"\n<!-- " + text + b" -->" + data[end + 1 :]
