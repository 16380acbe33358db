"""What a person may like: from the stars given and the pieces played, each with the reason."""

import sqlite3
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.models.listening.similar import Found, vectors
from antiphon.models.listening.sound import Floats

# How much each likeness counts, and what it is called in the reason.
_ASPECTS = (("manner", 0.4, "style"), ("harmony", 0.25, "harmony"), ("rhythm", 0.2, "rhythm"))
_MOOD = 0.15
_VARIETY = 0.25


@dataclass(frozen=True, slots=True)
class _Liked:
    piece: int
    title: str
    weight: float
    why: str


def rate(base: sqlite3.Connection, file: Path, *, stars: int | None = None, plays: int = 0) -> int:
    """Give a file's pieces stars (0 takes them away, 1 … 5) or count plays; how many pieces.

    Raises AntiphonError: "not-in-library", "bad-control" for other stars.
    """
    if stars is not None and not 0 <= stars <= 5:
        raise AntiphonError("bad-control", name="the stars", value=stars, why="they go from 0 to 5")
    path = str(file.resolve())
    with base:
        if stars is not None:
            done = base.execute("update pieces set stars = ? where path = ?", (stars, path))
        else:
            done = base.execute("update pieces set plays = plays + ? where path = ?", (plays, path))
    if not done.rowcount:
        raise AntiphonError("not-in-library", what=file.name)
    return int(done.rowcount)


def recommend(base: sqlite3.Connection, most: int = 10) -> list[Found]:
    """Pieces without stars or plays that are like the liked ones and unlike the disliked.

    Three stars are neutral; plays count as their logarithm. Of two that are nearly the same one is
    told first and the other later. Raises AntiphonError("no-taste") where nothing is known.
    """
    liked = _liked(base)
    if not liked:
        raise AntiphonError("no-taste")
    ids, likeness = _likeness(base, liked)
    weights = np.array([row.weight for row in liked])
    score = (likeness.sum(0) * weights).sum(1) / np.abs(weights).sum()
    known = {row.piece for row in liked}
    order = [i for i in np.argsort(-score) if ids[i] not in known]
    chosen = _varied(base, ids, score, order, most)
    return [
        _told(base, ids[index], float(score[index]), liked, likeness[:, index]) for index in chosen
    ]


def _liked(base: sqlite3.Connection) -> list[_Liked]:
    found = []
    rows = base.execute("select id, title, stars, plays from pieces where stars > 0 or plays > 0")
    for piece, title, stars, plays in rows:
        weight = (stars - 2.75) / 2.25 if stars else 0.0
        weight += 0.35 * log(1 + plays)
        why = (
            f"to which you gave {stars} star{'s' if stars > 1 else ''}"
            if stars
            else (f"which you played {plays} time{'s' if plays > 1 else ''}")
        )
        found.append(_Liked(int(piece), title, weight, why))
    return found


def _likeness(base: sqlite3.Connection, liked: list[_Liked]) -> tuple[list[int], Floats]:
    """Numbers of the pieces, and per aspect (mood last) how alike each is to each liked one."""
    layers = []
    ids: list[int] = []
    for name, weight, _ in _ASPECTS:
        ids, matrix = vectors(base, name)
        place = {piece: row for row, piece in enumerate(ids)}
        own = matrix[[place[row.piece] for row in liked]]
        layers.append(weight * (matrix @ own.T))
    rows = base.execute("select valence, arousal from pieces order by id").fetchall()
    mood = np.array(rows)
    own = mood[[ids.index(row.piece) for row in liked]]
    apart = np.sqrt(((mood[:, None] - own[None]) ** 2).sum(2))
    layers.append(_MOOD * (1 - apart / sqrt(2)))
    return ids, np.array(layers)


def _varied(
    base: sqlite3.Connection, ids: list[int], score: Floats, order: list[int], most: int
) -> list[int]:
    """The best ones, each less welcome the more it is like one chosen before.

    After Carbonell and Goldstein, "The use of MMR" (1998).
    """
    _, matrix = vectors(base, "manner")
    pool = order[: 8 * most]
    chosen: list[int] = []
    while pool and len(chosen) < most:

        def worth(index: int) -> float:
            near = max((float(matrix[index] @ matrix[o]) for o in chosen), default=0.0)
            return float(score[index]) - _VARIETY * near * abs(float(score[index]))

        best = max(pool, key=worth)
        pool.remove(best)
        chosen.append(best)
    return chosen


def _told(
    base: sqlite3.Connection, piece: int, score: float, liked: list[_Liked], likeness: Floats
) -> Found:
    """A piece with its reason; `likeness` by aspect and liked piece, the mood last."""
    good = [i for i, row in enumerate(liked) if row.weight > 0] or list(range(len(liked)))
    pulls = likeness[:, good].sum(0) * np.array([liked[i].weight for i in good])
    nearest = good[int(np.argmax(pulls))]
    names = [name for *_, name in _ASPECTS] + ["mood"]
    whole = np.array([weight for _, weight, _ in _ASPECTS] + [_MOOD])
    most = [names[i] for i in np.argsort(-likeness[:, nearest] / whole)[:2]]
    path, number, title, style = base.execute(
        "select path, number, title, style from pieces where id = ?", (piece,)
    ).fetchone()
    row = liked[nearest]
    reason = (
        f"its {most[0]} and {most[1]} are like those of “{row.title}”, {row.why}; "
        f"it sounds like {style}"
    )
    return Found(piece, path, int(number), title, round(max(0.0, score), 4), reason)
