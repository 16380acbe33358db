"""REAPER's scripts on the stand-in, answered by the real service (rules write, so it is quick)."""

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from services import scripted_service

from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.launcher import write_launcher
from antiphon.bridge.protocol.messages import Take, Task
from antiphon.bridge.runfile import read_run_file

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SUPPORT = ROOT / "tests/support/reaper"
PLUGIN = ROOT / "plugins/reaper"


@pytest.fixture(params=("lua5.3", "lua5.4"))
def lua(request) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"not installed: {request.param}")
    return request.param


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("home"), role="rules") as running:
        running.wait_until_ready()
        yield running


def run_case(lua: str, name: str, folder: Path, home: Path, *more: str) -> None:
    command = [lua, str(SUPPORT / "run.lua"), f"{SUPPORT}/", f"{PLUGIN}/", str(folder)]
    case = [str(HERE / "service_cases.lua"), name, str(home / "run"), *more]
    done = subprocess.run([*command, *case], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr


def test_bass_takes_and_continuation_land_and_can_be_undone(lua, service, tmp_path):
    name = "bass, next take, previous take and continue with the real service"
    run_case(lua, name, tmp_path, service.home)


def test_every_action_is_answered(service, tmp_path):
    lua = next(filter(shutil.which, ("lua5.4", "lua5.3")), None)
    if lua is None:
        pytest.skip("not installed: lua5.4")
    run_case(lua, "every action is answered by the real service", tmp_path, service.home)


def test_the_loop_does_what_the_command_line_asks(lua, service, tmp_path):
    command = [sys.executable, "-m", "antiphon.bridge.cli", "do", "drums", "--editor", "reaper"]

    def ask() -> None:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            time.sleep(0.5)
            done = subprocess.run(command, env={**os.environ, **service.environment}, timeout=30)
            if done.returncode == 0:
                return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        run_case(lua, "the loop that stays does what the command line asks", tmp_path, service.home)
    finally:
        thread.join()


def test_the_panel_asks_about_the_selection_and_puts_its_take(lua, service, tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(service.home))
    problems: list[BaseException] = []

    def panel() -> None:
        try:
            with Client.connect() as client:
                _vary_what_is_selected(client, f"panel-{lua[-1]}")
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=panel)
    thread.start()
    try:
        name = "a take of the panel's own stands where the selection was"
        run_case(lua, name, tmp_path, service.home)
    finally:
        thread.join()
        assert not problems


@pytest.mark.slow
def test_a_service_that_does_not_run_is_started_by_the_installed_launcher(
    lua, tmp_path, monkeypatch
):
    home = tmp_path / "a home"
    monkeypatch.setenv("ANTIPHON_HOME", str(home))
    launcher = write_launcher()
    name = "a service that does not run is started by the installed launcher"
    try:
        run_case(lua, name, tmp_path, home, str(launcher))
    finally:
        started = psutil.Process(read_run_file(home / "run").pid)
        started.terminate()
        started.wait(20)


def _vary_what_is_selected(client: Client, name: str) -> None:
    """What the panel does: look at the selection, ask, put the second of two takes there."""
    until = time.monotonic() + 15
    while True:
        try:
            client.do("region", "reaper")
            break
        except AntiphonError:
            assert time.monotonic() < until
            time.sleep(0.2)
    seen = client.watch(0, 1)
    while seen.region is None or seen.region.request.region.start != 20:
        assert time.monotonic() < until
        seen = client.watch(seen.now, 1)
    controls = replace(seen.region.request.controls, degree=0.6)
    asked = replace(seen.region.request, id=name, task=Task.VARY, controls=controls, count=2)
    takes = [reply for reply in client.ask(asked) if isinstance(reply, Take)]
    assert len(takes) == 2
    client.do("put", "reaper", {"id": name, "number": takes[1].number})
