"""Speed: the counting of weights that are read, on a network whose weights are known."""

from pathlib import Path

import pytest
import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.models.evaluation import speed
from antiphon.models.evaluation.rivals import RIVALS, Decoder, Shape


def test_a_linear_layer_reads_its_weights_once_a_call_and_a_table_its_rows_only():
    layer, table = torch.nn.Linear(8, 4, bias=False), torch.nn.Embedding(100, 8)
    weights = {p.data_ptr(): p.numel() for m in (layer, table) for p in m.parameters()}
    reading = speed._Reading(weights)
    with torch.inference_mode(), reading:
        for _ in range(3):
            layer(table(torch.tensor([1, 2])))
    assert reading.count == 3 * 4 * (8 * 4 + 2 * 8)


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
