"""A bigram of one voice with the slot number mod 16: the baseline of the published split."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.satb import Array

_CYCLE = 16
_BEGINNING = -1
_PITCHES = 128


class Bigram:
    """Each voice on its own: the pitch after the last one at a slot mod 16, with back-off.

    Counts of (slot mod 16, last pitch) lean on those of the last pitch, and those on the
    pitches alone, by Witten and Bell's weights (1991).
    """

    def __init__(self, pieces: Sequence[Array]) -> None:
        self._counts: dict[Hashable, NDArray[np.float64]] = defaultdict(lambda: np.zeros(_PITCHES))
        for numbers in pieces:
            for voice in range(4):
                last = _BEGINNING
                for slot, number in enumerate(int(n) for n in numbers[:, voice]):
                    for context in self._contexts(voice, slot, last):
                        self._counts[context][number] += 1
                    last = number

    @staticmethod
    def _contexts(voice: int, slot: int, last: int) -> tuple[Hashable, ...]:
        return (voice,), (voice, last), (voice, last, slot % _CYCLE)

    def nats(self, numbers: Array) -> NDArray[np.float64]:
        """Nats of each cell of MIDI numbers (slots, 4)."""
        found = np.zeros(numbers.shape)
        for voice in range(4):
            last = _BEGINNING
            for slot, number in enumerate(int(n) for n in numbers[:, voice]):
                chance = 1 / _PITCHES
                for context in self._contexts(voice, slot, last):
                    counts = self._counts.get(context)
                    if counts is not None:
                        kinds = float((counts > 0).sum())
                        chance = (counts[number] + kinds * chance) / (counts.sum() + kinds)
                found[slot, voice] = -np.log(chance)
                last = number
        return found
