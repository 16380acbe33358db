"""The arranger's network: an LSTM that fills cells, one step a note, hearing the other parts.

A step chooses in three links of a chain: the position of the next note in the measure (or the
measure's end), its pitch, its duration. The other parts enter by a linear layer on features of
the 16th at hand (`antiphon.models.encoding.cells_harmony`), what is given further on by a small
GRU that reads the measures backwards. The same part's measures 1, 2, 4 and 8 back and 1, 2
and 4 ahead raise what they propose by a learnt amount (the pointer idea of Vinyals et al. 2015
and Merity et al. 2016); pitch has logits by key, by interval from the last note and from the
last chord's voice, and by how much each chroma at hand counts.
"""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.cells import (
    DURATION_AT,
    DURATIONS,
    END,
    LONGEST,
    MEASURE_COLUMNS,
    NEXT_AT,
    NOTE_COLUMNS,
    OFFSETS,
    PITCH_AT,
    PITCHES,
    SEQUENCES,
    WALK_COLUMNS,
)
from antiphon.models.encoding.cells_harmony import DENSE, SUMMARY

SOURCES = len(OFFSETS)
PITCH_SOURCES = SOURCES + len(SEQUENCES)
REACH = 24
INTERVALS = 2 * REACH + 1
CHROMAS = 7
_DURATION_VALUES = len(DURATIONS)
CURSOR = list(WALK_COLUMNS).index("cursor")
LAST = list(WALK_COLUMNS).index("pitch")
COUNT = list(NOTE_COLUMNS).index("count")
REFERENCE = list(NOTE_COLUMNS).index("reference")
NEVER = -1e4


@dataclass(frozen=True, slots=True)
class ArrangerConfig:
    """The sizes that fix an arranger network; kept as JSON beside its weights."""

    embedding: int = 256
    hidden: int = 320
    layers: int = 1
    head: int = 208
    measure: int = 96
    dropout: float = 0.1

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ArrangerConfig":
        """The configuration kept by `to_json`."""
        return cls(**data)


class Batch(NamedTuple):
    """Windows of parts as tensors; batch first, then steps, measures or slots."""

    walk: Tensor
    note: Tensor
    measure: Tensor
    position: Tensor
    pitch: Tensor
    duration: Tensor
    counts: Tensor
    measures: Tensor
    others: Tensor
    mine: Tensor
    dense: Tensor
    dense_chosen: Tensor


class Bag(nn.Module):
    """The sum of one row a column of a table: a linear layer on one-hot features."""

    def __init__(self, columns: dict[str, int], width: int) -> None:
        super().__init__()
        sizes = list(columns.values())
        self.starts: Tensor
        self.register_buffer("starts", torch.tensor([0, *sizes[:-1]]).cumsum(0), persistent=False)
        self.table = nn.EmbeddingBag(sum(sizes), width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.1)

    def forward(self, rows: Tensor) -> Tensor:
        """Vectors (…, width) of rows (…, columns)."""
        flat = (rows + self.starts).reshape(-1, rows.shape[-1])
        found: Tensor = self.table(flat).reshape(*rows.shape[:-1], -1)
        return found


class Arranger(nn.Module):
    """Rows of features to logits of position, pitch and duration."""

    def __init__(self, config: ArrangerConfig) -> None:
        super().__init__()
        self.config = config
        width, head = config.embedding, config.head
        self.walk_bag = Bag(WALK_COLUMNS, width)
        self.measure_bag = Bag(MEASURE_COLUMNS, width)
        self.note_bag = Bag(NOTE_COLUMNS, 2 * head)
        self.dense_in = nn.Linear(DENSE, width + 2 * head)
        self.others_in = nn.Linear(SUMMARY, width)
        self.behind = nn.GRU(2 * SUMMARY, config.measure, batch_first=True)
        self.behind_out = nn.Linear(config.measure, width)
        self.lstm = nn.LSTM(
            width, config.hidden, config.layers, batch_first=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )  # fmt: skip
        self.drop = nn.Dropout(config.dropout)
        self.heads_in = nn.Linear(config.hidden + width, 3 * head)
        self.position_out = nn.Linear(head, (END + 1) + LONGEST + SOURCES)
        self.pitch_out = nn.Linear(head, PITCHES + 2 * INTERVALS + PITCH_SOURCES + CHROMAS)
        self.chosen = nn.Embedding(PITCHES, head)
        self.agreement = nn.Linear(PITCH_SOURCES, head, bias=False)
        self.duration_out = nn.Linear(head, _DURATION_VALUES + SOURCES)

    def measure_vectors(self, measures: Tensor, others: Tensor, mine: Tensor) -> Tensor:
        """Vectors (…, measures, embedding): controls, other parts, what is given further on."""
        backwards = torch.cat((others, mine), -1).flip(-2)
        behind = self.behind_out(self.behind(backwards)[0]).flip(-2)
        behind = F.pad(behind[..., 1:, :], (0, 0, 0, 1))
        found: Tensor = self.measure_bag(measures) + self.others_in(others) + behind
        return found

    def slot_inputs(self, dense: Tensor) -> Tensor:
        """What slots (…, DENSE) give to a step's input, (…, embedding)."""
        width = self.config.embedding
        return F.linear(dense, self.dense_in.weight[:width], self.dense_in.bias[:width])

    def slot_notes(self, dense: Tensor) -> Tensor:
        """What slots (…, DENSE) give to the heads of pitch and duration, (…, 2 head)."""
        width = self.config.embedding
        return F.linear(dense, self.dense_in.weight[width:], self.dense_in.bias[width:])

    def heads(self, hidden: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The inner vectors (…, head) of the heads of position, pitch and duration."""
        found = self.heads_in(torch.cat((self.drop(hidden), inputs), -1))
        position, pitch, duration = found.chunk(3, -1)
        return position, pitch, duration

    def position_logits(self, inner: Tensor, walk: Tensor) -> Tensor:
        """Logits (…, LONGEST + 1) of the next note's position; the last one ends the measure."""
        found = self.position_out(F.relu(inner))
        plain, relative = found[..., : END + 1], found[..., END + 1 : END + 1 + LONGEST]
        cursor = walk[..., CURSOR : CURSOR + 1]
        cursor = cursor.masked_fill(cursor == LONGEST, 0)
        ahead = torch.arange(LONGEST) - cursor
        moved = relative.gather(-1, ahead.clamp(min=0)).masked_fill(ahead < 0, NEVER)
        logits = plain + F.pad(moved, (0, 1))
        proposed = walk[..., NEXT_AT : NEXT_AT + SOURCES]
        return _copied(logits, proposed, found[..., END + 1 + LONGEST :])

    def pitch_logits(
        self, inner: Tensor, noted: Tensor, walk: Tensor, note: Tensor, dense: Tensor
    ) -> Tensor:
        """Logits (…, PITCHES) of the note at the chosen position, above those of its chord."""
        found = self.pitch_out(F.relu(inner + noted))
        plain, first, second, copies, gates = found.split(
            (PITCHES, INTERVALS, INTERVALS, PITCH_SOURCES, CHROMAS), -1
        )
        last = walk[..., LAST : LAST + 1]
        logits = plain + _from(first, last) + _from(second, note[..., REFERENCE, None])
        chroma = torch.cat((dense[..., :72], dense[..., 73:85]), -1)
        chroma = chroma.reshape(*chroma.shape[:-1], CHROMAS, 12)
        chroma = (chroma * gates.unsqueeze(-1)).sum(-2)
        logits = logits + chroma[..., (torch.arange(PITCHES) + 9) % 12]
        logits = _copied(logits, note[..., PITCH_AT : PITCH_AT + PITCH_SOURCES], copies)
        below = torch.arange(PITCHES) <= last
        return logits.masked_fill(below & (note[..., COUNT, None] > 0), NEVER)

    def duration_logits(self, inner: Tensor, noted: Tensor, note: Tensor, pitch: Tensor) -> Tensor:
        """Logits (…, durations) of how long the chosen pitch lasts."""
        sources = note[..., PITCH_AT : PITCH_AT + PITCH_SOURCES]
        agrees = (sources == pitch.unsqueeze(-1)).to(inner.dtype)
        found = self.duration_out(
            F.relu(inner + noted + self.chosen(pitch) + self.agreement(agrees))
        )
        proposed = note[..., DURATION_AT : DURATION_AT + SOURCES]
        return _copied(found[..., :_DURATION_VALUES], proposed, found[..., _DURATION_VALUES:])

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Negative log-likelihoods in nats of the positions, and of pitches and durations.

        The first is (steps,) over all steps that count, the others over those with a note.
        """
        rows = torch.arange(len(batch.walk)).unsqueeze(-1)
        vectors = self.measure_vectors(batch.measures, batch.others, batch.mine)
        inputs = self.walk_bag(batch.walk) + vectors[rows, batch.measure]
        inputs = inputs + self.slot_inputs(batch.dense)
        hidden, _ = self.lstm(self.drop(inputs))
        counts = batch.counts
        at, pitch_in, duration_in = self.heads(hidden[counts], inputs[counts])
        walk = batch.walk[counts]
        position = batch.position[counts]
        position_loss = F.cross_entropy(self.position_logits(at, walk), position, reduction="none")
        notes = position != END
        walk, note, pitch = walk[notes], batch.note[counts][notes], batch.pitch[counts][notes]
        dense = batch.dense_chosen[counts][notes]
        pitch_noted, duration_noted = (self.note_bag(note) + self.slot_notes(dense)).chunk(2, -1)
        logits = self.pitch_logits(pitch_in[notes], pitch_noted, walk, note, dense)
        pitch_loss = F.cross_entropy(logits, pitch, reduction="none")
        logits = self.duration_logits(duration_in[notes], duration_noted, note, pitch)
        duration = batch.duration[counts][notes]
        return position_loss, pitch_loss, F.cross_entropy(logits, duration, reduction="none")


def _from(intervals: Tensor, origin: Tensor) -> Tensor:
    """Logits by key (…, PITCHES) of logits by interval from a key; all 0 without a key."""
    away = torch.arange(PITCHES) - origin
    far = away.abs() > REACH
    found = intervals.gather(-1, (away + REACH).clamp(0, INTERVALS - 1))
    return found.masked_fill(far | (origin == PITCHES), 0.0)


def _copied(logits: Tensor, proposed: Tensor, raised: Tensor) -> Tensor:
    """Logits raised where a source proposes; a source without a proposal names a dropped one."""
    size = logits.shape[-1]
    base = F.pad(logits, (0, 1))
    return base.scatter_add(-1, proposed, raised)[..., :size]
