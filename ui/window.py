"""The window: header, sentence bar, pages, footer; actions, drops, place, tray."""

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QByteArray, QEvent, QObject, Qt
from PyQt6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFileDialog,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.actions import ACTIONS
from antiphon.ui.deeds import Deeds
from antiphon.ui.model.takes import Card
from antiphon.ui.pages.write import WritePage
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.footer import Footer
from antiphon.ui.widgets.header import Header
from antiphon.ui.widgets.note import NoteBar
from antiphon.ui.widgets.overlay import Commands, Keys, Overlay

_WIDTH, _HEIGHT = 1120, 760
READABLE = (".mid", ".midi", ".smf", ".musicxml", ".xml", ".mxl", ".abc")
_OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_C, Qt.Key.Key_S, Qt.Key.Key_L, Qt.Key.Key_M)


class Window(QMainWindow):
    """The panel's one window; for another language, theme or zoom its inside is built anew."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel
        panel.deeds = Deeds(panel, self)
        self._overlay: Overlay | None = None
        self._page = "write"
        self._pages: dict[str, QWidget] = {}
        self.setWindowTitle("Antiphon")
        self.setAcceptDrops(True)
        self.setMinimumSize(420, 480)
        self.resize(_WIDTH, _HEIGHT)
        self._take_place()
        self._build()
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._system_changed)

    # --- building -------------------------------------------------------------------------

    def _build(self) -> None:
        panel = self._panel
        panel.renew()
        session = panel.session
        panel.listen(session.settings_changed, self._settings_changed)
        for topic in (session.chosen, session.takes_changed, session.queue.changed,
                      session.line.seen):  # fmt: skip
            panel.listen(topic, self._show_possible)
        self._overlay = None
        self._pages = {}
        self._make_actions()
        self.setFont(panel.look.font())
        self.setPalette(panel.look.palette())
        self.setStyleSheet(panel.look.sheet())
        self.header, self.footer = Header(panel), Footer(panel)
        self._stack = QStackedWidget()
        root = QWidget()
        root.setObjectName("root")
        box = QVBoxLayout(root)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.header)
        box.addWidget(NoteBar(panel))
        box.addWidget(self._stack, 1)
        box.addWidget(self.footer)
        self.write = WritePage(panel)
        self._pages["write"] = self.write
        self._stack.addWidget(self.write)
        self.setCentralWidget(root)
        self.show_page(self._page)
        self._show_possible()

    def _make_actions(self) -> None:
        panel = self._panel
        for old in panel.actions.values():
            self.removeAction(old)
            old.deleteLater()
        panel.actions = {}
        for action in ACTIONS:
            made = QAction(panel.say(action.text), self)
            made.setShortcuts([QKeySequence(key) for key in action.keys])
            made.triggered.connect(
                lambda _checked=False, a=action: panel.deeds.does(a.name, a.argument)
            )
            panel.actions[action.id] = made
            self.addAction(made)
        for number in range(1, 10):
            self._add_take_key(number)

    def _add_take_key(self, number: int) -> None:
        made = QAction(self)
        made.setShortcut(QKeySequence(str(number)))

        def choose() -> None:
            cards = self._panel.session.cards
            if number <= len(cards):
                self._panel.session.choose(cards[number - 1].key)

        made.triggered.connect(choose)
        self._panel.actions[f"take {number}"] = made
        self.addAction(made)

    def _settings_changed(self) -> None:
        self._build()
        is_top = self._panel.session.settings.on_top
        if bool(self.windowFlags() & Qt.WindowType.WindowStaysOnTopHint) != is_top:
            self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, is_top)
            self.show()

    def _system_changed(self) -> None:
        """Follow the system between light and dark, where the person wants that."""
        if self._panel.session.settings.theme == "system" and self.isVisible():
            self._build()

    def _show_possible(self) -> None:
        deeds = self._panel.deeds
        for action in ACTIONS:
            if action.needs and action.id in self._panel.actions and action.name != "cancel":
                self._panel.actions[action.id].setEnabled(deeds.is_possible(action.needs))

    # --- pages ----------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Turn to a page, made where it was not shown yet."""
        self.close_overlay()
        if name not in self._pages:
            self._pages[name] = self._made(name)
            self._stack.addWidget(self._pages[name])
        self._page = name
        self._stack.setCurrentWidget(self._pages[name])
        self._pages[name].setFocus()
        self.header.show_page(name)

    def _made(self, name: str) -> QWidget:
        from antiphon.ui.pages.book import page_class  # noqa: PLC0415  # after the first paint

        return page_class(name)(self._panel)

    @property
    def page(self) -> str:
        """The name of the page that is open."""
        return self._page

    # --- overlays -------------------------------------------------------------------------

    def show_commands(self) -> None:
        """Show the command palette."""
        self._show_overlay(Commands)

    def show_keys(self) -> None:
        """Show the sheet of keys."""
        self._show_overlay(Keys)

    def _show_overlay(self, kind: Any) -> None:
        was = type(self._overlay)
        self.close_overlay()
        central = self.centralWidget()
        if was is not kind and central is not None:
            self._overlay = kind(self._panel, central, self.close_overlay)

    def close_overlay(self) -> bool:
        """Put away what lies over the window; whether something did."""
        overlay, self._overlay = self._overlay, None
        if overlay is None:
            return False
        overlay.hide()
        overlay.deleteLater()
        self.setFocus()
        return True

    # --- files ----------------------------------------------------------------------------

    def chosen_file(self) -> str:
        """The file that the person chooses to open, "" where none."""
        say = self._panel.say
        kinds = say("Music") + " (" + " ".join(f"*{suffix}" for suffix in READABLE) + ")"
        return QFileDialog.getOpenFileName(self, say("Open a file…"), "", kinds)[0]

    def save_card(self, card: Card | None, suffix: str = "") -> None:
        """Save a take where the person says."""
        if card is None:
            return
        from antiphon.ui.model import exports  # noqa: PLC0415  # heavy

        session, say = self._panel.session, self._panel.say
        job = session.queue.job(card.request.id)
        own = Path(job.origin.path).suffix.lower() if job and job.origin.path else ".musicxml"
        suffix = suffix or (own if own in exports.SUFFIXES else ".musicxml")
        kinds = [suffix, *(other for other in exports.SUFFIXES if other != suffix)]
        name = exports.file_name(session, card, suffix)
        filters = ";;".join(f"{kind[1:]} (*{kind})" for kind in kinds)
        path = QFileDialog.getSaveFileName(self, say("Save the take…"), name, filters)[0]
        if not path:
            return
        try:
            exports.save_copy(session, card, Path(path))
        except AntiphonError as fault:
            session.tell(fault)
        else:
            session.tell(say("Saved: {name}", name=Path(path).name))

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802, D102
        if event is not None and self._dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802, D102
        path = self._dropped(event) if event is not None else None
        if path is not None and event is not None:
            event.acceptProposedAction()
            self._panel.deeds.open_path(path)

    @staticmethod
    def _dropped(event: QDropEvent) -> Path | None:
        mime = event.mimeData()
        for url in mime.urls() if mime is not None else []:
            path = Path(url.toLocalFile())
            if url.isLocalFile() and path.suffix.lower() in READABLE:
                return path
        return None

    # --- keys, place, end -----------------------------------------------------------------

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Leave plain letters and Space to the widget that has the focus and uses them itself."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            focus = QApplication.focusWidget()
            is_plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
            )  # fmt: skip
            pressed = isinstance(focus, QAbstractButton) and event.key() == Qt.Key.Key_Space
            walks = isinstance(focus, QComboBox) or (
                isinstance(focus, QAbstractSlider) and event.key() != Qt.Key.Key_Space
            )
            draws = event.key() == Qt.Key.Key_Space and hasattr(focus, "choose_note")
            if is_plain and (pressed or walks or draws) and event.key() != Qt.Key.Key_Escape:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        if self._overlay is not None:
            self._overlay.place()

    def _take_place(self) -> None:
        place = self._panel.session.settings.place
        if place:
            self.restoreGeometry(QByteArray.fromBase64(place.encode("ascii", errors="ignore")))
        if self._panel.session.settings.on_top:
            self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, True)

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802, D102
        place = bytes(self.saveGeometry().toBase64().data()).decode()
        self._panel.session.change(place=place)
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._panel.forget()
        super().closeEvent(event)

    def leave(self) -> None:
        """Close the window and end the panel."""
        self.close()
        QApplication.quit()
