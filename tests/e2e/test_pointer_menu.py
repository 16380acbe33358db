"""Alt and the right button over a real MuseScore: our menu opens, and MuseScore's does not."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from services import real_service

SCORE = Path(__file__).parents[2] / "examples" / "scarborough_fair.musicxml"


@pytest.fixture
def service(tmp_path, screen):
    """The service and a panel beside it, on the screen where MuseScore is."""
    with real_service(tmp_path / "home") as service:
        yield service


@pytest.fixture
def panel(service, screen, tmp_path):
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "panel.json").write_text('{"is_introduced": true}')
    process = subprocess.Popen(
        [sys.executable, "-m", "antiphon.ui"],
        env={**os.environ, "ANTIPHON_HOME": str(home), "DISPLAY": screen.display,
             "QT_QPA_PLATFORM": "xcb"},
        stdout=subprocess.DEVNULL,
        stderr=(tmp_path / "panel.log").open("wb"),
    )  # fmt: skip
    yield process
    process.terminate()
    process.wait(20)


def windows(screen, pid: int) -> set[str]:
    found = screen.do("search", "--onlyvisible", "--pid", str(pid)).stdout.split()
    return {window for window in found if window}


def alt_right_click(screen, x: int, y: int) -> None:
    screen.do("mousemove", str(x), str(y))
    screen.do("keydown", "alt")
    screen.do("click", "3")
    screen.do("keyup", "alt")


@pytest.mark.editor
def test_alt_and_right_click_open_our_menu_alone_and_a_task_reaches_the_editor(
    editor, screen, service, panel, tmp_path
):
    score = Path(shutil.copy(SCORE, tmp_path))
    editor.open(score)
    heard: list[dict] = []

    def listen() -> None:
        while not any(reply.get("what") == "continue" for reply in heard) and len(heard) < 20:
            who = {"editor": "MuseScore 3.2.3", "document": "d", "title": "Scarborough Fair"}
            heard.append(service.post("do", who)[1])

    poller = threading.Thread(target=listen, daemon=True)
    poller.start()
    editor.wait_for("the panel", lambda: windows(screen, panel.pid))
    # The panel's own window lies beside the score, not over it.
    for window in windows(screen, panel.pid):
        screen.do("windowmove", window, "640", "420")
    editor.focus()
    before, own = windows(screen, panel.pid), windows(screen, editor.process.pid)

    def opened() -> set[str]:
        alt_right_click(screen, 300, 450)
        found = set()
        for _ in range(5):
            found = windows(screen, panel.pid) - before
            if found:
                break
        return found

    editor.wait_for("the menu", opened, 30)
    assert windows(screen, editor.process.pid) == own, "MuseScore saw the click"
    screen.shoot(tmp_path / "menu.png")
    screen.do("key", "Down")
    screen.do("key", "Return")
    editor.wait_for("the task", lambda: any(r.get("what") == "continue" for r in heard), 30)

    editor.wait_for("the menu to go", lambda: not windows(screen, panel.pid) - before, 10)
    screen.do("click", "3")
    editor.wait_for("MuseScore's own menu", lambda: windows(screen, editor.process.pid) - own, 10)
    assert not windows(screen, panel.pid) - before
