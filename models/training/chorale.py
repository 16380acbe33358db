"""Train the chorale network: `python -m antiphon.models.training.chorale --data FOLDER --out DIR`.

The learning rate falls with the time budget (`--minutes`); progress is kept every two minutes
and taken up again by the same command. The best running mean on the validation side is kept.
"""

import argparse
import copy
import json
import logging
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from antiphon.models.encoding import satb
from antiphon.models.networks.chorale import ChoraleConfig, ChoraleNetwork
from antiphon.models.training.chorale_batches import (
    UNKNOWN_ATTACK,
    Batch,
    Grid,
    Sampler,
    before_rows,
    grid_of,
)
from antiphon.models.training.chorale_data import load_pieces

_LOG = logging.getLogger("antiphon.training")
_NEWEST = 0.002


@dataclass(slots=True)
class Progress:
    """Where a run stands: seconds and steps spent, the best validation figure so far."""

    seconds: float = 0.0
    step: int = 0
    best: float = math.inf
    judged: float = 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """Nats a cell: all four voices together; lower voices under the soprano; where pitches move."""

    joint: float
    changed: float
    under_soprano: float

    @property
    def total(self) -> float:
        """What the best weights are chosen by."""
        return self.joint + self.under_soprano


def whole(grid: Grid, given: tuple[int, ...] = ()) -> Batch:
    """A whole piece as a batch of one, some voices given; places and style as in the grid."""
    symbols = satb.to_symbols(grid.numbers)
    count = len(symbols)
    shown = np.full_like(symbols, satb.UNKNOWN)
    wanted = np.ones_like(symbols)
    for voice in given:
        shown[:, voice], wanted[:, voice] = symbols[:, voice], 0
    attacks = grid.attacks[:, 0] if given == (0,) else np.full(count, UNKNOWN_ATTACK)
    unknown = np.full(count, satb.CHORD_UNKNOWN)
    style = np.full(count, grid.style)
    rows = np.stack((*shown.T, grid.within, grid.beat, unknown, style, attacks), 1)
    before = before_rows(symbols, grid.held, grid.labels)
    return Batch(rows[None], before[None], symbols[None], wanted[None])


def nats(network: ChoraleNetwork, batch: Batch) -> Tensor:
    """Nats (batch, slots, 4) of the wanted cells, 0 elsewhere."""
    arrays = (torch.from_numpy(a) for a in (batch.rows, batch.before, batch.symbols))
    found: Tensor = network(*arrays) * torch.from_numpy(batch.wanted)
    return found


def score(network: ChoraleNetwork, grids: list[Grid]) -> Score:
    """The figures of a network over whole pieces."""
    network.eval()
    joint = changed = given = 0.0
    cells = moves = 0
    with torch.inference_mode():
        for grid in grids:
            found = nats(network, whole(grid))[0]
            moved = torch.from_numpy(np.diff(grid.numbers, axis=0, prepend=-1) != 0)
            joint += float(found.sum())
            changed += float(found[moved].sum())
            cells, moves = cells + found.numel(), moves + int(moved.sum())
            given += float(nats(network, whole(grid, (0,))).sum())
    return Score(joint / cells, changed / max(1, moves), given / (cells * 3 / 4))


class Trainer:
    """One training run in a folder: network, optimiser, progress, all of it kept there."""

    def __init__(self, network: ChoraleNetwork, folder: Path, options: argparse.Namespace) -> None:
        self.network, self.folder, self.options = network, folder, options
        # The running mean of the weights is judged and shipped (Polyak and Juditsky 1992).
        self.mean = copy.deepcopy(network)
        decayed = [p for p in network.parameters() if p.dim() > 1]
        plain = [p for p in network.parameters() if p.dim() <= 1]
        groups = [
            {"params": decayed, "weight_decay": options.decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98))
        self.progress = Progress()

    def learning_rate(self) -> float:
        """A short warm-up, then a cosine down to a hundredth as the time budget is spent."""
        spent = min(1.0, self.progress.seconds / (self.options.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / 60)
        rate = float(self.options.rate)
        return rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * spent)))

    def run(self, train: list[Grid], valid: list[Grid]) -> None:
        """Train until the budget is spent, judging and keeping the state every two minutes."""
        options = self.options
        sampler = Sampler(train, options.batch, options.slots, options.seed + self.progress.step)
        seen = cells = 0.0
        while self.progress.seconds < options.minutes * 60:
            began = time.monotonic()
            loss, count = self._step(sampler.batch())
            seen, cells = seen + loss, cells + count
            self.progress.seconds += time.monotonic() - began
            self.progress.step += 1
            over = self.progress.seconds >= options.minutes * 60
            if over or self.progress.seconds - self.progress.judged > options.every:
                self._judge(valid, seen / max(1, cells))
                seen = cells = 0.0

    def _step(self, batch: Batch) -> tuple[float, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.network.train()
        count = float(batch.wanted.sum())
        total = nats(self.network, batch).sum()
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(total / count)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        share = max(_NEWEST, 1 / (10 + self.progress.step))
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self.network.parameters(), strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, share)
        return float(total.detach()), count

    def _judge(self, valid: list[Grid], seen: float) -> None:
        found, progress = score(self.mean, valid), self.progress
        progress.judged = progress.seconds
        better = found.total < progress.best
        if better:
            progress.best = found.total
            save_file(self.mean.state_dict(), self.folder / "weights.safetensors")
        _LOG.info(
            "step %d, %.1f min, rate %.2g: train %.4f nats a cell; valid joint %.4f "
            "(changed %.3f), under the soprano %.4f%s",
            progress.step, progress.seconds / 60, self.learning_rate(), seen,
            found.joint, found.changed, found.under_soprano, " *" if better else "",
        )  # fmt: skip
        self.keep()

    def keep(self) -> None:
        """Write weights, their mean, the optimiser and the progress, so that a run can go on."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"mean.{k}": v for k, v in self.mean.state_dict().items()}
        for index, parameter in enumerate(self.network.parameters()):
            state = self.optimiser.state.get(parameter, {})
            for moment in ("exp_avg", "exp_avg_sq", "step"):
                if moment in state:
                    tensors[f"{moment}.{index}"] = state[moment]
        path = self.folder / "latest.safetensors"
        save_file(tensors, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
        values = {f: getattr(self.progress, f) for f in ("seconds", "step", "best", "judged")}
        (self.folder / "latest.json").write_text(json.dumps(values))

    def resume(self) -> bool:
        """Take up the latest kept state of this folder, if there is one."""
        path = self.folder / "latest.safetensors"
        if not path.is_file():
            return False
        tensors = load_file(path)
        for prefix, network in (("network.", self.network), ("mean.", self.mean)):
            own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            network.load_state_dict(own)
        for index, parameter in enumerate(self.network.parameters()):
            if f"exp_avg.{index}" in tensors:
                moments = ("exp_avg", "exp_avg_sq", "step")
                self.optimiser.state[parameter] = {m: tensors[f"{m}.{index}"] for m in moments}
        self.progress = Progress(**json.loads((self.folder / "latest.json").read_text()))
        return True


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent; the best weights stay in the run's folder."""
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr),
        logging.FileHandler(options.out / "training.log"),
    ]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    pieces = load_pieces(options.data, options.out / "grids.safetensors")
    train = [grid_of(piece) for piece in pieces if piece.side == "train"]
    valid = [grid_of(p) for p in pieces if p.side == "valid" and p.source == "bach"]
    config = ChoraleConfig(
        options.embedding, options.encoder, options.hidden, options.head, options.dropout
    )
    network = ChoraleNetwork(config)
    (options.out / "config.json").write_text(json.dumps(config.to_json()))
    trainer = Trainer(network, options.out, options)
    resumed = trainer.resume()
    _LOG.info(
        "%s, %d parameters, %d pieces to train on (%d slots), %d to judge by",
        "resumed" if resumed else "new", sum(p.numel() for p in network.parameters()),
        len(train), sum(len(grid.within) for grid in train), len(valid),
    )  # fmt: skip
    told = {k: str(v) for k, v in sorted(vars(options).items()) if k not in ("data", "out")}
    _LOG.info("options %s", told)
    trainer.run(train, valid)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--minutes", type=float, default=30.0, help="time budget of training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32, help="crops in a batch")
    parser.add_argument("--slots", type=int, default=128, help="slots of a crop")
    parser.add_argument("--every", type=float, default=120, help="seconds between judgements")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--embedding", type=int, default=160)
    parser.add_argument("--encoder", type=int, default=128)
    parser.add_argument("--hidden", type=int, default=320)
    parser.add_argument("--head", type=int, default=192)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--decay", type=float, default=0.03, help="of the weights, by AdamW")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
