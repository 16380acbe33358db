"""The grammar of the commands about editors: panel, do, watch, live, install, uninstall."""

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from antiphon.bridge.protocol.messages import Task
from antiphon.bridge.protocol.watching import DEEDS, KINDS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# As in `antiphon.bridge.editors.registry`, which is loaded when one of them is used.
EDITORS = ("musescore", "reaper", "ardour")


def add_editor_commands(commands: "Commands") -> None:
    """Add them to the parser of `antiphon`."""
    _add_panel(commands)
    _add_do(commands)
    _add_watch(commands)
    _add_live(commands)
    _add_install(commands)


def _lazily(module: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        return int(import_module(f"antiphon.bridge.cli.{module}").run(options))

    return run


def _add_panel(commands: "Commands") -> None:
    command = commands.add_parser(
        "panel",
        help="open the panel (the same as antiphon alone)",
        description="Open the panel: every task, every take, all editors.",
    )
    command.add_argument("file", nargs="*", metavar="FILE", help="music to open in it")
    command.add_argument("--menu", action="store_true", help="its menu of tasks, at the pointer")
    command.set_defaults(run=_lazily("panel"))


def _add_do(commands: "Commands") -> None:
    command = commands.add_parser(
        "do",
        help="have an open editor act as if a key had been pressed there",
        description="Have an open editor act on what is selected in it, as if a key had been "
        "pressed there.",
        epilog="example: antiphon do bass style=jazz --editor reaper",
    )
    command.add_argument(
        "what",
        choices=[*(task.value for task in Task), *DEEDS],
        metavar="WHAT",
        help=f"a task, or one of {', '.join(DEEDS)}",
    )
    command.add_argument(
        "words", nargs="*", metavar="NAME=VALUE", help="words of the task: measures=8"
    )
    command.add_argument("--editor", choices=KINDS[:3], help="which editor (the one used last)")
    command.set_defaults(run=_lazily("do"))


def _add_watch(commands: "Commands") -> None:
    command = commands.add_parser(
        "watch",
        help="answer the music that is dropped into a folder",
        description="Answer MIDI, MusicXML and ABC files that are dropped into a folder: the "
        "answers appear beside them. No file that is there is changed.",
        epilog="example: antiphon watch ~/ideas --task bass style=jazz",
    )
    command.add_argument("folder", metavar="FOLDER", help="the folder to watch")
    _add_task_and_words(command)
    command.add_argument(
        "--once", action="store_true", help="answer what is there already, and end"
    )
    command.set_defaults(run=_lazily("watch"))


def _add_live(commands: "Commands") -> None:
    command = commands.add_parser(
        "live",
        help="answer the clip that is selected in Ableton Live, through AbletonOSC",
        description="Answer the MIDI clip that is selected in Ableton Live's session view; "
        "AbletonOSC must be switched on as a control surface. The answer is written into an empty "
        "slot, and read back; clips that are there are not touched.",
        epilog="example: antiphon live --task bass style=jazz",
    )
    _add_task_and_words(command)
    command.add_argument("--port", type=int, default=11000, help="where AbletonOSC hears (11000)")
    command.add_argument("--back", type=int, default=11001, help="where it answers to (11001)")
    command.set_defaults(run=_lazily("live"))


def _add_task_and_words(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--task",
        required=True,
        nargs="+",
        metavar=("TASK", "NAME=VALUE"),
        help="what to do, and words of the task: --task bass style=jazz",
    )


def _add_install(commands: "Commands") -> None:
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
