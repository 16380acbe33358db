"""A strict, bounded check of OSC 1.0 datagrams, passed before any OSC library sees them.

Written because python-osc 1.10 never returns from a bundle whose element size is negative
and lets three kinds of exception out. Source: Open Sound Control 1.0 specification (Wright,
2002), sections "OSC Packets" to "OSC Bundles".
"""

import math
import struct

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.table import ADDRESSES

MAX_DATAGRAM = 1200
MAX_NESTING = 4
MAX_ARGUMENTS = 64
_BUNDLE = b"#bundle\0"
_NUMBERS = {
    "i": struct.Struct(">i"),
    "h": struct.Struct(">q"),
    "f": struct.Struct(">f"),
    "d": struct.Struct(">d"),
}

OscValue = str | int | float | bytes | bool


def check_datagram(data: bytes) -> tuple[str, tuple[OscValue, ...]]:
    """The address and arguments of the one message in `data`.

    A message may be wrapped in bundles, at most 4 deep, one element each. Time and memory
    are bounded by the 1,200 bytes that are looked at.
    Raises AntiphonError("bad-datagram") for everything else, and nothing but that.
    """
    return _read_message(message_bytes(data))


def message_bytes(data: bytes) -> bytes:
    """The bytes of the one message in `data`, taken out of its bundles and not yet checked.

    Raises AntiphonError("bad-datagram") as `check_datagram` does.
    """
    if len(data) > MAX_DATAGRAM:
        raise _bad(f"{len(data)} bytes are too many")
    if not data or len(data) % 4:
        raise _bad("its length is not a multiple of four")
    depth = 0
    while data.startswith(_BUNDLE):
        depth += 1
        if depth > MAX_NESTING:
            raise _bad("bundles are nested too deep")
        data = _only_element(data)
    return data


def _only_element(data: bytes) -> bytes:
    # A bundle is "#bundle", a time tag of 8 bytes, then elements, each after its size.
    if len(data) < 20:
        raise _bad("a bundle is cut short or empty")
    (size,) = _NUMBERS["i"].unpack_from(data, 16)
    if size <= 0 or size % 4 or size > len(data) - 20:
        raise _bad("an element's size does not fit its bundle")
    if size != len(data) - 20:
        raise _bad("a bundle holds more than one element")
    return data[20:]


def _read_message(data: bytes) -> tuple[str, tuple[OscValue, ...]]:
    address, offset = _text(data, 0)
    if address not in ADDRESSES:
        raise _bad("its address is not in the table")
    tags, offset = _text(data, offset)
    if not tags.startswith(","):
        raise _bad("it has no type tags")
    if len(tags) - 1 > MAX_ARGUMENTS:
        raise _bad("it has too many arguments")
    values: list[OscValue] = []
    for tag in tags[1:]:
        value, offset = _value(tag, data, offset)
        values.append(value)
    if offset != len(data):
        raise _bad("it is longer than its arguments")
    return address, tuple(values)


def _value(tag: str, data: bytes, offset: int) -> tuple[OscValue, int]:
    if tag == "s":
        return _text(data, offset)
    if tag == "b":
        return _blob(data, offset)
    if tag in "TF":
        return tag == "T", offset
    if tag not in _NUMBERS:
        raise _bad("an argument has an unknown type")
    kind = _NUMBERS[tag]
    if offset + kind.size > len(data):
        raise _bad("an argument is cut short")
    value: int | float = kind.unpack_from(data, offset)[0]
    if isinstance(value, float) and not math.isfinite(value):
        raise _bad("a number is not finite")
    return value, offset + kind.size


def _text(data: bytes, offset: int) -> tuple[str, int]:
    end = data.find(b"\0", offset)
    if end < 0:
        raise _bad("a text has no end")
    after = end + 4 - end % 4
    if after > len(data) or any(data[end:after]):
        raise _bad("a text is not padded with zeros")
    try:
        return data[offset:end].decode("utf-8", "strict"), after
    except UnicodeDecodeError:
        raise _bad("a text is not UTF-8") from None


def _blob(data: bytes, offset: int) -> tuple[bytes, int]:
    if offset + 4 > len(data):
        raise _bad("an argument is cut short")
    (size,) = _NUMBERS["i"].unpack_from(data, offset)
    start = offset + 4
    after = start + size + -size % 4
    if size < 0 or after > len(data) or any(data[start + size : after]):
        raise _bad("a blob's size does not fit the datagram")
    return data[start : start + size], after


def _bad(why: str) -> AntiphonError:
    return AntiphonError("bad-datagram", why=why)
