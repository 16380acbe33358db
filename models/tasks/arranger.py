"""The arranger: fill, vary and generate a part, write bass, accompaniment and arrangement."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from random import Random
from typing import Any

from safetensors.torch import load

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.protocol.asked import asked_parts, own_part, role_of
from antiphon.bridge.protocol.messages import Request, Task
from antiphon.models.catalog import Card, catalog
from antiphon.models.listening.originality import originality_remark
from antiphon.models.networks.arranger import Arranger, ArrangerConfig
from antiphon.models.tasks.arranger_rows import Filled
from antiphon.models.tasks.arranger_rules import BASS, MELODY, PIANO
from antiphon.models.tasks.arranger_sampling import Manner, sample
from antiphon.models.tasks.arranger_scene import Around, Stage, stage_of
from antiphon.models.tasks.arranger_variation import Variation, variation_of
from antiphon.models.tasks.arranger_writing import notes_of, rank
from antiphon.models.tasks.identity import seed_of
from antiphon.models.theory.bass_line import bass_line
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.chord_choice import chords_for as chords_by_rules
from antiphon.models.theory.chord_kinds import Taste
from antiphon.models.theory.drum_patterns import drum_part
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.held import Held
from antiphon.models.theory.settle import settled
from antiphon.models.weights import checked_bytes, one_thread

LINE_CANDIDATES, CHORD_CANDIDATES = 6, 2
_ROUNDS = 2
_ROAM, _ROAM_TAKES = 0.04, 6
# How far each role roams at temperature 1: an accompaniment should keep its pattern.
_CALM = {MELODY: 1.0, BASS: 0.8, PIANO: 0.8}
_OWN = (Task.CONTINUE, Task.FILL, Task.VARY, Task.GENERATE)
_CHORDLESS = (Task.CONTINUE, Task.FILL, Task.VARY)
_NEW_TUNES = (Task.GENERATE, Task.VARY, Task.CONTINUE)
_ORDER = ("melody", "drums", "bass", "piano", "guitar", "alto", "tenor", "bass voice")
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The arranger ready to be asked."""

    network: Arranger
    name: str


class ArrangerWriter:
    """Answers every task of the arranger."""

    def __init__(self, model: Loaded) -> None:
        self._model = model

    def takes(
        self, request: Request, is_cancelled: Stop, digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        for number in range(request.first_take, request.first_take + request.count):
            yield number, write_take(self._model.network, request, number, digest, is_cancelled)


def write_take(
    network: Arranger, request: Request, number: int, digest: str, is_cancelled: Stop
) -> Phrase | None:
    """Take `number` of a request, None if no candidate keeps every promise.

    Raises InterruptedError if cancelled, AntiphonError where no answer can exist.
    """
    ground = ground_of(request, number)
    generator = Random(seed_of(request, number, digest))
    if request.task is Task.VARY:
        _needs_notes(request, ground)
        if request.controls.degree == 0:
            return _unchanged(ground)
    chords = chords_of(ground, digest)
    takes = _Take(network, (ground, digest), chords, generator, is_cancelled)
    quoting: Phrase | None = None
    for _ in range(_ROUNDS):
        answer = takes.answer()
        if check_answer(request, answer):
            continue
        # A new tune that quotes none at length is kept before one that does.
        if request.task not in _NEW_TUNES or originality_remark(answer) is None:
            return answer
        quoting = quoting or answer
    return quoting


def chords_of(ground: Ground, digest: str) -> tuple[Held, ...]:
    """The chords that an answer stands on; none where the music itself is enough."""
    request = ground.request
    if request.task in _CHORDLESS and not (request.controls.chords or request.phrase.chords):
        return ()
    if request.task is not Task.CONTINUE and any(c.about.kind == "chords" for c in catalog()):
        try:
            held: tuple[Held, ...] = import_module("antiphon.models.tasks.chords").held_chords(
                ground, digest
            )
        except (ImportError, AntiphonError, AttributeError, RuntimeError, ValueError):
            pass
        else:
            return held
    return tuple(chords_by_rules(ground, Taste(ground.style, ground.adventure, ground.valence)))


def _needs_notes(request: Request, ground: Ground) -> None:
    own = own_part(request)
    end = ground.start + ground.length
    if own is None or not any(ground.start <= n.onset < end for n in own.notes):
        raise AntiphonError("no-melody", what="vary")


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


class _Take:
    """One take in the making: its parts are written one after the other."""

    def __init__(
        self, network: Arranger, asked: tuple[Ground, str], chords: tuple[Held, ...],
        generator: Random, is_cancelled: Stop,
    ) -> None:  # fmt: skip
        self._network, self._chords = network, chords
        self._ground, self._digest = asked
        self._generator, self._is_cancelled = generator, is_cancelled

    def answer(self) -> Phrase:
        """All asked parts, settled."""
        ground = self._ground
        asked = asked_parts(ground.request)
        standing = {part.id: part for part in ground.request.phrase.parts}
        written: dict[str, Part] = {}
        drafts: dict[str, Sequence[Note]] = {}
        for part in sorted(asked, key=_order):
            own = standing.get(part.id, part)
            others = [p for p in standing.values() if p.id != part.id and p.id not in written]
            around = Around((*others, *written.values()), self._chords)
            drafts[part.id] = self._draft(own, around)
            placed = [replace(n, onset=n.onset + ground.start) for n in drafts[part.id]]
            written[part.id] = replace(part, notes=tuple(placed))
        told = () if ground.request.task in _OWN else self._chords
        return settled(ground, drafts, told)

    def _draft(self, part: Part, around: Around) -> Sequence[Note]:
        ground = self._ground
        if part.is_drums:
            return _drums(ground, part, self._digest)
        if role_of(part) == "bass voice" and ground.request.task is Task.RESTYLE:
            return bass_line(ground, self._chords)
        change: Variation | None = None
        if ground.request.task is Task.VARY:
            change = variation_of(ground)
        stage = stage_of(
            self._network, ground, part, around, change.kept if change else frozenset()
        )
        scene = stage.scene
        if change is not None:
            scene = change.in_scene(scene, part)
        is_line = scene.rules.thickest == 1
        manner = Manner(LINE_CANDIDATES if is_line else CHORD_CANDIDATES, self._temperature(stage))
        found = sample(self._network, scene, manner, self._generator, self._is_cancelled)
        best: Filled = max(found, key=lambda filled: rank(filled, scene, ground))
        return notes_of(ground, replace(stage, scene=scene), best, self._chords)

    def _temperature(self, stage: Stage) -> float:
        ground = self._ground
        roaming = 1.0 + _ROAM * min(ground.number, _ROAM_TAKES)
        return ground.request.controls.temperature * roaming * _CALM.get(stage.role, 0.9)


def _order(part: Part) -> int:
    role = role_of(part)
    if part.is_drums:
        return _ORDER.index("drums")
    return _ORDER.index(role) if role in _ORDER else 0


def _drums(ground: Ground, part: Part, digest: str) -> Sequence[Note]:
    """Drums by the drums model where its weights are there, else by rules."""
    cards = [card for card in catalog() if card.about.kind == "drums"]
    if cards and not part.notes:
        try:
            drummer = _drummer(cards[0].name, cards[0].sha256)
            found: Sequence[Note] = drummer.drums_for(ground.request, ground.number, digest)
        except (AntiphonError, ImportError, RuntimeError, ValueError, AttributeError):
            return drum_part(ground)
        return found
    return drum_part(ground)


@lru_cache(maxsize=1)
def _drummer(name: str, sha256: str) -> Any:
    """The loaded drums model of that name and hash."""
    module = import_module("antiphon.models.tasks.drums")
    for card in catalog():
        if card.name == name and card.sha256 == sha256:
            return module.load_writer(card)
    raise AntiphonError("no-weights", model=name)


def load_arranger(card: Card) -> Loaded:
    """The arranger of a card, on one thread of the CPU. Raises AntiphonError("no-weights")."""
    one_thread()
    data = checked_bytes(card)
    try:
        config = ArrangerConfig.from_json(json.loads(card.config_path.read_text()))
        network = Arranger(config)
        network.load_state_dict(load(data))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError):
        raise AntiphonError("no-weights", model=card.name) from None
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return Loaded(network, card.name)


def load_writer(card: Card) -> ArrangerWriter:
    """The warmed-up writer of a card. Raises AntiphonError("no-weights")."""
    return ArrangerWriter(load_arranger(card))
