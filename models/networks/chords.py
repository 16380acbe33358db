"""The chords network: names masked chords of half measures from the melody and the other chords.

Trained on random sets of masked halves, it knows the chance of any chord given any others, so
that given chords need no rules of their own (orderless NADE: Uria, Murray and Larochelle 2014;
harmonization: Sun, Chen, Huang and Yang 2020). Two recurrent layers read both ways; a layer of
attention between them finds the earlier places with the same melody.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.halves import COLUMNS, SYMBOLS


@dataclass(frozen=True, slots=True)
class ChordsConfig:
    """The sizes that fix a chords network; kept as JSON beside its weights."""

    embedding: int = 96
    inner: int = 192
    hidden: int = 128
    heads: int = 4
    dropout: float = 0.25
    columns: int = COLUMNS
    symbols: int = SYMBOLS

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ChordsConfig":
        """The configuration kept by `to_json`."""
        return cls(**data)


class ChordsNetwork(nn.Module):
    """Features (batch, halves, columns) and chord symbols to logits (batch, halves, symbols)."""

    def __init__(self, config: ChordsConfig) -> None:
        super().__init__()
        self.config = config
        inner, hidden = config.inner, config.hidden
        # One more symbol than there are chords: "not known".
        self.chord = nn.Embedding(config.symbols + 1, config.embedding)
        self.enter = nn.Linear(config.columns + config.embedding, inner)
        self.first = nn.GRU(inner, hidden, batch_first=True, bidirectional=True)
        self.look = nn.Linear(2 * hidden, 6 * hidden)
        self.seen = nn.Linear(2 * hidden, 2 * hidden)
        self.norm = nn.LayerNorm(2 * hidden)
        self.second = nn.GRU(2 * hidden, hidden, batch_first=True, bidirectional=True)
        self.out_hidden = nn.Linear(2 * hidden + inner, 2 * hidden)
        self.out = nn.Linear(2 * hidden, config.symbols)
        self.drop = nn.Dropout(config.dropout)
        # What the training side says of neighbours and moods, for readings; not trained.
        self.pairs: Tensor
        self.moods: Tensor
        self.register_buffer("pairs", torch.zeros(2, config.symbols, config.symbols))
        self.register_buffer("moods", torch.zeros(config.symbols))

    def forward(self, rows: Tensor, chords: Tensor, padding: Tensor | None = None) -> Tensor:
        """Logits of every half; `chords` (batch, halves) holds UNKNOWN where one is masked.

        `padding` (batch, halves) is true past the end of a shorter tune of the batch.
        """
        entered = F.gelu(self.enter(torch.cat((rows, self.chord(chords)), -1)))
        first, _ = self.first(self.drop(entered))
        mixed = self.norm(first + self.seen(self.drop(self._attend(first, padding))))
        second, _ = self.second(self.drop(mixed))
        joined = torch.cat((second + mixed, entered), -1)
        logits: Tensor = self.out(self.drop(F.gelu(self.out_hidden(self.drop(joined)))))
        return logits

    def _attend(self, inner: Tensor, padding: Tensor | None) -> Tensor:
        batch, length, width = inner.shape
        heads = self.config.heads
        shape = (batch, length, 3, heads, width // heads)
        query, key, value = self.look(inner).view(shape).permute(2, 0, 3, 1, 4)
        mask = None if padding is None else ~padding[:, None, None, :]
        found = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return found.transpose(1, 2).reshape(batch, length, width)
