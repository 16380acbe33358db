"""`antiphon do WHAT`: an editor acts as if a key had been pressed there."""

import argparse

from antiphon.bridge.cli.typed import typed_words
from antiphon.bridge.client import Client
from antiphon.bridge.errors import ExitCode


def run(options: argparse.Namespace) -> int:
    """Tell the editor; what it then does is to be seen there."""
    words = typed_words(options.what, options.words, ("id", "number"))
    if str(words.get("number", "")).isdigit():
        words["number"] = int(words["number"])
    with Client.connect() as client:
        client.do(options.what, options.editor or "", words)
        editors = client.watch(-1).editors
    names = [seen.name for seen in editors if options.editor in (None, seen.kind)]
    print(f"{names[0] if names else 'The editor'} was told: {options.what}.")
    return ExitCode.OK
