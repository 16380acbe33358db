"""The two edges of the piano roll: the keyboard at the left, measures and chords on top."""

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from antiphon.bridge.music.chords import chord_text
from antiphon.ui.drawing.brushes import draw_lock, mixed

if TYPE_CHECKING:
    from antiphon.ui.drawing.roll import PianoRoll

KEYBOARD_WIDTH, RULER_HEIGHT = 64, 42
_LINE_OF_CHORDS = 22
_SHARPS = str.maketrans({"#": "♯"})


def small_font(widget: QWidget, pixels: int, *, bold: bool = False) -> QFont:
    """The widget's font at a size in pixels."""
    font = QFont(widget.font())
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


def pretty_chord(text: str) -> str:
    """A chord symbol with real accidentals: "B♭m7", "F♯7"."""
    head, slash, bass = text.partition("/")
    named = [
        part[:1] + part[1:2].replace("b", "♭") + part[2:].replace("b5", "♭5").replace("b9", "♭9")
        for part in (head, bass)
    ]
    return f"{named[0]}{slash}{named[1]}".translate(_SHARPS)


class Keyboard(QWidget):
    """The keys of the roll's rows and the names of its drum lanes; moves with the roll."""

    def __init__(self, roll: "PianoRoll") -> None:
        super().__init__(roll)
        self._roll = roll
        self.setFixedWidth(KEYBOARD_WIDTH)

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        """Draws white and black keys, C labels, lane names, and lights what sounds."""
        roll, theme = self._roll, self._roll.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.row))
        height = roll.row_height
        painter.setFont(small_font(self, max(8, min(11, int(height) - 1))))
        lit = roll.sounding_rows()
        for row in roll.layout_of_rows.rows:
            top = roll.y_of(row.top)
            if top > self.height() or top + height < 0:
                continue
            rect = QRectF(0, top, KEYBOARD_WIDTH, height)
            colour = lit.get((row.number, row.is_drum))
            if row.is_drum:
                self._lane(painter, rect, row.label, colour)
            else:
                self._key(painter, rect, row.number, row.label, colour)
        painter.setPen(QColor(theme.bar))
        painter.drawLine(KEYBOARD_WIDTH - 1, 0, KEYBOARD_WIDTH - 1, self.height())

    def _lane(self, painter: QPainter, rect: QRectF, label: str, lit: str | None) -> None:
        theme = self._roll.theme
        painter.fillRect(rect, mixed(lit, theme.paper, 0.35) if lit else QColor(theme.paper))
        painter.setPen(QColor(theme.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(QColor(theme.ink))
        inside = rect.adjusted(4, 0, -4, 0)
        text = painter.fontMetrics().elidedText(
            label, Qt.TextElideMode.ElideRight, int(inside.width())
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _key(
        self, painter: QPainter, rect: QRectF, number: int, label: str, lit: str | None
    ) -> None:
        theme = self._roll.theme
        is_black = number % 12 in (1, 3, 6, 8, 10)
        ivory = QColor("#c9ccd1" if theme.is_dark else "#ffffff")
        painter.fillRect(rect, QColor(lit) if lit and not is_black else ivory)
        if is_black:
            key = QRectF(0, rect.top(), KEYBOARD_WIDTH * 0.6, rect.height())
            painter.fillRect(key, QColor(lit) if lit else QColor("#24262b"))
            painter.setPen(QColor("#9096a0"))
            middle = rect.center().y()
            painter.drawLine(QPointF(key.right(), middle), QPointF(rect.right(), middle))
        elif number % 12 in (0, 5):  # no black key between B and C, E and F
            painter.setPen(QColor("#9096a0"))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if label:
            painter.setPen(QColor("#24262b"))
            inside = rect.adjusted(0, 0, -5, 0)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(inside, align, label)


class Ruler(QWidget):
    """Measure numbers and chord symbols; a click or drag chooses measures."""

    def __init__(self, roll: "PianoRoll") -> None:
        super().__init__(roll)
        self._roll = roll
        self.setFixedHeight(RULER_HEIGHT)

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        """Draws the measures in view, the span of the answer, locks, chords and the playhead."""
        roll, theme = self._roll, self._roll.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.row))
        shown = roll.shown
        if shown.has_answer:
            left, right = roll.x_of(float(shown.start)), roll.x_of(float(shown.end))
            painter.fillRect(QRectF(left, 0, right - left, RULER_HEIGHT), QColor(theme.asked))
            painter.fillRect(QRectF(left, 0, right - left, 3), QColor(theme.chosen))
        self._measures(painter)
        self._chords(painter)
        painter.setPen(QColor(theme.bar))
        painter.drawLine(0, RULER_HEIGHT - 1, self.width(), RULER_HEIGHT - 1)
        at = roll.playhead_x()
        if at is not None:
            head = QPolygonF([QPointF(at - 5, 30), QPointF(at + 5, 30), QPointF(at, 41)])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.playing))
            painter.drawPolygon(head)

    def _measures(self, painter: QPainter) -> None:
        roll, theme = self._roll, self._roll.theme
        painter.setFont(small_font(self, 11, bold=True))
        last = -100.0
        for place, measure in enumerate(roll.shown.phrase.measures):
            left, right = roll.x_of(float(measure.onset)), roll.x_of(float(measure.end))
            if right < 0 or left > self.width():
                continue
            if place in roll.choice.measures:
                chosen = QColor(theme.chosen)
                chosen.setAlpha(60)
                painter.fillRect(QRectF(left, 0, right - left, RULER_HEIGHT), chosen)
            painter.setPen(QPen(QColor(theme.bar), 1))
            painter.drawLine(QPointF(left, 4), QPointF(left, RULER_HEIGHT))
            width = painter.fontMetrics().horizontalAdvance(measure.number)
            if left - last > width + 10:
                painter.setPen(QColor(theme.ink))
                painter.drawText(QPointF(left + 5, 16), measure.number)
                last = left
            if place in roll.locked_measures and right - left > 16:
                draw_lock(painter, QPointF(left + 10 + width, 6), theme)

    def _chords(self, painter: QPainter) -> None:
        roll, theme = self._roll, self._roll.theme
        painter.setFont(small_font(self, 12))
        shown, free = roll.shown, -1e9
        for chord in shown.phrase.chords:
            left = roll.x_of(float(chord.onset)) + 5
            text = pretty_chord(chord_text(chord))
            width = painter.fontMetrics().horizontalAdvance(text)
            if left + width < 0 or left > self.width() or left < free:
                continue
            inside = shown.has_answer and shown.start <= chord.onset < shown.end
            painter.setPen(QColor(theme.chosen if inside else theme.quiet))
            painter.drawText(QPointF(left, _LINE_OF_CHORDS + 14), text)
            free = left + width + 6

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses the measure under the pointer; with Ctrl one more, with Shift up to it."""
        self._choose(event, drags=False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses all measures that are dragged over."""
        self._choose(event, drags=True)

    def _choose(self, event: QMouseEvent, *, drags: bool) -> None:
        place = self._roll.measure_at_x(event.position().x())
        if place is None or (drags and place in self._roll.choice.measures):
            return
        keys = event.modifiers()
        self._roll.choose_measure(
            place,
            adds=bool(keys & Qt.KeyboardModifier.ControlModifier),
            spans=drags or bool(keys & Qt.KeyboardModifier.ShiftModifier),
        )
        self.update()
