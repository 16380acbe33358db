"""Which style a passage is in: a small network over features, run without torch."""

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.analysis import StyleShare
from antiphon.models.catalog import ABOUT, ZOO
from antiphon.models.listening.features import vector
from antiphon.models.listening.sound import Floats

FOLDER = ZOO / "listening"


@dataclass(frozen=True, slots=True)
class StyleModel:
    """Names of features and styles, and the layers over standardised features.

    `embed` gives the hidden layer, which similar passages share.
    """

    names: tuple[str, ...]
    styles: tuple[str, ...]
    mean: Floats
    spread: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats

    def probabilities(self, found: dict[str, float]) -> tuple[StyleShare, ...]:
        """The styles with their probabilities, the likeliest first."""
        score = self.embed(found) @ self.out + self.out_bias
        share = np.exp(score - score.max())
        share /= share.sum()
        order = np.argsort(-share)
        return tuple(StyleShare(self.styles[i], round(float(share[i]), 4)) for i in order)

    def embed(self, found: dict[str, float]) -> Floats:
        """The hidden layer over the features of a passage."""
        values = (vector(found, self.names) - self.mean) / self.spread
        total: Floats = np.clip(values, -4, 4) @ self.hidden + self.hidden_bias
        return np.maximum(total, 0)


@lru_cache(maxsize=2)
def style_model(folder: Path = FOLDER) -> StyleModel:
    """The model in a folder. Raises AntiphonError("no-weights") if it is missing or damaged."""
    try:
        data = (folder / "weights.safetensors").read_bytes()
        told = json.loads((folder / ABOUT).read_text())
        config = json.loads((folder / "config.json").read_text())
        if sha256(data).hexdigest() != told["sha256"]:
            raise ValueError("the weights are others")
        tensors = {name: value.astype(np.float64) for name, value in load(data).items()}
        return StyleModel(tuple(config["features"]), tuple(config["styles"]), **tensors)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AntiphonError("no-weights", model="the style model") from error
