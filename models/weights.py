"""Weights from the zoo: safetensors only, and only with the SHA-256 that the catalog names."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import torch
from safetensors.torch import load
from torch import nn

from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import Card
from antiphon.models.encoding.vocabulary import Durations
from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM

_Network = TypeVar("_Network", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class LoadedMelody:
    """A melody model ready to be asked: its network, vocabulary, name, hash and sources."""

    network: MelodyLSTM
    durations: Durations
    name: str
    sha256: str
    sources: tuple[str, ...]


def checked_bytes(card: Card) -> bytes:
    """The weights of a card. Raises AntiphonError("no-weights") unless they are as shipped."""
    try:
        data = card.weights_path.read_bytes()
    except OSError:
        raise AntiphonError("no-weights", model=card.name) from None
    if sha256(data).hexdigest() != card.sha256:
        raise AntiphonError("no-weights", model=card.name)
    return data


def network_of(card: Card, made: Callable[[dict[str, Any]], _Network]) -> _Network:
    """The network of a card with its weights, to be asked only, on one thread of the CPU.

    `made` builds it from the values of the card's config.json. Raises AntiphonError("no-weights")
    if a file is missing, damaged or does not fit.
    """
    one_thread()
    data = checked_bytes(card)
    try:
        network = made(json.loads(card.config_path.read_text()))
        network.load_state_dict(load(data))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError):
        raise AntiphonError("no-weights", model=card.name) from None
    network.float().eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


def load_melody(card: Card) -> LoadedMelody:
    """The melody model of a card, on one thread of the CPU.

    Raises AntiphonError("no-weights") if its files are missing or damaged.
    """
    network = network_of(card, lambda told: MelodyLSTM(MelodyConfig.from_json(told)))
    durations = Durations(network.config.durations)
    return LoadedMelody(network, durations, card.name, card.sha256, card.sources)


def one_thread() -> None:
    """Keep torch to one thread: beside an audio program a second one makes it slower."""
    torch.set_num_threads(1)
