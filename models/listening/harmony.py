"""Chords and local keys of a passage, found together on the grid of felt beats.

One chain of (key, chord) states is sought by dynamic programming: how well a chord suits what
sounds in a beat, what it is in its key, how one follows the other, and what a change of key
costs. After Raphael and Stoddard, "Functional harmonic analysis using probabilistic models"
(2004), with scores in place of probabilities.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from antiphon.bridge.music.chords import KINDS, pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.listening.sound import Floats, Ints, Sound

# Kinds that are recognised, and what each must show to be heard rather than a plain triad.
HEARD: dict[str, float] = {
    "major": 0.0, "minor": 0.0, "dominant": 0.14, "minor-seventh": 0.24, "major-seventh": 0.3,
    "diminished": 0.1, "half-diminished": 0.2, "diminished-seventh": 0.2, "augmented": 0.26,
    "suspended-fourth": 0.3,
}  # fmt: skip
KIND_NAMES = tuple(HEARD)
_STATES = [(root, kind) for kind in KIND_NAMES for root in range(12)]
_MASK = np.zeros((len(_STATES), 12))
for _row, (_root, _kind) in enumerate(_STATES):
    _MASK[_row, [(_root + step) % 12 for step in KINDS[_kind].intervals]] = 1.0


def _member(place: int) -> Ints:
    """The pitch class of each state's root, third, fifth or seventh; -1 where it has none."""
    found = []
    for root, kind in _STATES:
        steps = KINDS[kind].intervals
        found.append((root + steps[place]) % 12 if place < len(steps) else -1)
    return np.array(found, dtype=np.int64)


_ROOT, _THIRD, _FIFTH, _SEVENTH = (_member(place) for place in range(4))
_COST = np.array([HEARD[kind] for _, kind in _STATES])
_NO_ROOT, _NO_THIRD, _NO_SEVENTH = 0.16, 0.14, 0.34
_BASS_ROOT, _BASS_THIRD, _BASS_OTHER, _BASS_FOREIGN = 0.22, 0.12, 0.0, -0.12
# What a chord is worth in its key: semitones of the root above the tonic, kind.
_MAJOR = {
    (0, "major"): 0.34, (2, "minor"): 0.22, (2, "minor-seventh"): 0.24, (4, "minor"): 0.1,
    (5, "major"): 0.26, (7, "major"): 0.3, (7, "dominant"): 0.34, (9, "minor"): 0.22,
    (11, "diminished"): 0.22, (11, "half-diminished"): 0.16, (0, "major-seventh"): 0.16,
    (5, "major-seventh"): 0.18, (9, "minor-seventh"): 0.16, (4, "minor-seventh"): 0.06,
    (7, "suspended-fourth"): 0.12, (0, "suspended-fourth"): 0.06, (11, "diminished-seventh"): 0.1,
    (2, "dominant"): 0.06, (9, "dominant"): 0.02, (0, "dominant"): 0.02, (4, "dominant"): 0.0,
    (2, "major"): 0.0, (9, "major"): -0.04, (4, "major"): -0.04, (5, "minor"): -0.02,
    (2, "half-diminished"): 0.02, (6, "half-diminished"): -0.02, (6, "diminished"): -0.02,
    (6, "diminished-seventh"): 0.0,
}  # fmt: skip
_MINOR = {
    (0, "minor"): 0.34, (2, "diminished"): 0.16, (2, "half-diminished"): 0.22,
    (3, "major"): 0.16, (5, "minor"): 0.26, (7, "major"): 0.3, (7, "dominant"): 0.34,
    (7, "minor"): 0.04, (8, "major"): 0.2, (10, "major"): 0.1, (10, "dominant"): 0.04,
    (11, "diminished"): 0.22, (11, "diminished-seventh"): 0.24, (8, "major-seventh"): 0.12,
    (5, "minor-seventh"): 0.12, (0, "minor-seventh"): 0.06, (3, "major-seventh"): 0.04,
    (3, "augmented"): 0.04, (0, "major"): 0.0, (7, "suspended-fourth"): 0.12, (1, "major"): 0.04,
    (5, "major"): 0.0, (2, "minor"): -0.02, (0, "dominant"): 0.0, (2, "dominant"): 0.0,
    (6, "diminished-seventh"): 0.0, (6, "diminished"): -0.02, (6, "half-diminished"): -0.02,
}  # fmt: skip
_STRANGE = -0.14
_WORTH = np.array([
    [(_MAJOR if key < 12 else _MINOR).get(((root - key) % 12, kind), _STRANGE)
     for root, kind in _STATES]
    for key in range(24)
])  # fmt: skip
# Albrecht and Shanahan (2013), the shares of pitch classes above the tonic.
_PROFILES = np.array([
    [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081],
    [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052],
])  # fmt: skip
_KEYS = np.array([np.roll(_PROFILES[key // 12], key % 12) for key in range(24)])
# Tuned on analysed chorales and songs outside the test sides.
_STAY, _STAY_MEASURE, _FALL, _CADENCE = 0.21, 0.15, 0.02, 0.2
_KEY_FIT, _KEY_CHANGE, _KEY_FAR = 0.34, 0.27, 0.13
_KEY_WORTH = 1.3
# What a key signature says for its two keys where only a melody is there; else a third of it.
_SIGNED = 0.6
_KEPT_CHORDS, _KEPT_KEYS = 7, 6
_GIVEN = 6.0


@dataclass(frozen=True, slots=True)
class Beat:
    """What was found in one felt beat: key (0 … 11 major by tonic, 12 … 23 minor), chord, bass.

    `root` and `bass` are pitch classes, None where nothing has sounded yet.
    """

    key: int
    root: int | None
    kind: str
    bass: int | None


def weights_of(sound: Sound, edges: Floats) -> tuple[Floats, Ints]:
    """Weight of each pitch class in each span between edges, and the MIDI number of its bass.

    A bass counts while it lasts at least a third of its span; -1 where there is none. The
    beginning of a span weighs more than its rest.
    """
    count = len(edges) - 1
    weights = np.zeros((count, 12))
    bass = np.full(count, 200, dtype=np.int64)
    first = np.searchsorted(edges, sound.onset + 1e-6, side="right") - 1
    ends = sound.end
    for index in range(len(sound.onset)):
        at, low = max(0, int(first[index])), int(sound.pitch[index])
        while at < count and edges[at] < ends[index] - 1e-6:
            span = edges[at + 1] - edges[at]
            time = min(ends[index], edges[at + 1]) - max(sound.onset[index], edges[at])
            starts = sound.onset[index] <= edges[at] + 1e-6
            if time > 0:
                weights[at, low % 12] += time / span * (1.35 if starts else 0.8)
            if low < bass[at] and time >= span / 3 - 1e-6:
                bass[at] = low
            at += 1
    bass[bass == 200] = -1
    return weights, bass


def fits(weights: Floats, bass: Ints) -> Floats:
    """How well each chord (12 roots of each kind) suits what sounds in each span."""
    total = np.maximum(weights.sum(1, keepdims=True), 1e-9)
    share = weights / total
    score = 2 * share @ _MASK.T - 1 - _COST
    score -= _NO_ROOT * (share[:, _ROOT] < 0.05) + _NO_THIRD * (share[:, _THIRD] < 0.05)
    score -= _NO_SEVENTH * ((share[:, _SEVENTH] < 0.1) & (_SEVENTH >= 0))
    low = np.where(bass < 0, -2, bass % 12)[:, None]
    inside = np.where((low == _FIFTH) | (low == _SEVENTH), _BASS_OTHER, _BASS_FOREIGN)
    inside = np.where(low == _THIRD, _BASS_THIRD, inside)
    inside = np.where(low == _ROOT, _BASS_ROOT, inside)
    found: Floats = score + np.where(low < 0, 0.0, inside)
    return found


def key_fits(weights: Floats, reach: int) -> Floats:
    """How well each of 24 keys suits the music around each span, -1 … 1."""
    count = len(weights)
    total = np.vstack([np.zeros((1, 12)), np.cumsum(weights, axis=0)])
    low = np.maximum(0, np.arange(count) - reach)
    high = np.minimum(count, np.arange(count) + reach + 1)
    around = total[high] - total[low]
    centred = around - around.mean(1, keepdims=True)
    profile = _KEYS - _KEYS.mean(1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)[:, None] * np.linalg.norm(profile, axis=1)[None]
    found: Floats = centred @ profile.T / np.maximum(norms, 1e-9)
    return found


def key_change(before: Ints, after: Ints) -> Floats:
    """What it costs to go from one key to another: more the farther they are on the fifths."""
    tonic_b = 7 * (before % 12) + 3 * (before >= 12) * -1
    tonic_a = 7 * (after % 12) + 3 * (after >= 12) * -1
    apart = (tonic_a - tonic_b) % 12
    steps = np.minimum(apart, 12 - apart)
    found: Floats = np.where(before == after, 0.0, _KEY_CHANGE + _KEY_FAR * steps)
    return found


def beats_heard(
    phrase: Phrase, sound: Sound, *, is_line: bool = False, near: KeySignature | None = None
) -> list[Beat]:
    """The key, chord and bass of each felt beat of a phrase; chord symbols in it are believed.

    The lowest note of a lone melody (`is_line`) is no bass. The two keys of the signature `near`
    come before others.
    """
    edges = sound.beats
    weights, bass = weights_of(sound, edges)
    given = _given(phrase, edges)
    if is_line:
        bass[:] = -1
        weights = weights if given else _by_measure(weights, sound.measure)
    score = fits(weights, bass)
    score[weights.sum(1) <= 0] = 0.0
    if is_line and not given:
        score[:, 24:] -= 0.5
    for place, state in given.items():
        score[place, state] += _GIVEN
    reach = int(min(32, max(6, 4 * (np.bincount(sound.measure).max(initial=1)))))
    around = key_fits(weights + _symbol_weights(given, weights), reach)
    if near is not None:
        major = 7 * near.fifths % 12
        around[:, [major, 12 + (major + 9) % 12]] += _SIGNED if is_line else _SIGNED / 3
    path = _chain(score, around, sound)
    return _told(path, weights, bass, is_line)


def _by_measure(weights: Floats, measure: Ints) -> Floats:
    """For a lone melody: what sounds in a measure is heard as one harmony."""
    found = weights.copy()
    for index in np.unique(measure):
        own = measure == index
        found[own] = 0.5 * weights[own] + weights[own].mean(0)
    return found


def _given(phrase: Phrase, edges: Floats) -> dict[int, int]:
    """The state that a chord symbol gives to each beat, where there is one in force."""
    found: dict[int, int] = {}
    chords = sorted(phrase.chords, key=lambda chord: chord.onset)
    at, now = 0, None
    for place, edge in enumerate(edges[:-1]):
        while at < len(chords) and float(chords[at].onset) <= edge + 1e-6:
            now = state_of(chords[at])
            at += 1
        if now is not None:
            found[place] = now
    return found


def state_of(chord: ChordSymbol) -> int | None:
    """The number of the chord state nearest to a symbol, None for "no chord"."""
    root = root_pitch_class(chord)
    if root is None:
        return None
    kind = chord.kind if chord.kind in HEARD else None
    if kind is None:
        tones = pitch_classes(chord)
        best = max(KIND_NAMES, key=lambda name: _alike(root, name, tones))
        kind = best
    return KIND_NAMES.index(kind) * 12 + root


def _alike(root: int, kind: str, tones: frozenset[int]) -> float:
    own = {(root + step) % 12 for step in KINDS[kind].intervals}
    return len(own & tones) - 1.01 * len(own - tones) - 0.1 * len(own)


def _symbol_weights(given: dict[int, int], weights: Floats) -> Floats:
    added = np.zeros_like(weights)
    for place, state in given.items():
        added[place] += 0.5 * _MASK[state]
    return added


def _chain(score: Floats, around: Floats, sound: Sound) -> list[tuple[int, int] | None]:
    """The best chain of (key, chord state) through the beats."""
    count = len(score)
    overall = around.mean(0) + 0.5 * around.max(0)
    keys = [
        np.unique(np.concatenate([np.argsort(-around[i])[:_KEPT_KEYS], np.argsort(-overall)[:2]]))
        for i in range(count)
    ]
    total: Floats = np.zeros(0)
    before_key: Ints = np.zeros(0, dtype=np.int64)
    before_state: Ints = np.zeros(0, dtype=np.int64)
    columns: list[tuple[Ints, Ints, Ints]] = []
    for i in range(count):
        chords = np.argpartition(-score[i], _KEPT_CHORDS)[:_KEPT_CHORDS]
        if len(before_state):
            # A chord that holds must be able to hold.
            chords = np.unique(np.concatenate([chords, np.unique(before_state)[:_KEPT_CHORDS]]))
        key = np.repeat(keys[i], len(chords))
        state = np.tile(chords, len(keys[i]))
        own = score[i, state] + _KEY_WORTH * _WORTH[key, state] + _KEY_FIT * around[i, key]
        if not len(total):
            total, back = own, np.zeros(len(own), dtype=np.int64)
        else:
            stay = _STAY if sound.in_measure[i] > 0 else _STAY_MEASURE
            moves = total[None, :] + _moves((before_key, before_state), (key, state), stay)
            back = moves.argmax(1)
            total = own + moves[np.arange(len(own)), back]
        columns.append((key, state, back))
        before_key, before_state = key, state
    return _followed_back(columns, total)


def _moves(before: tuple[Ints, Ints], here: tuple[Ints, Ints], stay: float) -> Floats:
    """What each step between two beats is worth; `stay` what it is worth to keep the chord."""
    (key_b, state_b), (key, state) = before, here
    same = state[:, None] == state_b[None]
    root, root_b = _ROOT[state][:, None], _ROOT[state_b][None]
    falls = (root_b - root) % 12 == 7
    worth = np.where(same, stay, 0.0) + np.where(falls, _FALL, 0.0)
    tonic = (key % 12)[:, None]
    dominant = (_THIRD[state_b][None] == (tonic + 11) % 12) | (root_b == (tonic + 11) % 12)
    resolves = dominant & (root == tonic) & (key[:, None] == key_b[None])
    worth = worth + np.where(resolves & ~same, _CADENCE, 0.0)
    found: Floats = worth - key_change(key_b[None], key[:, None])
    return found


def _followed_back(
    columns: list[tuple[Ints, Ints, Ints]], total: Floats
) -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    at = int(total.argmax()) if len(total) else 0
    for key, state, back in reversed(columns):
        found.append((int(key[at]), int(state[at])))
        at = int(back[at])
    return found[::-1]


def _told(
    path: list[tuple[int, int] | None], weights: Floats, bass: Ints, is_line: bool
) -> list[Beat]:
    """The states as beats; a beat of silence keeps the chord before it."""
    found: list[Beat] = []
    begun = False
    for index, pair in enumerate(path):
        assert pair is not None
        key, state = pair
        begun = begun or weights[index].sum() > 0
        root, kind = _STATES[state]
        low = None if is_line or bass[index] < 0 else int(bass[index]) % 12
        found.append(Beat(key, root if begun else None, kind, low))
    return found


def key_signature(key: int, near: int = 0, onset: Fraction = Fraction(0)) -> KeySignature:
    """The key of a number (0 … 11 major, 12 … 23 minor), spelled nearest to a signature."""
    is_minor = key >= 12
    fifths = 7 * (key % 12) - (3 if is_minor else 0)
    fifths = (fifths - near + 6) % 12 - 6 + near
    while fifths > 7:
        fifths -= 12
    while fifths < -7:
        fifths += 12
    return KeySignature(onset, fifths, "minor" if is_minor else "major")
