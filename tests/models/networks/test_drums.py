import torch

from antiphon.models.encoding.drum_features import COLUMNS, SIZES
from antiphon.models.networks.drums import (
    DrumsConfig,
    DrumsNetwork,
    bin_timing,
    bin_velocity,
    grid_channels,
    timing_bin,
    velocity_bin,
)


def inputs(batch, slots):
    torch.manual_seed(0)
    columns = torch.stack([torch.randint(SIZES[name], (batch, slots)) for name in COLUMNS], -1)
    hits = torch.rand(batch, slots, 9) < 0.3
    masked = torch.rand(batch, slots, 9) < 0.5
    velocities = torch.randint(1, 128, (batch, slots, 9))
    timing = torch.randn(batch, slots, 9) * 0.03
    known = torch.rand(batch, slots, 9) < 0.5
    grid = grid_channels(hits, masked, velocities, timing, (known, known))
    return columns, torch.zeros(batch, slots, 2), grid, torch.ones(batch, slots, dtype=torch.bool)


def test_what_fills_up_a_batch_changes_nothing():
    network = DrumsNetwork(DrumsConfig(16, 2, 2)).eval()
    columns, density, grid, inside = inputs(2, 24)
    inside[1, 16:] = False
    with torch.inference_mode():
        together = network(columns, density, grid, inside).onsets
        alone = network(columns[1:, :16], density[1:, :16], grid[1:, :16], inside[1:, :16]).onsets
    assert torch.allclose(together[1, :16], alone[0], atol=1e-5)


def test_a_masked_cell_shows_nothing_and_a_silent_one_no_velocity():
    hits = torch.tensor([[[True] * 9]])
    masked = torch.tensor([[[True, False] * 4 + [True]]])
    known = torch.ones_like(hits)
    values = torch.full((1, 1, 9), 100)
    shown = grid_channels(hits, masked, values, values / 1000, (known, known)).view(9, 6)
    for drum in range(9):
        assert (shown[drum, [0, 2, 3, 4, 5]] == 0).all() == (drum % 2 == 0)
        assert shown[drum, 1] == (drum % 2 == 0)
    silent = grid_channels(~hits, ~known, values, values / 1000, (known, known))
    assert (silent == 0).all()


def test_bins_hold_velocities_and_timing_closely():
    velocities = torch.arange(1, 128)
    assert (bin_velocity(velocity_bin(velocities)) - velocities).abs().max() <= 4
    times = torch.linspace(-0.08, 0.08, 50)
    assert (bin_timing(timing_bin(times)) - times).abs().max() <= 0.0081
