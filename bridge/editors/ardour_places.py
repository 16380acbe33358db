"""Where Ardour keeps its programs, its stock files and a user's settings, on each system.

Sources: the folders that Ardour's `user_config_directory` and its packages use. Settings lie in
a folder of the major version; the files of version 6 are there too, but its scripts know no
musical time, so Antiphon does not go into it.
"""

import contextlib
import os
import re
import sys
from pathlib import Path
from shutil import which

from antiphon.bridge.editors import processes

VERSIONS = (7, 8)
STOCK = ("ardour.menus", "ardour.keys")
_PROGRAM = re.compile(r"ardour-?\d[\w.~+-]*|ardour")


def config_folder(version: int) -> Path:
    """Where a user's settings of a major version lie."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"), f"ardour{version}")
    if sys.platform == "darwin":
        return home / f"Library/Preferences/Ardour{version}"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config", f"ardour{version}")


def stock_folder(version: int) -> Path | None:
    """Where the stock menus and keys of a major version lie, None where they are not found."""
    for folder in _stock_places(version):
        if all((folder / name).is_file() for name in STOCK):
            return folder
    return None


def program(version: int) -> Path | None:
    """The program of a major version, as far as its name or folder tells."""
    for name in (f"ardour{version}", f"Ardour{version}", f"ardour-{version}"):
        if found := which(name):
            return Path(found)
    # Debian's is called by the bare name, and its stock files tell the version.
    if (found := which("ardour")) and Path(f"/etc/ardour{version}").is_dir():
        return Path(found)
    places = [Path(f"/Applications/Ardour{version}.app/Contents/MacOS/Ardour{version}")]
    places += sorted(Path("/opt").glob(f"Ardour-{version}.*/bin/ardour{version}"))
    places += [root / f"Ardour{version}/bin/Ardour.exe" for root in _windows_roots()]
    return next((place for place in places if place.is_file()), None)


def version_of(folder: Path) -> int:
    """The major version whose settings a folder holds, by its name; the first known otherwise."""
    found = re.search(r"(\d+)$", folder.name)
    return int(found.group(1)) if found else VERSIONS[0]


def is_running(folder: Path) -> bool:
    """Whether an Ardour runs with its settings in `folder` (elsewhere than Linux: any Ardour)."""
    if not Path("/proc/self/environ").exists():
        names = [f"ardour{version}" for version in VERSIONS]
        return processes.uses_folder([*names, "ardour"], folder, folder)
    for entry in Path("/proc").iterdir():
        # A process may end while it is looked at.
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and _is_ardour(entry) and _uses(entry, folder):
                return True
    return False


def _is_ardour(entry: Path) -> bool:
    first = (entry / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    return bool(_PROGRAM.fullmatch(first.rsplit("/", 1)[-1]))


def _uses(entry: Path, folder: Path) -> bool:
    try:
        words = (entry / "environ").read_bytes().split(b"\0")
    except PermissionError:
        # Another user's.
        return False
    values = dict(word.decode(errors="replace").partition("=")[::2] for word in words if word)
    home = Path(values.get("HOME", "/"))
    config = Path(values.get("XDG_CONFIG_HOME") or home / ".config")
    return folder.absolute().resolve().parent == config.absolute().resolve()


def _stock_places(version: int) -> list[Path]:
    name = f"ardour{version}"
    places = [Path("/etc") / name, Path("/usr/local/etc") / name, Path("/usr/etc") / name]
    places += sorted(Path("/opt").glob(f"Ardour-{version}.*/etc"))
    places += sorted(Path("/opt").glob(f"Ardour-{version}.*/etc/{name}"))
    places.append(Path(f"/Applications/Ardour{version}.app/Contents/Resources"))
    places += [root / f"Ardour{version}/share/{name}" for root in _windows_roots()]
    return places


def _windows_roots() -> list[Path]:
    names = ("ProgramFiles", "ProgramW6432")
    return [Path(os.environ[name]) for name in names if name in os.environ]
