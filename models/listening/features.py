"""Features of a passage: what is measured of its rhythm, melody, harmony and texture.

Every feature has a name, is independent of the file's format, and most are shares (0 … 1), so that
a short region is measured like a whole piece. Programs and velocities are left out: they tell who
made the file rather than what the music is; `performance` gives velocity apart.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Phrase, meter_at
from antiphon.models.encoding.reading import melody_part
from antiphon.models.listening.harmony import KIND_NAMES, Beat, beats_heard, weights_of
from antiphon.models.listening.sound import Floats, Ints, Sound, sound_of

_WAITS = (0.2, 0.3, 0.45, 0.7, 0.95, 1.4, 1.9, 2.9)
_CLOSE = 1e-3
_MOST_BEATS = 600


def is_line(sound: Sound) -> bool:
    """Whether hardly two notes sound together."""
    if len(sound.onset) < 2:
        return True
    together = np.count_nonzero(sound.onset[1:] < sound.end[:-1] - _CLOSE)
    return bool(together < 0.15 * len(sound.onset))


def melody_notes(phrase: Phrase) -> tuple[Note, ...]:
    """The melody of a phrase, one note at a time; empty where there is none."""
    part = melody_part(phrase)
    return top_line(part, Fraction(0), phrase.length) if part is not None else ()


def features(phrase: Phrase) -> dict[str, float]:
    """The features of a phrase by name; a phrase without pitched notes has none."""
    sound = sound_of(phrase)
    if sound.is_silent:
        return {}
    if len(sound.beats) > _MOST_BEATS:
        phrase = _shortened(phrase, sound)
        sound = sound_of(phrase)
        if sound.is_silent:
            return {}
    beats = beats_heard(phrase, sound, is_line=is_line(sound))
    return features_of(phrase, sound, beats)


def features_of(phrase: Phrase, sound: Sound, beats: list[Beat]) -> dict[str, float]:
    """The features of a phrase that was read already."""
    melody = melody_notes(phrase)
    return {
        **_meter(phrase),
        **_rhythm(sound, phrase),
        **_melody(melody),
        **_harmony(sound, beats),
        **_texture(sound, phrase),
    }


def vector(found: Mapping[str, float], names: tuple[str, ...]) -> Floats:
    """The features of those names in their order; 0 where one is missing."""
    return np.array([found.get(name, 0.0) for name in names])


def _shortened(phrase: Phrase, sound: Sound) -> Phrase:
    end = Fraction(sound.beats[_MOST_BEATS]).limit_denominator(960)
    parts = tuple(
        replace(part, notes=tuple(n for n in part.notes if n.onset < end)) for part in phrase.parts
    )
    measures = tuple(m for m in phrase.measures if m.onset < end)
    chords = tuple(c for c in phrase.chords if c.onset < end)
    return replace(phrase, parts=parts, measures=measures, length=end, chords=chords)


def _meter(phrase: Phrase) -> dict[str, float]:
    meter = meter_at(phrase, phrase.length / 2)
    beat, whole = meter.beat_duration, meter.measure_duration
    beats = whole / beat
    return {
        "meter compound": float(beat * meter.beat_type != 4),
        "meter two": float(beats == 2),
        "meter three": float(beats == 3),
        "meter four": float(beats == 4),
        "measure short": float(whole <= 2),
    }


def _shares(values: Floats | Ints, edges: tuple[float, ...]) -> Floats:
    counts = np.bincount(np.digitize(values, edges), minlength=len(edges) + 1)
    found: Floats = counts / max(1, counts.sum())
    return found


def _entropy(shares: Floats) -> float:
    inside = shares[shares > 0]
    return float(-(inside * np.log2(inside)).sum())


def _rhythm(sound: Sound, phrase: Phrase) -> dict[str, float]:
    """Note values, how the onsets lie in the beats, syncopation, swing, density."""
    onsets = np.unique(np.round(sound.onset, 4))
    waits = np.diff(onsets)
    shares = _shares(waits, _WAITS) if len(waits) else np.zeros(len(_WAITS) + 1)
    found = {f"wait {index}": float(share) for index, share in enumerate(shares)}
    index = np.clip(np.searchsorted(sound.beats, onsets + _CLOSE) - 1, 0, len(sound.beats) - 2)
    size = sound.beats[index + 1] - sound.beats[index]
    place = (onsets - sound.beats[index]) / np.maximum(size, 1e-6)
    for name, at, reach in (
        ("on beat", 0.0, 0.04), ("on half", 0.5, 0.04), ("on third", 1 / 3, 0.03),
        ("on two thirds", 2 / 3, 0.03), ("on quarter", 0.25, 0.03), ("on last quarter", 0.75, 0.03),
    ):  # fmt: skip
        found[name] = float(np.mean(np.abs(place - at) < reach))
    placed = ("on beat", "on half", "on third", "on two thirds", "on quarter", "on last quarter")
    found["off grid"] = 1.0 - sum(found[name] for name in placed)
    found["syncopation"] = _syncopation(onsets, sound)
    length = max(float(phrase.length), 1e-3)
    struck = np.unique(index[place < 0.04])
    found["beats struck"] = len(struck) / max(1, len(sound.beats) - 1)
    found["onsets a quarter"] = len(onsets) / length
    found["wait entropy"] = _entropy(shares)
    ratio = sound.duration / np.maximum(1e-3, _gap_after(sound))
    found["held"] = float(np.clip(ratio, 0, 2).mean())
    found["pulse repeats"] = _measure_repeats(onsets, sound)
    return found


def _gap_after(sound: Sound) -> Floats:
    """Quarters from each onset to the next later one."""
    later = np.searchsorted(sound.onset, sound.onset + _CLOSE)
    after = np.append(sound.onset, max(sound.end.max(), sound.onset[-1] + _CLOSE))[later]
    found: Floats = np.maximum(after - sound.onset, _CLOSE)
    return found


def _syncopation(onsets: Floats, sound: Sound) -> float:
    """The share of onsets off the beat that are held over a beat on which nothing begins."""
    if len(onsets) < 2:
        return 0.0
    beats = sound.beats
    index = np.clip(np.searchsorted(beats, onsets + _CLOSE) - 1, 0, len(beats) - 2)
    off = onsets - beats[index] > 0.05
    following = np.append(onsets[1:], beats[-1])
    over = following > beats[index + 1] + 0.05
    return float(np.mean(off & over))


def _measure_repeats(onsets: Floats, sound: Sound) -> float:
    """How alike the rhythms of neighbouring measures are: the share of slots that agree."""
    starts = sound.beats[:-1][sound.in_measure == 0]
    if len(starts) < 2:
        return 0.0
    grid = []
    for start, end in pairwise(starts):
        row = np.zeros(16)
        own = onsets[(onsets >= start - _CLOSE) & (onsets < end - _CLOSE)]
        row[np.clip(((own - start) / (end - start) * 16).round().astype(int), 0, 15)] = 1
        grid.append(row)
    rows = np.array(grid)
    if len(rows) < 2:
        return 0.0
    both = np.minimum(rows[1:], rows[:-1]).sum(1)
    either = np.maximum(np.maximum(rows[1:], rows[:-1]).sum(1), 1)
    return float((both / either).mean())


def _melody(line: tuple[Note, ...]) -> dict[str, float]:
    """Intervals, compass, contour and note values of the top line."""
    names = ("repeat", "half step", "whole step", "minor third", "major third", "fourth",
             "tritone", "fifth", "sixth", "octave", "wide")  # fmt: skip
    if len(line) < 2:
        return {f"melody {name}": 0.0 for name in names}
    pitch = np.array([note.pitch.midi_number for note in line])
    moves = np.diff(pitch)
    size = np.abs(moves)
    shares = _shares(size, (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 11.5, 12.5))
    found = {f"melody {name}": float(s) for name, s in zip(names, shares, strict=True)}
    found["melody up"] = float(np.mean(moves > 0))
    found["melody compass"] = float(np.percentile(pitch, 95) - np.percentile(pitch, 5)) / 24
    found["melody height"] = float(pitch.mean() - 66) / 12
    turns = np.sign(moves[moves != 0])
    found["melody turns"] = float(np.mean(turns[1:] != turns[:-1])) if len(turns) > 1 else 0.0
    runs = (size[1:] > 2) & (size[:-1] > 2) & (np.sign(moves[1:]) == np.sign(moves[:-1]))
    found["melody broken chords"] = float(runs.mean()) if len(runs) else 0.0
    length = np.array([float(note.duration) for note in line])
    shares = _shares(length, (0.3, 0.45, 0.7, 0.95, 1.4, 1.9, 2.9))
    found |= {f"melody value {i}": float(share) for i, share in enumerate(shares)}
    classes = np.bincount(pitch % 12, weights=np.minimum(length, 4), minlength=12)
    found["melody pitch entropy"] = _entropy(classes / max(1e-9, classes.sum()))
    return found


def _harmony(sound: Sound, beats: list[Beat]) -> dict[str, float]:
    """Mode, kinds and roots of chords in their keys, root motion, chromaticism, dissonance."""
    rooted = [beat for beat in beats if beat.root is not None]
    found: dict[str, float] = {}
    count = max(1, len(rooted))
    for kind in KIND_NAMES:
        found[f"kind {kind}"] = sum(beat.kind == kind for beat in rooted) / count
    for step in range(12):
        found[f"degree {step}"] = (
            sum((beat.root - beat.key) % 12 == step for beat in rooted if beat.root is not None)
            / count
        )
    found["minor"] = sum(beat.key >= 12 for beat in rooted) / count
    changes = [(a, b) for a, b in pairwise(rooted) if (a.root, a.kind) != (b.root, b.kind)]
    found["chord changes"] = len(changes) / count
    moves = [((b.root or 0) - (a.root or 0)) % 12 for a, b in changes]
    for step in range(1, 12):
        found[f"root moves {step}"] = moves.count(step) / max(1, len(moves))
    found["key changes"] = sum(a.key != b.key for a, b in pairwise(rooted)) / count
    with_bass = [beat for beat in rooted if beat.bass is not None]
    found["root in bass"] = sum(b.bass == b.root for b in with_bass) / max(1, len(with_bass))
    found |= _chromaticism(sound, beats)
    return found


def _chromaticism(sound: Sound, beats: list[Beat]) -> dict[str, float]:
    weights, _ = weights_of(sound, sound.beats)
    total = max(1e-9, float(weights.sum()))
    outside = foreign = 0.0
    major, minor = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11, 10, 9)
    for row, beat in zip(weights, beats, strict=True):
        scale = {(beat.key + step) % 12 for step in (major if beat.key < 12 else minor)}
        outside += sum(row[pc] for pc in range(12) if pc not in scale)
        if beat.root is not None:
            tones = {(beat.root + step) % 12 for step in (0, 3, 4, 6, 7, 8, 10, 11)}
            foreign += sum(row[pc] for pc in range(12) if pc not in tones)
    pairs = sharp = 0.0
    for row in weights:
        share = row / max(1e-9, row.sum())
        pairs += 1
        sharp += float(sum(share[p] * share[(p + 1) % 12] + 0.5 * share[p] * share[(p + 2) % 12]
                           for p in range(12)))  # fmt: skip
    return {
        "outside the key": float(outside / total),
        "foreign to the chord": float(foreign / total),
        "friction": float(sharp / max(1.0, pairs)),
    }


def _texture(sound: Sound, phrase: Phrase) -> dict[str, float]:
    """How many notes sound and begin together, how parts move, where the bass lies, drums."""
    onsets, struck = np.unique(np.round(sound.onset, 3), return_counts=True)
    length = max(float(phrase.length), 1e-3)
    parts = len({int(p) for p in sound.part})
    lows = np.array([sound.pitch[np.abs(sound.onset - at) < 2e-3].min() for at in onsets[:400]])
    drums = len(sound.drums) / length
    return {
        "sounding": float(sound.duration.sum() / length) / 6,
        "struck together": float(struck.mean()) / 4,
        "single": float(np.mean(struck == 1)),
        "chords of three": float(np.mean(struck >= 3)),
        "chords of five": float(np.mean(struck >= 5)),
        "parts": min(parts, 8) / 8,
        "low": float(np.mean(sound.pitch < 48)),
        "high": float(np.mean(sound.pitch > 76)),
        "width": float(np.percentile(sound.pitch, 95) - np.percentile(sound.pitch, 5)) / 36,
        "bass": float(np.median(lows) - 50) / 12 if len(lows) else 0.0,
        "drums": float(drums > 0.2),
        "drum strokes": min(drums, 8.0) / 8,
    }


def performance(sound: Sound) -> dict[str, float]:
    """What depends on the performance: onsets a second, loudness, register."""
    onsets = np.unique(np.round(sound.time, 2))
    span = max(1.0, float(sound.seconds))
    return {
        "onsets a second": len(onsets) / span,
        "notes a second": len(sound.notes) / span,
        "loudness": float(sound.velocity.mean()) / 127 if len(sound.velocity) else 0.5,
        "loudness spread": float(sound.velocity.std()) / 127 if len(sound.velocity) else 0.0,
        "register": float(sound.pitch.mean()) if len(sound.pitch) else 60.0,
    }
