from math import inf, nan

import pytest
from drawn import LIGHT_PAPER, palette, share_of
from PyQt6.QtCore import QRectF

from antiphon.ui.drawing.colours import LIGHT, voice_colour
from antiphon.ui.drawing.curves import CHINESE, Curve, CurvePlot, SimilarityPlot


@pytest.fixture
def plot(qtbot):
    made = CurvePlot("Loss")
    qtbot.addWidget(made)
    made.setPalette(palette(LIGHT_PAPER))
    made.resize(400, 200)
    return made


def seen(widget):
    return widget.grab().toImage()


def test_a_falling_curve_is_drawn_from_upper_left_to_lower_right(plot):
    plot.set_curves([Curve("training", tuple((x, 10 - x) for x in range(11)))])
    image, colour = seen(plot), voice_colour(LIGHT, 0)
    assert share_of(image, QRectF(46, 26, 60, 40), colour) > 0.01
    assert share_of(image, QRectF(330, 135, 60, 40), colour) > 0.01
    assert share_of(image, QRectF(330, 26, 60, 40), colour) == 0


def test_a_plot_says_its_values(plot):
    plot.set_curves([Curve("loss", ((0, 4.0), (1, 2.0), (2, 2.5)))])
    assert plot.accessibleDescription() == "loss: from 4 to 2.5, lowest 2, highest 4"
    plot.set_words(CHINESE)
    assert plot.accessibleDescription() == "loss：从4到2.5，最低2，最高4"


@pytest.mark.parametrize(
    "points", [(), ((0, nan), (1, inf)), ((3, 1.0),), ((0, 2.0), (1, 2.0)), ((0, 0.0), (0, 0.0))]
)
def test_few_or_odd_values_are_drawn_without_a_fault(plot, points):
    plot.set_curves([Curve("odd", points)])
    assert not seen(plot).isNull()


def test_the_axis_stays_where_it_is_fixed(qtbot):
    plot = CurvePlot("Mood", span=(-1, 1))
    qtbot.addWidget(plot)
    plot.set_curves([Curve("valence", ((0, 0.1), (8, 0.2)))])
    assert plot.bounds() == (0, 8, -1, 1)


def test_alike_measures_are_darker_and_said_first(qtbot):
    plot = SimilarityPlot("Form")
    qtbot.addWidget(plot)
    plot.setPalette(palette(LIGHT_PAPER))
    plot.resize(150, 144)
    plot.set_matrix([[1, 0, 0.9], [0, 1, 0.1], [0.9, 0.1, 1]], ["5", "6", "7"])
    image = seen(plot)
    assert share_of(image, QRectF(30, 8, 30, 30), voice_colour(LIGHT, 0), near=10) > 0.9
    assert share_of(image, QRectF(70, 8, 30, 30), LIGHT_PAPER, near=10) > 0.9
    assert plot.accessibleDescription().startswith(
        "Self-similarity of 3 measures; most alike: measures 5 and 7"
    )


def test_a_matrix_that_is_not_square_is_refused(qtbot):
    plot = SimilarityPlot("Form")
    qtbot.addWidget(plot)
    with pytest.raises(ValueError, match="square"):
        plot.set_matrix([[1, 0]])
