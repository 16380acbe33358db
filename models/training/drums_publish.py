"""Put a drums run into the zoo: `python -m antiphon.models.training.drums_publish --run DIR`.

Serves both kinds, "drums" and "drums-lstm"; the card is for people to write.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from antiphon.models.catalog import ZOO, About, write_about
from antiphon.models.training.drums_data import SOURCES

# The rules find more of the real strokes (docs/figures/drums.md), so both are asked by name only.
_RANK = 0
# The engine asks for the last three only where the selected part is a drum part.
_TASKS = {"drums": ("drums", "continue", "fill", "vary"), "drums-lstm": ("drums",)}


def publish(run: Path, zoo: Path, kind: str, figures: Mapping[str, str]) -> Path:
    """Copy weights (as 16-bit floats), sizes and log of a run into a zoo; returns its folder.

    Raises KeyError for another kind.
    """
    tasks = _TASKS[kind]
    folder = zoo / kind
    folder.mkdir(parents=True, exist_ok=True)
    tensors = load_file(run / "weights.safetensors")
    halved = {k: t.half() if t.dtype == torch.float32 else t for k, t in tensors.items()}
    save_file(halved, folder / "weights.safetensors")
    (folder / "weights.safetensors").chmod(0o644)
    for name in ("config.json", "training.log"):
        shutil.copyfile(run / name, folder / name)
    about = About(
        name=kind,
        kind=kind,
        tasks=tasks,
        sha256=sha256((folder / "weights.safetensors").read_bytes()).hexdigest(),
        sources=SOURCES,
        rank=_RANK,
        parameters=sum(t.numel() for t in tensors.values()),
        figures=dict(figures),
    )
    write_about(about, folder)
    return folder


def main(arguments: list[str] | None = None) -> int:
    """Publish a run with the figures that a JSON file of words holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--kind", choices=sorted(_TASKS), default="drums")
    parser.add_argument("--figures", type=Path, help="JSON of figures in words")
    parser.add_argument("--zoo", type=Path, default=ZOO)
    options = parser.parse_args(arguments)
    figures = json.loads(options.figures.read_text()) if options.figures else {}
    publish(options.run, options.zoo, options.kind, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
