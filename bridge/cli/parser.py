"""The grammar of the command line, in one place."""

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version

_EPILOG = """exit codes:
  0  done                            1  a fault on Antiphon's side
  2  the input or a control is bad   3  the service is not running
  130  stopped by the user
"""

EDITORS = ("musescore",)
EVALUATIONS = ("melody",)


def build_parser() -> argparse.ArgumentParser:
    """The parser of `antiphon`; each command sets `run`, a function of the parsed options."""
    parser = argparse.ArgumentParser(
        prog="antiphon",
        description="A co-writer for your music: it answers the phrase you give it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"antiphon {version('antiphon')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_continue(commands)
    _add_serve(commands)
    _add_evaluate(commands)
    _add_install(commands)
    _add_doctor(commands)
    return parser


def _lazily(module: str) -> Callable[[argparse.Namespace], int]:
    """`run` of a command module, imported when it is called: commands start faster so."""

    def run(options: argparse.Namespace) -> int:
        return int(import_module(f"antiphon.bridge.cli.{module}").run(options))

    return run


def _add_continue(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "continue",
        help="write the next measures of a melody",
        description="Write the next measures of a melody. The file you give is never changed.",
        epilog="example: antiphon continue tune.musicxml -o longer.musicxml --measures 8 --seed 3",
    )
    command.add_argument("file", metavar="FILE", help=".mid, .musicxml, .mxl or .abc; - reads it")
    command.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="OUT",
        default=[],
        help="where to write: .musicxml, .mxl, .mid, .abc or .svg (engraved); may be repeated; "
        "- writes the input's own format to standard output",
    )
    command.add_argument("--measures", type=int, default=4, metavar="N", help="how many (4)")
    command.add_argument("--from", dest="first", metavar="M", help="first measure to listen to")
    command.add_argument("--to", dest="last", metavar="M", help="measure after which to continue")
    command.add_argument("--part", metavar="NAME", help="name, id or number of the part")
    command.add_argument("--takes", type=int, default=1, metavar="N", help="how many takes (1)")
    command.add_argument("--seed", type=int, default=0, metavar="S", help="same seed, same notes")
    command.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="T",
        help="how adventurous: below 1 is safer, above 1 is bolder (1.0)",
    )
    command.add_argument("--strict-key", action="store_true", help="use the key's own notes only")
    command.add_argument("--json", action="store_true", help="print takes and receipts as JSON")
    command.set_defaults(run=_lazily("continue_"))


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "serve",
        help="run the service that the editors talk to",
        description="Run the service that the editors talk to, until it is stopped.",
    )
    command.add_argument(
        "--idle-exit",
        type=float,
        metavar="SECONDS",
        help="stop after this long without a request (never)",
    )
    command.set_defaults(run=_lazily("serve"))


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "evaluate",
        help="measure the models on your own tunes",
        description="Measure the models beside their baselines on a folder of tunes.",
    )
    command.add_argument("task", choices=EVALUATIONS, help="what to measure")
    command.add_argument("--on", required=True, metavar="FOLDER", help="MIDI, MusicXML, ABC files")
    command.add_argument("--json", metavar="FILE", help="write the figures there as well")
    command.set_defaults(run=_lazily("evaluate"))


def _add_install(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, words in (
        ("install", "put Antiphon's commands into an editor"),
        ("uninstall", "take Antiphon out of an editor; nothing of it stays"),
    ):
        command = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
        command.add_argument("editor", choices=EDITORS)
        command.add_argument(
            "--folder", metavar="DIR", help="the editor's own settings folder, if it is elsewhere"
        )
        command.set_defaults(run=_lazily("install"), action=name)


def _add_doctor(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "doctor",
        help="check the installation and say how to mend it",
        description="Check the installation and say how to mend it.",
    )
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    command.set_defaults(run=_lazily("doctor"))
