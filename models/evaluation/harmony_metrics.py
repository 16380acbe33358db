"""Six figures of a harmonization, as Yeh et al. 2020 define them, on chords of half measures.

"Automatic Melody Harmonization with Triad Chords: A Comparative Study", Journal of New Music
Research 50 (2021). A chord is a set of pitch classes 0 … 11, empty for "no chord"; a melody is
a list of (onset, end, MIDI number) in quarters, in order.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

Chord = frozenset[int]
Notes = Sequence[tuple[Fraction, Fraction, int]]
# Radii of the circles of fifths, minor thirds and major thirds, and steps on them a semitone:
# Harte, Sandler and Gasser, "Detecting Harmonic Change in Musical Audio" (2006).
_CIRCLES = ((1.0, 7 * math.pi / 6), (1.0, 3 * math.pi / 2), (0.5, 2 * math.pi / 3))
_CONSONANT, _FOURTH = frozenset({0, 3, 4, 7, 8, 9}), 5
_RESOLVES = 2
_WINDOW = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class HarmonyFigures:
    """The six figures of one tune or the mean of many.

    `entropy` (CHE) and `distinct` (CC) of the chords used, `moves` (CTD) the mean tonal distance
    of neighbours, `chord_tones` (CTnCTR) the share of melody notes that are chord tones or
    resolve by step, `consonance` (PCS) -1 … 1, `distance` (MCTD) from melody to chord.
    """

    entropy: float
    distinct: float
    moves: float
    chord_tones: float
    consonance: float
    distance: float


def entropy(names: Sequence[Hashable]) -> float:
    """Entropy in nats of the histogram of the chords (CHE); 0 for none."""
    total = len(names)
    return -sum(n / total * math.log(n / total) for n in Counter(names).values()) + 0.0


def centroid(chord: Chord) -> tuple[float, ...]:
    """The place of a set of pitch classes in the six-dimensional tonal space."""
    share = 1 / max(1, len(chord))
    found: list[float] = []
    for radius, step in _CIRCLES:
        found.append(share * sum(radius * math.sin(step * pitch) for pitch in chord))
        found.append(share * sum(radius * math.cos(step * pitch) for pitch in chord))
    return tuple(found)


def tonal_distance(first: Chord, second: Chord) -> float:
    """Distance of two sets of pitch classes in tonal space; 0 for equal ones."""
    return math.dist(centroid(first), centroid(second))


def mean_moves(chords: Sequence[Chord]) -> float:
    """Mean tonal distance of neighbouring chords (CTD); "no chord" is passed over."""
    sounding = [chord for chord in chords if chord]
    pairs = list(pairwise(sounding))
    return sum(tonal_distance(a, b) for a, b in pairs) / max(1, len(pairs))


def chord_tone_share(notes: Notes, chords: Sequence[Chord]) -> float:
    """Chord tones and other notes that go on by at most two semitones, over all notes (CTnCTR).

    `chords` holds the chord under each note; notes without a chord are passed over.
    """
    good = total = 0
    for index, ((_, _, number), chord) in enumerate(zip(notes, chords, strict=True)):
        if not chord:
            continue
        total += 1
        if number % 12 in chord:
            good += 1
        elif index + 1 < len(notes):
            good += 0 < abs(notes[index + 1][2] - number) <= _RESOLVES
    return good / total if total else 0.0


def consonance(number: int, chord: Chord) -> float:
    """Mean score of a note against the tones of a chord: 1 consonant, 0 a fourth, -1 else.

    The interval counts from the chord's tone up to the melody's note.
    """
    scores = []
    for tone in chord:
        interval = (number - tone) % 12
        scores.append(1.0 if interval in _CONSONANT else 0.0 if interval == _FOURTH else -1.0)
    return sum(scores) / len(scores) if scores else 0.0


def figures_of(
    notes: Notes, spans: Sequence[tuple[Fraction, Fraction, Chord]], names: Sequence[Hashable]
) -> HarmonyFigures:
    """The six figures of one tune: its melody and the chord of each span (onset, end, chord).

    `names` are the chords' names for the histogram, one a span.
    """
    cut: list[tuple[Fraction, Fraction, int]] = []
    under: list[Chord] = []
    place = 0
    for onset, end, number in notes:
        while place < len(spans) and spans[place][1] <= onset:
            place += 1
        at = place
        while at < len(spans) and spans[at][0] < end:
            low, high, chord = spans[at]
            cut.append((max(onset, low), min(end, high), number))
            under.append(chord)
            at += 1
    scores = distance = weight = 0.0
    for (onset, end, number), chord in zip(cut, under, strict=True):
        if chord:
            time = float((end - onset) / _WINDOW)
            scores += time * consonance(number, chord)
            distance += time * tonal_distance(frozenset({number % 12}), chord)
            weight += time
    named = [name for name, (_, _, chord) in zip(names, spans, strict=True) if chord]
    return HarmonyFigures(
        entropy(named), float(len(set(named))), mean_moves([chord for _, _, chord in spans]),
        chord_tone_share(cut, under), scores / max(weight, 1e-9), distance / max(weight, 1e-9),
    )  # fmt: skip


def mean_of(figures: Sequence[HarmonyFigures]) -> HarmonyFigures:
    """The mean of the figures of several tunes. Raises ValueError for none."""
    if not figures:
        raise ValueError("there is no mean of nothing")

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)

    return HarmonyFigures(
        mean([f.entropy for f in figures]), mean([f.distinct for f in figures]),
        mean([f.moves for f in figures]), mean([f.chord_tones for f in figures]),
        mean([f.consonance for f in figures]), mean([f.distance for f in figures]),
    )  # fmt: skip
