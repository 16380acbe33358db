"""Train the chords network: `python -m antiphon.models.training.chords --data FOLDER --out DIR`.

Every turn shows each tune once, a random stretch of it with random halves masked; the mean of
the weights is judged on the validation side. Progress is kept and taken up by the same command.
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
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding import halves as grid
from antiphon.models.networks.chords import ChordsConfig, ChordsNetwork
from antiphon.models.training.chords_data import mood_table, read_sheets

_LOG = logging.getLogger("antiphon.training")
_NEWEST = 0.01
_BATCH = 768
_LENGTHS = (16, 32, 48, 64, 96, 128)
# How often a turn shows the tunes of a source, and how light the balance of rare chords is.
SHOWN = {"nottingham": 1.0, "openewld": 2.0, "pop909": 0.6, "openhymnal": 2.0,
         "openscore-lieder": 0.4}  # fmt: skip
_BALANCE, _LIGHTEST, _HEAVIEST = 0.2, 0.6, 2.5
_RATES = (1.0, 0.75, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class Encoded:
    """One tune as arrays: features (halves, columns), symbols (halves), its source and side."""

    rows: NDArray[np.float32]
    chords: NDArray[np.int64]
    source: str
    split: str


@dataclass(slots=True)
class Progress:
    """Where a run stands: seconds spent, turns and steps done, best validation nats a half."""

    seconds: float = 0.0
    turn: int = 0
    step: int = 0
    best: float = math.inf


def load_tunes(data: Path, cache: Path) -> list[Encoded]:
    """The encoded tunes, read once and then from `cache` (an .npz file)."""
    if not cache.is_file():
        sheets = read_sheets(data, lambda line: _LOG.info("%s", line))
        lengths = [len(sheet.chords) for sheet in sheets]
        np.savez_compressed(
            cache,
            rows=np.concatenate([grid.features_of(s.tune) for s in sheets]).astype(np.float16),
            chords=np.concatenate([s.chords for s in sheets]),
            lengths=np.array(lengths),
            sources=np.array([s.source for s in sheets]),
            splits=np.array([s.split for s in sheets]),
        )
    kept = np.load(cache)
    edges = np.cumsum(kept["lengths"])[:-1]
    rows = np.split(kept["rows"].astype(np.float32), edges)
    chords = np.split(kept["chords"], edges)
    told = zip(rows, chords, kept["sources"], kept["splits"], strict=True)
    return [Encoded(r, c, str(source), str(split)) for r, c, source, split in told]


def pair_table(tunes: list[Encoded]) -> NDArray[np.float32]:
    """How much more often one chord follows another than by chance (2, symbols, symbols), nats.

    The first index is the place in the measure of the second chord; smoothed by the count of a
    rough class so that what was never seen is unlikely, not impossible.
    """
    counts = np.zeros((2, grid.SYMBOLS, grid.SYMBOLS))
    for tune in tunes:
        before, after = tune.chords[:-1], tune.chords[1:]
        known = (before < grid.SYMBOLS) & (after < grid.SYMBOLS)
        place = tune.rows[1:, grid.PLACE].astype(int)
        np.add.at(counts, (place[known], before[known], after[known]), 1.0)
    single = counts.sum((0, 1)) + 0.5
    single /= single.sum()
    smoothed = counts + 4.0 * single
    chance = smoothed / smoothed.sum(-1, keepdims=True)
    return np.asarray(np.clip(np.log(chance) - np.log(single), -4, 4), np.float32)


def class_weights(tunes: list[Encoded]) -> Tensor:
    """Weight of each symbol in the loss: a light balance, so that rare chords are learnt."""
    counts = np.bincount(
        np.concatenate([t.chords[t.chords < grid.SYMBOLS] for t in tunes]), minlength=grid.SYMBOLS
    )
    weights = (counts.clip(1) / counts.sum()) ** -_BALANCE
    weights /= (weights * counts).sum() / counts.sum()
    return torch.tensor(weights.clip(_LIGHTEST, _HEAVIEST), dtype=torch.float32)


def varied(
    tune: Encoded, length: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """A stretch of a tune as training shows it: cut, its labels at times unknown or off a fifth."""
    total = len(tune.chords)
    start = int(random.integers(0, max(1, total - length + 1)))
    rows, chords = tune.rows[start : start + length], tune.chords[start : start + length]
    draw = random.random(5)
    steps = int(random.choice((-1, 1))) if draw[0] < 0.12 else 0
    rows, chords = grid.moved_by_fifths(rows, chords, steps)
    hidden = [
        (draw[1] < 0.35, grid.STYLE, grid.COLUMNS),
        (draw[2] < 0.15, grid.MODE, grid.STYLE),
        (draw[3] < 0.25, grid.PERIOD, grid.FROM_START),
        (draw[4] < 0.15, grid.FROM_START, grid.METER),
    ]
    for hide, first, last in hidden:
        if hide:
            rows[:, first:last] = 0
    return rows, chords


def masked(chords: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.bool_]:
    """Which halves are to be named: all of them, each by chance, or one stretch."""
    length = len(chords)
    draw = random.random()
    if draw < 0.3:
        return np.ones(length, bool)
    if draw < 0.75:
        found = random.random(length) < random.random()
    else:
        first = int(random.integers(0, length))
        found = np.zeros(length, bool)
        found[first : first + 1 + int(random.integers(2, max(3, length)))] = True
    if not found.any():
        found[int(random.integers(0, length))] = True
    return found


class Trainer:
    """One training run in a folder: network, its running mean, optimiser and progress."""

    def __init__(self, network: ChordsNetwork, folder: Path, options: argparse.Namespace) -> None:
        self.network, self.folder, self.options = network, folder, options
        # The running mean of the weights is judged and shipped (Polyak and Juditsky 1992).
        self.mean = copy.deepcopy(network)
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.03
        )
        self.progress = Progress()
        self.weights = torch.ones(grid.SYMBOLS)
        self._kept = time.monotonic()

    def learning_rate(self) -> float:
        """A short warm-up, then a cosine down to a hundredth as the time budget is spent."""
        spent = min(1.0, self.progress.seconds / (self.options.minutes * 60))
        warm = min(1.0, (self.progress.step + 1) / 100)
        return float(self.options.rate) * warm * (0.01 + 0.495 * (1 + math.cos(math.pi * spent)))

    def has_time(self) -> bool:
        """Whether the time budget is not yet spent."""
        return bool(self.progress.seconds < self.options.minutes * 60)

    def turn(self, tunes: list[Encoded], valid: list[Encoded]) -> None:
        """Show every tune about once, judge the mean, keep it where it is the best so far."""
        random = np.random.default_rng(self.options.seed + self.progress.turn)
        self.network.train()
        shown = [t for t in tunes for _ in range(_times(SHOWN[t.source], random))]
        order = random.permutation(len(shown))
        place, losses = 0, []
        while place < len(order) and self.has_time():
            length = int(random.choice(_LENGTHS))
            chosen = [shown[i] for i in order[place : place + max(4, _BATCH // length)]]
            place += len(chosen)
            losses.append(self._step([varied(t, length, random) for t in chosen], random))
        self.progress.turn += 1
        result = validation(self.mean, valid)
        better = result[0] < self.progress.best
        if better:
            self.progress.best = result[0]
            save_file(self.mean.state_dict(), self.folder / "weights.safetensors")
        _LOG.info(
            "turn %d, %.1f min, rate %.2g: train %.3f; valid %.4f nats a half (all masked %.4f)%s",
            self.progress.turn, self.progress.seconds / 60, self.learning_rate(),
            float(np.mean(losses)), *result, " *" if better else "",
        )  # fmt: skip
        if time.monotonic() - self._kept > 100 or not self.has_time():
            self.keep()

    def _step(
        self,
        tunes: list[tuple[NDArray[np.float32], NDArray[np.int64]]],
        random: np.random.Generator,
    ) -> float:
        began = time.monotonic()
        rows, chords, hidden, padding = batch_of(tunes, random)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        logits = self.network(rows, chords.masked_fill(hidden, grid.UNKNOWN), padding)
        named = hidden & (chords < grid.SYMBOLS)
        loss = F.cross_entropy(logits[named], chords[named], self.weights, label_smoothing=0.02)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        share = max(_NEWEST, 1 / (10 + self.progress.step))
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self.network.parameters(), strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, share)
        self.progress.step += 1
        self.progress.seconds += time.monotonic() - began
        return float(loss.detach())

    def keep(self) -> None:
        """Write weights, their mean, the optimiser's moments and the progress."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"mean.{k}": v for k, v in self.mean.state_dict().items()}
        for index, parameter in enumerate(self.network.parameters()):
            for moment, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"{moment}.{index}"] = value
        path = self.folder / "latest.safetensors"
        save_file(tensors, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
        values = {f: getattr(self.progress, f) for f in ("seconds", "turn", "step", "best")}
        (self.folder / "latest.json").write_text(json.dumps(values))
        self._kept = time.monotonic()

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


def batch_of(
    tunes: list[tuple[NDArray[np.float32], NDArray[np.int64]]], random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features, symbols, what is masked, and what is padding, each (tunes, halves, …)."""
    longest = max(len(chords) for _, chords in tunes)
    rows = np.zeros((len(tunes), longest, grid.COLUMNS), np.float32)
    chords = np.full((len(tunes), longest), grid.UNKNOWN, np.int64)
    hidden = np.zeros((len(tunes), longest), bool)
    padding = np.ones((len(tunes), longest), bool)
    for index, (own, symbols) in enumerate(tunes):
        length = len(symbols)
        rows[index, :length], chords[index, :length] = own, symbols
        hidden[index, :length] = masked(symbols, random)
        padding[index, :length] = False
    values = (rows, chords, hidden, padding)
    found = tuple(torch.from_numpy(value) for value in values)
    return found[0], found[1], found[2], found[3]


def validation(network: ChordsNetwork, tunes: list[Encoded]) -> tuple[float, float]:
    """Nats a half over fixed masks at four rates, and with every half masked; sources alike."""
    network.eval()
    random = np.random.default_rng(0)
    sums: dict[str, NDArray[np.float64]] = {}
    with torch.inference_mode():
        for tune in tunes:
            chords, cells = torch.from_numpy(tune.chords), sums.setdefault(tune.source, np.zeros(4))
            rows = torch.from_numpy(tune.rows)[None]
            for rate in _RATES:
                hidden = torch.from_numpy(random.random(len(chords)) < rate)
                logits = network(rows, chords.masked_fill(hidden, grid.UNKNOWN)[None])[0]
                named = hidden & (chords < grid.SYMBOLS)
                loss = float(F.cross_entropy(logits[named], chords[named], reduction="sum"))
                cells += [
                    loss,
                    int(named.sum()),
                    *((loss, int(named.sum())) if rate == 1 else (0, 0)),
                ]
    scores = np.array([[c[0] / max(1, c[1]), c[2] / max(1, c[3])] for c in sums.values()])
    return float(scores[:, 0].mean()), float(scores[:, 1].mean())


def _times(share: float, random: np.random.Generator) -> int:
    return int(share) + int(random.random() < share % 1)


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent, then keep the best weights as safetensors."""
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr),
        logging.FileHandler(options.out / "training.log"),
    ]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    tunes = load_tunes(options.data, options.out / "tunes.npz")
    sides = {side: [t for t in tunes if t.split == side] for side in ("train", "valid", "test")}
    for side, own in sides.items():
        for source in sorted({t.source for t in own}):
            lengths = [len(t.chords) for t in own if t.source == source]
            _LOG.info("%-17s %-5s %5d tunes %7d halves", source, side, len(lengths), sum(lengths))
    network = ChordsNetwork(ChordsConfig(options.embedding, options.inner, options.hidden))
    network.pairs.copy_(torch.from_numpy(pair_table(sides["train"])))
    network.moods.copy_(torch.from_numpy(mood_table(options.data)))
    (options.out / "config.json").write_text(json.dumps(network.config.to_json()))
    trainer = Trainer(network, options.out, options)
    trainer.weights = class_weights(sides["train"])
    resumed = trainer.resume()
    count = sum(p.numel() for p in network.parameters())
    _LOG.info("%s, %d parameters", "resumed" if resumed else "new", count)
    while trainer.has_time():
        trainer.turn(sides["train"], sides["valid"])
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.add_argument("--minutes", type=float, default=12.0, help="time budget of training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--embedding", type=int, default=96)
    parser.add_argument("--inner", type=int, default=192)
    parser.add_argument("--hidden", type=int, default=128)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
