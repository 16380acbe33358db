"""Train the bar-level GAN: `python -m antiphon.models.training.bar_gan --data DIR --out DIR`.

`--objective minimax` is the objective min_G max_D E[log D(x)] + E[log(1 - D(G(z)))] as it
stands; `wasserstein` that of Gulrajani et al. (2017) with a gradient penalty. `--kind piano`
reads the arranger's pieces (`--pieces FILE`). The state of the lowest validation distance is
kept: how far the picture of all generated measures is from that of the real ones.
"""

import argparse
import json
import logging
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

from antiphon.models.encoding.bar_images import SLOTS
from antiphon.models.networks.bar_gan import BarGan, BarGanConfig, drawn
from antiphon.models.training.bar_gan_data import Bars, drum_bars, piano_bars

_LOG = logging.getLogger("antiphon.training")
_CRITIC_STEPS = 5
_PENALTY = 10.0
_BATCH = 128
_EVERY = 300
_RATE = 2e-4
_JUDGED = 4096
_ALONE = 4000


@dataclass(frozen=True, slots=True)
class Pair:
    """The networks in training with their optimisers."""

    networks: BarGan
    generating: torch.optim.Optimizer
    judging: torch.optim.Optimizer
    is_wasserstein: bool

    def fakes(self, conditions: Tensor) -> Tensor:
        """Generated pictures under some conditions."""
        noise = torch.randn(len(conditions), self.networks.generator.config.noise)
        return drawn(self.networks.generator(noise, conditions))


def new_pair(config: BarGanConfig, objective: str) -> Pair:
    """A fresh pair of networks for an objective, "minimax" or "wasserstein"."""
    networks = BarGan(config)
    betas = (0.5, 0.9)
    return Pair(
        networks,
        torch.optim.Adam(networks.generator.parameters(), _RATE, betas),
        torch.optim.Adam(networks.critic.parameters(), _RATE, betas),
        objective == "wasserstein",
    )


def critic_step(pair: Pair, real: Tensor, conditions: Tensor) -> float:
    """One step of the critic; returns its loss."""
    critic = pair.networks.critic
    with torch.no_grad():
        fake = pair.fakes(conditions)
    on_real, on_fake = critic(real, conditions), critic(fake, conditions)
    if pair.is_wasserstein:
        loss = on_fake.mean() - on_real.mean() + _PENALTY * _steepness(pair, real, fake, conditions)
    else:
        loss = -(F.logsigmoid(on_real) + F.logsigmoid(-on_fake)).mean()
    pair.judging.zero_grad()
    torch.autograd.backward(loss)
    pair.judging.step()
    return float(loss.detach())


def generator_step(pair: Pair, conditions: Tensor) -> float:
    """One step of the generator; returns its loss."""
    scores = pair.networks.critic(pair.fakes(conditions), conditions)
    loss = -scores.mean() if pair.is_wasserstein else F.logsigmoid(-scores).mean()
    pair.generating.zero_grad()
    torch.autograd.backward(loss)
    pair.generating.step()
    return float(loss.detach())


def _steepness(pair: Pair, real: Tensor, fake: Tensor, conditions: Tensor) -> Tensor:
    """How far the critic's slope between real and generated measures is from one."""
    share = torch.rand(len(real), 1, 1)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    scores = pair.networks.critic(between, conditions).sum()
    slope: Tensor = torch.autograd.grad(scores, between, create_graph=True)[0]
    found: Tensor = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return found


def distance(networks: BarGan, bars: Bars, seed: int = 7) -> float:
    """How far generated measures are from real ones: mean gap of cells, of pairs, of density."""
    chosen = np.random.default_rng(seed).permutation(len(bars.pictures))[:_JUDGED]
    real = torch.from_numpy(bars.pictures[chosen])
    rows = torch.from_numpy(bars.conditions[chosen])
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(rows), networks.generator.config.noise, generator=generator)
    with torch.inference_mode():
        fake = (networks.generator(noise, rows) > 0).float()
    gaps = [(_mean(real) - _mean(fake)).abs().mean() / _mean(real).mean()]
    gaps.append((_pairs(real) - _pairs(fake)).abs().mean() / _pairs(real).abs().mean())
    counts = [_histogram(pictures) for pictures in (real, fake)]
    gaps.append((counts[0] - counts[1]).abs().sum() / 2)
    return float(sum(gaps))


def _mean(pictures: Tensor) -> Tensor:
    return pictures.flatten(1).mean(0)


def _pairs(pictures: Tensor) -> Tensor:
    flat = pictures.flatten(1)
    return flat.T @ flat / len(flat)


def _histogram(pictures: Tensor) -> Tensor:
    hits = pictures.flatten(1).sum(1).clamp(max=63)
    return torch.histc(hits, 32, 0, 64) / len(hits)


def train(
    bars: dict[str, Bars], config: BarGanConfig, objective: str, minutes: float, out: Path
) -> float:
    """Train within minutes, keep the best pair in `out`, and return its validation distance."""
    pair = new_pair(config, objective)
    pictures = torch.from_numpy(bars["train"].pictures)
    rows = torch.from_numpy(bars["train"].conditions)
    best, step, begun = float("inf"), 0, time.monotonic()
    while time.monotonic() - begun < 60 * minutes:
        for _ in range(_CRITIC_STEPS if pair.is_wasserstein else 1):
            batch = torch.randint(len(pictures), (_BATCH,))
            judged = critic_step(pair, pictures[batch], rows[batch])
        made = generator_step(pair, rows[torch.randint(len(rows), (_BATCH,))])
        step += 1
        if step % _EVERY == 0:
            far = distance(pair.networks, bars["valid"])
            mark = " *" if far < best else ""
            _LOG.info("%s step %d: critic %.3f, generator %.3f, valid distance %.4f%s",
                      objective, step, judged, made, far, mark)  # fmt: skip
            if far < best:
                best = far
                save_file(pair.networks.state_dict(), out / "weights.safetensors")
    return best


def sharpened(networks: BarGan, bars: Bars, steps: int) -> BarGan:
    """The pair with its critic trained on against the finished generator, by chance of being real.

    While both learn, the critic follows the generator's faults; what ranks takes must know those
    that are left. The generator stays as it is.
    """
    judging = torch.optim.Adam(networks.critic.parameters(), _RATE)
    pictures, rows = torch.from_numpy(bars.pictures), torch.from_numpy(bars.conditions)
    pair = Pair(networks, judging, judging, is_wasserstein=False)
    for step in range(steps):
        batch = torch.randint(len(pictures), (_BATCH,))
        loss = critic_step(pair, pictures[batch], rows[batch])
        if (step + 1) % 1000 == 0:
            _LOG.info("critic alone, step %d: loss %.3f", step + 1, loss)
    return networks


def load_pair(folder: Path) -> BarGan:
    """The networks kept in a folder of a run."""
    networks = BarGan(BarGanConfig(**json.loads((folder / "config.json").read_text())))
    networks.load_state_dict(load_file(folder / "weights.safetensors"))
    return networks


def read(kind: str, data: Path, pieces: Path | None) -> dict[str, Bars]:
    """The measures of a kind, "drums" or "piano", by side."""
    if kind == "piano":
        assert pieces is not None, "--pieces names the arranger's pieces"
        return piano_bars(pieces)
    return drum_bars(data)


def main(arguments: list[str] | None = None) -> int:
    """Train both objectives one after the other, each in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("drums", "piano"), default="drums")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pieces", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--minutes",
        type=float,
        default=3.0,
        help="of minimax; wasserstein, whose step is dearer, takes three times as long",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-critic", action="store_true", help="of a run that is trained")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.StreamHandler(),
        logging.FileHandler(options.out / "training.log"),
    ]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    torch.set_num_threads(1)
    bars = read(options.kind, options.data, options.pieces)
    counts: dict[str, NDArray[np.int64] | int] = {s: len(b.pictures) for s, b in bars.items()}
    _LOG.info("%s: measures %s, seed %d", options.kind, counts, options.seed)
    config = BarGanConfig(rows=bars["train"].pictures.shape[2])
    assert bars["train"].pictures.shape[1] == SLOTS
    for objective in () if options.only_critic else ("minimax", "wasserstein"):
        torch.manual_seed(options.seed)
        out = options.out / objective
        out.mkdir(exist_ok=True)
        (out / "config.json").write_text(json.dumps(config.to_json()) + "\n")
        share = _CRITIC_STEPS - 2 if objective == "wasserstein" else 1
        far = train(bars, config, objective, share * options.minutes, out)
        _LOG.info("%s: best validation distance %.4f", objective, far)
    kept = options.out / "wasserstein"
    pair = sharpened(load_pair(kept), bars["train"], _ALONE)
    save_file(pair.state_dict(), kept / "weights.safetensors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
