"""Drumming as symbols, one a sixteenth: the nine drums as bits, and what came before each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.drum_grid import DRUMS, Bar

SYMBOLS = 1 << DRUMS
# Columns of a row: the symbol before, one and two measures ago; SYMBOLS is "nothing known".
LOOKBACKS = 3
PLACES = 32
COLUMNS = LOOKBACKS + 1
_POWERS = 1 << np.arange(DRUMS)


def symbols_of(bars: Sequence[Bar]) -> NDArray[np.int64]:
    """One symbol a slot: the drums hit there as bits."""
    if not bars:
        return np.zeros(0, np.int64)
    return np.concatenate([bar.hits @ _POWERS for bar in bars]).astype(np.int64)


def hits_of(symbols: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The cells (slots, 9) of symbols."""
    found: NDArray[np.bool_] = (symbols[:, None] >> np.arange(DRUMS)) & 1 == 1
    return found


def rows_of(symbols: NDArray[np.int64], lengths: Sequence[int]) -> NDArray[np.int64]:
    """What is known before each step (steps, COLUMNS): three earlier symbols and the place.

    `lengths` are the steps of each measure; the last one may be cut.
    """
    rows = np.full((len(symbols), COLUMNS), SYMBOLS, np.int64)
    rows[1:, 0] = symbols[:-1]
    start = 0
    for index, length in enumerate(lengths):
        stop = min(start + length, len(symbols))
        rows[start:stop, LOOKBACKS] = np.minimum(np.arange(stop - start), PLACES - 1)
        for back in (1, 2):
            if index >= back:
                low = start - sum(lengths[index - back : index])
                high = low + min(stop - start, lengths[index - back])
                rows[start : start + high - low, back] = symbols[low:high]
        start = stop
    return rows


def next_row(
    symbols: Sequence[int], starts: Sequence[int], place: int
) -> tuple[int, int, int, int]:  # fmt: skip
    """The row of the step after `symbols`.

    `starts` are the steps at which the measures so far begin, the present one last; `place` is
    the step's place in it.
    """
    found = [symbols[-1] if symbols else SYMBOLS]
    for back in (1, 2):
        known = len(starts) > back and starts[-1 - back] + place < starts[-back]
        found.append(symbols[starts[-1 - back] + place] if known else SYMBOLS)
    return found[0], found[1], found[2], min(place, PLACES - 1)
