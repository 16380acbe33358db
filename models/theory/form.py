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


def plan(
    cells: Sequence[Cell], measures: int, number: int, half_close: bool, rng: Random
) -> list[Step]:
    """The plan of an answer of so many measures; takes of other numbers follow other models.

    Phrases of four measures with a cadence each: an answer that begins as the selection did,
    a sequence on its motif, or a contrast that turns the motif over. After Schoenberg,
    "Fundamentals of Musical Composition" (1967), chapters 5 to 8.
    """
    steps: list[Step] = []
    sizes = _blocks(measures)
    for index, size in enumerate(sizes):
        begin = len(steps)
        is_last = index == len(sizes) - 1
        ends = (4 if half_close else 0) if is_last else (4 if index % 2 == 0 else 0)
        if index >= 2 and index % 2 == 0 and sizes[0] == size:
            inside = [Step(0, Way.REPEAT, echo=i) for i in range(size - 1)]
        else:
            inside = _inside(cells, size - 1, number + index, begin, rng)
        steps += [*inside, Step(_close_source(cells), Way.CLOSE, ends=ends)]
    return steps


def _blocks(measures: int) -> list[int]:
    """Lengths of the phrases: fours, and what is left over at the end, never one measure alone."""
    full, rest = divmod(measures, BLOCK)
    if rest == 0:
        return [BLOCK] * full
    if rest == 1 and full:
        return [BLOCK] * (full - 1) + [BLOCK + 1]
    return [BLOCK] * full + [rest]


def _close_source(cells: Sequence[Cell]) -> int:
    return max(0, len(cells) - 1)


def _inside(cells: Sequence[Cell], count: int, model: int, begin: int, rng: Random) -> list[Step]:
    if not cells or count == 0:
        return [Step(0, Way.VARY) for _ in range(count)]
    phrase = _phrase_start(cells, model // 3)
    motif = _motif(cells)
    kinds = ("answer", "sequence", "contrast")
    kind = kinds[model % 3] if model else kinds[0]
    if kind == "answer" and len(cells) >= 2:
        exact = max(1, count - 1)
        return [
            Step((phrase + i) % len(cells), Way.REPEAT if i < exact else Way.VARY)
            for i in range(count)
        ]
    if kind == "sequence" or len(cells) < 3:
        if len(cells) >= 2 and count >= 3 and rng.random() < 0.4:
            pair = [motif, (motif + 1) % len(cells)]
            return [Step(pair[i % 2], Way.SEQUENCE) for i in range(count)]
        ways = [Way.REPEAT if model and begin == 0 else Way.SEQUENCE] + [Way.SEQUENCE] * count
        return [Step(motif, ways[i]) for i in range(count)]
    others = [i for i in range(len(cells) - 1) if i != phrase] or [motif]
    first = rng.choice(others)
    turn = Way.TURN if rng.random() < 0.5 else Way.VARY
    return [
        Step(first if i % 2 == 0 else rng.choice(others), turn if i % 2 == 0 else Way.VARY)
        for i in range(count)
    ]


def _phrase_start(cells: Sequence[Cell], turn: int) -> int:
    """Where a phrase of the selection begins, supposing fours: the last one, or an earlier one."""
    starts = list(range(0, max(1, len(cells) - BLOCK + 1), BLOCK))
    if len(starts) == 1 and turn % 2 and len(cells) > 2:
        return len(cells) // 2
    return starts[-1 - turn % len(starts)]


def _motif(cells: Sequence[Cell]) -> int:
    """The most telling measure: a rhythm that returns, with several notes, the earliest such."""
    shapes = [tuple((s.place, s.duration) for s in cell) for cell in cells]
    counts = Counter(shapes)

    def worth(index: int) -> tuple[float, int]:
        variety = len({s.duration for s in cells[index]})
        return min(len(cells[index]), 6) + counts[shapes[index]] + 0.5 * variety, -index

    inner = range(max(1, len(cells) - 1))
    return max(inner, key=worth)
