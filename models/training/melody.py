"""Train the melody network: `python -m antiphon.models.training.melody --data FOLDER --out DIR`.

The learning rate falls with the time budget (`--minutes`), so that the same command suits any
machine; progress is kept every few minutes and taken up again by the same command.
"""

import argparse
import json
import logging
import sys
from pathlib import Path

import numpy as np
import torch

from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM
from antiphon.models.training import dataset as data
from antiphon.models.training.corpus import read_corpus
from antiphon.models.training.loop import Loop, Plan
from antiphon.models.training.train_log import tell_people

_LOG = logging.getLogger("antiphon.training")


def prepared(options: argparse.Namespace) -> data.Dataset:
    """The data set of the run, read from the tunes once and then from its cache."""
    cache = options.out / "dataset.safetensors"
    if cache.is_file():
        return data.load(cache)
    entries, faults = read_corpus(options.data, options.sources or ())
    for fault in faults:
        _LOG.info("not read: %s", fault)
    found = data.build(entries)
    data.save(found, cache)
    return found


def describe(found: data.Dataset) -> None:
    """Log how many tunes and notes each source gives to each side of the split."""
    table: dict[tuple[str, str], list[int]] = {}
    for tune, source, split in zip(found.tunes, found.sources, found.splits, strict=True):
        cell = table.setdefault((source, split), [0, 0])
        cell[0] += 1
        cell[1] += tune.notes
    for (source, split), (tunes, notes) in sorted(table.items()):
        _LOG.info("%-17s %-5s %5d tunes %8d notes", source, split, tunes, notes)
    _LOG.info("data %s, %d duration symbols", data.digest(found), len(found.durations.values))


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent, then keep the best weights as safetensors."""
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr),
        logging.FileHandler(options.out / "training.log"),
    ]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    found = prepared(options)
    describe(found)
    config = MelodyConfig(
        found.durations.values, options.embedding, options.hidden, head=options.head,
        dropout=options.dropout,
    )  # fmt: skip
    network = MelodyLSTM(config)
    (options.out / "config.json").write_text(json.dumps(config.to_json()))
    _LOG.info(
        "options %s",
        {k: str(v) for k, v in sorted(vars(options).items()) if k not in ("data", "out")},
    )
    plan = Plan(
        options.minutes, options.epochs, options.seed, options.batch, options.longest, options.rate
    )
    loop = Loop(network, options.out, plan, tell=tell_people)
    loop.run(found.side("train"), found.side("valid"))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--sources", nargs="*", help="only these data sets")
    parser.add_argument("--minutes", type=float, default=70.0, help="time budget of training")
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1024, help="events in a batch")
    parser.add_argument("--longest", type=int, default=128, help="events in a piece of a tune")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--embedding", type=int, default=256)
    parser.add_argument("--hidden", type=int, default=320)
    parser.add_argument("--head", type=int, default=256)
    parser.add_argument("--dropout", type=float, default=0.3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
