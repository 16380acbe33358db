"""The arranger: fill, vary and generate a part, write bass, accompaniment and arrangement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.protocol.asked import asked_parts, own_part
from antiphon.bridge.protocol.messages import Request, Task
from antiphon.models.catalog import Card, catalog
from antiphon.models.listening.originality import originality_remark
from antiphon.models.networks.arranger import Arranger, ArrangerConfig
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger_making import (
    Making,
    Stop,
    makings_of,
    stage_for,
    wanted_of,
    write,
)
from antiphon.models.tasks.arranger_sampling import sample
from antiphon.models.tasks.arranger_scene import Frame
from antiphon.models.tasks.arranger_writing import notes_of, rank
from antiphon.models.tasks.pools import Pools
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.chord_choice import chords_for as chords_by_rules
from antiphon.models.theory.chord_kinds import Taste
from antiphon.models.theory.closing import home_at_rest
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.held import Held
from antiphon.models.theory.settle import settled
from antiphon.models.weights import network_of

# Later takes are written seven at a time; where all see the same, they are the best of a batch.
POOL = 7
_OF_ONE_STAGE = (12, 8)
_ROUNDS = 2
_CHORDLESS = (Task.CONTINUE, Task.FILL, Task.VARY)
_ALONE = (Task.CONTINUE, Task.FILL, Task.GENERATE)
_NEW_TUNES = (Task.GENERATE, Task.VARY, Task.CONTINUE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The arranger ready to be asked."""

    steps: ArrangerSteps
    name: str


class ArrangerWriter:
    """Answers every task of the arranger.

    The first take has its own candidates; those after it come seven at a time from one batch,
    which is remembered, so that the next press of the key costs nothing.
    """

    def __init__(self, model: Loaded) -> None:
        self._model = model
        self._pools = Pools()

    def takes(
        self, request: Request, is_cancelled: Stop, digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        steps = self._model.steps
        for number in range(request.first_take, request.first_take + request.count):
            found: Phrase | None = None
            if number and not _is_unchanged(request):
                pool, place = divmod(number - 1, POOL)
                key = f"{request.task}/{digest}", request.seed, pool
                known = self._pools.get(key)
                if known is None:
                    known = write_pool(steps, request, pool, digest, is_cancelled)
                    self._pools.put(key, known)
                found = known[place]
            if found is None:
                found = write_take(steps, request, number, digest, is_cancelled)
            yield number, found


def write_take(
    steps: ArrangerSteps, request: Request, number: int, digest: str, is_cancelled: Stop
) -> Phrase | None:
    """Take `number` of a request, None if no candidate keeps every promise.

    Raises InterruptedError if cancelled, AntiphonError where no answer can exist.
    """
    ground = ground_of(request, number)
    if request.task is Task.VARY:
        _needs_notes(request, ground)
        if _is_unchanged(request):
            return _unchanged(ground)
    making = makings_of([ground], chords_of([ground], digest), digest)[0]
    quoting: Phrase | None = None
    for _ in range(_ROUNDS):
        making.drafts, making.written = {}, {}
        (answer,) = write(steps, [making], digest, is_cancelled)
        if check_answer(request, answer):
            continue
        # A new tune that quotes none at length is kept before one that does.
        if request.task not in _NEW_TUNES or originality_remark(answer) is None:
            return answer
        quoting = quoting or answer
    return quoting


def write_pool(
    steps: ArrangerSteps, request: Request, pool: int, digest: str, is_cancelled: Stop
) -> tuple[Phrase | None, ...]:
    """The takes 7 × `pool` + 1 and on, written side by side; None where one breaks a promise.

    Raises InterruptedError if cancelled, AntiphonError where no answer can exist.
    """
    common = ground_of(request, POOL * pool + 1)
    if request.task is Task.VARY:
        _needs_notes(request, common)
    grounds = [replace(common, number=POOL * pool + 1 + place) for place in range(POOL)]
    chords = chords_of(grounds, digest)
    makings = makings_of(grounds, chords, digest)
    parts = asked_parts(request)
    if request.task in _ALONE and len(set(chords)) == 1:
        return _from_one_stage(steps, makings, parts[0], is_cancelled)
    answers = write(steps, makings, digest, is_cancelled)
    found: list[Phrase | None] = []
    for answer in answers:
        is_fit = answer not in found and not check_answer(request, answer)
        if is_fit and request.task in _NEW_TUNES:
            is_fit = originality_remark(answer) is None
        found.append(answer if is_fit else None)
    return tuple(found)


def _from_one_stage(
    steps: ArrangerSteps, makings: Sequence[Making], part: Part, is_cancelled: Stop
) -> tuple[Phrase | None, ...]:
    """Takes that see the same, from one batch of candidates: the best different ones."""
    middle = makings[POOL // 2]
    request, ground = middle.ground.request, middle.ground
    stage = stage_for(steps, Frame(ground), middle, part)
    (found,) = sample(steps, [wanted_of(middle, stage, _OF_ONE_STAGE)], is_cancelled)
    fit: list[Phrase] = []
    quoting: list[Phrase] = []
    for filled in sorted(found, key=lambda f: -rank(f, stage.scene, ground)):
        middle.put(part, notes_of(ground, stage, filled, middle.chords))
        answer = middle.answer()
        if answer in fit or answer in quoting or check_answer(request, answer):
            continue
        (fit if originality_remark(answer) is None else quoting).append(answer)
        if len(fit) == POOL:
            break
    kept = [*fit, *quoting][:POOL]
    return (*kept, *[None] * (POOL - len(kept)))


def chords_of(grounds: Sequence[Ground], digest: str) -> list[tuple[Held, ...]]:
    """The chords that some takes stand on; none where the music itself is enough."""
    request = grounds[0].request
    if request.task in _CHORDLESS and not (request.controls.chords or request.phrase.chords):
        return [()] * len(grounds)
    if request.task is not Task.CONTINUE and any(c.about.kind == "chords" for c in catalog()):
        try:
            held: list[tuple[Held, ...]] = import_module(
                "antiphon.models.tasks.chords"
            ).held_chords(grounds, digest)
        except (ImportError, AntiphonError, AttributeError, RuntimeError, ValueError):
            pass
        else:
            return [home_at_rest(g, chords) for g, chords in zip(grounds, held, strict=True)]
    tastes = [Taste(g.style, g.adventure, g.valence) for g in grounds]
    found = [chords_by_rules(g, taste) for g, taste in zip(grounds, tastes, strict=True)]
    return [home_at_rest(g, chords) for g, chords in zip(grounds, found, strict=True)]


def _needs_notes(request: Request, ground: Ground) -> None:
    own = own_part(request)
    end = ground.start + ground.length
    if own is None or not any(ground.start <= n.onset < end for n in own.notes):
        raise AntiphonError("no-melody", what="vary")


def _is_unchanged(request: Request) -> bool:
    return request.task is Task.VARY and request.controls.degree == 0


def _unchanged(ground: Ground) -> Phrase:
    """The region as it stands."""
    own = own_part(ground.request)
    assert own is not None
    return settled(ground, {own.id: moved(own, ground)}, ())


def moved(part: Part, ground: Ground) -> list[Note]:
    """The notes of a part that begin in the answer, in quarters of the answer."""
    from antiphon.bridge.music.melody import sounding  # noqa: PLC0415

    return [
        replace(note, onset=note.onset - ground.start)
        for note in sounding(part.notes)
        if ground.start <= note.onset < ground.start + ground.length
    ]


def load_arranger(card: Card) -> Loaded:
    """The arranger of a card, on one thread of the CPU. Raises AntiphonError("no-weights")."""
    network = network_of(card, lambda told: Arranger(ArrangerConfig.from_json(told)))
    return Loaded(ArrangerSteps(network), card.name)


def load_writer(card: Card) -> ArrangerWriter:
    """The warmed-up writer of a card. Raises AntiphonError("no-weights")."""
    return ArrangerWriter(load_arranger(card))
