"""Commands that load torch run in a process of their own; this one waits for it."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterable


def run_child(module: str, arguments: Iterable[str]) -> int:
    """Run a module of the models with arguments; returns its exit code.

    Ctrl+C reaches the child as well, which then leaves a whole state: it is waited for. A
    polite kill of this process is handed on.
    """
    child = subprocess.Popen([sys.executable, "-m", module, *arguments])
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)


def flags(options: argparse.Namespace, left_out: Iterable[str]) -> list[str]:
    """The options of a command as the child's arguments, `left_out` excepted."""
    found: list[str] = []
    for name, value in vars(options).items():
        if name in left_out or value is None or value is False:
            continue
        flag = f"--{name.replace('_', '-')}"
        # With the sign of equality a value may begin with a minus.
        found.append(flag if value is True else f"{flag}={value}")
    return found
