"""The grammar of the command line, in one place."""

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version

from antiphon.bridge.cli.editors_parser import add_editor_commands
from antiphon.bridge.cli.listening_parser import add_listening_commands
from antiphon.bridge.cli.training_parser import add_training_commands
from antiphon.bridge.protocol.messages import Task
from antiphon.bridge.protocol.wishes import Wish, wishes_of

_EPILOG = """exit codes:
  0  done                            1  a fault on Antiphon's side
  2  the input or a control is bad   3  the service is not running
  130  stopped by the user
"""

_TASKS: dict[Task, str] = {
    Task.GENERATE: "write new music from style, key, meter, chords, mood and length",
    Task.CONTINUE: "write the next measures of a melody",
    Task.FILL: "write the measures between two places",
    Task.VARY: "write a variation of a passage",
    Task.HARMONIZE: "put chords, three lower voices or a piano under a melody",
    Task.BASS: "write a bass line",
    Task.DRUMS: "write drums",
    Task.ACCOMPANY: "write a piano or guitar accompaniment",
    Task.ARRANGE: "write chords, piano, bass and drums together, and a melody where there is none",
    Task.RESTYLE: "put a melody and what is under it into another style",
}
_EXAMPLES: dict[Task, str] = {
    Task.GENERATE: '--key "E minor" --meter 6/8 --style folk --measures 16 -o tune.musicxml',
    Task.CONTINUE: "tune.musicxml -o longer.musicxml --measures 8 --seed 3",
    Task.FILL: "tune.musicxml --from 5 --to 8 -o filled.musicxml",
    Task.VARY: "tune.musicxml --keep rhythm --degree 0.3 -o varied.musicxml",
    Task.HARMONIZE: "tune.musicxml --as satb -o hymn.musicxml",
    Task.BASS: 'tune.musicxml --chords "C | Am F | G7 | C" -o with_bass.musicxml',
    Task.DRUMS: "tune.mid --style rock -o with_drums.mid",
    Task.ACCOMPANY: "tune.musicxml --texture guitar -o song.musicxml",
    Task.ARRANGE: "tune.musicxml --style pop -o band.musicxml",
    Task.RESTYLE: "tune.musicxml --to jazz -o jazz.musicxml",
}

EVALUATIONS = (
    "melody", "abc", "chorales", "chords", "fill", "accompaniment", "drums", "critic",
    "originality", "listening", "speed",
)  # fmt: skip


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
    _add_tasks(commands)
    add_listening_commands(commands)
    _add_models(commands)
    _add_serve(commands)
    add_training_commands(commands)
    _add_evaluate(commands)
    add_editor_commands(commands)
    _add_doctor(commands)
    return parser


def _lazily(module: str) -> Callable[[argparse.Namespace], int]:
    """`run` of a command module, imported when it is called: commands start faster so."""

    def run(options: argparse.Namespace) -> int:
        return int(import_module(f"antiphon.bridge.cli.{module}").run(options))

    return run


def _add_tasks(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for task in Task:
        words = _TASKS[task]
        command = commands.add_parser(
            task.value,
            help=words,
            description=f"{words[0].upper()}{words[1:]}. The file you give is never changed.",
            epilog=f"example: antiphon {task} {_EXAMPLES[task]}",
        )
        file = ".mid, .musicxml, .mxl or .abc; - reads it"
        if task is Task.GENERATE:
            file = f"music to go on from (none: from nothing): {file}"
        nargs = {"nargs": "?"} if task is Task.GENERATE else {}
        command.add_argument("file", metavar="FILE", help=file, **nargs)  # type: ignore[arg-type]
        command.add_argument(
            "-o",
            "--output",
            action="append",
            metavar="OUT",
            default=[],
            help="where to write: .musicxml, .mxl, .mid, .abc or .svg (engraved); may be "
            "repeated; - writes the input's own format to standard output",
        )
        for wish in wishes_of(task):
            _add_wish(command, wish, task)
        command.add_argument("--json", action="store_true", help="print takes as JSON")
        command.set_defaults(run=_lazily("task"), task=task.value)


def _add_wish(command: argparse.ArgumentParser, wish: Wish, task: Task) -> None:
    """One option of a task; a style is where a restyling goes to, so it has --to there."""
    options = [wish.option]
    if wish.name == "to":
        options = ["--last"] if task is Task.RESTYLE else ["--to", "--last"]
    elif wish.name == "style" and task is Task.RESTYLE:
        options = ["--to", "--style"]
    elif wish.name == "degree" and task is Task.RESTYLE:
        options = ["--amount", "--degree"]
    if wish.kind == "switch":
        command.add_argument(*options, dest=wish.name, action="store_true", help=wish.doc)
        return
    kinds = {"text": str, "integer": int, "number": float}
    shown = f" ({wish.default})" if wish.default not in ("", 0) else ""
    command.add_argument(
        *options,
        dest=wish.name,
        type=kinds[wish.kind],
        default=wish.default,
        metavar=wish.sign,
        help=f"{wish.doc}{shown}",
    )


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "models",
        help="list the models, their figures and which one serves each task",
        description="List the models, their figures and which one serves each task.",
    )
    command.add_argument("--task", choices=[task.value for task in Task], help="of one task only")
    command.add_argument("--json", action="store_true", help="print the list as JSON")
    command.set_defaults(run=_lazily("models"))


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
    command.add_argument(
        "topics",
        nargs="*",
        metavar="TASK",
        help=f"a task, or one of {', '.join(EVALUATIONS)} (all)",
    )
    command.add_argument(
        "--on",
        metavar="FOLDER",
        help="MIDI, MusicXML and ABC files, or the training sets' own root for what was held out "
        "(the folder that ANTIPHON_DATA names)",
    )
    command.add_argument("--json", metavar="FILE", help="write the figures there as well")
    command.add_argument("--keep", metavar="DIR", help="keep TOPIC.md and TOPIC.json there")
    command.set_defaults(run=_lazily("evaluate"))


def _add_doctor(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "doctor",
        help="check the installation and say how to mend it",
        description="Check the installation and say how to mend it.",
    )
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    command.set_defaults(run=_lazily("doctor"))
