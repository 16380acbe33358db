from itertools import combinations

import pytest

from antiphon.ui.drawing.colours import (
    DARK,
    LEAST_CONTRAST,
    LIGHT,
    PATTERNS,
    contrast,
    theme_for,
    voice_colour,
    voice_pattern,
)

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@THEMES
def test_every_voice_and_mark_can_be_read_on_every_paper_of_its_theme(theme):
    named = ("ink", "quiet", "given", "gone", "mark", "playing", "chosen", "locked")
    colours = [*theme.voices, *(getattr(theme, name) for name in named)]
    for colour in colours:
        for paper in (theme.paper, theme.row, theme.asked):
            assert contrast(colour, paper) >= LEAST_CONTRAST, (colour, paper)


@THEMES
def test_no_two_voices_look_alike(theme):
    def apart(one, other):
        return sum(abs(int(one[n : n + 2], 16) - int(other[n : n + 2], 16)) for n in (1, 3, 5))

    assert min(apart(one, other) for one, other in combinations(theme.voices, 2)) > 80
    assert min(apart(theme.given, voice) for voice in theme.voices) > 70


def test_colour_and_pattern_together_tell_many_voices_apart():
    pairs = [(voice_colour(LIGHT, line), voice_pattern(line)) for line in range(42)]
    assert len(set(pairs)) == 42
    assert len({voice_pattern(line) for line in range(len(PATTERNS))}) == len(PATTERNS)


def test_contrast_is_that_of_the_guideline():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_theme_follows_the_paper():
    assert theme_for("#ffffff") is LIGHT
    assert theme_for("#232528") is DARK
