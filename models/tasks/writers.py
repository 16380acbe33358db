"""Writers: loaded models that answer requests, found by the kind their folder names.

A module of the table offers `load_writer(card) -> Writer`. It is imported when the first
request needs it, so that the host starts as fast as its first answer's model.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Protocol

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card


class Writer(Protocol):
    """A loaded model that answers requests of its tasks."""

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """The asked takes in order, by number, None where it found no answer.

        A phrase holds exactly the measures and parts of `antiphon.bridge.protocol.asked`.
        `digest` is the request's `input_hash`; a take depends on it, the seed and its number
        alone. Raises InterruptedError soon after `is_cancelled` says so.
        """


KINDS: dict[str, str] = {
    "melody-lstm": "antiphon.models.tasks.continue_",
    "arranger": "antiphon.models.tasks.arranger",
    "chorale": "antiphon.models.tasks.chorale",
    "chords": "antiphon.models.tasks.chords",
    "drums": "antiphon.models.tasks.drums",
    "bar-gan": "antiphon.models.tasks.bar_gan",
    "elman": "antiphon.models.tasks.founding",
    "abc-lstm": "antiphon.models.tasks.founding",
    "melody-rnn": "antiphon.models.tasks.founding",
    "improv-lstm": "antiphon.models.tasks.founding",
    "drums-lstm": "antiphon.models.tasks.drums_lstm",
}


def load_writer(card: Card) -> Writer:
    """The writer of a card. Raises AntiphonError("no-weights") if it cannot be loaded."""
    name = KINDS.get(card.about.kind)
    if name is None:
        raise AntiphonError("no-weights", model=card.name)
    try:
        writer: Writer = import_module(name).load_writer(card)
    except ImportError:
        raise AntiphonError("no-weights", model=card.name) from None
    return writer
