"""A network over 16th steps after Magenta's MelodyRNN: two LSTM layers of 128, with look-back.

What stood one and two measures ago at this place raises its own logit by a learnt amount, which
stands for the look-back labels of the original. With `chords` it is the ImprovRNN: the chord of
the step is heard as well (Waite, Eck, Roberts and Abolafia 2016, "Project Magenta").
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.steps import BACK, BACK_2, CHORD_SIZE, SIZES, SYMBOLS

State = tuple[Tensor, Tensor]
_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@dataclass(frozen=True, slots=True)
class StepConfig:
    """The sizes that fix a step network; kept as JSON beside its weights."""

    chords: bool = False
    hidden: int = 128
    layers: int = 2
    dropout: float = 0.2

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "StepConfig":
        """The configuration kept by `to_json`."""
        return cls(**data)


class StepNetwork(nn.Module):
    """Rows (…, columns) and chords (…, CHORD_SIZE) to logits (…, SYMBOLS) of each step."""

    def __init__(self, config: StepConfig) -> None:
        super().__init__()
        self.config = config
        starts = torch.tensor([0, *SIZES[:-1]]).cumsum(0)
        self.starts: Tensor
        self.register_buffer("starts", starts, persistent=False)
        self.table = nn.EmbeddingBag(sum(SIZES), config.hidden, mode="sum")
        nn.init.normal_(self.table.weight, std=0.2)
        self.chord = nn.Linear(CHORD_SIZE, config.hidden, bias=False) if config.chords else None
        self.lstm = nn.LSTM(
            config.hidden, config.hidden, config.layers, batch_first=True, dropout=config.dropout
        )
        self.drop = nn.Dropout(config.dropout)
        more = config.hidden if config.chords else 0
        self.out = nn.Linear(config.hidden + more, SYMBOLS + 2)

    def embed(self, rows: Tensor, chords: Tensor) -> tuple[Tensor, Tensor | None]:
        """What goes into the first layer, and the part of it that the chord gave."""
        flat = (rows + self.starts).reshape(-1, rows.shape[-1])
        found = self.table(flat).reshape(*rows.shape[:-1], -1)
        if self.chord is None:
            return found, None
        heard = self.chord(chords)
        return found + heard, heard

    def logits(self, hidden: Tensor, heard: Tensor | None, rows: Tensor) -> Tensor:
        """Logits of what a step brings, look-back added."""
        top = self.drop(hidden)
        if heard is not None:
            top = torch.cat((top, heard), -1)
        raw = self.out(top)
        # A look-back beyond the beginning names symbol SYMBOLS, whose column is dropped.
        base = F.pad(raw[..., :SYMBOLS], (0, 1))
        proposed = rows[..., [BACK, BACK_2]]
        return base.scatter_add(-1, proposed, raw[..., SYMBOLS:])[..., :SYMBOLS]

    def forward(
        self, rows: Tensor, chords: Tensor, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Logits of every step and the state after the last one."""
        embedded, heard = self.embed(rows, chords)
        hidden, after = self.lstm(self.drop(embedded), state)
        return self.logits(hidden, heard, rows), after

    def first_state(self, batch: int) -> State:
        """The state before anything was heard."""
        zero = torch.zeros(self.config.layers, batch, self.config.hidden)
        return zero, zero.clone()

    def step(self, rows: Tensor, chords: Tensor, state: State) -> tuple[Tensor, State]:
        """One step of rows (batch, columns), by cells: logits and the next state."""
        inner, heard = self.embed(rows, chords)
        hidden, cell = [], []
        for layer in range(self.config.layers):
            weights = [getattr(self.lstm, f"{name}_l{layer}") for name in _WEIGHTS]
            h, c = torch.lstm_cell(inner, (state[0][layer], state[1][layer]), *weights)
            hidden.append(h)
            cell.append(c)
            inner = h
        return self.logits(inner, heard, rows), (torch.stack(hidden), torch.stack(cell))
