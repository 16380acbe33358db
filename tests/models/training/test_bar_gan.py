"""Training the GAN: both objectives learn a simple world of measures."""

import numpy as np
import pytest
import torch

from antiphon.models.encoding.bar_images import SLOTS, conditions
from antiphon.models.networks.bar_gan import BarGanConfig, drawn
from antiphon.models.training.bar_gan import critic_step, distance, generator_step, new_pair
from antiphon.models.training.bar_gan_data import Bars

ROWS = 4


def world(count: int, seed: int) -> Bars:
    """Measures with a bass drum on the beats, a snare between, and hats by chance."""
    draw = np.random.default_rng(seed)
    pictures = np.zeros((count, SLOTS, ROWS), np.float32)
    pictures[:, ::4, 0] = 1
    pictures[:, 4::8, 1] = 1
    pictures[:, ::2, 2] = draw.random((count, SLOTS // 2)) < 0.8
    rows = np.stack([conditions(SLOTS, (), place, 8) for place in range(count)])
    return Bars(pictures, rows, np.arange(count))


@pytest.mark.parametrize("objective", ["minimax", "wasserstein"])
def test_an_objective_brings_generated_measures_nearer_to_real_ones(objective):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    bars = world(512, 1)
    pair = new_pair(BarGanConfig(ROWS, noise=8, width=64, critic=48), objective)
    real, rows = torch.from_numpy(bars.pictures), torch.from_numpy(bars.conditions)
    before = distance(pair.networks, bars)
    for _ in range(250):
        for _ in range(3 if pair.is_wasserstein else 1):
            batch = torch.randint(len(real), (64,))
            critic_step(pair, real[batch], rows[batch])
        generator_step(pair, rows[torch.randint(len(rows), (64,))])
    assert distance(pair.networks, bars) < 0.5 * before


def test_drawn_cells_are_hard_and_let_the_gradient_through():
    logits = torch.tensor([[-2.0, 0.5, 3.0]], requires_grad=True)
    cells = drawn(logits)
    assert cells.tolist() == [[0.0, 1.0, 1.0]]
    torch.autograd.backward(cells.sum())
    assert (logits.grad > 0).all()


def test_slots_that_a_measure_lacks_stay_white():
    pair = new_pair(BarGanConfig(ROWS, noise=8, width=32, critic=16), "wasserstein")
    rows = torch.from_numpy(np.stack([conditions(12, (), 0, 4)] * 8))
    assert pair.fakes(rows)[:, 12:].abs().max() < 1e-6
