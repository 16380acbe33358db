"""The networks that `antiphon train` can train: note by note, on the same encoded melodies."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from safetensors.torch import load
from torch import nn

from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import Card
from antiphon.models.networks.elman import ElmanConfig, ElmanMelody
from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM
from antiphon.models.weights import checked_bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of network: its configuration, how it is built from one, and its usual sizes.

    `sizes` are the fields of the configuration that a user may set, with their defaults.
    """

    config: Callable[..., Any]
    from_json: Callable[[dict[str, Any]], Any]
    network: Callable[[Any], nn.Module]
    sizes: dict[str, float]
    rate: float

    def built(self, durations: tuple[int, ...], sizes: dict[str, float]) -> nn.Module:
        """A fresh network for duration symbols; sizes it does not know are passed over."""
        own = {name: sizes.get(name, usual) for name, usual in self.sizes.items()}
        return self.network(self.config(durations, **own))


KINDS = {
    "melody-lstm": Kind(
        MelodyConfig, MelodyConfig.from_json, MelodyLSTM,
        {"embedding": 256, "hidden": 320, "head": 256, "dropout": 0.3}, 1.5e-3,
    ),
    "elman": Kind(ElmanConfig, ElmanConfig.from_json, ElmanMelody, {"hidden": 256}, 3e-3),
}  # fmt: skip


def network_of(card: Card) -> nn.Module:
    """The network of a model in 32-bit weights, ready to learn more.

    Raises AntiphonError: "no-such-model" for a kind that cannot be trained here, "no-weights".
    """
    kind = KINDS.get(card.about.kind)
    if kind is None:
        raise AntiphonError(
            "no-such-model", name=card.name, task="training", models=", ".join(KINDS)
        )
    data = checked_bytes(card)
    try:
        config = kind.from_json(json.loads(card.config_path.read_text()))
        network = kind.network(config)
        network.load_state_dict(load(data))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError):
        raise AntiphonError("no-weights", model=card.name) from None
    return network.float()
