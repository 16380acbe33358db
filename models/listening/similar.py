"""Pieces like a piece: by melody, harmony, rhythm, style or mood, each with the reason in words."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

import numpy as np

from antiphon.models.listening.alignment import MOST_QUERY, align
from antiphon.models.listening.fingerprints import BEATS, CHORDS, EXACT, INTERVALS, RHYTHM, SIZES
from antiphon.models.listening.library import Entry
from antiphon.models.listening.mood import mood_word
from antiphon.models.listening.nearest import nearest
from antiphon.models.listening.sound import Floats

WAYS = ("melody", "harmony", "rhythm", "style", "mood")
# How much each kind of run says for a melody, and how many pieces alignment looks at again.
_MELODY = {EXACT: 1.0, INTERVALS: 1.0, BEATS: 0.8}
_LOOKED_AT, _MOST_GRAMS = 24, 120
_COMMON = 0.12
_SAID_STEPS = ("", "a half step", "a whole step", "a minor third", "a major third", "a fourth",
               "a tritone", "a fifth", "a minor sixth", "a major sixth", "a minor seventh",
               "a major seventh")  # fmt: skip
_DEGREES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")


@dataclass(frozen=True, slots=True)
class Found:
    """A piece that is alike: where it lies, its title, how alike (0 … 1), and why."""

    piece: int
    path: str
    number: int
    title: str
    score: float
    reason: str


def similar(
    base: sqlite3.Connection, entry: Entry, way: str, most: int = 10, but: Sequence[int] = ()
) -> list[Found]:
    """The pieces of a library most like a measured one, the likest first.

    `way` is one of `WAYS`, else ValueError is raised; pieces numbered in `but` are left out.
    """
    if way == "melody":
        scored = list(_by_melody(base, entry, set(but)))
    elif way in ("harmony", "rhythm"):
        scored = list(_by_runs(base, entry, way, set(but)))
    elif way in ("style", "mood"):
        scored = list(_by_vector(base, entry, way, set(but), most))
    else:
        raise ValueError(way)
    ranked = sorted(scored, key=lambda row: -row[1])[:most]
    return [_found(base, *row) for row in ranked if row[1] > 0]


def _found(base: sqlite3.Connection, piece: int, score: float, reason: str) -> Found:
    row = base.execute("select path, number, title from pieces where id = ?", (piece,)).fetchone()
    return Found(piece, row[0], int(row[1]), row[2], round(min(1.0, score), 4), reason)


def _count(base: sqlite3.Connection) -> int:
    return int(base.execute("select count(*) from pieces").fetchone()[0])


def _shared(
    base: sqlite3.Connection, kind: int, grams: Mapping[int, int], total: int
) -> Counter[int]:
    """What shared runs say for each piece: the sum of their rarities, 1 for all of the query."""
    asked = list(grams)[:_MOST_GRAMS]
    holders: dict[int, list[tuple[int, int]]] = {gram: [] for gram in asked}
    marks = ",".join("?" * len(asked))
    for gram, piece, count in base.execute(
        f"select gram, piece, count from grams where kind = ? and gram in ({marks})",  # noqa: S608
        (kind, *asked),
    ):
        holders[gram].append((piece, count))
    found: Counter[int] = Counter()
    norm = 0.0
    for gram, rows in holders.items():
        if len(rows) > max(50, _COMMON * total):
            continue
        weight = log((total + 1) / (len(rows) + 1)) + 0.1
        norm += weight * sqrt(grams[gram])
        for piece, count in rows:
            found[piece] += weight * sqrt(min(count, grams[gram]))  # type: ignore[assignment]
    for piece in found:
        found[piece] /= max(norm, 1e-9)  # type: ignore[assignment]
    return found


def _by_melody(
    base: sqlite3.Connection, entry: Entry, but: set[int]
) -> Iterator[tuple[int, float, str]]:
    total = _count(base)
    scores: Counter[int] = Counter()
    for kind, weight in _MELODY.items():
        for piece, score in _shared(base, kind, entry.print.grams[kind], total).items():
            scores[piece] += weight * score / sum(_MELODY.values())  # type: ignore[assignment]
    pieces = [piece for piece, _ in scores.most_common(_LOOKED_AT + len(but)) if piece not in but]
    marks = ",".join("?" * len(pieces))
    rows = {
        row[0]: row[1:]
        for row in base.execute(
            f"select id, melody, measures from pieces where id in ({marks})",  # noqa: S608
            pieces,
        )
    }
    melodies = [np.frombuffer(rows[p][0], dtype=np.int16).astype(np.int64) for p in pieces]
    matches = align(entry.print.pitch, melodies)
    for piece, melody, match in zip(pieces, melodies, matches, strict=True):
        measures = np.frombuffer(rows[piece][1], dtype=np.int16)
        reason = _melody_reason(match.score, match.shift, len(entry.print.pitch))
        if len(melody):
            reason += f", up to measure {int(measures[min(match.end, len(measures) - 1)]) + 1}"
        yield piece, 0.45 * scores[piece] + 0.55 * match.score, reason


def _melody_reason(score: float, shift: int, notes: int) -> str:
    octaves, steps = divmod(abs(shift), 12)
    size = _SAID_STEPS[steps]
    if octaves:
        eight = "an octave" if octaves == 1 else f"{octaves} octaves"
        size = f"{eight} and {size}" if size else eight
    where = f" {size} {'higher' if shift > 0 else 'lower'}" if size else " at the same pitch"
    return f"{round(100 * score)} % of the first {min(notes, MOST_QUERY)} notes agree{where}"


def _by_runs(
    base: sqlite3.Connection, entry: Entry, way: str, but: set[int]
) -> Iterator[tuple[int, float, str]]:
    """By shared chord progressions or rhythms, and the vector of the whole."""
    kind = CHORDS if way == "harmony" else RHYTHM
    shared = _shared(base, kind, entry.print.grams[kind], _count(base))
    own = entry.harmony if way == "harmony" else entry.rhythm
    ids, matrix = vectors(base, way)
    near = dict(zip(ids, (matrix @ own.astype(np.float32)).tolist(), strict=True))
    for piece in {*[p for p, _ in shared.most_common(100)], *_top(near, 50)}:
        if piece in but:
            continue
        alike = max(0.0, near.get(piece, 0.0))
        yield (
            piece,
            0.5 * shared[piece] + 0.5 * alike,
            _runs_reason(base, entry, way, piece, shared[piece]),
        )


def _top(near: Mapping[int, float], most: int) -> list[int]:
    return sorted(near, key=lambda piece: -near[piece])[:most]


def _runs_reason(base: sqlite3.Connection, entry: Entry, way: str, piece: int, share: float) -> str:
    if way == "rhythm":
        return f"{round(100 * share)} % of its runs of {SIZES[RHYTHM] + 2} durations are shared"
    told = base.execute("select chords from pieces where id = ?", (piece,)).fetchone()[0]
    other = [tuple(chord) for chord in json.loads(told)]
    run = _longest_run(entry.print.chords, other)
    if len(run) < 3:
        return "the same kinds of chords on the same degrees"
    words = [_DEGREES[step].lower() if kind else _DEGREES[step] for step, kind in run[:10]]
    return f"both go {' '.join(words)}{' …' if len(run) > 10 else ''}"


def _longest_run(
    first: Sequence[tuple[int, str]], second: Sequence[tuple[int, str]]
) -> list[tuple[int, str]]:
    """The longest progression that both hold."""
    best, end = 0, 0
    row = [0] * (len(second) + 1)
    for index, chord in enumerate(first[:400]):
        new = [0] * (len(second) + 1)
        for other in range(len(second)):
            if second[other] == chord:
                new[other + 1] = row[other] + 1
                if new[other + 1] > best:
                    best, end = new[other + 1], index + 1
        row = new
    return list(first[end - best : end])


def _by_vector(
    base: sqlite3.Connection, entry: Entry, way: str, but: set[int], most: int
) -> Iterator[tuple[int, float, str]]:
    if way == "mood":
        for piece, valence, arousal in base.execute("select id, valence, arousal from pieces"):
            if piece not in but:
                apart = sqrt((valence - entry.valence) ** 2 + (arousal - entry.arousal) ** 2)
                yield (
                    piece,
                    1 - apart / 2.83,
                    (
                        f"{mood_word(valence, arousal)}; valence {valence:+.2f} beside "
                        f"{entry.valence:+.2f}, arousal {arousal:+.2f} beside {entry.arousal:+.2f}"
                    ),
                )
        return
    ids, matrix = vectors(base, "manner")
    for place, score in nearest(matrix, entry.manner, most + len(but)):
        if ids[place] not in but:
            style = base.execute("select style from pieces where id = ?", (ids[place],)).fetchone()
            mine = entry.styles[0][0] if entry.styles else ""
            words = f"both sound like {mine}" if style[0] == mine else f"it sounds like {style[0]}"
            yield ids[place], score, words


def vectors(base: sqlite3.Connection, name: str) -> tuple[list[int], Floats]:
    """Numbers of the pieces and their vectors ("harmony", "rhythm" or "manner") as rows."""
    changes = base.execute("select count(*), coalesce(max(id), 0) from pieces").fetchone()
    place = base.execute("pragma database_list").fetchone()[2]
    return _vectors(place, name, tuple(changes), _Kept(base))


class _Kept:
    """A connection that counts as equal to any other, so that a cache may hold its answer."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self.base = base

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8)
def _vectors(
    place: str, name: str, _changes: tuple[int, int], kept: _Kept
) -> tuple[list[int], Floats]:
    column = {"harmony": "harmony", "rhythm": "rhythm", "manner": "manner"}[name]
    rows = kept.base.execute(f"select id, {column} from pieces order by id").fetchall()  # noqa: S608
    if not rows:
        return [], np.zeros((0, 1))
    matrix: Floats = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
    return [int(row[0]) for row in rows], matrix.reshape(len(rows), -1)
