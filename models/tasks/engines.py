"""The two engines that answer requests: the trained network, and the rules that need no weights."""

from collections.abc import Callable, Iterator
from typing import Protocol

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Remark, Request, Take
from antiphon.models.catalog import Card, model_for
from antiphon.models.listening.originality import (
    installed_index,
    longest_shared_run,
    originality_remark,
)
from antiphon.models.tasks.identity import Maker, input_hash, receipt_of
from antiphon.models.theory.continuation import continue_by_rules
from antiphon.models.theory.remarks import remarks_on

RULES = "theory"
NO_WEIGHTS = Remark(
    "rules-no-weights",
    "The theory engine wrote this: the weights of the melody model are missing or damaged.",
)
NO_PASS = Remark(
    "rules-after-model",
    "The theory engine wrote this: the melody model found no answer that keeps every promise.",
)


class Engine(Protocol):
    """Answers requests take by take."""

    name: str
    models: tuple[str, ...]

    def takes(self, request: Request, is_cancelled: Callable[[], bool]) -> Iterator[Take]:
        """The asked takes in order. Raises AntiphonError, or InterruptedError if cancelled."""


class TheoryEngine:
    """Answers by rules alone; `why` says so on every take where a model was expected."""

    name = "theory"
    models: tuple[str, ...] = (RULES,)

    def __init__(self, why: Remark | None = None) -> None:
        self._why = why

    def takes(self, request: Request, is_cancelled: Callable[[], bool]) -> Iterator[Take]:
        """The asked takes by rules."""
        for number in range(request.first_take, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            yield by_rules(request, number, input_hash(request), self._why)


class TorchEngine:
    """Answers with the trained melody network, verified, and with rules where it finds nothing.

    Raises AntiphonError("no-weights") where the weights are missing or damaged.
    """

    name = "torch"

    def __init__(self, card: Card) -> None:
        # torch takes seconds to load, and the theory engine must never wait for it.
        from antiphon.models.tasks import continue_  # noqa: PLC0415
        from antiphon.models.weights import load_melody  # noqa: PLC0415

        self._task = continue_
        self._model = load_melody(card)
        self._maker = Maker(card.name, card.sha256, card.sources)
        self.models: tuple[str, ...] = (card.name, RULES)
        continue_.warm_up(self._model)
        installed_index()

    def takes(self, request: Request, is_cancelled: Callable[[], bool]) -> Iterator[Take]:
        """The asked takes by the network."""
        if request.controls.model == RULES or _is_drums(request):
            yield from TheoryEngine().takes(request, is_cancelled)
            return
        model, digest = self._model, input_hash(request)
        for number, phrase in self._task.continue_melody(request, model, is_cancelled, digest):
            if phrase is None:
                yield by_rules(request, number, digest, NO_PASS)
                continue
            receipt = receipt_of(request, number, self._maker, longest_shared_run(phrase), digest)
            yield Take(request.id, number, phrase, receipt, _remarks(request, phrase))


def engine_for(kind: str) -> Engine:
    """The engine of a kind, "torch" or "theory"; without usable weights rules answer and say so."""
    if kind == "theory":
        return TheoryEngine()
    card = model_for("continue")
    if card is None:
        return TheoryEngine(NO_WEIGHTS)
    try:
        return TorchEngine(card)
    except (AntiphonError, ImportError):
        return TheoryEngine(NO_WEIGHTS)


def by_rules(request: Request, number: int, digest: str, why: Remark | None = None) -> Take:
    """Take `number` by rules, with the reason why as its first remark."""
    phrase = continue_by_rules(request, number)
    remarks = _remarks(request, phrase)
    receipt = receipt_of(request, number, Maker(RULES), longest_shared_run(phrase), digest)
    return Take(request.id, number, phrase, receipt, (why, *remarks) if why else remarks)


def _remarks(request: Request, phrase: Phrase) -> tuple[Remark, ...]:
    """What the answer does, and a word where it shares an unusually long run with a tune."""
    shared = originality_remark(phrase)
    return (*remarks_on(request, phrase), *((shared,) if shared else ()))


def _is_drums(request: Request) -> bool:
    from antiphon.models.theory.frame import asked_part  # noqa: PLC0415

    return asked_part(request).is_drums
