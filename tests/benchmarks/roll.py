"""How long the piano roll takes to draw 5,000 notes: milliseconds beside the 16.7 of 60 frames.

    python tests/benchmarks/roll.py

Process time is printed as well, because other work on the machine lengthens the wall clock's.
"""

import os
import statistics
import sys
import time
from fractions import Fraction

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6.QtWidgets import QApplication

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter
from antiphon.ui.drawing.roll import PianoRoll
from antiphon.ui.drawing.shown import shown_takes

FRAME = 1000 / 60
NOTES, PARTS = 5_000, 4


def piece() -> Phrase:
    """Four parts of sixteenths, 5,000 notes in all."""
    step = Fraction(1, 4)
    parts = tuple(
        Part(f"P{n}", f"Part {n}", tuple(
            Note(place * step, step, spell(36 + 12 * n + (place * 7 + n) % 12))
            for place in range(NOTES // PARTS)
        ))
        for n in range(PARTS)
    )  # fmt: skip
    meters = (TimeSignature(Fraction(0), 4, 4),)
    measures = measures_from_meter(meters, NOTES // PARTS * step)
    return Phrase(parts, measures, measures[-1].end, (), meters, (Tempo(Fraction(0), 120.0),))


def frames(roll: PianoRoll, app: QApplication, step: int) -> tuple[list[float], list[float]]:
    """Wall and process milliseconds of each frame of a scroll from end to end."""
    bar = roll.horizontalScrollBar()
    wall, own = [], []
    for value in range(0, max(1, bar.maximum()), step):
        began, used = time.perf_counter(), time.process_time()
        bar.setValue(value)
        app.processEvents()
        wall.append(1000 * (time.perf_counter() - began))
        own.append(1000 * (time.process_time() - used))
    return wall, own


def whole(roll: PianoRoll, app: QApplication) -> tuple[list[float], list[float]]:
    """The same of twenty frames in which all that is in view is drawn anew."""
    wall, own = [], []
    for _ in range(20):
        began, used = time.perf_counter(), time.process_time()
        roll.viewport().repaint()
        wall.append(1000 * (time.perf_counter() - began))
        own.append(1000 * (time.process_time() - used))
    app.processEvents()
    return wall, own


def main() -> int:
    """Prints one row a zoom; 1 where the median scroll frame needs more than a frame's time."""
    app = QApplication(sys.argv)
    roll = PianoRoll()
    roll.resize(1280, 640)
    roll.show()
    began = time.perf_counter()
    shown = shown_takes(piece().__class__((), (), Fraction(0)), piece(), at=Fraction(0))
    roll.present(shown)
    app.processEvents()
    print(f"{len(shown.notes)} notes; shown after {1000 * (time.perf_counter() - began):.0f} ms")
    print(f"{'zoom':>5} {'in view':>8} {'scroll ms':>10} {'95 %':>6} {'own ms':>7} "
          f"{'of frame':>9} {'whole ms':>9}")  # fmt: skip
    slow = False
    for zoom in (0.25, 0.5, 1.0, 2.0):
        roll.set_zoom(zoom)
        app.processEvents()
        seen = sum(1 for _ in roll.layout_of_rows.between(0, 1280 / roll.quarter_width))
        wall, own = frames(roll, app, 23)
        _, redrawn = whole(roll, app)
        median = statistics.median(own)
        slow = slow or median > FRAME
        late = sorted(own)[int(0.95 * (len(own) - 1))]
        print(f"{zoom:>5} {seen:>8} {statistics.median(wall):>10.1f} {late:>6.1f} {median:>7.1f} "
              f"{median / FRAME:>9.2f} {statistics.median(redrawn):>9.1f}")  # fmt: skip
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
