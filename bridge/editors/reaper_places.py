"""Where REAPER and its settings lie, portable copies too, and whether one of them runs.

Sources: REAPER's own words for its resource path (Options, Show REAPER resource path), and its
manual on portable installations: the program's folder where that holds `reaper.ini`.
"""

import os
import sys
from pathlib import Path
from shutil import which

from antiphon.bridge.editors import processes

PROGRAMS = ("reaper", "reaper64")
SETTINGS = "reaper.ini"


def settings_folder() -> Path:
    """The folder that an ordinary installation keeps its settings in."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home / "AppData/Roaming"), "REAPER")
    if sys.platform == "darwin":
        return home / "Library/Application Support/REAPER"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config", "REAPER")


def programs() -> list[Path]:
    """Every REAPER found, on the search path first."""
    found = [Path(path).resolve() for name in PROGRAMS if (path := which(name))]
    for place in _usual_places():
        found += [path.resolve() for path in sorted(place.parent.glob(place.name))]
    return [path for path in dict.fromkeys(found) if path.is_file()]


def own_folder(program: Path) -> Path:
    """The folder beside which a portable copy keeps its settings; on macOS that of the bundle."""
    for parent in program.parents:
        if parent.suffix == ".app":
            return parent.parent
    return program.parent


def is_portable(folder: Path) -> bool:
    """Whether a program's folder holds the settings, too."""
    return (folder / SETTINGS).is_file()


def is_running(data: Path) -> bool:
    """Whether a REAPER runs on the settings in `data`; in doubt, yes."""
    for words in processes.running(PROGRAMS):
        used = _settings_of(words)
        if used is None or used.absolute().resolve() == data.absolute().resolve():
            return True
    return False


def _settings_of(words: list[str]) -> Path | None:
    """The settings that a running REAPER uses, None where that cannot be told."""
    if "-cfgfile" in words[:-1]:
        file = Path(words[words.index("-cfgfile") + 1])
        return file.parent if file.is_absolute() else None
    program = Path(words[0])
    if not program.is_absolute():
        found = which(words[0])
        if sys.platform == "win32" or found is None:
            return None
        program = Path(found)
    folder = own_folder(program.resolve())
    return folder if is_portable(folder) else settings_folder()


def _usual_places() -> list[Path]:
    """Where programs lie that are not on the search path; the last part may hold a star."""
    home = Path.home()
    if sys.platform == "win32":
        roots = {
            os.environ.get(name) for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")
        }
        return [
            Path(root) / folder / "reaper.exe"
            for root in sorted(filter(None, roots))
            for folder in ("REAPER (x64)", "REAPER")
        ]
    if sys.platform == "darwin":
        bundles = [Path("/Applications"), home / "Applications"]
        return [
            place / f"{name}.app/Contents/MacOS/REAPER"
            for place in bundles
            for name in ("REAPER", "REAPER64", "REAPER-ARM")
        ]
    return [place / "REAPER/reaper" for place in (home / "opt", Path("/opt"), home)]
