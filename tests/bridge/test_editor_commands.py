"""Commands about editors as a person types them, and the launcher that scripts start."""

import json
import os
import subprocess
import sys
import time

import psutil
import pytest
from lines_script import LinesScript
from services import real_service, scripted_service

from antiphon.bridge.doctor import State, _carriers, _editors, _heard_editors
from antiphon.bridge.editors import registry
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.launcher import main as launched
from antiphon.bridge.protocol.lines import read_lines


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("commands")) as running:
        running.wait_until_ready()
        yield running


def antiphon(home, *arguments, **more):
    command = [sys.executable, "-m", "antiphon.bridge.cli", *map(str, arguments)]
    environment = {**os.environ, "ANTIPHON_HOME": str(home), "HOME": str(home), **more}
    environment.pop("XDG_CONFIG_HOME", None)
    return subprocess.run(command, env=environment, capture_output=True, timeout=60)


def test_do_has_the_editor_act_with_the_words_that_were_typed(service):
    script = LinesScript(service.home, editor="Ardour 7.3")
    script.send("hello")
    path = script.run / "do" / "ardour.do"
    result = antiphon(service.home, "do", "bass", "style=jazz", "measures=8")
    assert (result.returncode, b"takes no such word" in result.stderr) == (2, True)
    result = antiphon(service.home, "do", "bass", "style=jazz", "strict-key=1")
    assert result.returncode == 0, result.stderr
    assert result.stdout == b"Ardour 7.3 was told: bass.\n"
    lines = read_lines(path.read_bytes())
    assert (lines.text("what"), lines.text("style"), lines.text("strict_key")) == (
        "bass", "jazz", "1",
    )  # fmt: skip
    path.unlink()
    assert antiphon(service.home, "do", "put", "id=a", "number=2").returncode == 0
    assert read_lines(path.read_bytes()).integer("number") == 2


def test_do_without_a_service_or_an_editor_says_so(service, tmp_path):
    result = antiphon(tmp_path, "do", "bass")
    assert (result.returncode, b"not running" in result.stderr) == (3, True)
    result = antiphon(service.home, "do", "bass", "--editor", "musescore")
    assert (result.returncode, b"No editor" in result.stderr) == (2, True)
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("editor", registry.MODULES)
def test_an_editor_that_is_not_there_is_said_and_nothing_is_changed(tmp_path, editor):
    result = antiphon(tmp_path, "install", editor, "--folder", tmp_path / "absent", PATH="/nowhere")
    assert result.returncode == 2, result.stdout
    assert b"was not found" in result.stderr
    assert not (tmp_path / "run").exists()


def test_a_module_that_is_missing_keeps_no_other_from_working(monkeypatch):
    monkeypatch.setitem(registry.MODULES, "reaper", "antiphon.bridge.editors.no_such_module")
    with pytest.raises(AntiphonError) as caught:
        registry.editor("reaper")
    assert caught.value.sentence == "REAPER was not found on this computer."
    assert {finding.name.split()[0] for finding in _editors()} >= {"REAPER"}
    for word in ("musescore", "ardour"):
        module = registry.editor(word)
        assert all(hasattr(module, name) for name in ("find", "install", "uninstall", "status"))


def test_doctor_sends_something_there_and_back_on_every_road(service, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(service.home))
    findings = list(_carriers())
    assert len(findings) == 4
    assert {finding.state for finding in findings} == {State.GOOD}
    assert not [p for p in (service.home / "run" / "outbox").iterdir() if "doctor" in p.name]


def test_doctor_says_which_road_is_blocked(tmp_path, monkeypatch):
    with scripted_service(tmp_path) as running:
        monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
        os.kill(running.process.pid, 19)  # it stands still, as a service that hangs
        try:
            monkeypatch.setattr("antiphon.bridge.round_trips._PATIENCE", 0.3)
            findings = list(_carriers())
        finally:
            os.kill(running.process.pid, 18)
    assert {finding.state for finding in findings} == {State.BAD}


def test_doctor_tells_which_editor_is_open(service, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(service.home))
    LinesScript(service.home, editor="REAPER 7.22").send("hello")
    service.wait_until(lambda: "reaper" in _heard_editors(), "the script is heard")
    assert "REAPER 7.22 is open" in _heard_editors()["reaper"]


def test_the_launcher_starts_a_service_that_outlives_it(tmp_path):
    with real_service(tmp_path) as running:
        path = tmp_path / "run" / ("antiphon.cmd" if os.name == "nt" else "antiphon")
        running.wait_until(path.exists, "the service writes its launcher")
        assert path.stat().st_mode & 0o077 == 0
    run_file = tmp_path / "run" / "service.json"
    assert not run_file.exists()
    # As an editor's script starts it: no environment of ours, and it does not wait.
    began = time.monotonic()
    done = subprocess.run([path, "serve"], env={"PATH": "/usr/bin:/bin"}, timeout=20)
    assert done.returncode == 0
    assert time.monotonic() - began < 5
    until = time.monotonic() + 30
    while not run_file.exists():
        assert time.monotonic() < until, "the service did not start"
        time.sleep(0.05)
    process = psutil.Process(json.loads(run_file.read_text())["pid"])
    assert process.ppid() != os.getpid()
    subprocess.run([path, "serve"], env={"PATH": "/usr/bin:/bin"}, timeout=20)
    assert json.loads(run_file.read_text())["pid"] == process.pid
    process.terminate()
    process.wait(20)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
@pytest.mark.parametrize("words", [(), ("panel", "tune.mid")])
def test_without_a_screen_the_panel_says_so(tmp_path, words):
    none = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    result = antiphon(tmp_path, *words, **none)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"needs a screen" in result.stderr and b"--help" in result.stderr


def test_the_launcher_starts_nothing_else(capsys):
    assert launched(["rm"]) == 2
    assert "serve, panel" in capsys.readouterr().err
