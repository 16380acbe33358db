"""What colours and patterns mean: one swatch a voice, and the signs of given, changed and gone."""

from collections.abc import Callable, Iterator
from functools import partial

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPalette, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from antiphon.ui.drawing.brushes import draw_changed, draw_gone, draw_note, note_style
from antiphon.ui.drawing.colours import Theme, theme_for
from antiphon.ui.drawing.roll_sides import small_font
from antiphon.ui.drawing.shown import EMPTY, Origin, Shown
from antiphon.ui.drawing.spoken import ENGLISH, Speech

_SWATCH, _GAP, _BETWEEN, _ROW = 26, 6, 18, 20

_Entry = tuple[str, Callable[[QPainter, QRectF], None]]


class Legend(QWidget):
    """The voices of what is shown by name, as score and roll draw them; wraps as it must."""

    def __init__(self, name: str = "Voices", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown = EMPTY
        self._speech = ENGLISH
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def present(self, shown: Shown) -> None:
        """Tells the voices of this music."""
        self._shown = shown
        self._told()

    def set_speech(self, speech: Speech) -> None:
        """Chooses the language."""
        self._speech = speech
        self._told()

    @property
    def theme(self) -> Theme:
        """The colours that suit the palette."""
        return theme_for(self.palette().color(QPalette.ColorRole.Base).name())

    def labels(self) -> tuple[str, ...]:
        """The words of the entries in their order."""
        return tuple(label for label, _ in self._entries())

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """It grows downwards."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """The height that all entries need."""
        return max((round(box.bottom()) for box, _, _ in self._placed(width)), default=0)

    def sizeHint(self) -> QSize:  # noqa: N802
        """One row, or as many as the width leaves."""
        width = self.width() or 480
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Wraps anew."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draws swatches and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font(self, 12))
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        for box, label, draw in self._placed(self.width()):
            top = round(box.center().y()) - 5.5
            draw(painter, QRectF(box.left() + 0.5, top, _SWATCH, 10))
            painter.setPen(QColor(ink))
            text = box.adjusted(_SWATCH + _GAP, 0, 0, 0)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(text, align, label)

    def _told(self) -> None:
        self.setAccessibleDescription(", ".join(self.labels()))
        self.updateGeometry()
        self.update()

    def _entries(self) -> Iterator[_Entry]:
        shown, speech, theme = self._shown, self._speech, self.theme
        new = {note.line for note in shown.notes if note.is_new}
        for place, line in enumerate(shown.lines):
            name = line.name or str(place + 1)
            if line.voice is not None:
                name = f"{name} {place + 1}"
            label = name if place in new else f"{name} ({speech.given})"
            style = note_style(theme, place, place in new)
            yield label, partial(draw_note, style=style)
        if any(note.origin is Origin.CHANGED for note in shown.notes):
            yield speech.changed, self._draw_changed
        if shown.gone:
            yield speech.gone, partial(draw_gone, theme=theme)

    def _draw_changed(self, painter: QPainter, box: QRectF) -> None:
        line = next(n.line for n in self._shown.notes if n.origin is Origin.CHANGED)
        draw_note(painter, box, note_style(self.theme, line, True))
        draw_changed(painter, box, self.theme)

    def _placed(
        self, width: int
    ) -> Iterator[tuple[QRectF, str, Callable[[QPainter, QRectF], None]]]:
        metrics = QFontMetricsF(small_font(self, 12))
        at = QPointF(0, 0)
        for label, draw in self._entries():
            wide = _SWATCH + _GAP + metrics.horizontalAdvance(label) + 4
            if at.x() and at.x() + wide > width:
                at = QPointF(0, at.y() + _ROW)
            yield QRectF(at.x(), at.y(), wide, _ROW), label, draw
            at = QPointF(at.x() + wide + _BETWEEN, at.y())
