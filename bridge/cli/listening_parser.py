"""The grammar of `antiphon analyze`, `library`, `similar` and `recommend`."""

import argparse
from collections.abc import Callable
from importlib import import_module


def add_listening_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the commands that listen to the parser of `antiphon`."""
    _add_analyze(commands)
    _add_library(commands)
    _add_similar(commands)
    _add_recommend(commands)


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


def _add_library(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "library",
        help="index your own music, so that like pieces are found",
        description="Index MIDI, MusicXML, ABC and recordings of a folder: only what is new or "
        "changed is read, and Ctrl+C keeps what was done. Nothing leaves this computer. star and "
        "played tell what you like, for antiphon recommend.",
        epilog="example: antiphon library add ~/music; antiphon library star tune.abc 5",
    )
    command.add_argument("action", choices=("add", "list", "star", "played"))
    command.add_argument("file", nargs="?", metavar="FOLDER|FILE")
    command.add_argument("value", nargs="?", metavar="STARS", help="of star: 1 to 5, 0 for none")
    _add_common(command)
    command.set_defaults(run=_lazily, command="library")


def _add_similar(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "similar",
        help="find pieces of your library that are like a piece",
        description="Find pieces of your library that are like a piece or some measures of it, "
        "with the reason. A melody is found transposed, ornamented, rebarred or in part.",
        epilog="example: antiphon similar tune.musicxml --measures 1-8 --by melody",
    )
    command.add_argument("file", metavar="FILE", help="what to look for; a hummed one may be .wav")
    command.add_argument(
        "--by", choices=("melody", "harmony", "rhythm", "style", "mood"), default="melody"
    )
    command.add_argument("--measures", metavar="A-B", help="only these, by their printed numbers")
    command.add_argument("--most", type=int, metavar="N", help="how many to tell (10)")
    _add_common(command)
    command.set_defaults(run=_lazily, command="similar")


def _add_recommend(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "recommend",
        help="tell pieces of your library that you may like",
        description="Tell pieces of your library that are like those you gave stars or played, "
        "each with the reason.",
    )
    command.add_argument("--most", type=int, metavar="N", help="how many to tell (10)")
    _add_common(command)
    command.set_defaults(run=_lazily, command="recommend")


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--library", metavar="FILE", help="another library than your own")
    command.add_argument("--json", action="store_true", help="print it as JSON")
