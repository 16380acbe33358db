"""`antiphon watch FOLDER --task TASK`: answers appear beside the music that is dropped in."""

import argparse
import sys
import time
from pathlib import Path

from antiphon.bridge.cli.typed import typed_task
from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.watch_folder import Answered, WatchFolder

_BEAT = 0.3


def run(options: argparse.Namespace) -> int:
    """Watch until stopped; with --once, answer what is there and end (1 if something failed)."""
    task, words = typed_task(options.task)
    folder = Path(options.folder)
    if not folder.is_dir():
        raise AntiphonError("unreadable-file", what=options.folder, why="it is no folder")
    watched = WatchFolder(folder, task, words, answers_old=options.once)
    if not options.once:
        print(f"Watching {folder} for music: {task}. Ctrl+C stops it.", file=sys.stderr)
    failed = False
    with Client.open() as client:
        try:
            while True:
                for outcome in watched.look(client):
                    _tell(outcome)
                    failed = failed or outcome.fault is not None
                if options.once and not watched.is_waiting:
                    return ExitCode.FAILED if failed else ExitCode.OK
                time.sleep(_BEAT)
        except KeyboardInterrupt:
            print("Stopped watching.", file=sys.stderr)
            return ExitCode.OK


def _tell(outcome: Answered) -> None:
    if outcome.fault is not None:
        print(
            f"{outcome.file.name}: {outcome.fault.sentence}\n  {outcome.fault.remedy}", flush=True
        )
        return
    names = ", ".join(path.name for path in outcome.answers)
    print(f"{outcome.file.name}: wrote {names}", flush=True)
