"""Starting the panel: one window a person, the service behind it, the demo in it."""

import getpass
import hashlib
import os
import sys
from pathlib import Path

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from antiphon.bridge import paths
from antiphon.ui.hearing import Hearing
from antiphon.ui.icons import pixmap
from antiphon.ui.model.line import Line
from antiphon.ui.model.session import Session
from antiphon.ui.model.settings import load_panel_settings
from antiphon.ui.model.store import Store
from antiphon.ui.panel import Panel, Poster
from antiphon.ui.theme import LIGHT
from antiphon.ui.window import Window

_PATIENCE_MS = 500
# Said by a key that opens the menu at the pointer instead of the window.
MENU = "--menu"


def main(arguments: list[str] | None = None) -> int:
    """Open the panel, or bring the one that is open to the front; the exit code."""
    names = list(sys.argv[1:] if arguments is None else arguments)
    app = QApplication(["antiphon", *names])
    app.setApplicationName("Antiphon")
    app.setDesktopFileName("antiphon")
    app.setStyle("Fusion")
    from antiphon.ui.single import OneWindow  # noqa: PLC0415  # 10 ms

    one = OneWindow(_own_name())
    if not one.is_first(names):
        return 0
    panel, window = build()
    app.setWindowIcon(QIcon(pixmap("sign", LIGHT.accent, 64)))
    one.called.connect(lambda paths: _come_forward(panel, window, paths))
    tray = _tray(panel, window)
    window.show()
    QTimer.singleShot(0, lambda: _begin(panel, window, names))
    code = app.exec()
    if tray is not None:
        tray.hide()
    if panel.pointer is not None:
        panel.pointer.close()
    panel.sound.stop()
    panel.session.line.close()
    panel.session.store.close()
    one.close()
    return code


def build(
    line: Line | None = None, store: Store | None = None, poster: Poster | None = None
) -> tuple[Panel, Window]:
    """The panel and its window, not shown yet, with nothing begun."""
    poster = poster or Poster()
    line = line or Line(poster.post)
    session = Session(load_panel_settings(), store or Store.at_home(), line, poster.post)
    panel = Panel(session, poster)
    panel.sound = Hearing(panel)
    return panel, Window(panel)


def _begin(panel: Panel, window: Window, names: list[str]) -> None:
    """What waits for the first paint: the service, the music, what the editors did."""
    session = panel.session
    session.line.open()
    from antiphon.ui.pointer.menu import PointerMenu  # noqa: PLC0415  # after the first paint
    from antiphon.ui.watching import Watching  # noqa: PLC0415  # after the first paint

    panel.watching = Watching(panel)
    panel.pointer = PointerMenu(panel)
    panel.pointer.listen(session.settings.pointer)
    if MENU in names:
        panel.pointer.show_here()
    if names and Path(names[-1]).is_file():
        panel.deeds.open_path(Path(names[-1]))
    elif not session.source.phrase.measures:
        panel.deeds.demo()
    if not session.settings.is_introduced:
        window.show_page("welcome")
    session.queue.go_on()


def _come_forward(panel: Panel, window: Window, names: list[str]) -> None:
    if MENU in names and panel.pointer is not None:
        panel.pointer.show_here()
        return
    window.setWindowState(window.windowState() & ~window.windowState().WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    if names and Path(names[-1]).is_file():
        panel.deeds.open_path(Path(names[-1]))


def _tray(panel: Panel, window: Window) -> QSystemTrayIcon | None:
    """An icon in the tray, where there is a tray."""
    if not QSystemTrayIcon.isSystemTrayAvailable():
        return None
    tray = QSystemTrayIcon(QIcon(pixmap("sign", LIGHT.accent, 32)), window)
    menu = QMenu(window)
    for name in ("ask", "cancel", "on_top", "quit"):
        menu.addAction(panel.actions[name])
    tray.setContextMenu(menu)
    tray.setToolTip("Antiphon")
    tray.activated.connect(lambda _reason: _come_forward(panel, window, []))
    tray.show()
    return tray


def _own_name() -> str:
    """A name for this person and this run folder, so that two homes have two panels."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getpid())
    text = f"{user} {paths.run_folder()}"
    return f"antiphon-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
