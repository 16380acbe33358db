"""Form: how alike the measures are to one another, and the sections that this shows."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from antiphon.bridge.music.analysis import Section
from antiphon.bridge.music.phrase import Phrase, meter_at
from antiphon.models.listening.sound import Floats, Sound

_SLOTS = 12
_SAME, _VARIANT = 0.8, 0.62
_SIZES = (16, 12, 8, 6, 4, 2)
_MOST = 400


def likeness(phrase: Phrase, sound: Sound) -> Floats:
    """How alike each two measures are, 0 … 1: by pitch classes in their places and by rhythm.

    A square of at most 400 measures. After Foote, "Visualizing music and audio using
    self-similarity" (1999).
    """
    measures = phrase.measures[:_MOST]
    count = len(measures)
    tones = np.zeros((count, _SLOTS, 12))
    struck = np.zeros((count, _SLOTS))
    starts = np.array([float(measure.onset) for measure in measures])
    sizes = np.array([max(1e-6, float(measure.duration)) for measure in measures])
    index = np.clip(np.searchsorted(starts, sound.onset + 1e-6, side="right") - 1, 0, count - 1)
    for row in range(len(sound.onset)):
        at = int(index[row])
        place = (sound.onset[row] - starts[at]) / sizes[at] * _SLOTS
        if place >= _SLOTS:
            continue
        end = min(_SLOTS, place + sound.duration[row] / sizes[at] * _SLOTS)
        first, last = round(place), max(round(place) + 1, round(end))
        if first < _SLOTS:
            tones[at, first:last, int(sound.pitch[row]) % 12] += 1
            struck[at, first] += 1
    for stroke in sound.drums:
        at = int(np.clip(np.searchsorted(starts, stroke + 1e-6, side="right") - 1, 0, count - 1))
        place = int((stroke - starts[at]) / sizes[at] * _SLOTS)
        if 0 <= place < _SLOTS:
            struck[at, place] += 0.5
    pitch = _cosine(tones.reshape(count, -1))
    rhythm = _cosine(np.minimum(struck, 2.0))
    found: Floats = np.clip(0.65 * pitch + 0.35 * rhythm, 0, 1)
    return found


def _cosine(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1)
    scaled = rows / np.maximum(norms, 1e-9)[:, None]
    found: Floats = scaled @ scaled.T
    # Two silent measures are alike; a silent one is like no other.
    silent = norms < 1e-9
    found[np.ix_(silent, silent)] = 1.0
    return found


def sections(phrase: Phrase, alike: Floats) -> tuple[Section, ...]:
    """The sections of a passage with letters; of one letter are those whose measures agree.

    The longest length of a section that explains the repetitions is taken: 16, 12, 8, 6, 4 or 2
    measures. Nothing repeats: one section.
    """
    measures = phrase.measures[: len(alike)]
    if not measures:
        return ()
    full = meter_at(phrase, measures[0].onset).measure_duration
    first = 1 if len(measures) > 1 and measures[0].duration < full else 0
    size = _best_size(alike, first, len(measures))
    edges = [*range(first, len(measures), size), len(measures)]
    if len(edges) > 2 and edges[-1] - edges[-2] <= max(1, size // 4):
        del edges[-2]
    if first:
        edges[0] = 0
    blocks = list(itertools.pairwise(edges))
    labels = _labels(alike, [(max(a, first), b) for a, b in blocks])
    return tuple(
        Section(
            measures[a].onset, measures[b - 1].end, measures[a].number, measures[b - 1].number,
            label, round(how, 3),
        )
        for (a, b), (label, how) in zip(blocks, labels, strict=True)
    )  # fmt: skip


def _best_size(alike: Floats, first: int, count: int) -> int:
    scored = []
    for size in _SIZES:
        if size < 4 and count > 6 * size:
            continue  # two measures alone are no section of a long piece
        starts = list(range(first, count - size // 2, size))
        if len(starts) < 2:
            continue
        repeats = 0.0
        for index, start in enumerate(starts[1:], 1):
            best = max(_agreement(alike, old, start, size) for old in starts[:index])
            repeats += best >= _VARIANT
        scored.append((repeats / len(starts), size))
    if not scored or max(score for score, _ in scored) == 0:
        return max(1, count)
    most = max(score for score, _ in scored)
    return max(size for score, size in scored if score >= 0.75 * most)


def _agreement(alike: Floats, old: int, new: int, size: int) -> float:
    """How alike two stretches are, measure by measure; a shorter last one is padded by nothing."""
    count = min(size, len(alike) - new, len(alike) - old)
    diagonal = [alike[old + step, new + step] for step in range(count)]
    return float(np.mean(diagonal)) if diagonal else 0.0


def _labels(alike: Floats, blocks: Sequence[tuple[int, int]]) -> list[tuple[str, float]]:
    firsts: list[tuple[str, int, int]] = []
    primes: dict[str, int] = {}
    found: list[tuple[str, float]] = []
    for start, end in blocks:
        options = [
            (_agreement(alike, old, start, min(end - start, old_end - old)), name)
            for name, old, old_end in firsts
            if abs((end - start) - (old_end - old)) <= max(2, (end - start) // 2)
        ]
        best, name = max(options, default=(0.0, ""))
        if best >= _SAME:
            found.append((name, best))
        elif best >= _VARIANT:
            primes[name] = primes.get(name, 0) + 1
            found.append((name + "′" * min(3, primes[name]), best))
        else:
            letter = chr(ord("A") + min(len(firsts), 25))
            firsts.append((letter, start, end))
            found.append((letter, 1.0))
    return found


def form_in_words(found: Sequence[Section]) -> str:
    """The letters of the sections: "A A B A′"."""
    return " ".join(section.label for section in found)


def rounded(alike: Floats) -> tuple[tuple[float, ...], ...]:
    """The square as rows of values with two digits."""
    return tuple(tuple(round(float(x), 2) for x in row) for row in alike)


def boundaries(found: Sequence[Section]) -> tuple[Fraction, ...]:
    """Where sections end, in quarters."""
    return tuple(section.end for section in found)
