"""Engraving beside the window: a thread of the pool engraves and tells what came of it."""

from functools import lru_cache

from PyQt6.QtCore import QObject, QRunnable, pyqtSignal
from PyQt6.QtGui import QFont, QFontDatabase, QFontMetricsF

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.drawing.engraved import Page, engraved
from antiphon.ui.drawing.shown import Shown

_FAMILIES = ("Times New Roman", "Liberation Serif", "Nimbus Roman", "Noto Serif", "DejaVu Serif")


@lru_cache(maxsize=1)
def text_family() -> str:
    """The serif family that score text is set in: the first that this machine has."""
    here = set(QFontDatabase.families())
    return next((family for family in _FAMILIES if family in here), "serif")


def text_width(text: str, family: str, size: float, is_bold: bool, is_italic: bool) -> float:
    """How wide a text is, in the units of `size`."""
    font = QFont(family)
    font.setPixelSize(100)
    font.setBold(is_bold)
    font.setItalic(is_italic)
    return QFontMetricsF(font).horizontalAdvance(text) * size / 100


class Told(QObject):
    """How a worker tells its page: the ticket of the question, and a Page or an AntiphonError.

    `latest` is the ticket that is still wanted; older questions are not engraved any more.
    """

    done = pyqtSignal(int, object)
    latest = 0


class Engraving(QRunnable):
    """Engraves in a thread of the pool, so that the window goes on."""

    def __init__(self, ticket: int, shown: Shown, width: int, told: Told) -> None:
        super().__init__()
        self._asked, self._told = (ticket, shown, width), told

    def run(self) -> None:
        """Engraves and tells, unless something newer has been asked meanwhile."""
        ticket, shown, width = self._asked
        if ticket != self._told.latest:
            return
        answer: Page | AntiphonError
        try:
            answer = engraved(shown, width, text_family(), text_width)
        except AntiphonError as fault:
            answer = fault
        except Exception as fault:  # music that cannot be engraved must not end the panel
            answer = AntiphonError("internal", why=type(fault).__name__)
        try:
            self._told.done.emit(ticket, answer)
        except RuntimeError:
            return  # the view has been closed meanwhile
