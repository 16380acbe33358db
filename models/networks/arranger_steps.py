"""The arranger's network one step at a time, in numpy, where a small step costs its calls.

The same sums as `antiphon.models.networks.arranger.Arranger`, joined so that a step is four
products of matrices beside look-ups; several lines are stepped together, of one scene or of many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.models.encoding.cells import (
    DURATION_AT,
    DURATIONS,
    END,
    LONGEST,
    NEXT_AT,
    PITCH_AT,
    PITCHES,
)
from antiphon.models.networks.arranger import (
    CHROMAS,
    COUNT,
    CURSOR,
    INTERVALS,
    LAST,
    NEVER,
    PITCH_SOURCES,
    REACH,
    REFERENCE,
    SOURCES,
    Arranger,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
State = tuple[Floats, Floats]
_KEYS = np.arange(PITCHES)
_KEY_CHROMA = (_KEYS + 9) % 12
_CHROMA_COLUMNS = np.r_[0:72, 73:85]
# Where the logits by interval from a key lie for each key; the last place holds 0.
_AWAY = _KEYS - np.arange(PITCHES + 1)[:, None]
_FROM = np.where(np.abs(_AWAY) > REACH, INTERVALS, _AWAY + REACH)
_FROM[PITCHES] = INTERVALS


@dataclass(frozen=True, slots=True)
class Known:
    """What a scene gives each step: by bar and slot to its input, by slot to pitch and duration.

    `chroma` (slots, 7, 12) is what sounds in each slot.
    """

    bars: Floats
    slots: Floats
    notes: Floats
    chroma: Floats


class ArrangerSteps:
    """The weights of a network of one layer (else ValueError), joined for single steps."""

    def __init__(self, network: Arranger) -> None:
        if network.config.layers != 1:
            raise ValueError("only a network of one layer is stepped")
        self.network = network
        self.hidden, self.head = network.config.hidden, network.config.head
        self._gates = 4 * self.hidden
        kept: dict[str, Floats] = {
            name: tensor.detach().float().numpy() for name, tensor in network.state_dict().items()
        }
        heads, hidden = kept["heads_in.weight"].T, self.hidden
        self._walk = kept["walk_bag.table.weight"]
        self._note = kept["note_bag.table.weight"]
        self._walk_starts = network.walk_bag.starts.numpy()
        self._note_starts = network.note_bag.starts.numpy()
        self._into = _joined(kept["lstm.weight_ih_l0"].T, heads[hidden:])
        self._onward = _joined(kept["lstm.weight_hh_l0"].T, heads[:hidden])
        self._bias = np.concatenate(
            (kept["lstm.bias_ih_l0"] + kept["lstm.bias_hh_l0"], kept["heads_in.bias"])
        )
        self._position, self._pitch, self._duration = (
            (np.ascontiguousarray(kept[f"{name}_out.weight"].T), kept[f"{name}_out.bias"])
            for name in ("position", "pitch", "duration")
        )
        self._chosen = kept["chosen.weight"]
        self._agreement = np.ascontiguousarray(kept["agreement.weight"].T)

    def hear(self, measures: Ints, above: Floats, mine: Floats, dense: Floats) -> Known:
        """What measures and slots give each step; see `Arranger.measure_vectors` and its like."""
        network = self.network
        with torch.inference_mode():
            bars = network.measure_vectors(
                torch.from_numpy(measures), torch.from_numpy(above), torch.from_numpy(mine)
            )
            features = torch.from_numpy(dense)
            slots, notes = network.slot_inputs(features), network.slot_notes(features)
        chroma = dense[:, _CHROMA_COLUMNS].reshape(len(dense), CHROMAS, 12)
        return Known(bars.numpy(), slots.numpy(), notes.numpy(), chroma)

    def inputs(self, walk: Ints, given: Floats) -> Floats:
        """The inputs (steps, embedding) of rows of `WALK_COLUMNS` and what their places give."""
        found: Floats = self._walk[walk + self._walk_starts].sum(1) + given
        return found

    def first_state(self) -> State:
        """The state of one line before its first step."""
        return np.zeros((1, self._gates), np.float32), np.zeros((1, self.hidden), np.float32)

    def run(self, inputs: Floats) -> State:
        """The state of one line after inputs (steps, embedding)."""
        gates = self._gates
        going, cell = self.first_state()
        coming = inputs @ self._into[:, :gates] + self._bias[:gates]
        onward = self._onward[:, :gates]
        for row in coming:
            hidden, cell = self._cell(row + going, cell)
            going = hidden @ onward
        return going, cell

    def step(self, inputs: Floats, state: State) -> tuple[Floats, State]:
        """The heads' inner vectors (lines, 3, head) after inputs (lines, embedding); next state."""
        going, cell = state
        gates = self._gates
        coming = inputs @ self._into
        coming += self._bias
        hidden, cell = self._cell(coming[:, :gates] + going, cell)
        onward = hidden @ self._onward
        inner = coming[:, gates:] + onward[:, gates:]
        return inner.reshape(len(inner), 3, self.head), (onward[:, :gates], cell)

    def _cell(self, gates: Floats, cell: Floats) -> tuple[Floats, Floats]:
        size = self.hidden
        enter, forget = _sigmoid(gates[:, :size]), _sigmoid(gates[:, size : 2 * size])
        cell = forget * cell + enter * np.tanh(gates[:, 2 * size : 3 * size])
        return _sigmoid(gates[:, 3 * size :]) * np.tanh(cell), cell

    def position_logits(self, inner: Floats, walk: Ints) -> Floats:
        """As `Arranger.position_logits`."""
        found = _linear(inner, self._position)
        logits = np.zeros((len(found), END + 2), np.float32)
        logits[:, : END + 1] = found[:, : END + 1]
        for row, cursor in enumerate(walk[:, CURSOR].tolist()):
            at = 0 if cursor == LONGEST else cursor
            logits[row, at:END] += found[row, END + 1 : END + 1 + LONGEST - at]
            logits[row, :at] += NEVER
        return _copied(logits, walk[:, NEXT_AT : NEXT_AT + SOURCES], found[:, END + 1 + LONGEST :])

    def noted(self, note: Ints, given: Sequence[Floats]) -> tuple[Floats, Floats]:
        """What rows of `NOTE_COLUMNS` and their slots give to the heads of pitch and duration."""
        found = self._note[note + self._note_starts].sum(1) + np.array(given)
        return found[:, : self.head], found[:, self.head :]

    def pitch_logits(
        self, inner: Floats, noted: Floats, rows: tuple[Ints, Ints], chroma: Floats
    ) -> Floats:
        """As `Arranger.pitch_logits`; `rows` are those of walk and note."""
        walk, note = rows
        found = _linear(inner + noted, self._pitch)
        first, second = PITCHES + INTERVALS, PITCHES + 2 * INTERVALS
        gates = found[:, second + PITCH_SOURCES :]
        last, count = walk[:, LAST], note[:, COUNT]
        logits = np.zeros((len(found), PITCHES + 1), np.float32)
        logits[:, :PITCHES] = found[:, :PITCHES] + _from(found[:, PITCHES:first], last)
        logits[:, :PITCHES] += _from(found[:, first:second], note[:, REFERENCE])
        logits[:, :PITCHES] += np.einsum("bct,bc->bt", chroma, gates)[:, _KEY_CHROMA]
        proposed = note[:, PITCH_AT : PITCH_AT + PITCH_SOURCES]
        logits = _copied(logits, proposed, found[:, second : second + PITCH_SOURCES])
        logits[(last[:, None] >= _KEYS) & (count[:, None] > 0)] = NEVER
        return logits

    def duration_logits(self, inner: Floats, noted: Floats, note: Ints, pitch: Ints) -> Floats:
        """As `Arranger.duration_logits`."""
        agrees = note[:, PITCH_AT : PITCH_AT + PITCH_SOURCES] == pitch[:, None]
        wide = inner + noted + self._chosen[pitch] + agrees.astype(np.float32) @ self._agreement
        found = _linear(wide, self._duration)
        size = len(DURATIONS)
        logits = np.zeros((len(found), size + 1), np.float32)
        logits[:, :size] = found[:, :size]
        return _copied(logits, note[:, DURATION_AT : DURATION_AT + SOURCES], found[:, size:])


def _linear(inner: Floats, layer: tuple[Floats, Floats]) -> Floats:
    weight, bias = layer
    found: Floats = np.maximum(inner, 0) @ weight
    found += bias
    return found


def _joined(*matrices: Floats) -> Floats:
    return np.ascontiguousarray(np.concatenate(matrices, 1))


def _sigmoid(values: Floats) -> Floats:
    found: Floats = np.tanh(values * np.float32(0.5))
    found *= np.float32(0.5)
    found += np.float32(0.5)
    return found


def _from(intervals: Floats, origin: Ints) -> Floats:
    """Logits by key of logits by interval from a key; all 0 without a key."""
    padded = np.zeros((len(intervals), INTERVALS + 1), np.float32)
    padded[:, :INTERVALS] = intervals
    found: Floats = np.take_along_axis(padded, _FROM[origin], 1)
    return found


def _copied(logits: Floats, proposed: Ints, raised: Floats) -> Floats:
    """Logits raised where a source proposes; the last column takes what names none."""
    rows = np.arange(len(logits))
    for source in range(proposed.shape[1]):
        logits[rows, proposed[:, source]] += raised[:, source]
    return logits[:, :-1]
