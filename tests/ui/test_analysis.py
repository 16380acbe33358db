"""The page that listens: what it says of the music at hand, and when."""

from PyQt6.QtWidgets import QLabel
from ui_window import opened_panel

from antiphon.ui.drawing.curves import CurvePlot, SimilarityPlot


def words(page) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


def test_key_form_chords_mood_and_likeness_are_shown_for_all_and_for_the_selection(qtbot, rules):
    with opened_panel(qtbot, rules) as made:
        made.window.show_page("analysis")
        page = made.window._pages["analysis"]
        made.wait(lambda: "At a glance" in words(page))
        told = words(page)
        assert "Key: A minor" in told
        assert "(i)" in told
        assert "Meter: 3/4" in told
        assert page.findChildren(CurvePlot)
        assert page.findChildren(SimilarityPlot)
        page._choose("part")
        made.wait(lambda: "Listening" not in words(page))
        made.process()
        assert "Meter: 3/4" in words(page)


def test_music_without_notes_gets_a_sentence(qtbot, rules):
    with opened_panel(qtbot, rules) as made:
        made.panel.deeds.nothing()
        made.window.show_page("analysis")
        assert "There is nothing to hear yet." in words(made.window._pages["analysis"])


def test_the_page_speaks_chinese(qtbot, rules):
    with opened_panel(qtbot, rules, language="zh_CN") as made:
        made.window.show_page("analysis")
        page = made.window._pages["analysis"]
        made.wait(lambda: "概览" in words(page))
        assert "拍号: 3/4" in words(page)
