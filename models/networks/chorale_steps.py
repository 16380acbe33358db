"""The chorale network one slot at a time, in numpy: small steps cost their calls, not their sums.

What the forward GRU and the heads make of each input symbol is multiplied out once, so that a
step looks rows up and multiplies by its state alone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from antiphon.models.encoding.satb import (
    SYMBOLS,
    UNKNOWN,
    Array,
    chord_labels,
    to_numbers,
)
from antiphon.models.networks.chorale import (
    BEFORE_SIZES,
    HELD,
    STEPS,
    ChoraleNetwork,
    view_tables,
)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Known:
    """What a heard context gives each slot: gates (batch, slots, 3 · hidden) and heads."""

    gates: Floats
    heads: Floats


class ChoraleSteps:
    """The weights of a network, multiplied out for single slots."""

    def __init__(self, network: ChoraleNetwork) -> None:
        config = network.config
        self.network = network
        self.hidden, self.head = config.hidden, config.head
        kept: dict[str, Floats] = {
            name: tensor.detach().float().numpy() for name, tensor in network.state_dict().items()
        }
        own, heard = np.split(kept["decoder.weight_ih_l0"].T, 2)
        state, behind, context = np.split(
            kept["heads.weight"].T, [config.hidden, config.hidden + config.embedding]
        )
        table = kept["before.table.weight"]
        self.table = np.concatenate((table @ own, table @ behind), 1)
        self.starts: Array = np.cumsum([0, *BEFORE_SIZES[:-1]])
        self.known = np.concatenate((heard, context), 1)
        self.known_bias = np.concatenate((kept["decoder.bias_ih_l0"], kept["heads.bias"]))
        self.state_gates = np.ascontiguousarray(kept["decoder.weight_hh_l0"].T)
        self.gate_bias = kept["decoder.bias_hh_l0"]
        self.state_heads = np.ascontiguousarray(state)
        self.decided = [kept[f"decided.{v}.table.weight"] for v in range(4)]
        self.second = [_linear(kept, f"second.{v}") for v in range(4)]
        self.out = [_linear(kept, f"out.{v}") for v in range(4)]
        views = view_tables()
        self.steps, self.classes = views["steps"].numpy(), views["classes"].numpy()

    def hear(self, rows: Array) -> tuple[Known, Tensor]:
        """What given columns (batch, slots, 9) give each slot, and the context itself."""
        with torch.inference_mode():
            context = self.network.hear(torch.from_numpy(rows))
        known = context.numpy() @ self.known + self.known_bias
        return Known(known[..., : 3 * self.hidden], known[..., 3 * self.hidden :]), context

    def before(self, symbols: Array) -> Array:
        """The columns (batch, slots, 9) of the slot before each slot of symbols (…, 4)."""
        batch, slots = symbols.shape[:2]
        rows = np.zeros((batch, slots, 9), np.int64)
        rows[:, 0, :4] = UNKNOWN
        rows[:, 1:, :4] = symbols[:, :-1]
        held = np.ones((batch, 4), np.int64)
        for slot in range(1, slots):
            if slot > 1:
                same = symbols[:, slot - 1] == symbols[:, slot - 2]
                held = np.minimum(np.where(same, held + 1, 1), HELD - 1)
            rows[:, slot, 4:8] = held
        flat = to_numbers(symbols[:, :-1].reshape(-1, 4))
        rows[:, 1:, 8] = chord_labels(flat).reshape(batch, slots - 1)
        return rows

    def run(self, before: Array, context: Tensor) -> Floats:
        """The state (batch, hidden) after the columns (batch, slots, 9) of some slots."""
        with torch.inference_mode():
            behind = self.network.before(torch.from_numpy(before))
            _, hidden = self.network.decoder(torch.cat((behind, context), -1))
        found: Floats = hidden[0].numpy()
        return found

    def step(
        self, before: Array, gates: Floats, heads: Floats, state: Floats
    ) -> tuple[Floats, Floats]:
        """The heads' first layers (batch, 4, head) and the next state (batch, hidden)."""
        size = self.hidden
        known = self.table[before + self.starts].sum(1)
        coming = known[:, : 3 * size] + gates
        going = state @ self.state_gates + self.gate_bias
        both = _sigmoid(coming[:, : 2 * size] + going[:, : 2 * size])
        new = np.tanh(coming[:, 2 * size :] + both[:, :size] * going[:, 2 * size :])
        state = new + both[:, size:] * (state - new)
        inner = state @ self.state_heads + known[:, 3 * size :] + heads
        return inner.reshape(len(before), 4, self.head), state

    def logits(self, voice: int, inner: Floats, decided: Array, last: Array) -> Floats:
        """Logits (batch, SYMBOLS) of a voice, as `ChoraleNetwork.logits` gives them."""
        columns = decided + np.arange(4) * (SYMBOLS + 1)
        width = np.maximum(inner + self.decided[voice][columns].sum(1), 0)
        weight, bias = self.second[voice]
        width = width + np.maximum(width @ weight + bias, 0)
        weight, bias = self.out[voice]
        out = width @ weight + bias
        found: Floats = out[:, :SYMBOLS] + _views(
            out[:, SYMBOLS : SYMBOLS + STEPS], self.steps[voice][last]
        )
        at = SYMBOLS + STEPS
        for other in (0, 3):
            if other != voice:
                table = self.classes[voice, other // 3][decided[:, other]]
                found = found + _views(out[:, at : at + 12], table)
            at += 12
        return found


def _views(values: Floats, table: Array) -> Floats:
    padded = np.zeros((len(values), values.shape[1] + 1), np.float32)
    padded[:, :-1] = values
    found: Floats = padded[np.arange(len(padded))[:, None], table]
    return found


def _sigmoid(values: Floats) -> Floats:
    found: Floats = 0.5 * (np.tanh(0.5 * values) + 1)
    return found


def _linear(kept: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return np.ascontiguousarray(kept[f"{name}.weight"].T), kept[f"{name}.bias"]
