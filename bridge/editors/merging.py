"""Files of an editor that hold other things too: replaced in one step, and put back to the byte."""

import os
from hashlib import sha256
from pathlib import Path

from antiphon.bridge.errors import AntiphonError

SUFFIX = ".before-antiphon"


def read_text(path: Path) -> str | None:
    """A text file with its line ends as they are, or None if there is none.

    Raises AntiphonError("strange-plugin-list") for one that is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise AntiphonError("strange-plugin-list", what=path) from None


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file in one step, so that a power cut leaves the old or the new one."""
    draft = path.with_name(path.name + ".antiphon-new")
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return sha256(text.encode()).hexdigest()


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file, None if there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def missing_folders(folder: Path) -> list[Path]:
    """The folders that must be made for `folder` to be there, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def backup_of(path: Path) -> Path:
    """Where a file is kept as it was."""
    return path.with_name(path.name + SUFFIX)
