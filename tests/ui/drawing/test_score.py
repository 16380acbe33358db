import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from drawn import DARK_PAPER, LIGHT_PAPER, apart, ink, palette, picture, pixels, share_of
from hypothesis import given, settings
from phrases import phrases
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QWheelEvent
from sounds import part, phrase

from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.music.phrase import Lyric, Note, Part, Tie
from antiphon.bridge.music.pitch import Pitch
from antiphon.ui.drawing.colours import DARK, LIGHT, voice_colour
from antiphon.ui.drawing.engraved import engraved as engrave_shown
from antiphon.ui.drawing.score import ScoreView
from antiphon.ui.drawing.shown import shown_takes

SUNG = part([60, 62, 64, 65, 67, 65, 64, 62], name="Soprano")
SUNG = replace(
    SUNG,
    notes=tuple(replace(n, lyrics=(Lyric("1", "la"),)) for n in SUNG.notes),
)
CHORDS = ((0, ("C", 0), "major"), (4, ("G", 0), "dominant"))
GIVEN = phrase(SUNG, chords=CHORDS)
ALTO = phrase(part([55, 55, 57, 57, 59, 59, 60, 60], name="Alto"))


@pytest.fixture
def view(qtbot):
    made = ScoreView("Score of a test")
    qtbot.addWidget(made)
    made.setPalette(palette(LIGHT_PAPER))
    made.resize(900, 420)
    made.show()
    return made


def engraved(view, shown):
    view.present(shown)
    assert view.wait_engraved()
    return picture(view)


def staves(view):
    """The box of the first measure's staves."""
    return view.measure_rect(0)


def heads(view, note):
    """The middle of a note's head: its stem is beside it."""
    return view.note_rects(note.name)[0]


def test_a_page_is_not_blank_and_has_five_lines_a_staff(view):
    image = engraved(view, shown_takes(GIVEN))
    box = staves(view)
    column = [
        apart(pixel, LIGHT_PAPER) > 120
        for pixel in pixels(image, QRectF(box.right() - 4, box.top() - 3, 1, box.height() + 6))
    ]
    lines = sum(now and not before for before, now in zip([False, *column], column, strict=False))
    assert lines >= 5


def test_part_names_are_written_beside_the_staves(view):
    image = engraved(view, shown_takes(GIVEN))
    box = staves(view)
    beside = QRectF(2, box.top(), box.left() - 6, box.height())
    assert ink(image, beside, LIGHT_PAPER) > 60
    nameless = replace(GIVEN, parts=(replace(GIVEN.parts[0], name=""),))
    image = engraved(view, shown_takes(nameless))
    box = staves(view)
    assert ink(image, QRectF(2, box.top(), max(1, box.left() - 6), box.height()), LIGHT_PAPER) == 0


@pytest.mark.parametrize(
    ("what", "without", "above"),
    [
        ("chords", lambda p: replace(p, chords=()), True),
        ("tempo", lambda p: replace(p, tempos=()), True),
        ("lyrics", lambda p: replace(p, parts=(part([60, 62, 64, 65, 67, 65, 64, 62]),)), False),
        ("numerals", lambda p: replace(p, key_signatures=()), False),
    ],
)
def test_text_is_drawn_and_is_gone_with_its_cause(view, what, without, above):
    def seen(music):
        image = engraved(view, shown_takes(music))
        box = staves(view)
        wide = QRectF(box.left(), 0, 700, max(1, box.top() - 2))
        below = QRectF(box.left(), box.bottom() + 12, 700, 60)
        return ink(image, wide if above else below, LIGHT_PAPER)

    assert seen(GIVEN) > seen(without(GIVEN)) + 25, what


def test_the_tempo_has_its_note_from_the_music_font(view):
    """The quarter before "= 120" is a music character, which no text font has."""
    bare = replace(phrase(part([48] * 8)), chords=())
    image = engraved(view, shown_takes(bare))
    box = staves(view)
    above = QRectF(box.left(), 0, 60, box.top() - 4)
    rows = [
        sum(apart(p, LIGHT_PAPER) > 150 for p in pixels(image, QRectF(above.left(), y, 60, 0.5)))
        for y in range(int(above.top()), int(above.bottom()))
    ]
    assert max(rows) > 4, "a head"
    assert sum(1 for row in rows if row >= 1) >= 9, "a stem above it"


@pytest.mark.parametrize(("paper", "theme"), [(LIGHT_PAPER, LIGHT), (DARK_PAPER, DARK)])
def test_given_notes_are_grey_and_new_ones_have_their_voices_colour(view, paper, theme):
    view.setPalette(palette(paper))
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    image = engraved(view, shown)
    for note in shown.notes[:6]:
        colour = voice_colour(theme, note.line) if note.is_new else theme.given
        other = theme.given if note.is_new else voice_colour(theme, 1)
        box = heads(view, note)
        assert share_of(image, box, colour) > 0.05
        assert share_of(image, box, other) < 0.03
    corner = image.pixelColor(image.width() - 3, image.height() - 3)
    assert apart(corner, paper) < 6


def test_a_change_of_theme_recolours_the_page_at_once(view):
    engraved(view, shown_takes(GIVEN))
    view.setPalette(palette(DARK_PAPER))
    image = picture(view)
    box = staves(view)
    assert share_of(image, QRectF(0, 0, 900, 60), DARK_PAPER) > 0.5
    assert share_of(image, box, DARK.ink) > 0.005
    assert share_of(image, box, LIGHT_PAPER, near=10) < 0.005
    assert ink(image, box, DARK_PAPER) > 200


def test_differences_to_the_take_before_are_marked(view):
    other = phrase(part([55, 55, 57, 57, 59, 62, 60, 60], name="Alto"))
    plain = engraved(view, shown_takes(GIVEN, other, at=Fraction(0)))
    shown = shown_takes(GIVEN, other, ALTO, Fraction(0))
    marked = engraved(view, shown)
    changed = next(n for n in shown.notes if n.origin.value == "changed")
    same = next(n for n in shown.notes if n.origin.value == "new")

    def differs(note):
        box = heads(view, note)
        pairs = zip(pixels(plain, box), pixels(marked, box), strict=True)
        return sum(apart(a, b) > 20 for a, b in pairs)

    assert differs(changed) > 30
    assert differs(same) == 0


def test_a_click_on_a_note_tells_that_note(view, qtbot):
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    engraved(view, shown)
    for note in (shown.notes[0], shown.notes[1], shown.notes[-1]):
        box = heads(view, note)
        with qtbot.waitSignal(view.note_clicked) as told:
            at = QPoint(round(box.center().x()), round(box.center().y()))
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert told.args[0] == note
        assert view.chosen_notes() == (note,)


def test_a_click_between_notes_tells_the_measure_and_shift_spans(view, qtbot):
    engraved(view, shown_takes(phrase(part([60] * 16), length=16)))
    for place, keys in (
        (1, Qt.KeyboardModifier.NoModifier),
        (3, Qt.KeyboardModifier.ShiftModifier),
    ):
        box = view.measure_rect(place)
        at = QPoint(round(box.right() - 4), round(box.top() - 6))
        with qtbot.waitSignal(view.measure_clicked) as told:
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, keys, at)
        assert told.args == [place]
    assert view.choice.measures == {1, 2, 3}


def test_both_halves_of_a_tied_note_are_that_note(view):
    pitch = Pitch("A", 0, 4)
    tied = Part(
        "p", "P",
        (Note(Fraction(0), Fraction(4), pitch, tie=Tie.START),
         Note(Fraction(4), Fraction(4), pitch, tie=Tie.STOP)),
    )  # fmt: skip
    shown = shown_takes(phrase(tied))
    engraved(view, shown)
    assert len(view.note_rects(shown.notes[0].name)) == 2


def test_every_note_of_every_kind_of_part_is_found_on_the_page(view):
    clarinet = part([58, 60, 62, 63], name="Clarinet", program=71, duration=2)
    drums = part([36, 42, 38, 42] * 2, name="Kit", is_drums=True)
    triplets = part([60, 62, 64] * 8, name="Piano", duration="1/3")
    shown = shown_takes(phrase(clarinet, drums, triplets))
    engraved(view, shown)
    lost = [note for note in shown.notes if not view.note_rects(note.name)]
    assert lost == []


def test_walking_by_keys_says_each_note_and_return_chooses_it(view, qtbot):
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    engraved(view, shown)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.accessibleDescription() == "measure 1, beat 1, Alto, G3, quarter note, new"
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.accessibleDescription() == "measure 1, beat 1, Soprano, C4, quarter note"
    with qtbot.waitSignal(view.note_heard):
        qtbot.keyClick(view, Qt.Key.Key_Space)
    with qtbot.waitSignal(view.note_clicked):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    with qtbot.waitSignal(view.measure_clicked):
        qtbot.keyClick(view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    view.set_locks([shown.notes[0].name])
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.accessibleDescription().endswith("locked")


def test_ctrl_and_wheel_make_it_larger_and_break_the_systems_anew(view, qtbot):
    engraved(view, shown_takes(phrase(part([60] * 32), length=32)))
    before = staves(view).height()
    wheel = QWheelEvent(
        QPointF(100, 100), view.viewport().mapToGlobal(QPointF(100, 100)), QPoint(), QPoint(0, 360),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.wheelEvent(wheel)
    assert view.zoom > 1.3
    assert view.wait_engraved()
    assert staves(view).height() > 1.3 * before
    assert view.horizontalScrollBar().maximum() == 0


def test_the_playhead_stands_at_the_note_that_sounds(view):
    shown = shown_takes(GIVEN)
    engraved(view, shown)
    view.set_playhead(2.0)
    image = picture(view)
    box = heads(view, shown.notes[2])
    line = QRectF(box.left() - 3, staves(view).top() - 5, 6, 4)
    assert share_of(image, line, LIGHT.playing, near=120) > 0.1
    view.set_playhead(None)
    assert share_of(picture(view), line, LIGHT.playing, near=120) == 0


def test_the_system_that_sounds_is_kept_in_view(view):
    view.resize(500, 160)
    engraved(view, shown_takes(phrase(part([60] * 64), length=64)))
    for quarters in (0.0, 30.0, 63.0, 1.0):
        view.set_playhead(quarters)
        box = view.measure_rect(int(quarters // 4))
        assert box.top() >= -6
        assert box.bottom() <= view.viewport().height() + 6


def test_an_older_page_never_replaces_a_newer_one(view):
    view.present(shown_takes(phrase(part([60] * 64), length=64)))
    newer = shown_takes(GIVEN)
    view.present(newer)
    assert view.wait_engraved()
    assert view.measure_rect(2) is None


def test_leafing_through_takes_engraves_the_last_and_not_all(view):
    pages = []
    view._told.done.connect(lambda ticket, _page: pages.append(ticket))
    for number in range(30):
        view.present(shown_takes(phrase(part([60 + number % 7] * 32), length=32)))
    assert view.wait_engraved()
    assert view._ticket in pages  # an older one may still come after it, and is not shown
    assert len(pages) < 10


def test_empty_music_is_an_empty_page_and_no_fault(view):
    engraved(view, shown_takes(GIVEN))
    image = engraved(view, shown_takes(phrase()))
    assert ink(image, QRectF(0, 0, 900, 400), LIGHT_PAPER) == 0


def test_it_engraves_in_its_thread_though_another_engraved_before(view):
    """Verovio knows its fonts only in the thread that loaded it."""
    engrave(musicxml_from_phrase(GIVEN))
    for repeat in range(3):
        music = phrase(part([60 + repeat] * 8))
        assert ink(engraved(view, shown_takes(music)), QRectF(0, 0, 800, 200), LIGHT_PAPER) > 200


def test_text_with_markup_and_chinese_names_is_drawn(view):
    named = replace(GIVEN, parts=(replace(GIVEN.parts[0], name="女高音 <&>"),))
    image = engraved(view, shown_takes(named))
    box = staves(view)
    assert ink(image, QRectF(2, box.top(), box.left() - 6, box.height()), LIGHT_PAPER) > 80


_TWICE = """
import sys
from PyQt6.QtWidgets import QApplication
app = QApplication([])
sys.path.insert(0, sys.argv[1])
from drawn import palette
from hypothesis import given, settings
from phrases import phrases
from sounds import part, phrase
from antiphon.ui.drawing.engraved import engraved as engrave_shown
from antiphon.ui.drawing.score import ScoreView
from antiphon.ui.drawing.shown import shown_takes
view = ScoreView("x")
view.setPalette(palette("#ffffff"))
view.resize(500, 160)
view.show()
view.present(shown_takes(phrase(part([60, 62, 64, 65] * 2))))
assert view.wait_engraved()
image = view.viewport().grab().toImage()
assert image.devicePixelRatio() == 2.0, image.devicePixelRatio()
sharp = inked = 0
for y in range(0, image.height() - 1, 2):
    for x in range(0, image.width() - 1, 2):
        block = {image.pixel(x + dx, y + dy) for dx in (0, 1) for dy in (0, 1)}
        inked += block != {0xFFFFFFFF}
        sharp += len(block) > 1
assert inked > 500, inked
assert sharp / inked > 0.3, sharp / inked
"""


def test_at_twice_the_resolution_it_is_drawn_sharp_and_not_blown_up():
    support = str(Path(__file__).parents[2] / "support")
    run = subprocess.run(
        [sys.executable, "-c", _TWICE, support],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_the_engraver_is_not_loaded_before_something_is_shown():
    code = (
        "import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "import antiphon.ui.drawing.score, antiphon.ui.drawing.roll, sys\n"
        "import antiphon.ui.drawing.curves\n"
        "print(sorted({'torch', 'music21', 'verovio', 'numpy'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


@settings(max_examples=25)
@given(phrases())
def test_every_note_of_any_music_is_found_on_its_page(music):
    shown = shown_takes(music)
    page = engrave_shown(shown, 2_000, "serif", lambda text, *_: 200.0 * len(text))
    lost = [note for note in shown.notes if note.name not in page.notes.values()]
    assert lost == []
    assert len(page.measures) == len(music.measures)
