"""The editors that Antiphon can be put into, by the word of the command line.

Each is a module of this folder with the functions of `Editor`. One that is not there (or cannot
be loaded) is told in a sentence; it never keeps the others from working.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from antiphon.bridge.errors import AntiphonError

# Word and module; the module says under which name a person knows the editor (`EDITOR`).
MODULES = {
    "musescore": "antiphon.bridge.editors.musescore",
    "reaper": "antiphon.bridge.editors.reaper",
    "ardour": "antiphon.bridge.editors.ardour",
}
NAMES = {"musescore": "MuseScore", "reaper": "REAPER", "ardour": "Ardour"}


class Editor(Protocol):
    """What a module of an editor offers; an installation has a `name`."""

    def find(self, folder: Path | None = None) -> Sequence[Any]:
        """Every installation found, or the one that keeps its settings in `folder`."""

    def install(self, installation: Any) -> Any:
        """Put Antiphon in. What it returns may say `told`: sentences on how to use it."""

    def uninstall(self, installation: Any) -> bool:
        """Take Antiphon out to the byte; False if it was not there."""

    def status(self, installation: Any) -> Any:
        """`version` (None: not installed), `packaged_version`, `is_intact`, `is_current`."""


def editor(word: str) -> Editor:
    """The module of an editor. Raises AntiphonError("editor-not-found")."""
    try:
        return cast(Editor, import_module(MODULES[word]))
    except (KeyError, ImportError):
        raise AntiphonError("editor-not-found", editor=NAMES.get(word, word)) from None


def told(result: Any) -> tuple[str, ...]:
    """What a person should know after an installation, in sentences."""
    sentences = getattr(result, "told", None)
    if sentences:
        return tuple(sentences)
    folder, shortcut = getattr(result, "plugin_folder", None), getattr(result, "shortcut", None)
    said = [f"Its files are in {folder}."] if folder else []
    return (*said, *([f"Select some music and press {shortcut}."] if shortcut else []))
