"""Fingerprints of a piece: hashed runs that survive transposition, ornaments and new barlines.

Every kind of run is exact, so that what was found can be shown: intervals with rhythm, intervals
alone, the pitches on felt beats (which ornaments leave in place), ratios of durations, and chord
progressions. After Uitdenbogerd and Zobel, "Melodic matching techniques for large music databases"
(1999), for runs of intervals.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np

from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.models.listening.features import melody_notes
from antiphon.models.listening.harmony import Beat
from antiphon.models.listening.sound import Ints, Sound

EXACT, INTERVALS, BEATS, RHYTHM, CHORDS = range(5)
SIZES = {EXACT: 5, INTERVALS: 5, BEATS: 6, RHYTHM: 7, CHORDS: 3}
_WIDEST = 18
_MINOR_KINDS = ("minor", "minor-seventh", "diminished", "half-diminished", "diminished-seventh")
_MOST_NOTES = 2_000


@dataclass(frozen=True, slots=True)
class Print:
    """What a piece is found by: its runs by kind with how often each occurs, and its melody.

    `pitch` are MIDI numbers, `onset` 48ths of a quarter, `measure` the number of the measure.
    """

    grams: dict[int, Counter[int]]
    pitch: Ints
    onset: Ints
    measure: Ints
    chords: tuple[tuple[int, str], ...]


def fingerprint(phrase: Phrase, sound: Sound, beats: Sequence[Beat]) -> Print:
    """The fingerprint of a phrase that was read already; of a long melody the first 2,000 notes."""
    line = melody_notes(phrase)[:_MOST_NOTES]
    pitch = [note.pitch.midi_number for note in line]
    starts = [float(measure.onset) for measure in phrase.measures]
    onset = np.array([round(float(note.onset) * 48) for note in line], dtype=np.int64)
    where = np.searchsorted(starts, onset / 48 + 1e-6, side="right") - 1
    grams = {
        EXACT: _grams(EXACT, _steps(line)),
        INTERVALS: _grams(INTERVALS, _intervals(_struck_once(pitch))),
        BEATS: _grams(BEATS, _on_beats(line, sound)),
        RHYTHM: _grams(RHYTHM, _ratios(line)),
    }
    chords = progression(beats)
    moves = [((b[0] - a[0]) % 12, a[1], b[1]) for a, b in pairwise(chords)]
    grams[CHORDS] = _grams(CHORDS, moves)
    return Print(grams, np.array(pitch, dtype=np.int64), onset, where.astype(np.int64), chords)


def progression(beats: Sequence[Beat]) -> tuple[tuple[int, str], ...]:
    """The chords where they change: root above the tonic of the key, "m" for minor kinds."""
    found: list[tuple[int, str]] = []
    for beat in beats:
        if beat.root is None:
            continue
        here = ((beat.root - beat.key) % 12, "m" if beat.kind in _MINOR_KINDS else "")
        if not found or found[-1] != here:
            found.append(here)
    return tuple(found)


def _grams(kind: int, words: Sequence[object]) -> Counter[int]:
    size = SIZES[kind]
    found: Counter[int] = Counter()
    for start in range(len(words) - size + 1):
        told = ",".join(map(str, words[start : start + size]))
        found[crc32(told.encode(), kind)] += 1
    return found


def _intervals(pitch: Sequence[int]) -> list[int]:
    return [max(-_WIDEST, min(_WIDEST, b - a)) for a, b in pairwise(pitch)]


def _struck_once(pitch: Sequence[int]) -> list[int]:
    """The pitches without immediate repetitions, which words and players add and leave out."""
    return [p for i, p in enumerate(pitch) if i == 0 or p != pitch[i - 1]]


def _ratios(line: Sequence[Note]) -> list[int]:
    """Ratios of the waits between onsets in half steps of a doubling."""
    waits = [float(b.onset - a.onset) for a, b in pairwise(line)]
    return [
        int(np.clip(round(2 * np.log2(b / a)), -6, 6)) if a > 0 and b > 0 else 0
        for a, b in pairwise(waits)
    ]


def _steps(line: Sequence[Note]) -> list[tuple[int, int]]:
    moves = _intervals([note.pitch.midi_number for note in line])
    return list(zip(moves[1:], _ratios(line), strict=False))


def _on_beats(line: Sequence[Note], sound: Sound) -> list[int]:
    """Intervals between the pitches that sound on successive felt beats."""
    if not line:
        return []
    onsets = np.array([float(note.onset) for note in line])
    pitch = [note.pitch.midi_number for note in line]
    at = np.searchsorted(onsets, sound.beats[:-1] + 1e-4, side="right") - 1
    return _intervals([pitch[int(index)] for index in at if index >= 0])
