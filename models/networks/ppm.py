"""The baseline: a variable-order Markov model, prediction by partial matching (PPM).

Cleary and Witten (1984) with escape method C (Moffat 1990) and interpolated smoothing, as Pearce
(2005) found best for melodies. An event is coded as a chain like the networks' own: what
sounds, then how long. Counts are kept by 32-bit hashes of contexts, so that no tune is stored.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# One element of a context: "pitch", "duration" or "place" (position in the measure and meter)
# and how many events ago. A ladder lists them in the order in which they lengthen the context.
Element = tuple[str, int]
Columns = Mapping[str, NDArray[np.int64]]
_OUTSIDE = 1023
AnyArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ladder:
    """How the contexts of one target grow: `elements` one by one, up to order len(elements).

    `escape` weighs the way down to the next lower order; 1 is method C itself.
    """

    target: str
    symbols: int
    elements: tuple[Element, ...]
    escape: float = 1.0


def context_hashes(ladder: Ladder, tune: Columns) -> NDArray[np.uint32]:
    """Hashes (orders, events) of the context of each event; order 0 is the empty context."""
    count = len(tune[ladder.target])
    running = np.full(count, 0x9E3779B97F4A7C15, np.uint64)
    rows = [_short(running)]
    for name, age in ladder.elements:
        values = np.full(count, _OUTSIDE, np.uint64)
        values[age:] = tune[name][: count - age] if age else tune[name]
        running = running * np.uint64(0x100000001B3) + values + np.uint64(1)
        running = running ^ (running >> np.uint64(29))
        rows.append(_short(running))
    return np.stack(rows)


def _short(running: NDArray[np.uint64]) -> NDArray[np.uint32]:
    mixed = running * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(32)).astype(np.uint32)


class _Order:
    """Counts of symbols after the contexts of one order, sorted by context and symbol."""

    def __init__(self, keys: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
        self.keys, self.counts = keys, counts
        contexts, first = np.unique(keys >> np.uint64(8), return_index=True)
        self.contexts, self.first = contexts, np.append(first, len(keys))
        self.totals = np.add.reduceat(counts, first) if len(keys) else counts
        self.distinct = np.diff(self.first)

    def look_up(
        self, contexts: NDArray[np.uint32], symbols: NDArray[np.int64]
    ) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Count of the symbol, total and number of distinct symbols for each event."""
        zeros = np.zeros(len(contexts), np.int64)
        if not len(self.keys):
            return zeros, zeros, zeros
        wide = contexts.astype(np.uint64)
        at = np.minimum(np.searchsorted(self.contexts, wide), len(self.contexts) - 1)
        known = self.contexts[at] == wide
        keys = wide << np.uint64(8) | symbols.astype(np.uint64)
        pair = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        count = np.where(self.keys[pair] == keys, self.counts[pair], 0)
        return count, np.where(known, self.totals[at], 0), np.where(known, self.distinct[at], 0)

    def row(self, context: int, symbols: int) -> NDArray[np.float64] | None:
        """Counts of all symbols after one context, or None if it was never seen."""
        at = int(np.searchsorted(self.contexts, np.uint64(context)))
        if at == len(self.contexts) or int(self.contexts[at]) != context:
            return None
        found = np.zeros(symbols)
        part = slice(self.first[at], self.first[at + 1])
        found[(self.keys[part] & np.uint64(255)).astype(int)] = self.counts[part]
        return found


class PPM:
    """Counts of one ladder; `fit` makes it, `arrays` and `from_arrays` keep it."""

    def __init__(self, ladder: Ladder, orders: Sequence[_Order]) -> None:
        self.ladder, self.orders = ladder, tuple(orders)

    @classmethod
    def fit(cls, ladder: Ladder, tunes: Sequence[Columns], prune_from: int = 99) -> "PPM":
        """Count the tunes. From order `prune_from` on, contexts seen only once are forgotten."""
        hashes = np.concatenate([context_hashes(ladder, tune) for tune in tunes], axis=1)
        target = np.concatenate([tune[ladder.target] for tune in tunes]).astype(np.uint64)
        orders = []
        for order, row in enumerate(hashes):
            keys = row.astype(np.uint64) << np.uint64(8) | target
            keys, counts = np.unique(keys, return_counts=True)
            if order >= prune_from:
                found = _Order(keys, counts)
                keep = np.repeat(found.totals > 1, found.distinct)
                keys, counts = keys[keep], counts[keep]
            orders.append(_Order(keys, counts))
        return cls(ladder, orders)

    def bits(self, tune: Columns) -> NDArray[np.float64]:
        """Bits that each event's target costs."""
        symbols = tune[self.ladder.target]
        chance = np.full(len(symbols), 1.0 / self.ladder.symbols)
        for order, row in zip(self.orders, context_hashes(self.ladder, tune), strict=True):
            count, total, distinct = order.look_up(row, symbols)
            away = self.ladder.escape * distinct
            blended = (count + away * chance) / np.maximum(total + away, 1)
            chance = np.where(total > 0, blended, chance)
        found: NDArray[np.float64] = -np.log2(chance)
        return found

    def distribution(self, contexts: Sequence[int]) -> NDArray[np.float64]:
        """Probabilities of all symbols after the hashed contexts, from order 0 upwards."""
        chance = np.full(self.ladder.symbols, 1.0 / self.ladder.symbols)
        for order, context in zip(self.orders, contexts, strict=True):
            row = order.row(context, self.ladder.symbols)
            if row is None:
                break
            chance = blend(row, chance, self.ladder.escape)
        return chance

    def arrays(self) -> dict[str, AnyArray]:
        """Compact arrays to be kept: contexts, symbols and counts of each order."""
        found = {}
        for index, order in enumerate(self.orders):
            name = f"{self.ladder.target}.{index}"
            found[f"{name}.contexts"] = (order.keys >> np.uint64(8)).astype(np.uint32)
            found[f"{name}.symbols"] = (order.keys & np.uint64(255)).astype(np.uint8)
            kind = np.uint8 if order.counts.max(initial=0) < 256 else np.uint32
            found[f"{name}.counts"] = order.counts.astype(kind)
        return found

    @classmethod
    def from_arrays(cls, ladder: Ladder, arrays: Mapping[str, AnyArray]) -> "PPM":
        """The model kept by `arrays`."""
        orders = []
        for index in range(len(ladder.elements) + 1):
            name = f"{ladder.target}.{index}"
            keys = arrays[f"{name}.contexts"].astype(np.uint64) << np.uint64(8)
            keys |= arrays[f"{name}.symbols"].astype(np.uint64)
            orders.append(_Order(keys, arrays[f"{name}.counts"].astype(np.int64)))
        return cls(ladder, orders)


def blend(
    counts: NDArray[np.float64], lower: NDArray[np.float64], escape: float = 1.0
) -> NDArray[np.float64]:
    """Interpolate the counts of an order with the distribution of the order below (method C)."""
    away = escape * np.count_nonzero(counts)
    found: NDArray[np.float64] = (counts + away * lower) / (counts.sum() + away)
    return found


class ShortTerm:
    """A PPM that learns while one tune goes by (the short-term model of Pearce 2005)."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self._counts: dict[tuple[int, int], AnyArray] = defaultdict(
            lambda: np.zeros(ladder.symbols)
        )

    def distribution(self, contexts: Sequence[int]) -> NDArray[np.float64]:
        """Probabilities of all symbols after the hashed contexts, from order 0 upwards."""
        chance = np.full(self.ladder.symbols, 1.0 / self.ladder.symbols)
        for order, context in enumerate(contexts):
            row = self._counts.get((order, context))
            if row is None:
                break
            chance = blend(row, chance, self.ladder.escape)
        return chance

    def learn(self, contexts: Sequence[int], symbol: int) -> None:
        """Count a symbol after its contexts."""
        for order, context in enumerate(contexts):
            self._counts[(order, context)][symbol] += 1


def combine(distributions: Sequence[NDArray[np.float64]], bias: float) -> NDArray[np.float64]:
    """Weighted geometric mean; a surer distribution weighs more, by relative entropy ** -bias.

    Pearce (2005), section 6.2.
    """
    most = np.log2(len(distributions[0]))
    weights = []
    for chances in distributions:
        entropy = -(chances * np.log2(chances)).sum() / most
        weights.append(max(entropy, 1e-6) ** -bias)
    total = sum(weights)
    logs = sum(w * np.log(c) for w, c in zip(weights, distributions, strict=True))
    mixed: NDArray[np.float64] = np.exp(logs / total)
    return mixed / float(mixed.sum())
