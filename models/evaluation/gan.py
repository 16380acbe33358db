"""The bar-level GAN beside its first variant and a baseline, on measures of held-out pieces.

`python -m antiphon.models.evaluation.gan --data DIR --run DIR [--kind piano --pieces FILE]`. A
classifier is trained to tell real pictures of measures from generated ones and judged on pieces
it did not see; the baseline draws each cell by its own share, as often as it is struck in
training. A second classifier, trained on other generated measures, judges whether the critic's
choice among sixteen looks more real than the first of them.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.models.evaluation.critic import Pairs, area, classifier, looks
from antiphon.models.evaluation.report import Cell, Report, Table, markdown, write_json
from antiphon.models.networks.bar_gan import BarGan
from antiphon.models.training.bar_gan import distance, load_pair, read
from antiphon.models.training.bar_gan_data import Bars

OBJECTIVES = ("wasserstein", "minimax")
BASELINE = "independent cells"
IMAGINED = 16
_MOST = 1500
Pictures = NDArray[np.float32]


def evaluate_run(run: Path, bars: dict[str, Bars], kind: str) -> Report:
    """The table of both objectives and the baseline on the test side of a kind's measures."""
    test = _chosen(bars["test"], 5)
    networks = {name: load_pair(run / name).eval() for name in OBJECTIVES}
    rows: list[tuple[Cell, ...]] = []
    for name, pair in networks.items():
        made = generated(pair, test.conditions, 11)[:, 0]
        better = ranked(pair, bars, test)
        rows.append((name, told_apart(test, made), distance(pair, test), better))
    shares = bars["train"].pictures.mean(0)
    draw = np.random.default_rng(3).random(test.pictures.shape)
    rows.append((BASELINE, told_apart(test, (draw < shares).astype(np.float32)), None, None))
    columns = ("objective", "AUC", "distance", "critic's choice looks more real")
    table = Table(f"Measures of {kind}, held-out pieces", columns, tuple(rows))
    where = f"{len(test.pictures)} measures of {len(set(test.pieces.tolist()))} pieces."
    return Report("gan", (table,), where)


def generated(networks: BarGan, conditions: Pictures, seed: int) -> Pictures:
    """Sixteen pictures (measures, sixteen, slots, rows) under each row of conditions."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.from_numpy(conditions).repeat_interleave(IMAGINED, 0)
    noise = torch.randn(len(rows), networks.generator.config.noise, generator=generator)
    with torch.inference_mode():
        pictures = (networks.generator(noise, rows) > 0).float()
    found: Pictures = pictures.view(len(conditions), IMAGINED, *pictures.shape[1:]).numpy()
    return found


def told_apart(real: Bars, made: Pictures) -> float:
    """The area under the curve of a classifier of flattened pictures with their conditions."""
    pairs = Pairs(_flat(real.pictures, real), _flat(made, real), real.pieces, real.pieces)
    return area(*looks(pairs))


def ranked(networks: BarGan, bars: dict[str, Bars], test: Bars) -> float:
    """How often the critic's choice among sixteen looks more real than the first of them."""
    valid = _chosen(bars["valid"], 6)
    made = generated(networks, valid.conditions, 12)[:, 0]
    judge = classifier(_flat(valid.pictures, valid), _flat(made, valid))
    many = generated(networks, test.conditions, 13)
    rows = torch.from_numpy(test.conditions).repeat_interleave(IMAGINED, 0)
    with torch.inference_mode():
        flat = torch.from_numpy(many).flatten(0, 1)
        scores = networks.critic(flat, rows).view(len(many), IMAGINED).numpy()
    best = many[np.arange(len(many)), scores.argmax(1)]
    first, chosen = judge(_flat(many[:, 0], test)), judge(_flat(best, test))
    return float((chosen > first).mean() + 0.5 * (chosen == first).mean())


def _flat(pictures: Pictures, bars: Bars) -> Pictures:
    found: Pictures = np.concatenate([pictures.reshape(len(pictures), -1), bars.conditions], 1)
    return found


def _chosen(bars: Bars, seed: int) -> Bars:
    order = np.random.default_rng(seed).permutation(len(bars.pictures))[:_MOST]
    return replace(
        bars, pictures=bars.pictures[order], conditions=bars.conditions[order],
        pieces=bars.pieces[order],
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print the table of a run and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("drums", "piano"), default="drums")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pieces", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    bars = read(options.kind, options.data, options.pieces)
    report = evaluate_run(options.run, bars, options.kind)
    lines = list(markdown(report))
    sys.stdout.write("\n".join(lines) + "\n")
    if options.keep is not None:
        (options.keep / f"gan-{options.kind}.md").write_text("\n".join(lines) + "\n")
        write_json(report, options.keep / f"gan-{options.kind}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
