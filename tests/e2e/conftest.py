"""A real MuseScore 3 on a screen of its own, driven as a person would drive it."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pythonosc.udp_client import SimpleUDPClient

from antiphon.bridge.editors import musescore
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.journal import Entry, Journal
from antiphon.bridge.protocol.messages import Take
from antiphon.bridge.runfile import read_run_file

ROOT = Path(__file__).parents[2]
NEEDED = {
    "mscore3": "musescore3",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "import": "imagemagick",
}
# Spelling and keys as MuseScore's own preferences file has them: no wizard, no tour, OSC on.
PREFERENCES = r"""[application]
startup\firstStart=false
startup\sessionStart=0
[ui]
application\startup\showStartCenter=false
application\startup\showTours=false
application\startup\showSplashScreen=false
application\startup\checkUpdate=false
application\startup\checkExtensionsUpdate=false
[io]
osc\useRemoteControl=true
osc\portNumber={port}
"""


OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}


def wait_for(what: str, found: Callable[[], object], seconds: float = 60) -> object:
    """The first true value of `found`; fails the test if none comes in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.1)
    pytest.fail(f"{what} did not happen in {seconds} s")


def stop(process: subprocess.Popen) -> None:
    """End a process that this test started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


class Screen:
    """A virtual screen of its own; Xvfb itself picks a display that nobody has."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            # Without -noreset the screen goes away for a moment when its last program ends.
            ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", "1280x800x24"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as number:
            # The number comes once the screen is up; nothing comes if it could not start.
            self.display = f":{number.readline().strip()}"
        if self.display == ":":
            pytest.fail("no virtual screen started")

    def do(self, *words: str) -> subprocess.CompletedProcess:
        """One xdotool command on this screen."""
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(
            ["xdotool", *words], env=environment, capture_output=True, text=True, timeout=30
        )

    def shoot(self, path: Path) -> Path:
        """A picture of the screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(["import", "-window", "root", str(path)], env=environment, check=True)
        return path


class MuseScore:
    """MuseScore 3 with a data folder, a home and a screen of its own."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        self.data = folder / "data"
        self.home = folder / "home"
        self.runtime = folder / "runtime"
        for path in (self.data / "MuseScore", self.home, self.runtime):
            path.mkdir(parents=True)
        self.runtime.chmod(0o700)
        self.screen = screen
        self.log = folder / "musescore.log"
        self.process: subprocess.Popen | None = None
        self.window = ""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.osc = SimpleUDPClient("127.0.0.1", self.port)
        ini = self.data / "MuseScore" / "MuseScore3.ini"
        ini.write_text(PREFERENCES.replace("{port}", str(self.port)))
        self.installation = musescore.find(self.data)[0]

    @property
    def environment(self) -> dict[str, str]:
        """What MuseScore sees: a home of its own, and nothing of the user's."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "DISPLAY": self.screen.display,
            "LANG": "C.UTF-8",
        }

    def open(self, score: Path) -> None:
        """Start with a score and wait until it is drawn."""
        self.process = subprocess.Popen(
            ["mscore3", "-c", str(self.data), "-m", str(score)],
            env=self.environment,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
        )

        def window() -> str:
            if self.process.poll() is not None:
                pytest.fail("MuseScore did not start: " + self.said())
            title = f"MuseScore 3: {score.stem}"
            found = self.screen.do("search", "--onlyvisible", "--name", title).stdout.split()
            return found[0] if found else ""

        self.window = str(wait_for("the window of MuseScore", window))
        self.focus()
        # The window is there before it listens: OSC is answered once it does.
        self.act("first-element")
        wait_for("MuseScore's attention", lambda: "/actions/first-element" in self.said())
        self.screen.do("windowmove", self.window, "0", "0")
        self.screen.do("windowsize", "--sync", self.window, "1280", "800")
        self.act("toggle-palette", "inspector")
        time.sleep(1)

    def said(self) -> str:
        """What MuseScore and the plugin have written on their console."""
        return self.log.read_text(errors="replace")

    wait_for = staticmethod(wait_for)

    def focus(self) -> None:
        """Give the score's window the keyboard."""
        self.screen.do("windowfocus", "--sync", self.window)

    def act(self, *actions: str) -> None:
        """MuseScore's own actions, by OSC, one after the other."""
        for action in actions:
            self.osc.send_message(f"/actions/{action}", [])
            time.sleep(0.2)

    def press(self, key: str) -> None:
        """One key press in the window that has the keyboard."""
        self.screen.do("key", key)

    def select(self, measures: int) -> None:
        """Select the first `measures` measures of the first staff (clef, key and time before)."""
        self.act("escape", "first-element", "next-element", "next-element", "next-element")
        self.act(*["select-next-measure"] * measures)

    def select_from(self, first: int, last: int, staff: int = 1) -> None:
        """Select measures of one staff; the score has no pickup and begins with clef, key, time."""
        self.act("escape", "first-element", "next-element", "next-element", "next-element")
        self.act(*["next-track"] * (staff - 1), *["next-measure"] * (first - 1))
        self.act(*["select-next-measure"] * (last - first + 1))

    @property
    def landings(self) -> int:
        """How many answers the plugin says it has written."""
        return self.said().count("antiphon: landed after")

    def save(self, score: Path) -> str:
        """Save, and give back the score as MuseScore wrote it."""
        before = score.stat().st_mtime_ns
        self.act("file-save")
        wait_for("saving", lambda: score.stat().st_mtime_ns != before, 20)
        time.sleep(0.5)
        return score.read_text()

    def dialogs(self) -> list[str]:
        """Ids of the visible windows other than the score's."""
        found = self.screen.do("search", "--onlyvisible", "--name", "Antiphon").stdout.split()
        return [window for window in found if window != self.window]

    def close(self) -> None:
        """End it; whatever was not saved is lost."""
        if self.process is not None:
            stop(self.process)
        (self.data / "session").unlink(missing_ok=True)
        for autosave in self.data.glob("*.mscz"):
            autosave.unlink()

    def convert(self, source: Path, target: Path) -> None:
        """Another format of a score, by MuseScore's own converter."""
        environment = {**self.environment, **OFFSCREEN}
        subprocess.run(
            ["mscore3", "-c", str(self.data), "-o", str(target), str(source)],
            env=environment,
            check=True,
            capture_output=True,
            timeout=60,
        )


class Probe:
    """The plugin's own scripts in a MuseScore without a window; see cursor_probe.qml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir()
        for script in (ROOT / "plugins" / "musescore").glob("*.js"):
            shutil.copy(script, folder)
        shutil.copy(ROOT / "tests" / "e2e" / "cursor_probe.qml", folder)

    def run(self, score: Path, tasks: list[dict]) -> list[dict]:
        """Read (and write) regions of a score; it is then saved as after.mscx and .musicxml."""
        (self.folder / "job.json").write_text(json.dumps(tasks))
        done = self.folder / "done.json"
        done.unlink(missing_ok=True)
        result = subprocess.run(
            ["mscore3", "-c", self.folder / "data", "-p", self.folder / "cursor_probe.qml", score],
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **OFFSCREEN},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.exists(), result.stderr
        return json.loads(done.read_text())


@pytest.fixture
def probe(tmp_path: Path) -> Probe:
    """MuseScore without a window; skips where it is not installed."""
    if shutil.which("mscore3") is None:
        pytest.skip("not installed: musescore3")
    return Probe(tmp_path)


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    """A virtual screen; skips where MuseScore or the screen's programs are not installed."""
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    screen = Screen()
    yield screen
    stop(screen.process)


@pytest.fixture
def editor(tmp_path: Path, screen: Screen) -> Iterator[MuseScore]:
    """A MuseScore 3 that is not started yet."""
    editor = MuseScore(tmp_path / "musescore", screen)
    yield editor
    with contextlib.suppress(OSError):
        editor.close()


class Service:
    """The real service with the real model host, in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen | None = None

    @property
    def run_folder(self) -> Path:
        return self.home / "run"

    def start(self) -> None:
        """Start and wait until it may be asked."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "antiphon.bridge.cli", "serve"],
            env={**os.environ, "ANTIPHON_HOME": str(self.home)},
            stdout=(self.home / "out.log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                read_run_file(self.run_folder)
                return
            except AntiphonError:
                time.sleep(0.1)
        pytest.fail("the service did not start: " + (self.home / "out.log").read_text())

    def stop(self) -> None:
        """Stop it as `kill` would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        # One that a plugin has started outlives its editor, but not the test.
        with contextlib.suppress(AntiphonError, psutil.NoSuchProcess):
            started = psutil.Process(read_run_file(self.run_folder).pid)
            started.terminate()
            started.wait(20)

    def command(self, *words: str) -> str:
        """What an `antiphon` command prints."""
        done = subprocess.run(
            [sys.executable, "-m", "antiphon.bridge.cli", *words],
            env={**os.environ, "ANTIPHON_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def hosts(self) -> list[psutil.Process]:
        """The model hosts at work."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def answers(self) -> list[tuple[Entry, Take]]:
        """Requests and takes that were reported as landed, oldest first."""
        journal = Journal(self.home / "data" / "journal.sqlite3")
        try:
            found = []
            for report in journal.landed(100):
                body = json.loads(report)
                entry = journal.find(body["id"])
                take = next(t for t in entry.takes if t.number == body["take"])
                found.append((entry, take))
            return found
        finally:
            journal.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service of the test's own."""
    service = Service(tmp_path / "antiphon")
    service.start()
    yield service
    service.stop()
