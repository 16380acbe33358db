"""`antiphon tune TASK --data FOLDER`: run in a process of its own, where torch may load."""

import argparse

from antiphon.bridge.cli.child import flags, run_child


def run(options: argparse.Namespace) -> int:
    """Run the search; the exit code is the child's own."""
    return run_child(
        "antiphon.models.training.tune", [options.task, *flags(options, ("run", "task"))]
    )
