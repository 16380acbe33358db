"""Qt brushes and pens for the colours of a theme: notes by voice, pattern and origin."""

from dataclasses import dataclass

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen

from antiphon.ui.drawing.colours import Pattern, Theme, voice_colour, voice_pattern

# How much of a given note's colour fills it; its edge has all of it.
_GIVEN_FILL = 0.3
_OVERLAY = {
    Pattern.HATCH: Qt.BrushStyle.BDiagPattern,
    Pattern.DOTS: Qt.BrushStyle.Dense6Pattern,
    Pattern.STEPS: Qt.BrushStyle.VerPattern,
}
_ROUND, _SQUARE = 3.0, 0.5


@dataclass(frozen=True, slots=True)
class NoteStyle:
    """How the notes of one voice are drawn: fill, edge, what lies over the fill, and corners."""

    fill: QBrush
    edge: QPen
    pattern: Pattern
    overlay: QBrush | None
    over: QColor
    radius: float


def mixed(one: str, other: str, share: float) -> QColor:
    """`share` (0 … 1) of the first colour over the second."""
    a, b = QColor(one), QColor(other)
    return QColor(
        round(a.red() * share + b.red() * (1 - share)),
        round(a.green() * share + b.green() * (1 - share)),
        round(a.blue() * share + b.blue() * (1 - share)),
    )


def note_style(theme: Theme, line: int, is_new: bool) -> NoteStyle:
    """The style of a voice's notes: coloured where new, grey where given."""
    pattern = voice_pattern(line)
    colour = voice_colour(theme, line) if is_new else theme.given
    fill = QColor(colour) if is_new else mixed(colour, theme.paper, _GIVEN_FILL)
    if pattern is Pattern.HOLLOW:
        fill = mixed(colour, theme.paper, 0.16)
    over = QColor(theme.paper)
    over.setAlpha(150)
    brush = _OVERLAY.get(pattern)
    return NoteStyle(
        QBrush(fill),
        QPen(QColor(colour), 2 if pattern is Pattern.HOLLOW else 1),
        pattern,
        QBrush(over, brush) if brush is not None else None,
        over,
        _SQUARE if line % 2 else _ROUND,
    )


def draw_note(painter: QPainter, rect: QRectF, style: NoteStyle) -> None:
    """One note as a bar of its voice's colour, pattern and corners."""
    painter.setPen(style.edge)
    painter.setBrush(style.fill)
    painter.drawRoundedRect(rect, style.radius, style.radius)
    if style.pattern is Pattern.STRIPE and rect.height() >= 5:
        line = QRectF(rect.left() + 2, rect.center().y() - 0.75, rect.width() - 4, 1.5)
        painter.fillRect(line, style.over)
    elif style.overlay is not None and rect.height() >= 5:
        painter.fillRect(rect.adjusted(1, 1, -1, -1), style.overlay)


def draw_changed(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """The sign that a note differs from the take before: an edge and a flag in its corner."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.ink), 1))
    painter.drawRoundedRect(rect, 3, 3)
    size = min(7.0, rect.height(), rect.width())
    flag = QPainterPath(QPointF(rect.right() - size, rect.top()))
    flag.lineTo(rect.right(), rect.top())
    flag.lineTo(rect.right(), rect.top() + size)
    flag.closeSubpath()
    painter.fillPath(flag, QColor(theme.ink))


def draw_gone(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """A note that only the take before has: a dashed outline."""
    pen = QPen(QColor(theme.gone), 1.2, Qt.PenStyle.DashLine)
    pen.setDashPattern([3, 2])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 2, 2)


def draw_lock(painter: QPainter, at: QPointF, theme: Theme, size: float = 10) -> None:
    """A small padlock whose top left corner is `at`."""
    unit = size / 10
    body = QRectF(at.x() + unit, at.y() + 4.4 * unit, 8 * unit, 5.4 * unit)
    shackle = QRectF(at.x() + 2.6 * unit, at.y() + 0.8 * unit, 4.8 * unit, 7 * unit)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.locked), 1.5 * unit))
    painter.drawArc(shackle, 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.locked))
    painter.drawRoundedRect(body, 1.2 * unit, 1.2 * unit)


def draw_outline(painter: QPainter, rect: QRectF, colour: str, *, dotted: bool = False) -> None:
    """The outline of what is chosen, or (dotted) of what the cursor is on."""
    style = Qt.PenStyle.DotLine if dotted else Qt.PenStyle.SolidLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.4 if dotted else 2, style))
    grow = 3 if dotted else 1.5
    painter.drawRoundedRect(rect.adjusted(-grow, -grow, grow, grow), 4, 4)
