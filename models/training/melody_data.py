"""Read the melody corpus once for all: `python -m antiphon.models.training.melody_data`.

Writes `dataset.safetensors` in the shipped model's duration symbols, so that every model of a
melody is measured on the same events, and `sides.json`, the side of the split of each tune.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from antiphon.models.catalog import ZOO
from antiphon.models.encoding.vocabulary import Durations
from antiphon.models.training import dataset as data
from antiphon.models.training.corpus import Entry, read_corpus

SIDES = "sides.json"
DATASET = "dataset.safetensors"


def shipped_durations() -> Durations:
    """The duration symbols of the shipped melody network."""
    config = json.loads((ZOO / "melody-lstm" / "config.json").read_text())
    return Durations(tuple(config["durations"]))


def sides_of(entries: Sequence[Entry]) -> dict[str, str]:
    """The side of each tune by "source/file name#number in the file"."""
    return {
        f"{entry.source}/{entry.tune.path.name}#{entry.tune.index}": entry.split
        for entry in entries
    }


def main(arguments: list[str] | None = None) -> int:
    """Read, encode and keep the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder to keep it in")
    parser.add_argument("--sources", nargs="*", default=(), help="only these data sets")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    entries, faults = read_corpus(options.data, options.sources)
    for fault in faults:
        sys.stderr.write(f"not read: {fault}\n")
    (options.out / SIDES).write_text(json.dumps(sides_of(entries), indent=0) + "\n")
    data.save(data.build(entries, shipped_durations()), options.out / DATASET)
    sys.stderr.write(f"{len(entries)} tunes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
