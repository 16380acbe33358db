"""An n-gram of melody events with back-off: the plainest baseline that still looks back.

Absolute discounting with interpolation (Ney, Essen and Kneser 1994): each count gives up a
constant, and what is given up goes to the next shorter context, down to a uniform guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS

Codes = NDArray[np.uint64]
Columns = dict[str, NDArray[np.int64]]
_MIX = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xC2B2AE3D27D4EB4F)
DISCOUNTS = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class _Order:
    """The counts behind contexts of one length: how often, how many kinds, and each symbol."""

    contexts: Codes
    totals: NDArray[np.int64]
    kinds: NDArray[np.int64]
    pairs: Codes
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, contexts: Codes, symbols: NDArray[np.int64]) -> Self:
        pairs, counts = np.unique(_joined(contexts, symbols), return_counts=True)
        found, totals = np.unique(contexts, return_counts=True)
        both = np.unique(np.stack((contexts, _joined(contexts, symbols)), 1), axis=0)
        _, kinds = np.unique(both[:, 0], return_counts=True)
        return cls(found, totals, kinds, pairs, counts)

    def chances(
        self, contexts: Codes, symbols: NDArray[np.int64], lower: NDArray[np.float64],
        discount: float,
    ) -> NDArray[np.float64]:  # fmt: skip
        """The chances of symbols after contexts, of which `lower` are those of shorter ones."""
        place, known = _places(self.contexts, contexts)
        pair, seen = _places(self.pairs, _joined(contexts, symbols))
        totals = self.totals[place].astype(np.float64)
        counts = np.where(seen, self.counts[pair], 0)
        kept = np.maximum(counts - discount, 0) / totals
        given = discount * self.kinds[place] / totals
        return np.where(known, kept + given * lower, lower)


@dataclass(frozen=True, slots=True)
class _Link:
    """One link of the chain: orders from no context up, a discount, how many symbols."""

    orders: tuple[_Order, ...]
    symbols: int
    discount: float

    def bits(self, contexts: Sequence[Codes], symbols: NDArray[np.int64]) -> NDArray[np.float64]:
        chances = np.full(len(symbols), 1 / self.symbols)
        for order, codes in zip(self.orders, contexts, strict=False):
            chances = order.chances(codes, symbols, chances, self.discount)
        bits: NDArray[np.float64] = -np.log2(chances)
        return bits


class NGram:
    """Events foretold from up to `order` - 1 events before, pitch then duration given pitch."""

    def __init__(self, order: int, pitch: _Link, duration: _Link) -> None:
        self.order = order
        self._pitch, self._duration = pitch, duration

    @classmethod
    def fit(
        cls, train: Sequence[Columns], valid: Sequence[Columns], durations: int, order: int = 5
    ) -> Self:
        """Count the training tunes; each link's discount and order are the best on `valid`."""
        links = []
        for target, symbols in (("pitch", PITCH_SYMBOLS), ("duration", durations)):
            columns = [_contexts(tune, target, order) for tune in train]
            told = np.concatenate([tune[target] for tune in train])
            orders = tuple(
                _Order.of(np.concatenate([own[n] for own in columns]), told)
                for n in range(len(columns[0]))
            )

            links.append(
                _best(
                    [
                        _Link(orders[:depth], symbols, discount)
                        for depth in range(1, len(orders) + 1)
                        for discount in DISCOUNTS
                    ],
                    target,
                    order,
                    valid,
                )
            )
        return cls(order, *links)

    def bits(self, tune: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bits of each event's pitch and of its duration."""
        pitch = self._pitch.bits(_contexts(tune, "pitch", self.order), tune["pitch"])
        duration = self._duration.bits(_contexts(tune, "duration", self.order), tune["duration"])
        return pitch, duration


def _best(links: Sequence[_Link], target: str, order: int, valid: Sequence[Columns]) -> _Link:
    """The link that costs the fewest bits on some tunes."""
    symbols = np.concatenate([tune[target] for tune in valid])
    columns = [_contexts(tune, target, order) for tune in valid]
    codes = [np.concatenate([own[n] for own in columns]) for n in range(len(columns[0]))]
    return min(links, key=lambda link: float(link.bits(codes, symbols).sum()))


def _contexts(tune: Columns, target: str, order: int) -> list[Codes]:
    """The contexts of each event: none, then one to `order` - 1 events before.

    A duration's contexts all hold the pitch that it belongs to.
    """
    events = (tune["pitch"] * 4096 + tune["duration"] + 1).astype(np.uint64)
    own = tune["pitch"].astype(np.uint64) + np.uint64(1)
    base = np.zeros(len(events), np.uint64)
    found = [base]
    code = base
    if target == "duration":
        code = _hashed(base, own)
        found.append(code)
    for age in range(1, order):
        before = np.zeros(len(events), np.uint64)
        before[age:] = events[:-age] if age < len(events) else before[age:]
        code = _hashed(code, before + np.uint64(age << 40))
        found.append(code)
    return found


def _hashed(code: Codes, more: Codes) -> Codes:
    with np.errstate(over="ignore"):
        mixed = (code ^ (more * _OTHER)) * _MIX
        found: Codes = mixed ^ (mixed >> np.uint64(29))
    return found


def _joined(contexts: Codes, symbols: NDArray[np.int64]) -> Codes:
    return _hashed(contexts + np.uint64(7), symbols.astype(np.uint64) + np.uint64(1))


def _places(known: Codes, wanted: Codes) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return place, known[place] == wanted
