"""Ardour 7 and 8: find it, put the scripts in, take them out again, say how they stand.

Ardour reads `ui_scripts` (slots and hooks), `ardour.menus` and `ardour.keys` from a user's folder
when a session is opened; the latter two stand in for the stock files of one version, so
`status` tells when Ardour has been upgraded and they must be made again.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version as version_of_package
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.editors import ardour_actions, ardour_menus, ardour_places, ardour_scripts
from antiphon.bridge.editors.ardour_actions import COMMANDS
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import loads

EDITOR = "Ardour"
SCRIPTS, MENUS, KEYS = "ui_scripts", "ardour.menus", "ardour.keys"
NAMES = (*(command.name for command in COMMANDS), ardour_actions.HOOK)

_RECORD = "installed.json"
_STATE = "state"


@dataclass(frozen=True, slots=True)
class Installation:
    """One Ardour on this computer: its program (None if not found), settings and stock files."""

    name: str
    program: Path | None
    data: Path
    version: int
    stock: Path | None

    @property
    def plugin_folder(self) -> Path:
        """Where the shared scripts go."""
        return self.data / "antiphon"


@dataclass(frozen=True, slots=True)
class Installed:
    """What `install` did: where the scripts lie, the keys by word, the version, and sentences."""

    plugin_folder: Path
    shortcut: str
    version: str
    keys: Mapping[str, str]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How the scripts stand: `version` is None where they are not installed.

    `is_intact` says that every file is as it was installed and that every action has its slot,
    `is_current` that this is the version this Antiphon brings and that Ardour's own menus and
    keys are still those that ours were made from; `shortcut` is the key for a continuation.
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
    stock: tuple[tuple[str, str], ...]
    slots: tuple[int, ...]
    folders: tuple[str, ...]
    shortcut: str


def find(folder: Path | None = None) -> list[Installation]:
    """Every Ardour 7 and 8 found; with `folder`, the one that keeps its settings there."""
    if folder is not None:
        if not folder.is_dir():
            return []
        return [_installation(ardour_places.version_of(folder), folder.absolute())]
    found = []
    for version in ardour_places.VERSIONS:
        one = _installation(version, ardour_places.config_folder(version))
        if one.program is not None or one.data.is_dir():
            found.append(one)
    return found


def install(installation: Installation, run_file: Path | None = None) -> Installed:
    """Put actions, menus, keys and the timer's hook in; what was there stays.

    Doing it again brings them up to date. `run_file` is where the service says how to reach
    it (default: this user's). Raises AntiphonError: "editor-running", "strange-settings",
    "no-free-slot", "unwritable-file".
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

    Files that Ardour or the user has changed since keep those changes.
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
    record, packaged = _record(installation), packaged_version()
    if record is None:
        return Status(None, packaged)
    data = installation.data
    is_intact = all(_hash_of(data / name) == digest for name, digest in record.files)
    slots = ardour_scripts.used_slots(_read(data / SCRIPTS) or "").values()
    is_intact = is_intact and all(command.name in slots for command in COMMANDS)
    is_current = record.version == packaged and _stock(installation) == dict(record.stock)
    return Status(record.version, packaged, is_intact, is_current, record.shortcut)


def packaged_version() -> str:
    """The version of the scripts that this Antiphon brings."""
    return version_of_package("antiphon")


def _put(installation: Installation, run_folder: Path) -> Installed:
    data = installation.data
    old = {name: _read(data / name) for name in (SCRIPTS, MENUS, KEYS)}
    slots = _free_slots(old[SCRIPTS] or "")
    keys: dict[int, str] = {}
    edits = {SCRIPTS: _scripts(installation, old[SCRIPTS], slots)}
    if (menus := old[MENUS] or _stock_text(installation, MENUS)) is not None:
        edits[MENUS] = _checked(ardour_menus.is_menus, data / MENUS, menus)
        edits[MENUS] = ardour_menus.with_items(menus, sorted(slots))
    if (bindings := old[KEYS] or _stock_text(installation, KEYS)) is not None:
        edits[KEYS] = _checked(ardour_menus.is_keys, data / KEYS, bindings)
        keys = _free_keys(bindings, slots)
        edits[KEYS] = ardour_menus.with_keys(bindings, keys)
    folder = installation.plugin_folder.as_posix()
    contents = ardour_actions.packaged(folder, run_folder, packaged_version())
    made = sorted({path.parent for path in (data / name for name in contents)})
    folders = [
        *_missing(data),
        *(str(path) for path in made if not path.exists() and path != data),
    ]
    for name, content in contents.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        _write(data / name, content)
    (installation.plugin_folder / _STATE).mkdir(exist_ok=True)
    shortcut = _words_of(keys, slots).get("continue", "")
    record = _Record(
        packaged_version(),
        tuple((name, _digest(content)) for name, content in sorted(contents.items())),
        tuple((name, _digest(text.encode())) for name, text in edits.items()),
        tuple(name for name, text in old.items() if text is not None),
        tuple(_stock(installation).items()),
        tuple(sorted(slots)),
        tuple(dict.fromkeys(folders)),
        shortcut,
    )
    for name, text in old.items():
        if text is not None:
            _write(_backup(installation, name), text.encode())
    _write(installation.plugin_folder / _RECORD, json.dumps(asdict(record), indent=1).encode())
    for name, text in edits.items():
        _write(data / name, text.encode())
    _make_inbox(run_folder)
    by_word = _words_of(keys, slots)
    told = _told(installation, by_word, MENUS in edits)
    return Installed(installation.plugin_folder, shortcut, record.version, by_word, told)


def _scripts(installation: Installation, old: str | None, slots: Mapping[int, str]) -> str:
    text = old if old is not None else ardour_scripts.EMPTY
    text = _checked(ardour_scripts.is_scripts, installation.data / SCRIPTS, text)
    folder = installation.plugin_folder.as_posix()
    by_word = {command.word: command for command in COMMANDS}
    actions = {slot: ardour_actions.action(by_word[word], folder) for slot, word in slots.items()}
    signals = ardour_scripts.signals_for(installation.version, text)
    text = ardour_scripts.with_actions(text, actions)
    return ardour_scripts.with_hook(text, ardour_actions.hook(folder), signals)


def _free_slots(text: str) -> dict[int, str]:
    """A slot for the word of every command: the last free ones, so that the first stay free."""
    used = ardour_scripts.used_slots(text)
    free = [slot for slot in range(1, ardour_scripts.SLOTS + 1) if slot not in used]
    if len(free) < len(COMMANDS):
        raise AntiphonError("no-free-slot", needed=len(COMMANDS), free=len(free))
    return {
        slot: command.word for slot, command in zip(free[-len(COMMANDS) :], COMMANDS, strict=True)
    }


def _free_keys(bindings: str, slots: Mapping[int, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    wishes = {command.word: command.keys for command in COMMANDS}
    for slot, word in slots.items():
        wanted = [key for key in wishes[word] if key not in found.values()]
        if key := ardour_menus.free_key(bindings, wanted):
            found[slot] = key
    return found


def _words_of(keys: Mapping[int, str], slots: Mapping[int, str]) -> dict[str, str]:
    return {slots[slot]: ardour_menus.in_words(key) for slot, key in keys.items()}


def _told(installation: Installation, keys: Mapping[str, str], has_menus: bool) -> tuple[str, ...]:
    said = [f"Its scripts are in {installation.plugin_folder}."]
    if has_menus:
        said.append("Right-click a MIDI region: Antiphon's actions are on top of its own menu.")
    else:
        said.append(
            "Ardour's stock menus were not found: the actions are in Edit, Lua Scripts, "
            "Script Manager."
        )
    if "continue" in keys and "bass" in keys:
        said.append(
            f"Or select it and press {keys['continue']} to go on with it, "
            f"{keys['bass']} to add a bass track."
        )
    return tuple(said)


def _remove(installation: Installation) -> None:
    record = _record(installation)
    assert record is not None
    data = installation.data
    for name, digest in record.edits:
        _restore(installation, record, name, digest)
    for name, _ in record.files:
        (data / name).unlink(missing_ok=True)
    for name in (SCRIPTS, MENUS, KEYS):
        _backup(installation, name).unlink(missing_ok=True)
    state = installation.plugin_folder / _STATE
    if state.is_dir():
        for path in state.iterdir():
            path.unlink()
        state.rmdir()
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
    if _digest(now.encode()) != digest:
        left = _without(record, name, now)
        if left != now:
            _write(path, left.encode())
    elif name in record.had and backup.is_file():
        backup.replace(path)
    elif name not in record.had:
        path.unlink()


def _without(record: _Record, name: str, text: str) -> str:
    if name == SCRIPTS:
        return ardour_scripts.without(text, NAMES)
    if name == MENUS:
        return ardour_menus.without_items(text)
    return ardour_menus.without_keys(text, record.slots)


def _installation(version: int, data: Path) -> Installation:
    program, stock = ardour_places.program(version), ardour_places.stock_folder(version)
    return Installation(f"{EDITOR} {version}", program, data, version, stock)


def _refuse_running(installation: Installation) -> None:
    if ardour_places.is_running(installation.data):
        raise AntiphonError("editor-running", editor=installation.name)


def _checked(is_good: Callable[[str], bool], path: Path, text: str) -> str:
    if not is_good(text):
        raise AntiphonError("strange-settings", what=path, editor=EDITOR)
    return text


def _stock_text(installation: Installation, name: str) -> str | None:
    return _read(installation.stock / name) if installation.stock is not None else None


def _stock(installation: Installation) -> dict[str, str]:
    """Ardour's own menus and keys by name, with their hashes."""
    if installation.stock is None:
        return {}
    found = ((name, _hash_of(installation.stock / name)) for name in (MENUS, KEYS))
    return {name: digest for name, digest in found if digest is not None}


def _make_inbox(run_folder: Path) -> None:
    """Make the folder that the scripts write to: the first key press may start the service."""
    paths.make_private(run_folder)
    paths.make_private(run_folder / "inbox")


def _missing(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.parents) if not path.exists()]


def _record(installation: Installation) -> _Record | None:
    try:
        return loads(_Record, (installation.plugin_folder / _RECORD).read_bytes())
    except (OSError, AntiphonError):
        return None


def _backup(installation: Installation, name: str) -> Path:
    return installation.plugin_folder / f"{name}.before-antiphon"


def _read(path: Path) -> str | None:
    """A text file with its line ends as they are, or None if there is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise AntiphonError("strange-settings", what=path, editor=EDITOR) from None


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
