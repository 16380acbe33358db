"""The grammar of `antiphon analyze`, `library`, `similar` and `recommend`."""

import argparse
from collections.abc import Callable
from importlib import import_module


def add_listening_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the commands that listen to the parser of `antiphon`."""
    _add_analyze(commands)


def _lazily(options: argparse.Namespace) -> int:
    run: Callable[[argparse.Namespace], int] = import_module("antiphon.bridge.cli.listening").run
    return run(options)


def _add_analyze(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "analyze",
        help="tell key, form, chords, cadences, style, mood and difficulty of a piece",
        description="Tell keys, meter, tempo, form, chords with Roman numerals, cadences, notes "
        "foreign to their chords, faults of voice leading, range and difficulty of each part, "
        "style and mood, with the reasons. The file you give is never changed.",
        epilog="example: antiphon analyze song.musicxml --measures 9-16 --picture song.svg",
    )
    command.add_argument(
        "file",
        metavar="FILE",
        help=".mid, .musicxml, .mxl, .abc, or a recording (.wav, .flac, .mp3, .ogg); - reads it",
    )
    command.add_argument("--measures", metavar="A-B", help="only these, by their printed numbers")
    command.add_argument(
        "--picture",
        metavar="OUT.svg",
        help="the score with numerals, the mood as a curve, and which measures are alike",
    )
    command.add_argument("--json", action="store_true", help="print all of it as JSON")
    command.set_defaults(run=_lazily, command="analyze")
