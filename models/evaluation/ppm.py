"""The Markov baseline as a model of whole events: static as trained, and adaptive to the tune.

Adaptive is what Pearce (2005) calls "both": the trained long-term model and a short-term one
that learns the tune as it goes by, joined by a weighted geometric mean.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save_file

from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, Durations
from antiphon.models.networks.ppm import (
    PPM,
    Columns,
    Element,
    Ladder,
    ShortTerm,
    combine,
    context_hashes,
)


@dataclass(frozen=True, slots=True)
class PPMConfig:
    """The shape of a baseline: durations, the ladder of each link, and the mixing of "both"."""

    durations: tuple[int, ...]
    pitch: tuple[Element, ...]
    duration: tuple[Element, ...]
    short_pitch: tuple[Element, ...]
    short_duration: tuple[Element, ...]
    bias: float = 1.0
    escapes: tuple[float, float] = (1.0, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        ladders = ("pitch", "duration", "short_pitch", "short_duration")
        found: dict[str, Any] = {name: [list(e) for e in getattr(self, name)] for name in ladders}
        return found | {
            "durations": list(self.durations),
            "bias": self.bias,
            "escapes": self.escapes,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "PPMConfig":
        """The configuration kept by `to_json`."""
        ladders = ("pitch", "duration", "short_pitch", "short_duration")
        found = {name: tuple((str(e), int(age)) for e, age in data[name]) for name in ladders}
        pitch, duration = map(float, data["escapes"])
        return cls(
            tuple(data["durations"]),
            bias=float(data["bias"]),
            escapes=(pitch, duration),
            **found,
        )


class MarkovMelody:
    """The baseline's two links, pitch then duration."""

    def __init__(self, config: PPMConfig, pitch: PPM, duration: PPM) -> None:
        self.config, self.pitch, self.duration = config, pitch, duration

    def bits(self, tune: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bits of each event's pitch and of its duration, with the counts of training alone."""
        return self.pitch.bits(tune), self.duration.bits(tune)

    def adaptive_bits(self, tune: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same with a short-term model that has learnt the tune up to the event."""
        config = self.config
        shorts = (
            Ladder("pitch", PITCH_SYMBOLS, config.short_pitch),
            Ladder("duration", len(config.durations), config.short_duration),
        )
        both = (
            _both(model, short, tune, config.bias)
            for model, short in zip((self.pitch, self.duration), shorts, strict=True)
        )
        pitch, duration = both
        return pitch, duration

    def keep(self, folder: Path) -> None:
        """Write counts and shape into a folder."""
        save_file(self.pitch.arrays() | self.duration.arrays(), folder / "weights.safetensors")
        (folder / "config.json").write_text(json.dumps(self.config.to_json()) + "\n")

    @classmethod
    def kept(cls, data: bytes, config: PPMConfig) -> "MarkovMelody":
        """The model kept by `keep`."""
        arrays = load(data)
        ladders = ladders_of(config)
        return cls(config, *(PPM.from_arrays(ladder, arrays) for ladder in ladders))


def ladders_of(config: PPMConfig) -> tuple[Ladder, Ladder]:
    """The ladders of the long-term model: pitch, duration."""
    symbols = len(Durations(config.durations).values)
    return (
        Ladder("pitch", PITCH_SYMBOLS, config.pitch, config.escapes[0]),
        Ladder("duration", symbols, config.duration, config.escapes[1]),
    )


def _both(model: PPM, short: Ladder, tune: Columns, bias: float) -> NDArray[np.float64]:
    long_contexts = context_hashes(model.ladder, tune).T.tolist()
    short_contexts = context_hashes(short, tune).T.tolist()
    memory = ShortTerm(short)
    symbols = tune[short.target].tolist()
    bits = np.empty(len(symbols))
    for index, symbol in enumerate(symbols):
        contexts = short_contexts[index]
        chances = combine(
            (model.distribution(long_contexts[index]), memory.distribution(contexts)), bias
        )
        bits[index] = -np.log2(chances[symbol])
        memory.learn(contexts, symbol)
    return bits
