"""Put a finished chorale run into the zoo: `python -m antiphon.models.training.chorale_publish`.

Weights (16-bit), sizes, log and `model.json` are written; with `--data` the figures are measured
and kept as well. The card is for people to write.
"""

import argparse
import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from antiphon.models.catalog import ZOO, About, write_about
from antiphon.models.evaluation.chorales import NAME, report_on
from antiphon.models.evaluation.report import Report, markdown, write_json
from antiphon.models.networks.chorale import ChoraleConfig, ChoraleNetwork
from antiphon.models.tasks.chorale import ChoraleWriter, writer_of
from antiphon.models.training.chorale_data import CREDITS

_RANK = 20


def publish(run: Path, zoo: Path) -> Path:
    """Copy a run's weights, sizes and log into a zoo; the folder of the model there."""
    folder = zoo / NAME
    folder.mkdir(parents=True, exist_ok=True)
    tensors = load_file(run / "weights.safetensors")
    kept = {k: t.half() if t.dtype == torch.float32 else t for k, t in tensors.items()}
    save_file(kept, folder / "weights.safetensors")
    (folder / "weights.safetensors").chmod(0o644)
    shutil.copyfile(run / "config.json", folder / "config.json")
    if (run / "training.log").is_file():
        shutil.copyfile(run / "training.log", folder / "training.log")
    _describe(folder, sum(tensor.numel() for tensor in tensors.values()), {})
    return folder


def _describe(folder: Path, parameters: int, figures: dict[str, str]) -> None:
    digest = sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    write_about(
        About(
            name=NAME,
            kind=NAME,
            tasks=("harmonize",),
            sha256=digest,
            sources=tuple(CREDITS.values()),
            rank=_RANK,
            parameters=parameters,
            figures=figures,
        ),
        folder,
    )


def writer_in(folder: Path) -> ChoraleWriter:
    """The writer of a model's folder."""
    config = ChoraleConfig.from_json(json.loads((folder / "config.json").read_text()))
    network = ChoraleNetwork(config)
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    return writer_of(network)


def shown(report: Report) -> dict[str, str]:
    """The figures of a report that a list of models can show."""
    model, baseline = report.tables[0].rows[:2]
    at = {name: place for place, name in enumerate(report.tables[0].columns)}
    return {
        "nats a voice and slot, Bach's test chorales": (
            f"{model[at['joint']]:.3f} (bigram {baseline[at['joint']]:.3f})"
        ),
        "nats a changed slot": (
            f"{model[at['changed slots']]:.3f} (bigram {baseline[at['changed slots']]:.3f})"
        ),
    }


def main(arguments: list[str] | None = None) -> int:
    """Publish a run; with --data and --figures measure it on the held-out side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--zoo", type=Path, default=ZOO)
    parser.add_argument("--data", type=Path, help="folder that holds the data sets")
    parser.add_argument("--figures", type=Path, help="folder for chorales.md and chorales.json")
    parser.add_argument("--pieces", type=int, help="harmonize only so many test pieces")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    folder = publish(options.run, options.zoo)
    if options.data is not None:
        writer = writer_in(folder)
        report = report_on(options.data, writer, options.pieces)
        sys.stdout.write("\n".join(markdown(report)) + "\n")
        parameters = sum(p.numel() for p in writer.steps.network.parameters())
        _describe(folder, parameters, shown(report))
        if options.figures is not None:
            (options.figures / "chorales.md").write_text("\n".join(markdown(report)) + "\n")
            write_json(report, options.figures / "chorales.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
