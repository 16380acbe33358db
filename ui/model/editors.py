"""The editors on this computer, and putting Antiphon into them; both in threads."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.model.line import Post


@dataclass(frozen=True, slots=True)
class Found:
    """One installation of an editor; `is_in` says that Antiphon is in it and whole."""

    kind: str
    name: str
    is_in: bool
    installation: Any


def find(post: Post, done: Callable[[list[Found]], None]) -> None:
    """Look for editors in a thread; those that are not there are left out."""
    _threaded(_found, post, done)


def put_in(found: Found, post: Post, done: Callable[[AntiphonError | None], None]) -> None:
    """Put Antiphon into an editor, in a thread; `done` is told the fault, or None."""

    def work() -> AntiphonError | None:
        from antiphon.bridge.editors.registry import editor  # noqa: PLC0415  # after the paint

        try:
            editor(found.kind).install(found.installation)
        except AntiphonError as fault:
            return fault
        return None

    _threaded(work, post, done)


def _found() -> list[Found]:
    from antiphon.bridge.editors.registry import NAMES, editor  # noqa: PLC0415  # after the paint

    found = []
    for kind in NAMES:
        try:
            module = editor(kind)
            for one in module.find():
                status = module.status(one)
                is_in = status.version is not None and status.is_intact
                found.append(Found(kind, one.name, is_in, one))
        except (AntiphonError, OSError):
            continue
    return found


def _threaded(work: Callable[[], Any], post: Post, done: Callable[[Any], None]) -> None:
    def run() -> None:
        result = work()
        post(lambda: done(result))

    threading.Thread(target=run, name="antiphon editors", daemon=True).start()
