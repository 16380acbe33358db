"""How well melodies agree note by note: local alignment of one with many at once.

After Smith and Waterman, "Identification of common molecular subsequences" (1981), on the pitches
of melodies as Mongeau and Sankoff, "Comparison of musical sequences" (1990), first did; a note that
one side adds costs little, so that ornaments are forgiven.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.models.listening.sound import Floats, Ints

_MATCH, _OTHER, _GAP = 1.0, -1.0, -0.4
_NOTHING = -1000
MOST_QUERY, MOST_TARGET = 64, 256


@dataclass(frozen=True, slots=True)
class Match:
    """Where a melody agrees: its score by the query's length (0 … 1), shift in semitones, end.

    `end` is the index of the last agreeing note of the target.
    """

    score: float
    shift: int
    end: int


def align(query: Ints, targets: Sequence[Ints]) -> list[Match]:
    """The best agreement of a query's pitches with each target under any transposition.

    Of long melodies the first 64 and 256 notes are compared.
    """
    query = query[:MOST_QUERY]
    if not len(query) or not targets:
        return [Match(0.0, 0, 0) for _ in targets]
    rows: list[tuple[int, int]] = []
    for index, target in enumerate(targets):
        rows += [(index, shift) for shift in _shifts(query, target[:MOST_TARGET])]
    longest = max(min(len(t), MOST_TARGET) for t in targets)
    grid = np.full((len(rows), max(1, longest)), _NOTHING, dtype=np.int16)
    for row, (index, shift) in enumerate(rows):
        own = targets[index][:MOST_TARGET]
        grid[row, : len(own)] = own - shift
    best, end = _local(query, grid)
    found = [Match(0.0, 0, 0) for _ in targets]
    for row, (index, shift) in enumerate(rows):
        score = float(min(1.0, best[row] / len(query)))
        if score > found[index].score:
            found[index] = Match(score, shift, int(end[row]))
    return found


def _shifts(query: Ints, target: Ints) -> list[int]:
    """The likeliest transpositions: what most runs of three notes are apart."""
    if len(query) < 3 or len(target) < 3:
        return [int(np.median(target) - np.median(query))] if len(target) else [0]
    q = np.stack([np.diff(query)[:-1], np.diff(query)[1:]], 1)
    t = np.stack([np.diff(target)[:-1], np.diff(target)[1:]], 1)
    same = (q[:, None, 0] == t[None, :, 0]) & (q[:, None, 1] == t[None, :, 1])
    i, j = np.nonzero(same)
    if not len(i):
        return [int(np.median(target) - np.median(query))]
    apart, counts = np.unique(target[j] - query[i], return_counts=True)
    return [int(apart[k]) for k in np.argsort(-counts)[:2]]


def _local(query: Ints, grid: NDArray[np.int16]) -> tuple[Floats, Ints]:
    """Best local score of a query in each row, and where in the row it ends."""
    rows, length = grid.shape
    before = np.zeros((rows, length + 1), dtype=np.float32)
    best, end = np.zeros(rows), np.zeros(rows, dtype=np.int64)
    steps = (np.arange(length + 1) * _GAP).astype(np.float32)
    other, match = np.float32(_OTHER), np.float32(_MATCH)
    here, side = np.zeros_like(before), np.zeros_like(before)
    for pitch in query:
        worth = np.where(grid == pitch, match, other)
        np.add(before[:, :-1], worth, out=here[:, 1:])
        np.add(before, np.float32(_GAP), out=side)
        np.maximum(here, side, out=here)
        np.maximum(here, 0, out=here)
        here[:, 0] = 0
        # Gaps along the row: a running maximum once the linear price is taken out.
        np.subtract(here, steps, out=side)
        np.maximum.accumulate(side, axis=1, out=side)
        np.add(side, steps, out=here)
        top = here.max(1)
        better = top > best
        if better.any():
            end[better] = here[better].argmax(1) - 1
            best[better] = top[better]
        before, here = here, before
    return best, end
