"""Masks and costs that the arranger's candidates look up again and again."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.cells import DURATIONS, LONGEST, LOWEST
from antiphon.models.tasks.arranger_asked import Mask

TICKS = np.array(DURATIONS)
PLACES = np.arange(LONGEST)
# Under these MIDI numbers a chord's next note lies at least so far above.
_MUDDY = ((48, 7), (55, 4))


def least_apart(key: int) -> int:
    """The smallest interval above a low key that does not sound muddy."""
    return next((apart for below, apart in _MUDDY if key + LOWEST < below), 1)


def only(index: int, size: int) -> Mask:
    """A mask of one place."""
    mask = np.zeros(size, np.bool_)
    mask[index] = True
    return mask


def narrowed(mask: Mask, wish: Mask) -> Mask:
    """The mask narrowed by a wish where that leaves something."""
    both = mask & wish
    return both if both.any() else mask


@lru_cache(maxsize=16)
def on_places(finest: int, *, with_thirds: bool) -> Mask:
    """The positions that are multiples of a unit, with or without the thirds of a beat."""
    allowed: Mask = PLACES % finest == 0
    return allowed | (PLACES % 8 == 0) if with_thirds else allowed


@lru_cache(maxsize=16)
def spacing_costs(spacing: float, pull: float) -> NDArray[np.float32]:
    """What it costs, by distance in ticks, that two onsets do not lie `spacing` apart."""
    distance = np.maximum(np.arange(3 * LONGEST), 1.5)
    return (pull * np.abs(np.log(distance / spacing))).astype(np.float32)


@lru_cache(maxsize=1024)
def lengths(place: int, left: int, finest: int, *, with_thirds: bool) -> Mask:
    """The durations for a note at a place of its beat that has so many ticks left."""
    mask: Mask = left >= TICKS
    plain = TICKS % 3 == 0 if place % 3 == 0 else TICKS % 4 == 0
    if with_thirds and place in (0, 8, 16):
        plain = plain | (TICKS % 8 == 0)
    fine = TICKS >= 3 if with_thirds else finest <= TICKS
    mask = narrowed(mask, plain & fine)
    return mask if mask.any() else only(0, len(DURATIONS))
