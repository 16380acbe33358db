"""HTTP on 127.0.0.1 for scripts that have nothing else: JSON in, JSON out, a dozen routes.

A small server of our own over asyncio: waiting for an answer then costs no thread, and what
is accepted is little enough to be read in one sitting. Every request needs the token; a web
page cannot get in, since any Origin and any Host but loopback is refused and no CORS header
is ever sent. Source: RFC 9112 (messages), RFC 6750 section 2.1 (bearer tokens).
"""

import asyncio
import contextlib
import hmac
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from antiphon.bridge.errors import AntiphonError

_log = logging.getLogger("antiphon.http")
PREFIX = "/antiphon/1/"
METHODS: Mapping[str, str] = {
    "hello": "GET",
    "ask": "POST",
    "takes": "POST",
    "landed": "POST",
    "cancel": "POST",
    "again": "POST",
    "region": "POST",
    "do": "POST",
    "watch": "POST",
    "request": "POST",
    "command": "POST",
}
# Routes that wait for something to happen.
LONG = ("do", "watch")
_LOOK_SECONDS = 0.25
MAX_HEAD = 16_384
MAX_BODY = 8 * 2**20
MAX_CONNECTIONS = 64
HEAD_SECONDS = 30.0
BODY_SECONDS = 10.0

Body = dict[str, Any]
Route = Callable[[str, Body], Awaitable[Body]]


@dataclass(frozen=True, slots=True)
class _Head:
    method: str
    target: str
    headers: Mapping[str, str]
    keeps_alive: bool


class _RefusedError(Exception):
    """A request that ends here, with a status, and a fault that says why."""

    def __init__(self, status: HTTPStatus, fault: AntiphonError) -> None:
        self.status = status
        self.body = fault_body(fault)
        super().__init__(status)


def fault_body(fault: AntiphonError) -> Body:
    """A fault as the JSON that every route may answer with."""
    return {
        "status": "fault",
        "code": fault.code,
        "sentence": fault.sentence,
        "remedy": fault.remedy,
    }


class HttpCarrier:
    """The service's HTTP end; `route` gets the route's name and the JSON object of the body."""

    def __init__(self, token: str, route: Route) -> None:
        self._token = token
        self._route = route
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", 0, limit=MAX_HEAD, backlog=128
        )

    async def stop(self) -> None:
        """Stop listening and end all conversations."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) > MAX_CONNECTIONS:
                busy = fault_body(AntiphonError("busy"))
                await _send(writer, HTTPStatus.SERVICE_UNAVAILABLE, busy, keeps_alive=False)
            else:
                while await self._serve_one(reader, writer):
                    pass
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # The peer left or fell silent: nobody is there to be told.
        except asyncio.CancelledError:
            pass  # The service stops.
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open for another."""
        try:
            _hurry(writer)
            head = await _read_head(reader)
            if head is None:
                return False
            name = self._check(head)
            body = await _read_body(reader, head) if head.method == "POST" else {}
        except _RefusedError as refusal:
            # What was not read may still be on the wire, so the connection ends here.
            await _send(writer, refusal.status, refusal.body, keeps_alive=False)
            return False
        if name in LONG:
            answer = await self._while_heard(reader, name, body)
        else:
            answer = await self._answer(name, body)
        await _send(writer, HTTPStatus.OK, answer, keeps_alive=head.keeps_alive)
        return head.keeps_alive

    def _check(self, head: _Head) -> str:
        """The route a request may use. Raises _RefusedError before any body is read."""
        if "origin" in head.headers or head.headers.get("host") not in (
            f"127.0.0.1:{self.port}",
            f"localhost:{self.port}",
        ):
            raise _refusal(HTTPStatus.FORBIDDEN, "it comes from a web page or another host")
        given = head.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, AntiphonError("unauthorised"))
        name = head.target.removeprefix(PREFIX)
        if not head.target.startswith(PREFIX) or name not in METHODS:
            raise _refusal(HTTPStatus.NOT_FOUND, "there is no such route")
        if head.method != METHODS[name]:
            raise _refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"{name} takes {METHODS[name]}")
        return name

    async def _while_heard(self, reader: asyncio.StreamReader, name: str, body: Body) -> Body:
        """The answer to a call that may wait long; it is dropped where the peer has left.

        Otherwise a command would go to an editor that is closed. Raises OSError then.
        """
        answering = asyncio.create_task(self._answer(name, body))
        try:
            while not answering.done():
                await asyncio.wait({answering}, timeout=_LOOK_SECONDS)
                if reader.at_eof() and not answering.done():
                    raise ConnectionResetError
            return answering.result()
        finally:
            answering.cancel()

    async def _answer(self, name: str, body: Body) -> Body:
        try:
            return await self._route(name, body)
        except AntiphonError as fault:
            return fault_body(fault)
        except Exception as error:
            _log.exception("route %s", name)
            return fault_body(AntiphonError("internal", why=type(error).__name__))


def _hurry(writer: asyncio.StreamWriter) -> None:
    """Acknowledge what comes next at once, where the system can (Linux).

    Qt sends head and body in two pieces and holds the second back until the first is
    acknowledged, which otherwise takes 40 ms. Source: tcp(7), TCP_QUICKACK.
    """
    quick = getattr(socket, "TCP_QUICKACK", None)
    if quick is not None:
        with contextlib.suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, quick, 1)


def _refusal(status: HTTPStatus, why: str) -> _RefusedError:
    return _RefusedError(status, AntiphonError("bad-request", why=why))


async def _read_head(reader: asyncio.StreamReader) -> _Head | None:
    """The head of the next request, or None where the peer has no more to say."""
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            data = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise _refusal(HTTPStatus.BAD_REQUEST, "its head is too long") from None
    first, *lines = data[:-4].decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise _refusal(HTTPStatus.BAD_REQUEST, "it is not HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        # A name with a blank or a repeated one is how requests are smuggled past a check.
        if not colon or not name or name != name.strip() or name.lower() in headers:
            raise _refusal(HTTPStatus.BAD_REQUEST, "a header is malformed or repeated")
        headers[name.lower()] = value.strip()
    keeps_alive = words[2] == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return _Head(words[0], words[1], headers, keeps_alive)


async def _read_body(reader: asyncio.StreamReader, head: _Head) -> Body:
    length = head.headers.get("content-length", "")
    if "transfer-encoding" in head.headers or not (length.isascii() and length.isdigit()):
        raise _refusal(HTTPStatus.BAD_REQUEST, "it does not say how long its body is")
    if len(length) > 12 or int(length) > MAX_BODY:
        too_large = AntiphonError("too-large", what="The request", why=f"over {MAX_BODY} bytes")
        raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
    async with asyncio.timeout(BODY_SECONDS):
        data = await reader.readexactly(int(length))
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise _refusal(HTTPStatus.BAD_REQUEST, "its body is not JSON") from None
    if not isinstance(body, dict):
        raise _refusal(HTTPStatus.BAD_REQUEST, "its body is not a JSON object")
    return body


async def _send(
    writer: asyncio.StreamWriter, status: HTTPStatus, body: Body, *, keeps_alive: bool
) -> None:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(data)}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Connection: {'keep-alive' if keeps_alive else 'close'}\r\n\r\n"
    )
    writer.write(head.encode("ascii") + data)
    await writer.drain()
