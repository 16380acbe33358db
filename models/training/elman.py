"""Train the Elman baseline: `python -m antiphon.models.training.elman --data FOLDER --out RUN`.

It learns the events of the melody corpus as `antiphon.models.training.melody_data` keeps them.
"""

import json
import sys

import torch
from torch import Tensor, nn

from antiphon.models.networks.elman import ElmanConfig, ElmanMelody
from antiphon.models.training import dataset as data
from antiphon.models.training.melody_data import DATASET
from antiphon.models.training.timed import LOG, NATS_TO_BITS, Run, begin, parser_of


def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> tuple[Tensor, int]:
    """The sum of nats over a batch, and its events."""
    rows, pitches, durations, mask = batch
    pitch, duration = network(rows, pitches, durations)
    return ((pitch + duration) * mask).sum(), int(mask.sum())


def bits_a_note(network: nn.Module, tunes: list[data.Encoded]) -> float:
    """Bits a note on whole tunes, rests and holds counted in the bits."""
    nats, notes = 0.0, 0
    with torch.inference_mode():
        for tune in tunes:
            arrays = (tune.rows, tune.pitches, tune.durations)
            pitch, duration = network(*(torch.from_numpy(a).unsqueeze(0) for a in arrays))
            nats += float((pitch + duration).double().sum())
            notes += tune.notes
    return nats * NATS_TO_BITS / max(1, notes)


def main(arguments: list[str] | None = None) -> int:
    """Train until the time budget is spent."""
    parser = parser_of(__doc__, minutes=6, rate=3e-3)
    parser.add_argument("--batch", type=int, default=2048, help="events in a batch")
    parser.add_argument("--longest", type=int, default=64, help="events in a piece of a tune")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--judged", type=int, default=160, help="tunes that judge an epoch")
    options = parser.parse_args(arguments)
    begin(options)
    found = data.load(options.corpus / DATASET)
    LOG.info("data %s", data.digest(found))
    config = ElmanConfig(found.durations.values, options.hidden)
    (options.out / "config.json").write_text(json.dumps(config.to_json()) + "\n")
    train, valid = found.side("train"), found.side("valid")
    # Every so many of the validation tunes, so that each source has its share.
    judged = valid[:: max(1, len(valid) // options.judged)]
    run = Run(ElmanMelody(config), options, loss, lambda network: bits_a_note(network, judged))
    run.train(
        lambda epoch: (
            tuple(torch.from_numpy(array) for array in batch)
            for batch in data.batches(train, options.seed + epoch, options.batch, options.longest)
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
