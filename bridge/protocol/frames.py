"""Messages on a byte stream: a 4-byte big-endian length, then JSON {"type": …, "value": …}.

This is the pipe between the service and the model host. The reader holds no more than one
frame, refuses frames over `MAX_FRAME` and names every fault "bad-request".
"""

import json
import struct
from typing import get_args

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import from_json, to_json
from antiphon.bridge.protocol.messages import Message

MAX_FRAME = 32 * 1024 * 1024
_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Message)}
_HEADER = struct.Struct(">I")


def encode_frame(message: Message) -> bytes:
    """The bytes of one message on the pipe."""
    body = {"type": type(message).__name__, "value": to_json(message)}
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return _HEADER.pack(len(data)) + data


class FrameReader:
    """Turns bytes, in pieces of any size, into messages.

    Raises AntiphonError("bad-request") on a frame that is too long or not a known message;
    the stream cannot be used after that.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages completed by `data`, in order."""
        self._buffer += data
        found: list[Message] = []
        while len(self._buffer) >= _HEADER.size:
            (size,) = _HEADER.unpack_from(self._buffer)
            if size > MAX_FRAME:
                raise AntiphonError("bad-request", why=f"a frame of {size} bytes")
            if len(self._buffer) < _HEADER.size + size:
                break
            body = bytes(self._buffer[_HEADER.size : _HEADER.size + size])
            del self._buffer[: _HEADER.size + size]
            found.append(_decode(body))
        return found


def _decode(body: bytes) -> Message:
    try:
        data = json.loads(body)
        kind = _KINDS[data["type"]]
        value = data["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise AntiphonError("bad-request", why="it is not a known message") from None
    return from_json(kind, value)
