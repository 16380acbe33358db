"""What tests see of a widget: palettes, pixels, ink and colours."""

import numpy as np
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QImage, QPalette

LIGHT_PAPER, DARK_PAPER = "#ffffff", "#232528"


def palette(paper):
    """A palette whose base is the paper."""
    made = QPalette()
    made.setColor(QPalette.ColorRole.Base, QColor(paper))
    return made


def picture(view):
    """What the viewport of a view shows, as an image."""
    return view.viewport().grab().toImage()


def pixels(image, rect):
    """The colours of a rectangle given in logical pixels."""
    ratio = image.devicePixelRatio()
    box = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
    box = box.toAlignedRect().intersected(image.rect())
    return [
        image.pixelColor(x, y)
        for y in range(box.top(), box.bottom() + 1)
        for x in range(box.left(), box.right() + 1)
    ]


def apart(one, other):
    """How far two colours lie apart, 0 to 765."""
    other = QColor(other)
    return (
        abs(one.red() - other.red())
        + abs(one.green() - other.green())
        + abs(one.blue() - other.blue())
    )


def _distances(image, rect, colour):
    """How far each pixel of a rectangle lies from a colour."""
    ratio, colour = image.devicePixelRatio(), QColor(colour)
    box = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
    box = box.toAlignedRect().intersected(image.rect())
    plain = image.copy(box).convertToFormat(QImage.Format.Format_RGB32)
    bits = plain.constBits().asarray(plain.sizeInBytes())
    rows = np.frombuffer(bits, dtype=np.uint8).reshape(plain.height(), -1)
    found = rows[:, : 4 * plain.width()].reshape(-1, 4)[:, :3].astype(int)
    return np.abs(found - [colour.blue(), colour.green(), colour.red()]).sum(axis=1)


def share_of(image, rect, colour, near=60):
    """The share of a rectangle that has about a colour."""
    found = _distances(image, rect, colour)
    return float((found <= near).mean()) if len(found) else 0.0


def ink(image, rect, paper, away=150):
    """How many pixels of a rectangle differ clearly from the paper."""
    return int((_distances(image, rect, paper) > away).sum())
