"""The models that are shipped: name, task, card, weights and their SHA-256, from the zoo's list.

The standard library alone, so that doctor and host can read it before torch is loaded.
"""

import json
from dataclasses import dataclass
from pathlib import Path

ZOO = Path(__file__).parent / "zoo"


@dataclass(frozen=True, slots=True)
class Card:
    """One model of the catalog; its files lie in a folder of its name in the zoo."""

    name: str
    task: str
    sha256: str
    sources: tuple[str, ...]
    folder: Path

    @property
    def weights_path(self) -> Path:
        """The weights, as safetensors."""
        return self.folder / "weights.safetensors"

    @property
    def config_path(self) -> Path:
        """The sizes of the network, as JSON."""
        return self.folder / "config.json"

    @property
    def card_path(self) -> Path:
        """The model card, for people."""
        return self.folder / "card.md"


def catalog(zoo: Path = ZOO) -> tuple[Card, ...]:
    """The models of a zoo in the order of its list; an unreadable list is an empty one."""
    try:
        rows = json.loads((zoo / "catalog.json").read_text())["models"]
        return tuple(
            Card(row["name"], row["task"], row["sha256"], tuple(row["sources"]), zoo / row["name"])
            for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def model_for(task: str, name: str | None = None, zoo: Path = ZOO) -> Card | None:
    """The named model of a task, or its first one; None where there is none."""
    for card in catalog(zoo):
        if card.task == task and name in (None, card.name):
            return card
    return None
