"""REAPER 6 and 7: find it, put the actions in, take them out again, say how they stand.

The scripts go into `Scripts/Antiphon`; `reaper-kb.ini` names them and gives them keys that are
free, `Scripts/__startup.lua` gets the one line that starts the loop, and `reaper-menu.ini` a
submenu where the user has menus of their own already.
"""

import json
import locale
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version as version_of_package
from importlib.resources import files
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.editors import reaper_files, reaper_places
from antiphon.bridge.editors.reaper_files import Action
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import loads

EDITOR = "REAPER"
KEYS, MENUS, START = "reaper-kb.ini", "reaper-menu.ini", "Scripts/__startup.lua"
LOOP = "antiphon_loop.lua"

_PACKAGE = "antiphon.plugins.reaper"
_PLACE = "antiphon_place.lua"
_RECORD = "installed.json"
_BACKUP = ".before-antiphon"


@dataclass(frozen=True, slots=True)
class Installation:
    """One REAPER on this computer: its program (None if only its folder is known) and settings."""

    name: str
    program: Path | None
    data: Path

    @property
    def plugin_folder(self) -> Path:
        """Where the scripts go."""
        return self.data / "Scripts" / "Antiphon"


@dataclass(frozen=True, slots=True)
class Installed:
    """What `install` did: where the scripts lie, the keys by file, the version, and sentences."""

    plugin_folder: Path
    shortcut: str
    version: str
    keys: Mapping[str, str]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How the scripts stand: `version` is None where they are not installed.

    `is_intact` says that every file is as it was installed and every action listed,
    `is_current` that this is the version this Antiphon brings, `shortcut` is the key for a
    continuation, None where none was free.
    """

    version: str | None
    packaged_version: str
    is_intact: bool = False
    is_current: bool = False
    shortcut: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """What `install` wrote: files and edited settings by name with their hashes."""

    version: str
    files: tuple[tuple[str, str], ...]
    edits: tuple[tuple[str, str], ...]
    had: tuple[str, ...]
    folders: tuple[str, ...]
    shortcut: str


def find(folder: Path | None = None) -> list[Installation]:
    """Every REAPER found, portable ones too; with `folder`, the one with its settings there."""
    programs = reaper_places.programs()
    if folder is not None:
        program = next((p for p in programs if reaper_places.own_folder(p) == folder), None)
        return [Installation(EDITOR, program, folder.absolute())] if folder.is_dir() else []
    found: list[Installation] = []
    ordinary: Path | None = None
    for program in programs:
        own = reaper_places.own_folder(program)
        if reaper_places.is_portable(own):
            found.append(Installation(f"{EDITOR} in {own}", program, own))
        else:
            ordinary = ordinary or program
    data = reaper_places.settings_folder()
    if ordinary is not None or (data / reaper_places.SETTINGS).is_file():
        found.insert(0, Installation(EDITOR, ordinary, data))
    return found


def install(installation: Installation, run_file: Path | None = None) -> Installed:
    """Put scripts, actions, free keys, menus and the start of the loop in; what was there stays.

    Doing it again brings them up to date. `run_file` is where the service says how to reach
    it (default: this user's). Raises AntiphonError: "editor-running", "strange-settings",
    "unwritable-file".
    """
    _refuse_running(installation)
    try:
        if _record(installation) is not None:
            _remove(installation)
        return _put(installation, (run_file or paths.run_file()).absolute().parent)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=_what(error), why=_why(error)) from None


def uninstall(installation: Installation) -> bool:
    """Take everything out again; False if it was not there.

    Files that REAPER or the user has changed since keep those changes.
    Raises AntiphonError("editor-running" | "unwritable-file").
    """
    if _record(installation) is None:
        return False
    _refuse_running(installation)
    try:
        _remove(installation)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=_what(error), why=_why(error)) from None
    return True


def status(installation: Installation) -> Status:
    """How the scripts stand in an installation; nothing is changed."""
    packaged, record = packaged_version(), _record(installation)
    if record is None:
        return Status(None, packaged)
    data, wanted = installation.data, actions()
    is_intact = all(_hash_of(data / name) == digest for name, digest in record.files)
    listed = reaper_files.actions_of(_read(data / KEYS) or "", wanted)
    is_intact = is_intact and listed == len(wanted)
    is_current = record.version == packaged
    return Status(record.version, packaged, is_intact, is_current, record.shortcut or None)


def packaged_version() -> str:
    """The version of the scripts that this Antiphon brings."""
    return version_of_package("antiphon")


def actions() -> tuple[Action, ...]:
    """Every action, in the order of the menu."""
    return reaper_files.actions_in((files(_PACKAGE) / "lib/actions.lua").read_text("utf-8"))


def _put(installation: Installation, run_folder: Path) -> Installed:
    data = installation.data
    old = {name: _read(data / name) for name in (KEYS, MENUS, START)}
    edits, keys = _edited(installation, old)
    contents = _packaged(installation, run_folder)
    folders = [installation.plugin_folder / "lib", *(installation.plugin_folder / "lib").parents]
    missing = tuple(str(path) for path in folders if not path.exists())
    (installation.plugin_folder / "lib").mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write(data / name, content)
    record = _Record(
        packaged_version(),
        tuple((name, _digest(content)) for name, content in sorted(contents.items())),
        tuple((name, _digest(_bytes(text))) for name, text in edits.items()),
        tuple(name for name in edits if old[name] is not None),
        missing,
        keys.get("antiphon_continue.lua", ""),
    )
    for name in record.had:
        before = old[name]
        assert before is not None
        _write(_backup(installation, name), _bytes(before))
    _write(installation.plugin_folder / _RECORD, json.dumps(asdict(record), indent=1).encode())
    for name, text in edits.items():
        _write(data / name, _bytes(text))
    told = _told(installation, keys, MENUS in edits)
    return Installed(installation.plugin_folder, record.shortcut, record.version, keys, told)


def _edited(
    installation: Installation, old: Mapping[str, str | None]
) -> tuple[dict[str, str], dict[str, str]]:
    """The settings that change, by name, and the keys by file."""
    wanted = actions()
    listed = old[KEYS] or ""
    if not reaper_files.is_key_list(listed):
        raise AntiphonError("strange-settings", what=installation.data / KEYS, editor=EDITOR)
    loop = next(action for action in wanted if action.file == LOOP)
    folder = f"Antiphon{os.sep}"
    base = reaper_files.without_actions(listed, wanted)
    text, keys = reaper_files.with_actions(base, wanted, folder)
    edits = {KEYS: text, START: reaper_files.with_start(old[START] or "", loop)}
    menus = old[MENUS]
    if menus is not None:
        shown = [action for action in wanted if action.file != LOOP]
        plain = reaper_files.without_menu(menus, wanted)
        if (changed := reaper_files.with_menu(plain, shown)) != menus:
            edits[MENUS] = changed
    return edits, keys


def _told(installation: Installation, keys: Mapping[str, str], has_menus: bool) -> tuple[str, ...]:
    said = [f"Its scripts are in {installation.plugin_folder}."]
    bass, on = keys.get("antiphon_bass.lua"), keys.get("antiphon_continue.lua")
    if bass and on:
        said.append(f"Select MIDI items and press {on} to go on with them, {bass} to add a bass.")
    else:
        said.append("Some keys were taken: give your own in REAPER's list of actions (?).")
    if has_menus:
        said.append("Right-click an item or the piano roll: Antiphon is at the end of the menu.")
    else:
        said.append(
            "For the right-click menus: Options, Customize menus/toolbars, then add the actions "
            "that begin with Antiphon to Media item context."
        )
    return tuple(said)


def _packaged(installation: Installation, run_folder: Path) -> dict[str, bytes]:
    """The files that are new, by their path in REAPER's folder."""
    root = installation.plugin_folder.relative_to(installation.data).as_posix()
    found: dict[str, bytes] = {}
    for prefix in ("", "lib/"):
        for entry in (files(_PACKAGE) / prefix).iterdir() if prefix else files(_PACKAGE).iterdir():
            if entry.name.endswith(".lua"):
                found[f"{root}/{prefix}{entry.name}"] = entry.read_bytes()
    launcher = run_folder / ("antiphon.cmd" if os.name == "nt" else "antiphon")
    place = reaper_files.place_file(
        {
            "run_folder": run_folder.as_posix(),
            "launcher": str(launcher),
            "version": packaged_version(),
            "language": _language(),
        }
    )
    found[f"{root}/{_PLACE}"] = place.encode()
    return found


def _language() -> str:
    """The language that the scripts speak: the person's own where there is one, else English."""
    said = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, said), None) or locale.getlocale()[0] or ""
    return "zh_CN" if name.lower().startswith(("zh", "chinese")) else "en"


def _remove(installation: Installation) -> None:
    record = _record(installation)
    assert record is not None
    for name, digest in record.edits:
        _restore(installation, record, name, digest)
        _backup(installation, name).unlink(missing_ok=True)
    for name, _ in record.files:
        (installation.data / name).unlink(missing_ok=True)
    (installation.plugin_folder / _RECORD).unlink(missing_ok=True)
    for created in map(Path, sorted(record.folders, reverse=True)):
        # A folder that has got something else in it since is the user's.
        if created.is_dir() and not any(created.iterdir()):
            created.rmdir()


def _restore(installation: Installation, record: _Record, name: str, digest: str) -> None:
    path, backup = installation.data / name, _backup(installation, name)
    now = _read(path)
    if now is None:
        return
    if _digest(_bytes(now)) != digest:
        left = _WITHOUT[name](now)
        if not left and name not in record.had:
            path.unlink()
        elif left != now:
            _write(path, _bytes(left))
    elif name in record.had and backup.is_file():
        backup.replace(path)
    elif name not in record.had:
        path.unlink()


_WITHOUT: dict[str, Callable[[str], str]] = {
    KEYS: lambda text: reaper_files.without_actions(text, actions()),
    MENUS: lambda text: reaper_files.without_menu(text, actions()),
    START: reaper_files.without_start,
}


def _refuse_running(installation: Installation) -> None:
    if reaper_places.is_running(installation.data):
        raise AntiphonError("editor-running", editor=installation.name)


def _backup(installation: Installation, name: str) -> Path:
    return installation.data / f"{name}{_BACKUP}"


def _record(installation: Installation) -> _Record | None:
    try:
        return loads(_Record, (installation.plugin_folder / _RECORD).read_bytes())
    except (OSError, AntiphonError):
        return None


def _read(path: Path) -> str | None:
    """A text file with its line ends and whatever bytes it holds, or None if there is none."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step, so that a power cut leaves the old or the new one."""
    draft = path.with_name(path.name + ".antiphon-new")
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _hash_of(path: Path) -> str | None:
    return _digest(path.read_bytes()) if path.is_file() else None


def _what(error: OSError) -> str:
    return str(error.filename or "A file")


def _why(error: OSError) -> str:
    return (error.strerror or "unknown").lower()
