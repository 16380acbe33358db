"""Small plots of the panel: a curve of losses or mood, and the picture of self-similarity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PyQt6.QtWidgets import QWidget

from antiphon.ui.drawing.brushes import mixed
from antiphon.ui.drawing.colours import Theme, theme_for, voice_colour
from antiphon.ui.drawing.roll_sides import small_font

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 26, 26
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine,
           Qt.PenStyle.DashDotLine)  # fmt: skip
_MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot: its name, and points (x, y) in order; points that are no numbers rest."""

    name: str
    points: tuple[tuple[float, float], ...]

    def finite(self) -> tuple[tuple[float, float], ...]:
        """The points that can be drawn."""
        return tuple((x, y) for x, y in self.points if isfinite(x) and isfinite(y))


@dataclass(frozen=True, slots=True)
class Words:
    """How a plot is said, with `{named}` gaps."""

    curve: str = "{name}: from {first} to {last}, lowest {lowest}, highest {highest}"
    nothing: str = "No values yet."
    similarity: str = "Self-similarity of {count} measures; most alike: {pairs}"
    pair: str = "measures {one} and {other}"


ENGLISH = Words()
CHINESE = Words(
    curve="{name}：从{first}到{last}，最低{lowest}，最高{highest}",
    nothing="还没有数值。",
    similarity="{count}个小节的自相似；最相像的：{pairs}",
    pair="第{one}小节与第{other}小节",
)


class _Plot(QWidget):
    """A widget that draws and can be read aloud."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ENGLISH
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(120, 80)

    @property
    def theme(self) -> Theme:
        """The colours that suit the palette."""
        return theme_for(self.palette().color(QPalette.ColorRole.Base).name())

    def set_words(self, words: Words) -> None:
        """Chooses the language of the spoken form."""
        self._words = words
        self._told()

    def spoken(self) -> str:
        """What is drawn, in a sentence."""
        raise NotImplementedError

    def _told(self) -> None:
        text = self.spoken()
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self.update()


class CurvePlot(_Plot):
    """Curves over one axis: losses of a training, mood through a piece.

    With `span` the y axis is fixed; without it follows the values. Lines differ by colour and dash.
    """

    def __init__(
        self, name: str, parent: QWidget | None = None, *, span: tuple[float, float] | None = None
    ) -> None:
        self._curves: tuple[Curve, ...] = ()
        self._span = span
        super().__init__(name, parent)
        self._told()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for axes and a legend."""
        return QSize(360, 200)

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draws these curves from now on."""
        self._curves = tuple(curves)
        self._told()

    def spoken(self) -> str:
        """Each curve by name: first, last, lowest and highest value."""
        said = []
        for curve in self._curves:
            values = [y for _, y in curve.finite()]
            if values:
                said.append(self._words.curve.format(
                    name=curve.name, first=_short(values[0]), last=_short(values[-1]),
                    lowest=_short(min(values)), highest=_short(max(values)),
                ))  # fmt: skip
        return ". ".join(said) or self._words.nothing

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Left, right, lowest and highest value of the axes; None without values."""
        points = [point for curve in self._curves for point in curve.finite()]
        if not points:
            return None
        xs = [x for x, _ in points]
        low, high = self._span or (min(y for _, y in points), max(y for _, y in points))
        if self._span is None:
            step = _step(high - low)
            low, high = floor(low / step) * step, ceil(high / step) * step
            high = high if high > low else low + step
        return min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1, low, high

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draws axes, curves and a legend."""
        painter, theme = QPainter(self), self.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.paper))
        painter.setFont(small_font(self, 11))
        bounds = self.bounds()
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        if bounds is None:
            painter.setPen(QColor(theme.quiet))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words.nothing)
            return
        self._draw_axes(painter, area, bounds)
        for place, curve in enumerate(self._curves):
            self._draw_curve(painter, area, bounds, place, curve)
        self._draw_legend(painter)

    def _draw_axes(
        self, painter: QPainter, area: QRectF, bounds: tuple[float, float, float, float]
    ) -> None:
        left, right, low, high = bounds
        theme = self.theme
        for value in _ticks(low, high):
            y = area.bottom() - (value - low) / (high - low) * area.height()
            painter.setPen(QPen(QColor(theme.beat), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.quiet))
            painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16),
                             Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             _short(value))  # fmt: skip
        for value in _ticks(left, right):
            x = area.left() + (value - left) / (right - left) * area.width()
            painter.drawText(QRectF(x - 30, area.bottom() + 4, 60, 16),
                             Qt.AlignmentFlag.AlignHCenter, _short(value))  # fmt: skip

    def _draw_curve(
        self,
        painter: QPainter,
        area: QRectF,
        bounds: tuple[float, float, float, float],
        place: int,
        curve: Curve,
    ) -> None:
        left, right, low, high = bounds

        def at(point: tuple[float, float]) -> QPointF:
            share = min(1.0, max(0.0, (point[1] - low) / (high - low)))
            return QPointF(area.left() + (point[0] - left) / (right - left) * area.width(),
                           area.bottom() - share * area.height())  # fmt: skip

        points = [at(point) for point in curve.finite()]
        if not points:
            return
        colour = QColor(voice_colour(self.theme, place))
        if len(points) == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(points[0], 3, 3)
            return
        path = QPainterPath(points[0])
        for _, point in pairwise(points):
            path.lineTo(point)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2, _DASHES[place % len(_DASHES)]))
        painter.drawPath(path)

    def _draw_legend(self, painter: QPainter) -> None:
        x = float(_LEFT)
        for place, curve in enumerate(self._curves):
            pen = QPen(QColor(voice_colour(self.theme, place)), 2, _DASHES[place % len(_DASHES)])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, 13), QPointF(x + 18, 13))
            painter.setPen(QColor(self.theme.ink))
            painter.drawText(QPointF(x + 23, 17), curve.name)
            x += 40 + painter.fontMetrics().horizontalAdvance(curve.name)


class SimilarityPlot(_Plot):
    """How alike the measures of a piece are: a square of cells, the darker the more alike."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        self._rows: tuple[tuple[float, ...], ...] = ()
        self._numbers: tuple[str, ...] = ()
        super().__init__(name, parent)
        self._told()

    def sizeHint(self) -> QSize:  # noqa: N802
        """A square."""
        return QSize(260, 260)

    def set_matrix(self, rows: Sequence[Sequence[float]], numbers: Sequence[str] = ()) -> None:
        """Draws a square matrix of values from 0 (unlike) to 1 (the same).

        `numbers` are the printed numbers of the measures. Raises ValueError unless it is square.
        """
        found = tuple(tuple(float(value) for value in row) for row in rows)
        if any(len(row) != len(found) for row in found):
            raise ValueError("a matrix of self-similarity is square")
        self._rows = found
        self._numbers = tuple(numbers) or tuple(str(n + 1) for n in range(len(found)))
        self._told()

    def spoken(self) -> str:
        """How many measures, and which three pairs are most alike."""
        count = len(self._rows)
        if not count:
            return self._words.nothing
        pairs = sorted(
            ((self._rows[a][b], -a, -b) for a in range(count) for b in range(a + 1, count)),
            reverse=True,
        )[:3]
        said = [
            self._words.pair.format(one=self._numbers[-a], other=self._numbers[-b])
            for _, a, b in pairs
        ]
        return self._words.similarity.format(count=count, pairs=", ".join(said) or "–")

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draws the cells with measure numbers along both sides."""
        painter, theme = QPainter(self), self.theme
        painter.fillRect(self.rect(), QColor(theme.paper))
        painter.setFont(small_font(self, 11))
        count = len(self._rows)
        if not count:
            painter.setPen(QColor(theme.quiet))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words.nothing)
            return
        side = min(self.width() - 30, self.height() - 24)
        square = QRectF(26, 4, side, side)
        painter.drawImage(square, self._image())
        painter.setPen(QColor(theme.quiet))
        every = max(1, ceil(count / max(1, side // 28)))
        for place in range(0, count, every):
            at = (place + 0.5) * side / count
            painter.drawText(QRectF(0, square.top() + at - 8, 22, 16),
                             Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             self._numbers[place])  # fmt: skip
            painter.drawText(QRectF(square.left() + at - 16, square.bottom() + 2, 32, 16),
                             Qt.AlignmentFlag.AlignHCenter, self._numbers[place])  # fmt: skip

    def _image(self) -> QImage:
        count = len(self._rows)
        image = QImage(count, count, QImage.Format.Format_RGB32)
        theme = self.theme
        for y, row in enumerate(self._rows):
            for x, value in enumerate(row):
                share = min(1.0, max(0.0, value)) if isfinite(value) else 0.0
                image.setPixelColor(x, y, mixed(voice_colour(theme, 0), theme.paper, share))
        return image


def _step(span: float) -> float:
    """A round distance of ticks that divides a span into at most five."""
    if span <= 0:
        return 1.0
    rough = span / _MOST_TICKS
    power = 10.0 ** floor(log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _ticks(low: float, high: float) -> list[float]:
    step = _step(high - low)
    first = ceil(low / step - 1e-9)
    return [n * step for n in range(first, floor(high / step + 1e-9) + 1)]


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
