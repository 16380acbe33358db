"""Antiphon's own menu at the pointer: the tasks for what is selected in the editor below."""

from typing import Any

from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QCursor, QGuiApplication
from PyQt6.QtWidgets import QMenu

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.language import marked as _
from antiphon.ui.model.knobs import TASK_WORDS
from antiphon.ui.panel import Panel
from antiphon.ui.pointer.hits import Grab, Hit, grab_for

# What each line of the menu has the editor do: (words, deed, arguments), None for a rule.
_Line = tuple[str, str, dict[str, Any]]
_TASKS: tuple[_Line, ...] = (
    (_("Continue the melody"), Task.CONTINUE, {}),
    (TASK_WORDS[Task.FILL][0], Task.FILL, {}),
    (TASK_WORDS[Task.VARY][0], Task.VARY, {}),
    (_("Harmonize with chords"), Task.HARMONIZE, {"as": "chords"}),
    (_("Harmonize for four voices"), Task.HARMONIZE, {"as": "satb"}),
    (TASK_WORDS[Task.BASS][0], Task.BASS, {}),
    (TASK_WORDS[Task.DRUMS][0], Task.DRUMS, {}),
    (TASK_WORDS[Task.ACCOMPANY][0], Task.ACCOMPANY, {}),
    (TASK_WORDS[Task.RESTYLE][0], Task.RESTYLE, {}),
)
_DEEDS: tuple[_Line, ...] = (
    (_("Next take"), "next", {}),
    (_("Take before"), "previous", {}),
    (_("Keep"), "keep", {}),
)
_LISTEN = _("In MuseScore, first open Antiphon's buttons (Ctrl+Alt+U)")


class PointerMenu:
    """Opens over an editor when the grab hears a click there, or where a key asks for it."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._grab: Grab | None = None
        self._heading: Any = None
        self._region: Any = None
        self.menu: QMenu | None = None
        panel.session.line.seen.listen(self._say_region)

    def listen(self, modifier: str) -> bool:
        """Hear clicks with this modifier from now on ("off": none); whether the system lets us."""
        self.close()
        post = self._panel.poster.post
        self._grab = grab_for(lambda hit: post(lambda: self.show_over(hit)), modifier)
        if self._grab is not None:
            self._grab.start()
        return self._grab is not None

    def close(self) -> None:
        """Hear no more clicks."""
        if self._grab is not None:
            self._grab.stop()
            self._grab = None

    def show_over(self, hit: Hit) -> None:
        """Open the menu where the click was, for the editor below it."""
        self._show(hit.editor, _to_qt(hit.x, hit.y))

    def show_here(self) -> None:
        """Open the menu at the pointer, for the editor that was heard of last."""
        watched = self._panel.session.line.watched
        seen = [e for e in watched.editors if e.kind != "file"] if watched else []
        self._show(seen[0].kind if seen else "", QCursor.pos())

    def _show(self, editor: str, place: QPoint) -> None:
        line = self._panel.session.line
        self._region = line.watched.region if line.watched else None
        self.menu = menu = QMenu()
        menu.setObjectName("pointer")
        menu.setAccessibleName(self._panel.say("Antiphon"))
        menu.setFont(self._panel.look.font())
        menu.setStyleSheet(self._panel.look.sheet())
        self._heading = menu.addAction(self._panel.say("Antiphon"))
        self._heading.setEnabled(False)
        menu.addSeparator()
        for said in _TASKS:
            self._add(menu, editor, said)
        menu.addSeparator()
        for said in _DEEDS:
            self._add(menu, editor, said)
        menu.addSeparator()
        menu.addAction(self._panel.say("Open the panel")).triggered.connect(self._open)
        menu.popup(place)
        menu.activateWindow()
        # The editor tells what is selected while the person reads; the heading follows.
        line.command("region", editor, {}, self._failed)

    def _add(self, menu: QMenu, editor: str, said: _Line) -> None:
        text, deed, words = said
        line, session = self._panel.session.line, self._panel.session
        added = menu.addAction(self._panel.say(text))
        added.triggered.connect(lambda: line.command(str(deed), editor, words, session.tell))

    def _failed(self, fault: AntiphonError) -> None:
        if self.menu is not None and self.menu.isVisible():
            self._heading.setText(
                self._panel.say(_LISTEN) if fault.code == "no-editor" else fault.sentence
            )

    def _say_region(self) -> None:
        watched = self._panel.session.line.watched
        if self.menu is None or not self.menu.isVisible() or watched is None:
            return
        if watched.region is not None and watched.region != self._region:
            self._heading.setText(watched.region.words)

    def _open(self) -> None:
        from PyQt6.QtWidgets import QApplication  # noqa: PLC0415

        for window in QApplication.topLevelWidgets():
            if window.objectName() == "panel" or window.inherits("QMainWindow"):
                window.show()
                window.raise_()
                window.activateWindow()


def _to_qt(x: int, y: int) -> QPoint:
    """A place in the screen's own pixels as Qt counts them."""
    for screen in QGuiApplication.screens():
        ratio = screen.devicePixelRatio()
        corner = screen.geometry().topLeft()
        size = screen.geometry().size() * ratio
        left, top = x - corner.x(), y - corner.y()
        if 0 <= left < size.width() and 0 <= top < size.height():
            return QPoint(corner.x() + round(left / ratio), corner.y() + round(top / ratio))
    return QPoint(x, y)
