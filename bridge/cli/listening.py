"""`antiphon analyze`, `library`, `similar` and `recommend`: in a process of their own."""

import argparse

from antiphon.bridge.cli.child import flags, run_child

_MODULE = "antiphon.models.listening"
_POSITIONAL = ("action", "folder", "file", "value")


def run(options: argparse.Namespace) -> int:
    """Run the command in a child, where numpy and the models may load."""
    named = [str(getattr(options, name)) for name in _POSITIONAL if getattr(options, name, None)]
    left_out = ("run", "command", *_POSITIONAL)
    if named:
        named.insert(0, "--")
    return run_child(_MODULE, [options.command, *flags(options, left_out), *named])
