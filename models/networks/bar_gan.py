"""A generator and a critic of single measures (Goodfellow et al. 2014; Gulrajani et al. 2017).

The generator turns noise and conditions into a picture of a measure whose cells are drawn
hard, with the gradient of the soft value passed through, as in Dong and Yang's binary neurons
(2018): a critic could tell grey cells from a real measure at a glance.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from antiphon.models.encoding.bar_images import CONDITIONS, SLOTS


@dataclass(frozen=True, slots=True)
class BarGanConfig:
    """The sizes of a pair of networks; kept as JSON beside their weights."""

    rows: int
    noise: int = 32
    width: int = 256
    critic: int = 192
    conditions: int = CONDITIONS

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


class Generator(nn.Module):
    """Noise (batch, noise) and conditions (batch, conditions) to logits (batch, slots, rows)."""

    def __init__(self, config: BarGanConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.Sequential(
            nn.Linear(config.noise + config.conditions, config.width),
            nn.LayerNorm(config.width),
            nn.ReLU(),
            nn.Linear(config.width, config.width),
            nn.LayerNorm(config.width),
            nn.ReLU(),
            nn.Linear(config.width, SLOTS * config.rows),
        )

    def forward(self, noise: Tensor, conditions: Tensor) -> Tensor:
        """The logits of every cell; slots that the measure lacks are far below zero."""
        logits = self.layers(torch.cat((noise, conditions), -1))
        there = conditions[:, :SLOTS, None]
        found: Tensor = logits.view(-1, SLOTS, self.config.rows) - 30.0 * (1 - there)
        return found


class Critic(nn.Module):
    """A picture (batch, slots, rows) and its conditions to one score: higher is more real."""

    def __init__(self, config: BarGanConfig) -> None:
        super().__init__()
        self.config = config
        # Sums over rows and over slots beside the cells: density and balance at first sight.
        inputs = SLOTS * config.rows + SLOTS + config.rows + config.conditions
        self.layers = nn.Sequential(
            nn.Linear(inputs, config.critic),
            nn.LeakyReLU(0.2),
            nn.Linear(config.critic, config.critic),
            nn.LeakyReLU(0.2),
            nn.Linear(config.critic, 1),
        )

    def forward(self, pictures: Tensor, conditions: Tensor) -> Tensor:
        """Scores (batch)."""
        sums = (pictures.sum(2) / 3, pictures.sum(1) / 8)
        found: Tensor = self.layers(torch.cat((pictures.flatten(1), *sums, conditions), -1))
        return found.squeeze(-1)


class BarGan(nn.Module):
    """The pair, kept in one file of weights."""

    def __init__(self, config: BarGanConfig) -> None:
        super().__init__()
        self.generator = Generator(config)
        self.critic = Critic(config)


def drawn(logits: Tensor) -> Tensor:
    """Cells drawn at one half, 0 or 1, with the gradient of their soft value."""
    soft = logits.sigmoid()
    return (soft > 0.5).to(soft.dtype) + soft - soft.detach()
