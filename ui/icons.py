"""Icons drawn from paths on a grid of 24, in the colours of the palette."""

from collections.abc import Mapping
from functools import cache

from PyQt6.QtCore import QByteArray, QRectF, Qt
from PyQt6.QtGui import QIcon, QImage, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

_STROKE = 'fill="none" stroke="{c}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
_LINES: Mapping[str, str] = {
    "menu": "M4 7h16M4 12h16M4 17h16",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0 -13M15.5 15.5L20 20",
    "close": "M6 6l12 12M18 6L6 18",
    "tick": "M5 12.5l5 5L19.5 7",
    "down": "M5 9l7 7l7 -7",
    "up": "M5 15l7 -7l7 7",
    "right": "M9 5l7 7l-7 7",
    "loop": "M7 7h9a4 4 0 0 1 4 4v1M17 17H8a4 4 0 0 1 -4 -4v-1M10 4L7 7l3 3M14 14l3 3l-3 3",
    "metronome": "M9 4h6l4 16H5zM12 15l5 -9M7 15h10",
    "dice": "M4 7h3c4 0 6 10 10 10h3M4 17h3c1.6 0 2.9 -1.6 4 -3.6M13.4 9.6C14.5 7.9 15.6 7 17 7h3"
            "M18 4.5L20.5 7L18 9.5M18 14.5l2.5 2.5l-2.5 2.5",
    "pin": "M9 4h6M10 4v6l-3 4h10l-3 -4V4M12 14v6",
    "open": "M4 19V6a1 1 0 0 1 1 -1h5l2 2h7a1 1 0 0 1 1 1v11a1 1 0 0 1 -1 1H5a1 1 0 0 1 -1 -1z",
    "save": "M12 4v11M8 11l4 4l4 -4M5 20h14",
    "more": "M5 12h.01M12 12h.01M19 12h.01",
    "drag": "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
    "lock": "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
    "plus": "M12 5v14M5 12h14",
    "again": "M20 12a8 8 0 1 1 -2.5 -5.8M20 4v4h-4",
    "combine": "M6 4v6a4 4 0 0 0 4 4h4a4 4 0 0 1 4 4v2M18 4v4M15 17l3 3l3 -3",
    "insert": "M4 5h10M4 10h10M4 15h6M17 9v9M13.5 14.5L17 18l3.5 -3.5",
    "wave": "M3 12h2l2 -6l3 12l3 -9l2 5l2 -2h4",
    "star": "M12 4l2.5 5.2l5.7 .8l-4.1 4l1 5.7L12 17l-5.1 2.7l1 -5.7l-4.1 -4l5.7 -.8z",
}  # fmt: skip
_SOLID: Mapping[str, str] = {
    "play": "M7 4.5v15l12.5 -7.5z",
    "stop": "M6 6h12v12H6z",
    "pause": "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
    "starred": "M12 4l2.5 5.2l5.7 .8l-4.1 4l1 5.7L12 17l-5.1 2.7l1 -5.7l-4.1 -4l5.7 -.8z",
}
# Two voices that answer one another: the panel's own sign.
_SIGN = (
    '<path d="M4 15c2.5-7 5.5-7 8 0s5.5 7 8 0" fill="none" stroke="{c}" stroke-width="2.4" '
    'stroke-linecap="round"/><circle cx="8" cy="9.6" r="2.6" fill="{c}"/>'
    '<circle cx="16" cy="20" r="2.6" fill="{c}" opacity="0.55"/>'
)


def names() -> tuple[str, ...]:
    """The names of all icons."""
    return (*_LINES, *_SOLID, "sign")


def svg(name: str, colour: str) -> bytes:
    """An icon as SVG. Raises KeyError for a name that is not there."""
    if name == "sign":
        body = _SIGN
    elif name in _SOLID:
        body = f'<path d="{_SOLID[name]}" fill="{{c}}"/>'
    else:
        body = f'<path d="{_LINES[name]}" {_STROKE}/>'
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    return f"{head}{body.format(c=colour)}</svg>".encode()


@cache
def pixmap(name: str, colour: str, size: int, ratio: float = 3.0) -> QPixmap:
    """An icon of `size` pixels, drawn `ratio` times as fine."""
    image = QImage(round(size * ratio), round(size * ratio), QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(QByteArray(svg(name, colour)))
    renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    found = QPixmap.fromImage(image)
    found.setDevicePixelRatio(ratio)
    return found


def icon(name: str, colour: str, size: int = 18, on: str = "") -> QIcon:
    """An icon, in the colour `on` where its button is checked."""
    found = QIcon(pixmap(name, colour, size))
    if on:
        found.addPixmap(pixmap(name, on, size), QIcon.Mode.Normal, QIcon.State.On)
    return found
