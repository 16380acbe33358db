"""Telling generated from real: the figures on rows and pieces whose answer is known."""

from fractions import Fraction

import numpy as np
import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure
from antiphon.models.evaluation import critic
from antiphon.models.evaluation.measure_features import SIZE, features

Q = Fraction


def _pairs(shift: float, seed: int = 0) -> critic.Pairs:
    draw = np.random.default_rng(seed)
    real = draw.normal(size=(200, 12)).astype(np.float32)
    made = draw.normal(size=(200, 12)).astype(np.float32) + np.float32(shift)
    pieces = np.arange(200) // 10
    return critic.Pairs(real, made, pieces, pieces)


def test_equal_kinds_cannot_be_told_apart_and_different_ones_can():
    assert abs(critic.area(*critic.looks(_pairs(0.0))) - 0.5) < 0.1
    assert critic.area(*critic.looks(_pairs(1.5))) > 0.95


def test_the_area_counts_wins_and_halves_of_ties():
    assert critic.area(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == pytest.approx(0.875)


def test_a_measure_without_notes_has_no_features():
    part = Part("P1", "x", (Note(Q(4), Q(1), spell(60)),))
    assert features(part, Measure(Q(0), Q(4), "1"), None) is None
    row = features(part, Measure(Q(4), Q(4), "2"), None)
    assert row is not None
    assert row.shape == (SIZE,)


def test_drums_are_told_by_what_strikes_where():
    measure = Measure(Q(0), Q(4), "1")
    kick = features(Part("D", "x", (Note(Q(0), Q(1, 4), spell(36)),), is_drums=True), measure, None)
    snare = features(
        Part("D", "x", (Note(Q(0), Q(1, 4), spell(38)),), is_drums=True), measure, None
    )
    assert not np.array_equal(kick, snare)


def test_a_folder_with_too_little_music_is_told_in_a_sentence(tmp_path):
    with pytest.raises(AntiphonError) as caught:
        critic.evaluate(tmp_path)
    assert "too little music" in caught.value.sentence
