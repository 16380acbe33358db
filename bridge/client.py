"""The one façade that panel and command line use, with a running service or without.

`Client.open()` gives a client either way; `ask` yields progress and takes and raises the
fault that ended a request.
"""

import contextlib
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from antiphon.bridge import paths
from antiphon.bridge.carriers.http_line import Body, call
from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.carriers.udp import build_datagram, read_datagram
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.jobs.supervisor import MODEL_HOSTS, Commands
from antiphon.bridge.protocol.codec import dumps, from_json, loads
from antiphon.bridge.protocol.messages import Progress, Request, Stage, Take
from antiphon.bridge.protocol.osc import MAX_DATAGRAM
from antiphon.bridge.protocol.session import Asking
from antiphon.bridge.protocol.table import Value
from antiphon.bridge.protocol.watching import Watched
from antiphon.bridge.runfile import RunFile, read_run_file

Values = dict[str, Value]
_NO_WORDS: Mapping[str, Value] = {}
# A request has its own deadline in the service; this is for one that cannot tell any more.
_EXTRA_SECONDS = 10.0
_LONGEST_DEADLINE = 300.0


@dataclass(frozen=True, slots=True)
class Status:
    """What answers: the service (or none, with process 0), its version and its engine."""

    is_service: bool
    pid: int
    version: str
    engine: str


class Client(ABC):
    """Asks for takes; a context manager that frees what it holds."""

    @staticmethod
    def connect() -> "Client":
        """A client of the running service. Raises AntiphonError("service-not-running")."""
        client = _Connected(paths.run_folder())
        try:
            client.status()
        except AntiphonError:
            raise AntiphonError("service-not-running") from None
        return client

    @staticmethod
    def embedded(commands: Commands = MODEL_HOSTS) -> "Client":
        """A client that keeps a model host of its own, without any service."""
        from antiphon.bridge.embedded import EmbeddedClient  # noqa: PLC0415

        return EmbeddedClient(commands)

    @staticmethod
    def open() -> "Client":
        """A client of the running service, or an embedded one where none runs."""
        try:
            return Client.connect()
        except AntiphonError:
            return Client.embedded()

    @abstractmethod
    def ask(self, request: Request) -> Iterator[Progress | Take]:
        """Progress and takes, each take once, until all are there.

        Raises AntiphonError with the fault that ended the request; "no-answer" if the
        service is silent. A generator closed before its end cancels the request.
        """

    @abstractmethod
    def cancel(self, request_id: str) -> None:
        """Stop a request; harmless if it is done or unknown."""

    @abstractmethod
    def keep(self, request_id: str, number: int) -> None:
        """Tell that a take stands in the music now."""

    @abstractmethod
    def again(self, request_id: str, number: int) -> Iterator[Progress | Take]:
        """Another take of an answered request: progress, then the take of that number.

        Raises AntiphonError as `ask` does, "unknown-request" where nothing is known of it.
        """

    @abstractmethod
    def request(self, request_id: str) -> tuple[Request, tuple[Take, ...]]:
        """A request and its takes so far. Raises AntiphonError("unknown-request")."""

    @abstractmethod
    def watch(self, since: int, seconds: float = 20.0) -> Watched:
        """What goes on in all editors, as soon as it is other than at the count `since`.

        Blocks up to `seconds`. Raises AntiphonError("no-answer").
        """

    @abstractmethod
    def do(self, what: str, editor: str = "", words: Mapping[str, Value] = _NO_WORDS) -> None:
        """Have an editor act ("": the one used last) as if a key had been pressed there.

        Raises AntiphonError: "no-editor", "busy", "bad-request".
        """

    @abstractmethod
    def status(self) -> Status:
        """What would answer now."""

    def close(self) -> None:  # noqa: B027
        """Free what the client holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Line:
    """A UDP line to the service; where the service was started anew, a line to the new one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.run = read_run_file(folder)
        self._socket = _connected_socket(self.run)
        self.is_refused = False

    def close(self) -> None:
        self._socket.close()

    def send(self, name: str, values: Values, copies: int = 1) -> None:
        """Send a message, `copies` times, to the service that the run file names now."""
        with contextlib.suppress(AntiphonError):
            run = read_run_file(self._folder)
            if run != self.run:
                self._socket.close()
                self.run, self._socket = run, _connected_socket(run)
        data = build_datagram(name, self.run.token, values)
        for _ in range(copies):
            # A refused port is a service that is gone, maybe to come back: not heard is lost.
            with contextlib.suppress(OSError):
                self._socket.send(data)

    def receive(self, seconds: float) -> tuple[str, Values] | None:
        """The next message within `seconds`, or None."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                return read_datagram(self._socket.recv(MAX_DATAGRAM + 1), self.run.token)
            except TimeoutError:
                return None
            except ConnectionRefusedError:
                self.is_refused = True
                time.sleep(min(0.02, left))
            except OSError:
                time.sleep(min(0.02, left))
            except AntiphonError:
                continue
        return None


@dataclass(frozen=True, slots=True)
class _Takes:
    takes: tuple[Take, ...]


class _Connected(Client):
    """A client of the running service: OSC for control, the spool for music."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        read_run_file(folder)
        self._spool = Spool(folder, MAX_FILE_BYTES)

    def ask(self, request: Request) -> Iterator[Progress | Take]:
        """See `Client.ask`."""
        payload = self._spool.put(dumps(request))
        values: Values = {"id": request.id, "task": request.task.value, "payload": payload}
        line = _Line(self._folder)
        asking = Asking(request.first_take, request.count, time.monotonic())
        until = time.monotonic() + request.deadline_seconds + _EXTRA_SECONDS
        try:
            yield from self._converse(line, asking, "ask", {**values, "format": "json"}, until)
        finally:
            if not asking.is_over:
                line.send("cancel", {"id": request.id}, copies=2)
            line.close()

    def again(self, request_id: str, number: int) -> Iterator[Progress | Take]:
        """See `Client.again`."""
        line = _Line(self._folder)
        asking = Asking(number, 1, time.monotonic())
        values: Values = {"id": request_id, "number": number, "format": "json"}
        until = time.monotonic() + _LONGEST_DEADLINE + _EXTRA_SECONDS
        try:
            yield from self._converse(line, asking, "again", values, until)
        finally:
            line.close()

    def request(self, request_id: str) -> tuple[Request, tuple[Take, ...]]:
        """See `Client.request`."""
        found = self._call("request", {"id": request_id})
        takes = from_json(_Takes, {"takes": found.get("takes")}).takes
        return from_json(Request, found.get("request")), takes

    def watch(self, since: int, seconds: float = 20.0) -> Watched:
        """See `Client.watch`."""
        found = self._call("watch", {"since": since, "seconds": seconds}, seconds + _EXTRA_SECONDS)
        found.pop("status")
        return from_json(Watched, found)

    def do(self, what: str, editor: str = "", words: Mapping[str, Value] = _NO_WORDS) -> None:
        """See `Client.do`."""
        self._call("command", {"what": what, "editor": editor, "words": dict(words)})

    def _call(self, name: str, body: Body, seconds: float = _EXTRA_SECONDS) -> Body:
        return call(read_run_file(self._folder), name, body, seconds)

    def _converse(
        self, line: _Line, asking: Asking, name: str, ask: Values, until: float
    ) -> Iterator[Progress | Take]:
        while not asking.is_over:
            now = time.monotonic()
            if copies := asking.poll(now):
                line.send(name, ask, copies)
            if asking.gave_up or now >= until:
                asking.is_over = True
                raise AntiphonError("no-answer")
            heard = line.receive(max(0.001, min(asking.wake_at, until) - time.monotonic()))
            if heard is None or heard[1].get("id") != ask["id"]:
                continue
            message = self._understood(asking, *heard)
            if message is not None:
                yield message

    def _understood(self, asking: Asking, name: str, values: Values) -> Progress | Take | None:
        now, request_id = time.monotonic(), str(values["id"])
        if name == "progress":
            asking.heard(now)
            with contextlib.suppress(ValueError):
                return Progress(request_id, Stage(str(values["stage"])), float(values["fraction"]))
        elif name == "take":
            return self._fetched(asking, request_id, values, now)
        elif name == "fault" and asking.heard_end():
            words = (str(values[word]) for word in ("code", "sentence", "remedy"))
            raise AntiphonError.from_words(*words)
        return None

    def _fetched(self, asking: Asking, request_id: str, values: Values, now: float) -> Take | None:
        number = int(values["number"])
        if number in asking.takes:
            return None
        try:
            take = loads(Take, self._spool.get(str(values["payload"]), request_id))
        except AntiphonError:
            # Its file was cleaned away: asking again writes it again.
            return None
        return take if asking.heard_take(number, now) else None

    def cancel(self, request_id: str) -> None:
        """See `Client.cancel`."""
        self._until_answered("cancel", {"id": request_id}, ("fault", "take"))

    def keep(self, request_id: str, number: int) -> None:
        """See `Client.keep`."""
        self._until_answered("kept", {"id": request_id, "number": number}, ("kept", "fault"))

    def status(self) -> Status:
        """See `Client.status`. Raises AntiphonError("no-answer")."""
        run, values = self._until_answered(
            "hello", {"name": "antiphon", "version": version("antiphon")}, ("hello",)
        )
        return Status(True, run.pid, str(values["version"]), str(values["engine"]))

    def _until_answered(
        self, name: str, values: Values, answers: tuple[str, ...]
    ) -> tuple[RunFile, Values]:
        line = _Line(self._folder)
        asking = Asking(0, 1, time.monotonic())
        try:
            while not asking.gave_up:
                if copies := asking.poll(time.monotonic()):
                    line.send(name, values, copies)
                heard = line.receive(max(0.001, asking.wake_at - time.monotonic()))
                if heard is not None and heard[0] in answers:
                    return line.run, heard[1]
                if line.is_refused:
                    break
        finally:
            line.close()
        raise AntiphonError("no-answer")


def _connected_socket(run: RunFile) -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.connect(("127.0.0.1", run.osc_port))
    return line
