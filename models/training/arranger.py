"""Train the arranger: `python -m antiphon.models.training.arranger --data FOLDER --out DIR`.

DIR holds the pieces of `antiphon.models.training.arranger_data`, which are read from FOLDER
where they are missing. The learning rate falls with the time budget (`--minutes`); progress is
kept every two minutes and taken up again by the same command.
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

import torch
from safetensors.torch import load_file, save_file

from antiphon.models.networks.arranger import Arranger, ArrangerConfig, Batch
from antiphon.models.training import arranger_data
from antiphon.models.training.arranger_read import Piece
from antiphon.models.training.arranger_windows import Library, collated

_LOG = logging.getLogger("antiphon.training")
_BITS = 1 / math.log(2)
_NEWEST = 0.002
_KEEP_SECONDS, _JUDGE_SECONDS = 120, 240
_VALID_WINDOWS = 20


@dataclass(slots=True)
class Progress:
    """Where a run stands: seconds spent, steps done, best validation bits a note."""

    seconds: float = 0.0
    step: int = 0
    best: float = math.inf


@dataclass(frozen=True, slots=True)
class Score:
    """Bits a note over some windows: all, and the shares of position, pitch and duration."""

    total: float
    position: float
    pitch: float
    duration: float


def score(network: Arranger, batches: list[Batch]) -> Score:
    """Bits a note of a network; the ends of measures are counted in the bits of positions."""
    network.eval()
    sums, notes = [0.0, 0.0, 0.0], 0
    with torch.inference_mode():
        for batch in batches:
            losses = network(batch)
            notes += len(losses[1])
            for index, loss in enumerate(losses):
                sums[index] += float(loss.double().sum()) * _BITS
    network.train()
    parts = [value / max(1, notes) for value in sums]
    return Score(sum(parts), *parts)


class Trainer:
    """One training run in a folder: network, running mean, optimiser and progress."""

    def __init__(self, network: Arranger, folder: Path, options: argparse.Namespace) -> None:
        self.network, self.folder, self.options = network, folder, options
        self.mean = copy.deepcopy(network)
        decayed = [p for p in network.parameters() if p.dim() > 1]
        plain = [p for p in network.parameters() if p.dim() <= 1]
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98))
        self.progress = Progress()

    def learning_rate(self) -> float:
        """A short warm-up, then a cosine down to a fiftieth as the time budget is spent."""
        spent = min(1.0, self.progress.seconds / (self.options.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / 100)
        return float(self.options.rate) * warm * (0.02 + 0.49 * (1 + math.cos(math.pi * spent)))

    def run(self, library: Library, valid: dict[str, list[Batch]]) -> None:
        """Train until the time budget is spent; the best weights so far are kept."""
        kept = judged = logged = time.monotonic()
        bits, notes = 0.0, 0
        while self.progress.seconds < self.options.minutes * 60:
            began = time.monotonic()
            loss, count = self.step(library.batch(self.options.batch))
            bits, notes = bits + loss * _BITS, notes + count
            now = time.monotonic()
            self.progress.seconds += now - began
            if now - logged > 60:
                _LOG.info(
                    "step %d, %.1f min, %d notes: %.3f bits a note", self.progress.step,
                    self.progress.seconds / 60, notes, bits / max(1, notes),
                )  # fmt: skip
                logged, bits, notes = now, 0.0, 0
            if now - judged > _JUDGE_SECONDS:
                self.judge(valid)
                judged = time.monotonic()
            if now - kept > _KEEP_SECONDS:
                self.keep()
                kept = time.monotonic()
        self.judge(valid)
        self.keep()

    def step(self, batch: Batch) -> tuple[float, int]:
        """One step of the optimiser; the batch's loss in nats and its notes."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        losses = self.network(batch)
        total = torch.stack([loss.sum() for loss in losses]).sum()
        count = len(losses[1])
        self.optimiser.zero_grad(set_to_none=True)
        (total / max(1, len(losses[0]))).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.progress.step += 1
        share = max(_NEWEST, 1 / (10 + self.progress.step))
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self.network.parameters(), strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, share)
        return float(total.detach()), count

    def judge(self, valid: dict[str, list[Batch]]) -> None:
        """Measure the running mean on the validation side and keep it where it is the best."""
        scores = {source: score(self.mean, batches) for source, batches in valid.items()}
        total = sum(found.total for found in scores.values()) / max(1, len(scores))
        better = total < self.progress.best
        if better:
            self.progress.best = total
            save_file(self.mean.state_dict(), self.folder / "weights.safetensors")
        for source, found in scores.items():
            _LOG.info(
                "valid %-18s %.3f bits a note (position %.3f, pitch %.3f, duration %.3f)",
                source, found.total, found.position, found.pitch, found.duration,
            )  # fmt: skip
        _LOG.info("valid mean %.4f bits a note%s", total, " *" if better else "")

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
        values = {f: getattr(self.progress, f) for f in ("seconds", "step", "best")}
        (self.folder / "latest.json").write_text(json.dumps(values))

    def resume(self) -> bool:
        """Take up the latest kept state of this folder, if there is one."""
        path = self.folder / "latest.safetensors"
        if not path.is_file():
            return False
        tensors = load_file(path)
        for prefix, network in (("network.", self.network), ("mean.", self.mean)):
            network.load_state_dict(
                {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            )
        moments = ("exp_avg", "exp_avg_sq", "step")
        for index, parameter in enumerate(self.network.parameters()):
            if f"exp_avg.{index}" in tensors:
                self.optimiser.state[parameter] = {m: tensors[f"{m}.{index}"] for m in moments}
        self.progress = Progress(**json.loads((self.folder / "latest.json").read_text()))
        return True


def validation(pieces: list[Piece]) -> dict[str, list[Batch]]:
    """Fixed windows of the validation side by source."""
    library = Library([piece for piece in pieces if piece.side == "valid"], 1)
    return {
        source: [
            collated([library.window(source) for _ in range(_VALID_WINDOWS // 2)]) for _ in range(2)
        ]
        for source in library.sources
    }


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
    cache = options.out / "pieces.safetensors"
    if not cache.is_file():
        arranger_data.main(["--data", str(options.data), "--out", str(options.out)])
    pieces = arranger_data.load(cache)
    config = ArrangerConfig()
    network = Arranger(config)
    (options.out / "config.json").write_text(json.dumps(config.to_json()) + "\n")
    trainer = Trainer(network, options.out, options)
    resumed = trainer.resume()
    count = sum(p.numel() for p in network.parameters())
    _LOG.info("%s, %d parameters", "resumed" if resumed else "new", count)
    valid = validation(pieces)
    seed = options.seed + trainer.progress.step
    trainer.run(Library([piece for piece in pieces if piece.side == "train"], seed), valid)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--minutes", type=float, default=45.0, help="time budget of training")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16, help="windows in a batch")
    parser.add_argument("--rate", type=float, default=2e-3)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
