"""The models that can be asked: what lies in the zoo and in the user's own models folder.

A model is a folder with `model.json` (this module), `weights.safetensors`, `config.json` and
`card.md`. The standard library alone, so that doctor and host can read it before torch loads.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from antiphon.bridge import paths

ZOO = Path(__file__).parent / "zoo"
ABOUT = "model.json"


@dataclass(frozen=True, slots=True)
class About:
    """What a model says of itself, as kept in `model.json`.

    `kind` names the code that runs it (`antiphon.models.tasks.writers.KINDS`). `tasks` are
    served by it; of several models of a task the one with the highest `rank` is asked first.
    `figures` are held-out results in words a table can show. `parameters` counts weights.
    """

    name: str
    kind: str
    tasks: tuple[str, ...]
    sha256: str
    sources: tuple[str, ...]
    rank: int = 0
    parameters: int = 0
    licence: str = "GPL-3.0-or-later"
    figures: dict[str, str] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One model of the catalog: what it says of itself and the folder of its files."""

    about: About
    folder: Path

    @property
    def name(self) -> str:
        """The model's name, unique in the catalog."""
        return self.about.name

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights file."""
        return self.about.sha256

    @property
    def sources(self) -> tuple[str, ...]:
        """The training data, each with credit and licence."""
        return self.about.sources

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

    def serves(self, task: str) -> bool:
        """Whether the model answers this task."""
        return task in self.about.tasks

    def rank(self, task: str) -> int:
        """Its place among the models of a task; higher is asked first."""
        return self.about.ranks.get(task, self.about.rank)


def own_models() -> Path:
    """The folder of the user's own models; not created here."""
    return paths.data_folder() / "models"


def folders() -> tuple[Path, ...]:
    """Where models are looked for: the zoo, then the user's own folder."""
    return ZOO, own_models()


def catalog(*places: Path) -> tuple[Card, ...]:
    """The models below the places (all known ones without any), by name, the zoo's first.

    A folder without a readable `model.json` is passed over; of two models of one name the
    first place's counts.
    """
    found: dict[str, Card] = {}
    for place in places or folders():
        for about in sorted(place.glob(f"*/{ABOUT}")):
            card = _card(about)
            if card is not None:
                found.setdefault(card.name, card)
    return tuple(found.values())


def model_for(task: str, name: str | None = None, *places: Path) -> Card | None:
    """The named model of a task, or its best-ranked one; None where there is none.

    A model of rank 0 answers only where it is named.
    """
    found = [
        card
        for card in catalog(*places)
        if card.serves(task) and (card.name == name or (name is None and card.rank(task) > 0))
    ]
    return max(found, key=lambda card: card.rank(task)) if found else None


def write_about(about: About, folder: Path) -> None:
    """Keep what a model says of itself in its folder."""
    text = json.dumps(asdict(about), indent=2, ensure_ascii=False)
    (folder / ABOUT).write_text(text + "\n")


def changed_at(places: Iterable[Path] | None = None) -> tuple[tuple[str, int], ...]:
    """A value that differs when a model was added, changed or removed."""
    found = []
    for place in places or folders():
        for about in place.glob(f"*/{ABOUT}"):
            try:
                found.append((os.fspath(about), about.stat().st_mtime_ns))
            except OSError:
                continue
    return tuple(sorted(found))


def _card(path: Path) -> Card | None:
    try:
        data: dict[str, Any] = json.loads(path.read_text())
        known = {f.name for f in fields(About)}
        values = {key: value for key, value in data.items() if key in known}
        values["tasks"], values["sources"] = tuple(data["tasks"]), tuple(data["sources"])
        return Card(About(**values), path.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
