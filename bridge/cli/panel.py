"""`antiphon panel`, and `antiphon` alone: the panel, in a process of its own."""

import argparse
import os
import sys

from antiphon.bridge.cli.child import run_child
from antiphon.bridge.errors import AntiphonError


def run(options: argparse.Namespace) -> int:
    """Open the panel; the exit code is its own."""
    menu = ["--menu"] if getattr(options, "menu", False) else []
    return run_child("antiphon.ui", [*menu, *options.file])
