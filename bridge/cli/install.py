"""`antiphon install EDITOR` and `antiphon uninstall EDITOR`."""

import argparse
from pathlib import Path

from antiphon.bridge.editors.registry import NAMES, editor, told
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.launcher import write_launcher


def run(options: argparse.Namespace) -> int:
    """Install into, or remove from, every installation found; say where and how to use it.

    Where one of several fails, the others are still done, and its fault is raised at the end.
    """
    folder = Path(options.folder) if options.folder else None
    module = editor(options.editor)
    installations = module.find(folder)
    if not installations:
        raise AntiphonError("editor-not-found", editor=NAMES[options.editor])
    if options.action == "install":
        _write_launcher()
    faults: list[AntiphonError] = []
    for installation in installations:
        try:
            if options.action == "install":
                result = module.install(installation)
                print(f"Antiphon is in {installation.name}.")
                for sentence in told(result):
                    print(sentence)
            elif module.uninstall(installation):
                print(f"Antiphon is no longer in {installation.name}. Nothing of it was left.")
            else:
                print(f"Antiphon was not in {installation.name}. Nothing was changed.")
        except AntiphonError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return ExitCode.OK


def _write_launcher() -> None:
    try:
        write_launcher()
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise AntiphonError("unwritable-file", what=error.filename, why=why) from None
