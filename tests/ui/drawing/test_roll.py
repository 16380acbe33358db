from fractions import Fraction

import pytest
from drawn import DARK_PAPER, LIGHT_PAPER, apart, palette, picture, pixels, share_of
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QWheelEvent
from sounds import part, phrase

from antiphon.ui.drawing.colours import DARK, LIGHT, voice_colour
from antiphon.ui.drawing.roll import PianoRoll
from antiphon.ui.drawing.roll_layout import RollLayout
from antiphon.ui.drawing.roll_sides import RULER_HEIGHT, pretty_chord
from antiphon.ui.drawing.shown import shown_takes

CHORDS = ((0, ("C", 0), "major"), (4, ("G", 0), "dominant"))
GIVEN = phrase(part([60, 62, 64, 65, 67, 65, 64, 62], name="Soprano"), chords=CHORDS)
ALTO = phrase(part([55, 55, 57, 57, 59, 59, 60, 60], name="Alto"))
KIT = phrase(part([36, 42, 38, 42] * 2, name="Kit", is_drums=True))
LONG = phrase(part([60 + n % 9 for n in range(64)], name="Long"), length=64)


@pytest.fixture
def roll(qtbot):
    made = PianoRoll("Roll of a test")
    qtbot.addWidget(made)
    made.setPalette(palette(LIGHT_PAPER))
    made.resize(700, 360)
    made.show()
    return made


def shown_in(roll, shown):
    roll.present(shown)
    return picture(roll)


def middle(rect):
    return QPoint(round(rect.center().x()), round(rect.center().y()))


@pytest.mark.parametrize(("paper", "theme"), [(LIGHT_PAPER, LIGHT), (DARK_PAPER, DARK)])
def test_given_notes_are_grey_and_new_ones_have_their_voices_colour(roll, paper, theme):
    roll.setPalette(palette(paper))
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    image = shown_in(roll, shown)
    for note in shown.notes[:8]:
        rect = roll.note_rect(note.name)
        edge = QRectF(rect.left() + 3, rect.top(), rect.width() - 6, 1)
        colour = voice_colour(theme, note.line) if note.is_new else theme.given
        assert share_of(image, edge, colour, near=110) >= 0.45
        assert share_of(image, rect, theme.paper, near=6) < 0.2


def test_two_voices_differ_in_pattern_as_well_as_in_colour(roll):
    """In grey as a colour-blind reader may see them, the fills still differ."""
    shown = shown_takes(GIVEN, phrase(ALTO.parts[0], part([48] * 8, name="Bass")), at=Fraction(0))
    image = shown_in(roll, shown)

    def fill(line):
        note = next(n for n in shown.notes if n.line == line)
        inside = roll.note_rect(note.name).adjusted(4, 2, -4, -2)
        greys = [pixel.lightness() for pixel in pixels(image, inside)]
        return max(greys) - min(greys)

    # The second voice has a stripe, the third a hatching; the first is plain.
    assert fill(1) > 60
    assert fill(2) > 40
    assert fill(0) < 12


def test_notes_lie_at_their_pitch_and_time(roll):
    shown = shown_takes(GIVEN)
    shown_in(roll, shown)
    first, second = (roll.note_rect(n.name) for n in shown.notes[:2])
    assert second.top() == pytest.approx(first.top() - 2 * roll.row_height)
    assert second.left() - first.left() == pytest.approx(roll.quarter_width)


def test_drums_have_lanes_with_names_below_the_keys():
    layout = RollLayout(shown_takes(GIVEN, KIT, at=Fraction(0)))
    lanes = [row for row in layout.rows if row.is_drum]
    assert [row.label for row in lanes] == ["Closed hat", "Snare", "Kick"]
    assert min(row.top for row in lanes) > max(r.top for r in layout.rows if not r.is_drum) + 1


def test_a_kit_alone_has_lanes_only():
    assert all(row.is_drum for row in RollLayout(shown_takes(KIT)).rows)


def test_barlines_are_stronger_than_beats(roll):
    image = shown_in(roll, shown_takes(GIVEN))
    y = roll.viewport().height() - 6

    def strength(quarter):
        column = QRectF(round(roll.x_of(quarter)), y, 1, 2)
        return max(apart(pixel, LIGHT_PAPER) for pixel in pixels(image, column)[:1])

    assert strength(4) > strength(3) + 60
    assert strength(3) > 10


def test_differences_to_the_take_before_are_marked_and_what_is_gone_is_outlined(roll):
    other = phrase(part([55, 55, 57, 57, 59, 62, 60, 60], name="Alto"))
    shown = shown_takes(GIVEN, other, ALTO, Fraction(0))
    image = shown_in(roll, shown)
    changed = next(n for n in shown.notes if n.origin.value == "changed")
    same = next(n for n in shown.notes if n.origin.value == "new")

    def flag(note):
        rect = roll.note_rect(note.name)
        corner = QRectF(rect.right() - 4, rect.top() + 1, 3, 2)
        return share_of(image, corner, LIGHT.ink, near=90)

    assert flag(changed) > 0.5
    assert flag(same) == 0
    (gone,) = shown.gone
    left, right = roll.x_of(5), roll.x_of(6)
    top = roll.rect_of(roll.layout_of_rows.gone[0]).top()
    assert gone.note.pitch.midi_number == 59
    assert share_of(image, QRectF(left, top, right - left, 2), LIGHT.gone, near=150) > 0.1


def test_a_click_tells_the_note_and_a_click_beside_it_the_place(roll, qtbot):
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    shown_in(roll, shown)
    note = shown.notes[3]
    with qtbot.waitSignal(roll.note_clicked) as told:
        qtbot.mouseClick(
            roll.viewport(), Qt.MouseButton.LeftButton, pos=middle(roll.note_rect(note.name))
        )
    assert told.args[0] == note
    empty = QPoint(round(roll.x_of(2.5)), 3)
    with qtbot.waitSignal(roll.place_clicked) as told:
        qtbot.mouseClick(roll.viewport(), Qt.MouseButton.LeftButton, pos=empty)
    assert told.args[0] == pytest.approx(2.5, abs=0.05)


def test_a_drag_chooses_all_notes_that_it_encloses(roll, qtbot):
    shown = shown_takes(GIVEN)
    shown_in(roll, shown)
    start = QPoint(round(roll.x_of(0.1)), 2)
    end = QPoint(round(roll.x_of(2.9)), roll.viewport().height() - 2)
    qtbot.mousePress(roll.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(roll.viewport(), end)
    with qtbot.waitSignal(roll.choice_changed):
        qtbot.mouseRelease(roll.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert roll.chosen_notes() == shown.notes[:3]


def test_the_ruler_chooses_measures_and_shift_spans(roll, qtbot):
    shown_in(roll, LONG_SHOWN)
    ruler = roll._ruler
    for place, keys in (
        (0, Qt.KeyboardModifier.NoModifier),
        (2, Qt.KeyboardModifier.ShiftModifier),
    ):
        at = QPoint(round(roll.x_of(4 * place + 2)), RULER_HEIGHT // 2)
        with qtbot.waitSignal(roll.measure_clicked) as told:
            qtbot.mouseClick(ruler, Qt.MouseButton.LeftButton, keys, at)
        assert told.args == [place]
    assert roll.choice.measures == {0, 1, 2}


LONG_SHOWN = shown_takes(LONG)


def test_what_scrolling_leaves_is_what_drawing_it_anew_gives(roll, qtbot):
    """Scrolling moves pixels and draws only the rest; no seam may stay."""
    shown_in(roll, LONG_SHOWN)
    for value in (37, 400, 391, 900, 0):
        roll.horizontalScrollBar().setValue(value)
    roll.horizontalScrollBar().setValue(613)
    scrolled = picture(roll)
    roll.viewport().update()
    assert picture(roll) == scrolled


def test_ctrl_and_wheel_zoom_about_the_middle(roll):
    shown_in(roll, LONG_SHOWN)
    roll.horizontalScrollBar().setValue(700)
    centre = (700 + roll.viewport().width() / 2) / roll.quarter_width
    before = roll.quarter_width
    wheel = QWheelEvent(
        QPointF(300, 100), roll.viewport().mapToGlobal(QPointF(300, 100)), QPoint(), QPoint(0, 240),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    roll.wheelEvent(wheel)
    assert roll.quarter_width > 1.2 * before
    after = (roll.horizontalScrollBar().value() + roll.viewport().width() / 2) / roll.quarter_width
    assert after == pytest.approx(centre, abs=0.3)


def test_zoom_stays_within_bounds(roll):
    shown_in(roll, LONG_SHOWN)
    roll.set_zoom(1000)
    assert roll.zoom == 8
    roll.set_zoom(0.0001)
    assert roll.zoom == 0.25


def test_the_playhead_is_drawn_where_the_music_is_and_lights_its_key(roll):
    shown = shown_takes(GIVEN)
    before = shown_in(roll, shown)
    roll.set_playhead(2.5)
    image = picture(roll)
    line = QRectF(roll.x_of(2.5) - 1, 2, 3, 20)
    assert share_of(image, line, LIGHT.playing, near=160) > 0.3
    assert roll.sounding_rows() == {(64, False): voice_colour(LIGHT, 0)}
    roll.set_playhead(None)
    assert picture(roll) == before


def test_the_playhead_is_kept_in_view_unless_the_reader_does_not_want_it(roll):
    shown_in(roll, LONG_SHOWN)
    for quarters in (0.0, 15.0, 40.0, 63.0, 2.0):
        roll.set_playhead(quarters)
        assert 0 <= roll.playhead_x() <= roll.viewport().width()
    roll.follows = False
    roll.set_playhead(60.0)
    assert roll.playhead_x() > roll.viewport().width()


def test_locks_are_seen_on_notes_and_measures_and_go_again(roll):
    shown = shown_takes(GIVEN)
    before = shown_in(roll, shown)
    roll.set_locks([shown.notes[1].name], [1])
    image = picture(roll)
    rect = roll.note_rect(shown.notes[1].name)
    around = rect.adjusted(-2, -2, 2, 2)
    assert share_of(image, around, LIGHT.locked, near=120) > 0.08
    second = QRectF(roll.x_of(4) + 2, 0, 100, 60)
    assert [p.rgb() for p in pixels(image, second)] != [p.rgb() for p in pixels(before, second)]
    roll.set_locks()
    assert picture(roll) == before


def test_walking_by_keys_says_each_note_and_brings_it_into_view(roll, qtbot):
    shown_in(roll, LONG_SHOWN)
    qtbot.keyClick(roll, Qt.Key.Key_Home)
    assert roll.accessibleDescription() == "measure 1, beat 1, Long, C4, quarter note"
    qtbot.keyClick(roll, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert roll.accessibleDescription().startswith("measure 2, beat 1")
    qtbot.keyClick(roll, Qt.Key.Key_End)
    rect = roll.note_rect(LONG_SHOWN.notes[-1].name)
    assert 0 <= rect.left() < roll.viewport().width()
    with qtbot.waitSignal(roll.note_heard):
        qtbot.keyClick(roll, Qt.Key.Key_Space)


def test_the_answer_is_in_view_when_a_take_is_shown(roll):
    more = phrase(part([60] * 8, name="Long"))
    shown = shown_takes(LONG, more)
    shown_in(roll, shown)
    first = next(n for n in shown.notes if n.is_new)
    assert 0 <= roll.note_rect(first.name).left() < roll.viewport().width()


def test_empty_music_is_an_empty_roll_and_no_fault(roll, qtbot):
    shown_in(roll, shown_takes(phrase()))
    qtbot.keyClick(roll, Qt.Key.Key_Right)
    qtbot.mouseClick(roll.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert roll.chosen_notes() == ()


def test_chords_are_printed_with_real_accidentals():
    assert pretty_chord("Bbm7") == "B♭m7"
    assert pretty_chord("F#m7b5") == "F♯m7♭5"
    assert pretty_chord("D/F#") == "D/F♯"
    assert pretty_chord("Ab/Bb") == "A♭/B♭"
