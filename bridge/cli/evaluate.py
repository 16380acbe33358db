"""`antiphon evaluate TASK --on FOLDER`: run in a process of its own, where torch may load."""

import argparse
import subprocess
import sys
from pathlib import Path

from antiphon.bridge.errors import AntiphonError


def run(options: argparse.Namespace) -> int:
    """Print the table of models and baselines; the exit code is the evaluation's own."""
    folder = Path(options.on)
    if not folder.is_dir():
        raise AntiphonError("unreadable-file", what=options.on, why="it is not a folder")
    command = [sys.executable, "-m", "antiphon.models.evaluation", options.task]
    command += ["--on", str(folder.absolute())]
    if options.json:
        command += ["--json", str(Path(options.json).absolute())]
    return subprocess.run(command, check=False).returncode
