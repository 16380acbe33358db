"""A measure of one part as numbers that say how it is made, whatever its key and meter."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.time import Measure
from antiphon.models.encoding.drum_grid import DRUMS, GROUPS

_PLACES = 24
_LENGTHS = (0.2, 0.3, 0.55, 0.8, 1.05, 1.6, 2.1, 3.1)
SIZE = _PLACES + 12 + len(_LENGTHS) + 1 + 14 + 6 + DRUMS * 8 + DRUMS


def features(part: Part, measure: Measure, key: KeySignature | None) -> NDArray[np.float32] | None:
    """The numbers of the notes that begin in a measure; None where none does.

    Where they begin, which degrees they are, how long, which intervals follow, how many, how
    thick, how high; for drums, which drum strikes in which eighth of the measure.
    """
    notes = [n for n in sounding(part.notes) if measure.onset <= n.onset < measure.end]
    if not notes:
        return None
    tonic = key.tonic if key else 0
    found = np.concatenate([
        _places(notes, measure), _degrees(notes, tonic), _durations(notes), _moves(notes),
        _shape(notes, measure), _strokes(notes, measure, part.is_drums),
    ])  # fmt: skip
    return found.astype(np.float32)


def _place(onset: Fraction, measure: Measure, parts: int) -> int:
    return min(parts - 1, int((onset - measure.onset) / measure.duration * parts))


def _places(notes: Sequence[Note], measure: Measure) -> NDArray[np.float64]:
    row = np.zeros(_PLACES)
    for note in notes:
        row[_place(note.onset, measure, _PLACES)] += 1
    return np.minimum(row, 4) / 2


def _degrees(notes: Sequence[Note], tonic: int) -> NDArray[np.float64]:
    row = np.zeros(12)
    for note in notes:
        row[(note.pitch.midi_number - tonic) % 12] += 1
    return row / len(notes)


def _durations(notes: Sequence[Note]) -> NDArray[np.float64]:
    row = np.zeros(len(_LENGTHS) + 1)
    for note in notes:
        row[int(np.searchsorted(_LENGTHS, float(note.duration)))] += 1
    return row / len(notes)


def _moves(notes: Sequence[Note]) -> NDArray[np.float64]:
    tops: dict[Fraction, int] = {}
    for note in notes:
        tops[note.onset] = max(note.pitch.midi_number, tops.get(note.onset, 0))
    line = [tops[onset] for onset in sorted(tops)]
    row = np.zeros(14)
    for before, after in pairwise(line):
        row[min(12, abs(after - before))] += 1
        row[13] += after < before
    return row / max(1, len(line) - 1)


def _shape(notes: Sequence[Note], measure: Measure) -> NDArray[np.float64]:
    onsets = {note.onset for note in notes}
    numbers = [note.pitch.midi_number for note in notes]
    filled = sum(note.duration for note in notes) / measure.duration
    return np.array([
        len(onsets) / float(measure.duration), len(notes) / len(onsets), min(numbers) / 64 - 1,
        max(numbers) / 64 - 1, (max(numbers) - min(numbers)) / 24, min(8.0, float(filled)) / 2,
    ])  # fmt: skip


def _strokes(notes: Sequence[Note], measure: Measure, is_drums: bool) -> NDArray[np.float64]:
    row = np.zeros((DRUMS, 9))
    if is_drums:
        for note in notes:
            group = GROUPS.get(note.pitch.midi_number)
            if group is not None:
                row[group, _place(note.onset, measure, 8)] = 1
                row[group, 8] += 0.25
    return row.flatten()
