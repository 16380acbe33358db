"""Rules of part-writing over four voices, as counts: for sampling, ranking and evaluation."""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding import satb
from antiphon.models.encoding.satb import Array

RULES = (
    "parallel fifths", "parallel octaves", "crossing", "spacing", "range", "leading tone"
)  # fmt: skip
PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
# The widest interval between two voices: an octave between the upper three.
_WIDEST: Mapping[tuple[int, int], int] = MappingProxyType({(0, 1): 12, (1, 2): 12, (0, 2): 24})
_NO_INTERVAL = 99


def _numbers(voice: int) -> Array:
    found: Array = np.concatenate(([0], np.arange(satb.PITCHES) + satb.LOWEST[voice], [0]))
    return found


def _tables() -> tuple[NDArray[np.float32], Array]:
    collisions = np.zeros((4, 4, satb.SYMBOLS + 1, satb.SYMBOLS + 1), np.float32)
    intervals = np.full((4, 4, satb.SYMBOLS + 1, satb.SYMBOLS + 1), _NO_INTERVAL)
    for voice in range(4):
        for other in range(4):
            if voice == other:
                continue
            own, theirs = _numbers(voice)[None], _numbers(other)[:, None]
            gap = theirs - own if other < voice else own - theirs
            sounds = (own > 0) & (theirs > 0)
            wrong = gap < 0
            widest = _WIDEST.get((min(voice, other), max(voice, other)))
            if widest is not None:
                wrong |= gap > widest
            collisions[voice, other] = wrong & sounds
            intervals[voice, other] = np.where(sounds, np.abs(gap) % 12, _NO_INTERVAL)
    return collisions, intervals


# COLLISIONS[voice, other][their symbol, own symbol]: crossing and spacing, 0 or 1;
# INTERVALS the same way: semitones within the octave, 99 where either rests.
COLLISIONS, INTERVALS = _tables()
# What it weighs where two voices strike a semitone or a major seventh together: a suspension
# is prepared, so that only one of them moves.
_CLASH = 0.5
CLASHES: NDArray[np.float32] = np.where(
    (INTERVALS == 1) | (INTERVALS == 11), np.float32(_CLASH), np.float32(0)
)


def transitions(numbers: Array) -> int:
    """How often a slot of MIDI numbers (slots, 4) differs from the one before."""
    return int((np.diff(numbers, axis=0) != 0).any(1).sum())


def count_rules(numbers: Array, tonic: int | None = None) -> dict[str, int]:
    """How often each of `RULES` is broken in MIDI numbers (slots, 4), 0 for a rest.

    Parallels are counted where both voices of a pair move between neighbouring slots from one
    perfect interval to the same; crossing, spacing and range once for every slot that changes.
    A leading tone counts as unresolved where an outer voice or an inner one leaves it otherwise
    than by a step up or a third down, under a dominant that goes to the tonic; `tonic` is the
    tonic's pitch class.
    """
    found = dict.fromkeys(RULES, 0)
    if len(numbers) < 2:
        return found
    now, then = numbers[1:], numbers[:-1]
    for high, low in PAIRS:
        sounds = (now[:, [high, low]] > 0).all(1) & (then[:, [high, low]] > 0).all(1)
        both = (now[:, high] != then[:, high]) & (now[:, low] != then[:, low]) & sounds
        before, after = (then[:, high] - then[:, low]) % 12, (now[:, high] - now[:, low]) % 12
        found["parallel fifths"] += int((both & (before == 7) & (after == 7)).sum())
        found["parallel octaves"] += int((both & (before == 0) & (after == 0)).sum())
    fresh = np.concatenate(([True], (now != then).any(1)))
    at = numbers[fresh]
    for high in range(3):
        pair = (at[:, high] > 0) & (at[:, high + 1] > 0)
        gap = at[:, high] - at[:, high + 1]
        found["crossing"] += int((pair & (gap < 0)).sum())
        if high < 2:
            found["spacing"] += int((pair & (gap > 12)).sum())
    for voice, (low, high) in enumerate(satb.RANGES):
        out = (at[:, voice] > 0) & ((at[:, voice] < low) | (at[:, voice] > high))
        found["range"] += int(out.sum())
    if tonic is not None:
        found["leading tone"] = _unresolved(numbers, tonic)
    return found


def _unresolved(numbers: Array, tonic: int) -> int:
    """Leading tones of a dominant before a tonic that neither rise nor fall a third inside."""
    count = 0
    leading, dominant = (tonic - 1) % 12, (tonic + 7) % 12
    for then, now in pairwise(numbers):
        if now[3] <= 0 or then[3] <= 0 or then[3] % 12 != dominant or now[3] % 12 != tonic:
            continue
        for voice in range(3):
            if then[voice] > 0 and then[voice] % 12 == leading and now[voice] > 0:
                step = now[voice] - then[voice]
                allowed = (0, 1) if voice == 0 else (0, 1, -4, -3)
                count += int(step not in allowed)
    return count


def broken_at(symbols: Array, free: NDArray[np.bool_]) -> Array:
    """How many rules (batch, slots) are broken in symbols (batch, slots, 4).

    Counted are parallels, crossing and spacing of pairs with a free cell (slots, 4), at slots
    where one of the pair begins.
    """
    found = np.zeros(symbols.shape[:2], np.int64)
    then, now = symbols[:, :-1], symbols[:, 1:]
    for high, low in PAIRS:
        mine = free[:, high] | free[:, low]
        a, b = symbols[..., high], symbols[..., low]
        fresh = np.ones(a.shape, np.bool_)
        fresh[:, 1:] = (a[:, 1:] != a[:, :-1]) | (b[:, 1:] != b[:, :-1])
        wrong = COLLISIONS[low, high][a, b] > 0
        found += wrong & fresh & mine
        before = INTERVALS[low, high][then[..., high], then[..., low]]
        after = INTERVALS[low, high][now[..., high], now[..., low]]
        both = (then[..., high] != now[..., high]) & (then[..., low] != now[..., low])
        perfect = (before == after) & ((before == 0) | (before == 7))
        found[:, 1:] += both & perfect & mine[1:]
    return found
