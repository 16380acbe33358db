"""The models on this computer, read from what each says of itself; no model is loaded."""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.protocol.messages import Task

WEIGHTS, ABOUT = "weights.safetensors", "model.json"
# What answers a task that no model serves.
RULES = "theory"


@dataclass(frozen=True, slots=True)
class Model:
    """One model: what `model.json` says of it, and the size of its weights in bytes (0: none)."""

    name: str
    tasks: tuple[str, ...]
    parameters: int
    size: int
    licence: str
    sha256: str
    figures: dict[str, str]
    ranks: dict[str, int]
    folder: Path

    @property
    def weights(self) -> Path:
        """The file of its weights."""
        return self.folder / WEIGHTS

    def is_intact(self) -> bool:
        """Whether its weights are the ones that it names. Raises OSError without them."""
        return hashlib.sha256(self.weights.read_bytes()).hexdigest() == self.sha256


def installed_models(*places: Path) -> tuple[Model, ...]:
    """The models of the zoo and of the user's own folder, by name; of one name the zoo's.

    A folder without a readable `model.json` is passed over.
    """
    if not places:
        zoo = Path(str(resources.files("antiphon.models.zoo")))
        places = zoo, paths.data_folder() / "models"
    found: dict[str, Model] = {}
    for place in places:
        for about in sorted(place.glob(f"*/{ABOUT}")):
            model = _read(about)
            if model is not None:
                found.setdefault(model.name, model)
    return tuple(found.values())


def serving(models: tuple[Model, ...]) -> dict[Task, str]:
    """The name of what answers each task unless another is asked for: the highest rank above 0."""
    found = {}
    for task in Task:
        able = [model for model in models if task in model.tasks and model.size]
        ranked = [model for model in able if model.ranks[task] > 0]
        best = max(ranked, key=lambda model: model.ranks[task], default=None)
        found[task] = best.name if best else RULES
    return found


def _read(about: Path) -> Model | None:
    try:
        data = json.loads(about.read_text(encoding="utf-8"))
        weights = about.parent / WEIGHTS
        rank, ranks = int(data.get("rank", 0)), dict(data.get("ranks", {}))
        tasks = tuple(str(task) for task in data["tasks"])
        return Model(
            name=str(data["name"]),
            tasks=tasks,
            parameters=int(data.get("parameters", 0)),
            size=weights.stat().st_size if weights.is_file() else 0,
            licence=str(data.get("licence", "")),
            sha256=str(data["sha256"]),
            figures={str(k): str(v) for k, v in dict(data.get("figures", {})).items()},
            ranks={task: int(ranks.get(task, rank)) for task in tasks},
            folder=about.parent,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
