"""The page where music is written: the question to the left, the takes to the right."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from antiphon.ui.pages.ask import AskPane
from antiphon.ui.pages.takes import TakesPane
from antiphon.ui.panel import Panel

_NARROW = 760  # below so many pixels at 100 % the panes stand one above the other


class WritePage(QWidget):
    """Question and takes, side by side where there is room."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        self.ask, self.takes = AskPane(panel), TakesPane(panel)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(self.ask)
        self._splitter.addWidget(self.takes)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([panel.px(420), panel.px(640)])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._splitter)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        is_narrow = self.width() < self._panel.px(_NARROW)
        wanted = Qt.Orientation.Vertical if is_narrow else Qt.Orientation.Horizontal
        if self._splitter.orientation() != wanted:
            self._splitter.setOrientation(wanted)
            sizes = (
                [6 * self.height() // 10, 4 * self.height() // 10]
                if is_narrow
                else [self._panel.px(420), 10_000]
            )
            self._splitter.setSizes(sizes)
