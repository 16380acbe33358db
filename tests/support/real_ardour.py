"""A real Ardour 7.3 on a screen of its own, with a console for the tests.

The console is a timer hook that runs the Lua it finds in a file: for tests only, since
whoever may write that file may do anything.
"""

import base64
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

NEEDED = {
    "ardour": "ardour",
    "ardour7-lua": "ardour",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "import": "imagemagick",
}
# No first-start assistant, no device dialog: the dummy backend is chosen and starts by itself.
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour><Config>
<Option name="try-autostart-engine" value="1"/><Option name="hide-dummy-backend" value="0"/>
</Config><Metadata/><ControlProtocols/><Extra><AudioMIDISetup><EngineStates>
<State backend="None (Dummy)" driver="" device="Silence" input-device="" output-device=""
 sample-rate="48000" buffer-size="1024" n-periods="0" input-latency="0" output-latency="0"
 lm-input="" lm-output="" active="1" use-buffered-io="0" midi-option="1 in, 1 out, Silence"
 lru="1"/></EngineStates></AudioMIDISetup></Extra></Ardour>
"""
_CONSOLE = """return function ()
 local file = io.open("{folder}/cmd.lua") if not file then return end
 local text = file:read("a") file:close() os.remove("{folder}/cmd.lua")
 local made, why = load(text)
 local fine, said = false, why
 if made then fine, said = pcall(made) end
 local out = io.open("{folder}/.out", "w")
 out:write(fine and "ok " or "error ", tostring(said)) out:close()
 os.rename("{folder}/.out", "{folder}/out.txt")
end"""
TIMER = "01" + "0" * 47


def missing() -> list[str]:
    """Debian packages that these tests need and that are not there."""
    return sorted({package for program, package in NEEDED.items() if not shutil.which(program)})


def wait_for(what: str, found: Callable[[], object], seconds: float = 60) -> object:
    """The first true value of `found`; fails the test if none comes in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.03)
    pytest.fail(f"{what} did not happen in {seconds} s")


def stop(process: subprocess.Popen) -> None:
    """End a process that this test started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


class Desktop:
    """A virtual screen with a window manager, which gives dialogs the keyboard."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", "1280x800x24"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as number:
            self.display = f":{number.readline().strip()}"
        if self.display == ":":
            pytest.fail("no virtual screen started")
        self.manager = subprocess.Popen(
            ["openbox"],
            env={**os.environ, "DISPLAY": self.display},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def do(self, *words: str) -> str:
        """What one xdotool command on this screen prints."""
        environment = {**os.environ, "DISPLAY": self.display}
        done = subprocess.run(
            ["xdotool", *words], env=environment, capture_output=True, text=True, timeout=30
        )
        return done.stdout

    def shoot(self, path: Path) -> Path:
        """A picture of the screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(["import", "-window", "root", str(path)], env=environment, check=True)
        return path

    def close(self) -> None:
        stop(self.manager)
        stop(self.server)


class Ardour:
    """Ardour 7.3 with a home of its own; `config` is its folder of settings."""

    def __init__(self, home: Path, desktop: Desktop) -> None:
        self.home = home
        self.desktop = desktop
        self.config = home / ".config" / "ardour7"
        self.console = home / "console"
        self.log = home / "ardour.log"
        self.process: subprocess.Popen | None = None
        self.config.mkdir(parents=True)
        self.console.mkdir()
        (self.config / ".a7").touch()
        (self.config / "config").write_text(CONFIG)
        (self.config / "ui_scripts").write_text(self._console_hook())

    def _console_hook(self) -> str:
        """The user's own scripts, as far as Antiphon is concerned: one hook."""
        body = _CONSOLE.format(folder=self.console)
        payload = f's = {{}} s["n"] = "Console" s["s"] = "" s["f"] = [==[{body}]==] s["a"] = {{}} '
        text = base64.b64encode(payload.encode()).decode()
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<UIScripts>\n  <ActionHooks>\n'
            f'    <LuaCallback lua="Lua 5.3" id="990" name="Console" signals="{TIMER}">{text}'
            "</LuaCallback>\n  </ActionHooks>\n</UIScripts>\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """What Ardour sees: a home of its own, and nothing of the user's."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "DISPLAY": self.desktop.display,
            "LANG": "C.UTF-8",
        }

    def open(self, session: Path) -> None:
        """Start with a session and wait until the console answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["ardour", "-a", "-n", str(session)],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.ask("return 1", seconds=60)
        wait_for("the window of Ardour", self.window, 30)
        self.desktop.do("windowsize", "--sync", self.window(), "1270", "770")
        self.desktop.do("windowmove", self.window(), "0", "0")

    def window(self) -> str:
        """The id of the editor's window."""
        found = self.desktop.do("search", "--onlyvisible", "--name", " - Ardour$").split()
        return found[0] if found else ""

    def ask(self, lua: str, seconds: float = 20) -> str:
        """What a piece of Lua returns inside Ardour; fails the test where it raises."""
        out = self.console / "out.txt"
        out.unlink(missing_ok=True)
        draft = self.console / ".cmd"
        draft.write_text(lua)
        draft.replace(self.console / "cmd.lua")

        def answered() -> bool:
            if self.process is not None and self.process.poll() is not None:
                pytest.fail("Ardour ended: " + self.log.read_text(errors="replace")[-2000:])
            return out.exists()

        wait_for(f"an answer to {lua[:200]}", answered, seconds)
        state, _, said = out.read_text(errors="replace").partition(" ")
        assert state == "ok", said
        return said

    def press(self, key: str) -> None:
        """One key press in the editor's window."""
        self.desktop.do("windowfocus", "--sync", self.window())
        self.desktop.do("key", key)

    def dialogs(self) -> list[str]:
        """Ids of Antiphon's dialogs that are to be seen."""
        return self.desktop.do("search", "--onlyvisible", "--name", "^Antiphon").split()

    def save(self) -> None:
        """Save the session and wait until that is done."""
        said = self.ask('return Session:save_state("", false, false, false, false, false)')
        assert said == "0"

    def close(self) -> None:
        """End it; whatever was not saved is lost."""
        if self.process is not None:
            stop(self.process)
            self.process = None
