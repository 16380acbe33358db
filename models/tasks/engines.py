"""The two engines that answer requests: the trained models, and the rules that need no weights."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.asked import own_part
from antiphon.bridge.protocol.messages import Remark, Request, Setting, Take, Task
from antiphon.models.catalog import Card, catalog, changed_at
from antiphon.models.listening.originality import (
    installed_index,
    longest_shared_run,
    originality_remark,
)
from antiphon.models.tasks.identity import Maker, input_hash, receipt_of
from antiphon.models.tasks.writers import Writer, load_writer
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.contradictions import refuse_contradictions
from antiphon.models.theory.remarks import remarks_on

RULES = "theory"
NO_WEIGHTS = Remark(
    "rules-no-weights",
    "The theory engine wrote this: the weights of the model for this task are missing or damaged.",
)
NO_PASS = Remark(
    "rules-after-model",
    "The theory engine wrote this: the model found no answer that keeps every promise.",
)
TOO_LATE = Remark(
    "rules-after-deadline",
    "The theory engine wrote this: the model would have missed the deadline.",
)
BROKEN = Remark("rules-after-fault", "The theory engine wrote this: the model stopped on the way.")
# A task that is answered within the measures of a drum part is one for the drums model.
_DRUM_TASKS = (Task.CONTINUE, Task.FILL, Task.VARY)
_DRUM_KINDS = ("drums", "drums-lstm")
_HARMONY_KINDS = {
    Setting.SATB: ("chorale",),
    Setting.CHORDS: ("chords",),
    Setting.PIANO: ("chords",),
}

Stop = Callable[[], bool]


def never() -> bool:
    """A stop that never comes."""
    return False


class Engine(Protocol):
    """Answers requests take by take."""

    name: str

    @property
    def models(self) -> tuple[str, ...]:
        """The names that `Controls.model` may hold now."""

    def takes(self, request: Request, is_cancelled: Stop, is_late: Stop = never) -> Iterator[Take]:
        """The asked takes in order; once it is late, rules write what is left.

        Raises AntiphonError, or InterruptedError if cancelled.
        """


class TheoryEngine:
    """Answers by rules alone; `why` says so on every take where a model was expected."""

    name = "theory"
    models: tuple[str, ...] = (RULES,)

    def __init__(self, why: Remark | None = None) -> None:
        self._why = why

    def takes(self, request: Request, is_cancelled: Stop, is_late: Stop = never) -> Iterator[Take]:
        """The asked takes by rules, which are quick enough to need no deadline."""
        refuse_contradictions(request)
        digest = input_hash(request)
        for number in range(request.first_take, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            yield by_rules(request, number, digest, self._why)


class TorchEngine:
    """Answers with the model that serves a task, verified, and with rules where it finds nothing.

    Models are loaded when they are first needed; `warm` names tasks whose model is loaded at
    once. A model that is added to the catalog is found by the next request.
    Raises AntiphonError("no-weights") where a warm task has no usable weights.
    """

    name = "torch"

    def __init__(self, warm: tuple[Task, ...] = (Task.CONTINUE,)) -> None:
        self._seen: tuple[tuple[str, int], ...] = ()
        self._cards: tuple[Card, ...] = ()
        self._writers: dict[tuple[str, str], Writer] = {}
        for task in warm:
            found = self._ranked(task)
            if not found:
                raise AntiphonError("no-weights", model=f"the task {task}")
            self._writer(found[0])
        installed_index()

    @property
    def models(self) -> tuple[str, ...]:
        """The names that `Controls.model` may hold now."""
        return (*(card.name for card in self._known() if card.about.tasks), RULES)

    def takes(self, request: Request, is_cancelled: Stop, is_late: Stop = never) -> Iterator[Take]:
        """The asked takes by the task's model, or by the one that the controls name."""
        refuse_contradictions(request)
        cards = self._chosen(request)
        if not cards:
            yield from TheoryEngine().takes(request, is_cancelled, is_late)
            return
        digest, number = input_hash(request), request.first_take
        why: Remark | None = None
        try:
            for take in self._written(cards, request, lambda: is_cancelled() or is_late(), digest):
                yield take
                number = take.number + 1
        except InterruptedError:
            if is_cancelled():
                raise
            why = TOO_LATE
        except AntiphonError as error:
            if error.code != "no-weights":
                raise
            why = NO_WEIGHTS
        except (RuntimeError, ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
            # A model may stumble over music nobody thought of; the musician still gets an answer.
            sys.stderr.write(f"{cards[0].name}: {type(error).__name__}: {error}\n")
            why = BROKEN
        for left in range(number, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            yield by_rules(request, left, digest, why)

    def _written(
        self, cards: Sequence[Card], request: Request, stop: Stop, digest: str
    ) -> Iterator[Take]:
        """The takes of the first model; one that it cannot write is the next one's to write."""
        card, *others = cards
        for number, phrase in self._writer(card).takes(request, stop, digest):
            if phrase is not None and not check_answer(request, phrase):
                yield _take(request, number, phrase, card, digest)
            elif others:
                yield from self._written(
                    others, replace(request, first_take=number, count=1), stop, digest
                )
            else:
                yield by_rules(request, number, digest, NO_PASS)

    def _chosen(self, request: Request) -> list[Card]:
        """The models to ask, the best first, none for the rules.

        Raises AntiphonError("no-such-model").
        """
        named = request.controls.model
        if named == RULES:
            return []
        ranked = self._ranked(request.task)
        if named is not None:
            for card in ranked:
                if card.name == named:
                    return [card]
            names = ", ".join((*(card.name for card in ranked), RULES))
            raise AntiphonError("no-such-model", name=named, task=request.task, models=names)
        kinds = _kinds(request)
        return [c for c in ranked if c.rank(request.task) > 0 and _fits(c, kinds, request.task)]

    def _ranked(self, task: Task) -> list[Card]:
        found = [card for card in self._known() if card.serves(task)]
        return sorted(found, key=lambda card: -card.rank(task))

    def _known(self) -> tuple[Card, ...]:
        seen = changed_at()
        if seen != self._seen:
            self._seen, self._cards = seen, catalog()
        return self._cards

    def _writer(self, card: Card) -> Writer:
        key = card.name, card.sha256
        if key not in self._writers:
            self._writers[key] = load_writer(card)
        return self._writers[key]


def engine_for(kind: str) -> Engine:
    """The engine of a kind, "torch" or "theory"; without usable weights rules answer and say so."""
    if kind == "theory":
        return TheoryEngine()
    try:
        return TorchEngine()
    except (AntiphonError, ImportError):
        return TheoryEngine(NO_WEIGHTS)


def by_rules(request: Request, number: int, digest: str, why: Remark | None = None) -> Take:
    """Take `number` by rules, with the reason why as its first remark."""
    phrase = answer_by_rules(request, number)
    remarks = _remarks(request, phrase)
    receipt = receipt_of(request, number, Maker(RULES), longest_shared_run(phrase), digest)
    return Take(request.id, number, phrase, receipt, (why, *remarks) if why else remarks)


def _take(request: Request, number: int, phrase: Phrase, card: Card, digest: str) -> Take:
    """A model's answer with its receipt and remarks."""
    maker = Maker(card.name, card.sha256, card.sources)
    receipt = receipt_of(request, number, maker, longest_shared_run(phrase), digest)
    return Take(request.id, number, phrase, receipt, _remarks(request, phrase))


def _remarks(request: Request, phrase: Phrase) -> tuple[Remark, ...]:
    """What the answer does, and a word where it shares an unusually long run with a tune."""
    shared = originality_remark(phrase)
    return (*remarks_on(request, phrase), *((shared,) if shared else ()))


def _kinds(request: Request) -> tuple[str, ...]:
    """The kinds of model that a request is for; empty where any of its task's will do."""
    if request.task is Task.HARMONIZE:
        return _HARMONY_KINDS[request.controls.setting]
    part = own_part(request)
    if request.task in _DRUM_TASKS and part is not None and part.is_drums:
        return ("drums",)
    return ()


def _fits(card: Card, kinds: tuple[str, ...], task: Task) -> bool:
    if kinds:
        return card.about.kind in kinds
    return task is Task.DRUMS or card.about.kind not in _DRUM_KINDS
