"""The six figures of a harmonization, on examples worked out by hand."""

import math
from fractions import Fraction

import pytest

from antiphon.models.evaluation.harmony_metrics import (
    chord_tone_share,
    consonance,
    entropy,
    figures_of,
    mean_moves,
    mean_of,
    tonal_distance,
)

C, F, G = frozenset({0, 4, 7}), frozenset({5, 9, 0}), frozenset({7, 11, 2})


def line(*numbers: int) -> list[tuple[Fraction, Fraction, int]]:
    return [(Fraction(i), Fraction(i + 1), number) for i, number in enumerate(numbers)]


def test_entropy_of_one_chord_is_nothing_and_of_two_equal_ones_a_bit():
    assert entropy(["C", "C"]) == 0
    assert entropy(["C", "G"]) == pytest.approx(math.log(2))
    assert entropy(["C", "C", "C", "G"]) == pytest.approx(
        0.75 * math.log(4 / 3) + 0.25 * math.log(4)
    )
    assert entropy([]) == 0


def test_tonal_distance_of_two_notes_is_worked_out_on_the_circles():
    # A fifth: 7 * 7 half turns of pi / 6 on the circle of fifths is one of its twelve steps.
    fifth = 2 * math.sin(math.pi / 12)
    minor_thirds = 2 * math.sin(7 * 3 * math.pi / 4)
    major_thirds = 2 * 0.5 * math.sin(7 * math.pi / 3)
    expected = math.sqrt(fifth**2 + minor_thirds**2 + major_thirds**2)
    assert tonal_distance(frozenset({0}), frozenset({7})) == pytest.approx(expected)


def test_tonal_distance_is_a_distance_that_knows_no_key():
    assert tonal_distance(C, C) == 0
    assert tonal_distance(C, G) == pytest.approx(tonal_distance(G, C))
    moved = [frozenset((tone + 5) % 12 for tone in chord) for chord in (C, G)]
    assert tonal_distance(*moved) == pytest.approx(tonal_distance(C, G))
    far = frozenset({6, 10, 1})
    assert tonal_distance(C, far) > tonal_distance(C, G)


def test_moves_are_the_mean_over_neighbours_without_silence():
    assert mean_moves([C, C]) == 0
    one = tonal_distance(C, G)
    assert mean_moves([C, frozenset(), G, G]) == pytest.approx(one / 2)
    assert mean_moves([C]) == 0


def test_chord_tones_and_resolving_notes_count():
    # C, E and G are tones of C; D goes on by step; F leaps.
    assert chord_tone_share(line(60, 62, 64, 67), [C] * 4) == 1.0
    assert chord_tone_share(line(60, 65, 72, 67), [C] * 4) == 0.75
    assert chord_tone_share(line(62), [C]) == 0.0
    assert chord_tone_share(line(62, 62), [C, C]) == 0.0
    assert chord_tone_share(line(60, 62), [C, frozenset()]) == 1.0


def test_consonance_scores_thirds_fourths_and_seconds():
    # E over C E G: a third, a unison, a sixth.
    assert consonance(64, C) == 1.0
    # F over C E G: a fourth 0, a semitone -1, a seventh -1.
    assert consonance(65, C) == pytest.approx(-2 / 3)
    assert consonance(60, frozenset()) == 0.0


def test_figures_cut_notes_where_chords_change():
    notes = [(Fraction(0), Fraction(4), 60)]
    spans = [(Fraction(0), Fraction(2), C), (Fraction(2), Fraction(4), G)]
    found = figures_of(notes, spans, ["C", "G"])
    assert found.distinct == 2
    assert found.entropy == pytest.approx(math.log(2))
    assert found.moves == pytest.approx(tonal_distance(C, G))
    assert found.chord_tones == 0.5
    # C over C E G: unison 1, sixth 1, fourth 0; over G B D: fourth 0, second -1, seventh -1.
    assert found.consonance == pytest.approx((2 / 3 - 2 / 3) / 2)
    apart = (tonal_distance(frozenset({0}), C) + tonal_distance(frozenset({0}), G)) / 2
    assert found.distance == pytest.approx(apart)


def test_the_mean_weighs_tunes_alike_and_needs_one():
    spans = [(Fraction(0), Fraction(1), C)]
    first = figures_of(line(60), spans, ["C"])
    second = figures_of(line(65), spans, ["C"])
    assert mean_of([first, second]).consonance == pytest.approx((2 / 3 - 2 / 3) / 2)
    with pytest.raises(ValueError, match="nothing"):
        mean_of([])
