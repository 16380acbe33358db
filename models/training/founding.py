"""Put the runs of the founding networks into the zoo.

`python -m antiphon.models.training.founding --runs DIR` copies DIR/elman, DIR/abc-lstm,
DIR/melody-rnn and DIR/improv-lstm where they are; the cards are for people to write. Figures
are taken from the reports that `antiphon.models.evaluation` keeps (--figures DIR).
"""

import argparse
import json
import sys
from pathlib import Path

from antiphon.models.catalog import ZOO, About
from antiphon.models.training.abc_lstm import ABC_SOURCES
from antiphon.models.training.corpus import SOURCES
from antiphon.models.training.improv_lstm import SOURCES as CHORD_SOURCES
from antiphon.models.training.publish import put

# Tasks and training sets of each; they answer where they are named, and stand last elsewhere.
_ALL = tuple(source.name for source in SOURCES)
MODELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "elman": (("continue",), _ALL),
    "abc-lstm": (("generate", "continue"), ABC_SOURCES),
    "melody-rnn": (("generate", "continue"), _ALL),
    "improv-lstm": (("generate", "continue"), CHORD_SOURCES),
}
_LABELS = {
    "elman": ("elman",),
    "abc-lstm": ("abc-lstm", "abc-lstm, grammar mask", "abc-lstm, no mask"),
    "melody-rnn": ("melody-rnn",),
    "improv-lstm": ("improv-lstm", "improv-lstm, chords heard", "improv-lstm, no chords"),
}


def publish(name: str, run: Path, zoo: Path, figures: Path | None) -> None:
    """Copy one run into a zoo and write its `model.json`."""
    tasks, sets = MODELS[name]
    credits_ = tuple(f"{s.credit} ({s.licence})" for s in SOURCES if s.name in sets)
    about = About(
        name, name, tasks, "", credits_, rank=0,
        figures=figures_of(_LABELS[name], figures) if figures else {},
    )  # fmt: skip
    put(run, zoo / name, about)


def figures_of(labels: tuple[str, ...], folder: Path) -> dict[str, str]:
    """The rows of the kept reports `melody.json` and `abc.json` that begin with a label."""
    found: dict[str, str] = {}
    for path in (folder / "melody.json", folder / "abc.json"):
        if not path.is_file():
            continue
        for table in json.loads(path.read_text())["tables"]:
            for row in table["rows"]:
                if row[0] in labels:
                    cells = zip(table["columns"][1:], row[1:], strict=True)
                    told = ", ".join(
                        f"{column} {round(cell, 3) if isinstance(cell, float) else cell}"
                        for column, cell in cells
                        if cell is not None
                    )
                    found[f"{table['title']}: {row[0]}"] = told
    return found


def main(arguments: list[str] | None = None) -> int:
    """Publish every run that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--zoo", type=Path, default=ZOO)
    parser.add_argument("--figures", type=Path, help="folder of melody.json and abc.json")
    options = parser.parse_args(arguments)
    for name in MODELS:
        if (options.runs / name / "weights.safetensors").is_file():
            publish(name, options.runs / name, options.zoo, options.figures)
            sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
