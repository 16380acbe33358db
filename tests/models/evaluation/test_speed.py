"""Speed: the counting of weights that are read, on a network whose weights are known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.models.evaluation import speed
from antiphon.models.evaluation.floor import Counted, Tally, counted, reading
from antiphon.models.evaluation.rivals import RIVALS, Decoder, Shape
from antiphon.models.networks.arranger import Arranger, ArrangerConfig
from antiphon.models.networks.arranger_steps import ArrangerSteps


def test_a_linear_layer_reads_its_weights_once_a_call_and_a_table_its_rows_only():
    layer, table = torch.nn.Linear(8, 4, bias=False), torch.nn.Embedding(100, 8)
    with reading() as count, torch.inference_mode():
        for _ in range(3):
            layer(table(torch.tensor([1, 2])))
    assert count == [3 * 4 * (8 * 4 + 2 * 8)]


def test_weights_that_numpy_reads_are_counted_and_the_result_is_the_same():
    tally = Tally()
    plain = np.arange(600, dtype=np.float32).reshape(20, 30)
    weight, rows = counted(plain, tally), np.array([3, 4, 3])
    found = np.ones((2, 20), np.float32) @ weight
    assert tally.count == plain.nbytes
    assert not isinstance(found, Counted)
    assert np.array_equal(found, np.ones((2, 20), np.float32) @ plain)
    assert np.array_equal(weight[rows], plain[rows])
    assert tally.count == plain.nbytes + 3 * 30 * 4
    half = np.ones((2, 20), np.float32) @ weight[:, :10]
    assert half.shape == (2, 10)
    assert tally.count == plain.nbytes + 3 * 30 * 4 + plain.nbytes // 3


def test_a_step_of_the_arranger_reads_its_joined_weights_once():
    steps = ArrangerSteps(Arranger(ArrangerConfig(embedding=32, hidden=32, head=16, measure=8)))
    inputs = np.zeros((5, 32), np.float32)
    state = tuple(np.repeat(part, 5, 0) for part in steps.first_state())
    with reading() as count:
        steps.step(inputs, state)
    assert count == [4 * (32 + 32) * (4 * 32 + 3 * 16)]
    assert type(steps._into) is np.ndarray


def test_a_rival_steps_with_a_cache_and_has_the_published_size():
    shape = Shape("small", 2, 32, 4, 50, 3, reads_encoder=True)
    network = Decoder(shape).eval()
    with torch.inference_mode():
        logits = network.step(torch.tensor([1, 2]), network.past(2, 7))
    assert logits.shape == (2, 50)
    millions = {s.name.split(" ")[0]: Decoder(s).count() / 1e6 for s in RIVALS[:1]}
    assert 20 < millions["MIDI-GPT"] < 35


def test_a_folder_without_a_long_piece_is_told(tmp_path: Path):
    with pytest.raises(AntiphonError):
        speed.evaluate(tmp_path)
