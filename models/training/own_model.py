"""A trained network as a model of the user's own: a folder that a running host serves at once."""

import json
import re
import shutil
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.paths import make_private
from antiphon.models.catalog import ZOO, About, catalog, own_models, write_about

_LONGEST_NAME = 48


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What a model of the user's own says of itself; `rank` orders it among those of its task."""

    name: str
    kind: str
    sources: tuple[str, ...]
    figures: dict[str, str]
    story: str
    rank: int = 5
    tasks: tuple[str, ...] = ("continue",)


def plain_name(words: str) -> str:
    """The name of a model from a user's words: small letters, digits and hyphens.

    Raises AntiphonError("bad-control") if nothing is left or a shipped model is called so.
    """
    text = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:_LONGEST_NAME].strip("-")
    if not name:
        why = "a name needs letters or digits"
        raise AntiphonError("bad-control", name="--name", value=f"“{words}”", why=why)
    if name in {card.name for card in catalog(ZOO)} or name == "theory":
        why = "a model that comes with Antiphon is called so"
        raise AntiphonError("bad-control", name="--name", value=name, why=why)
    return name


def install(model: OwnModel, network: nn.Module) -> Path:
    """Put a network among the user's models, whole or not at all; returns its folder.

    A model of the same name is replaced. Weights are halved to 16 bits, as the shipped ones
    are. Raises AntiphonError("unwritable-file").
    """
    target = own_models() / model.name
    # Beside the models, not among them: the catalog must not see a model in the making.
    workshop = own_models().with_name("models-in-the-making")
    staged, old = workshop / model.name, workshop / f"{model.name}.old"
    try:
        make_private(own_models())
        for folder in (staged, old):
            shutil.rmtree(folder, ignore_errors=True)
        staged.mkdir(parents=True)
        write_model(model, network, staged)
        if target.exists():
            target.rename(old)
        staged.rename(target)
        shutil.rmtree(workshop, ignore_errors=True)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=str(target), why=str(error.strerror)) from None
    return target


def write_model(model: OwnModel, network: nn.Module, folder: Path) -> None:
    """Write weights, sizes, card and model.json into a folder."""
    weights = folder / "weights.safetensors"
    state = network.state_dict()
    save_file(
        {k: (t.half() if t.dtype == torch.float32 else t).contiguous() for k, t in state.items()},
        weights,
    )
    config: Any = network.config
    (folder / "config.json").write_text(json.dumps(config.to_json()) + "\n")
    about = About(
        name=model.name,
        kind=model.kind,
        tasks=model.tasks,
        sha256=sha256(weights.read_bytes()).hexdigest(),
        sources=model.sources,
        rank=model.rank,
        parameters=sum(p.numel() for p in network.parameters()),
        figures=model.figures,
    )
    (folder / "card.md").write_text(_card(model, about), encoding="utf-8")
    write_about(about, folder)


def _card(model: OwnModel, about: About) -> str:
    figures = "\n".join(f"- {name}: {value}" for name, value in model.figures.items())
    sources = "\n".join(f"- {source}" for source in model.sources)
    return f"""# {model.name}

{model.story}

- **Weights**: `weights.safetensors`, SHA-256 `{about.sha256}`
- **Kind**: {model.kind}, {about.parameters:,} parameters
- **Licence**: {about.licence}, as Antiphon. Pass it on only if you may pass on the music it
  learnt from: a network that has seen few pieces can quote them.

## Figures
{figures}

## Training data
{sources}

## What it is bad at
It hears one line and was shaped by few pieces: outside their style it is no better than the
model it came from, and it may quote them. Every take's receipt names the longest run it shares
with the tunes of the shipped models, not with yours.
"""
