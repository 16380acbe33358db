"""The piano roll: given notes grey, new ones in their voice's colour, pattern and shape."""

from fractions import Fraction

from PyQt6.QtCore import QPointF, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QBrush,
    QColor,
    QCursor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PyQt6.QtWidgets import QWidget

from antiphon.bridge.music.phrase import Phrase, meter_at
from antiphon.ui.drawing.brushes import (
    NoteStyle,
    draw_changed,
    draw_gone,
    draw_lock,
    draw_note,
    draw_outline,
    note_style,
)
from antiphon.ui.drawing.colours import voice_colour
from antiphon.ui.drawing.roll_layout import Box, RollLayout
from antiphon.ui.drawing.roll_sides import KEYBOARD_WIDTH, RULER_HEIGHT, Keyboard, Ruler
from antiphon.ui.drawing.shown import EMPTY, Origin, ShownNote, shown_takes
from antiphon.ui.drawing.view import MusicView

_QUARTER_PIXELS = 44.0
_LEAST_ROW, _MOST_ROW = 8.0, 20.0
# Below this width or height a note is a plain block, drawn with all others of its colour.
_PLAIN_WIDTH, _PLAIN_HEIGHT = 7.0, 5.0
_LEAST_BEAT_PIXELS = 9.0
# Past this share of the width the view turns on, so that the playhead stands at the other one.
_FOLLOW_TO, _FOLLOW_FROM = 0.92, 0.08


class PianoRoll(MusicView):
    """A piano roll of `Shown` music: keys at the left, measures and chords on top.

    A click on a note chooses it, on the ruler its measure, a drag all notes it encloses;
    Ctrl+wheel zooms. `place_clicked` tells quarters where nothing stands.
    """

    place_clicked = pyqtSignal(float)

    def __init__(self, name: str = "Piano roll", parent: QWidget | None = None) -> None:
        self._layout = RollLayout(EMPTY)
        self.row_height = 12.0
        self._styles: dict[tuple[int, bool], NoteStyle] = {}
        self._pressed: QPointF | None = None
        self._band: QRectF | None = None
        super().__init__(name, parent)
        self.setViewportMargins(KEYBOARD_WIDTH, RULER_HEIGHT, 0, 0)
        self._keyboard, self._ruler = Keyboard(self), Ruler(self)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(KEYBOARD_WIDTH + 80, RULER_HEIGHT + 70)

    def show_takes(
        self,
        given: Phrase,
        take: Phrase | None = None,
        before: Phrase | None = None,
        at: Fraction | None = None,
    ) -> None:
        """Shows given music with a take from `at` (quarters) on, against the take before."""
        self.present(shown_takes(given, take, before, at))

    # --- where things are -------------------------------------------------------------------

    @property
    def layout_of_rows(self) -> RollLayout:
        """The rows and boxes that are drawn."""
        return self._layout

    @property
    def locked_measures(self) -> frozenset[int]:
        """Places of the locked measures."""
        return self._locked_measures

    @property
    def quarter_width(self) -> float:
        """Pixels a quarter."""
        return _QUARTER_PIXELS * self._zoom

    def x_of(self, quarters: float) -> float:
        """The pixel column of an onset in the viewport."""
        return quarters * self.quarter_width - self.horizontalScrollBar().value()

    def y_of(self, row: float) -> float:
        """The pixel line of a row's top in the viewport."""
        return row * self.row_height - self.verticalScrollBar().value()

    def rect_of(self, box: Box) -> QRectF:
        """The pixels of a note in the viewport."""
        # Edges lie in the middle of pixels, so that they are drawn sharp.
        left, right = round(self.x_of(box.left)) + 0.5, round(self.x_of(box.right)) - 1.5
        top = round(self.y_of(box.top)) + 1.5
        return QRectF(left, top, max(2.0, right - left), self.row_height - 3)

    def note_rect(self, name: str) -> QRectF:
        """The pixels of the note of that name in the viewport; raises KeyError without it."""
        return self.rect_of(self._layout.by_name[name])

    def measure_at_x(self, x: float) -> int | None:
        """The place of the measure in a pixel column of the viewport."""
        at = (x + self.horizontalScrollBar().value()) / self.quarter_width
        return (
            self._shown.measure_index(Fraction(at).limit_denominator(10_000)) if at >= 0 else None
        )

    def playhead_x(self) -> float | None:
        """The pixel column of the playhead, None without one."""
        return None if self._playhead is None else self.x_of(self._playhead)

    def sounding_rows(self) -> dict[tuple[int, bool], str]:
        """The rows that sound at the playhead, or that the cursor is on, with their colours."""
        if self._playhead is None:
            box = self._layout.by_name.get(self._choice.cursor)
            lit = [box] if box is not None and self.hasFocus() else []
        else:
            at = self._playhead
            lit = [b for b in self._layout.between(at, at) if b.left <= at < b.right]
        parts = self._shown.phrase.parts
        return {
            (box.item.note.pitch.midi_number, parts[box.item.part].is_drums): voice_colour(
                self.theme, box.item.line
            )
            for box in lit
        }

    # --- drawing ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws what of the roll lies in the rectangle that has to be drawn again."""
        painter = QPainter(self.viewport())
        area = event.rect()
        self._draw_rows(painter, area)
        self._draw_grid(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_notes(painter, area)
        self._draw_marks(painter, area)
        at = self.playhead_x()
        if at is not None:
            painter.setPen(QPen(QColor(self.theme.playing), 1.6))
            painter.drawLine(QPointF(at, 0), QPointF(at, self.viewport().height()))
        if self._band is not None:
            colour = QColor(self.theme.chosen)
            painter.setPen(colour)
            colour.setAlpha(40)
            painter.setBrush(colour)
            painter.drawRect(self._band)

    def _draw_rows(self, painter: QPainter, area: QRect) -> None:
        theme, shown = self.theme, self._shown
        painter.fillRect(area, QColor(theme.paper))
        if shown.has_answer:
            left, right = self.x_of(float(shown.start)), self.x_of(float(shown.end))
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()),
                             QColor(theme.asked))  # fmt: skip
        black = QColor(theme.ink)
        black.setAlpha(12 if not theme.is_dark else 14)
        for row in self._layout.rows:
            top = self.y_of(row.top)
            if top > area.bottom() or top + self.row_height < area.top():
                continue
            if row.is_black:
                painter.fillRect(QRectF(area.left(), top, area.width(), self.row_height), black)
            elif row.number % 12 in (0, 5) or row.is_drum:
                bottom = round(top + self.row_height) - 1
                painter.setPen(QColor(theme.bar if row.number % 12 == 0 and not row.is_drum
                                      else theme.beat))  # fmt: skip
                painter.drawLine(area.left(), bottom, area.right(), bottom)

    def _draw_grid(self, painter: QPainter, area: QRect) -> None:
        theme = self.theme
        beat_pen, bar_pen = QPen(QColor(theme.beat)), QPen(QColor(theme.bar))
        top, bottom = area.top(), area.bottom()
        chosen = QColor(theme.chosen)
        chosen.setAlpha(34)
        for place, measure in enumerate(self._shown.phrase.measures):
            left, right = self.x_of(float(measure.onset)), self.x_of(float(measure.end))
            if right < area.left() or left > area.right():
                continue
            if place in self._choice.measures:
                painter.fillRect(QRectF(left, top, right - left, area.height()), chosen)
            beat = float(meter_at(self._shown.phrase, measure.onset).beat_duration)
            painter.setPen(beat_pen)
            at = float(measure.onset) + beat
            while beat * self.quarter_width >= _LEAST_BEAT_PIXELS and at < measure.end:
                x = round(self.x_of(at))
                painter.drawLine(x, top, x, bottom)
                at += beat
            painter.setPen(bar_pen)
            painter.drawLine(round(left), top, round(left), bottom)
        if self._shown.phrase.measures:
            end = round(self.x_of(float(self._shown.phrase.measures[-1].end)))
            painter.drawLine(end, top, end, bottom)

    def _draw_notes(self, painter: QPainter, area: QRect) -> None:
        left, right = self._quarters(area.left() - 4), self._quarters(area.right() + 4)
        plain: dict[tuple[int, bool], list[QRectF]] = {}
        rich: list[tuple[QRectF, Box]] = []
        is_low = self.row_height - 2 < _PLAIN_HEIGHT
        for box in self._layout.between(left, right):
            rect = self.rect_of(box)
            if rect.top() > area.bottom() or rect.bottom() < area.top():
                continue
            if is_low or rect.width() < _PLAIN_WIDTH:
                plain.setdefault((box.item.line, box.item.is_new), []).append(rect)
            else:
                rich.append((rect, box))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for key in sorted(plain, key=lambda k: k[1]):
            painter.setBrush(self._style(*key).edge.color())
            painter.drawRects(plain[key])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect, box in sorted(rich, key=lambda pair: pair[1].item.is_new):
            draw_note(painter, rect, self._style(box.item.line, box.item.is_new))
            if box.item.origin is Origin.CHANGED:
                draw_changed(painter, rect, self.theme)

    def _draw_marks(self, painter: QPainter, area: QRect) -> None:
        theme = self.theme
        for box in self._layout.gone:
            rect = self.rect_of(box)
            if rect.intersects(QRectF(area)):
                draw_gone(painter, rect, theme)
        for name in self._locked_notes & self._layout.by_name.keys():
            rect = self.note_rect(name)
            draw_outline(painter, rect.adjusted(1, 1, -1, -1), theme.locked)
            draw_lock(painter, QPointF(rect.left() + 1, rect.top() - 9), theme, 9)
        for name in self._choice.notes & self._layout.by_name.keys():
            draw_outline(painter, self.note_rect(name), theme.chosen)
        cursor = self._layout.by_name.get(self._choice.cursor)
        if cursor is not None and self.hasFocus():
            draw_outline(painter, self.rect_of(cursor), theme.ink, dotted=True)
        hatch = QColor(theme.locked)
        hatch.setAlpha(90)
        for place in self._locked_measures:
            if place < len(self._shown.phrase.measures):
                measure = self._shown.phrase.measures[place]
                left, right = self.x_of(float(measure.onset)), self.x_of(float(measure.end))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QBrush(hatch, Qt.BrushStyle.FDiagPattern))
                painter.drawRect(QRectF(left, 0, right - left, self.viewport().height()))

    def _style(self, line: int, is_new: bool) -> NoteStyle:
        found = self._styles.get((line, is_new))
        if found is None:
            found = self._styles[line, is_new] = note_style(self.theme, line, is_new)
        return found

    def _quarters(self, x: float) -> float:
        return (x + self.horizontalScrollBar().value()) / self.quarter_width

    # --- scrolling and zoom -----------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keeps the edges beside the grid and the rows as high as there is room."""
        super().resizeEvent(event)
        area = self.viewport().geometry()
        self._keyboard.setGeometry(area.left() - KEYBOARD_WIDTH, area.top(), KEYBOARD_WIDTH,
                                   area.height())  # fmt: skip
        self._ruler.setGeometry(area.left(), area.top() - RULER_HEIGHT, area.width(), RULER_HEIGHT)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Begins where the answer is."""
        super().showEvent(event)
        self._fit()
        self._reveal_answer()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        """Moves what is drawn and draws only what comes into view."""
        self.viewport().scroll(dx, dy)
        if dx:
            self._ruler.update()
        if dy:
            self._keyboard.update()

    def _shown_changed(self) -> None:
        self._layout = RollLayout(self._shown)
        self._fit()
        self._reveal_answer()
        self._update_all()

    def _fit(self) -> None:
        area = self.viewport().size()
        rows = max(1.0, self._layout.height)
        self.row_height = float(int(min(_MOST_ROW, max(_LEAST_ROW, area.height() / rows))))
        end = self._shown.phrase.measures[-1].end if self._shown.phrase.measures else 0
        width = round(float(end) * self.quarter_width) + 24
        height = round(rows * self.row_height)
        bars = (self.horizontalScrollBar(), width, area.width()), (
            self.verticalScrollBar(), height, area.height())  # fmt: skip
        for bar, whole, page in bars:
            bar.setRange(0, max(0, whole - page))
            bar.setPageStep(max(1, page))
            bar.setSingleStep(24)

    def _reveal_answer(self) -> None:
        start = float(self._shown.start) if self._shown.has_answer else 0.0
        pixels = round(start * self.quarter_width - self.viewport().width() / 4)
        self.horizontalScrollBar().setValue(max(0, pixels))
        new = sorted(box.top for box in self._layout.boxes if box.item.is_new)
        tops = new or sorted(box.top for box in self._layout.boxes)
        if tops:
            middle = (tops[0] + tops[-1] + 1) / 2 * self.row_height
            self.verticalScrollBar().setValue(round(middle - self.viewport().height() / 2))

    def _zoomed(self, before: float) -> None:
        mouse = self.viewport().mapFromGlobal(QCursor.pos()).x()
        inside = 0 <= mouse < self.viewport().width() and self.underMouse()
        anchor = mouse if inside else self.viewport().width() / 2
        bar = self.horizontalScrollBar()
        quarters = (anchor + bar.value()) / (_QUARTER_PIXELS * before)
        self._fit()
        bar.setValue(round(quarters * self.quarter_width - anchor))
        self._update_all()

    def _reveal(self, note: ShownNote) -> None:
        rect = self.note_rect(note.name)
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        if rect.left() < 0 or rect.right() > self.viewport().width():
            across.setValue(across.value() + round(rect.left() - self.viewport().width() / 3))
        if rect.top() < 0 or rect.bottom() > self.viewport().height():
            down.setValue(down.value() + round(rect.top() - self.viewport().height() / 2))
        self._update_all()

    def _follow(self) -> None:
        x, width = self.playhead_x() or 0.0, self.viewport().width()
        if not 0 <= x <= _FOLLOW_TO * width:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + round(x - _FOLLOW_FROM * width))

    def _playhead_moved(self, before: float | None) -> None:
        for at in (before, self._playhead):
            if at is not None:
                x = int(self.x_of(at))
                self.viewport().update(x - 3, 0, 7, self.viewport().height())
        self._keyboard.update()
        self._ruler.update()

    def _themed(self) -> None:
        self._styles.clear()
        self._update_all()

    def _update_all(self) -> None:
        for widget in (self.viewport(), self._keyboard, self._ruler):
            widget.update()

    # --- mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses the note under the pointer, or begins to enclose notes."""
        at = event.position()
        row = (at.y() + self.verticalScrollBar().value()) / self.row_height
        box = self._layout.at(self._quarters(at.x()), row)
        adds = bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier
                                         | Qt.KeyboardModifier.ShiftModifier))  # fmt: skip
        if box is not None:
            self.choose_note(box.item, adds=adds)
            self._keyboard.update()
        else:
            self._pressed = at

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Draws the rectangle that encloses notes."""
        if self._pressed is not None:
            self._band = QRectF(self._pressed, event.position()).normalized()
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses what the rectangle encloses; a mere click tells its place."""
        band, self._band, self._pressed = self._band, None, None
        if band is None or band.width() + band.height() < 6:
            if self._shown.phrase.measures and event.button() == Qt.MouseButton.LeftButton:
                self.place_clicked.emit(max(0.0, self._quarters(event.position().x())))
            return
        names = {b.item.name for b in self._layout.boxes if band.intersects(self.rect_of(b))}
        self.choose_notes(names)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses the measure under the pointer."""
        place = self.measure_at_x(event.position().x())
        if place is not None:
            self.choose_measure(place)
            self._ruler.update()
