"""Train the drums LSTM: `python -m antiphon.models.training.drums_lstm --data FOLDER --out DIR`."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.drum_grid import STRAIGHT, Bar
from antiphon.models.encoding.drum_symbols import COLUMNS, PLACES, rows_of, symbols_of
from antiphon.models.networks.drums_lstm import DrumsLSTM, DrumsLSTMConfig
from antiphon.models.training import drums_data as data
from antiphon.models.training.drums import CACHE, DrumRun, describe
from antiphon.models.training.drums_cache import pieces_of
from antiphon.models.training.timed import LOG, begin, parser_of

_PIECE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Drumming as symbols: the rows that the network reads and the symbols it foretells."""

    rows: NDArray[np.int64]
    symbols: NDArray[np.int64]
    hits: int


def lines_of(pieces: Sequence[data.Piece]) -> list[Line]:
    """The straight stretches of pieces as lines of symbols."""
    found = []
    for piece in pieces:
        for bars in _stretches(piece.bars):
            symbols = symbols_of(bars)
            rows = rows_of(symbols, [bar.slots for bar in bars])
            found.append(Line(rows, symbols, int(sum(bar.hits.sum() for bar in bars))))
    return found


def _stretches(bars: Sequence[Bar]) -> Iterator[list[Bar]]:
    stretch: list[Bar] = []
    for bar in bars:
        if bar.per_quarter == STRAIGHT and bar.slots <= PLACES:
            stretch.append(bar)
            continue
        if stretch:
            yield stretch
        stretch = []
    if stretch:
        yield stretch


def batches(lines: Sequence[Line], random: np.random.Generator) -> Iterator[tuple[Tensor, ...]]:
    """Pieces of at most 256 steps as (rows, symbols, what is inside), like lengths together."""
    pieces = []
    for line in lines:
        shift = int(random.integers(0, _PIECE)) if len(line.symbols) > _PIECE else 0
        starts = [0, *range(shift, len(line.symbols), _PIECE)] if shift else [0]
        for start, stop in zip(starts, [*starts[1:], len(line.symbols)], strict=True):
            for low in range(start, stop, _PIECE):
                pieces.append((line, low, min(stop, low + _PIECE)))
    pieces.sort(key=lambda piece: (piece[2] - piece[1], random.random()))
    groups = [pieces[i : i + 16] for i in range(0, len(pieces), 16)]
    for place in random.permutation(len(groups)):
        yield _stacked(groups[place])


def _stacked(group: Sequence[tuple[Line, int, int]]) -> tuple[Tensor, ...]:
    longest = max(stop - start for _, start, stop in group)
    rows = np.zeros((len(group), longest, COLUMNS), np.int64)
    symbols = np.zeros((len(group), longest), np.int64)
    inside = np.zeros((len(group), longest), np.bool_)
    for index, (line, start, stop) in enumerate(group):
        rows[index, : stop - start] = line.rows[start:stop]
        symbols[index, : stop - start] = line.symbols[start:stop]
        inside[index, : stop - start] = True
    return torch.from_numpy(rows), torch.from_numpy(symbols), torch.from_numpy(inside)


def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> tuple[Tensor, int]:
    """Nats of the steps of a batch, and how many steps they are."""
    rows, symbols, inside = batch
    nats = F.cross_entropy(network(rows)[inside], symbols[inside], reduction="sum")
    return nats, int(inside.sum())


def bits(network: nn.Module, lines: Sequence[Line]) -> tuple[float, int]:
    """Bits of whole lines, and how many hits they hold."""
    total, hits = 0.0, 0
    with torch.inference_mode():
        for line in lines:
            batch = _stacked([(line, 0, len(line.symbols))])
            total += float(loss(network, batch)[0]) / float(np.log(2))
            hits += line.hits
    return total, hits


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent; the best weights are kept as safetensors."""
    options = parser_of(__doc__, minutes=6, rate=2e-3).parse_args(arguments)
    begin(options)
    pieces = pieces_of(options.data, options.out.parent / CACHE)
    describe(pieces)
    config = DrumsLSTMConfig()
    (options.out / "config.json").write_text(json.dumps(config.to_json()))
    train = lines_of([piece for piece in pieces if piece.split == "train"])
    valid = lines_of([piece for piece in pieces if piece.split == "valid"])
    LOG.info("%d lines to train, %d to judge; figure: bits a hit", len(train), len(valid))

    def epochs(epoch: int) -> Iterator[tuple[Tensor, ...]]:
        return batches(train, np.random.default_rng((options.seed, epoch)))

    judge: Callable[[nn.Module], float] = lambda network: _bits_a_hit(network, valid)  # noqa: E731
    DrumRun(DrumsLSTM(config), options, loss, judge).train(epochs)
    return 0


def _bits_a_hit(network: nn.Module, lines: Sequence[Line]) -> float:
    total, hits = bits(network, lines)
    return total / max(1, hits)


if __name__ == "__main__":
    sys.exit(main())
