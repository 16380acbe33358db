"""The drums LSTM: one step a sixteenth, each of the 512 combinations of nine drums a symbol.

After Magenta's Drums RNN (Google, 2016): what was hit at the step before, the place in the
measure, and what stood there one and two measures ago go in. What stood there may also raise
the logit of its own repetition by a learnt amount, as in the melody network.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.drum_grid import DRUMS
from antiphon.models.encoding.drum_symbols import LOOKBACKS, PLACES, SYMBOLS

State = tuple[Tensor, Tensor]
_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@dataclass(frozen=True, slots=True)
class DrumsLSTMConfig:
    """The sizes that fix a drums LSTM; kept as JSON beside its weights."""

    embedding: int = 64
    hidden: int = 192
    layers: int = 2
    dropout: float = 0.25

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)


class DrumsLSTM(nn.Module):
    """Rows (batch, time, COLUMNS) of symbols and place to logits (batch, time, SYMBOLS)."""

    def __init__(self, config: DrumsLSTMConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embedding
        self.symbols = nn.Embedding(SYMBOLS + 1, width)
        nn.init.normal_(self.symbols.weight, std=0.2)
        # Drums of a combination share what they mean: a symbol is also the sum of its drums.
        self.drums = nn.Linear(DRUMS, width, bias=False)
        self.places = nn.Embedding(PLACES, width)
        self.lstm = nn.LSTM(
            (LOOKBACKS + 1) * width, config.hidden, config.layers, batch_first=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )  # fmt: skip
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.hidden, SYMBOLS + LOOKBACKS - 1)
        self.bits: Tensor
        self.register_buffer("bits", _bits(), persistent=False)

    def embed(self, rows: Tensor) -> Tensor:
        """Vectors (…, width) of rows (…, COLUMNS)."""
        seen = rows[..., :LOOKBACKS]
        vectors = self.symbols(seen) + self.drums(self.bits[seen])
        return torch.cat((vectors.flatten(-2), self.places(rows[..., LOOKBACKS])), -1)

    def forward(self, rows: Tensor) -> Tensor:
        """Logits of what is hit at each step."""
        hidden, _ = self.lstm(self.drop(self.embed(rows)))
        return self.logits(self.drop(hidden), rows)

    def logits(self, hidden: Tensor, rows: Tensor) -> Tensor:
        """Logits (…, SYMBOLS) from the top vectors, raised for what stood here before."""
        told = self.out(hidden)
        base = F.pad(told[..., :SYMBOLS], (0, 1))
        return base.scatter_add(-1, rows[..., 1:LOOKBACKS], told[..., SYMBOLS:])[..., :SYMBOLS]

    def prefill(self, rows: Tensor) -> State:
        """The state after rows (time, COLUMNS); no rows give the first state."""
        config = self.config
        if not len(rows):
            zero = torch.zeros(config.layers, 1, config.hidden)
            return zero, zero.clone()
        hidden, cell = self.lstm(self.embed(rows).unsqueeze(0))[1]
        return hidden, cell

    def step(self, rows: Tensor, state: State) -> tuple[Tensor, State]:
        """One step for rows (batch, COLUMNS): logits (batch, SYMBOLS) and the next state."""
        inner, hidden, cell = self.embed(rows), [], []
        for layer in range(self.config.layers):
            weights = [getattr(self.lstm, f"{name}_l{layer}") for name in _WEIGHTS]
            h, c = torch.lstm_cell(inner, (state[0][layer], state[1][layer]), *weights)
            hidden.append(h)
            cell.append(c)
            inner = h
        return self.logits(inner, rows), (torch.stack(hidden), torch.stack(cell))


def _bits() -> Tensor:
    symbols = torch.arange(SYMBOLS + 1)
    bits = (symbols.unsqueeze(1) >> torch.arange(DRUMS)) & 1
    bits[SYMBOLS] = 0
    return bits.float()
