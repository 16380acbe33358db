"""Networks of the rivals' published shapes with random weights, to be timed beside ours.

Only their arithmetic is measured: a step with cached keys and values, one token at a time, as
a good implementation would run them. Shapes after the projects' own files: MIDI-GPT (small),
Composer's Assistant 2 (decoder of its T5) and the Anticipatory Music Transformer (small).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True, slots=True)
class Shape:
    """A decoder's shape: layers, width, heads, vocabulary, tokens a note, cross-attention."""

    name: str
    layers: int
    width: int
    heads: int
    vocabulary: int
    tokens_per_note: int
    reads_encoder: bool = False


RIVALS = (
    Shape("MIDI-GPT small (6 × 512)", 6, 512, 8, 16_000, 3),
    Shape("Composer's Assistant 2 (decoder 6 × 512)", 6, 512, 8, 2_000, 3, reads_encoder=True),
    Shape("Anticipatory Music Transformer (12 × 768)", 12, 768, 12, 55_028, 3),
)


class _Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.inner = nn.Linear(shape.width, 3 * shape.width)
        self.outer = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor, past: Tensor) -> Tensor:
        """One step (batch, width) over cached keys and values (2, batch, heads, time, size)."""
        query, key, value = self.inner(x).view(len(x), 3, self.heads, 1, -1).unbind(1)
        keys, values = torch.cat((past[0], key), 2), torch.cat((past[1], value), 2)
        found = F.scaled_dot_product_attention(query, keys, values)
        result: Tensor = self.outer(found.flatten(1))
        return result


class Decoder(nn.Module):
    """A transformer decoder of a shape, for timing one step."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        kinds = 2 if shape.reads_encoder else 1
        self.attentions = nn.ModuleList(_Attention(shape) for _ in range(kinds * shape.layers))
        self.wide = nn.ModuleList(
            nn.Sequential(
                nn.Linear(shape.width, 4 * shape.width),
                nn.GELU(),
                nn.Linear(4 * shape.width, shape.width),
            )
            for _ in range(shape.layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(shape.layers))

    def past(self, batch: int, length: int) -> Tensor:
        """An empty cache of `length` tokens."""
        size = self.shape.width // self.shape.heads
        return torch.zeros(2, batch, self.shape.heads, length, size)

    def step(self, tokens: Tensor, past: Tensor) -> Tensor:
        """Logits (batch, vocabulary) of the token after `tokens` (batch)."""
        x = self.embedding(tokens)
        each = len(self.attentions) // self.shape.layers
        for layer in range(self.shape.layers):
            for attention in self.attentions[layer * each : (layer + 1) * each]:
                x = x + attention(self.norms[layer](x), past)
            x = x + self.wide[layer](self.norms[layer](x))
        return F.linear(x, self.embedding.weight)

    def count(self) -> int:
        """How many weights it has."""
        return sum(p.numel() for p in self.parameters())
