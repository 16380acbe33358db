"""The chords network: what it may see of each half."""

import torch

from antiphon.models.encoding.halves import COLUMNS, SYMBOLS, UNKNOWN
from antiphon.models.networks.chords import ChordsConfig, ChordsNetwork


def small() -> ChordsNetwork:
    torch.manual_seed(3)
    return ChordsNetwork(ChordsConfig(embedding=8, inner=16, hidden=8, heads=2)).eval()


def test_logits_are_one_for_each_symbol_of_each_half():
    rows, chords = torch.rand(2, 9, COLUMNS), torch.randint(0, SYMBOLS, (2, 9))
    assert small()(rows, chords).shape == (2, 9, SYMBOLS)


def test_a_masked_half_depends_on_chords_on_both_sides():
    network, rows = small(), torch.rand(1, 7, COLUMNS)
    chords = torch.full((1, 7), UNKNOWN)
    plain = network(rows, chords)[0, 3]
    for place in (0, 6):
        told = chords.clone()
        told[0, place] = 5
        assert not torch.allclose(network(rows, told)[0, 3], plain)


def test_batching_with_padding_leaves_attention_to_the_tune_alone():
    network, rows = small(), torch.rand(1, 6, COLUMNS)
    chords = torch.randint(0, SYMBOLS, (1, 6))
    padding = torch.tensor([[False] * 4 + [True] * 2])
    inner = torch.rand(1, 6, 16)
    changed = inner.clone()
    changed[0, 4:] += 1.0

    def seen(values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        return network._attend(values, mask)[0, :4]

    assert torch.allclose(seen(inner, padding), seen(changed, padding))
    assert not torch.allclose(seen(inner, None), seen(changed, None))
    assert network(rows, chords, padding).shape == (1, 6, SYMBOLS)


def test_a_configuration_comes_back_from_json():
    config = ChordsConfig(embedding=8, inner=16, hidden=8, heads=2, dropout=0.1)
    assert ChordsConfig.from_json(config.to_json()) == config
