from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.pitch import spell
from antiphon.models.evaluation import accompaniment
from antiphon.models.evaluation.fill import FIRST, LAST, cases_of, f1, measured
from antiphon.models.networks.arranger import Arranger, ArrangerConfig
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.training.arranger_read import Found


@pytest.fixture(scope="module")
def network() -> ArrangerSteps:
    torch.manual_seed(3)
    torch.set_num_threads(1)
    found = Arranger(ArrangerConfig(embedding=16, hidden=16, head=16, measure=8))
    found.eval()
    return ArrangerSteps(found)


def _found(make_tune, seed: int = 1) -> Found:
    return Found("folder", f"t{seed}", make_tune(seed, 16), 9, (0,))


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    one, other = frozenset({(0, 0, 1), (0, 24, 2)}), frozenset({(0, 0, 1)})
    assert f1(one, one) == 1.0
    assert f1(one, other) == pytest.approx(2 / 3)
    assert f1(frozenset(), other) == 0.0


def test_windows_have_notes_in_what_is_asked_and_round_it(make_tune):
    cases = cases_of([_found(make_tune)])
    assert cases
    for case in cases:
        spans = [(m.onset, m.end) for m in case.phrase.measures[FIRST : LAST + 1]]
        assert all(any(a <= n.onset < b for n in case.part.notes) for a, b in spans)
        assert len(case.phrase.measures) == 8


def test_copying_is_perfect_where_measures_repeat(make_tune, network):
    tune = make_tune(2, 16)
    motif = [(Fraction(i), 60 + i) for i in range(4)]
    notes = tuple(
        Note(4 * measure + onset, Fraction(1), spell(number))
        for measure in range(16)
        for onset, number in motif
    )
    found = Found(
        "folder", "motif", replace(tune, parts=(replace(tune.parts[0], notes=notes),)), 9, (0,)
    )
    copying, _, best = measured(network, cases_of([found])[0])
    assert copying == 1.0
    assert 0 <= best <= 1


def test_patterns_stand_on_the_chords_they_are_given(make_tune):
    tune = make_tune(3, 16)
    low = tuple(Note(Fraction(i), Fraction(1), spell(48)) for i in range(64))
    phrase = replace(
        tune, parts=(*tune.parts, Part("P2", "Piano", low)), chords=(parse_chord_symbol("C"),)
    )
    case = accompaniment.cases_of([Found("folder", "t", phrase, 9, (0, 2))], 2, (0,))[0]
    assert accompaniment._agreement(accompaniment._blocks(case), case) == 1.0
    figures = accompaniment._bass_figures(accompaniment._root_and_fifth(case), case)
    assert figures[0] == 1.0
    assert figures[4] == 0.0


def test_correlation_is_that_of_pearson():
    assert accompaniment._correlation([1, 2, 3], [2, 4, 6]) == pytest.approx(1.0)
    assert accompaniment._correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert accompaniment._correlation([1, 1], [2, 3]) is None
