"""Train the drum network: `python -m antiphon.models.training.drums --data FOLDER --out DIR`."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.networks.drums import (
    DrumsConfig,
    DrumsNetwork,
    Foretold,
    grid_channels,
    timing_bin,
    velocity_bin,
)
from antiphon.models.training import drums_data as data
from antiphon.models.training.drums_cache import pieces_of
from antiphon.models.training.timed import LOG, Run, begin, parser_of

_VELOCITY_SHARE, _TIMING_SHARE = 0.05, 0.05
_NEWEST = 0.01
# What was read once for both drum models, beside their runs' folders.
CACHE = "drum_pieces.safetensors"


def foretell(network: nn.Module, batch: data.Batch) -> Foretold:
    """The network's logits for a batch of `drums_data.collate`."""
    columns, density, hits, masked, velocities, timing, known, _, inside = batch
    grid = grid_channels(hits, masked, velocities, timing, (known[..., 0], known[..., 1]))
    found: Foretold = network(columns, density, grid, inside)
    return found


def losses(network: nn.Module, batch: data.Batch) -> tuple[Tensor, Tensor, Tensor, int]:
    """Nats over the batch of masked cells, of velocities and of micro-timing; masked cells."""
    _, _, hits, masked, velocities, timing, _, loud, _ = batch
    told = foretell(network, batch)
    cells = F.binary_cross_entropy_with_logits(told.onsets, hits.float(), reduction="none")
    loudness = F.cross_entropy(told.velocities[loud], velocity_bin(velocities[loud]),
                               reduction="sum")  # fmt: skip
    place = F.cross_entropy(told.timing[loud], timing_bin(timing[loud]), reduction="sum")
    return (cells * masked).sum(), loudness, place, max(1, int(masked.sum()))


def loss(network: nn.Module, batch: data.Batch) -> tuple[Tensor, int]:
    """What is minimised: nats of the masked cells, and a share of those of the hits' manner."""
    cells, loudness, place, count = losses(network, batch)
    return cells + _VELOCITY_SHARE * loudness + _TIMING_SHARE * place, count


def score(network: nn.Module, batches: list[data.Batch]) -> float:
    """Loss in bits a masked cell over some batches."""
    total, count = 0.0, 0
    with torch.inference_mode():
        for batch in batches:
            nats, cells = loss(network, batch)
            total, count = total + float(nats), count + cells
    return total / max(1, count) / float(np.log(2))


def describe(pieces: list[data.Piece]) -> None:
    """Log how many pieces and measures each source gives to each side of the split."""
    counted: Counter[tuple[str, str]] = Counter()
    for piece in pieces:
        counted[piece.source, piece.split] += len(piece.bars)
    for (source, split), measures in sorted(counted.items()):
        count = sum((p.source, p.split) == (source, split) for p in pieces)
        LOG.info("%-16s %-5s %4d pieces %6d measures", source, split, count, measures)


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent; the best weights are kept as safetensors."""
    parser = parser_of(__doc__, minutes=12, rate=2e-3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    options = parser.parse_args(arguments)
    begin(options)
    pieces = pieces_of(options.data, options.out.parent / CACHE)
    describe(pieces)
    config = DrumsConfig(options.width, options.layers)
    (options.out / "config.json").write_text(json.dumps(config.to_json()))
    train = [piece for piece in pieces if piece.split == "train"]
    valid = [piece for piece in pieces if piece.split == "valid"]
    judge = _judge(valid)

    def epochs(epoch: int) -> Iterator[data.Batch]:
        random = np.random.default_rng((options.seed, epoch))
        return data.batches(data.windows(train, random), random)

    DrumRun(DrumsNetwork(config), options, loss, judge).train(epochs)
    return 0


class DrumRun(Run):
    """A run whose mean of the weights keeps up with a short training."""

    def _step(self, batch: data.Batch) -> tuple[float, int]:
        found = super()._step(batch)
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self.network.parameters(), strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, _NEWEST)
        return found


def _judge(valid: list[data.Piece]) -> Callable[[nn.Module], float]:
    random = np.random.default_rng(0)
    found = list(data.batches(data.windows(valid, None), random))
    return lambda network: score(network, found)


if __name__ == "__main__":
    sys.exit(main())
