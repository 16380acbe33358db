"""Which pieces of anyone's folders are held out: whole works, by a hash of their name.

The shipped models' corpus is split in `antiphon.models.training.corpus`; here the shares are
the user's, and even a small set gets something on each side.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from antiphon.models.encoding.reading import Tune
from antiphon.models.training.corpus import plain_title, works_of

# A title on so many tunes, and on this share of them, names an author or a program, not a work.
_COMMON_COUNT, _COMMON_SHARE = 4, 0.1
_SHORTEST_NAME = 5


def user_works(tunes: Sequence[Tune], names: Sequence[str]) -> list[str]:
    """The work of each tune, `names` being its path within the folders that were given.

    Settings of a tune share their path without its ending, a telling file name, a title, or a
    quarter of the shorter one's runs of ten intervals, whatever the key.
    """
    titles = Counter(plain_title(tune.melody.title) for tune in tunes)
    stems = Counter(_stem(tune) for tune in tunes)
    keys = []
    for tune, name in zip(tunes, names, strict=True):
        place = Path(name).with_suffix("").as_posix()
        own = [f"file/{place}#{tune.index}" if tune.index else f"file/{place}"]
        for kind, found, counts in (
            ("title", plain_title(tune.melody.title), titles),
            ("name", _stem(tune), stems),
        ):
            if len(found) > _SHORTEST_NAME and not _is_common(counts[found], len(tunes)):
                own.append(f"{kind}/{found}")
        keys.append(own)
    return works_of(tunes, keys)


def sides_of(works: Sequence[str], test: float, valid: float) -> list[str]:
    """The side of each work's tunes, given the shares (0 to 1) of tests and of validation.

    A work keeps its side while the set grows, except where a side that was asked for would be
    empty: then the works whose draw lies nearest to it go there. One work alone is for training.
    """
    if not 0 <= test + valid < 1 or min(test, valid) < 0:
        raise ValueError(f"shares of {test} and {valid}")
    draws = {work: _draw(work) for work in sorted(set(works))}
    order = sorted(draws, key=lambda work: draws[work])
    tests = _taken(order, draws, test, leave=1 + (valid > 0))
    rest = [work for work in order if work not in tests]
    valids = _taken(rest, draws, test + valid if valid else 0.0, leave=1)
    side = dict.fromkeys(order, "train") | dict.fromkeys(valids, "valid")
    side |= dict.fromkeys(tests, "test")
    return [side[work] for work in works]


def _taken(
    order: Sequence[str], draws: dict[str, float], below: float, leave: int
) -> frozenset[str]:
    """The works whose draw lies below a bound, at least one and leaving some for other sides."""
    if below <= 0:
        return frozenset()
    count = sum(draws[work] < below for work in order)
    return frozenset(order[: min(max(1, count), max(0, len(order) - leave))])


def held_out_shares(works: Sequence[str]) -> tuple[float, float]:
    """Shares of test and validation for a small set: three in twenty each, where it is enough.

    With fewer than eight works there is no test side: the pieces are needed to learn from.
    """
    count = len(set(works))
    return (0.15, 0.15) if count >= 8 else (0.0, max(0.15, 1 / max(2, count)))


def exact_sides(works: Sequence[str], test: float, valid: float) -> list[str]:
    """As `sides_of`, but with the shares kept to the nearest work: for sets of a few pieces."""
    order = sorted(set(works), key=_draw)
    tests = min(math.ceil(test * len(order) - 1e-9), max(0, len(order) - 2))
    valids = min(math.ceil(valid * len(order) - 1e-9), max(0, len(order) - tests - 1))
    side = {}
    for index, work in enumerate(order):
        side[work] = "test" if index < tests else "valid" if index < tests + valids else "train"
    return [side[work] for work in works]


def _stem(tune: Tune) -> str:
    # The tunes of one book share its file name, which names none of them.
    return plain_title(tune.path.stem.replace("_", " ")) if tune.index == 0 else ""


def _is_common(count: int, total: int) -> bool:
    return count >= _COMMON_COUNT and count > _COMMON_SHARE * total


def _draw(work: str) -> float:
    return int.from_bytes(hashlib.sha256(work.encode()).digest()[:8], "big") / 2**64
