"""`antiphon panel`, and `antiphon` alone: the panel, in a process of its own."""

import argparse
import os
import sys

from antiphon.bridge.cli.child import run_child
from antiphon.bridge.errors import AntiphonError


def run(options: argparse.Namespace) -> int:
    """Open the panel; the exit code is its own. Raises AntiphonError("no-screen")."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in screens):
        raise AntiphonError("no-screen")
    menu = ["--menu"] if getattr(options, "menu", False) else []
    return run_child("antiphon.ui", [*menu, *options.file])
