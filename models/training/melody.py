"""Train the melody network: `python -m antiphon.models.training.melody --data FOLDER --out DIR`.

The learning rate falls with the time budget (`--minutes`), so that the same command suits any
machine; progress is kept every few minutes and taken up again by the same command.
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

from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM
from antiphon.models.training import dataset as data
from antiphon.models.training.corpus import read_corpus

_LOG = logging.getLogger("antiphon.training")
_NATS_TO_BITS = 1 / math.log(2)
_NEWEST = 0.001


@dataclass(slots=True)
class Progress:
    """Where a run stands: seconds spent, epochs and steps done, best validation bits a note."""

    seconds: float = 0.0
    epoch: int = 0
    step: int = 0
    best: float = math.inf
    decided: float = 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """Bits a note over some tunes: all of it, and the shares of pitches and durations."""

    total: float
    pitch: float
    duration: float
    notes: int


def score(network: MelodyLSTM, tunes: list[data.Encoded]) -> Score:
    """Bits a note of a network on whole tunes, rests and holds counted in the bits."""
    network.eval()
    pitch_bits = duration_bits = 0.0
    notes = 0
    with torch.inference_mode():
        for tune in tunes:
            arrays = (tune.rows, tune.pitches, tune.durations)
            pitch, duration = network(*(torch.from_numpy(a).unsqueeze(0) for a in arrays))
            pitch_bits += float(pitch.double().sum()) * _NATS_TO_BITS
            duration_bits += float(duration.double().sum()) * _NATS_TO_BITS
            notes += tune.notes
    notes = max(1, notes)
    return Score(
        (pitch_bits + duration_bits) / notes, pitch_bits / notes, duration_bits / notes, notes
    )


class Trainer:
    """One training run in a folder: network, optimiser, progress, all of it kept there."""

    def __init__(self, network: MelodyLSTM, folder: Path, options: argparse.Namespace) -> None:
        self.network, self.folder, self.options = network, folder, options
        # The running mean of the weights is what is judged and shipped: it forgets the noise of
        # the last steps (Polyak and Juditsky 1992).
        self.mean = copy.deepcopy(network)
        decayed = [p for p in network.parameters() if p.dim() > 1]
        plain = [p for p in network.parameters() if p.dim() <= 1]
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.98))
        self.progress = Progress()

    def learning_rate(self) -> float:
        """A short warm-up, then a cosine down to a hundredth as the time budget is spent."""
        spent = min(1.0, self.progress.seconds / (self.options.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / 100)
        rate = float(self.options.rate)
        return rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * spent)))

    def has_time(self) -> bool:
        """Whether neither the time budget nor the number of epochs is spent."""
        options, progress = self.options, self.progress
        return bool(progress.seconds < options.minutes * 60 and progress.epoch < options.epochs)

    def turn(self, train: list[data.Encoded], valid: list[data.Encoded]) -> None:
        """One epoch, judged on the validation side; the best weights so far are kept."""
        seen = self.epoch(train)
        result, progress = score(self.mean, valid), self.progress
        better = result.total < progress.best
        if better:
            progress.best = result.total
            save_file(self.mean.state_dict(), self.folder / "weights.safetensors")
        _LOG.info(
            "epoch %d, %.1f min, rate %.2g: train %.3f bits an event; "
            "valid %.4f bits a note (pitch %.4f, duration %.4f)%s",
            progress.epoch, progress.seconds / 60, self.learning_rate(), seen,
            result.total, result.pitch, result.duration, " *" if better else "",
        )  # fmt: skip
        self.keep("latest")

    def epoch(self, tunes: list[data.Encoded]) -> float:
        """Train on every tune once; returns the bits per event seen on the way."""
        self.network.train()
        bits, events = 0.0, 0
        kept = time.monotonic()
        seed = self.options.seed + self.progress.epoch
        for rows, pitches, durations, mask in data.batches(
            tunes, seed, self.options.batch, self.options.longest
        ):
            began = time.monotonic()
            loss, count = self._step(
                *(torch.from_numpy(a) for a in (rows, pitches, durations, mask))
            )
            bits, events = bits + loss * _NATS_TO_BITS, events + count
            self.progress.step += 1
            self.progress.seconds += time.monotonic() - began
            if time.monotonic() - kept > 180:
                self.keep("latest")
                kept = time.monotonic()
                _LOG.info("step %d: %.3f bits an event", self.progress.step, bits / events)
            if self.progress.seconds > self.options.minutes * 60:
                break
        self.progress.epoch += 1
        return bits / max(1, events)

    def _step(
        self, rows: Tensor, pitches: Tensor, durations: Tensor, mask: Tensor
    ) -> tuple[float, int]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        pitch, duration = self.network(rows, pitches, durations)
        total = ((pitch + duration) * mask).sum()
        count = int(mask.sum())
        self.optimiser.zero_grad(set_to_none=True)
        (total / count).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self._average()
        return float(total.detach()), count

    def _average(self) -> None:
        share = max(_NEWEST, 1 / (10 + self.progress.step))
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self.network.parameters(), strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, share)

    def keep(self, name: str) -> None:
        """Write weights, their mean, the optimiser and the progress, so that a run can go on."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"mean.{k}": v for k, v in self.mean.state_dict().items()}
        for index, parameter in enumerate(self.network.parameters()):
            state = self.optimiser.state.get(parameter, {})
            for moment in ("exp_avg", "exp_avg_sq", "step"):
                if moment in state:
                    tensors[f"{moment}.{index}"] = state[moment]
        path = self.folder / f"{name}.safetensors"
        save_file(tensors, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
        values = {f: getattr(self.progress, f) for f in ("seconds", "epoch", "step", "best")}
        (self.folder / f"{name}.json").write_text(json.dumps(values))

    def resume(self) -> bool:
        """Take up the latest kept state of this folder, if there is one."""
        path = self.folder / "latest.safetensors"
        if not path.is_file():
            return False
        tensors = load_file(path)
        for prefix, network in (("network.", self.network), ("mean.", self.mean)):
            own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            # A run begun before there was a mean starts it from its weights.
            network.load_state_dict(own or self.network.state_dict())
        for index, parameter in enumerate(self.network.parameters()):
            if f"exp_avg.{index}" in tensors:
                moments = ("exp_avg", "exp_avg_sq", "step")
                self.optimiser.state[parameter] = {m: tensors[f"{m}.{index}"] for m in moments}
        values = json.loads((self.folder / "latest.json").read_text())
        self.progress = Progress(**values)
        return True


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
    trainer = Trainer(network, options.out, options)
    resumed = trainer.resume()
    _LOG.info(
        "%s, %d parameters",
        "resumed" if resumed else "new",
        sum(p.numel() for p in network.parameters()),
    )
    _LOG.info(
        "options %s",
        {k: str(v) for k, v in sorted(vars(options).items()) if k not in ("data", "out")},
    )
    train, valid = found.side("train"), found.side("valid")
    while trainer.has_time():
        trainer.turn(train, valid)
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
