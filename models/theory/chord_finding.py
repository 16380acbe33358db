"""Chord finding: the chord of a span from what sounds in it, and the chords of a whole passage."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.music.chords import KINDS, chord_symbol, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Phrase, key_at, meter_at
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.models.theory.keys import find_key
from antiphon.models.theory.meter import accent, group_starts, grouping

# Kinds that are recognised, with what a chord must show to be heard as more than a triad.
_FOUND = {
    "major": 0.0,
    "minor": 0.0,
    "dominant": 0.1,
    "minor-seventh": 0.2,
    "major-seventh": 0.26,
    "diminished": 0.1,
    "half-diminished": 0.16,
    "diminished-seventh": 0.16,
    "augmented": 0.22,
    "suspended-fourth": 0.2,
}
_BASS = 0.35
_ROOT_BELOW = 0.18
_NO_ROOT, _NO_THIRD, _NO_SEVENTH = 0.14, 0.06, 0.3
_IN_KEY = 0.16
# How welcome a root is in its key, by semitones above the tonic of the signature's major scale.
_ROOTS = {0: 0.06, 7: 0.05, 5: 0.04, 9: 0.03, 2: 0.02, 4: 0.0, 11: -0.06}
_STAYS, _FALLS = 0.08, 0.05
_KEPT = 14
# A melody alone tells little: chief chords of its key come first, and only triads are guessed.
_LINE_KINDS = ("major", "minor")
_LINE_ROOTS = 6.0


@dataclass(frozen=True, slots=True)
class Half:
    """Half a measure (or all of a short one): where it lies, in quarters, and in which measure.

    `measure` counts from 0; `place` is 0 for the half with the barline, 1 for the other.
    """

    onset: Fraction
    duration: Fraction
    measure: int
    place: int

    @property
    def end(self) -> Fraction:
        """Where the next half starts."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Heard:
    """What sounds in a span: the weight of each pitch class (12) and the lowest one.

    `is_line` says that the notes are a single line, whose lowest note is no bass.
    """

    weights: tuple[float, ...]
    bass: int | None = None
    is_line: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether nothing sounds."""
        return not any(self.weights)


def middle_of(meter: TimeSignature) -> Fraction:
    """Where the second half of a full measure begins (quarters): a felt beat near the middle.

    3/4 is halved before its third beat, 5/4 as 3 + 2; a measure of one beat is not halved
    and gives its own length.
    """
    whole = meter.measure_duration
    starts: tuple[Fraction, ...] = group_starts(meter, grouping(meter))
    if len(starts) < 2:
        starts = tuple(meter.beat_duration * i for i in range(int(whole / meter.beat_duration)))
    later = [start for start in starts if start > 0]
    return min(later, key=lambda s: (abs(s - whole / 2), -s)) if later else whole


def halves_of(
    measures: Sequence[Measure], meters: Sequence[TimeSignature] = ()
) -> tuple[Half, ...]:
    """The halves of measures in order; a first measure that is not full counts from its end."""
    found: list[Half] = []
    ordered = sorted(meters, key=lambda meter: meter.onset)
    onsets = [meter.onset for meter in ordered]
    for index, measure in enumerate(measures):
        if measure.duration <= 0:
            continue
        at = bisect_right(onsets, measure.onset) - 1
        meter = ordered[at] if at >= 0 else TimeSignature(Fraction(0), 4, 4)
        missing = meter.measure_duration - measure.duration
        middle = middle_of(meter) - (missing if index == 0 and missing > 0 else 0)
        if 0 < middle < measure.duration:
            found.append(Half(measure.onset, middle, index, 0))
            found.append(Half(measure.onset + middle, measure.duration - middle, index, 1))
        else:
            found.append(Half(measure.onset, measure.duration, index, int(middle <= 0)))
    return tuple(found)


def heard_in(halves: Sequence[Half], notes: Sequence[Note], meter: TimeSignature) -> list[Heard]:
    """What sounds in each half: durations weighed by the accent of where a note begins.

    `notes` are sounding notes of all pitched parts, in any order; grace notes weigh nothing.
    """
    starts = [half.onset for half in halves]
    weights = [[0.0] * 12 for _ in halves]
    lowest: list[tuple[Fraction, int] | None] = [None] * len(halves)
    groups = grouping(meter)
    for note in notes:
        index = max(0, bisect_right(starts, note.onset) - 1)
        while index < len(halves) and halves[index].onset < note.end:
            half = halves[index]
            time = min(note.end, half.end) - max(note.onset, half.onset)
            if time > 0:
                place = max(note.onset, half.onset) - half.onset
                strength = 0.5 + 0.5 * accent(place % meter.measure_duration, meter, groups)
                weights[index][note.pitch.midi_number % 12] += float(time) * strength
                number, low = note.pitch.midi_number, lowest[index]
                if low is None or number < low[1]:
                    lowest[index] = (time, number)
            index += 1
    return [
        Heard(tuple(row), None if low is None else low[1] % 12)
        for row, low in zip(weights, lowest, strict=True)
    ]


def fit(heard: Heard, root: int, kind: str, key: KeySignature | None = None) -> float:
    """How well a chord (root pitch class 0 … 11, kind of the table) suits what is heard.

    About -1 … 1.5; higher is better. The share of what sounds inside the chord counts, less what
    lies outside, less a missing root, third or seventh; the bass and the key add to it.
    """
    weights = heard.weights
    total = sum(weights) or 1.0
    intervals = KINDS[kind].intervals
    inside = sum(weights[(root + step) % 12] for step in intervals) / total
    score = 2 * inside - 1 - _FOUND.get(kind, 0.2)
    if weights[root] < 0.05 * total:
        score -= _NO_ROOT
    if len(intervals) > 1 and weights[(root + intervals[1]) % 12] < 0.05 * total:
        score -= _NO_THIRD
    # A passing note of one beat is no seventh.
    if len(intervals) > 3 and weights[(root + intervals[3]) % 12] < 0.11 * total:
        score -= _NO_SEVENTH
    if heard.bass == root:
        score += _ROOT_BELOW
    return score + (0.0 if key is None else _in_key(root, intervals, key, is_line=heard.is_line))


def _in_key(root: int, intervals: Sequence[int], key: KeySignature, *, is_line: bool) -> float:
    scale = key.scale
    is_inside = all((root + step) % 12 in scale for step in intervals)
    # In minor the tonic of the mode stands where the tonic of the signature does in major.
    shift = 3 if is_line and key.is_minor else 0
    welcome = _ROOTS.get((root - 7 * key.fifths + shift) % 12, -0.08)
    weight = _LINE_ROOTS if is_line else 1.0
    return weight * welcome + (_IN_KEY * (2 if is_line else 1) if is_inside else 0.0)


def chord_of(heard: Heard, key: KeySignature | None = None) -> tuple[int, str] | None:
    """Root pitch class and kind of the chord that is heard, None for silence."""
    ranked = _ranked(heard, key)
    return ranked[0][1] if ranked else None


def _ranked(heard: Heard, key: KeySignature | None) -> list[tuple[float, tuple[int, str]]]:
    if heard.is_silent:
        return []
    kinds = _LINE_KINDS if heard.is_line else tuple(_FOUND)
    scored = [(fit(heard, root, kind, key), (root, kind)) for root in range(12) for kind in kinds]
    return sorted(scored, key=lambda row: -row[0])[:_KEPT]


def chord_chain(
    heard: Sequence[Heard], halves: Sequence[Half], key: KeySignature
) -> list[tuple[int, str] | None]:
    """The chords of halves in order as the likeliest chain; None until something sounds.

    A silent half keeps the chord before it; a chord is kept through a measure where it suits,
    and roots like to fall by a fifth (Viterbi over the best-suited chords of each half).
    """
    columns = [_ranked(item, key) for item in heard]
    loud = [i for i, column in enumerate(columns) if column]
    scores: list[list[float]] = []
    backs: list[list[int]] = []
    for step, index in enumerate(loud):
        here = columns[index]
        if step == 0:
            scores.append([score for score, _ in here])
            backs.append([0] * len(here))
            continue
        before = columns[loud[step - 1]]
        row, back = [], []
        for score, chord in here:
            options = [
                old + _move(previous, chord, halves[index].place)
                for old, (_, previous) in zip(scores[-1], before, strict=True)
            ]
            best = max(range(len(options)), key=options.__getitem__)
            row.append(score + options[best])
            back.append(best)
        scores.append(row)
        backs.append(back)
    return _followed_back(columns, loud, scores, backs)


def _move(before: tuple[int, str], after: tuple[int, str], place: int) -> float:
    if before == after:
        return _STAYS * (2 if place else 1)
    return _FALLS if (before[0] - after[0]) % 12 == 7 else 0.0


def _followed_back(
    columns: Sequence[list[tuple[float, tuple[int, str]]]], loud: Sequence[int],
    scores: Sequence[list[float]], backs: Sequence[list[int]],
) -> list[tuple[int, str] | None]:  # fmt: skip
    found: list[tuple[int, str] | None] = [None] * len(columns)
    if loud:
        at = max(range(len(scores[-1])), key=scores[-1].__getitem__)
        for step in range(len(loud) - 1, -1, -1):
            found[loud[step]] = columns[loud[step]][at][1]
            at = backs[step][at]
    held: tuple[int, str] | None = None
    for index, chord in enumerate(found):
        held = found[index] = chord if chord is not None else held
    return found


def chords_heard(phrase: Phrase, start: Fraction, end: Fraction) -> tuple[ChordSymbol, ...]:
    """The chords from `start` to `end` (quarters of the phrase) where they change; onset 0 `start`.

    Chord symbols of the phrase are believed: each holds up to the next, the one in force at
    `start` too. Where none holds, the chord of each half measure is found from the notes of all
    pitched parts. A silent passage has none.
    """
    given = sorted((c for c in phrase.chords if c.onset < end), key=lambda chord: chord.onset)
    before = [chord for chord in given if chord.onset <= start]
    later = [chord for chord in given if chord.onset > start]
    if before:
        return (_moved(before[-1], Fraction(0)), *(_moved(c, c.onset - start) for c in later))
    stop = later[0].onset if later else end
    found = chords_from_notes(phrase, start, stop)
    return (*found, *(_moved(chord, chord.onset - start) for chord in later))


def chords_from_notes(phrase: Phrase, start: Fraction, end: Fraction) -> tuple[ChordSymbol, ...]:
    """The chords that the notes from `start` to `end` make, where they change; onset 0 `start`."""
    if start >= end:
        return ()
    halves = [
        half
        for half in halves_of(phrase.measures, phrase.time_signatures)
        if half.onset < end and half.end > start
    ]
    if not halves:
        halves = [Half(start, end - start, 0, 0)]
    first = halves[0]
    cut = max(start, first.onset)
    halves[0] = replace(first, onset=cut, duration=first.end - cut)
    notes = [note for note in _pitched(phrase) if note.onset < end and note.end > start]
    if not notes:
        return ()
    key = key_at(phrase, start) or find_key(phrase)
    heard = heard_in(halves, notes, meter_at(phrase, start))
    if is_line(notes):
        heard = [Heard(item.weights, None, is_line=True) for item in heard]
    chain = chord_chain([_with_bass(item) for item in heard], halves, key)
    found: list[ChordSymbol] = []
    previous = None
    for half, chord in zip(halves, chain, strict=True):
        if chord is not None and chord != previous:
            found.append(chord_symbol(max(half.onset - start, Fraction(0)), *chord, key))
            previous = chord
    if found and found[0].onset > 0:
        found[0] = _moved(found[0], Fraction(0))
    return tuple(found)


def without_repeats(chords: Sequence[ChordSymbol]) -> tuple[ChordSymbol, ...]:
    """Chord symbols in order, those left out that only say again what holds already."""
    found: list[ChordSymbol] = []
    for chord in sorted(chords, key=lambda c: c.onset):
        if not found or _said(found[-1]) != _said(chord):
            found.append(chord)
    return tuple(found)


def _said(chord: ChordSymbol) -> tuple[object, ...]:
    bass = None if chord.bass == chord.root else chord.bass
    return root_pitch_class(chord), chord.kind, bass, chord.degrees


def _with_bass(heard: Heard) -> Heard:
    if heard.bass is None:
        return heard
    weights = list(heard.weights)
    weights[heard.bass] += _BASS * sum(weights) / 2
    return Heard(tuple(weights), heard.bass)


def is_line(notes: Sequence[Note]) -> bool:
    """Whether hardly two notes sound together."""
    ordered = sorted(notes, key=lambda note: note.onset)
    together = sum(b.onset < a.end for a, b in pairwise(ordered))
    return together < 0.15 * len(ordered)


def _pitched(phrase: Phrase) -> list[Note]:
    return [note for part in phrase.parts if not part.is_drums for note in sounding(part.notes)]


def _moved(chord: ChordSymbol, onset: Fraction) -> ChordSymbol:
    return replace(chord, onset=onset)
