"""A melody on 16th steps: at each step a note begins, or stops, or nothing happens.

The encoding of Magenta's MelodyRNN (Waite 2016), with its look-back: a row tells what stood at
this place of the measure one and two measures ago. `Chord` columns are those of its ImprovRNN:
a root and the pitch classes that sound. Pitches are moved to a key without accidentals.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.chords import pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.models.encoding.grid import METER_CLASSES, METERS, TICKS_PER_QUARTER, Span
from antiphon.models.encoding.melody import Melody
from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, pitch_symbol

NO_EVENT = 0
NOTE_OFF = 1
SYMBOLS = PITCH_SYMBOLS
NONE = SYMBOLS
STEP = 6
POSITIONS = 64
COLUMNS = ("last", "sounding", "back", "back_2", "position", "meter", "mode")
SIZES = (SYMBOLS + 1, SYMBOLS + 1, SYMBOLS + 1, SYMBOLS + 1, POSITIONS, METER_CLASSES, 2)
BACK, BACK_2 = COLUMNS.index("back"), COLUMNS.index("back_2")
# Twelve roots and "no chord", then the twelve pitch classes.
CHORD_SIZE = 25


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step lies: steps since the barline, meter class, steps of a measure."""

    position: int
    meter: int
    measure: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """A melody in steps: rows (steps, columns), symbols (steps), chords (steps, CHORD_SIZE).

    `is_exact` says whether every note begins and ends on a step; `ticks` is its length.
    """

    rows: NDArray[np.int64]
    symbols: NDArray[np.int64]
    chords: NDArray[np.float32]
    is_exact: bool
    ticks: int

    @property
    def notes(self) -> int:
        """How many notes begin."""
        return int((self.symbols > NOTE_OFF).sum())


def row_of(symbols: Sequence[int], sounding: int, place: Place, is_minor: bool) -> list[int]:
    """The row of features of the step that follows `symbols`."""
    now = len(symbols)
    backs = (now - place.measure, now - 2 * place.measure)
    return [
        symbols[-1] if symbols else NONE,
        sounding,
        *(symbols[back] if back >= 0 else NONE for back in backs),
        min(place.position, POSITIONS - 1),
        place.meter,
        int(is_minor),
    ]


def sounding_after(sounding: int, symbol: int) -> int:
    """The pitch symbol that sounds after a step, NO_EVENT for silence."""
    if symbol == NO_EVENT:
        return sounding
    return NO_EVENT if symbol == NOTE_OFF else symbol


def rows_of(symbols: Sequence[int], places: Sequence[Place], is_minor: bool) -> NDArray[np.int64]:
    """The rows of a whole line."""
    found: list[list[int]] = []
    sounding = NO_EVENT
    heard: list[int] = []
    for symbol, place in zip(symbols, places, strict=True):
        found.append(row_of(heard, sounding, place, is_minor))
        heard.append(symbol)
        sounding = sounding_after(sounding, symbol)
    return np.array(found, np.int64).reshape(-1, len(COLUMNS))


def symbols_of(tones: Sequence[tuple[int, int, int]], start: int, stop: int) -> list[int]:
    """The steps from tick `start` to `stop` of tones (onset, end, pitch symbol) in order."""
    count = max(0, round((stop - start) / STEP))
    found = [NO_EVENT] * count
    for onset, end, symbol in tones:
        first = round((onset - start) / STEP)
        last = max(first + 1, round((end - start) / STEP))
        if 0 <= first < count:
            found[first] = symbol
            found[first + 1 : last] = [NO_EVENT] * len(found[first + 1 : last])
            if last < count:
                found[last] = NOTE_OFF
    return found


def is_exact(tones: Sequence[tuple[int, int, int]], start: int) -> bool:
    """Whether every tone begins and ends on a step counted from `start`."""
    return all((onset - start) % STEP == 0 == (end - start) % STEP for onset, end, _ in tones)


def places_in(spans: Sequence[Span], start: int, count: int) -> list[Place]:
    """The places of `count` steps from tick `start` on; the last measure goes on for ever."""
    starts = [span.start for span in spans]
    found = []
    for step in range(count):
        tick = start + step * STEP
        span = spans[max(0, bisect_right(starts, tick) - 1)]
        length = max(STEP, span.length)
        found.append(Place((tick - span.start) % length // STEP, span.meter, length // STEP))
    return found


def usual_measure(meter: int) -> int:
    """The length in ticks of a measure of a meter class; 4/4 stands for the unnamed ones."""
    beats, beat_type = METERS[meter] if meter < len(METERS) else (4, 4)
    return 4 * TICKS_PER_QUARTER * beats // beat_type


def first_tick(melody: Melody) -> int:
    """The tick at which a melody's steps begin: the barline before its first note."""
    tones = melody.tones
    start = next((s.start for s in melody.spans if s.end > tones[0].onset), 0) if tones else 0
    return max(0, start)


def stepped(
    melody: Melody, chords: Sequence[ChordSymbol] = (), until: int | None = None
) -> Stepped:
    """A melody in steps from the barline before its first note, with the chords over it.

    It ends with the step at which the last note stops, or before tick `until`.
    """
    start = first_tick(melody)
    move = melody.shift
    tones = [(t.onset, t.end, pitch_symbol(t.midi_number + move)) for t in melody.tones]
    stop = tones[-1][1] + STEP if tones and until is None else until or 0
    symbols = symbols_of(tones, start, stop)
    places = places_in(melody.spans, start, len(symbols))
    return Stepped(
        rows_of(symbols, places, melody.is_minor),
        np.array(symbols, np.int64),
        chord_rows(chords, start, len(symbols), move),
        is_exact(tones, start),
        max(0, stop - start),
    )


def chord_rows(
    chords: Sequence[ChordSymbol], start: int, count: int, move: int
) -> NDArray[np.float32]:
    """The chords (steps, CHORD_SIZE) of steps from tick `start`, moved by `move` semitones."""
    found = np.zeros((count, CHORD_SIZE), np.float32)
    if not chords:
        found[:, 12] = 1
        return found
    ordered = sorted(chords, key=lambda chord: chord.onset)
    onsets = [chord.onset for chord in ordered]
    kept: dict[int, NDArray[np.float32]] = {}
    for step in range(count):
        now = Fraction(start + step * STEP, TICKS_PER_QUARTER)
        index = bisect_right(onsets, now) - 1
        if index not in kept:
            kept[index] = chord_row(ordered[index] if index >= 0 else None, move)
        found[step] = kept[index]
    return found


def chord_row(chord: ChordSymbol | None, move: int) -> NDArray[np.float32]:
    """The columns (CHORD_SIZE) of one chord, moved by `move` semitones."""
    found = np.zeros(CHORD_SIZE, np.float32)
    root = None if chord is None else root_pitch_class(chord)
    if chord is None or root is None:
        found[12] = 1
        return found
    found[(root + move) % 12] = 1
    for pitch_class in pitch_classes(chord):
        found[13 + (pitch_class + move) % 12] = 1
    return found
