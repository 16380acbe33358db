"""Put a GAN run into the zoo: `python -m antiphon.models.training.bar_gan_publish --run DIR`.

The pair that was trained with the Wasserstein objective ships; the card is for people to write.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from antiphon.models.catalog import ZOO, About
from antiphon.models.training.drums_data import SOURCES as DRUM_SOURCES
from antiphon.models.training.publish import put

_PIANO_SOURCES = ("POP909, Z. Wang, K. Chen, J. Jiang et al., Music X Lab (MIT)",)


def publish(run: Path, zoo: Path, kind: str, figures: dict[str, str]) -> Path:
    """Copy the pair of a run of a kind, "drums" or "piano", into a zoo; returns its folder."""
    folder = zoo / f"bar-gan-{kind}"
    about = About(
        f"bar-gan-{kind}",
        "bar-gan",
        ("drums",) if kind == "drums" else ("accompany",),
        "",
        DRUM_SOURCES if kind == "drums" else _PIANO_SOURCES,
        figures=figures,
    )
    put(run / "wasserstein", folder, about)
    shutil.copyfile(run / "training.log", folder / "training.log")
    return folder


def main(arguments: list[str] | None = None) -> int:
    """Publish a run with the figures of its evaluation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("drums", "piano"), default="drums")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True, help="gan-KIND.json")
    parser.add_argument("--zoo", type=Path, default=ZOO)
    options = parser.parse_args(arguments)
    rows = {row[0]: row for row in json.loads(options.report.read_text())["tables"][0]["rows"]}
    told = ", ".join(f"{name} {row[1]:.3f}" for name, row in rows.items())
    figures = {
        "AUC of telling its measures from real ones": told,
        "critic's choice looks more real": f"{rows['wasserstein'][3]:.0%}",
    }
    publish(options.run, options.zoo, options.kind, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
