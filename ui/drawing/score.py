"""The engraved score: given notes grey, new ones coloured by voice, each found by a click."""

from fractions import Fraction
from itertools import pairwise

from PyQt6.QtCore import (
    QPointF,
    QRectF,
    QSize,
    Qt,
    QThreadPool,
    QTimer,
    pyqtSignal,
)
from PyQt6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QWidget

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Phrase
from antiphon.ui.drawing.brushes import draw_lock, draw_outline
from antiphon.ui.drawing.engraved import Page
from antiphon.ui.drawing.engraver import Engraving, Told
from antiphon.ui.drawing.shown import EMPTY, Origin, Shown, ShownNote, shown_takes
from antiphon.ui.drawing.view import MusicView

# Verovio draws a staff 72 units high; this makes it 29 pixels at zoom 1.
_PIXELS_A_UNIT = 0.4
_LEAST_WIDTH = 700  # units; narrower systems hold no measure
_MOST_CACHED_PIXELS = 16_000_000
_CLICK_MARGIN = 3.0
_RESIZE_MILLISECONDS = 120


class ScoreView(MusicView):
    """An engraving of `Shown` music, in systems as wide as the view.

    A click on a note chooses it, beside one its measure. `engraved` tells that a new page is
    drawn, `failed` in a sentence why there is none.
    """

    engraved = pyqtSignal()
    failed = pyqtSignal(str)

    def __init__(self, name: str = "Score", parent: QWidget | None = None) -> None:
        self._page: Page | None = None
        self._page_of: Shown = EMPTY
        self._renderer: QSvgRenderer | None = None
        self._pixmap: QPixmap | None = None
        self._boxes: dict[str, list[QRectF]] = {}
        self._measures: dict[int, QRectF] = {}
        self._ticket = self._answered = 0
        super().__init__(name, parent)
        self._told = Told()
        self._told.done.connect(self._landed)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._engrave)
        self.setMinimumSize(160, 80)

    def show_takes(
        self,
        given: Phrase,
        take: Phrase | None = None,
        before: Phrase | None = None,
        at: Fraction | None = None,
    ) -> None:
        """Shows given music with a take from `at` (quarters) on, against the take before."""
        self.present(shown_takes(given, take, before, at))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the whole page where there is one."""
        height = round(self._page.height * self._scale) if self._page else 120
        return QSize(480, min(640, height + 4))

    @property
    def is_engraved(self) -> bool:
        """Whether the page in view is the one that was asked for last."""
        return self._answered == self._ticket and not self._later.isActive()

    def wait_engraved(self, milliseconds: int = 20_000) -> bool:
        """Waits until the page is there; for tests and pictures."""
        if self._later.isActive():
            self._later.stop()
            self._engrave()
        return QThreadPool.globalInstance().waitForDone(milliseconds) and _delivered(self)

    def note_rects(self, name: str) -> tuple[QRectF, ...]:
        """The pixels of a note's heads and stems in the viewport; none before it is engraved."""
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        return tuple(r.translated(-across, -down) for r in self._boxes.get(name, []))

    def measure_rect(self, place: int) -> QRectF | None:
        """The pixels of a measure's staves in the viewport, None before it is engraved."""
        found = self._measures.get(place)
        if found is None:
            return None
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        return found.translated(-across, -down)

    # --- engraving --------------------------------------------------------------------------

    @property
    def _scale(self) -> float:
        return _PIXELS_A_UNIT * self._zoom

    def _shown_changed(self) -> None:
        self._later.stop()
        self._engrave()

    def _zoomed(self, before: float) -> None:
        self._later.start(_RESIZE_MILLISECONDS)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Breaks the systems anew when the width has come to rest."""
        super().resizeEvent(event)
        self._bounds()
        if event.oldSize().width() != event.size().width() and self._shown.phrase.parts:
            self._later.start(_RESIZE_MILLISECONDS)

    def _engrave(self) -> None:
        self._ticket += 1
        self._told.latest = self._ticket
        if not self._shown.phrase.parts:
            self._answered = self._ticket
            self._page, self._renderer, self._pixmap = None, None, None
            self._boxes, self._measures = {}, {}
            self._bounds()
            self.viewport().update()
            return
        # The bar's room is kept free, so that its coming does not break the systems anew.
        bar = self.verticalScrollBar()
        room = self.viewport().width() - (0 if bar.isVisible() else bar.sizeHint().width())
        width = max(_LEAST_WIDTH, int(room / self._scale))
        pool = QThreadPool.globalInstance()
        pool.start(Engraving(self._ticket, self._shown, width, self._told))

    def _landed(self, ticket: int, answer: object) -> None:
        if ticket != self._ticket:
            return
        self._answered = ticket
        if isinstance(answer, AntiphonError):
            self._page = self._renderer = None
            self.failed.emit(answer.sentence)
            self.viewport().update()
        elif isinstance(answer, Page):
            is_first = self._page_of is not self._shown
            self._page, self._page_of = answer, self._shown
            self._dress()
            self._bounds()
            if is_first:
                self._reveal_answer()
            self.updateGeometry()
            self.engraved.emit()

    def _dress(self) -> None:
        if self._page is None:
            return
        self._pixmap = None
        self._renderer = QSvgRenderer(self._page.dressed(self.theme, len(self._shown.lines)))
        self._boxes = {}
        for identity, name in self._page.notes.items():
            box = self._box(identity)
            if not box.isEmpty():
                self._boxes.setdefault(name, []).append(box)
        self._measures = {}
        scale = self._scale
        for place, (left, top, right, bottom) in self._page.measures.items():
            box = QRectF(left, top, right - left, bottom - top)
            self._measures[place] = _scaled(box, scale)
        self.viewport().update()

    def _box(self, identity: str) -> QRectF:
        """Where an element lies, in pixels of the page."""
        renderer, scale = self._renderer, self._scale
        if renderer is None:
            return QRectF()
        box = renderer.transformForElement(identity).mapRect(renderer.boundsOnElement(identity))
        return _scaled(box, scale)

    def _bounds(self) -> None:
        width = self._page.width * self._scale if self._page else 0
        height = self._page.height * self._scale if self._page else 0
        area = self.viewport().size()
        for bar, whole, page in (
            (self.horizontalScrollBar(), width, area.width()),
            (self.verticalScrollBar(), height, area.height()),
        ):
            bar.setRange(0, max(0, int(whole) - page))
            bar.setPageStep(max(1, page))
            bar.setSingleStep(24)

    def _themed(self) -> None:
        self._dress()

    def _reveal_answer(self) -> None:
        self.verticalScrollBar().setValue(0)
        first = next((n for n in self._shown.notes if n.is_new), None)
        if first is not None:
            self._reveal(first)

    def _reveal(self, note: ShownNote) -> None:
        boxes = self._boxes.get(note.name)
        place = self._shown.measure_index(note.note.onset)
        system = self._measures.get(place) if place is not None else None
        if not boxes:
            return
        box = boxes[0] if system is None else boxes[0].united(system)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if box.top() < bar.value() or box.bottom() > bar.value() + height:
            bar.setValue(round(box.top() - min(24, height / 6)))

    def _follow(self) -> None:
        line = self._playhead_line()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if line is not None and not bar.value() <= line.top() <= line.bottom() <= (
            bar.value() + height
        ):
            bar.setValue(round(line.top() - min(24, height / 6)))

    # --- drawing ----------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draws the page with what is asked, chosen, locked and playing under and over it."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self.theme.paper))
        if self._page is None or self._renderer is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())
        self._draw_under(painter)
        self._draw_page(painter)
        self._draw_over(painter)

    def _draw_under(self, painter: QPainter) -> None:
        theme, shown = self.theme, self._page_of
        asked, chosen = QColor(theme.asked), QColor(theme.chosen)
        chosen.setAlpha(46)
        for place, box in self._measures.items():
            if shown.answer_measure(place) is not None:
                painter.fillRect(box.adjusted(0, -14, 0, 14), asked)
            if place in self._choice.measures:
                painter.fillRect(box.adjusted(0, -14, 0, 14), chosen)
        changed = QColor(theme.mark)
        changed.setAlpha(56)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(changed)
        for note in shown.notes:
            if note.origin is Origin.CHANGED:
                for box in self._boxes.get(note.name, []):
                    painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 4, 4)

    def _draw_page(self, painter: QPainter) -> None:
        page, renderer = self._page, self._renderer
        if page is None or renderer is None:
            return
        size = QRectF(0, 0, page.width * self._scale, page.height * self._scale)
        ratio = self.devicePixelRatioF()
        if size.width() * size.height() * ratio * ratio > _MOST_CACHED_PIXELS:
            renderer.render(painter, size)
            return
        if self._pixmap is None or self._pixmap.devicePixelRatio() != ratio:
            pixmap = QPixmap(QSize(round(size.width() * ratio), round(size.height() * ratio)))
            pixmap.fill(Qt.GlobalColor.transparent)
            pixmap.setDevicePixelRatio(ratio)
            inner = QPainter(pixmap)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            renderer.render(inner, size)
            inner.end()
            self._pixmap = pixmap
        painter.drawPixmap(QPointF(0, 0), self._pixmap)

    def _draw_over(self, painter: QPainter) -> None:
        theme = self.theme
        for name in self._choice.notes:
            for box in self._boxes.get(name, []):
                draw_outline(painter, box, theme.chosen)
        if self.hasFocus():
            for box in self._boxes.get(self._choice.cursor, []):
                draw_outline(painter, box, theme.ink, dotted=True)
        for name in self._locked_notes:
            for box in self._boxes.get(name, [])[:1]:
                draw_lock(painter, QPointF(box.center().x() - 5, box.top() - 13), theme)
        for place in self._locked_measures:
            box = self._measures.get(place, QRectF())
            draw_outline(painter, box.adjusted(2, -12, -2, 12), theme.locked)
            draw_lock(painter, QPointF(box.right() - 16, box.top() - 12), theme, 12)
        line = self._playhead_line()
        if line is not None:
            painter.setPen(QPen(QColor(theme.playing), 1.6))
            painter.drawLine(line.topLeft(), line.bottomLeft())

    def _playhead_line(self) -> QRectF | None:
        """Where the playhead stands: between the notes around it, in its measure's staves."""
        if self._playhead is None:
            return None
        at = Fraction(self._playhead).limit_denominator(960)
        place = self._page_of.measure_index(at)
        box = self._measures.get(place) if place is not None else None
        if place is None or box is None:
            return None
        measure = self._page_of.phrase.measures[place]
        stops = {float(measure.end): box.right()}
        for note in self._page_of.notes:
            if measure.onset <= note.note.onset < measure.end and note.name in self._boxes:
                left = self._boxes[note.name][0].left()
                onset = float(note.note.onset)
                stops[onset] = min(left, stops.get(onset, left))
        stops.setdefault(float(measure.onset), min(stops.values()))
        x = _between(sorted(stops.items()), self._playhead)
        return QRectF(x, box.top() - 6, 1, box.height() + 12)

    # --- mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Chooses the note under the pointer, else its measure."""
        at = event.position() + QPointF(
            self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        )
        keys = event.modifiers()
        adds = bool(keys & Qt.KeyboardModifier.ControlModifier)
        spans = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        note = self._note_at(at)
        if note is not None:
            self.choose_note(note, adds=adds or spans)
            return
        for place, box in self._measures.items():
            if box.adjusted(0, -12, 0, 12).contains(at):
                self.choose_measure(place, adds=adds, spans=spans)
                return

    def _note_at(self, at: QPointF) -> ShownNote | None:
        """The note there; of several the one whose box is smallest."""
        margin = _CLICK_MARGIN
        found = []
        for name, boxes in self._boxes.items():
            for box in boxes:
                if box.adjusted(-margin, -margin, margin, margin).contains(at):
                    found.append((box.width() * box.height(), name))
        if not found:
            return None
        name = min(found)[1]
        return next((note for note in self._page_of.notes if note.name == name), None)


def _scaled(box: QRectF, scale: float) -> QRectF:
    return QRectF(box.x() * scale, box.y() * scale, box.width() * scale, box.height() * scale)


def _between(stops: list[tuple[float, float]], at: float) -> float:
    for (before, left), (after, right) in pairwise(stops):
        if before <= at < after:
            return left + (right - left) * (at - before) / (after - before)
    return stops[-1][1]


def _delivered(view: ScoreView) -> bool:
    from PyQt6.QtCore import QCoreApplication  # noqa: PLC0415

    QCoreApplication.processEvents()
    return view.is_engraved
