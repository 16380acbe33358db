"""What a grab of the pointer tells, whichever system it grabs on; and which grab there is."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

# What the windows of MuseScore call themselves (the class of WM_CLASS, in small letters).
MUSESCORE = frozenset({
    "mscore", "mscore3", "musescore", "musescore3", "musescore4", "mscore4portable",
    "mscore-portable",
})  # fmt: skip
MODIFIERS = ("alt", "ctrl", "shift", "super")


@dataclass(frozen=True, slots=True)
class Hit:
    """A click (or key) over an editor: its kind, and where on the screen, in its own pixels."""

    editor: str
    x: int
    y: int


class Grab(Protocol):
    """Something that hears the modifier and the right button over an editor's window."""

    def start(self) -> None:
        """Begin to listen, in a thread of its own."""

    def stop(self) -> None:
        """Stop, and let every click through again."""


def grab_for(hit: Callable[[Hit], None], modifier: str = "alt") -> Grab | None:
    """The grab of this system, or None where it forbids one (Wayland, a missing library).

    `hit` is called in the grab's own thread.
    """
    if modifier not in MODIFIERS:
        return None
    try:
        if sys.platform == "linux":
            # On Wayland only programs under XWayland can be heard; a plain key does it there.
            if not os.environ.get("DISPLAY"):
                return None
            from antiphon.ui.pointer.x11 import XGrab  # noqa: PLC0415

            return XGrab(hit, modifier)
        from antiphon.ui.pointer.hooks import HookGrab  # noqa: PLC0415

        return HookGrab(hit, modifier)
    except ImportError:
        return None
