"""The form of an answer: which measure of the selection each new measure takes up, and how."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from antiphon.models.theory.rhythm import Cell

BLOCK = 4


class Way(StrEnum):
    """How a measure takes up its source."""

    REPEAT = "repeat"
    SEQUENCE = "sequence"
    VARY = "vary"
    TURN = "turn"
    CLOSE = "close"


# How strongly the source's pitches bind the new measure.
HOLD = {Way.REPEAT: 1.3, Way.SEQUENCE: 1.0, Way.VARY: 0.45, Way.TURN: 0.5, Way.CLOSE: 0.3}


@dataclass(frozen=True, slots=True)
class Step:
    """One measure of the plan: the index of its source cell and how it is taken up.

    `echo` is the index of an earlier measure of the answer that is taken up instead, `ends`
    the degree a phrase ends on in this measure (0 tonic, 4 dominant), None inside a phrase.
    """

    source: int
    way: Way
    echo: int | None = None
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """The selection as a model: its cells, and which of them sound like the end of a phrase."""

    cells: Sequence[Cell]
    closing: Sequence[bool]


def plan(model: Model, measures: int, number: int, half_close: bool, rng: Random) -> list[Step]:
    """The plan of an answer of so many measures; takes of other numbers follow other models.

    Phrases of four measures with a cadence each: an answer that begins as the selection did,
    a sequence on its motif, or a contrast that turns the motif over. After Schoenberg,
    "Fundamentals of Musical Composition" (1967), chapters 5 to 8.
    """
    steps: list[Step] = []
    sizes = _blocks(measures)
    for index, size in enumerate(sizes):
        is_last = index == len(sizes) - 1
        ends = (4 if half_close else 0) if is_last else (4 if index % 2 == 0 else 0)
        if index >= 2 and index % 2 == 0 and sizes[0] == size:
            inside = [Step(0, Way.REPEAT, echo=i) for i in range(size - 1)]
        else:
            inside = _inside(model, size - 1, number + index, rng)
        steps += [*inside, Step(max(0, len(model.cells) - 1), Way.CLOSE, ends=ends)]
    return steps


def _blocks(measures: int) -> list[int]:
    """Lengths of the phrases: fours, and what is left over at the end, never one measure alone."""
    full, rest = divmod(measures, BLOCK)
    if rest == 0:
        return [BLOCK] * full
    if rest == 1 and full:
        return [BLOCK] * (full - 1) + [BLOCK + 1]
    return [BLOCK] * full + [rest]


def _inside(model: Model, count: int, number: int, rng: Random) -> list[Step]:
    """The measures of one phrase before its close."""
    cells = model.cells
    if not cells:
        return [Step(0, Way.VARY) for _ in range(count)]
    start = _phrase_start(model, number // 3)
    kind = number % 3
    if kind == 0 and len(cells) >= 2:
        ways = [Way.REPEAT] * max(1, count - 1) + [Way.VARY]
        return [Step((start + i) % len(cells), ways[i]) for i in range(count)]
    motif = _motif(model)
    if kind != 2 or len(cells) < 3:
        if len(cells) >= 2 and count >= 3 and rng.random() < 0.4:
            pair = (motif, (motif + 1) % len(cells))
            return [Step(pair[i % 2], Way.SEQUENCE) for i in range(count)]
        return [Step(motif, Way.SEQUENCE) for i in range(count)]
    others = [i for i, closes in enumerate(model.closing) if not closes and i != start] or [motif]
    pair = (rng.choice(others), rng.choice(others))
    first = Way.TURN if rng.random() < 0.5 else Way.SEQUENCE
    return [Step(pair[i % 2], first if i == 0 else Way.SEQUENCE) for i in range(count)]


def _phrase_start(model: Model, turn: int) -> int:
    """Where a phrase of the selection begins: after a close, at a fourth measure; the last first.

    Higher turns take the next best place.
    """
    closing = model.closing
    places = [i for i in range(max(1, len(closing) - 1)) if not closing[i]] or [0]

    def worth(index: int) -> tuple[int, int]:
        follows_close = index == 0 or closing[index - 1]
        has_room = index + BLOCK <= len(closing)
        return 2 * has_room + (index % BLOCK == 0) + follows_close, index

    ordered = sorted(places, key=worth, reverse=True)
    return ordered[turn % min(len(ordered), 4)]


def _motif(model: Model) -> int:
    """The most telling measure: a rhythm that returns, with several notes, the earliest such."""
    cells = model.cells
    shapes = [tuple((s.place, s.duration) for s in cell) for cell in cells]
    counts = Counter(shapes)

    def worth(index: int) -> tuple[float, int]:
        variety = len({s.duration for s in cells[index]})
        return min(len(cells[index]), 6) + counts[shapes[index]] + 0.5 * variety, -index

    inner = range(max(1, len(cells) - 1))
    return max(inner, key=worth)
