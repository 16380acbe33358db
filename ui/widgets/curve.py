"""The curve of a training: bits over time, lower is better."""

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from antiphon.ui.panel import Panel

Points = list[tuple[float, float]]


class Curve(QWidget):
    """Two lines: what is learnt (thin) and what is held out (thick), with both ends named."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel
        self._train: Points = []
        self._valid: Points = []
        self.setMinimumHeight(panel.px(150))
        self.setAccessibleName(panel.say("Curve of the training"))

    def present(self, train: Points, valid: Points) -> None:
        """Show these points: seconds and bits."""
        self._train, self._valid = list(train), list(valid)
        if valid:
            text = self._panel.say(
                "Bits a note on held-out pieces: {first} at first, {last} now",
                first=f"{valid[0][1]:.2f}",
                last=f"{valid[-1][1]:.2f}",
            )
            self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw frame, lines and legend."""
        look, px = self._panel.look, self._panel.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(px(44), px(8), -px(12), -px(22))
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        painter.drawLine(frame.bottomLeft(), frame.topLeft())
        points = [*self._train, *self._valid]
        if len(points) < 2:
            return
        most_time = max(at for at, _ in points) or 1.0
        low, high = min(b for _, b in points), max(b for _, b in points)
        high = high if high > low else low + 1
        painter.setPen(look.colour("muted"))
        for bits, y in ((high, frame.top()), (low, frame.bottom())):
            place = QRectF(0, y - px(9), frame.left() - px(6), px(18))
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, f"{bits:.2f}")
        legend = self._panel.say("Thick: held-out pieces. Thin: what is learnt. Lower is better.")
        below = QRectF(frame.left(), frame.bottom() + px(3), frame.width(), px(18))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, legend)

        def placed(found: Points) -> QPolygonF:
            return QPolygonF(
                QPointF(
                    frame.left() + frame.width() * at / most_time,
                    frame.bottom() - frame.height() * (bits - low) / (high - low),
                )
                for at, bits in found
            )

        painter.setPen(QPen(look.colour("edge"), max(1, px(1))))
        painter.drawPolyline(placed(self._train))
        painter.setPen(QPen(look.colour("accent"), px(2.5)))
        painter.drawPolyline(placed(self._valid))
