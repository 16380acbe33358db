"""The panel beside a real MuseScore: what is selected there is asked about here and lands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.bridge.music.melody import sounding
from antiphon.ui.sound.render import rendered
from tests.e2e.test_musescore_continue import (
    LENGTH,
    TUNE,
    expected,
    keep_log,
    measures_of,
    read_notes,
    score,
)

__all__ = ["score"]
pytestmark = [pytest.mark.editor, pytest.mark.timeout(300)]
PICTURES = Path(__file__).parents[2] / "build" / "e2e"


@pytest.fixture
def panel(service, screen, tmp_path):
    """The panel's window on MuseScore's screen."""
    settings = service.home / "config" / "panel.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"is_introduced": true, "takes": 2}')
    process = subprocess.Popen(
        [sys.executable, "-m", "antiphon.ui"],
        env={**os.environ, "ANTIPHON_HOME": str(service.home), "DISPLAY": screen.display,
             "QT_QPA_PLATFORM": "xcb"},
        stdout=subprocess.DEVNULL,
        stderr=(tmp_path / "panel.log").open("wb"),
    )  # fmt: skip
    yield process
    process.terminate()
    process.wait(20)


def test_what_is_selected_is_asked_about_in_the_panel_and_a_take_lands_by_one_undo_step(
    editor, service, score, panel, monkeypatch
):
    monkeypatch.setenv("ANTIPHON_HOME", str(service.home))
    screen = editor.screen
    from antiphon.bridge.client import Client

    service.command("install", "musescore", "--folder", str(editor.data))
    editor.open(score)
    original = measures_of(score.read_text())
    editor.press("ctrl+alt+u")
    client = Client.connect()

    def seen():
        return client.watch(0, 0.1)

    editor.wait_for("the dock", lambda: any(e.kind == "musescore" for e in seen().editors))
    editor.select(len(TUNE))

    def window() -> str:
        found = screen.do("search", "--onlyvisible", "--pid", str(panel.pid)).stdout.split()
        return found[0] if found else ""

    own = editor.wait_for("the panel", window)
    screen.do("windowfocus", "--sync", str(own))
    editor.press("ctrl+e")
    region = editor.wait_for("the region", lambda: seen().region)
    assert "Flute" in region.words
    editor.press("alt+1")
    editor.press("ctrl+Return")

    def answered():
        found = [r for r in seen().requests if r.state in ("ready", "inserted")]
        return found[0] if found and len(found[0].takes) >= 2 else None

    request = editor.wait_for("two takes", answered, 90)
    screen.shoot(PICTURES / "panel_takes.png")
    editor.press("2")
    editor.press("ctrl+i")
    editor.wait_for("the take in the score", lambda: editor.landings >= 1)
    keep_log(editor, service)
    screen.shoot(PICTURES / "panel_landed.png")
    _, takes = client.request(request.id)
    take = next(take for take in takes if take.number == 1)
    editor.focus()
    editor.save(score)
    written = [note for note in read_notes(editor, score) if note[0] >= LENGTH]
    assert written == expected(take)
    # What would be heard is not silence.
    sound = rendered(take.phrase)
    assert abs(sound).max() > 0.01
    assert sounding(take.phrase.parts[0].notes)
    editor.act("undo")
    assert measures_of(editor.save(score)) == original
    client.close()
