"""The chords that a key offers in each style, and how welcome each is after another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.chords import KINDS, chord_symbol
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature

_M, _m, _7, _o = "major", "minor", "dominant", "diminished"
# Semitones above the tonic, kind, degree (0 … 6) whose part it plays, and what it costs.
_MAJOR = (
    (0, _M, 0, 0.0), (2, _m, 1, 0.45), (4, _m, 2, 1.0), (5, _M, 3, 0.15), (7, _M, 4, 0.1),
    (9, _m, 5, 0.4), (11, _o, 6, 1.4), (7, _7, 4, 0.3),
)  # fmt: skip
_MINOR = (
    (0, _m, 0, 0.0), (2, _o, 1, 1.2), (3, _M, 2, 0.4), (5, _m, 3, 0.15), (7, _M, 4, 0.1),
    (7, _7, 4, 0.3), (7, _m, 4, 0.9), (8, _M, 5, 0.4), (10, _M, 6, 0.35), (11, _o, 6, 1.5),
)  # fmt: skip
_DORIAN = (
    (0, _m, 0, 0.0), (2, _m, 1, 0.8), (3, _M, 2, 0.5), (5, _M, 3, 0.3), (7, _m, 4, 0.5),
    (10, _M, 6, 0.1),
)  # fmt: skip
_MIXOLYDIAN = (
    (0, _M, 0, 0.0), (2, _m, 1, 0.7), (5, _M, 3, 0.2), (7, _m, 4, 0.6), (9, _m, 5, 0.6),
    (10, _M, 6, 0.1),
)  # fmt: skip
# Dominants of other degrees: semitones, degree that must follow, its semitones.
_SECONDARY_MAJOR = ((2, 4, 7), (9, 1, 2), (4, 5, 9), (0, 3, 5), (11, 2, 4))
_SECONDARY_MINOR = ((2, 4, 7), (10, 2, 3), (0, 3, 5), (3, 5, 8))
_BORROWED = ((5, _m, 3, 1.5), (10, _M, 3, 1.3), (8, _M, 5, 1.7))
_SEVENTHS = {
    (0, _M): "major-seventh", (5, _M): "major-seventh", (8, _M): "major-seventh",
    (3, _M): "major-seventh", (10, _M): _7, (7, _M): _7, (2, _o): "half-diminished",
    (11, _o): "half-diminished",
}  # fmt: skip
# Which degree follows which, as a cost; after Piston, "Harmony" (1941).
_FOLLOWS: dict[int, dict[int, float]] = {
    0: {0: 0.3, 1: 0.6, 2: 1.1, 3: 0.2, 4: 0.2, 5: 0.4, 6: 0.9},
    1: {0: 1.6, 1: 0.6, 3: 1.2, 4: 0.0, 6: 0.7},
    2: {1: 1.0, 3: 0.5, 5: 0.2, 0: 1.6, 6: 1.2, 4: 1.3},
    3: {0: 0.5, 1: 0.5, 3: 0.5, 4: 0.1, 6: 0.7, 5: 1.5},
    4: {0: 0.0, 3: 1.5, 4: 0.5, 5: 0.6, 1: 1.9},
    5: {1: 0.3, 3: 0.3, 4: 0.6, 0: 1.4, 2: 1.2, 5: 0.6, 6: 0.8},
    6: {0: 0.2, 2: 0.5, 3: 1.0, 4: 1.2, 5: 1.0, 6: 0.7},
}
_UNUSUAL = 2.2
# How readily each style leaves the key.
_FREEDOM = {
    "folk": 0.0, "rock": 0.2, "pop": 0.3, "hymn": 0.5, "classical": 0.6, "chorale": 0.6,
    "romantic": 0.9, "jazz": 1.1, "ragtime": 1.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """A chord that may be chosen: root pitch class, kind, degree, cost, and where it must lead.

    `leads` is the pitch class of the root that must follow it, None for a chord that is free.
    """

    root: int
    kind: str
    degree: int
    cost: float
    leads: int | None = None
    given: ChordSymbol | None = None

    @property
    def tones(self) -> frozenset[int]:
        """Its pitch classes."""
        return frozenset((self.root + step) % 12 for step in KINDS[self.kind].intervals)

    def symbol(self, onset: Fraction, key: KeySignature) -> ChordSymbol:
        """Its symbol at an onset."""
        if self.given is not None:
            return replace(self.given, onset=onset)
        return chord_symbol(onset, self.root, self.kind, key)


@dataclass(frozen=True, slots=True)
class Taste:
    """How chords are chosen: style, how adventurous (1 is usual), valence (-1 … 1)."""

    style: str
    adventure: float
    valence: float = 0.0


def options(key: KeySignature, taste: Taste, scale: frozenset[int]) -> list[Option]:
    """The chords of a key for a taste, none with a note outside `scale` (pitch classes)."""
    tonic = key.tonic
    found = [
        Option((tonic + up) % 12, kind, degree, cost + _styled(up, kind, taste))
        for up, kind, degree, cost in _own(key, taste)
    ]
    is_minor = key.is_minor
    freedom = _freedom(taste)
    if freedom > 0:
        rows = _SECONDARY_MINOR if is_minor else _SECONDARY_MAJOR
        found += [
            Option((tonic + up) % 12, _7, degree, 1.1 / freedom, (tonic + target) % 12)
            for up, degree, target in rows
        ]
    if freedom > 0.8 and not is_minor:
        found += [
            Option((tonic + up) % 12, kind, degree, cost / freedom)
            for up, kind, degree, cost in _BORROWED
        ]
    inside = [option for option in found if option.tones <= scale]
    return inside or _powers(tonic, scale)


def follow_cost(before: Option, after: Option) -> float:
    """What it costs that a chord follows another."""
    if before.leads is not None:
        return 0.0 if after.root == before.leads else (0.6 if after == before else 2.6)
    if after.leads is not None:
        return 0.45
    if before.root == after.root and _third(before) != _third(after):
        return 1.8
    if before.root == after.root:
        # A seventh comes after the plain chord, not before it.
        return 0.3 if len(KINDS[after.kind].intervals) >= len(KINDS[before.kind].intervals) else 1.0
    cost = _FOLLOWS[before.degree].get(after.degree, _UNUSUAL)
    if before.kind == "major-seventh" and after.kind == _7:
        cost += 0.5  # jazz goes to its dominants by way of the second degree
    return cost


def _third(option: Option) -> int:
    intervals = KINDS[option.kind].intervals
    return intervals[1] if len(intervals) > 2 else 0


def given_option(symbol: ChordSymbol, root: int, key: KeySignature) -> Option:
    """A given chord as an option, with the degree that its root plays in the key."""
    above = (root - key.tonic) % 12
    degree = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)[above]
    kind = symbol.kind if symbol.kind in KINDS else "major"
    return Option(root, kind, degree, 0.0, None, symbol)


def _own(key: KeySignature, taste: Taste) -> Sequence[tuple[int, str, int, float]]:
    rows: Sequence[tuple[int, str, int, float]]
    rows = {"major": _MAJOR, "minor": _MINOR, "dorian": _DORIAN, "mixolydian": _MIXOLYDIAN}.get(
        key.mode, ()
    ) or _diatonic(key)  # fmt: skip
    if taste.style == "jazz":
        triads = [row for row in rows if row[1] != _7]
        return [(up, _with_seventh(up, kind), d, cost) for up, kind, d, cost in triads]
    if taste.style in ("folk", "rock"):
        return [row for row in rows if row[1] != _7 or taste.adventure > 1]
    return rows


def _with_seventh(up: int, kind: str) -> str:
    return _SEVENTHS.get((up, kind), "minor-seventh" if kind == _m else kind)


def _diatonic(key: KeySignature) -> list[tuple[int, str, int, float]]:
    """The triads of any seven-note mode."""
    tones = sorted((pc - key.tonic) % 12 for pc in key.scale)[:7]
    found = []
    for degree, root in enumerate(tones):
        third = (tones[(degree + 2) % 7] - root) % 12
        fifth = (tones[(degree + 4) % 7] - root) % 12
        kind = {(4, 7): _M, (3, 7): _m, (3, 6): _o}.get((third, fifth))
        if kind is not None:
            found.append((root, kind, degree, 0.0 if degree == 0 else 0.4 + 0.8 * (kind == _o)))
    return found


def _styled(up: int, kind: str, taste: Taste) -> float:
    """What a style and a mood add to the cost of a chord."""
    cost = 0.0
    if taste.style in ("folk", "rock", "ragtime") and up not in (0, 5, 7, 10):
        cost += 0.35
    if taste.style in ("pop", "romantic") and up == 9:
        cost -= 0.25
    if kind == _7 and taste.style in ("ragtime", "romantic", "classical"):
        cost -= 0.25
    if kind == _o and taste.style in ("folk", "pop", "rock"):
        cost += 1.0
    if up != 0 and taste.valence:
        cost += (0.5 if kind in (_m, "minor-seventh", _o) else -0.2) * taste.valence
    return cost


def _freedom(taste: Taste) -> float:
    """How readily chords from outside the key are taken."""
    base = _FREEDOM[taste.style]
    return max(0.0, base + 0.8 * (taste.adventure - 1.0)) if taste.adventure > 0.5 else 0.0


def _powers(tonic: int, scale: frozenset[int]) -> list[Option]:
    """Chords without a third, for a scale that holds no triad of the key; the tonic alone last."""
    found = [
        Option((tonic + up) % 12, "power", degree, 0.1 * degree)
        for up, degree in ((0, 0), (5, 3), (7, 4), (2, 1), (9, 5))
    ]
    inside = [option for option in found if option.tones <= scale]
    return inside or [Option(tonic, "pedal", 0, 0.0)]
