"""The panel beside an editor: a real service, and a script that speaks as REAPER's does."""

import time

import pytest
from lines_script import LinesScript, project_file, scale
from services import scripted_service
from ui_window import opened_panel

from antiphon.bridge.client import Client
from antiphon.bridge.protocol.lines import read_lines
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.model.source import EDITOR
from antiphon.ui.watching import Watching

TUNE = project_file(("Violin I", 0, scale()), key="G")
VIOLIN = "1\t{T1}\t1\t0\t40\tViolin I"


@pytest.fixture
def panel(qtbot, home):
    with scripted_service(home, "rules") as running:
        running.wait_until_ready()
        with opened_panel(qtbot, Client.connect()) as made:
            made.panel.watching = Watching(made.panel)
            made.wait(lambda: made.session.line.watched is not None)
            made.script = LinesScript(home)
            made.script.send("hello")
            made.wait(made.panel.deeds.editors)
            yield made


def send_region(panel) -> None:
    span = {"region_start": 0, "region_end": 16 * 960}
    panel.script.send("region", TUNE, parts=[VIOLIN], phrase_start=0, **span)
    panel.wait(lambda: panel.session.source.kind == EDITOR)


def next_command(home):
    path = home / "run" / "do" / "reaper.do"
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, "no command came"
        time.sleep(0.01)
    lines = read_lines(path.read_bytes())
    path.unlink()
    return lines


def test_the_panel_shows_what_the_editor_asked_and_was_answered(panel):
    panel.script.ask("continue", TUNE, [VIOLIN], takes=2)
    panel.wait(lambda: len(panel.session.cards) == 2)
    job = panel.session.queue.job(panel.session.shown_id)
    assert job.origin.editor.startswith("REAPER")
    assert "Violin I" in job.words
    assert job.request.task is Task.CONTINUE


def test_a_selection_of_the_editor_is_asked_about_and_a_take_put_back_there(panel, home):
    send_region(panel)
    assert "Violin I, measures 1–4, 4/4, G major" in panel.session.words
    panel.panel.deeds.task("bass")
    panel.session.ask()
    panel.wait_takes(2)
    panel.panel.deeds.next_take()
    panel.panel.deeds.put()
    command = next_command(home)
    assert command.text("what") == "put"
    assert command.text("id") == panel.session.card.request.id
    assert int(command.text("number")) == 1
    panel.wait(lambda: isinstance(panel.session.note, str))


def test_the_panel_can_have_the_editor_send_its_selection(panel, home):
    panel.panel.deeds.region()
    assert next_command(home).text("what") == "region"
