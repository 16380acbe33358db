"""The drum network: attention and convolution over the slots of up to eight measures.

Every cell of the grid (slot × drum) is silent, hit, or masked; the network foretells the masked
ones, and the velocity and micro-timing of hits. Cells are revealed in any order, as in the
orderless NADE of Uria et al. (2014); attention knows how many measures two slots lie apart and
whether they stand at the same place of the measure, which is what a groove repeats.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.drum_features import COLUMNS, MAX_BARS, SIZES
from antiphon.models.encoding.drum_grid import DRUMS

VELOCITY_BINS = 16
TIMING_BINS = 11
# Width of a bin of micro-timing, in quarters.
TIMING_STEP = 0.016
# Of each drum: is hit, is masked, velocity, velocity known, timing, timing known.
CHANNELS = 6


@dataclass(frozen=True, slots=True)
class DrumsConfig:
    """The sizes that fix a drum network; kept as JSON beside its weights."""

    width: int = 128
    layers: int = 4
    heads: int = 4
    kernel: int = 5
    dropout: float = 0.1

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """Logits: onsets (…, 9), velocities (…, 9, bins), micro-timing (…, 9, bins)."""

    onsets: Tensor
    velocities: Tensor
    timing: Tensor


class _Layer(nn.Module):
    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.near = nn.Conv1d(width, width, config.kernel, padding="same", groups=width)
        self.mix = nn.Linear(width, width)
        self.all = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor, inside: Tensor) -> Tensor:
        batch, time, width = x.shape
        near = self.near((self.norms[0](x) * inside).transpose(1, 2)).transpose(1, 2)
        x = x + self.mix(F.relu(near))
        parts = self.all(self.norms[1](x)).view(batch, time, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, time, width))
        inner = self.down(F.relu(self.up(self.norms[2](x))))
        found: Tensor = x + self.drop(inner)
        return found


class DrumsNetwork(nn.Module):
    """Grids (batch, slots, 9 × CHANNELS) with their columns and density to logits."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [SIZES[name] for name in COLUMNS]
        self.starts: Tensor
        starts = torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.register_buffer("starts", starts, persistent=False)
        self.table = nn.EmbeddingBag(sum(sizes), config.width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.1)
        self.cells = nn.Linear(DRUMS * CHANNELS + 2, config.width)
        self.apart = nn.Embedding(2 * MAX_BARS, config.heads)
        self.same = nn.Parameter(torch.zeros(config.heads))
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.onsets = nn.Linear(config.width, DRUMS)
        self.velocities = nn.Linear(config.width, DRUMS * VELOCITY_BINS)
        self.timing = nn.Linear(config.width, DRUMS * TIMING_BINS)

    def forward(self, columns: Tensor, density: Tensor, grid: Tensor, inside: Tensor) -> Foretold:
        """Logits of every cell.

        `columns` (batch, slots, COLUMNS) and `density` (batch, slots, 2) come from
        `drum_features.rows_of`, `grid` (batch, slots, 9 × CHANNELS) from `grid_channels`;
        `inside` (batch, slots) is False where a shorter sequence was filled up.
        """
        hidden = self.hidden(self.embed(columns), density, grid, inside, columns)
        return self.heads(hidden)

    def embed(self, columns: Tensor) -> Tensor:
        """Vectors (batch, slots, width) of what is known besides the hits."""
        flat = (columns + self.starts).reshape(-1, columns.shape[-1])
        found: Tensor = self.table(flat).reshape(*columns.shape[:-1], -1)
        return found

    def hidden(
        self, known: Tensor, density: Tensor, grid: Tensor, inside: Tensor, columns: Tensor
    ) -> Tensor:
        """The last layer's vectors (batch, slots, width)."""
        x = known + self.cells(torch.cat((grid, density), -1))
        bias = self.attention_bias(columns, inside)
        flags = inside.unsqueeze(-1).to(x.dtype)
        for layer in self.layers:
            x = layer(x, bias, flags)
        found: Tensor = self.norm(x)
        return found

    def attention_bias(self, columns: Tensor, inside: Tensor) -> Tensor:
        """What attention adds (batch, heads, slots, slots): measures apart, the same place."""
        measure, place = columns[..., COLUMNS.index("measure")], columns[..., 0]
        apart = measure.unsqueeze(1) - measure.unsqueeze(2) + MAX_BARS
        same = (place.unsqueeze(1) == place.unsqueeze(2)).unsqueeze(-1)
        bias = self.apart(apart) + self.same * same
        bias = bias.masked_fill(~inside[:, None, :, None], -1e4)
        found: Tensor = bias.permute(0, 3, 1, 2).contiguous()
        return found

    def heads(self, hidden: Tensor) -> Foretold:
        """The logits of the last layer's vectors."""
        shape = (*hidden.shape[:-1], DRUMS)
        return Foretold(
            self.onsets(hidden),
            self.velocities(hidden).view(*shape, VELOCITY_BINS),
            self.timing(hidden).view(*shape, TIMING_BINS),
        )


def grid_channels(
    hits: Tensor, masked: Tensor, velocities: Tensor, timing: Tensor, known: tuple[Tensor, Tensor]
) -> Tensor:
    """The network's grid (…, slots, 9 × CHANNELS) of cells (…, slots, 9).

    `velocities` (1 … 127) count where `known[0]`, `timing` (quarters) where `known[1]`; a
    masked cell shows nothing.
    """
    is_open = ~masked
    is_hit = hits & is_open
    loud, placed = is_hit & known[0], is_hit & known[1]
    channels = (
        is_hit.float(), masked.float(),
        loud * (velocities.float() / 64 - 1), loud.float(),
        placed * (timing / (4 * TIMING_STEP)), placed.float(),
    )  # fmt: skip
    return torch.stack(channels, -1).flatten(-2)


def velocity_bin(velocities: Tensor) -> Tensor:
    """The bin of MIDI velocities."""
    return (velocities.long() * VELOCITY_BINS // 128).clamp(0, VELOCITY_BINS - 1)


def bin_velocity(bins: Tensor) -> Tensor:
    """The MIDI velocity in the middle of a bin."""
    return bins * (128 // VELOCITY_BINS) + 64 // VELOCITY_BINS


def timing_bin(timing: Tensor) -> Tensor:
    """The bin of micro-timing in quarters; far strays fall into the outer bins."""
    half = TIMING_BINS // 2
    return (torch.round(timing / TIMING_STEP).long() + half).clamp(0, TIMING_BINS - 1)


def bin_timing(bins: Tensor) -> Tensor:
    """Micro-timing in quarters in the middle of a bin."""
    return (bins - TIMING_BINS // 2) * TIMING_STEP
