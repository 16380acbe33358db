"""Training against the clock: a learning rate that falls with it, a mean of the weights, a state.

What is judged and kept is the running mean of the weights (Polyak and Juditsky 1992); the state
is written every two minutes, and the same command takes a stopped run up again.
"""

import argparse
import copy
import json
import logging
import math
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

LOG = logging.getLogger("antiphon.training")
NATS_TO_BITS = 1 / math.log(2)
_KEEP_EVERY = 120
# How much of the newest weights goes into their mean at each step.
_NEWEST = 0.01
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
# A batch to the sum of its losses in nats and the number of symbols.
Loss = Callable[[nn.Module, tuple[Tensor, ...]], tuple[Tensor, int]]


@dataclass(slots=True)
class Progress:
    """Where a run stands: seconds spent, epochs and steps done, best validation figure."""

    seconds: float = 0.0
    epoch: int = 0
    step: int = 0
    best: float = math.inf


class Run:
    """One training run in a folder; `judge` gives the validation figure, lower is better."""

    def __init__(
        self, network: nn.Module, options: argparse.Namespace, loss: Loss,
        judge: Callable[[nn.Module], float],
    ) -> None:  # fmt: skip
        self.network, self.mean = network, copy.deepcopy(network)
        self.options, self.loss, self.judge = options, loss, judge
        self.progress = Progress()
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01
        )

    def train(self, epochs: Callable[[int], Iterable[tuple[Tensor, ...]]]) -> None:
        """Train until the time budget or the epochs are spent; `epochs` gives the batches of one.

        The best mean of the weights so far is in `weights.safetensors`.
        """
        resumed = self._resume()
        count = sum(p.numel() for p in self.network.parameters())
        LOG.info("%s, %d parameters", "resumed" if resumed else "new", count)
        while self._has_time():
            seen = self._epoch(epochs(self.progress.epoch))
            self.mean.eval()
            figure, progress = self.judge(self.mean), self.progress
            better = figure < progress.best
            if better:
                progress.best = figure
                save_file(self.mean.state_dict(), self.options.out / "weights.safetensors")
            LOG.info(
                "epoch %d, %.1f min: train %.4f bits a symbol; valid %.4f%s",
                progress.epoch, progress.seconds / 60, seen, figure, " *" if better else "",
            )  # fmt: skip
            self._keep()

    def _has_time(self) -> bool:
        options, progress = self.options, self.progress
        return bool(progress.seconds < options.minutes * 60 and progress.epoch < options.epochs)

    def _epoch(self, batches: Iterable[tuple[Tensor, ...]]) -> float:
        self.network.train()
        nats, symbols, kept = 0.0, 0, time.monotonic()
        progress = self.progress
        for batch in batches:
            began = time.monotonic()
            total, count = self._step(batch)
            nats, symbols = nats + total, symbols + count
            progress.step += 1
            progress.seconds += time.monotonic() - began
            if time.monotonic() - kept > _KEEP_EVERY:
                self._keep()
                kept = time.monotonic()
                LOG.info("step %d: %.4f bits", progress.step, nats / symbols * NATS_TO_BITS)
            if progress.seconds > self.options.minutes * 60:
                break
        progress.epoch += 1
        return nats / max(1, symbols) * NATS_TO_BITS

    def _step(self, batch: tuple[Tensor, ...]) -> tuple[float, int]:
        spent = min(1.0, self.progress.seconds / (self.options.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / 100)
        falling = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * spent))
        for group in self.optimiser.param_groups:
            group["lr"] = self.options.rate * warm * falling
        total, count = self.loss(self.network, batch)
        self.optimiser.zero_grad(set_to_none=True)
        (total / count).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        share = max(_NEWEST, 1 / (10 + self.progress.step))
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self.network.parameters(), strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, share)
        return float(total.detach()), count

    def _keep(self) -> None:
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"mean.{k}": v for k, v in self.mean.state_dict().items()}
        for index, parameter in enumerate(self.network.parameters()):
            state = self.optimiser.state.get(parameter, {})
            tensors |= {f"{m}.{index}": state[m] for m in _MOMENTS if m in state}
        path = self.options.out / "latest.safetensors"
        save_file(tensors, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
        (self.options.out / "latest.json").write_text(json.dumps(asdict(self.progress)))

    def _resume(self) -> bool:
        path = self.options.out / "latest.safetensors"
        if not path.is_file():
            return False
        tensors = load_file(path)
        for prefix, network in (("network.", self.network), ("mean.", self.mean)):
            own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            network.load_state_dict(own)
        for index, parameter in enumerate(self.network.parameters()):
            if f"exp_avg.{index}" in tensors:
                moments = {m: tensors[f"{m}.{index}"] for m in _MOMENTS}
                self.optimiser.state[parameter] = moments
        self.progress = Progress(**json.loads((self.options.out / "latest.json").read_text()))
        return True


def parser_of(text: str | None, minutes: float, rate: float) -> argparse.ArgumentParser:
    """The options that every timed training has: data, run folder, corpus, budget, seed, rate."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--corpus", type=Path, help="what melody_data kept")
    parser.add_argument("--minutes", type=float, default=minutes, help="time budget of training")
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=rate)
    return parser


def begin(options: argparse.Namespace) -> None:
    """Make the run's folder, log into it, and fix threads and seeds."""
    options.out.mkdir(parents=True, exist_ok=True)
    options.corpus = options.corpus or options.out.parent / "melody"
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr),
        logging.FileHandler(options.out / "training.log"),
    ]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    told = {k: str(v) for k, v in sorted(vars(options).items()) if k not in _PLACES}
    LOG.info("options %s", told)


_PLACES = ("data", "out", "corpus")
