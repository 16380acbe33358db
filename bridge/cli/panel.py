"""`antiphon panel`, and `antiphon` alone: the panel, in a process of its own."""

import argparse

from antiphon.bridge.cli.child import run_child


def run(options: argparse.Namespace) -> int:
    """Open the panel; the exit code is its own."""
    menu = ["--menu"] if getattr(options, "menu", False) else []
    return run_child("antiphon.ui", [*menu, *options.file])
