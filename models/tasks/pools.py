"""Takes that were written together, remembered so that the next press of the key costs nothing."""

from collections import OrderedDict

from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Request

_POOLS_KEPT = 8


def is_for_melody_alone(request: Request) -> bool:
    """Whether the network can keep what is asked: it knows no chords, rhythms, locks or moods."""
    controls = request.controls
    others = (
        controls.rhythm, controls.chords, controls.locked_notes, controls.locked_measures,
        controls.density, controls.style, controls.mood, controls.key,
    )  # fmt: skip
    return not any(others)


class Pools:
    """The latest pools of takes, by request and seed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, int], tuple[Phrase | None, ...]] = OrderedDict()

    def get(self, key: tuple[str, int, int]) -> tuple[Phrase | None, ...] | None:
        """The pool of a digest, a seed and a number, None where it is not kept."""
        return self._kept.get(key)

    def put(self, key: tuple[str, int, int], pool: tuple[Phrase | None, ...]) -> None:
        """Keep a pool, and forget the oldest of more than eight."""
        self._kept[key] = pool
        while len(self._kept) > _POOLS_KEPT:
            self._kept.popitem(last=False)
