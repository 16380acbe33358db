"""The recurrent network of the founding text, written out by hand.

    h_t = tanh(W_hh h_{t-1} + W_xh x_t),    y_t = W_hy h_t

(Elman 1990, "Finding Structure in Time"), with no biases and nothing else. A note is two steps
of it: x is what is known at the onset (the duration before, the place in the measure, meter and
mode) and y foretells the pitch; then x is that pitch and y foretells the duration.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.tracker import COLUMNS, NO_PITCH, column_sizes
from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, Durations

State = tuple[Tensor, Tensor]
# The columns of a row of features that the network may see at an onset, besides the pitch.
_SEEN = ("duration", "position", "meter", "mode")


@dataclass(frozen=True, slots=True)
class ElmanConfig:
    """The sizes that fix an Elman network; kept as JSON beside its weights."""

    durations: tuple[int, ...]
    hidden: int = 256

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self) | {"durations": list(self.durations)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ElmanConfig":
        """The configuration kept by `to_json`."""
        return cls(**(data | {"durations": tuple(data["durations"])}))


class ElmanMelody(nn.Module):
    """Rows of features (…, columns) to chances of pitch and duration symbols.

    It offers the same calls as `antiphon.models.networks.melody_lstm.MelodyLSTM`, so that
    training, sampling and evaluation are the same for both.
    """

    def __init__(self, config: ElmanConfig) -> None:
        super().__init__()
        self.config = config
        sizes = column_sizes(Durations(config.durations))
        # x_t is a sum of one-hot vectors, so W_xh x_t is a sum of columns of W_xh.
        self.columns = [COLUMNS.index(name) for name in _SEEN]
        starts = torch.tensor([NO_PITCH + 1, *(sizes[name] for name in _SEEN[:-1])]).cumsum(0)
        self.starts: Tensor
        self.register_buffer("starts", starts, persistent=False)
        inputs = NO_PITCH + 1 + sum(sizes[name] for name in _SEEN)
        outputs = PITCH_SYMBOLS + len(config.durations)
        self.w_xh = nn.Parameter(torch.randn(inputs, config.hidden) * 0.2)
        self.w_hh = nn.Parameter(torch.empty(config.hidden, config.hidden))
        # An orthogonal matrix neither blows up nor loses what it carries (Saxe et al. 2014).
        nn.init.orthogonal_(self.w_hh)
        self.w_hy = nn.Parameter(torch.randn(config.hidden, outputs) * config.hidden**-0.5)

    def after_pitch(self, hidden: Tensor, pitch: Tensor) -> Tensor:
        """The state (…, hidden) after the step whose input is a pitch symbol (…)."""
        return torch.tanh(hidden @ self.w_hh + self.w_xh[pitch])

    def at_onset(self, hidden: Tensor, seen: Tensor) -> Tensor:
        """The state after the step whose input is what is known at an onset, W_xh applied."""
        return torch.tanh(hidden @ self.w_hh + seen)

    def seen(self, rows: Tensor) -> Tensor:
        """W_xh x (…, hidden) of what rows (…, columns) show of an onset."""
        return F.embedding(rows[..., self.columns] + self.starts, self.w_xh).sum(-2)

    def pitch_logits(self, hidden: Tensor, _embedded: Tensor, _rows: Tensor) -> Tensor:
        """Logits (…, PITCH_SYMBOLS) of what sounds next."""
        return hidden @ self.w_hy[:, :PITCH_SYMBOLS]

    def duration_logits(
        self, hidden: Tensor, _embedded: Tensor, _rows: Tensor, pitch: Tensor
    ) -> Tensor:
        """Logits (…, durations) of how long the chosen pitch symbol (…) lasts."""
        return self.after_pitch(hidden, pitch) @ self.w_hy[:, PITCH_SYMBOLS:]

    def forward(self, rows: Tensor, pitches: Tensor, durations: Tensor) -> tuple[Tensor, Tensor]:
        """Negative log-likelihoods in nats (batch, time) of the pitches and of the durations."""
        at_onset, _ = self._states(rows)
        pitch = at_onset @ self.w_hy[:, :PITCH_SYMBOLS]
        duration = self.after_pitch(at_onset, pitches) @ self.w_hy[:, PITCH_SYMBOLS:]
        return (
            F.cross_entropy(pitch.flatten(0, 1), pitches.flatten(), reduction="none").view_as(
                pitches
            ),
            F.cross_entropy(duration.flatten(0, 1), durations.flatten(), reduction="none").view_as(
                durations
            ),
        )

    def _states(self, rows: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """States (batch, time, hidden) at each onset, and the last of them (batch, hidden)."""
        if hidden is None:
            hidden = self.w_hh.new_zeros(rows.shape[0], self.config.hidden)
        seen = self.seen(rows)
        before = F.embedding(rows[..., 0], self.w_xh)
        found = []
        for step in range(rows.shape[1]):
            hidden = torch.tanh(torch.addmm(before[:, step], hidden, self.w_hh))
            hidden = torch.tanh(torch.addmm(seen[:, step], hidden, self.w_hh))
            found.append(hidden)
        return torch.stack(found, 1), hidden

    def prefill(self, rows: Tensor) -> State:
        """The state after the rows (time, columns) of a context; no rows give the first state."""
        hidden = torch.zeros(1, self.config.hidden)
        if len(rows):
            _, hidden = self._states(rows.unsqueeze(0))
        return hidden.unsqueeze(0), torch.zeros(1, 1, 1)

    def step(self, rows: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """One event for rows (batch, columns): hidden vector, the same again, and next state."""
        hidden = self.after_pitch(state[0][0], rows[..., 0])
        hidden = self.at_onset(hidden, self.seen(rows))
        return hidden, hidden, (hidden.unsqueeze(0), state[1])
