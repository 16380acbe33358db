"""What the drum models are measured against: real measures found again, and a Markov chain."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.drum_grid import Bar
from antiphon.models.encoding.drum_symbols import LOOKBACKS, SYMBOLS
from antiphon.models.training.drums_data import Piece
from antiphon.models.training.drums_lstm import Line

_BARS = 4
_ORDERS = range(1, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Real measures of the training side: two that were heard, and the two after them."""

    heard: NDArray[np.bool_]
    after: NDArray[np.bool_]


class NearestBars:
    """The two measures that followed where a drummer of the training side played most alike."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._by_shape: dict[tuple[int, ...], Found] = {}
        groups: dict[tuple[int, ...], list[tuple[Bar, ...]]] = defaultdict(list)
        for piece in pieces:
            for start in range(len(piece.bars) - _BARS + 1):
                bars = piece.bars[start : start + _BARS]
                groups[tuple(bar.slots for bar in bars)].append(bars)
        for shape, found in groups.items():
            heard = np.stack([np.concatenate([b.hits for b in bars[:2]]) for bars in found])
            after = np.stack([np.concatenate([b.hits for b in bars[2:]]) for bars in found])
            self._by_shape[shape] = Found(heard, after)

    def after(self, heard: Sequence[Bar], shape: Sequence[int]) -> NDArray[np.bool_] | None:
        """The hits (slots, 9) of two measures; None where no measures have such lengths.

        The measures heard that differ in the fewest cells win; of equal ones the densest like.
        """
        known = self._by_shape.get(tuple(shape))
        if known is None:
            return None
        own = np.concatenate([bar.hits for bar in heard])
        apart = (known.heard != own).sum((1, 2)) + 0.01 * np.abs(
            known.heard.any(2).sum(1) - own.any(1).sum()
        )
        found: NDArray[np.bool_] = known.after[int(apart.argmin())]
        return found

    def under(self, density: float, shape: Sequence[int]) -> NDArray[np.bool_] | None:
        """Two real measures as dense (slots with a hit) as asked; None where there are none."""
        known = self._by_shape.get(tuple(shape))
        if known is None:
            return None
        counts = known.after.any(2).sum(1)
        found: NDArray[np.bool_] = known.after[int(np.abs(counts - density).argmin())]
        return found


class MarkovDrums:
    """A Markov chain over the symbols of drumming: the last `order` ones and the place.

    Shorter contexts are mixed in by the method C of Witten and Bell (1991).
    """

    def __init__(self, lines: Sequence[Line], order: int) -> None:
        self.order = order
        self._counts: dict[tuple[int, ...], dict[int, int]] = {}
        for line in lines:
            for symbol, contexts in _contexts(line, order):
                for context in contexts:
                    table = self._counts.setdefault(context, {})
                    table[symbol] = table.get(symbol, 0) + 1

    @classmethod
    def chosen(cls, train: Sequence[Line], valid: Sequence[Line]) -> "MarkovDrums":
        """The chain whose order foretells the validation side best."""
        chain = cls(train, max(_ORDERS))
        found: dict[int, float] = {}
        for order in _ORDERS:
            # Longer contexts that were counted too are not looked up.
            chain.order = order
            found[order] = chain.bits(valid)
        chain.order = min(found, key=lambda order: found[order])
        return chain

    def bits(self, lines: Sequence[Line]) -> float:
        """Bits of whole lines."""
        total = 0.0
        for line in lines:
            for symbol, contexts in _contexts(line, self.order):
                chance = 1 / SYMBOLS
                for context in contexts:
                    table = self._counts.get(context)
                    if table:
                        seen = sum(table.values())
                        chance = (table.get(symbol, 0) + len(table) * chance) / (seen + len(table))
                total -= float(np.log2(chance))
        return total


def _contexts(line: Line, order: int) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
    """Each symbol with its contexts, the shortest first."""
    symbols = line.symbols.tolist()
    for step, symbol in enumerate(symbols):
        place = int(line.rows[step, LOOKBACKS])
        contexts: list[tuple[int, ...]] = [(), (-1, place)]
        for length in range(1, min(order, step) + 1):
            contexts.append((-1, place, *symbols[step - length : step]))
        # What stood here a measure ago tells more than all of them.
        contexts.append((-2, place, int(line.rows[step, 1]), int(line.rows[step, 0])))
        yield symbol, contexts
