"""A bounded walk over a Standard MIDI File (RP-001) before any library reads it.

mido refuses a whole file for one odd meta event and builds every event before it can be
counted; so events are counted here and odd meta events are made opaque.
"""

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import SMF_EVENTS

_OPAQUE = 0x7F  # sequencer-specific: any content, kept and passed over
# Meta events of a fixed length, which the libraries read without looking.
_LENGTHS = {0x20: 1, 0x21: 1, 0x51: 3, 0x54: 5, 0x58: 4, 0x59: 2}
_CHANNEL_BYTES = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}


class _OutOfStepError(Exception):
    """The walk met what is no event; the library that reads next will name the fault."""


def guarded(data: bytes, what: str) -> bytes:
    """The file with meta events that no program can mean made opaque, of the same length.

    Time is bounded by `limits.SMF_EVENTS`; past it AntiphonError("too-large") is raised.
    """
    found = bytearray(data)
    events = 0
    place = 8 + int.from_bytes(data[4:8])
    while found[place : place + 4] == b"MTrk":
        end = place + 8 + int.from_bytes(found[place + 4 : place + 8])
        try:
            events = _walk(found, place + 8, min(end, len(found)), events, what)
        except (_OutOfStepError, IndexError):
            break
        place = end
    return bytes(found)


def _walk(data: bytearray, place: int, end: int, events: int, what: str) -> int:
    running = 0
    while place < end:
        events += 1
        if events > SMF_EVENTS:
            raise AntiphonError("too-large", what=what, why=f"more than {SMF_EVENTS} events")
        _, place = _number(data, place)
        status = data[place]
        if status < 0x80:
            status = running
        else:
            place += 1
            running = status if status != 0xFF else running
        if status == 0xFF:
            place = _meta(data, place)
        elif status in (0xF0, 0xF7):
            length, place = _number(data, place)
            place += length
        elif status >> 4 in _CHANNEL_BYTES:
            place += _CHANNEL_BYTES[status >> 4]
        else:
            raise _OutOfStepError
    return events


def _meta(data: bytearray, place: int) -> int:
    kind = data[place]
    length, start = _number(data, place + 1)
    body = data[start : start + length]
    if not _means_something(kind, body):
        data[place] = _OPAQUE
    return start + length


def _means_something(kind: int, body: bytearray) -> bool:
    if kind == 0x00:
        return len(body) in (0, 2)
    if len(body) != _LENGTHS.get(kind, len(body)):
        return False
    if kind == 0x51:
        return any(body)
    if kind == 0x58:
        return body[0] > 0 and body[1] <= 7
    if kind == 0x59:
        return (body[0] <= 7 or body[0] >= 0xF9) and body[1] <= 1
    return kind != 0x54 or body[0] >> 5 < 4


def _number(data: bytearray, place: int) -> tuple[int, int]:
    """A variable-length quantity and the place after it; four bytes at most."""
    value = 0
    for _ in range(4):
        byte = data[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place
    raise _OutOfStepError
