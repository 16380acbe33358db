"""MuseScore 3 and 4: find them, put the plugins in, take them out again, say how they stand.

Sources: MuseScore 3's handbook ("Revert to factory settings" for the folders), and its
`mscore/plugin/pluginManager.cpp` for plugins.xml.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from shutil import which

from antiphon.bridge import paths
from antiphon.bridge.editors import musescore4, plugin_list, processes
from antiphon.bridge.editors.merging import (
    digest,
    digest_of,
    missing_folders,
    read_text,
    write_whole,
)
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import loads

EDITOR = "MuseScore 3"
# The plugins and the keys that MuseScore leaves free by default, best first.
KEYS: Mapping[str, str] = {
    "continue": "M", "fill": "F", "vary": "V", "harmonize": "H", "satb": "S", "bass": "B",
    "drums": "R", "accompany": "A", "restyle": "Y", "next": "N", "previous": "P", "keep": "K",
    "cancel": "C", "open": "O", "menu": "W", "dock": "U",
}  # fmt: skip
COMMANDS = frozenset(f"antiphon_{name}.qml" for name in KEYS)
_MODIFIERS = ("Ctrl+Alt+", "Ctrl+Alt+Shift+")
PLACE = "antiphon_place.js"
PROGRAMS = ("mscore3", "musescore3", "mscore", "musescore", "MuseScore3", "mscore-portable")

_RECORD = "installed.json"
_BACKUP = "plugins.xml.before-antiphon"


@dataclass(frozen=True, slots=True)
class Installation:
    """One MuseScore on this computer: its program (None if only its folder is known) and data."""

    name: str
    program: Path | None
    data: Path
    is_new: bool = False

    @property
    def plugin_folder(self) -> Path:
        """Where the plugins go."""
        if self.is_new:
            return musescore4.plugin_folder()
        return self.data / "plugins" / "antiphon"

    @property
    def plugin_list(self) -> Path:
        """The file that says which plugins are loaded."""
        return self.data / "plugins.xml"


@dataclass(frozen=True, slots=True)
class Installed:
    """What `install` did: where the plugins lie, their version and keys ("" where none is free).

    `shortcut` is the key that continues a melody, `keys` are those of all commands by name.
    """

    plugin_folder: Path
    shortcut: str
    version: str
    keys: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What a person should know now, in sentences."""
        where = f"Its plugins are in {self.plugin_folder}."
        if not self.shortcut:
            return (
                where,
                "Its commands are in the menu Plugins; give them keys in Preferences, Shortcuts.",
            )
        keys = ", ".join(f"{name} {key}" for name, key in self.keys if key)
        return (
            where,
            f"Select some measures of a staff and press {self.shortcut}.",
            "All its commands are in the menu Antiphon.",
            f"Keys: {keys}.",
        )


@dataclass(frozen=True, slots=True)
class Status:
    """How the plugin stands: `version` is None where it is not installed.

    `is_intact` says that every file is as it was installed, `is_current` that this is the
    version this Antiphon brings, `shortcut` is None where MuseScore does not load it.
    """

    version: str | None
    packaged_version: str
    is_intact: bool = False
    is_current: bool = False
    shortcut: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """What `install` wrote, kept beside it so that `uninstall` can take it back."""

    version: str
    files: tuple[tuple[str, str], ...]
    had_list: bool
    list_hash: str
    folders: tuple[str, ...]


def find(folder: Path | None = None) -> list[Installation]:
    """Every MuseScore 3 and 4 found; with `folder`, the 3 that keeps its data there (`-c`)."""
    programs = [Path(found) for name in PROGRAMS if (found := which(name))]
    programs += [
        path for place in _program_places() for path in sorted(place.parent.glob(place.name))
    ]
    program = programs[0] if programs else None
    if folder is not None:
        return [Installation(EDITOR, program, folder.absolute())] if folder.is_dir() else []
    every: list[Installation] = []
    data, new = _data_folder(), musescore4.data_folder()
    if program is not None or data.is_dir():
        every.append(Installation(EDITOR, program, data))
    if new.is_dir():
        every.append(Installation(musescore4.EDITOR, None, new, is_new=True))
    return every


def install(installation: Installation, run_file: Path | None = None) -> Installed:
    """Put the plugin in, enable it and bind a free key; what was there stays.

    Doing it again brings the plugin up to date. `run_file` is where the service says how to
    reach it (default: this user's). Raises AntiphonError: "editor-running",
    "no-free-key", "strange-plugin-list", "unwritable-file".
    """
    _refuse_running(installation)
    contents = _packaged(run_file or paths.run_file())
    try:
        if _version(installation) is not None:
            _remove(installation)
        if installation.is_new:
            folder, version = installation.plugin_folder, packaged_version()
            musescore4.put(installation.data, folder, contents, version)
            return Installed(folder, "", version)
        return _put(installation, contents)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=_what(error), why=_why(error)) from None


def uninstall(installation: Installation) -> bool:
    """Take the plugin out and leave nothing behind; False if it was not there.

    A plugin list that MuseScore or the user has changed since keeps those changes.
    Raises AntiphonError("editor-running" | "unwritable-file").
    """
    if _version(installation) is None:
        return False
    _refuse_running(installation)
    try:
        _remove(installation)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=_what(error), why=_why(error)) from None
    return True


def status(installation: Installation) -> Status:
    """How the plugin stands in an installation; nothing is changed."""
    packaged = packaged_version()
    if installation.is_new:
        version, is_intact = (
            _version(installation),
            musescore4.is_intact(installation.plugin_folder),
        )
        return Status(version, packaged, is_intact, version == packaged)
    record = _record(installation)
    if record is None:
        return Status(None, packaged)
    folder = installation.plugin_folder
    is_intact = all(digest_of(folder / name) == hashed for name, hashed in record.files)
    listed = read_text(installation.plugin_list) or ""
    key = plugin_list.key_of(listed, "antiphon_continue.qml")
    return Status(record.version, packaged, is_intact, record.version == packaged, key)


def packaged_version() -> str:
    """The version of the plugin that this Antiphon brings."""
    text = (files("antiphon.plugins.musescore") / "antiphon_continue.qml").read_text("utf-8")
    found = re.search(r'^\s*version:\s*"([^"]+)"', text, re.MULTILINE)
    assert found is not None
    return found.group(1)


def _version(installation: Installation) -> str | None:
    folder = installation.plugin_folder
    found = musescore4.record(folder) if installation.is_new else _record(installation)
    return found.version if found is not None else None


def _put(installation: Installation, contents: dict[str, bytes]) -> Installed:
    old = read_text(installation.plugin_list)
    base = plugin_list.without(old if old is not None else plugin_list.EMPTY, COMMANDS)
    if not plugin_list.is_list(base):
        raise AntiphonError("strange-plugin-list", what=installation.plugin_list)
    keys = _free_keys(base, read_text(installation.data / "shortcuts.xml") or "")
    if not keys["continue"]:
        wanted = ", ".join(modifier + KEYS["continue"] for modifier in _MODIFIERS)
        raise AntiphonError("no-free-key", keys=wanted)
    folder = installation.plugin_folder
    created = missing_folders(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        write_whole(folder / name, data)
    new = base
    for name in sorted(COMMANDS):
        key = keys.get(name.removeprefix("antiphon_").removesuffix(".qml"), "")
        new = plugin_list.with_plugin(new, str(folder / name), key)
    if old is not None:
        write_whole(installation.data / _BACKUP, installation.plugin_list.read_bytes())
    digests = tuple((name, sha256(data).hexdigest()) for name, data in sorted(contents.items()))
    record = _Record(
        packaged_version(), digests, old is not None, digest(new), tuple(map(str, created))
    )
    write_whole(folder / _RECORD, json.dumps(asdict(record), indent=1).encode())
    write_whole(installation.plugin_list, new.encode())
    return Installed(folder, keys["continue"], record.version, tuple(keys.items()))


def _free_keys(*texts: str) -> dict[str, str]:
    """A key for every command that no `<seq>` of these files uses, "" where there is none."""
    taken = plugin_list.taken_keys(*texts)
    found: dict[str, str] = {}
    for name, letter in KEYS.items():
        keys = (modifier + letter for modifier in _MODIFIERS)
        found[name] = next((key for key in keys if plugin_list.plain_key(key) not in taken), "")
    return found


def _remove(installation: Installation) -> None:
    if installation.is_new:
        musescore4.take_out(installation.plugin_folder)
        return
    record = _record(installation)
    assert record is not None
    _restore_list(installation, record)
    (installation.data / _BACKUP).unlink(missing_ok=True)
    folder = installation.plugin_folder
    for name, _ in record.files:
        (folder / name).unlink(missing_ok=True)
    (folder / _RECORD).unlink(missing_ok=True)
    for created in map(Path, record.folders):
        # A folder that has got something else in it since is the user's.
        if created.is_dir() and not any(created.iterdir()):
            created.rmdir()


def _restore_list(installation: Installation, record: _Record) -> None:
    path, backup = installation.plugin_list, installation.data / _BACKUP
    now = read_text(path)
    if now is None:
        return
    if digest(now) != record.list_hash:
        write_whole(path, plugin_list.without(now, COMMANDS).encode())
    elif record.had_list and backup.is_file():
        backup.replace(path)
    elif not record.had_list:
        path.unlink()


def _packaged(run_file: Path) -> dict[str, bytes]:
    """The plugin's files, the place of the run file written into them."""
    found = {
        entry.name: entry.read_bytes()
        for entry in files("antiphon.plugins.musescore").iterdir()
        if entry.name.endswith((".qml", ".js"))
    }
    # JSON's escapes are JavaScript's, and ASCII survives every way of reading the file.
    for name, value in (
        ("RUN_FILE", str(run_file.absolute())),
        ("SERVE", _command_line(run_file, "serve")),
        ("PANEL", _command_line(run_file, "panel")),
        ("MENU", _command_line(run_file, "menu")),
    ):
        written = f"var {name} = {json.dumps(value)};"
        found[PLACE] = found[PLACE].replace(f'var {name} = "";'.encode(), written.encode())
    return found


def _command_line(run_file: Path, word: str) -> str:
    """A line for Qt's QProcess that has the launcher in the run folder start something."""
    windows = sys.platform == "win32"
    launcher = run_file.absolute().parent / ("antiphon.cmd" if windows else "antiphon")
    return f'{"cmd.exe /c " if windows else ""}"{launcher}" {word}'


def _refuse_running(installation: Installation) -> None:
    programs = musescore4.PROGRAMS if installation.is_new else PROGRAMS
    default = musescore4.data_folder() if installation.is_new else _data_folder()
    if processes.uses_folder(programs, installation.data, default):
        raise AntiphonError("editor-running", editor=installation.name)


def _data_folder() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"), "MuseScore/MuseScore3")
    if sys.platform == "darwin":
        return home / "Library/Application Support/MuseScore/MuseScore3"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share", "MuseScore/MuseScore3")


def _program_places() -> list[Path]:
    """Where programs lie that are not on the search path; the last part may hold a star."""
    home = Path.home()
    if sys.platform == "win32":
        roots = [
            Path(os.environ.get(name, "C:/Program Files"))
            for name in ("ProgramFiles", "ProgramW6432")
        ]
        return [root / "MuseScore 3/bin/MuseScore3.exe" for root in roots]
    if sys.platform == "darwin":
        return [Path("/Applications/MuseScore 3.app/Contents/MacOS/mscore")]
    return [
        place / "MuseScore-3*.AppImage"
        for place in (home / "Applications", home / "bin", home / ".local/bin", Path("/opt"))
    ]


def _record(installation: Installation) -> _Record | None:
    try:
        data = (installation.plugin_folder / _RECORD).read_bytes()
        return loads(_Record, data)
    except (OSError, AntiphonError):
        return None


def _what(error: OSError) -> str:
    return str(error.filename or "A file")


def _why(error: OSError) -> str:
    return (error.strerror or "unknown").lower()
