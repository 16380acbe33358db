"""Four voices on a grid of sixteenths: symbols, places in the measure, chord labels.

The grid is what the chorale model hears and says. A beat has four slots. Those of a simple beat
are its quarters: sixteenths under a quarter beat, eighths under a half-note beat. Those of a
compound beat begin with its three eighths, the last of which is halved, so that a chord a beat
and the rhythm long-short look the same in every meter. Every measure begins a slot; one whose
length is no multiple of a slot ends with a shorter one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.chords import pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.time import Measure, TimeSignature

Array = NDArray[np.int64]

VOICES = ("soprano", "alto", "tenor", "bass")
# What choirs sing, as MIDI numbers: the rules count what leaves it, the writer stays inside.
RANGES = ((60, 81), (53, 76), (46, 69), (38, 64))
# The lowest pitch of each voice's 44 pitch symbols, after moving to the key without accidentals.
LOWEST = (50, 44, 36, 28)
PITCHES = 44
REST = 0
SYMBOLS = PITCHES + 1
# An input that is not given.
UNKNOWN = SYMBOLS

WITHIN = 4
BEATS = 16
QUALITIES: Mapping[str, tuple[int, ...]] = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
}
CHORD_UNKNOWN, CHORD_REST, CHORD_OTHER = 0, 1, 2
CHORDS = 3 + 12 * len(QUALITIES)
_SEVENTHS: Mapping[tuple[int, ...], int] = {
    (0, 4, 7, 10): 0,
    (0, 4, 7, 11): 0,
    (0, 3, 7, 10): 1,
    (0, 3, 6, 10): 2,
    (0, 3, 6, 9): 2,
    (0, 3, 7, 11): 1,
}
_OPEN: Mapping[tuple[int, ...], int] = {(0, 4): 0, (0, 3): 1, (0, 4, 10): 0}
# Where the four slots of a beat begin, in beats: a simple one, and a compound one.
_SHARES = (
    (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)),
    (Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(5, 6)),
)
_FIRST_BEAT = {2: 1, 3: 3, 4: 6}


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of some measures: onsets in quarters with the end behind them, and places.

    `within` (slots,) is the place in the beat, `beat` (slots,) the beat of the measure with
    the number of beats, 0 where that is not known; `compound` (slots,) marks beats of three.
    """

    edges: tuple[Fraction, ...]
    within: Array
    beat: Array
    compound: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.within)


def slots_of(
    measures: Sequence[Measure],
    meters: Sequence[TimeSignature],
    offsets: Mapping[int, Fraction] | None = None,
) -> Slots:
    """The slots of measures that follow each other; a short first one counts as a pickup.

    `offsets` says how much (quarters) is missing before the measures of some indices instead.
    """
    found: list[tuple[Fraction, int, int, bool]] = []
    for index, measure in enumerate(measures):
        meter = _meter_at(meters, measure.onset)
        missing = meter.measure_duration - measure.duration if index == 0 else Fraction(0)
        missing = max(Fraction(0), (offsets or {}).get(index, missing))
        found += _measure_slots(measure, meter, missing)
    end = measures[-1].end if measures else Fraction(0)
    columns = np.array([row[1:] for row in found], np.int64).reshape(-1, 3)
    edges = (*(onset for onset, *_ in found), end)
    return Slots(edges, columns[:, 0], columns[:, 1], columns[:, 2] > 0)


def _measure_slots(
    measure: Measure, meter: TimeSignature, missing: Fraction
) -> list[tuple[Fraction, int, int, bool]]:
    """(onset, place in the beat, beat symbol, compound) of the slots of a measure."""
    compound = meter.beat_type >= 8 and meter.beats % 3 == 0
    length = Fraction(12 if compound else 4, meter.beat_type)
    length = length if compound else max(Fraction(1), length)
    beats = max(1, int(meter.measure_duration / length))
    shares = _SHARES[compound]
    found: list[tuple[Fraction, int, int, bool]] = []
    beat = missing // length
    while True:
        for place, share in enumerate(shares):
            onset = measure.onset - missing + (beat + share) * length
            if onset >= measure.end:
                return found
            row = (max(onset, measure.onset), place, beat_symbol(int(beat), beats), compound)
            if onset <= measure.onset:
                found = [row]
            else:
                found.append(row)
        beat += 1


def beat_symbol(beat: int, beats: int) -> int:
    """The symbol (1 … 15) of a beat of a measure of `beats` beats."""
    first = _FIRST_BEAT.get(beats)
    return min(10 + beat, BEATS - 1) if first is None else first + beat % beats


def _meter_at(meters: Sequence[TimeSignature], onset: Fraction) -> TimeSignature:
    earlier = [meter for meter in meters if meter.onset <= onset]
    return earlier[-1] if earlier else TimeSignature(Fraction(0), 4, 4)


def line_on(notes: Iterable[Note], slots: Slots) -> tuple[Array, NDArray[np.bool_]]:
    """MIDI numbers (slots,) of a line that sounds one note at a time, 0 where it rests.

    The second value marks the slots in which a note begins. A slot takes the note that fills
    most of it, the earlier one of two equal ones.
    """
    edges = slots.edges
    numbers = np.zeros(len(slots), np.int64)
    attacks = np.zeros(len(slots), np.bool_)
    shares = [Fraction(0)] * len(slots)
    at = 0
    for note in sorted(notes, key=lambda note: note.onset):
        if note.is_grace:
            continue
        while at > 0 and edges[at] > note.onset:
            at -= 1
        while at < len(slots) and edges[at + 1] <= note.onset:
            at += 1
        index, begins = at, True
        while index < len(slots) and edges[index] < note.end:
            share = min(note.end, edges[index + 1]) - max(note.onset, edges[index])
            if share > shares[index] and 2 * share >= edges[index + 1] - edges[index]:
                shares[index], numbers[index] = share, note.pitch.midi_number
                attacks[index], begins = begins, False
            index += 1
    return numbers, attacks


def to_symbols(numbers: Array) -> Array:
    """Symbols (slots, 4) of MIDI numbers (slots, 4); what leaves the window moves by octaves."""
    above = numbers - np.array(LOWEST)
    folded = np.where(above < 0, above % 12, above)
    folded = np.where(folded >= PITCHES, PITCHES - 12 + (folded - PITCHES) % 12, folded)
    return np.where(numbers > 0, folded + 1, REST)


def to_numbers(symbols: Array) -> Array:
    """MIDI numbers (slots, 4) of symbols (slots, 4), 0 for rests."""
    return np.where(symbols > REST, symbols - 1 + np.array(LOWEST), 0)


def key_shift(fifths: int) -> int:
    """Semitones (-5 … 6) that move music under a key signature to the one without accidentals."""
    return (-7 * fifths + 5) % 12 - 5


def chord_label(classes: frozenset[int]) -> int:
    """The label (0 … CHORDS - 1) of what sounds: root and quality of its triad, else "other".

    Sevenths count as their triad, a third without fifth as the triad it suggests.
    """
    if not classes:
        return CHORD_REST
    for root in sorted(classes):
        shape = tuple(sorted((pc - root) % 12 for pc in classes))
        for number, triad in enumerate(QUALITIES.values()):
            if shape == triad:
                return 3 + root * len(QUALITIES) + number
        for table in (_SEVENTHS, _OPEN):
            if shape in table:
                return 3 + root * len(QUALITIES) + table[shape]
    return CHORD_OTHER


_LABELS: Array = np.array(
    [chord_label(frozenset(b for b in range(12) if bits >> b & 1)) for bits in range(4096)]
)
_LABELS.flags.writeable = False


def chord_labels(numbers: Array) -> Array:
    """The chord label (slots,) of each slot of MIDI numbers (slots, 4)."""
    bits = np.zeros(len(numbers), np.int64)
    for voice in range(numbers.shape[1]):
        column = numbers[:, voice]
        bits |= np.where(column > 0, 1 << (column % 12), 0)
    found: Array = _LABELS[bits]
    return found


def label_of_symbol(chord: ChordSymbol, shift: int) -> int:
    """The label of a chord symbol after moving it by `shift` semitones."""
    root = root_pitch_class(chord)
    if root is None:
        return CHORD_UNKNOWN
    third = (root + 3) % 12 in pitch_classes(chord) and (root + 4) % 12 not in pitch_classes(chord)
    fifths = {(pc - root) % 12 for pc in pitch_classes(chord)}
    quality = 1 if third else 0
    if 7 not in fifths:
        quality = 2 if third and 6 in fifths else 3 if not third and 8 in fifths else quality
    return 3 + (root + shift) % 12 * len(QUALITIES) + quality


def triad_of_label(label: int) -> tuple[int, str] | None:
    """Root pitch class and quality of a chord label, None for one without."""
    if label < 3:
        return None
    root, quality = divmod(label - 3, len(QUALITIES))
    return root, list(QUALITIES)[quality]
