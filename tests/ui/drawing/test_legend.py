from fractions import Fraction

import pytest
from drawn import LIGHT_PAPER, palette, share_of
from PyQt6.QtCore import QRectF
from sounds import part, phrase

from antiphon.ui.drawing.colours import LIGHT, voice_colour
from antiphon.ui.drawing.legend import Legend
from antiphon.ui.drawing.shown import shown_takes
from antiphon.ui.drawing.spoken import CHINESE

GIVEN = phrase(part([60, 62, 64, 65] * 2, name="Soprano"))
ALTO = phrase(part([55, 55, 57, 57] * 2, name="Alto"))
OTHER = phrase(part([55, 55, 57, 59] * 2, name="Alto"))


@pytest.fixture
def legend(qtbot):
    made = Legend()
    qtbot.addWidget(made)
    made.setPalette(palette(LIGHT_PAPER))
    made.resize(600, 40)
    return made


def test_every_voice_is_named_and_what_is_not_there_is_not_explained(legend):
    legend.present(shown_takes(GIVEN, ALTO, at=Fraction(0)))
    assert legend.labels() == ("Soprano (given)", "Alto")
    legend.present(shown_takes(GIVEN, OTHER, ALTO, Fraction(0)))
    assert legend.labels()[2:] == ("changed", "only in the take before")
    legend.set_speech(CHINESE)
    assert legend.accessibleDescription().endswith("有改动, 仅上一版有")


def test_swatches_have_the_colours_of_score_and_roll(legend):
    legend.present(shown_takes(GIVEN, ALTO, at=Fraction(0)))
    image = legend.grab().toImage()
    assert share_of(image, QRectF(100, 0, 100, 20), voice_colour(LIGHT, 1)) > 0.05
    assert share_of(image, QRectF(0, 0, 27, 20), voice_colour(LIGHT, 1)) == 0


def test_a_narrow_legend_wraps_and_grows_downwards(legend):
    legend.present(shown_takes(GIVEN, OTHER, ALTO, Fraction(0)))
    assert legend.heightForWidth(900) < legend.heightForWidth(200)
