"""`antiphon train FOLDER…`: run in a process of its own, where torch may load."""

import argparse

from antiphon.bridge.cli.child import flags, run_child


def run(options: argparse.Namespace) -> int:
    """Run the command; the exit code is the child's own."""
    places = [f"./{place}" if place.startswith("-") else place for place in options.folder]
    return run_child(
        "antiphon.models.training.train", [*places, *flags(options, ("run", "folder"))]
    )
