"""`antiphon evaluate [TASK …] --on FOLDER`: in a process of its own, where torch may load."""

import argparse
import os
from pathlib import Path

from antiphon.bridge.cli.child import run_child
from antiphon.bridge.errors import AntiphonError


def run(options: argparse.Namespace) -> int:
    """Print the tables of models and baselines; the exit code is the evaluation's own."""
    named = options.on or os.environ.get("ANTIPHON_DATA")
    if not named:
        why = "name one with --on, or the training sets' root in ANTIPHON_DATA"
        raise AntiphonError("unreadable-file", what="The folder to measure on", why=why)
    folder = Path(named)
    if not folder.is_dir():
        raise AntiphonError("unreadable-file", what=named, why="it is not a folder")
    arguments = [*options.topics, "--on", str(folder.absolute())]
    for name in ("json", "keep"):
        if getattr(options, name):
            arguments += [f"--{name}", str(Path(getattr(options, name)).absolute())]
    return run_child("antiphon.models.evaluation", arguments)
