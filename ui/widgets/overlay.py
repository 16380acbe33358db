"""What lies over the window for a moment: the command palette, and the sheet of keys."""

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from antiphon.ui.actions import ACTIONS, MENUS, Action
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, label, row, scrolled

_WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def native_key(action: Action) -> str:
    """The action's first key as this system writes it, "" without one."""
    if not action.keys:
        return ""
    return QKeySequence(action.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)


class Overlay(QFrame):
    """A frame in the middle of the upper half of its window; it is no window of its own."""

    def __init__(self, panel: Panel, parent: QWidget, closed: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._panel, self._closed = panel, closed

    def place(self) -> None:
        """Lie where there is room."""
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(self._panel.px(560), parent.width() - self._panel.px(32))
        height = min(self._panel.px(520), parent.height() - self._panel.px(96))
        self.setGeometry((parent.width() - width) // 2, self._panel.px(56), width, height)
        self.raise_()
        self.show()


class Commands(Overlay):
    """All actions by their words: type some letters, press Return."""

    def __init__(self, panel: Panel, parent: QWidget, closed: Callable[[], object]) -> None:
        super().__init__(panel, parent, closed)
        say = panel.say
        self._line = QLineEdit()
        self._line.setPlaceholderText(say("Type a command"))
        self._line.setAccessibleName(say("Type a command"))
        self._list = QListWidget()
        self._list.setAccessibleName(say("Commands"))
        self._line.textChanged.connect(self._filter)
        self._line.returnPressed.connect(self._chosen)
        self._list.itemActivated.connect(lambda _item: self._chosen())
        self._list.itemClicked.connect(lambda _item: self._chosen())
        self._line.installEventFilter(self)
        self.setLayout(column(self._line, self._list, gap=panel.px(8), margins=panel.px(12)))
        self._filter("")
        self.place()
        self._line.setFocus()

    def _filter(self, text: str) -> None:
        self._list.clear()
        words = text.casefold().split()
        say, deeds = self._panel.say, self._panel.deeds
        for action in ACTIONS:
            shown = f"{say(MENUS[action.menu])}  ›  {say(action.text)}" if action.menu else ""
            plain = f"{shown} {action.text}".casefold()
            if not all(word in plain for word in words) or not deeds.is_possible(action.needs):
                continue
            key = native_key(action)
            item = QListWidgetItem(f"{shown}    {key}" if key else shown)
            item.setData(Qt.ItemDataRole.UserRole, action.id)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _chosen(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        name, _, argument = item.data(Qt.ItemDataRole.UserRole).partition(" ")
        self._closed()
        self._panel.deeds.does(name, argument or None)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802, D102
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._closed()
                return True
            if event.key() in _WALKING:
                self._list.keyPressEvent(event)
                return True
        return super().eventFilter(watched, event)


class Keys(Overlay):
    """All keys, in groups."""

    def __init__(self, panel: Panel, parent: QWidget, closed: Callable[[], object]) -> None:
        super().__init__(panel, parent, closed)
        say = panel.say
        grid = QGridLayout()
        grid.setVerticalSpacing(panel.px(5))
        grid.setHorizontalSpacing(panel.px(16))
        grid.setColumnStretch(0, 1)
        line = 0
        for menu, title in MENUS.items():
            grid.addWidget(label(say(title), "heading"), line, 0)
            line += 1
            for action in ACTIONS:
                if action.menu == menu and action.keys:
                    grid.addWidget(label(say(action.text)), line, 0)
                    grid.addWidget(
                        label(native_key(action), "badge"), line, 1, Qt.AlignmentFlag.AlignRight
                    )
                    line += 1
        close = button(say("Close"), closed)
        top = row(label(say("Keys"), "title"), 1, close)
        area = scrolled(column(grid, 1, margins=panel.px(4)))
        self.setLayout(column(top, area, gap=panel.px(8), margins=panel.px(16)))
        self.place()
        close.setFocus()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802, D102
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self._closed()
        else:
            super().keyPressEvent(event)
