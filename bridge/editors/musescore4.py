"""MuseScore 4: where its plugins go and which files say that they are on.

Sources: MuseScore 4's handbook ("Plugins"), and its `framework/extensions` for the two lists:
`plugins/plugins.json` (4.0 to 4.3) and `extensions/config.json` (4.4 on, made from the other one
where it is missing). Not tried on a real MuseScore 4 by this project.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from antiphon.bridge.editors.merging import (
    backup_of,
    digest,
    digest_of,
    missing_folders,
    read_text,
    write_whole,
)
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import loads

EDITOR = "MuseScore 4"
PROGRAMS = ("mscore4portable", "MuseScore4", "musescore4", "mscore4")
_RECORD = "installed.json"
_DOCUMENTS = re.compile(r'^XDG_DOCUMENTS_DIR="\$HOME/(.*)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Record4:
    """What was written: files and their hashes, lists with the hash they got, folders made."""

    version: str
    files: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, bool, str], ...]
    folders: tuple[str, ...]


def data_folder() -> Path:
    """Where this user's MuseScore 4 keeps its data."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"), "MuseScore/MuseScore4")
    if sys.platform == "darwin":
        return home / "Library/Application Support/MuseScore/MuseScore4"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share", "MuseScore/MuseScore4")


def plugin_folder() -> Path:
    """Where Antiphon's plugins go: a folder of their own in the user's plugin folder."""
    home = Path.home()
    documents = home / "Documents"
    if sys.platform not in ("win32", "darwin"):
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "user-dirs.dirs"
        found = _DOCUMENTS.search(config.read_text("utf-8")) if config.is_file() else None
        documents = home / found.group(1) if found else documents
    return documents / "MuseScore4" / "Plugins" / "antiphon"


def record(folder: Path) -> Record4 | None:
    """What was installed in a plugin folder, None if nothing was."""
    try:
        return loads(Record4, (folder / _RECORD).read_bytes())
    except (OSError, AntiphonError):
        return None


def put(data: Path, folder: Path, contents: Mapping[str, bytes], version: str) -> None:
    """Put the plugins in and turn them on. Raises OSError or "strange-plugin-list"."""
    names = sorted(
        name for name in contents if name.startswith("antiphon_") and name[-4:] == ".qml"
    )
    lists = [(path, text, _merged(path, text, names)) for path, text in _lists(data)]
    folders = missing_folders(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        write_whole(folder / name, text)
    written: list[tuple[str, bool, str]] = []
    for path, old, new in lists:
        folders += missing_folders(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        if old is not None:
            write_whole(backup_of(path), path.read_bytes())
        write_whole(path, new.encode())
        written.append((str(path), old is not None, digest(new)))
    hashes = tuple((name, sha256(text).hexdigest()) for name, text in sorted(contents.items()))
    done = Record4(version, hashes, tuple(written), tuple(map(str, folders)))
    write_whole(folder / _RECORD, json.dumps(asdict(done), indent=1).encode())


def take_out(folder: Path) -> None:
    """Take the plugins out and the lists back to what they were. Raises OSError."""
    done = record(folder)
    assert done is not None
    names = [name for name, _ in done.files]
    for listed, was_there, hashed in done.lists:
        _restore(Path(listed), was_there, hashed, names)
    for name in (*names, _RECORD):
        (folder / name).unlink(missing_ok=True)
    for made in sorted(map(Path, done.folders), key=lambda path: -len(path.parts)):
        if made.is_dir() and not any(made.iterdir()):
            made.rmdir()


def is_intact(folder: Path) -> bool:
    """Whether every file is as it was installed."""
    done = record(folder)
    return done is not None and all(
        digest_of(folder / name) == hashed for name, hashed in done.files
    )


def _lists(data: Path) -> list[tuple[Path, str | None]]:
    """The lists to write in: the old one always, the new one where MuseScore has made it."""
    old, new = data / "plugins" / "plugins.json", data / "extensions" / "config.json"
    found = [(old, read_text(old))]
    if new.is_file():
        found.append((new, read_text(new)))
    return found


def _entries(path: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    if path.name == "plugins.json":
        return [{"codeKey": name.removesuffix(".qml"), "enabled": True} for name in names]
    actions = [{"code": "main", "exec_point": "manually"}]
    return [{"uri": _uri(name), "actions": actions} for name in names]


def _uri(name: str) -> str:
    return f"musescore://extensions/v1/antiphon/{name}".lower()


def _merged(path: Path, text: str | None, names: list[str]) -> str:
    entries = [*_without(path, text or "[]", names), *_entries(path, names)]
    return json.dumps(entries, ensure_ascii=False, indent=4) + "\n"


def _without(path: Path, text: str, names: Iterable[str]) -> list[Any]:
    """The other entries of a list. Raises AntiphonError("strange-plugin-list")."""
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise AntiphonError("strange-plugin-list", what=path)
    ours = {name.removesuffix(".qml") for name in names} | {_uri(name) for name in names}
    return [
        entry
        for entry in listed
        if not (isinstance(entry, dict) and {entry.get("codeKey"), entry.get("uri")} & ours)
    ]


def _restore(path: Path, was_there: bool, hashed: str, names: list[str]) -> None:
    now, backup = read_text(path), backup_of(path)
    if now is not None and digest(now) != hashed:
        kept = _without(path, now, names)
        write_whole(path, (json.dumps(kept, ensure_ascii=False, indent=4) + "\n").encode())
        backup.unlink(missing_ok=True)
    elif was_there and backup.is_file():
        backup.replace(path)
    elif not was_there:
        path.unlink(missing_ok=True)
