"""OSC over UDP on 127.0.0.1: checked before python-osc reads it, dropped without the token."""

import asyncio
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.osc import MAX_DATAGRAM, check_datagram, message_bytes
from antiphon.bridge.protocol.table import ROWS, Value, read_arguments, row_at, typed_arguments

_log = logging.getLogger("antiphon.osc")
_MAX_TEXT = 320

Reply = Callable[[str, Mapping[str, Value]], None]
Handler = Callable[[str, Mapping[str, Value], Reply], None]
Address = tuple[str, int]


def build_datagram(name: str, token: str, values: Mapping[str, Value]) -> bytes:
    """The datagram of a message of the table; texts are cut so that it fits 1,200 bytes."""
    row = ROWS[name]
    builder = OscMessageBuilder(row.address)
    for tag, value in typed_arguments(row, {**values, "token": token}):
        builder.add_arg(_cut(value) if isinstance(value, str) else value, tag)
    data: bytes = builder.build().dgram
    assert len(data) <= MAX_DATAGRAM
    return data


def read_datagram(data: bytes, token: str) -> tuple[str, dict[str, Value]]:
    """The name and arguments of a message that carries the token.

    Raises AntiphonError: "bad-datagram" for one that does not pass the check,
    "unauthorised" for one without the token.
    """
    check_datagram(data)
    message = OscMessage(message_bytes(data))
    row = row_at(message.address)
    values = read_arguments(row, message.params)
    given = str(values.pop("token")).encode()
    if not hmac.compare_digest(given, token.encode()):
        raise AntiphonError("unauthorised")
    return row.name, values


# Who lost an answer asks in several copies at once: those that come so soon after one another
# get the same datagrams again, which costs nothing, so that repeats never choke a busy service.
SAME_SECONDS, SILENT_SECONDS = 0.5, 0.1
_MAX_SAME, _MAX_ANSWERS = 512, 24


@dataclass(slots=True)
class _Recent:
    """A datagram that was handled a moment ago, and what was answered since."""

    at: float
    answers: list[bytes] = field(default_factory=list)


class OscCarrier(asyncio.DatagramProtocol):
    """The service's end; replies go to where a message came from, and nowhere else."""

    def __init__(self, token: str, handler: Handler) -> None:
        self.dropped = 0
        self._token = token
        self._handler = handler
        self._transport: asyncio.DatagramTransport | None = None
        self._recent: OrderedDict[tuple[Address, bytes], _Recent] = OrderedDict()

    @property
    def port(self) -> int:
        """The port that listens."""
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def stop(self) -> None:
        """Stop listening."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; called by asyncio."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Check, read and handle one datagram; called by asyncio."""
        if self._is_same(addr, data):
            return
        try:
            name, values = read_datagram(data, self._token)
        except AntiphonError as fault:
            # No answer: who does not know the token learns nothing. Logged at 1, 2, 4, 8 …
            self.dropped += 1
            if self.dropped & (self.dropped - 1) == 0:
                _log.warning("%d datagrams dropped, the last: %s", self.dropped, fault.sentence)
            return
        recent = _Recent(time.monotonic())
        self._recent[addr, data] = recent
        while len(self._recent) > _MAX_SAME:
            self._recent.popitem(last=False)
        self._handler(name, values, _Sender(self, addr, recent))
        # Counted from now: what was long in coming is not asked for at once again.
        recent.at = time.monotonic()

    def send(
        self, name: str, values: Mapping[str, Value], address: Address, recent: _Recent
    ) -> None:
        """Send one message; it may get lost, and the asking side asks again then."""
        data = build_datagram(name, self._token, values)
        if time.monotonic() - recent.at < SAME_SECONDS and len(recent.answers) < _MAX_ANSWERS:
            recent.answers.append(data)
        self._send(data, address)

    def _is_same(self, address: Address, data: bytes) -> bool:
        """Whether a datagram was handled a moment ago; its answers are sent once more then."""
        recent = self._recent.get((address, data))
        if recent is None:
            return False
        age = time.monotonic() - recent.at
        if age >= (SAME_SECONDS if recent.answers else SILENT_SECONDS):
            del self._recent[address, data]
            return False
        for answer in recent.answers:
            self._send(answer, address)
        return True

    def _send(self, data: bytes, address: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)

    def error_received(self, exc: Exception) -> None:
        """A peer has gone; it will ask again if it comes back. Called by asyncio."""


@dataclass(frozen=True, slots=True)
class _Sender:
    # Equal for equal addresses, so that a repeated ask does not make a second listener.
    carrier: OscCarrier
    address: Address
    recent: _Recent = field(compare=False)

    def __call__(self, name: str, values: Mapping[str, Value]) -> None:
        self.carrier.send(name, values, self.address, self.recent)


def _cut(text: str) -> str:
    data = text.encode("utf-8", "replace").replace(b"\0", b"")
    return data[:_MAX_TEXT].decode("utf-8", "ignore")
