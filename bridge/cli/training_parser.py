"""The grammar of `antiphon prepare`, `train` and `tune`.

What is not given is left to the child process, which knows the usual values.
"""

import argparse
from collections.abc import Callable
from importlib import import_module

KINDS = ("melody-lstm", "elman")
TUNED = ("sampling", "training")


def add_training_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the commands that make data sets and models to the parser of `antiphon`."""
    _add_prepare(commands)
    _add_train(commands)
    _add_tune(commands)


def _lazily(module: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        return int(import_module(f"antiphon.bridge.cli.{module}").run(options))

    return run


def _add_prepare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "prepare",
        help="make a data set of your own music",
        description="Make a data set of MIDI, MusicXML, ABC and recordings (WAV, FLAC, MP3, OGG): "
        "split by work, near-duplicates on one side, with a report of what was left out and why.",
        epilog="example: antiphon prepare ~/tunes ~/recordings -o tunes.set --test 10",
    )
    command.add_argument("folder", nargs="+", metavar="FOLDER", help="folders or files of music")
    command.add_argument("-o", "--output", required=True, metavar="SET", help="the data set")
    command.add_argument("--test", type=float, metavar="PERCENT", help="kept for tests (5)")
    command.add_argument("--valid", type=float, metavar="PERCENT", help="kept to stop by (5)")
    command.add_argument("--shortest", type=int, metavar="N", help="fewest notes of a tune (12)")
    command.add_argument(
        "--transpose",
        metavar="LOW:HIGH",
        help="add the training tunes moved by these semitones to the plain notes; the melodies "
        "are moved to one key anyway",
    )
    command.add_argument(
        "--own-durations",
        action="store_true",
        help="take the duration symbols from this music, not from the shipped model",
    )
    command.set_defaults(run=_lazily("prepare"))


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "train",
        help="train a model, or make a shipped one your own",
        description="Train a melody model on a data set or a folder of music; Ctrl+C stops it "
        "whole, and the same command goes on. With --from a model learns your own pieces in a "
        "few minutes and joins your models, where the running service finds it.",
        epilog='example: antiphon train --from melody-lstm ~/my_pieces --name "my tunes"',
    )
    command.add_argument(
        "folder", nargs="+", metavar="FOLDER", help="a data set, or folders of music"
    )
    command.add_argument("-o", "--output", metavar="RUN", help="folder of the run")
    command.add_argument("--from", metavar="MODEL", help="make this model your own")
    command.add_argument("--name", metavar="NAME", help="put the model among yours by this name")
    command.add_argument(
        "--first", action="store_true", help="ask your model before the shipped ones"
    )
    command.add_argument("--kind", choices=KINDS, help="the kind of network (melody-lstm)")
    command.add_argument("--minutes", type=float, metavar="M", help="time budget (30; own: 3)")
    command.add_argument("--epochs", type=int, metavar="N", help="most epochs")
    command.add_argument("--patience", type=int, metavar="N", help="epochs without gain to stop at")
    command.add_argument("--seed", type=int, metavar="S")
    command.add_argument("--threads", type=int, metavar="N", help="threads of the CPU (1)")
    sizes = command.add_argument_group("sizes of the network and of its steps")
    for name, words in (
        ("batch", "events in a batch"),
        ("longest", "events in a piece of a tune"),
        ("embedding", "width of the embedding"),
        ("hidden", "width of the hidden layers"),
        ("head", "width of the heads"),
    ):
        sizes.add_argument(f"--{name}", type=int, metavar="N", help=words)
    sizes.add_argument("--rate", type=float, metavar="R", help="highest learning rate")
    sizes.add_argument("--dropout", type=float, metavar="P", help="share of units left out")
    command.add_argument("--json", action="store_true", help="print progress as lines of JSON")
    command.set_defaults(run=_lazily("train"))


def _add_tune(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "tune",
        help="look for better settings of sampling or training",
        description="Look for better settings: of sampling, by how far takes are from the human "
        "row; of training, by bits a note on the validation side. The same command goes on.",
        epilog="example: antiphon tune sampling --data tunes.set -o search --trials 40",
    )
    command.add_argument("task", choices=TUNED, help="what to tune")
    command.add_argument("--data", required=True, metavar="SET", help="a data set or music folder")
    command.add_argument("-o", "--output", required=True, metavar="DIR", help="the search's folder")
    command.add_argument("--trials", type=int, metavar="N", help="how many trials (30)")
    command.add_argument("--minutes", type=float, metavar="M", help="time budget (20)")
    command.add_argument("--kind", choices=KINDS, help="the kind of network to train (melody-lstm)")
    command.add_argument("--epochs", type=int, metavar="N", help="most epochs of a trial (20)")
    command.add_argument("--excerpts", type=int, metavar="N", help="tunes of a sampling trial (16)")
    command.add_argument("--seed", type=int, metavar="S")
    command.set_defaults(run=_lazily("tune"))
