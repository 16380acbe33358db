"""The same on Windows and macOS, through pynput; never tried on either.

Windows lets a hook swallow the click; macOS asks the user once to allow it (Privacy, Input
Monitoring), and until then nothing is heard. The foreground window's program is looked at, so
that clicks over other programs pass.
"""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from pynput import keyboard, mouse

from antiphon.ui.pointer.hits import Hit

_KEYS = {
    "alt": {keyboard.Key.alt, keyboard.Key.alt_l, keyboard.Key.alt_r},
    "ctrl": {keyboard.Key.ctrl, keyboard.Key.ctrl_l, keyboard.Key.ctrl_r},
    "shift": {keyboard.Key.shift, keyboard.Key.shift_l, keyboard.Key.shift_r},
    "super": {keyboard.Key.cmd, keyboard.Key.cmd_l, keyboard.Key.cmd_r},
}
_RIGHT_UP_WINDOWS = 0x0205
_RIGHT_DOWN_WINDOWS = 0x0204


class HookGrab:
    """Listens to all clicks and keeps those with the modifier over MuseScore."""

    def __init__(self, hit: Callable[[Hit], None], modifier: str) -> None:
        self._hit, self._keys = hit, _KEYS[modifier]
        self._is_down = threading.Event()
        self._keyboard = keyboard.Listener(on_press=self._pressed, on_release=self._released)
        own: dict[str, Any] = {}
        if sys.platform == "win32":
            own["win32_event_filter"] = self._filter
        self._mouse = mouse.Listener(on_click=self._clicked, **own)

    def start(self) -> None:
        """See `Grab.start`."""
        self._keyboard.start()
        self._mouse.start()

    def stop(self) -> None:
        """See `Grab.stop`."""
        self._keyboard.stop()
        self._mouse.stop()

    def _pressed(self, key: Any) -> None:
        if key in self._keys:
            self._is_down.set()

    def _released(self, key: Any) -> None:
        if key in self._keys:
            self._is_down.clear()

    def _filter(self, message: int, data: Any) -> bool:
        if message in (_RIGHT_DOWN_WINDOWS, _RIGHT_UP_WINDOWS) and self._is_ours():
            if message == _RIGHT_UP_WINDOWS:
                self._hit(Hit("musescore", data.pt.x, data.pt.y))
            self._mouse.suppress_event()
        return True

    def _clicked(self, x: float, y: float, button: Any, is_pressed: bool) -> None:
        if sys.platform != "win32" and button == mouse.Button.right and not is_pressed:
            if self._is_ours():
                self._hit(Hit("musescore", int(x), int(y)))

    def _is_ours(self) -> bool:
        return self._is_down.is_set() and "musescore" in _front_program().lower()


def _front_program() -> str:
    """The name of the program in front, empty where it cannot be told."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        user = ctypes.windll.user32
        text = ctypes.create_unicode_buffer(512)
        user.GetWindowTextW(user.GetForegroundWindow(), text, 512)
        return text.value
    script = 'tell application "System Events" to name of first process whose frontmost is true'
    try:
        done = subprocess.run(
            ["osascript", "-e", script], capture_output=True, text=True, timeout=1, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
