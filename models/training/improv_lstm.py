"""Train the network that plays over chords: `python -m antiphon.models.training.improv_lstm`.

Its tunes are the melodies with chord symbols of three sets (`SOURCES`), on the sides of the split
that `antiphon.models.training.melody_data` keeps. Some tunes are heard without their chords, so
that the network also plays where none are given.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import melody_part
from antiphon.models.encoding.steps import CHORD_SIZE, Stepped, stepped
from antiphon.models.networks.improv_lstm import improv_network
from antiphon.models.training.chords_data import ORIGINS, _labelled, _phrases
from antiphon.models.training.corpus import SPLITS
from antiphon.models.training.melody_data import SIDES
from antiphon.models.training.melody_rnn import batches, judge_of, loss
from antiphon.models.training.timed import LOG, Run, begin, parser_of

SOURCES = ("nottingham", "openewld", "pop909")
SHEETS = "sheets.safetensors"
# Of the training files of a set only every so many are read: their tunes are far longer.
_EVERY = {"pop909": 12, "openewld": 3}
# How many of the tunes of an epoch are heard without chords.
_SILENCED = 0.15


def read_sheets(data: Path, sides: dict[str, str]) -> Iterator[tuple[str, str, Stepped]]:
    """(name, side, steps with chords) of every tune with chords that has a side."""
    files = {name.rpartition("#")[0] for name in sides}
    for origin in ORIGINS:
        if origin.name not in SOURCES:
            continue
        paths = sorted(data.glob(origin.pattern))
        for index, path in enumerate(paths):
            name = f"{origin.name}/{path.name}"
            is_held_out = sides.get(f"{name}#0") in SPLITS[1:]
            # One held-out file in two is enough to judge by.
            every = 2 if is_held_out else _EVERY.get(origin.name, 1)
            if name not in files or (index % every and origin.name in _EVERY):
                continue
            try:
                chorded = list(_chorded(path, origin.name))
            except (AntiphonError, ValueError, KeyError) as error:
                LOG.info("not read: %s: %s", path.name, error)
                continue
            for number, tune in chorded:
                name = f"{origin.name}/{path.name}#{number}"
                if name in sides:
                    yield name, sides[name], tune


def _chorded(path: Path, source: str) -> Iterator[tuple[int, Stepped]]:
    for index, phrase in enumerate(_phrases(path)):
        part = melody_part(phrase)
        chords: tuple[ChordSymbol, ...] = _labelled(path) if source == "pop909" else phrase.chords
        if part is None or len(chords) < 4:
            continue
        melody = melody_of(phrase, part)
        if len(melody.tones) >= 12:
            yield index, stepped(melody, chords)


def silenced(tune: Stepped) -> Stepped:
    """The same tune as if no chord were given."""
    none = np.zeros((len(tune.symbols), CHORD_SIZE), np.float32)
    none[:, 12] = 1
    return replace(tune, chords=none)


def save(rows: Sequence[tuple[str, str, Stepped]], path: Path) -> None:
    """Keep tunes in steps as one safetensors file, their names in a JSON file beside it."""
    arrays: dict[str, NDArray[Any]] = {
        "rows": np.concatenate([t.rows for _, _, t in rows]).astype(np.int16),
        "symbols": np.concatenate([t.symbols for _, _, t in rows]).astype(np.uint8),
        "chords": np.concatenate([t.chords for _, _, t in rows]).astype(np.uint8),
        "lengths": np.array([len(t.symbols) for _, _, t in rows]),
        "exact": np.array([t.is_exact for _, _, t in rows], np.uint8),
        "ticks": np.array([t.ticks for _, _, t in rows]),
        "splits": np.array([SPLITS.index(side) for _, side, _ in rows]),
    }
    save_file(arrays, path)
    path.with_suffix(".json").write_text(json.dumps([name for name, _, _ in rows]))


def load(path: Path) -> list[tuple[str, str, Stepped]]:
    """The tunes kept by `save`."""
    arrays = load_file(path)
    cuts = np.cumsum(arrays["lengths"])[:-1]
    rows, symbols, chords = (np.split(arrays[k], cuts) for k in ("rows", "symbols", "chords"))
    names = json.loads(path.with_suffix(".json").read_text())
    return [
        (
            name,
            SPLITS[arrays["splits"][i]],
            Stepped(
                rows[i].astype(np.int64), symbols[i].astype(np.int64),
                chords[i].astype(np.float32), bool(arrays["exact"][i]), int(arrays["ticks"][i]),
            ),
        )
        for i, name in enumerate(names)
    ]  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent."""
    parser = parser_of(__doc__, minutes=8, rate=5e-3)
    options = parser.parse_args(arguments)
    begin(options)
    found = kept_sheets(options.data, options.corpus)
    for side in SPLITS:
        own = [tune for _, s, tune in found if s == side]
        LOG.info("%s: %d tunes, %d steps", side, len(own), sum(len(t.symbols) for t in own))
    train = [tune for _, side, tune in found if side == "train"]
    valid = [tune for _, side, tune in found if side == "valid"]
    network = improv_network()
    (options.out / "config.json").write_text(json.dumps(network.config.to_json()) + "\n")

    def epoch_of(epoch: int) -> Iterator[tuple[Tensor, ...]]:
        draw = np.random.default_rng(options.seed + epoch)
        heard = [silenced(t) if draw.random() < _SILENCED else t for t in train]
        return batches(heard, options.seed + epoch)

    run = Run(network, options, loss, judge_of(valid))
    run.train(epoch_of)
    return 0


def kept_sheets(data: Path | None, corpus_folder: Path) -> list[tuple[str, str, Stepped]]:
    """(name, side, steps) of the tunes with chords, read from `data` once and then kept."""
    kept = corpus_folder / SHEETS
    if not kept.is_file() and data is not None:
        sides = json.loads((corpus_folder / SIDES).read_text())
        save(list(read_sheets(data, sides)), kept)
    return load(kept)


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main())
