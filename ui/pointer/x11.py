"""A passive grab of a modifier and the right button on MuseScore's windows, on X11.

The server gives such a click to us alone, so MuseScore never sees it; every other click, a plain
right-click included, reaches MuseScore as before. Lock keys count as modifiers for a grab, hence
one grab for each combination of them. Source: Xlib, section 12.1 (pointer grabbing).
"""

import contextlib
import logging
import select
import threading
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from Xlib import X, Xatom, error
from Xlib.display import Display

from antiphon.ui.pointer.hits import MUSESCORE, Hit

_log = logging.getLogger("antiphon.pointer")
_LOOK_SECONDS = 1.0
_MASKS = {"alt": X.Mod1Mask, "ctrl": X.ControlMask, "shift": X.ShiftMask, "super": X.Mod4Mask}
_LOCKS = (X.LockMask, X.Mod2Mask)  # Caps Lock, Num Lock
_RIGHT = 3
# Deep enough for a window that a window manager has put into a frame of its own.
_DEPTH = 3


class XGrab:
    """Grabs on every window of MuseScore that is there or comes."""

    def __init__(self, hit: Callable[[Hit], None], modifier: str) -> None:
        self._hit = hit
        self._mask = _MASKS[modifier]
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self._held: set[int] = set()

    def start(self) -> None:
        """See `Grab.start`."""
        self._thread = threading.Thread(target=self._run, name="antiphon pointer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """See `Grab.stop`. The server drops the grabs with the connection."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(2 * _LOOK_SECONDS)

    def _run(self) -> None:
        try:
            display = Display()
        except Exception as fault:  # Xlib names no common type for a display that is not there
            _log.warning("no menu at the pointer: %s", fault)
            return
        with contextlib.closing(display), contextlib.suppress(error.ConnectionClosedError):
            # A window may go while it is asked about: that is no fault of ours.
            display.set_error_handler(lambda *_: None)
            looked = 0.0
            while not self._is_over.is_set():
                if time.monotonic() - looked > _LOOK_SECONDS:
                    self._grab_new(display)
                    looked = time.monotonic()
                if not display.pending_events():
                    select.select([display], [], [], 0.1)
                while display.pending_events():
                    self._heard(display, display.next_event())

    def _grab_new(self, display: Any) -> None:
        there = {window.id: window for window in _windows(display.screen().root, _DEPTH)}
        self._held &= set(there)
        for number, window in there.items():
            if number not in self._held and _is_musescore(window):
                self._held.add(number)
                for locks in _subsets(_LOCKS):
                    window.grab_button(
                        _RIGHT, self._mask | locks, False,
                        X.ButtonPressMask | X.ButtonReleaseMask,
                        X.GrabModeAsync, X.GrabModeAsync, X.NONE, X.NONE,
                    )  # fmt: skip
        display.flush()

    def _heard(self, display: Any, event: Any) -> None:
        # The release ends the grab, so that a menu that opens now can have the pointer.
        if event.type == X.ButtonRelease and event.detail == _RIGHT:
            display.ungrab_pointer(X.CurrentTime)
            display.flush()
            self._hit(Hit("musescore", event.root_x, event.root_y))


def _windows(window: Any, depth: int) -> Iterator[Any]:
    try:
        children = window.query_tree().children
    except (error.BadWindow, error.BadDrawable):
        return
    for child in children:
        yield child
        if depth > 1:
            yield from _windows(child, depth - 1)


def _is_musescore(window: Any) -> bool:
    """Whether a window is a top-level one of MuseScore that holds a score."""
    try:
        names = window.get_wm_class()
        hint = window.get_full_property(Xatom.WM_TRANSIENT_FOR, Xatom.WINDOW)
    except (error.BadWindow, error.BadDrawable):
        return False
    # A dialog keeps its clicks.
    return bool(names) and hint is None and any(name.lower() in MUSESCORE for name in names)


def _subsets(masks: tuple[int, ...]) -> Iterator[int]:
    for count in range(len(masks) + 1):
        for chosen in combinations(masks, count):
            yield sum(chosen)
