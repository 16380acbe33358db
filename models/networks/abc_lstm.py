"""The character network of the founding text: two LSTM layers of 128, a dense layer, a softmax.

One step a character of ABC: the character before goes in as a one-hot vector (a row of a table),
the chances of the next one come out (Karpathy 2015; Sturm et al. 2016, "folk-rnn").
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]
_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@dataclass(frozen=True, slots=True)
class AbcConfig:
    """The sizes that fix a character network, and the characters that it knows, in order.

    `keys` are the values of K: that it has heard often.
    """

    characters: str
    keys: tuple[str, ...] = ()
    hidden: int = 128
    layers: int = 2
    dense: int = 128
    dropout: float = 0.2

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self) | {"keys": list(self.keys)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "AbcConfig":
        """The configuration kept by `to_json`."""
        return cls(**(data | {"keys": tuple(data["keys"])}))


class AbcNetwork(nn.Module):
    """Characters (batch, time) as indices to logits (batch, time, characters) of the next."""

    def __init__(self, config: AbcConfig) -> None:
        super().__init__()
        self.config = config
        count = len(config.characters)
        self.table = nn.Embedding(count, config.hidden)
        self.lstm = nn.LSTM(
            config.hidden, config.hidden, config.layers, batch_first=True, dropout=config.dropout
        )
        self.drop = nn.Dropout(config.dropout)
        self.dense = nn.Linear(config.hidden, config.dense)
        self.out = nn.Linear(config.dense, count)

    def forward(self, characters: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Logits and the state after the last character."""
        hidden, after = self.lstm(self.table(characters), state)
        return self._logits(hidden), after

    def step(self, character: int, state: State) -> tuple[Tensor, State]:
        """One character by cells, which is five times quicker than a call of the whole LSTM.

        Gives the logits (characters,) of the next one and the state after it.
        """
        inner = self.table.weight[character].unsqueeze(0)
        hidden, cell = [], []
        for layer in range(self.config.layers):
            weights = [getattr(self.lstm, f"{name}_l{layer}") for name in _WEIGHTS]
            h, c = torch.lstm_cell(inner, (state[0][layer], state[1][layer]), *weights)
            hidden.append(h)
            cell.append(c)
            inner = h
        return self._logits(inner)[0], (torch.stack(hidden), torch.stack(cell))

    def _logits(self, hidden: Tensor) -> Tensor:
        found: Tensor = self.out(self.dense(self.drop(hidden)).relu())
        return found
