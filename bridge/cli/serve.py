"""`antiphon serve`: the service in the foreground."""

import argparse

from antiphon.bridge.service import main_serve


def run(options: argparse.Namespace) -> int:
    """Serve until stopped; if a service runs already, say so and step back."""
    arguments = [] if options.idle_exit is None else ["--idle-exit", str(options.idle_exit)]
    return main_serve(arguments)
