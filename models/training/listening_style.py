"""Train the style model on measured music: `python -m … listening_style FEATURES [--zoo DIR]`.

A network of one hidden layer over standardised features, classes weighed evenly, early stopping
on a fifth of the training groups. Published as safetensors with what was measured on the test
side in `model.json`.
"""

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import nn

from antiphon.models.catalog import ZOO, About, write_about
from antiphon.models.evaluation.listening_style import scores
from antiphon.models.training.listening_data import VIEWS, side_of

NAME = "listening"
HIDDEN = 48
_SOURCES = (
    "Nottingham Music Database, E. Foxley, J. Allwright; cleaned by Jukedeck (GPL-3.0)",
    "Ryan's Mammoth Collection, O'Neill's Music of Ireland, Aird's Airs, Bach chorales in "
    "music21's corpus (free to use)",
    "OpenEWLD, F. Simonetta (MIT; scores in the public domain)",
    "Open Hymnal Project, B. J. Dumont (public domain)",
    "POP909, Z. Wang, K. Chen, J. Jiang et al., Music X Lab (MIT)",
    "Freedoom's music (BSD-3-Clause)",
    "Mutopia Project, its pieces in the public domain or under CC BY",
    "OpenScore Lieder and String Quartets, M. Gotham et al. (CC0 1.0)",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Features of views of pieces: a row a view, with its piece, view, style and side."""

    names: tuple[str, ...]
    values: np.ndarray
    piece: np.ndarray
    view: np.ndarray
    style: np.ndarray
    styles: tuple[str, ...]
    groups: tuple[str, ...]

    def is_test(self) -> np.ndarray:
        """Whether each row is kept for tests."""
        sides = np.array([side_of(group) == "test" for group in self.groups])
        found: np.ndarray = sides[self.piece]
        return found


def measured(path: Path) -> Measured:
    """What `listening_data` kept."""
    with safe_open(path, "np") as file:
        told = file.metadata()
        pieces = json.loads(told["pieces"])
        styles = tuple(sorted({row[2] for row in pieces}))
        piece = file.get_tensor("piece")
        style = np.array([styles.index(pieces[int(i)][2]) for i in piece])
        names = json.loads(told["names"])
        # Only one style's sets have drums, so drums would be all that it is known by.
        kept = [i for i, name in enumerate(names) if not name.startswith("drum")]
        return Measured(
            tuple(names[i] for i in kept), file.get_tensor("values")[:, kept].astype(np.float64),
            piece, file.get_tensor("view"), style, styles, tuple(row[3] for row in pieces),
        )  # fmt: skip


def train(data: Measured, rows: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """The tensors of a network trained on some rows, stopped on a fifth of their groups."""
    torch.manual_seed(seed)
    held = np.array([sha256(f"stop/{g}".encode()).digest()[0] % 6 == 0 for g in data.groups])
    stop = rows & held[data.piece]
    own = rows & ~stop
    mean, spread = data.values[own].mean(0), data.values[own].std(0) + 1e-3
    scaled = np.clip((data.values - mean) / spread, -4, 4)
    x, y = torch.tensor(scaled, dtype=torch.float32), torch.tensor(data.style)
    counts = np.maximum(1, np.bincount(data.style[own], minlength=len(data.styles)))
    weight = torch.tensor((counts.mean() / counts) ** 0.5, dtype=torch.float32)
    net = nn.Sequential(
        nn.Dropout(0.15), nn.Linear(x.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(HIDDEN, len(data.styles)),
    )  # fmt: skip
    best, kept = -1.0, {name: t.clone() for name, t in net.state_dict().items()}
    steps = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    index = np.flatnonzero(own)
    rng = np.random.default_rng(seed)
    for _ in range(60):
        net.train()
        rng.shuffle(index)
        for start in range(0, len(index), 128):
            batch = torch.tensor(index[start : start + 128])
            noisy = x[batch] + 0.1 * torch.randn(len(batch), x.shape[1])
            loss = nn.functional.cross_entropy(
                net(noisy), y[batch], weight=weight, label_smoothing=0.05
            )
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
        net.eval()
        with torch.no_grad():
            told = net(x[torch.tensor(np.flatnonzero(stop))]).argmax(1).numpy()
        f1 = scores(data.style[stop], told, len(data.styles))[1]
        if f1 > best:
            best, kept = f1, {name: t.clone() for name, t in net.state_dict().items()}
    return {
        "mean": mean, "spread": spread, "hidden": kept["1.weight"].numpy().T,
        "hidden_bias": kept["1.bias"].numpy(), "out": kept["4.weight"].numpy().T,
        "out_bias": kept["4.bias"].numpy(),
    }  # fmt: skip


def answers(tensors: dict[str, np.ndarray], values: np.ndarray) -> np.ndarray:
    """The number of the likeliest style of each row of features."""
    scaled = np.clip((values - tensors["mean"]) / tensors["spread"], -4, 4)
    hidden = np.maximum(scaled @ tensors["hidden"] + tensors["hidden_bias"], 0)
    found: np.ndarray = (hidden @ tensors["out"] + tensors["out_bias"]).argmax(1)
    return found


def publish(data: Measured, tensors: dict[str, np.ndarray], zoo: Path) -> dict[str, str]:
    """Write weights, config and `model.json`; the card is for people to write."""
    folder = zoo / NAME
    folder.mkdir(parents=True, exist_ok=True)
    told = {name: np.ascontiguousarray(value.astype(np.float32)) for name, value in tensors.items()}
    save_file(told, folder / "weights.safetensors")
    (folder / "weights.safetensors").chmod(0o644)
    config = {"features": data.names, "styles": data.styles, "hidden": HIDDEN}
    (folder / "config.json").write_text(json.dumps(config) + "\n")
    test = data.is_test()
    figures = {}
    for number, view in enumerate(VIEWS):
        rows = test & (data.view == number)
        right, f1 = scores(data.style[rows], answers(tensors, data.values[rows]), len(data.styles))
        figures[f"style of a {view}, held-out works and composers"] = (
            f"accuracy {right:.3f}, macro-F1 {f1:.3f} ({int(rows.sum())})"
        )
    about = About(
        NAME, "listening", (), sha256((folder / "weights.safetensors").read_bytes()).hexdigest(),
        _SOURCES, 0, sum(int(value.size) for value in told.values()), figures=figures,
    )  # fmt: skip
    write_about(about, folder)
    return figures


def main() -> int:
    """Train on the training side, publish, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("--zoo", type=Path, default=ZOO)
    parser.add_argument("--keep", type=Path, help="copy the features there for the evaluation")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = measured(options.features)
    tensors = train(data, ~data.is_test())
    for name, value in publish(data, tensors, options.zoo).items():
        sys.stdout.write(f"{name}: {value}\n")
    if options.keep is not None:
        shutil.copyfile(options.features, options.keep)
    return 0


if __name__ == "__main__":
    sys.exit(main())
