"""The chorale network: any cells of four voices given, the others in one chain through time.

A bidirectional GRU hears what is given: any subset of the cells (voice × slot), chord labels
where known, the place in the measure. A second GRU runs forward over the finished slots, and
four heads name the slot's voices one after the other (soprano, bass, tenor, alto), each knowing
the voices before it. The product of the chain is an exact likelihood of whatever is not given,
so that one network gives joint likelihoods, harmonizes, and resamples any block for Gibbs
sampling. Related: Hadjeres et al. 2017 (DeepBach), Huang et al. 2017 (Coconet), Peracha 2020
(TonicNet).

Each head adds four views of a pitch: itself, its step from the voice's last pitch, its interval
above the bass and below the soprano; the last three hold in every transposition.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.satb import (
    BEATS,
    CHORDS,
    LOWEST,
    REST,
    SYMBOLS,
    UNKNOWN,
    WITHIN,
)

# Columns of what the encoder hears at a slot: four given symbols, places, chord, style, attack.
STYLES, ATTACKS, HELD = 4, 3, 17
GIVEN_SIZES = (*(SYMBOLS + 1,) * 4, WITHIN, BEATS, CHORDS, STYLES, ATTACKS)
# Columns of the slot before: four symbols, how long each has held, its chord label.
BEFORE_SIZES = (*(SYMBOLS + 1,) * 4, *(HELD,) * 4, CHORDS)
# The order in which a slot's voices are named: soprano, bass, tenor, alto.
ORDER = (0, 3, 2, 1)
STEPS = 25


@dataclass(frozen=True, slots=True)
class ChoraleConfig:
    """The sizes that fix a chorale network; kept as JSON beside its weights."""

    embedding: int = 160
    encoder: int = 128
    hidden: int = 320
    head: int = 192
    dropout: float = 0.3

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ChoraleConfig":
        """The configuration kept by `to_json`."""
        return cls(**data)


class Bag(nn.Module):
    """The sum of one table row a column: a linear layer on one-hot features."""

    def __init__(self, sizes: tuple[int, ...], width: int) -> None:
        super().__init__()
        starts = torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.starts: Tensor
        self.register_buffer("starts", starts, persistent=False)
        self.table = nn.EmbeddingBag(sum(sizes), width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.2)

    def forward(self, rows: Tensor) -> Tensor:
        """Vectors (…, width) of rows (…, columns) of symbols."""
        flat = (rows + self.starts).reshape(-1, rows.shape[-1])
        found: Tensor = self.table(flat).reshape(*rows.shape[:-1], -1)
        return found


class ChoraleNetwork(nn.Module):
    """Symbols of four voices (batch, slots, 4) under whatever is given of them."""

    def __init__(self, config: ChoraleConfig) -> None:
        super().__init__()
        self.config = config
        self.given = Bag(GIVEN_SIZES, config.embedding)
        self.encoder = nn.GRU(
            config.embedding, config.encoder, batch_first=True, bidirectional=True
        )
        inner = 2 * config.encoder + config.embedding
        self.context = nn.Linear(inner, config.embedding)
        self.before = Bag(BEFORE_SIZES, config.embedding)
        self.decoder = nn.GRU(2 * config.embedding, config.hidden, batch_first=True)
        self.drop = nn.Dropout(config.dropout)
        width = config.head
        self.heads = nn.Linear(config.hidden + 2 * config.embedding, 4 * width)
        self.decided = nn.ModuleList(Bag((SYMBOLS + 1,) * 4, width) for _ in range(4))
        self.second = nn.ModuleList(nn.Linear(width, width) for _ in range(4))
        outputs = SYMBOLS + STEPS + 12 + 12 + 1
        self.out = nn.ModuleList(nn.Linear(width, outputs) for _ in range(4))
        views = view_tables()
        self.steps: Tensor
        self.classes: Tensor
        self.register_buffer("steps", views["steps"], persistent=False)
        self.register_buffer("classes", views["classes"], persistent=False)

    def hear(self, rows: Tensor) -> Tensor:
        """What the encoder makes of given columns (batch, slots, 9): (batch, slots, embedding)."""
        embedded = self.drop(self.given(rows))
        heard, _ = self.encoder(embedded)
        found: Tensor = F.relu(self.context(torch.cat((self.drop(heard), embedded), -1)))
        return found

    def inner(self, before: Tensor, context: Tensor, hidden: Tensor) -> Tensor:
        """The four heads' first layers (…, 4, head) from the decoder's output and its inputs."""
        found: Tensor = self.heads(torch.cat((self.drop(hidden), before, context), -1))
        return found.reshape(*found.shape[:-1], 4, self.config.head)

    def logits(self, voice: int, inner: Tensor, decided: Tensor, last: Tensor) -> Tensor:
        """Logits (…, SYMBOLS) of a voice.

        `inner` (…, head) is its slice of `inner`; `decided` (…, 4) the symbols of this slot,
        UNKNOWN where not yet named; `last` (…) the voice's symbol in the slot before.
        """
        width = F.relu(inner + self.decided[voice](decided))
        width = self.drop(width + F.relu(self.second[voice](width)))
        out = self.out[voice](width)
        found: Tensor = out[..., :SYMBOLS]
        steps = F.pad(out[..., SYMBOLS : SYMBOLS + STEPS], (0, 1))
        found = found + steps.gather(-1, self.steps[voice][last])
        at = SYMBOLS + STEPS
        for other in (0, 3):
            if other != voice:
                classes = F.pad(out[..., at : at + 12], (0, 1))
                table = self.classes[voice, other // 3]
                found = found + classes.gather(-1, table[decided[..., other]])
            at += 12
        return found

    def forward(self, rows: Tensor, before: Tensor, symbols: Tensor) -> Tensor:
        """Negative log-likelihoods in nats (batch, slots, 4) of all symbols, given ones too."""
        return self.under(self.hear(rows), before, symbols)

    def under(self, context: Tensor, before: Tensor, symbols: Tensor) -> Tensor:
        """The same under a context that was heard before."""
        behind = self.drop(self.before(before))
        hidden, _ = self.decoder(torch.cat((behind, context), -1))
        inner = self.inner(behind, context, hidden)
        losses: list[Tensor] = [inner] * 4
        decided = torch.full_like(symbols, UNKNOWN)
        for voice in ORDER:
            logits = self.logits(voice, inner[..., voice, :], decided, before[..., voice])
            target = symbols[..., voice]
            flat = F.cross_entropy(logits.flatten(0, -2), target.flatten(), reduction="none")
            losses[voice] = flat.view_as(target)
            decided = decided.clone()
            decided[..., voice] = target
        return torch.stack(losses, -1)


def view_tables() -> dict[str, Tensor]:
    """Where each symbol finds its step and its pitch class among a head's outputs.

    `steps` (voice, last symbol, symbol) has STEPS where there is no step of at most an octave;
    `classes` (voice, soprano or bass, their symbol, symbol) has 12 where either rests.
    """
    steps = torch.full((4, SYMBOLS + 1, SYMBOLS), STEPS)
    classes = torch.full((4, 2, SYMBOLS + 1, SYMBOLS), 12)
    pitches = torch.arange(1, SYMBOLS)
    for last in range(1, SYMBOLS):
        step = pitches - last + STEPS // 2
        steps[:, last, 1:] = torch.where((step >= 0) & (step < STEPS), step, STEPS)
    steps[:, REST, REST] = STEPS // 2
    for voice in range(4):
        for number, other in enumerate((0, 3)):
            for symbol in range(1, SYMBOLS):
                gap = (pitches + LOWEST[voice]) - (symbol + LOWEST[other])
                classes[voice, number, symbol, 1:] = gap % 12
    return {"steps": steps, "classes": classes}
