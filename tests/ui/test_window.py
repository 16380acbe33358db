"""The window in a virtual screen: what a person clicks, presses, drops and sees."""

import time
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)
from ui_window import opened_panel

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.actions import ACTIONS, BY_ID
from antiphon.ui.deeds import Deeds
from antiphon.ui.model.exports import file_to_drag
from antiphon.ui.theme import DARK, LIGHT, SHAPE_PAIRS, TEXT_PAIRS, contrast
from antiphon.ui.widgets.card import DragHandle, TakeCard
from antiphon.ui.widgets.overlay import Commands, Keys

EXAMPLES = Path(__file__).parents[2] / "examples"
PAGES = ("write", "history", "models", "settings", "welcome", "about")


@pytest.fixture
def panel(qtbot, rules):
    with opened_panel(qtbot, rules) as made:
        yield made


def button(widget: QWidget, text: str) -> QAbstractButton:
    found = [b for b in widget.findChildren(QAbstractButton) if b.isVisible()
             and text in (b.text(), b.accessibleName())]  # fmt: skip
    assert found, text
    return found[0]


def test_from_the_first_sight_to_a_chosen_take_in_two_presses(panel, qtbot):
    qtbot.mouseClick(button(panel.window, "Ask"), Qt.MouseButton.LeftButton)
    panel.wait_takes(2)
    cards = panel.window.findChildren(TakeCard)
    assert len(cards) == 2
    qtbot.keyClick(panel.window, Qt.Key.Key_2)
    assert panel.session.card.take.number == 1
    assert QApplication.activeModalWidget() is None


def test_every_action_has_a_deed_and_no_two_share_a_key():
    keys = [QKeySequence(key).toString() for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    for action in ACTIONS:
        assert callable(getattr(Deeds, action.name)), action.id
    assert len(BY_ID) == len(ACTIONS)


def test_every_action_can_be_done_by_the_palette_where_it_is_possible(panel, qtbot):
    panel.window.show_commands()
    palette = panel.window.findChild(Commands)
    names = [palette._list.item(i).data(Qt.ItemDataRole.UserRole)
             for i in range(palette._list.count())]  # fmt: skip
    possible = [a.id for a in ACTIONS if panel.panel.deeds.is_possible(a.needs)]
    assert names == possible
    line = palette.findChild(QLineEdit)
    qtbot.keyClicks(line, "harmon")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert panel.session.task is Task.HARMONIZE
    assert not panel.window.close_overlay()


def test_escape_puts_the_keys_away_before_it_stops_the_work(panel, qtbot):
    panel.session.ask()
    panel.panel.deeds.keys()
    assert panel.window.findChild(Keys) is not None
    qtbot.keyClick(panel.window.findChild(Keys), Qt.Key.Key_Escape)
    assert panel.session.queue.working is not None
    begun = time.monotonic()
    panel.panel.deeds.cancel()
    assert panel.session.queue.working is None
    assert time.monotonic() - begun < 0.1


def test_space_presses_the_button_that_has_the_focus_and_letters_go_into_lines(panel, qtbot):
    button_here = button(panel.window, "Bass")
    button_here.setFocus()
    qtbot.keyClick(button_here, Qt.Key.Key_Space)
    assert panel.session.task is Task.BASS
    panel.panel.deeds.task("continue")
    panel.process()
    line = next(w for w in panel.window.findChildren(QLineEdit)
                if w.accessibleName() == "Chords" and w.isVisible())  # fmt: skip
    line.setFocus()
    qtbot.keyClicks(line, "C | Am")
    assert panel.session.value("chords") == "C | Am"


def test_a_task_shows_at_most_six_controls_and_folds_the_rest(panel):
    for task in Task:
        panel.panel.deeds.task(task.value)
        panel.process()
        pane = panel.window.write.ask
        before = len([w for w in pane.findChildren((QComboBox, QSlider, QLineEdit))
                      if w.isVisible()])  # fmt: skip
        panel.panel.deeds.more_controls()
        panel.process()
        after = len([w for w in pane.findChildren((QComboBox, QSlider, QLineEdit))
                     if w.isVisible()])  # fmt: skip
        assert after > before
        panel.panel.deeds.more_controls()


def test_a_dropped_file_is_what_is_asked_about(panel):
    panel.drop(EXAMPLES / "greensleeves.musicxml")
    assert panel.session.source.title == "Greensleeves"
    assert "6/8" in panel.session.words


def test_a_dropped_export_brings_its_task_back(panel):
    panel.panel.deeds.task("bass")
    panel.session.turn("style", "jazz")
    panel.session.ask()
    panel.wait_takes(2)
    path = file_to_drag(panel.session, panel.session.cards[1], ".musicxml")
    panel.panel.deeds.task("drums")
    panel.drop(path)
    assert panel.session.task is Task.BASS
    assert panel.session.value("style") == "jazz"
    assert not panel.session.settings.rolls_seed


def test_a_file_that_is_no_music_is_told_with_one_button_that_mends(panel, tmp_path):
    broken = tmp_path / "broken.mid"
    broken.write_bytes(b"MThd but no more")
    panel.panel.deeds.open_path(broken)
    assert panel.session.note.code == "broken-midi"
    assert button(panel.window, "Open another file").isVisible()
    qt = button(panel.window, "Put away")
    qt.click()
    assert panel.session.note is None


@pytest.mark.parametrize("code", ["no-editor", "bad-control", "empty-selection", "internal"])
def test_every_remedy_is_an_action(panel, code):
    gaps = dict.fromkeys(("which", "name", "value", "why"), "x")
    panel.session.tell(AntiphonError(code, **gaps))
    text, name = panel.panel.deeds.remedy(code)
    assert text
    assert name in BY_ID


def test_a_take_is_dragged_out_as_a_file_that_is_there(panel):
    panel.session.ask()
    panel.wait_takes(2)
    panel.process()
    for handle in panel.window.findChildren(DragHandle):
        urls = handle.mime().urls()
        path = Path(urls[0].toLocalFile())
        assert path.stat().st_size > 100
        assert path.suffix == handle.text()


def test_a_take_is_renamed_starred_and_found_in_the_history(panel, qtbot):
    panel.session.ask()
    panel.wait_takes(2)
    panel.panel.deeds.rename()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    line.selectAll()
    qtbot.keyClicks(line, "Lovely")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    panel.panel.deeds.star()
    assert panel.session.cards[0].name == "Lovely"
    assert panel.session.cards[0].is_starred
    panel.panel.deeds.page("history")
    button(panel.window, "Show takes").click()
    assert panel.window.page == "write"
    assert panel.session.cards[0].name == "Lovely"


def test_two_takes_become_one(panel):
    panel.session.ask()
    panel.wait_takes(2)
    panel.session.choose(panel.session.cards[1].key)
    panel.panel.deeds.combine()
    panel.process()
    button(panel.window, "Combine").click()
    assert panel.session.card.is_combined
    assert len(panel.session.cards) == 3


@pytest.mark.parametrize("page", ["write", "welcome"])
def test_language_theme_and_size_change_without_a_restart(panel, page):
    panel.panel.deeds.page(page)
    for change in ({"language": "zh_CN"}, {"theme": "dark"}, {"zoom": 1.5}, {"language": "en"}):
        panel.session.change(**change)
        panel.process()
        assert panel.window.page == page
    assert panel.session.source.title == "Scarborough Fair"
    assert button(panel.window, "Models").isVisible()


def test_the_window_stays_on_top_as_a_choice(panel):
    panel.panel.deeds.on_top()
    assert panel.window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    panel.panel.deeds.on_top()
    assert not panel.window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_shapes_stand_out_from_what_is_behind_them(colours):
    for one, other in TEXT_PAIRS:
        ratio = contrast(getattr(colours, one), getattr(colours, other))
        assert ratio >= 4.5, (one, other, ratio)
    for one, other in SHAPE_PAIRS:
        ratio = contrast(getattr(colours, one), getattr(colours, other))
        assert ratio >= 3, (one, other, ratio)


@pytest.mark.parametrize("page", PAGES)
def test_every_focusable_widget_has_a_name(panel, page):
    panel.session.ask()
    panel.wait_takes(2)
    panel.panel.deeds.page(page)
    if page == "write":
        panel.panel.deeds.more_controls()
    panel.process()
    nameless = []
    for widget in panel.window.findChildren(QWidget):
        can = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not can or not widget.isVisible() or widget.objectName().startswith("qt_"):
            continue
        name = widget.accessibleName() or getattr(widget, "text", str)()
        if not str(name).strip():
            nameless.append((type(widget).__name__, widget.objectName()))
    assert nameless == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["long", "zh_CN"])
def test_no_word_is_clipped(panel, page, language):
    panel.session.ask()
    panel.wait_takes(2)
    panel.panel.deeds.page(page)
    panel.session.change(language=language)
    panel.window.resize(1120, 760)
    panel.process()
    clipped = []
    for widget in panel.window.findChildren((QPushButton, QToolButton)):
        if not widget.isVisible() or not widget.text():
            continue
        if widget.width() < widget.minimumSizeHint().width():
            clipped.append((widget.text(), widget.width(), widget.minimumSizeHint().width()))
    for label in panel.labels():
        needed = label.fontMetrics().horizontalAdvance(label.text())
        if not label.wordWrap() and label.width() + 2 < needed:
            clipped.append((label.text(), label.width(), needed))
        if label.wordWrap() and label.height() + 2 < label.heightForWidth(label.width()):
            clipped.append((label.text(), label.height(), label.heightForWidth(label.width())))
    assert clipped == []


def test_the_panel_loads_neither_torch_nor_music21():
    import subprocess
    import sys

    code = (
        "import antiphon.ui.app, sys;"
        "print(sorted({'torch','music21','numpy','verovio','mido'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
