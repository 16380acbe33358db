"""Measures as small pictures for the bar-level GAN: slots of a sixteenth × rows.

A drum picture has the nine rows of `drum_grid`. An accompaniment's rows are rungs of a ladder of
chord tones, from the root in the low octave upwards, so that a picture says how a chord is
played and any chord can be put under it. A measure has 4, 8, 12 or 16 slots; what is past its
end is left white and told in the conditions.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SLOTS = 16
RUNGS = 12
LOW_ROOT = 36
LEFT_RUNGS = 4
PLACES = 4
# Slots that exist, slots in which others begin a note, place in four measures, density.
CONDITIONS = SLOTS + SLOTS + PLACES + 1
Picture = NDArray[np.bool_]


def ladder(root: int, pitch_classes: Iterable[int]) -> list[int]:
    """MIDI numbers of the rungs of a chord: its tones from the low root upwards."""
    base = LOW_ROOT + root % 12
    steps = sorted((tone - root) % 12 for tone in set(pitch_classes) | {root % 12})
    return [base + 12 * (i // len(steps)) + steps[i % len(steps)] for i in range(RUNGS)]


def rung_of(midi_number: int, rungs: Sequence[int]) -> int:
    """The rung nearest to a pitch; one outside the ladder is moved in by octaves."""
    while midi_number < rungs[0] - 2:
        midi_number += 12
    while midi_number > rungs[-1] + 2:
        midi_number -= 12
    place = bisect_left(rungs, midi_number)
    near = [i for i in (place - 1, place) if 0 <= i < len(rungs)]
    return min(near, key=lambda i: abs(rungs[i] - midi_number))


def conditions(slots: int, others: Iterable[int], place: int, onsets: int) -> NDArray[np.float32]:
    """The conditions of a measure: its slots, where others begin, its place, onsets a slot."""
    row = np.zeros(CONDITIONS, np.float32)
    row[:slots] = 1
    for slot in others:
        if 0 <= slot < slots:
            row[SLOTS + slot] = 1
    row[2 * SLOTS + place % PLACES] = 1
    row[-1] = onsets / max(1, slots)
    return row


def onsets_in(picture: Picture) -> int:
    """In how many slots something begins."""
    return int(picture.any(axis=1).sum())
