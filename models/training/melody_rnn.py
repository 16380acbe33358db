"""Train the network of 16th steps: `python -m antiphon.models.training.melody_rnn`.

It learns the melody corpus that `antiphon.models.training.melody_data` keeps, put on steps.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from antiphon.models.encoding.steps import (
    STEP,
    Place,
    Stepped,
    chord_rows,
    is_exact,
    rows_of,
    symbols_of,
    usual_measure,
)
from antiphon.models.encoding.tracker import COLUMNS
from antiphon.models.encoding.vocabulary import HOLD, REST, Durations
from antiphon.models.networks.melody_rnn import StepConfig, StepNetwork
from antiphon.models.training import dataset as data
from antiphon.models.training.melody_data import DATASET
from antiphon.models.training.timed import LOG, NATS_TO_BITS, Run, begin, parser_of

_PAD = -1
_POSITION, _METER, _MODE = (COLUMNS.index(name) for name in ("position", "meter", "mode"))


def stepped_of(tune: data.Encoded, durations: Durations) -> Stepped:
    """An encoded melody on steps, from its first event to the step at which it stops."""
    tones: list[tuple[int, int, int]] = []
    tick = int(tune.rows[0, _POSITION])
    start = tick - tick % STEP
    places: list[Place] = []
    for pitch, duration, row in zip(tune.pitches, tune.durations, tune.rows, strict=True):
        length = durations.values[duration]
        if pitch == HOLD and tones:
            onset, _, held = tones[-1]
            tones[-1] = (onset, tick + length, held)
        elif pitch not in (REST, HOLD):
            tones.append((tick, tick + length, int(pitch)))
        tick += length
        _fill(places, row, start, tick)
    stop = tones[-1][1] + STEP if tones else tick
    symbols = symbols_of(tones, start, stop)
    while len(places) < len(symbols):
        last = places[-1]
        places.append(replace(last, position=(last.position + 1) % last.measure))
    return Stepped(
        rows_of(symbols, places[: len(symbols)], bool(tune.rows[0, _MODE])),
        np.array(symbols, np.int64),
        chord_rows((), 0, len(symbols), 0),
        is_exact(tones, start),
        stop - start,
    )


def _fill(places: list[Place], row: np.ndarray, start: int, tick: int) -> None:
    """The places of the steps before `tick` that an event with these features begins."""
    meter, measure = int(row[_METER]), usual_measure(int(row[_METER]))
    position = int(row[_POSITION]) // STEP
    first = len(places)
    while start + len(places) * STEP < tick:
        now = (position + len(places) - first) % (measure // STEP)
        places.append(Place(now, meter, measure // STEP))


def batches(
    tunes: Sequence[Stepped], seed: int, size: int = 16, longest: int = 128
) -> Iterator[tuple[Tensor, ...]]:
    """One epoch in random order: rows, chords and symbols (batch, time), padded with -1."""
    draw = np.random.default_rng(seed)
    pieces = []
    for tune in tunes:
        count = len(tune.symbols)
        start = 0
        stop = count if count <= longest else int(draw.integers(longest // 4, longest + 1))
        while start < count:
            pieces.append((tune, start, min(stop, count)))
            start, stop = stop, stop + longest
    pieces.sort(key=lambda piece: piece[2] - piece[1] + draw.random() * 24)
    groups = [pieces[first : first + size] for first in range(0, len(pieces), size)]
    for index in draw.permutation(len(groups)):
        yield _padded(groups[index])


def _padded(pieces: Sequence[tuple[Stepped, int, int]]) -> tuple[Tensor, ...]:
    longest = max(stop - start for _, start, stop in pieces)
    first = pieces[0][0]
    rows = np.zeros((len(pieces), longest, first.rows.shape[1]), np.int64)
    chords = np.zeros((len(pieces), longest, first.chords.shape[1]), np.float32)
    symbols = np.full((len(pieces), longest), _PAD)
    for index, (tune, start, stop) in enumerate(pieces):
        rows[index, : stop - start] = tune.rows[start:stop]
        chords[index, : stop - start] = tune.chords[start:stop]
        symbols[index, : stop - start] = tune.symbols[start:stop]
    return torch.from_numpy(rows), torch.from_numpy(chords), torch.from_numpy(symbols)


def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> tuple[Tensor, int]:
    """The sum of nats over a batch, and its steps."""
    rows, chords, symbols = batch
    logits, _ = network(rows, chords)
    total = F.cross_entropy(
        logits.flatten(0, 1), symbols.flatten(), ignore_index=_PAD, reduction="sum"
    )
    return total, int((symbols >= 0).sum())


def step_bits(network: nn.Module, tune: Stepped) -> float:
    """Bits of all steps of a melody."""
    with torch.inference_mode():
        rows, chords = torch.from_numpy(tune.rows), torch.from_numpy(tune.chords)
        logits, _ = network(rows.unsqueeze(0), chords.unsqueeze(0))
        nats = F.cross_entropy(logits[0], torch.from_numpy(tune.symbols), reduction="none")
    return float(nats.double().sum()) * NATS_TO_BITS


def judge_of(tunes: Sequence[Stepped]) -> Callable[[nn.Module], float]:
    """The judge of a run: bits a note over some tunes."""
    notes = max(1, sum(tune.notes for tune in tunes))
    return lambda network: sum(step_bits(network, tune) for tune in tunes) / notes


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent."""
    parser = parser_of(__doc__, minutes=6, rate=5e-3)
    parser.add_argument("--judged", type=int, default=120, help="tunes that judge an epoch")
    options = parser.parse_args(arguments)
    begin(options)
    found = data.load(options.corpus / DATASET)
    LOG.info("data %s", data.digest(found))
    train, valid = (
        [stepped_of(tune, found.durations) for tune in found.side(side)]
        for side in ("train", "valid")
    )
    LOG.info("%d steps in %d tunes", sum(len(t.symbols) for t in train), len(train))
    config = StepConfig()
    (options.out / "config.json").write_text(json.dumps(config.to_json()) + "\n")
    judged = valid[:: max(1, len(valid) // options.judged)]
    run = Run(StepNetwork(config), options, loss, judge_of(judged))
    run.train(lambda epoch: batches(train, options.seed + epoch))
    return 0


if __name__ == "__main__":
    sys.exit(main())
