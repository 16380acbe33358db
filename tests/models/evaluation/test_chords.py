"""The evaluation of chords, and its baselines, on small made-up data."""

import numpy as np
import pytest
import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding import halves as grid
from antiphon.models.evaluation import chords as evaluation
from antiphon.models.evaluation.harmony_baselines import HiddenMarkov, Template
from antiphon.models.networks.chords import ChordsConfig, ChordsNetwork
from antiphon.models.tasks.chords_reading import LoadedChords, logits_of
from antiphon.models.training.chords_data import Origin, sheets_in

C, F, G = (grid.reduced(root, "major") for root in (0, 5, 7))
NOTES = {C: (0, 4, 7), F: (5, 9, 0), G: (7, 11, 2)}
TUNE = """X:1
T:Small
M:4/4
L:1/4
K:C
"C"CEGE|"F"FAcA|"G"GBdB|"C"c4|"C"CEGE|"F"FAcA|"G"GBdB|"C"c4|]
"""


def pair(symbols: list[int]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.zeros((len(symbols), grid.COLUMNS), np.float32)
    for row, symbol in zip(rows, symbols, strict=True):
        for tone in NOTES[symbol]:
            row[grid.SHARES + tone] = 1 / 3
    return rows, np.array(symbols)


TRAIN = [pair([C, F, G, C, C, F, G, C])] * 5


@pytest.mark.parametrize("kind", [Template, HiddenMarkov])
def test_a_baseline_names_chords_whose_notes_are_all_there(kind):
    model = kind.fitted(TRAIN, TRAIN)
    rows, chords = pair([C, F, G, C])
    assert list(model.reading(rows)) == list(chords)
    chances = model.marginals(rows)
    assert np.allclose(np.exp(chances).sum(1), 1)
    nats, count = model.nats(rows, chords)
    assert count == 4
    assert 0 < nats < 4 * np.log(grid.SYMBOLS)


def test_the_markov_model_sums_its_chances_to_one():
    model = HiddenMarkov.fitted(TRAIN, TRAIN)
    rows, _ = pair([C, G])
    total = 0.0
    for first in range(grid.SYMBOLS):
        for second in range(grid.SYMBOLS):
            total += np.exp(-model.nats(rows, np.array([first, second]))[0])
    assert total == pytest.approx(1.0, abs=1e-6)


def test_the_markov_model_hears_silence_by_its_neighbours():
    model = HiddenMarkov.fitted(TRAIN, TRAIN)
    rows, _ = pair([C, F, G, C])
    rows[1] = 0
    assert model.reading(rows)[1] == F


def test_an_unknown_chord_costs_nothing():
    model = HiddenMarkov.fitted(TRAIN, TRAIN)
    rows, chords = pair([C, F, G])
    hidden = chords.copy()
    hidden[1] = grid.UNKNOWN
    assert model.nats(rows, hidden)[1] == 2
    assert model.nats(rows, hidden)[0] < model.nats(rows, chords)[0]


@pytest.fixture(scope="module")
def model() -> LoadedChords:
    torch.manual_seed(2)
    network = ChordsNetwork(ChordsConfig(embedding=8, inner=16, hidden=8, heads=2)).eval()
    return LoadedChords(network, "small", "", ())


def test_nats_of_a_chain_are_the_sum_of_its_links(model):
    rows, chords = pair([C, F, G, C])
    chords[2] = grid.UNKNOWN
    expected = 0.0
    for at in (0, 1, 3):
        given = chords.copy()
        given[at:] = grid.UNKNOWN
        expected -= logits_of(model.network, rows, given)[at, chords[at]]
    assert evaluation.chain_nats(model, rows, chords) == pytest.approx(expected, rel=1e-4)


def test_a_reading_that_is_as_written_hits_everything(model, tmp_path):
    path = tmp_path / "small.abc"
    path.write_text(TUNE)
    (_, sheet), *_ = sheets_in(path, Origin("lead sheets", "", "", "", ""), {})
    judged = evaluation.judge(sheet, model, {"HMM": HiddenMarkov.fitted(TRAIN, TRAIN)})
    judged.chances["human"] = np.eye(grid.SYMBOLS)[sheet.chords]
    assert evaluation.accuracy([judged], "human") == (1.0, 1.0, 1.0, 1.0)
    figures = evaluation.figures(judged, "human")
    assert figures.distinct == 3
    assert figures.chord_tones == 1.0
    assert evaluation.accuracy([judged], "HMM")[0] > 0.9


def test_sevenths_share_the_triad_of_their_chord():
    assert evaluation._triad(grid.reduced(7, "dominant")) == evaluation._triad(G)
    assert evaluation._triad(grid.reduced(9, "minor-seventh")) == evaluation._triad(
        grid.reduced(9, "minor")
    )
    assert evaluation._triad(grid.reduced(0, "major-sixth")) == evaluation._triad(C)
    assert evaluation._triad(grid.reduced(11, "half-diminished")) != evaluation._triad(G)
    assert evaluation._triad(grid.NO_CHORD) is None


def test_a_folder_without_chords_is_refused_in_a_sentence(tmp_path):
    from antiphon.models.catalog import About, Card

    card = Card(About("chords", "chords", ("harmonize",), "", ()), tmp_path)
    with pytest.raises(AntiphonError):
        evaluation.report_on(card, tmp_path)
