"""The melody network: a two-layer LSTM that takes one step a note.

Each step reads one row of features (`antiphon.models.encoding.tracker`), all of them known
before the event, and predicts the event in two links of a chain: what sounds, then how long.
Six copying sources (the same place 1, 2, 4 and 8 measures ago, the latest match and the latest
sequence) raise the logit of what they propose by a learnt amount, so that repeating a motif
needs no memory of its notes in the state (the pointer idea of Vinyals et al. 2015 and Merity
et al. 2016, as an addition to logits).
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.tracker import COLUMNS, SOURCES, column_sizes
from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, Durations

State = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class MelodyConfig:
    """The sizes that fix a melody network; kept as JSON beside its weights."""

    durations: tuple[int, ...]
    embedding: int = 256
    hidden: int = 384
    layers: int = 2
    head: int = 256
    dropout: float = 0.3

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self) | {"durations": list(self.durations)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "MelodyConfig":
        """The configuration kept by `to_json`."""
        return cls(**(data | {"durations": tuple(data["durations"])}))


class MelodyLSTM(nn.Module):
    """Rows of features (…, columns) to logits of pitch and duration symbols."""

    def __init__(self, config: MelodyConfig) -> None:
        super().__init__()
        self.config = config
        sizes = column_sizes(Durations(config.durations))
        starts = torch.tensor([0, *(sizes[name] for name in COLUMNS[:-1])]).cumsum(0)
        self.starts: Tensor
        self.register_buffer("starts", starts, persistent=False)
        # One table for all columns: the sum of its rows is a linear layer on one-hot features.
        self.table = nn.EmbeddingBag(sum(sizes.values()), config.embedding, mode="sum")
        nn.init.normal_(self.table.weight, std=0.2)
        self.lstm = nn.LSTM(
            config.embedding,
            config.hidden,
            config.layers,
            batch_first=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )
        self.drop = nn.Dropout(config.dropout)
        inner = config.hidden + config.embedding
        sources = len(SOURCES)
        self.pitch_hidden = nn.Linear(inner, config.head)
        self.pitch_out = nn.Linear(config.head, PITCH_SYMBOLS + sources)
        self.chosen = nn.Embedding(PITCH_SYMBOLS, config.head)
        self.agreement = nn.Linear(sources, config.head, bias=False)
        self.duration_hidden = nn.Linear(inner, config.head)
        self.duration_out = nn.Linear(config.head, len(config.durations) + sources)
        self.pitch_sources = [pitch for pitch, _, _ in SOURCES]
        self.duration_sources = [duration for _, duration, _ in SOURCES]

    def embed(self, rows: Tensor) -> Tensor:
        """Vectors (…, embedding) of feature rows (…, columns)."""
        flat = (rows + self.starts).reshape(-1, rows.shape[-1])
        found: Tensor = self.table(flat).reshape(*rows.shape[:-1], -1)
        return found

    def pitch_logits(self, hidden: Tensor, embedded: Tensor, rows: Tensor) -> Tensor:
        """Logits (…, PITCH_SYMBOLS) of what sounds next."""
        inner = F.relu(self.pitch_hidden(torch.cat((self.drop(hidden), embedded), -1)))
        return _copied(self.pitch_out(inner), rows[..., self.pitch_sources], PITCH_SYMBOLS)

    def duration_logits(
        self, hidden: Tensor, embedded: Tensor, rows: Tensor, pitch: Tensor
    ) -> Tensor:
        """Logits (…, durations) of how long the chosen pitch symbol (…) lasts."""
        agrees = (rows[..., self.pitch_sources] == pitch.unsqueeze(-1)).to(hidden.dtype)
        inner = self.duration_hidden(torch.cat((self.drop(hidden), embedded), -1))
        inner = F.relu(inner + self.chosen(pitch) + self.agreement(agrees))
        symbols = len(self.config.durations)
        return _copied(self.duration_out(inner), rows[..., self.duration_sources], symbols)

    def forward(self, rows: Tensor, pitches: Tensor, durations: Tensor) -> tuple[Tensor, Tensor]:
        """Negative log-likelihoods in nats (batch, time) of the pitches and of the durations."""
        embedded = self.embed(rows)
        hidden, _ = self.lstm(self.drop(embedded))
        pitch = self.pitch_logits(hidden, embedded, rows)
        duration = self.duration_logits(hidden, embedded, rows, pitches)
        return (
            F.cross_entropy(pitch.flatten(0, 1), pitches.flatten(), reduction="none").view_as(
                pitches
            ),
            F.cross_entropy(duration.flatten(0, 1), durations.flatten(), reduction="none").view_as(
                durations
            ),
        )

    def prefill(self, rows: Tensor) -> State:
        """The state after the rows (time, columns) of a context; no rows give the first state."""
        config = self.config
        if not len(rows):
            zero = torch.zeros(config.layers, 1, config.hidden)
            return zero, zero.clone()
        hidden, cell = self.lstm(self.embed(rows).unsqueeze(0))[1]
        return hidden, cell

    def step(self, rows: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """One step for rows (batch, columns): top hidden vector, embedded row and next state.

        Stepped by cells: `nn.LSTM` repacks its weights at every call, which is five times
        slower for a single step.
        """
        embedded = self.embed(rows)
        inner, hidden, cell = embedded, [], []
        for layer in range(self.config.layers):
            weights = [getattr(self.lstm, f"{name}_l{layer}") for name in _WEIGHTS]
            h, c = torch.lstm_cell(inner, (state[0][layer], state[1][layer]), *weights)
            hidden.append(h)
            cell.append(c)
            inner = h
        return inner, embedded, (torch.stack(hidden), torch.stack(cell))


_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _copied(logits: Tensor, proposed: Tensor, symbols: int) -> Tensor:
    """The first `symbols` logits, raised where a source proposes by the logit that follows them."""
    # A source without a proposal names symbol `symbols`, whose column is dropped.
    base = F.pad(logits[..., :symbols], (0, 1))
    return base.scatter_add(-1, proposed, logits[..., symbols:])[..., :symbols]
