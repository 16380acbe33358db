"""`antiphon do WHAT`: an editor acts as if a key had been pressed there."""

import argparse

from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.protocol.messages import Task
from antiphon.bridge.protocol.table import Value
from antiphon.bridge.protocol.wishes import BY_NAME, wishes_of


def run(options: argparse.Namespace) -> int:
    """Tell the editor; what it then does is to be seen there."""
    words = dict(_word(options.what, word) for word in options.words)
    with Client.connect() as client:
        client.do(options.what, options.editor or "", words)
        editors = client.watch(-1).editors
    names = [seen.name for seen in editors if options.editor in (None, seen.kind)]
    print(f"{names[0] if names else 'The editor'} was told: {options.what}.")
    return ExitCode.OK


def _word(what: str, text: str) -> tuple[str, Value]:
    """A word as it is typed: measures=8, lock-measures=3."""
    name, sign, value = text.partition("=")
    name = name.lstrip("-").replace("-", "_")
    if not sign:
        raise AntiphonError(
            "bad-control", name=text, value="that", why="a word is typed NAME=VALUE"
        )
    known = {*BY_NAME} if what not in set(Task) else {w.name for w in wishes_of(Task(what))}
    if name not in known | {"id", "number"}:
        raise AntiphonError("bad-control", name=name, value=value, why=f"{what} takes no such word")
    if name in BY_NAME:
        kinds = {"text": str, "integer": int, "number": float, "switch": lambda v: v in ("1", "on")}
        try:
            return name, kinds[BY_NAME[name].kind](value)  # type: ignore[operator]
        except ValueError:
            why = f"it is a {BY_NAME[name].kind}"
            raise AntiphonError("bad-control", name=name, value=value, why=why) from None
    return name, int(value) if name == "number" and value.isdigit() else value
