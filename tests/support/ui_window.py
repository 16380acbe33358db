"""The panel's window for tests, with a client that is given."""

import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QApplication, QLabel

from antiphon.ui.app import build
from antiphon.ui.model.line import Line
from antiphon.ui.model.settings import PanelSettings, save_panel_settings
from antiphon.ui.model.store import Store
from antiphon.ui.panel import Poster

PLAIN = PanelSettings(
    language="en", theme="light", takes=2, seed=7, rolls_seed=False, is_introduced=True
)


class OpenedPanel:
    """A panel that is shown, with what tests do to it."""

    def __init__(self, panel, window) -> None:
        self.panel, self.window, self.session = panel, window, panel.session

    def process(self) -> None:
        for _ in range(3):
            QApplication.processEvents()
            # Only an event loop of its own would let go of what was asked to be deleted.
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def wait(self, is_so, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until, "it did not come"
            QApplication.processEvents()
            time.sleep(0.005)

    def wait_takes(self, count: int) -> None:
        self.wait(lambda: len(self.session.cards) >= count and not self.session.queue.working)
        self.process()

    def labels(self):
        return [w for w in self.window.findChildren(QLabel) if w.isVisible() and w.text()]

    def drop(self, path: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        event = QDropEvent(
            QPointF(10, 10), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        self.window.dropEvent(event)
        self.process()


@contextmanager
def opened_panel(qtbot, client, **settings):
    """The window about the demo phrase; it is closed at the end."""
    if QApplication.style().name() != "fusion":
        QApplication.setStyle("Fusion")
    save_panel_settings(replace(PLAIN, **settings))
    poster = Poster()
    line = Line(poster.post, lambda: client)
    panel, window = build(line, Store(None), poster)
    assert qtbot is not None
    window.show()
    line.open()
    panel.deeds.demo()
    made = OpenedPanel(panel, window)
    made.wait(lambda: line.state != "starting")
    try:
        yield made
    finally:
        line.close()
        window.close()
        window.deleteLater()
        made.process()
