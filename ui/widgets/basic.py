"""Labels, buttons, rows: the words that pages are built from."""

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from antiphon.ui.panel import Panel


class Words(QLabel):
    """Text that takes the width it is given and as many lines as it then needs."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802, D102
        return QSize(40, self.fontMetrics().height())

    def sizeHint(self) -> QSize:  # noqa: N802, D102
        return QSize(120, self.fontMetrics().height())


def label(text: str, kind: str = "", *, wraps: bool = False) -> QLabel:
    """A line of text, or several; `kind` is its role in the stylesheet."""
    found = Words(text) if wraps else QLabel(text)
    found.setObjectName(kind)
    found.setTextFormat(Qt.TextFormat.PlainText)
    if wraps:
        found.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        found.setSizePolicy(policy)
    if kind in ("chip", "badge"):
        found.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return found


def button(text: str, act: Callable[[], object], kind: str = "", hint: str = "") -> QPushButton:
    """A button with words."""
    found = QPushButton(text)
    found.setObjectName(kind)
    found.setToolTip(hint)
    found.setAccessibleName(text)
    found.clicked.connect(lambda _checked=False: act())
    return found


def tool(
    panel: Panel, picture: str, text: str, act: Callable[[], object], *, role: str = "text"
) -> QToolButton:
    """A button with an icon; its words are its tip and its name."""
    found = QToolButton()
    found.setObjectName("flat")
    found.setIcon(panel.icon(picture, role, on="on_soft"))
    side = panel.px(18)
    found.setIconSize(QSize(side, side))
    found.setToolTip(text)
    found.setAccessibleName(text)
    found.clicked.connect(lambda _checked=False: act())
    return found


def row(*items: QWidget | QLayout | int, gap: int = 8, margins: int = 0) -> QHBoxLayout:
    """Things beside one another; a number is a stretch."""
    return _filled(QHBoxLayout(), items, gap, margins)


def column(*items: QWidget | QLayout | int, gap: int = 8, margins: int = 0) -> QVBoxLayout:
    """Things below one another; a number is a stretch."""
    return _filled(QVBoxLayout(), items, gap, margins)


def _filled(box: Any, items: Sequence[QWidget | QLayout | int], gap: int, margins: int) -> Any:
    box.setSpacing(gap)
    box.setContentsMargins(margins, margins, margins, margins)
    for item in items:
        add(box, item)
    return box


def add(box: QBoxLayout, item: QWidget | QLayout | int) -> None:
    """Put a thing at the end of a row or column."""
    if isinstance(item, QWidget):
        box.addWidget(item)
    elif isinstance(item, int):
        box.addStretch(item)
    else:
        box.addLayout(item)


def framed(layout: QLayout, kind: str) -> QFrame:
    """A frame around a layout; `kind` is its role in the stylesheet."""
    found = QFrame()
    found.setObjectName(kind)
    found.setLayout(layout)
    return found


def rule() -> QFrame:
    """A thin line across."""
    found = QFrame()
    found.setObjectName("line")
    found.setFixedHeight(1)
    return found


def scrolled(layout: QLayout) -> QScrollArea:
    """A column that scrolls up and down, and never sideways."""
    inside = _Inside(layout)
    found = QScrollArea()
    found.setWidget(inside)
    found.setWidgetResizable(True)
    found.setFrameShape(QFrame.Shape.NoFrame)
    found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return found


class _Inside(QWidget):
    """The inside of a scrolled page: as high as its lines need at the width it has."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setLayout(layout)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        layout = self.layout()
        if layout is None or self.width() < 80:
            return super().minimumSizeHint()
        if not layout.hasHeightForWidth():
            return layout.minimumSize()
        least = layout.minimumSize().width()
        return QSize(least, layout.totalHeightForWidth(max(least, self.width())))

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        super().resizeEvent(event)
        if event is not None and event.oldSize().width() != event.size().width():
            self.updateGeometry()


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            emptied(inner)


class Segments(QWidget):
    """A few choices side by side, one of which holds; arrow keys walk."""

    def __init__(
        self,
        choices: Sequence[tuple[Any, str]],
        value: Any,
        turned: Callable[[Any], object],
        name: str,
        *,
        kind: str = "segment",
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        flow = Flow(self, gap=4)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._values: list[Any] = []
        for place, (own, text) in enumerate(choices):
            one = QToolButton()
            one.setObjectName(kind)
            one.setText(text)
            one.setCheckable(True)
            one.setChecked(own == value)
            one.setAccessibleName(f"{name}: {text}")
            self._group.addButton(one, place)
            self._values.append(own)
            flow.addWidget(one)
        self._group.idClicked.connect(lambda place: turned(self._values[place]))

    def choose(self, value: Any) -> None:
        """Show that a value holds, telling nobody."""
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)


class Flow(QLayout):
    """Widgets in lines that break where the width ends."""

    def __init__(self, parent: QWidget | None = None, gap: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem | None) -> None:  # noqa: N802, D102
        if item is not None:
            self._items.append(item)

    def count(self) -> int:  # noqa: D102
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802, D102
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802, D102
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802, D102
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802, D102
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802, D102
        return self._lay(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802, D102
        super().setGeometry(rect)
        self._lay(rect, moves=True)

    def sizeHint(self) -> QSize:  # noqa: N802, D102
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802, D102
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _lay(self, rect: QRect, *, moves: bool) -> int:
        x, y, height = rect.x(), rect.y(), 0
        for item in self._items:
            hint = item.sizeHint()
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, height = rect.x(), y + height + self._gap, 0
            if moves:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self._gap
            height = max(height, hint.height())
        return y + height - rect.y()
