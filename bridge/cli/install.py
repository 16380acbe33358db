"""`antiphon install EDITOR` and `antiphon uninstall EDITOR`."""

import argparse
from pathlib import Path

from antiphon.bridge.editors import musescore
from antiphon.bridge.errors import AntiphonError, ExitCode


def run(options: argparse.Namespace) -> int:
    """Install into, or remove from, every installation found; say where and how to use it."""
    folder = Path(options.folder) if options.folder else None
    installations = musescore.find(folder)
    if not installations:
        raise AntiphonError("editor-not-found", editor="MuseScore 3")
    for installation in installations:
        if options.action == "install":
            result = musescore.install(installation)
            print(f"Antiphon is in {installation.name}: {result.plugin_folder}")
            print(f"Select some measures of a staff and press {result.shortcut}.")
        else:
            musescore.uninstall(installation)
            print(f"Antiphon is no longer in {installation.name}. Nothing of it was left.")
    return ExitCode.OK
