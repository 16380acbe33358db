"""Whether an editor is running, from the system's own list of processes."""

import contextlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path


def uses_folder(programs: Iterable[str], folder: Path, default: Path) -> bool:
    """Whether one of `programs` runs on the data in `folder`.

    A process started with `-c DIR` works in DIR, any other in `default`.
    """
    for words in running(programs):
        used = _option(words, "-c")
        if _same(Path(used) if used else default, folder):
            return True
    return False


def running(programs: Iterable[str]) -> Iterator[list[str]]:
    """The command line of each process of `programs`; on Windows only its program's name."""
    names = {name.lower() for name in programs}
    for words in _command_lines():
        if words and _name(words[0]) in names:
            yield words


def _option(words: list[str], flag: str) -> str | None:
    with contextlib.suppress(ValueError, IndexError):
        return words[words.index(flag) + 1]
    return None


def _name(word: str) -> str:
    name = word.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return name.removesuffix(".exe")


def _same(one: Path, other: Path) -> bool:
    return one.absolute().resolve() == other.absolute().resolve()


def _command_lines() -> Iterator[list[str]]:
    if Path("/proc/self/cmdline").exists():
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            # A process may end while it is looked at.
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                yield [word.decode(errors="replace") for word in words]
        return
    if sys.platform == "win32":
        command = ["tasklist", "/fo", "csv", "/nh"]
    else:
        command = ["ps", "-axo", "args="]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        for line in listed.stdout.splitlines():
            yield [line.split('","')[0].strip('"')] if sys.platform == "win32" else line.split()
