"""Put a finished run into the zoo: `python -m antiphon.models.training.publish --run DIR`.

Weights, sizes and `model.json` with its SHA-256 are written; the card is for people to write,
from the table that is printed: bits a note of each model, by source, on both held-out sides.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from antiphon.models.catalog import ZOO, About, write_about
from antiphon.models.evaluation.melody_models import ADAPTIVE, LSTM, PPM, figures, network_bits
from antiphon.models.evaluation.ppm import MarkovMelody, PPMConfig
from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM
from antiphon.models.training import dataset as data
from antiphon.models.training.corpus import SOURCES

_TASKS: dict[str, tuple[str, ...]] = {LSTM: ("continue",), PPM: ()}
_RANKS = {LSTM: 10, PPM: 0}


def publish(run: Path, zoo: Path) -> None:
    """Copy the network of a run and its baseline into a zoo, each with its `model.json`."""
    names = tuple(f"{source.credit} ({source.licence})" for source in SOURCES)
    for name, tasks in _TASKS.items():
        about = About(name, name, tasks, "", names, _RANKS[name])
        put(run if name == LSTM else run / "ppm", zoo / name, about)


def put(run: Path, folder: Path, about: About) -> None:
    """Copy weights, sizes and log of a run into a model's folder and write its `model.json`.

    The SHA-256 of `about` is that of the copy; its parameters are counted for a network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run / "config.json", folder / "config.json")
    count = _copy_weights(run / "weights.safetensors", folder / "weights.safetensors")
    if (run / "training.log").is_file():
        shutil.copyfile(run / "training.log", folder / "training.log")
    digest = sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    write_about(replace(about, sha256=digest, parameters=about.parameters or count), folder)


def _copy_weights(source: Path, target: Path) -> int:
    """Copy a safetensors file; 32-bit floats are halved, which costs no measurable bit a note.

    Returns how many of them there are.
    """
    tensors = load_file(source)
    kept = {k: t.half() if t.dtype == torch.float32 else t for k, t in tensors.items()}
    save_file(kept, target)
    target.chmod(0o644)
    return sum(t.numel() for t in tensors.values() if t.dtype == torch.float32)


def held_out(run: Path) -> Iterator[str]:
    """Lines of a Markdown table: bits a note of the run's models by side and source."""
    found = data.load(run / "dataset.safetensors")
    config = MelodyConfig.from_json(json.loads((run / "config.json").read_text()))
    network = MelodyLSTM(config)
    network.load_state_dict(load_file(run / "weights.safetensors"))
    network.eval()
    baseline = MarkovMelody.kept(
        (run / "ppm" / "weights.safetensors").read_bytes(),
        PPMConfig.from_json(json.loads((run / "ppm" / "config.json").read_text())),
    )
    models = {
        LSTM: network_bits(network),
        PPM: lambda tune: baseline.bits(tune.columns()),
        ADAPTIVE: lambda tune: baseline.adaptive_bits(tune.columns()),
    }
    yield f"| side | source | tunes | notes | {' | '.join(models)} |"
    yield f"|---|---|---|---|{'---|' * len(models)}"
    for side in ("test", "valid"):
        measured: dict[str, list[tuple[int, list[float]]]] = {}
        for tune, source, split in zip(found.tunes, found.sources, found.splits, strict=True):
            if split == side:
                rows = figures([tune], models)
                cell = (tune.notes, [row.bits_per_note * tune.notes for row in rows])
                measured.setdefault(source, []).append(cell)
        everything = [cell for cells in measured.values() for cell in cells]
        for source, cells in {"all": everything, **measured}.items():
            notes = sum(count for count, _ in cells)
            means = (sum(bits[i] for _, bits in cells) / notes for i in range(len(models)))
            line = " | ".join(f"{mean:.3f}" for mean in means)
            yield f"| {side} | {source} | {len(cells)} | {notes} | {line} |"


def main(arguments: list[str] | None = None) -> int:
    """Publish a run, or with --table only print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--zoo", type=Path, default=ZOO)
    parser.add_argument("--table", action="store_true", help="print figures, publish nothing")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if not options.table:
        publish(options.run, options.zoo)
    for line in held_out(options.run):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
