"""Pieces for the arranger: phrases as cells, in one key, with roles, chords, style and side."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Part, Phrase, key_at
from antiphon.models.encoding.cells import LONGEST, Bar, Cell, duration_symbol, pitch_key
from antiphon.models.encoding.grid import TICKS_PER_QUARTER, is_on_grid, snap, spans_of, ticks
from antiphon.models.encoding.melody import Tone, believable_key

MEASURES = 128
KICKS = (35, 36)
# Root (pitch class after moving, 12 for none) and bits of the pitch classes, from this tick on.
ChordAt = tuple[int, int, int]
_TEMPLATES = (
    (0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11), (0, 3, 6), (0, 3, 6, 9),
    (0, 3, 6, 10), (0, 5, 7), (0, 4, 8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartCells:
    """One part of a piece: its role (`ROLES`), whether it is drums or a bass made from a piano."""

    role: int
    is_drums: bool
    is_proxy: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece as cells: parts over bars, moved to the key without accidentals."""

    source: str
    name: str
    side: str
    style: int
    is_minor: bool
    bars: tuple[Bar, ...]
    parts: tuple[PartCells, ...]
    chords: tuple[ChordAt, ...]
    ends: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase with what its data set says of it: the names of its work and file, style, roles."""

    source: str
    name: str
    phrase: Phrase
    style: int
    roles: tuple[int | None, ...]
    chords: tuple[tuple[int, int, tuple[int, ...]], ...] = ()


def bars_of(phrase: Phrase) -> list[Bar]:
    """The measures of a phrase as bars no longer than `LONGEST` ticks."""
    found: list[Bar] = []
    for span in spans_of(phrase):
        start, left = span.start, span.length
        while left > 0:
            length = left if left <= LONGEST else min(left, 96)
            found.append(Bar(start, length, span.meter))
            start, left = start + length, left - length
    return found


def piece_of(found: Found, side: str, window: tuple[int, int]) -> Piece | None:
    """The measures of a window of a phrase as a piece; None without enough notes."""
    bars = bars_of(found.phrase)
    whole = len(bars)
    bars = bars[window[0] : window[1]]
    if len(bars) < 4:
        return None
    timed = [_timed(part, bars) for part in found.phrase.parts]
    tones = [
        Tone(on, on + length, number)
        for part, notes in zip(found.phrase.parts, timed, strict=True)
        if not part.is_drums
        for on, length, number in notes
    ]
    if len(tones) < 16:
        return None
    key = believable_key(key_at(found.phrase, Fraction(max(0, bars[0].start), 24)), tones)
    shift = (-7 * key.fifths) % 12
    shift = shift - 12 if shift > 5 else shift
    parts = []
    for part, notes, role in zip(found.phrase.parts, timed, found.roles, strict=True):
        if role is not None and notes:
            cells = _cells(notes, bars, None if part.is_drums else shift)
            parts.append(PartCells(role, part.is_drums, False, cells))
    if not any(not part.is_drums for part in parts):
        return None
    if found.source == "pop909":
        parts += _proxy_bass(parts)
    chords = tuple(
        (tick, (root + shift) % 12 if root < 12 else 12, _bits(tones_of, root + shift))
        for tick, root, tones_of in found.chords
        if bars[0].start <= tick < bars[-1].start + bars[-1].length
    ) or _chords_felt(parts, bars)
    return Piece(
        found.source, found.name, side, found.style, key.is_minor, tuple(bars), tuple(parts),
        chords, window[1] >= whole,
    )  # fmt: skip


def _bits(intervals: Sequence[int], root: int) -> int:
    return sum(1 << bit for bit in {(root + interval) % 12 for interval in intervals})


def _timed(part: Part, bars: Sequence[Bar]) -> list[tuple[int, int, int]]:
    """(onset, length, MIDI number) in ticks of the notes that begin in the bars."""
    notes = [n for n in sounding(part.notes) if n.duration > 0]
    end = bars[-1].start + bars[-1].length
    onsets = [note.onset for note in notes]
    if is_on_grid(onsets):
        starts = [ticks(onset) for onset in onsets]
    else:
        order = sorted(range(len(notes)), key=lambda i: onsets[i])
        beats = groupby((onsets[i] for i in order), key=int)
        placed = [tick for _, beat in beats for tick in snap(list(beat))]
        starts = [0] * len(notes)
        for index, tick in zip(order, placed, strict=True):
            starts[index] = tick
    return sorted(
        (start, max(3, ticks(note.duration)), note.pitch.midi_number)
        for note, start in zip(notes, starts, strict=True)
        if bars[0].start <= start < end
    )


def _cells(
    notes: Sequence[tuple[int, int, int]], bars: Sequence[Bar], shift: int | None
) -> tuple[Cell, ...]:
    starts = [bar.start for bar in bars]
    events: list[list[tuple[int, int, int]]] = [[] for _ in bars]
    for onset, length, number in notes:
        index = bisect_right(starts, onset) - 1
        position = min(onset - starts[index], bars[index].length - 1)
        pitch = min(87, max(0, number - 21)) if shift is None else pitch_key(number + shift)
        events[index].append((position, pitch, duration_symbol(length)))
    return tuple(Cell.of(each) for each in events)


def _proxy_bass(parts: Sequence[PartCells]) -> list[PartCells]:
    """A bass line made from the piano: its lowest key of each beat, where it is low."""
    found = []
    for part in parts:
        if part.role != 2:
            continue
        cells = []
        for cell in part.cells:
            beats: dict[int, tuple[int, int, int]] = {}
            for position, pitch, duration in cell.events():
                beat = position // TICKS_PER_QUARTER
                if pitch < 39 and (beat not in beats or pitch < beats[beat][1]):
                    beats[beat] = (position, pitch, duration)
            low = [(p, k if k < 28 else k - 12, d) for p, k, d in beats.values()]
            cells.append(Cell.of(low))
        if sum(len(cell.positions) for cell in cells) > 2 * len(cells):
            found.append(PartCells(1, False, True, tuple(cells)))
    return found[:1]


def _chords_felt(parts: Sequence[PartCells], bars: Sequence[Bar]) -> tuple[ChordAt, ...]:
    """A chord for each half measure, by the triads and sevenths that fit its notes."""
    found: list[ChordAt] = []
    for index, bar in enumerate(bars):
        half = bar.length // 2 if bar.length % 36 else bar.length
        for start in range(0, bar.length - half + 1, half):
            weights = [0.0] * 12
            low = 99
            for part in parts:
                if part.is_drums:
                    continue
                for position, pitch, duration in part.cells[index].events():
                    if start <= position < start + half:
                        weights[(pitch + 9) % 12] += 1.0 + min(4, duration / 4)
                        low = min(low, pitch)
            if low < 99:
                weights[(low + 9) % 12] *= 1.5
                root, intervals = _best(weights)
                found.append((bar.start + start, root, _bits(intervals, root)))
    return tuple(found)


def _best(weights: Sequence[float]) -> tuple[int, tuple[int, ...]]:
    total = sum(weights)
    scored = [
        (sum(weights[(root + i) % 12] for i in t) - 0.12 * total * len(t), root, t)
        for root in range(12)
        for t in _TEMPLATES
    ]
    _, root, intervals = max(scored, key=lambda row: (row[0], row[1]))
    return root, intervals
