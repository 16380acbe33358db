"""The models that foretell a melody, each as a function from an encoded tune to its bits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from json import loads

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import nn

from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding.grid import TICKS_PER_QUARTER
from antiphon.models.encoding.vocabulary import Durations
from antiphon.models.evaluation.ppm import MarkovMelody, PPMConfig
from antiphon.models.networks.elman import ElmanConfig, ElmanMelody
from antiphon.models.networks.melody_rnn import StepNetwork
from antiphon.models.tasks.founding_steps import load_steps
from antiphon.models.training.dataset import Encoded
from antiphon.models.training.melody_rnn import step_bits, stepped_of
from antiphon.models.weights import checked_bytes, load_melody

LSTM = "melody-lstm"
ELMAN = "elman"
PPM = "ppm"
ADAPTIVE = "ppm-adaptive"
STEP_MODELS = ("melody-rnn", "improv-lstm")
Array = NDArray[np.float64]
# The bits of each event's pitch and of its duration.
Bits = tuple[Array, Array]
Model = Callable[[Encoded], Bits]


@dataclass(frozen=True, slots=True)
class Row:
    """One model's figures in bits a note: all, the share of pitches and that of durations."""

    model: str
    bits_per_note: float
    pitch_bits: float
    duration_bits: float
    bits_per_quarter: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Tunes with the bits (tunes, 2) that each model needs for their pitches and durations."""

    tunes: tuple[Encoded, ...]
    durations: Durations
    bits: dict[str, Array]

    def rows(self, which: Sequence[bool] | None = None) -> tuple[Row, ...]:
        """The row of each model over all tunes, or over those that `which` marks."""
        mask = np.ones(len(self.tunes), bool) if which is None else np.array(which, bool)
        kept = [tune for tune, is_in in zip(self.tunes, mask, strict=True) if is_in]
        notes = max(1, sum(tune.notes for tune in kept))
        length = max(1.0, sum(quarters(tune, self.durations) for tune in kept))
        rows = []
        for name, bits in self.bits.items():
            pitch, duration = (float(x) for x in bits[mask].sum(0))
            both = pitch + duration
            rows.append(Row(name, both / notes, pitch / notes, duration / notes, both / length))
        return tuple(rows)


def measured(tunes: Sequence[Encoded], durations: Durations, models: dict[str, Model]) -> Measured:
    """What each model says of each tune."""
    bits = {}
    for name, bits_of in models.items():
        found = np.zeros((len(tunes), 2))
        for index, tune in enumerate(tunes):
            pitch, duration = bits_of(tune)
            found[index] = pitch.sum(), duration.sum()
        bits[name] = found
    return Measured(tuple(tunes), durations, bits)


def quarters(tune: Encoded, durations: Durations) -> float:
    """The length of a tune's events in quarters."""
    values = np.array(durations.values)
    return float(values[tune.durations].sum()) / TICKS_PER_QUARTER


def figures(tunes: Sequence[Encoded], models: dict[str, Model]) -> tuple[Row, ...]:
    """The row of each model over some tunes, without their length."""
    notes = max(1, sum(tune.notes for tune in tunes))
    rows = []
    for name, bits_of in models.items():
        pairs = [bits_of(tune) for tune in tunes]
        pitch, duration = (sum(float(pair[i].sum()) for pair in pairs) for i in (0, 1))
        rows.append(Row(name, (pitch + duration) / notes, pitch / notes, duration / notes))
    return tuple(rows)


def event_models(durations: Durations) -> dict[str, Model]:
    """The shipped models of melody events, the networks first.

    Raises AntiphonError("no-weights") without the melody network or the Markov baseline.
    """
    found: dict[str, Model] = {LSTM: network_bits(load_melody(card_of(LSTM)).network)}
    elman = _elman(durations)
    if elman is not None:
        found[ELMAN] = network_bits(elman)
    baseline = load_baseline()
    if baseline.config.durations != durations.values:
        raise AntiphonError("no-weights", model=PPM)
    found[PPM] = lambda tune: baseline.bits(tune.columns())
    found[ADAPTIVE] = lambda tune: baseline.adaptive_bits(tune.columns())
    return found


def network_bits(network: nn.Module) -> Model:
    """The bits function of a network that reads the rows of `training.dataset`."""

    def bits_of(tune: Encoded) -> Bits:
        arrays = (tune.rows, tune.pitches, tune.durations)
        with torch.inference_mode():
            pitch, duration = network(*(torch.from_numpy(a).unsqueeze(0) for a in arrays))
        to_bits = 1 / np.log(2)
        return pitch[0].double().numpy() * to_bits, duration[0].double().numpy() * to_bits

    return bits_of


def step_networks() -> dict[str, StepNetwork]:
    """The shipped networks of 16th steps that are there."""
    cards = {card.name: card for card in catalog()}
    return {name: load_steps(cards[name]) for name in STEP_MODELS if name in cards}


def on_steps(
    tunes: Sequence[Encoded], durations: Durations, networks: dict[str, StepNetwork]
) -> tuple[list[bool], dict[str, Array]]:
    """Which tunes lie on 16th steps wholly, and the bits of each step network for each of these.

    A network that can hear chords is given none.
    """
    exact, bits = [], {name: np.zeros(len(tunes)) for name in networks}
    for index, tune in enumerate(tunes):
        found = stepped_of(tune, durations)
        # A note that another one hides would make the tune cheaper than it is.
        exact.append(found.is_exact and found.notes == tune.notes)
        if exact[-1]:
            for name, network in networks.items():
                bits[name][index] = step_bits(network, found)
    return exact, bits


def load_baseline() -> MarkovMelody:
    """The shipped Markov baseline. Raises AntiphonError("no-weights")."""
    card = card_of(PPM)
    data = checked_bytes(card)
    try:
        config = PPMConfig.from_json(loads(card.config_path.read_text()))
        return MarkovMelody.kept(data, config)
    except (OSError, ValueError, KeyError, TypeError):
        raise AntiphonError("no-weights", model=PPM) from None


def card_of(name: str) -> Card:
    """The card of that name. Raises AntiphonError("no-weights")."""
    card = next((card for card in catalog() if card.name == name), None)
    if card is None:
        raise AntiphonError("no-weights", model=name)
    return card


def _elman(durations: Durations) -> ElmanMelody | None:
    try:
        card = card_of(ELMAN)
        config = ElmanConfig.from_json(loads(card.config_path.read_text()))
        network = ElmanMelody(config)
        network.load_state_dict(load(checked_bytes(card)))
    except (AntiphonError, OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None
    return network.eval() if config.durations == durations.values else None
