"""A melody and its chords on a grid of half measures: what the chords model reads and names.

Everything is moved to the key without accidentals: the tonic of the signature's major scale is
pitch class 0, so a minor key rests on 9.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.chords import KINDS, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.time import TimeSignature
from antiphon.models.theory.chord_finding import Half

# Chord kinds of the model; a symbol is kind * 12 + root, then "no chord", then "not known".
MODEL_KINDS = (
    "major", "minor", "dominant", "major-seventh", "minor-seventh", "diminished",
    "half-diminished", "diminished-seventh", "augmented", "suspended-fourth", "major-sixth",
    "minor-sixth",
)  # fmt: skip
NO_CHORD = 12 * len(MODEL_KINDS)
UNKNOWN = NO_CHORD + 1
SYMBOLS = NO_CHORD + 1
STYLES = ("folk", "hymn", "pop", "jazz", "song", "art")
# Kinds that the model does not tell apart from one of its own.
_REDUCED = {
    "dominant-ninth": "dominant", "dominant-11th": "suspended-fourth", "dominant-13th": "dominant",
    "augmented-seventh": "dominant", "major-ninth": "major-seventh",
    "major-11th": "major-seventh", "major-13th": "major-seventh", "minor-ninth": "minor-seventh",
    "minor-11th": "minor-seventh", "minor-13th": "minor-seventh", "major-minor": "minor",
}  # fmt: skip
_DIATONIC = {0: "major", 2: "minor", 4: "minor", 5: "major", 7: "major", 9: "minor",
             11: "diminished"}  # fmt: skip
_TICKS = 24
_HELD = 0.5
# Columns of a row of features and where they begin.
SHARES, BEGINS, MIDDLE = 0, 12, 24
SILENT, SOUNDING, LENGTH, PLACE = 36, 37, 38, 39
PERIOD, FROM_START, TO_END, METER, MODE, STYLE = 40, 48, 52, 56, 61, 63
COLUMNS = STYLE + len(STYLES)
_METERS = {(4, 4): 0, (2, 4): 1, (2, 2): 1, (3, 4): 2, (6, 8): 3}
_OTHER_METER = 4


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody over the halves of its measures, and its key; what features are made of.

    `notes` are (onset, end, MIDI number) in quarters, in order and without overlap; `fifths` the
    signature; `numbers` the printed number of each half's measure; `meter` holds for all of it.
    `is_open` says that the music does not begin and end where the halves do.
    """

    halves: tuple[Half, ...]
    notes: tuple[tuple[Fraction, Fraction, int], ...]
    fifths: int
    is_minor: bool
    meter: TimeSignature
    numbers: tuple[int, ...]
    style: str | None = None
    starts_inside: bool = False
    ends_inside: bool = False


def line_of(notes: Sequence[Note]) -> tuple[tuple[Fraction, Fraction, int], ...]:
    """Sounding notes of a single line as a tune holds them."""
    return tuple((note.onset, note.end, note.pitch.midi_number) for note in notes)


def reduced(root: int, kind: str) -> int:
    """The model's symbol of a chord: `root` 0 … 11 above the key's pitch class 0, a known kind.

    A chord without a third counts as the triad of the key on its root.
    """
    if kind in ("power", "suspended-second", "pedal"):
        kind = _DIATONIC.get(root, "major")
    kind = _REDUCED.get(kind, kind)
    if kind not in MODEL_KINDS:
        kind = "minor" if kind.startswith("min") else "major"
    return MODEL_KINDS.index(kind) * 12 + root % 12


def symbol_of(chord: ChordSymbol, fifths: int) -> int:
    """The model's symbol of a chord symbol in a key of `fifths` sharps (flats negative)."""
    root = root_pitch_class(chord)
    return NO_CHORD if root is None else reduced((root - 7 * fifths) % 12, chord.kind)


def chord_of_symbol(symbol: int, fifths: int) -> tuple[int, str] | None:
    """Root pitch class and kind of a model's symbol in a key, None for "no chord"."""
    if symbol >= NO_CHORD:
        return None
    return (symbol % 12 + 7 * fifths) % 12, MODEL_KINDS[symbol // 12]


def tones_of(symbol: int) -> frozenset[int]:
    """Pitch classes of a model's symbol, relative to the key; none for "no chord"."""
    if symbol >= NO_CHORD:
        return frozenset()
    return frozenset((symbol + step) % 12 for step in KINDS[MODEL_KINDS[symbol // 12]].intervals)


def chords_on(
    halves: Sequence[Half], chords: Sequence[ChordSymbol], fifths: int
) -> NDArray[np.int64]:
    """The symbol of each half: the chord that holds longest in it, UNKNOWN before the first one."""
    found = np.full(len(halves), UNKNOWN, np.int64)
    ordered = sorted(chords, key=lambda chord: chord.onset)
    onsets = [chord.onset for chord in ordered]
    symbols = [symbol_of(chord, fifths) for chord in ordered]
    for index, half in enumerate(halves):
        first = bisect_right(onsets, half.onset) - 1
        last = bisect_left(onsets, half.end)
        best = Fraction(0)
        for at in range(max(first, 0), last):
            end = onsets[at + 1] if at + 1 < len(onsets) else half.end
            time = min(end, half.end) - max(onsets[at], half.onset)
            if time > best:
                found[index], best = symbols[at], time
    return found


def features_of(tune: Tune) -> NDArray[np.float32]:
    """Rows of features, one a half (halves, COLUMNS): what is known besides the chords."""
    rows = np.zeros((len(tune.halves), COLUMNS), np.float32)
    if not len(rows):
        return rows
    _add_melody(rows, tune)
    meter = _METERS.get((tune.meter.beats, tune.meter.beat_type), _OTHER_METER)
    rows[:, METER + meter] = 1
    rows[:, MODE + int(tune.is_minor)] = 1
    if tune.style in STYLES:
        rows[:, STYLE + STYLES.index(tune.style)] = 1
    first, last = tune.halves[0].measure, tune.halves[-1].measure
    for index, half in enumerate(tune.halves):
        rows[index, LENGTH] = min(4.0, float(half.duration) / 2)
        rows[index, PLACE] = half.place
        rows[index, PERIOD + (tune.numbers[index] - 1) % 8] = 1
        if not tune.starts_inside:
            rows[index, FROM_START + min(3, half.measure - first)] = 1
        if not tune.ends_inside:
            rows[index, TO_END + min(3, last - half.measure)] = 1
    return rows


def _add_melody(rows: NDArray[np.float32], tune: Tune) -> None:
    """The melody's columns, counted in ticks so that played onsets fall on their beats."""
    starts = [_tick(half.onset) for half in tune.halves]
    ends = [_tick(half.end) for half in tune.halves]
    shift = 7 * tune.fifths
    for onset, end, number in tune.notes:
        first, last, pitch = _tick(onset), _tick(end), (number - shift) % 12
        index = max(0, bisect_right(starts, first) - 1)
        while index < len(starts) and starts[index] < last:
            low, high = starts[index], ends[index]
            time = min(last, high) - max(first, low)
            if time > 0:
                rows[index, SHARES + pitch] += time / max(1, high - low)
                for place, column in ((low, BEGINS), ((low + high) // 2, MIDDLE)):
                    if first <= place < last:
                        rows[index, column + pitch] = 1.0 if first == place else _HELD
            index += 1
    rows[:, SOUNDING] = np.minimum(rows[:, SHARES : SHARES + 12].sum(1), 1.0)
    rows[:, SILENT] = rows[:, SOUNDING] == 0


def _tick(time: Fraction) -> int:
    # Played notes lie a little beside the grid of 16ths and triplets.
    return round(time * 12) * (_TICKS // 12)


def moved_by_fifths(
    rows: NDArray[np.float32], chords: NDArray[np.int64], steps: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features and symbols as they are when the key is taken for one `steps` fifths flatter."""
    rows, turn = rows.copy(), 7 * steps % 12
    for column in (SHARES, BEGINS, MIDDLE):
        rows[:, column : column + 12] = np.roll(rows[:, column : column + 12], turn, 1)
    moved = chords - chords % 12 + (chords + turn) % 12
    return rows, np.where(chords < NO_CHORD, moved, chords)
