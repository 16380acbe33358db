"""What a script in an editor starts: `antiphon serve` or `antiphon panel`, detached, at once back.

`write_launcher` puts a small executable into the run folder that knows this Python; the scripts
are installed with its path. It answers within the time a Python needs to start, and whatever it
started outlives the editor.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from antiphon.bridge import paths

WHAT = ("serve", "panel", "menu")
# A service that a script started ends by itself when nobody asked for half a day.
IDLE_SECONDS = 12 * 3600


def launcher_path() -> Path:
    """Where the launcher lies: `antiphon` (Windows: `antiphon.cmd`) in the run folder."""
    return paths.run_folder() / ("antiphon.cmd" if os.name == "nt" else "antiphon")


def write_launcher() -> Path:
    """Write the launcher for this Python and this home; returns its path. Raises OSError."""
    path = launcher_path()
    paths.make_private(path.parent)
    home = os.environ.get("ANTIPHON_HOME")
    words = [sys.executable, "-m", "antiphon.bridge.launcher"]
    if os.name == "nt":
        lines = ["@echo off", *([f'set "ANTIPHON_HOME={home}"'] if home else [])]
        text = "\r\n".join([*lines, f"{subprocess.list2cmdline(words)} %*", ""])
    else:
        lines = ["#!/bin/sh", *([f"export ANTIPHON_HOME={shlex.quote(home)}"] if home else [])]
        text = "\n".join([*lines, f'exec {shlex.join(words)} "$@"', ""])
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(text.encode())
    draft.chmod(0o700)
    draft.replace(path)
    return path


def launch(what: str) -> None:
    """Start the service or the panel so that it outlives this process. Raises OSError."""
    more = ["--idle-exit", str(IDLE_SECONDS)] if what == "serve" else []
    if what == "menu":
        # The panel's menu of tasks, at the pointer.
        what, more = "panel", ["--menu"]
    # On Windows DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP, elsewhere a session of its own.
    flags = 0x00000008 | 0x00000200 if os.name == "nt" else 0
    subprocess.Popen(
        [sys.executable, "-m", "antiphon.bridge.cli", what, *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path.home(),
        start_new_session=os.name != "nt",
        creationflags=flags,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Start what is named (the service where nothing is); 2 for a word that is none."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["serve"]
    if words[0] not in WHAT:
        sys.stderr.write(f"antiphon: say one of {', '.join(WHAT)}.\n")
        return 2
    launch(words[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
