"""Pictures of the panel in two languages, two themes and two sizes, held against kept ones.

`ANTIPHON_PICTURES=write pytest tests/ui/test_pictures.py` keeps new ones; look at them then.
"""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from services import real_service
from ui_window import opened_panel

from antiphon.bridge.client import Client
from antiphon.bridge.protocol.messages import Task

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
KEPT = Path(__file__).parent / "pictures"
WIDTH = 520
PAGES = ("write", "settings", "welcome")
LOOKS = [
    (language, theme, zoom)
    for language in ("en", "zh_CN")
    for theme in ("light", "dark")
    for zoom in (1.0, 2.0)
]
# Other versions of a font or of Qt move letters by a pixel; a lost widget moves much more.
MOST_MEAN, MOST_FAR, FAR = 5.0, 0.06, 60


def has_fonts() -> bool:
    try:
        result = subprocess.run(
            ["fc-list", "--format", "%{family}\n"], capture_output=True, text=True
        )
    except OSError:
        return False
    return "Noto Sans CJK SC" in result.stdout and "Noto Sans\n" in result.stdout


@pytest.fixture
def panel(qtbot, rules):
    if not has_fonts():
        pytest.skip("the fonts Noto Sans and Noto Sans CJK SC are not installed")
    with opened_panel(qtbot, rules) as made:
        made.panel.deeds.task(Task.HARMONIZE.value)
        made.session.turn("as", "satb")
        made.session.ask()
        made.wait_takes(2)
        yield made


def picture(panel, zoom: float) -> QImage:
    panel.window.resize(round(1040 * zoom), round(700 * zoom))
    for _ in range(2):  # a card that grew takes a scroll bar, and the page another width
        panel.process()
        for view in scores(panel):
            if view.isVisible():
                view.wait_engraved()
    panel.process()
    focus = panel.window.focusWidget()
    if focus is not None:
        focus.clearFocus()
    panel.process()
    whole = panel.window.grab().toImage()
    small = whole.scaledToWidth(WIDTH, Qt.TransformationMode.SmoothTransformation)
    return small.convertToFormat(QImage.Format.Format_RGB32)


def difference(one: QImage, other: QImage) -> tuple[float, float]:
    """The mean difference of the green channel, and the share of pixels that are far off."""
    width, height = min(one.width(), other.width()), min(one.height(), other.height())
    total = far = count = 0
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            gap = abs((one.pixel(x, y) >> 8 & 255) - (other.pixel(x, y) >> 8 & 255))
            total, far, count = total + gap, far + (gap > FAR), count + 1
    return total / count, far / count


def keep(image: QImage, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    # Its own 256 commonest colours make a small file without the grain of dithering.
    pixels = memoryview(image.constBits().asarray(image.sizeInBytes())).cast("B").cast("I")
    table = [colour for colour, _count in Counter(pixels).most_common(256)]
    plain = Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither
    image.convertToFormat(QImage.Format.Format_Indexed8, table, plain).save(str(path), "PNG", 0)


def test_the_panel_looks_as_it_did(panel, tmp_path):
    unlike = []
    for language, theme, zoom in LOOKS:
        panel.session.change(language=language, theme=theme, zoom=zoom)
        for page in PAGES:
            panel.panel.deeds.page(page)
            name = f"{page}-{language}-{theme}-{round(zoom * 100)}.png"
            found = picture(panel, zoom)
            if os.environ.get("ANTIPHON_PICTURES") == "write":
                keep(found, KEPT / name)
                continue
            mean, far = difference(found, QImage(str(KEPT / name)).convertToFormat(found.format()))
            if mean > MOST_MEAN or far > MOST_FAR:
                found.save(str(tmp_path / name))
                unlike.append((str(tmp_path / name), round(mean, 2), round(far, 3)))
    assert unlike == []


def test_a_picture_that_lost_its_takes_is_told_from_the_kept_one(panel):
    before = picture(panel, 1.0)
    panel.session._show("none", [])
    mean, far = difference(before, picture(panel, 1.0))
    assert mean > MOST_MEAN or far > MOST_FAR


@pytest.mark.skipif(
    os.environ.get("ANTIPHON_PICTURES") != "write", reason="draws the README's pictures anew"
)
def test_the_pictures_of_the_readme_are_drawn_with_the_real_models(qtbot, home):
    with real_service(home) as running:
        running.wait_until_ready()
        with opened_panel(qtbot, Client.connect(), takes=3) as made:
            for name, task, language, theme in (
                ("panel", "continue", "en", "light"),
                ("panel_zh", "harmonize", "zh_CN", "dark"),
            ):
                made.session.change(language=language, theme=theme)
                made.panel.deeds.task(task)
                made.session.turn("as", "satb")
                made.session.task_changed.tell()
                made.session.ask()
                made.wait_takes(3)
                made.panel.deeds.next_take()
                for _ in range(3):
                    made.window.resize(1180, 820)
                    made.process()
                    made.wait(lambda: all(v.wait_engraved() for v in scores(made)))
                made.process()
                made.window.grab().toImage().save(str(DOCS / f"{name}.png"))


def scores(panel):
    return [v for v in panel.window.findChildren(object) if hasattr(v, "wait_engraved")]
