"""The drums LSTM at work: Magenta's `generate`, and drums for requests, left to right."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Part, Phrase, meter_at
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter
from antiphon.bridge.protocol.asked import new_part
from antiphon.models.catalog import Card, model_for
from antiphon.models.encoding.drum_features import places
from antiphon.models.encoding.drum_grid import (
    CRASH,
    DRUMS,
    KICK,
    SNARE,
    Bar,
    Stroke,
    bars_of,
    empty_bar,
    meters_of,
    notes_of,
    strokes_of,
)
from antiphon.models.encoding.drum_symbols import (
    SYMBOLS,
    hits_of,
    next_row,
    rows_of,
    symbols_of,
)
from antiphon.models.networks.drums_lstm import DrumsLSTM, DrumsLSTMConfig, State
from antiphon.models.tasks.drums import DrumsWriter
from antiphon.models.tasks.drums_plan import DrumPlan
from antiphon.models.weights import checked_bytes, one_thread

NAME = "drums-lstm"
_HEARD_BARS = 8
_BITS = hits_of(np.arange(SYMBOLS))
_COUNTS = _BITS.sum(1)
# How firmly the chance of a silent step follows a wanted density.
_FIRMNESS = 0.75
# How loud a drum is on the strongest place, and how much softer on the weakest.
_LOUDNESS = {KICK: 100, SNARE: 104, CRASH: 106}
_SOFTER = 3


class DrumsRNN:
    """Drums after drums: the call of Magenta's Drums RNN."""

    def __init__(self, network: DrumsLSTM) -> None:
        self.network = network

    @classmethod
    def shipped(cls) -> "DrumsRNN":
        """The trained one. Raises AntiphonError("no-weights")."""
        card = model_for("drums", NAME)
        if card is None:
            raise AntiphonError("no-weights", model=NAME)
        return cls(load_network(card))

    def generate(
        self, start_sequence: Phrase | None = None, num_steps: int = 128,
        temperature: float = 1.0, steps_per_quarter: int = 4, seed: int = 0,
    ) -> Phrase:  # fmt: skip
        """`num_steps` steps of drums that follow the start sequence, as a phrase of their own.

        Without a start sequence the first measure has no past. The meter goes on; a step lasts
        a quarter divided by `steps_per_quarter`, and the last measure is as long as the steps
        that are left. Raises ValueError for steps or a temperature out of range.
        """
        if not (1 <= num_steps <= 8192 and 1 <= steps_per_quarter <= 24):
            raise ValueError("drums: 1 to 8192 steps, 1 to 24 of them a quarter")
        if not 0.05 <= temperature <= 4:
            raise ValueError(f"drums: temperature {temperature} is outside 0.05 to 4")
        heard = _before(start_sequence, steps_per_quarter)
        meter = _meter_after(start_sequence)
        length = Fraction(num_steps, steps_per_quarter)
        measures = _full_measures(meter, length)
        bars = [empty_bar(m.duration, meter, steps_per_quarter) for m in measures]
        free = [np.ones_like(bar.hits) for bar in bars]
        random = np.random.default_rng(seed)
        drawn = draw_symbols(self.network, (heard, bars), free, random, Guide(temperature))
        notes = notes_of(voiced(drawn), measures)
        part = replace(_drums(start_sequence), notes=tuple(notes))
        return Phrase(
            (part,), measures, length, time_signatures=(meter,),
            tempos=start_sequence.tempos[-1:] if start_sequence else (),
        )  # fmt: skip


def load_writer(card: Card) -> DrumsWriter:
    """The writer of a card of kind "drums-lstm". Raises AntiphonError("no-weights")."""
    network = load_network(card)

    def draw(
        plan: DrumPlan, random: np.random.Generator, is_cancelled: Callable[[], bool]
    ) -> list[Bar]:
        return draw_plan(plan, network, random, is_cancelled)

    return DrumsWriter(draw, may_swing=False)


def load_network(card: Card) -> DrumsLSTM:
    """The network of a card, on one thread. Raises AntiphonError("no-weights")."""
    one_thread()
    data = checked_bytes(card)
    try:
        network = DrumsLSTM(DrumsLSTMConfig(**json.loads(card.config_path.read_text())))
        network.load_state_dict(load(data))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError):
        raise AntiphonError("no-weights", model=card.name) from None
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


def draw_plan(
    plan: DrumPlan, network: DrumsLSTM, random: np.random.Generator,
    is_cancelled: Callable[[], bool],
) -> list[Bar]:  # fmt: skip
    """The asked measures of a plan: what stands stays, only free cells are hit."""
    heard = [bar for bar in plan.given[: plan.first] if bar.hits.any()][-_HEARD_BARS:]
    bars = [plan.given[i] for i in plan.asked]
    free = [plan.free[i] for i in plan.asked]
    return voiced(draw_symbols(network, (heard, bars), free, random, _Told(plan, is_cancelled)))


class Guide:
    """Bends the logits of each step, and is told what was drawn."""

    def __init__(self, temperature: float) -> None:
        self.temperature = temperature

    def bend(self, logits: NDArray[np.float64], step: int) -> NDArray[np.float64]:
        """The logits as they are drawn from."""
        del step
        return logits / self.temperature

    def told(self, symbol: int) -> None:
        """Take note of what was drawn."""


class _Told(Guide):
    """Keeps what a plan asks: no more drums at once, hits where they must be, the density.

    The chance of a silent step is moved most of the way to what is still wanted.
    """

    def __init__(self, plan: DrumPlan, is_cancelled: Callable[[], bool]) -> None:
        super().__init__(plan.request.controls.temperature)
        self.is_cancelled = is_cancelled
        self.must = np.concatenate([plan.must[i] for i in plan.asked])
        self.is_crowded = (plan.request.controls.polyphony or DRUMS) < _COUNTS
        density = plan.density
        self.left = None if density is None else density * float(plan.ground.length)

    def bend(self, logits: NDArray[np.float64], step: int) -> NDArray[np.float64]:
        """The logits within the plan. Raises InterruptedError if cancelled."""
        if step % 16 == 0 and self.is_cancelled():
            raise InterruptedError
        bent = super().bend(logits, step)
        if self.left is not None:
            share = min(0.98, max(0.02, self.left / max(1, len(self.must) - step)))
            silent = float(bent[0]) - float(np.logaddexp.reduce(bent[1:]))
            bent[0] += _FIRMNESS * (float(np.log((1 - share) / share)) - silent)
        bent[self.is_crowded] = -np.inf
        if self.must[step]:
            bent[0] = -np.inf
        return bent

    def told(self, symbol: int) -> None:
        """Take note of what was drawn."""
        if self.left is not None and symbol:
            self.left -= 1


def draw_symbols(
    network: DrumsLSTM, known: tuple[Sequence[Bar], Sequence[Bar]],
    free: Sequence[NDArray[np.bool_]], random: np.random.Generator, guide: Guide,
) -> list[Bar]:  # fmt: skip
    """Draw the free cells of the bars `known[1]` after the bars `known[0]`, step by step."""
    heard, bars = known
    symbols = symbols_of(heard).tolist()
    lengths = [bar.slots for bar in heard]
    starts = np.cumsum([0, *lengths])[:-1].tolist() if lengths else []
    rows = rows_of(np.array(symbols, np.int64), lengths)
    draws = random.random(sum(bar.slots for bar in bars))
    step = 0
    with torch.inference_mode():
        state: State = network.prefill(torch.from_numpy(rows))
        for bar, cells in zip(bars, free, strict=True):
            starts.append(len(symbols))
            for place in range(bar.slots):
                row = torch.tensor([next_row(symbols, starts, place)])
                logits, state = network.step(row, state)
                bent = guide.bend(logits[0].double().numpy(), step)
                fits = _fits(bar.hits[place], cells[place])
                symbol = _drawn(np.where(fits, bent, -np.inf), fits, draws[step])
                symbols.append(symbol)
                guide.told(symbol)
                step += 1
    found = hits_of(np.array(symbols[len(symbols) - step :], np.int64))
    edges = np.cumsum([0, *(bar.slots for bar in bars)])
    return [
        replace(bar, hits=found[low:high])
        for bar, low, high in zip(bars, edges[:-1], edges[1:], strict=True)
    ]


def _fits(given: NDArray[np.bool_], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which symbols hit all that stands and nothing that must not be hit."""
    if free.all():
        return np.ones(SYMBOLS, np.bool_)
    wrong = (given != _BITS) & ~free
    found: NDArray[np.bool_] = ~wrong.any(1)
    return found


def _drawn(logits: NDArray[np.float64], fits: NDArray[np.bool_], draw: float) -> int:
    if not np.isfinite(logits).any():
        # What stands already breaks a softer wish; it stays, and nothing comes to it.
        return int(np.flatnonzero(fits)[0])
    shares = np.exp(logits - logits.max())
    return int(min(SYMBOLS - 1, np.searchsorted(shares.cumsum(), draw * shares.sum())))


def voiced(bars: Sequence[Bar]) -> list[Bar]:
    """The bars with velocities by drum and accent, for a network that foretells none."""
    found = []
    for bar in bars:
        accents = places(bar)[:, 2:3]
        loudest = np.array([_LOUDNESS.get(drum, 88) for drum in range(DRUMS)])
        made = np.clip(loudest - _SOFTER * (7 - accents), 30, 120)
        kept = np.where(bar.velocities > 0, bar.velocities, made)
        found.append(replace(bar, velocities=np.where(bar.hits, kept, 0).astype(np.uint8)))
    return found


def _before(start: Phrase | None, per_quarter: int) -> list[Bar]:
    """The last measures of a start sequence on the grid of steps."""
    if start is None:
        return []
    notes = [n for part in start.parts if part.is_drums for n in part.notes if not n.is_grace]
    strokes: list[Stroke] = strokes_of(notes)
    bars = bars_of(strokes, start.measures, meters_of(start), per_quarter, is_strict=True)
    return bars[-_HEARD_BARS:]


def _meter_after(start: Phrase | None) -> TimeSignature:
    if start is None:
        return TimeSignature(Fraction(0), 4, 4)
    return replace(meter_at(start, start.length), onset=Fraction(0))


def _full_measures(meter: TimeSignature, length: Fraction) -> tuple[Measure, ...]:
    """Measures of a meter that are exactly as long as asked, the last one cut where it must."""
    found = measures_from_meter((meter,), length)
    return tuple(replace(m, duration=min(m.duration, length - m.onset)) for m in found)


def _drums(start: Phrase | None) -> Part:
    own = [part for part in start.parts if part.is_drums] if start else []
    return replace(own[0], notes=()) if own else new_part("drums")
