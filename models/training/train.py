"""Train a melody network: `python -m antiphon.models.training.train DATASET -o RUN`.

Several processes or machines share the work under torchrun:
`torchrun --nproc-per-node 2 -m antiphon.models.training.train DATASET -o RUN`. The data set (of
`antiphon prepare`, or a folder of music) must be on each machine, the run's folder on the first.
With --from a model is made the user's own (`antiphon.models.training.finetune`).
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.models.training import dataset as data
from antiphon.models.training.distributed import Group
from antiphon.models.training.finetune import FineTune, finetune, sentences
from antiphon.models.training.kinds import KINDS
from antiphon.models.training.loop import Loop, Plan, Tell, score
from antiphon.models.training.own_model import OwnModel, install, plain_name
from antiphon.models.training.prepare import prepare, tell_progress
from antiphon.models.training.prepared_set import DATASET, kept_tunes
from antiphon.models.training.runs import (
    CONFIG,
    log_to,
    open_run,
    sides,
    stoppable,
    with_best_weights,
)
from antiphon.models.training.train_log import LOG, tell_people, tell_programs

_PREPARED = "data"


def train(options: argparse.Namespace, group: Group, tell: Tell) -> int:
    """Train from fresh weights, or go on where the run stands; returns the exit code."""
    found = _data_set(options, group)
    own, other = sides(found, str(options.folder[0]))
    kind = KINDS[options.kind]
    torch.manual_seed(options.seed)
    network = kind.built(found.durations.values, _sizes(options))
    config: Any = network.config
    begun = {"kind": options.kind, "data": data.digest(found), "seed": options.seed}
    sizes = {k: v for k, v in config.to_json().items() if k != "durations"}
    if group.is_first:
        open_run(options.output, begun | sizes)
        (options.output / CONFIG).write_text(json.dumps(config.to_json()) + "\n")
        log_to(options.output)
        LOG.info("data %s: %d tunes to learn, %d to judge by", begun["data"], len(own), len(other))
    plan = Plan(
        minutes=options.minutes, epochs=options.epochs, seed=options.seed, batch=options.batch,
        longest=options.longest, rate=options.rate or kind.rate, patience=options.patience,
    )  # fmt: skip
    loop = Loop(network, options.output, plan, group, tell)
    with stoppable() as stopping:
        reason = loop.run(own, other, stopping)
    if reason == "stopped":
        return int(ExitCode.CANCELLED)
    if group.is_first and options.name and with_best_weights(network, options.output):
        _install(options, network, found)
    return int(ExitCode.OK)


def _data_set(options: argparse.Namespace, group: Group) -> data.Dataset:
    """The data set that was given, or the one made of the music that was given."""
    (first, *others) = options.folder
    if not others and (first / DATASET).is_file():
        return kept_tunes(first)
    if options.from_scores is None:
        options.from_scores = options.output.with_name(f"{options.output.name}-{_PREPARED}")
    if group.is_first:
        prepare(options.folder, options.from_scores, progress=tell_progress)
    # The others wait for this until the first process has prepared.
    group.first_says([torch.zeros(1)])
    return kept_tunes(options.from_scores)


def _install(options: argparse.Namespace, network: nn.Module, found: data.Dataset) -> None:
    held_out = found.side("test") or found.side("valid")
    side = "tests" if found.side("test") else "the pieces that it was stopped by"
    figure = f"{score(network, held_out).total:.3f} ({len(held_out)} tunes, {side})"
    about = OwnModel(
        plain_name(options.name), options.kind, (_source(options.folder),),
        {"bits a note, held-out tunes": figure},
        f"Trained from fresh weights on {len(found.side('train'))} tunes of the user's own.",
    )  # fmt: skip
    folder = install(about, network)
    LOG.info("the model %s is in %s", about.name, folder)


def _source(places: list[Path]) -> str:
    names = ", ".join(place.resolve().name for place in places)
    return f"the user's own pieces ({names})"


def _sizes(options: argparse.Namespace) -> dict[str, float]:
    names = ("embedding", "hidden", "head", "dropout")
    return {n: getattr(options, n) for n in names if getattr(options, n) is not None}


def own(options: argparse.Namespace, tell: Tell) -> int:
    """Fine-tune a model on the user's pieces and put it among the user's models."""
    place = options.output or options.folder[0].resolve()
    name = plain_name(options.name or place.name)
    wish = FineTune(
        tuple(options.folder), getattr(options, "from"), name, options.first, _tuning(options)
    )
    with stoppable() as stopping:
        result = finetune(wish, tell, stopping, stopping.unless(tell_progress))
    if result is None:
        sys.stderr.write("antiphon: stopped. No model was added; the same command goes on.\n")
        return int(ExitCode.CANCELLED)
    if options.json:
        tell_programs("tuned", result.figures())
    else:
        sys.stdout.write("\n".join(sentences(result)) + "\n")
    return int(ExitCode.OK)


def _tuning(options: argparse.Namespace) -> Plan:
    plan = FineTune.usual_plan()
    if options.minutes is not None:
        plan = replace(plan, minutes=options.minutes)
    if options.epochs is not None:
        plan = replace(plan, epochs=options.epochs)
    return replace(plan, rate=options.rate or plan.rate, seed=options.seed)


def main(arguments: list[str] | None = None) -> int:
    """Train or fine-tune; returns the exit code."""
    options = _parser().parse_args(arguments)
    tuning = getattr(options, "from") is not None
    torch.set_num_threads(options.threads)
    np.random.seed(options.seed)
    try:
        _check(options, tuning)
        with Group.of_environment() as group:
            log_to(None)
            speak = tell_programs if options.json else tell_people
            tell: Tell = speak if group.is_first else lambda event, figures: None
            return own(options, tell) if tuning else train(options, group, tell)
    except AntiphonError as error:
        sys.stderr.write(f"antiphon: {error.sentence}\n  {error.remedy}\n")
        return int(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("antiphon: stopped.\n")
        return int(ExitCode.CANCELLED)


def _check(options: argparse.Namespace, tuning: bool) -> None:
    """Raise AntiphonError("bad-control") for options that contradict each other or sense."""
    if options.name:
        plain_name(options.name)
    if not tuning:
        if options.output is None:
            why = "a training needs a folder for its run"
            raise AntiphonError("bad-control", name="-o", value="left out", why=why)
        options.minutes = 30.0 if options.minutes is None else options.minutes
        options.epochs = 1000 if options.epochs is None else options.epochs
    for name in ("minutes", "epochs", "batch", "longest", "patience", "threads", "rate"):
        value = getattr(options, name)
        if value is not None and not 0 < value < 1e9:
            raise AntiphonError(
                "bad-control", name=f"--{name}", value=value, why="it must be more than nothing"
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="a data set, or folders of music")
    parser.add_argument("-o", "--output", type=Path, help="folder of the run")
    parser.add_argument("--kind", choices=tuple(KINDS), default="melody-lstm")
    parser.add_argument("--from", metavar="MODEL", help="make this model your own instead")
    parser.add_argument("--name", help="put the model among your own under this name")
    parser.add_argument("--first", action="store_true", help="ask your model before the others")
    parser.add_argument("--minutes", type=float, help="time budget")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--patience", type=int, default=10, help="epochs without gain to stop at")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1024, help="events in a batch")
    parser.add_argument("--longest", type=int, default=128, help="events in a piece of a tune")
    parser.add_argument("--rate", type=float, help="highest learning rate")
    parser.add_argument("--embedding", type=int)
    parser.add_argument("--hidden", type=int)
    parser.add_argument("--head", type=int)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--json", action="store_true", help="print progress as lines of JSON")
    parser.set_defaults(from_scores=None)
    return parser


if __name__ == "__main__":
    sys.exit(main())
