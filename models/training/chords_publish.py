"""Put a finished chords run into the zoo: `python -m antiphon.models.training.chords_publish`.

Weights are halved to 16 bits; the card is for people to write.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from safetensors.torch import load_file, save_file

from antiphon.models.catalog import ZOO, About, write_about
from antiphon.models.training.chords_data import MOODS, ORIGINS

NAME = "chords"


def publish(run: Path, zoo: Path, figures: Mapping[str, str] | None = None) -> Path:
    """Copy the best weights of a run into a zoo with what the model says of itself.

    Returns the model's folder.
    """
    folder = zoo / NAME
    folder.mkdir(parents=True, exist_ok=True)
    tensors = load_file(run / "weights.safetensors")
    path = folder / "weights.safetensors"
    save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, path)
    path.chmod(0o644)
    sizes = json.loads((run / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(sizes) + "\n")
    if (run / "training.log").is_file():
        shutil.copyfile(run / "training.log", folder / "training.log")
    learnt = sum(t.numel() for name, t in tensors.items() if name not in ("pairs", "moods"))
    about = About(
        name=NAME, kind=NAME, tasks=("harmonize",),
        sha256=sha256(path.read_bytes()).hexdigest(),
        sources=tuple(f"{origin.credit} ({origin.licence})" for origin in (*ORIGINS, MOODS)),
        rank=10, parameters=learnt, figures=dict(figures or {}),
    )  # fmt: skip
    write_about(about, folder)
    return folder


def main(arguments: list[str] | None = None) -> int:
    """Publish a run; figures are given as NAME=TEXT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--zoo", type=Path, default=ZOO)
    parser.add_argument("--figure", action="append", default=[], metavar="NAME=TEXT")
    options = parser.parse_args(arguments)
    figures = dict(text.split("=", 1) for text in options.figure)
    sys.stdout.write(f"{publish(options.run, options.zoo, figures)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
