"""Key finding: profiles of pitch classes, the last note and the leading note."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import sqrt

from antiphon.bridge.music.harmony import MODE_TONICS, KeySignature, Mode
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Phrase, key_at, meter_at
from antiphon.bridge.music.time import TimeSignature
from antiphon.models.theory.meter import accent, grouping

# Albrecht and Shanahan, "The Use of Large Corpora to Train a New Type of Key-Finding
# Algorithm", Music Perception 31 (2013): shares of the pitch classes above the tonic.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
_PROFILES = {
    "major": _MAJOR,
    "minor": _MINOR,
    "dorian": (*_MINOR[:8], _MINOR[9], _MINOR[8], *_MINOR[10:]),
    "mixolydian": (*_MAJOR[:10], _MAJOR[11], _MAJOR[10]),
}

_CHURCH_MODE = 0.12
_LAST_ON_TONIC = 0.25
_LEADING_NOTE = 0.10
_WRITTEN_MODE = 0.05
_LAST_CHORD = 12
# The modes that are heard without being written.
_HEARD: tuple[Mode, ...] = ("major", "mixolydian", "dorian", "minor")


def find_key(phrase: Phrase) -> KeySignature:
    """The key at the end of a phrase, as a signature at onset 0.

    A given key signature keeps its fifths and only the mode is decided; a written mode other
    than major, which many programs write unasked, is believed. Without notes the answer is
    the given key, else C major. Pitch classes are weighed by duration and metrical accent;
    after Krumhansl, "Cognitive Foundations of Musical Pitch" (1990), with the profiles of
    Albrecht and Shanahan.
    """
    written = key_at(phrase, phrase.length)
    notes = _notes(phrase, written.onset if written else Fraction(0))
    if not notes or (written and written.mode != "major"):
        return _at_start(written) if written else KeySignature(Fraction(0), 0)
    weights = _weights(phrase, notes)
    close = _close(notes)
    scored = []
    for key in _candidates(written):
        score = _correlation(weights, key.tonic, _PROFILES[key.mode]) + _evidence(close, key)
        if written and key.mode == written.mode:
            score += _WRITTEN_MODE
        scored.append((score, -abs(key.fifths), key.mode == "major", key))
    return max(scored, key=lambda row: row[:3])[3]


def find_mode(phrase: Phrase, key: KeySignature) -> Mode:
    """The mode a phrase in that signature rests on: "major", "minor", "dorian" or "mixolydian".

    A church mode is named only if the phrase ends on its tonic and its profile, that of major or
    minor with the one degree altered, fits clearly better.
    """
    notes = _notes(phrase, Fraction(0))
    if len(notes) < 2 or key.mode not in _HEARD:
        return key.mode
    # The last note decides between candidates; it must not make one by its length.
    weights = _weights(phrase, notes[:-1])
    fit = {
        mode: _correlation(weights, 7 * (key.fifths + MODE_TONICS[mode]) % 12, _PROFILES[mode])
        for mode in _HEARD
    }
    last = notes[-1].pitch.midi_number % 12
    best = max(fit, key=lambda mode: fit[mode])
    if best in ("dorian", "mixolydian") and fit[best] > fit[key.mode] + _CHURCH_MODE:
        return best if last == 7 * (key.fifths + MODE_TONICS[best]) % 12 else key.mode
    return key.mode


def raises_seventh(notes: Iterable[Note], key: KeySignature) -> bool:
    """Whether music in a minor key sharpens its seventh degree; true where none is heard."""
    tonic = key.tonic
    raised = natural = Fraction(0)
    for note in notes:
        degree = (note.pitch.midi_number - tonic) % 12
        if degree == 11:
            raised += note.duration
        elif degree == 10:
            natural += note.duration
    return raised > 0 or natural == 0


def _candidates(written: KeySignature | None) -> list[KeySignature]:
    fifths = [written.fifths] if written else list(range(-5, 7))
    modes: tuple[Mode, Mode] = ("major", "minor")
    return [KeySignature(Fraction(0), number, mode) for number in fifths for mode in modes]


def _at_start(key: KeySignature) -> KeySignature:
    return KeySignature(Fraction(0), key.fifths, key.mode)


def _notes(phrase: Phrase, start: Fraction) -> list[Note]:
    found = [
        note
        for part in phrase.parts
        if not part.is_drums
        for note in sounding(part.notes)
        if note.onset >= start
    ]
    return sorted(found, key=lambda note: (float(note.end), float(note.onset)))


def _weights(phrase: Phrase, notes: Sequence[Note]) -> list[float]:
    """Weight of each pitch class: the sum of duration times accent."""
    weights = [0.0] * 12
    places = _Places(phrase)
    for note in notes:
        strength = 0.6 + 0.4 * places.accent(note.onset)
        # A long note counts, but not as much as it lasts.
        weights[note.pitch.midi_number % 12] += min(float(note.duration), 3.0) ** 0.7 * strength
    return weights


class _Places:
    """Finds the metrical accent of an onset by bisection; a pickup counts from its end."""

    def __init__(self, phrase: Phrase) -> None:
        self._onsets = [measure.onset for measure in phrase.measures]
        self._measures: list[tuple[Fraction, TimeSignature, tuple[int, ...]]] = []
        for index, measure in enumerate(phrase.measures):
            meter = meter_at(phrase, measure.onset)
            missing = meter.measure_duration - measure.duration
            start = measure.onset - (missing if index == 0 and missing > 0 else 0)
            self._measures.append((start, meter, grouping(meter)))

    def accent(self, onset: Fraction) -> float:
        """Accent of an onset, 0 … 1; 1 where there are no measures."""
        index = bisect_right(self._onsets, onset) - 1
        if index < 0:
            return 1.0
        start, meter, groups = self._measures[index]
        return accent(onset - start, meter, groups)


def _correlation(weights: Sequence[float], tonic: int, profile: Sequence[float]) -> float:
    turned = [weights[(tonic + step) % 12] for step in range(12)]
    mean_w, mean_p = sum(turned) / 12, sum(profile) / 12
    over = sum((w - mean_w) * (p - mean_p) for w, p in zip(turned, profile, strict=True))
    square_w = sum((w - mean_w) ** 2 for w in turned)
    square_p = sum((p - mean_p) ** 2 for p in profile)
    return over / sqrt(square_w * square_p) if square_w else 0.0


@dataclass(frozen=True, slots=True)
class _Close:
    """Pitch class of the last note (lowest of the last chord), and those that rise a semitone."""

    last: int
    rising: frozenset[int]


def _close(notes: Sequence[Note]) -> _Close:
    end = notes[-1].end
    last_chord = [note for note in notes[-_LAST_CHORD:] if note.end == end]
    ordered = sorted(notes, key=lambda note: float(note.onset))
    rising = frozenset(
        a.pitch.midi_number % 12
        for a, b in pairwise(ordered)
        if b.pitch.midi_number == a.pitch.midi_number + 1
    )
    return _Close(min(note.pitch.midi_number for note in last_chord) % 12, rising)


def _evidence(close: _Close, key: KeySignature) -> float:
    """What the last note and leading notes that rise say for a key."""
    third = 4 if key.mode == "major" else 3
    score = {0: _LAST_ON_TONIC, third: 0.06, 7: 0.08}.get((close.last - key.tonic) % 12, 0.0)
    return score + (_LEADING_NOTE if (key.tonic + 11) % 12 in close.rising else 0.0)
