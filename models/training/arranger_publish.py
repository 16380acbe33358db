"""Put a finished arranger run into the zoo: `python -m antiphon.models.training.arranger_publish`.

The card is for people to write; the names of the held-out pieces are kept beside the weights.
"""

import argparse
import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from safetensors.torch import load_file, save_file

from antiphon.models.catalog import ZOO, About, write_about
from antiphon.models.training import arranger_data

NAME = "arranger"
TASKS = ("fill", "vary", "generate", "bass", "accompany", "arrange", "continue")
SOURCES = (
    "POP909, Z. Wang, K. Chen, J. Jiang et al., Music X Lab (MIT)",
    "Freedoom, OpenMSX and simutrans music (BSD-3-Clause, GPL-2.0, Artistic 1.0)",
    "OpenScore Lieder Corpus, M. Gotham et al. (CC0 1.0)",
    "OpenScore String Quartets (CC0 1.0)",
    "Open Hymnal Project, B. J. Dumont (public domain)",
    "Nottingham Music Database, E. Foxley, J. Allwright; cleaned by Jukedeck (GPL-3.0)",
    "OpenEWLD, F. Simonetta (MIT; scores in the public domain)",
    "Mutopia Project, its contributors (public domain, CC BY)",
)


def publish(run: Path, zoo: Path, figures: dict[str, str]) -> None:
    """Copy weights (in 16 bits), sizes, log and the held-out names of a run into a zoo."""
    folder = zoo / NAME
    folder.mkdir(parents=True, exist_ok=True)
    tensors = load_file(run / "weights.safetensors")
    target = folder / "weights.safetensors"
    save_file({name: tensor.half() for name, tensor in tensors.items()}, target)
    target.chmod(0o644)
    for name in ("config.json", "training.log"):
        shutil.copyfile(run / name, folder / name)
    held: dict[str, list[str]] = {}
    for source, side, name in arranger_data.listed(run / "pieces.safetensors"):
        names = held.setdefault(source, [])
        if side == "test" and name not in names:
            names.append(name)
    text = json.dumps(held, indent=1, ensure_ascii=False)
    (folder / "held_out.json").write_text(text + "\n")
    about = About(
        NAME, NAME, TASKS, sha256(target.read_bytes()).hexdigest(), SOURCES, rank=5,
        parameters=sum(tensor.numel() for tensor in tensors.values()), figures=figures,
        ranks={"continue": 1},
    )  # fmt: skip
    write_about(about, folder)


def main(arguments: list[str] | None = None) -> int:
    """Publish a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--zoo", type=Path, default=ZOO)
    parser.add_argument("--figures", type=Path, help="JSON file of figures for the catalog")
    options = parser.parse_args(arguments)
    figures = json.loads(options.figures.read_text()) if options.figures else {}
    publish(options.run, options.zoo, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
