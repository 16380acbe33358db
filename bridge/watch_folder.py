"""A folder that is watched: music that is dropped in gets its answer beside it.

For any program that can export MIDI, MusicXML or ABC. A file is read when it has not changed
for a while and is whole; an answer never takes the place of a file that is there.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from antiphon.bridge.answers import answered
from antiphon.bridge.asking import ask_about
from antiphon.bridge.client import Client
from antiphon.bridge.documents import open_document
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import suffix_of
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.protocol.messages import Take, Task
from antiphon.bridge.protocol.wishes import Words

SUFFIXES = (".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc")
SETTLE_SECONDS = 0.6
# A file that is still damaged so long after its last change will not get better.
PATIENCE_SECONDS = 8.0
MARK = ".antiphon-"
_MAX_ANSWERS = 999
# What a file may be while a program writes it.
_HALF = ("unreadable-file", "broken-midi", "broken-musicxml", "broken-abc")

_State = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """A file and the answers that were written beside it, or why there are none."""

    file: Path
    answers: tuple[Path, ...]
    fault: AntiphonError | None = None


@dataclass(slots=True)
class _Seen:
    state: _State
    since: float
    is_done: bool = False


class WatchFolder:
    """Answers what appears in a folder, with one task and its words."""

    def __init__(self, folder: Path, task: Task, words: Words, *, answers_old: bool) -> None:
        self._folder = folder
        self._task = task
        self._words = words
        self._seen: dict[Path, _Seen] = {}
        if not answers_old:
            for path, state in self._files():
                self._seen[path] = _Seen(state, 0.0, is_done=True)

    def look(self, client: Client) -> Iterator[Answered]:
        """Answer the files that are whole now. Raises AntiphonError where the folder is gone."""
        now = time.monotonic()
        found = dict(self._files())
        for path in self._seen.keys() - found.keys():
            del self._seen[path]
        for path, state in found.items():
            seen = self._seen.get(path)
            if seen is None or seen.state != state:
                self._seen[path] = _Seen(state, now)
            elif not seen.is_done and now - seen.since >= SETTLE_SECONDS:
                outcome = self._answer(client, path, now - seen.since)
                if outcome is not None:
                    seen.is_done = True
                    yield outcome

    @property
    def is_waiting(self) -> bool:
        """Whether a file is still to be answered."""
        return any(not seen.is_done for seen in self._seen.values())

    def _files(self) -> Iterator[tuple[Path, _State]]:
        try:
            entries = sorted(self._folder.iterdir())
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise AntiphonError("unreadable-file", what=str(self._folder), why=why) from None
        for path in entries:
            name = path.name
            if name.startswith((".", "~")) or MARK in name or path.suffix.lower() not in SUFFIXES:
                continue
            with contextlib.suppress(OSError):
                if path.is_file():
                    status = path.stat()
                    yield path, (status.st_size, status.st_mtime_ns)

    def _answer(self, client: Client, path: Path, age: float) -> Answered | None:
        """The outcome, None where the file may still be growing."""
        try:
            return Answered(path, tuple(self._written(client, path)))
        except AntiphonError as fault:
            if fault.code in _HALF and age < PATIENCE_SECONDS:
                return None
            return Answered(path, (), fault)

    def _written(self, client: Client, path: Path) -> Iterator[Path]:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise AntiphonError("unreadable-file", what=path.name, why=why) from None
        document = open_document(data, path.name)
        try:
            asked = ask_about(self._task, self._words, document)
        except ValueError as error:
            name, _, why = str(error).partition(": ")
            raise AntiphonError("bad-control", name=name, value="that", why=why) from None
        suffix = suffix_of(path.name, data)
        takes = [m for m in client.ask(asked.request) if isinstance(m, Take)]
        for take in sorted(takes, key=lambda take: take.number):
            assert asked.selection is not None
            copy = answered(document, asked.selection, take, suffix)
            yield write_beside(path, f"{MARK}{self._task}", suffix, copy)


def write_beside(path: Path, mark: str, suffix: str, data: bytes) -> Path:
    """Write a new file beside another, numbered where the name is taken; returns its path.

    It appears whole, and no file that is there is ever touched. Raises
    AntiphonError("unwritable-file").
    """
    scratch = path.with_name(f".{path.stem}{mark}.{os.getpid()}.part")
    try:
        scratch.write_bytes(data)
        for number in range(1, _MAX_ANSWERS + 1):
            counted = "" if number == 1 else f"-{number}"
            target = path.with_name(f"{path.stem}{mark}{counted}{suffix}")
            if _moved(scratch, target):
                return target
        raise AntiphonError("unwritable-file", what=str(target), why="all its names are taken")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise AntiphonError("unwritable-file", what=str(path.parent), why=why) from None
    finally:
        scratch.unlink(missing_ok=True)


def _moved(scratch: Path, target: Path) -> bool:
    """Whether the file is at its place now; False where another one is."""
    try:
        os.link(scratch, target)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links: exclusive, though not in one step.
        try:
            with target.open("xb") as file:
                file.write(scratch.read_bytes())
        except FileExistsError:
            return False
    return True
