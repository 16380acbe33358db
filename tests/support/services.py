"""Starting, killing and asking a real service in a folder of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import psutil

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.bridge.runfile import RunFile, read_run_file

SUPPORT = Path(__file__).parent


def melody(numbers=(60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 60, 60)) -> Phrase:
    """A melody of quarters in C major and 4/4 over MIDI numbers."""
    notes = tuple(Note(Fraction(i), Fraction(1), spell(n)) for i, n in enumerate(numbers))
    meter = (TimeSignature(Fraction(0), 4, 4),)
    length = Fraction(len(numbers))
    return Phrase(
        (Part("P1", "Voice", notes),),
        measures_from_meter(meter, length),
        length,
        (KeySignature(Fraction(0), 0, "major"),),
        meter,
    )


def request(request_id=None, *, seed=0, count=1, measures=4, deadline=20.0, phrase=None) -> Request:
    """A request to continue a melody."""
    phrase = phrase or melody()
    return Request(
        id=request_id or f"ok-{uuid.uuid4().hex}",
        task=Task.CONTINUE,
        region=Region("doc", "rev", (phrase.parts[0].id,), Fraction(0), phrase.length),
        phrase=phrase,
        controls=Controls(measures=measures),
        seed=seed,
        count=count,
        deadline_seconds=deadline,
    )


class RunningService:
    """A service process of its own folder `home`."""

    def __init__(self, home: Path, command: list[str]) -> None:
        self.home = home
        self.command = command
        self.host_log = home / "computed.txt"
        self.process = self.start()

    @property
    def environment(self) -> dict[str, str]:
        paths = [str(SUPPORT), os.environ.get("PYTHONPATH", "")]
        return {
            **os.environ,
            "ANTIPHON_HOME": str(self.home),
            "SCRIPTED_LOG": str(self.host_log),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }

    def start(self) -> subprocess.Popen:
        """Start the process and wait until it listens."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "stderr.txt").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env=self.environment,
                stderr=errors,
                start_new_session=True,
            )
        self.wait_until(lambda: self.run_file() is not None, "the service listens")
        return self.process

    def run_file(self) -> RunFile | None:
        try:
            run = read_run_file(self.home / "run")
        except Exception:
            return None
        return run if run.pid == self.process.pid else None

    @property
    def run(self) -> RunFile:
        run = self.run_file()
        assert run is not None
        return run

    def wait_until(self, is_so, what: str, seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert self.process.poll() is None, (self.home / "stderr.txt").read_text()
            assert time.monotonic() < until, f"not within {seconds} s: {what}"
            time.sleep(0.01)

    def hosts(self) -> list[psutil.Process]:
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def kill_hosts(self) -> None:
        """kill -9 every host; one that ended by itself meanwhile is no matter."""
        for host in self.hosts():
            with suppress(psutil.NoSuchProcess):
                host.kill()

    def wait_until_ready(self) -> None:
        """Wait until a host can answer."""
        self.wait_until(lambda: self.get("hello")[1]["engine"] != "", "a host is ready")

    def computed(self) -> list[str]:
        """Ids that hosts began to compute, in order, each after its role."""
        return self.host_log.read_text().split("\n")[:-1] if self.host_log.exists() else []

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End the service as the system does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def call(self, method, route, body=None, headers=None, token=None):
        """Status and JSON of an HTTP call with good headers unless told otherwise."""
        run = self.run
        connection = http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=30)
        try:
            data = None if body is None else json.dumps(body).encode()
            given = {"Authorization": f"Bearer {token or run.token}", **(headers or {})}
            connection.request(method, f"/antiphon/1/{route}", data, given)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def get(self, route):
        return self.call("GET", route)

    def post(self, route, body, **others):
        return self.call("POST", route, body, **others)


@contextmanager
def scripted_service(home: Path, role="torch", ready_after="0", *settings: str):
    """The real service with scripted hosts."""
    command = [str(SUPPORT / "serve_scripted.py"), role, ready_after, *settings]
    with _running(home, command) as service:
        yield service


@contextmanager
def real_service(home: Path):
    """The service as `antiphon serve` starts it."""
    with _running(home, ["-m", "antiphon.bridge.cli", "serve"]) as service:
        yield service


@contextmanager
def _running(home: Path, command: list[str]):
    service = RunningService(home, command)
    try:
        yield service
    finally:
        service.stop()
