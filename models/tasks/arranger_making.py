"""Some takes in the making: their parts are written one after the other, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import import_module
from random import Random
from typing import Any

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.protocol.asked import asked_parts, role_of
from antiphon.bridge.protocol.messages import Task
from antiphon.models.catalog import catalog
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger_asked import Filled
from antiphon.models.tasks.arranger_rules import BASS, MELODY, OWN_TASKS, PIANO, is_cautious
from antiphon.models.tasks.arranger_sampling import Manner, Wanted, sample
from antiphon.models.tasks.arranger_scene import Around, Frame, Stage, stage_of
from antiphon.models.tasks.arranger_variation import Variation, variation_of
from antiphon.models.tasks.arranger_writing import most_agreed, notes_of, rank
from antiphon.models.tasks.identity import seed_of
from antiphon.models.theory.bass_line import bass_line
from antiphon.models.theory.drum_patterns import drum_part
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held
from antiphon.models.theory.settle import settled

# Candidates of a first take, and of each take that is written beside others.
ALONE, BESIDE = (6, 2), (2, 1)
# A cautious fill is the one of so many, drawn freely, that agrees most with the others.
BY_CONSENT, _CONSENT_HEAT = (32, 16), 0.9
_ROAM, _ROAM_TAKES = 0.04, 6
# How far each role roams at temperature 1: an accompaniment should keep its pattern.
_CALM = {MELODY: 1.0, BASS: 0.8, PIANO: 0.8}
_ORDER = ("melody", "drums", "bass", "piano", "guitar", "alto", "tenor", "bass voice")
Stop = Callable[[], bool]


@dataclass(slots=True)
class Making:
    """One take in the making: what it stands on, its generator, and its parts so far.

    `written` are parts in quarters of the phrase, `drafts` their notes in those of the answer.
    """

    ground: Ground
    chords: tuple[Held, ...]
    generator: Random
    written: dict[str, Part] = field(default_factory=dict)
    drafts: dict[str, Sequence[Note]] = field(default_factory=dict)

    def put(self, part: Part, notes: Sequence[Note]) -> None:
        """Take the notes of a part, in quarters of the answer."""
        placed = (replace(n, onset=n.onset + self.ground.start) for n in notes)
        self.drafts[part.id] = notes
        self.written[part.id] = replace(part, notes=tuple(placed))

    def answer(self) -> Phrase:
        """The answer that keeps every promise."""
        told = () if self.ground.request.task in OWN_TASKS else self.chords
        return settled(self.ground, self.drafts, told)


def makings_of(
    grounds: Sequence[Ground], chords: Sequence[tuple[Held, ...]], digest: str
) -> list[Making]:
    """The takes of some grounds of one request, nothing written yet."""
    return [
        Making(ground, held, Random(seed_of(ground.request, ground.number, digest)))
        for ground, held in zip(grounds, chords, strict=True)
    ]


def write(
    steps: ArrangerSteps, makings: Sequence[Making], digest: str, is_cancelled: Stop
) -> list[Phrase]:
    """The answers of takes of one request, part by part.

    Raises InterruptedError if cancelled.
    """
    frame = Frame(makings[0].ground)
    for part in sorted(asked_parts(makings[0].ground.request), key=_order):
        if part.is_drums:
            for making in makings:
                making.put(part, _drums(making.ground, part, digest))
        elif _is_by_rules(part, makings[0].ground):
            for making in makings:
                making.put(part, bass_line(making.ground, making.chords))
        else:
            _sampled(steps, frame, makings, part, is_cancelled)
        if is_cancelled():
            raise InterruptedError
    return [making.answer() for making in makings]


def stage_for(steps: ArrangerSteps, frame: Frame, making: Making, part: Part) -> Stage:
    """What is needed to write a part into a take, a variation's script with it."""
    ground = making.ground
    standing = {p.id: p for p in ground.request.phrase.parts}
    own = standing.get(part.id, part)
    others = [p for p in standing.values() if p.id != part.id and p.id not in making.written]
    change: Variation | None = None
    if ground.request.task is Task.VARY:
        change = variation_of(ground)
    around = Around(frame, (*others, *making.written.values()), making.chords)
    kept = change.kept if change else frozenset()
    stage = stage_of(steps, ground, own, around, kept)
    return replace(stage, scene=change.in_scene(stage.scene, own)) if change else stage


def wanted_of(making: Making, stage: Stage, candidates: tuple[int, int]) -> Wanted:
    """Candidates of a take for a stage: the first number of them for a line, else the second."""
    controls = making.ground.request.controls
    if _is_by_consent(making.ground):
        count = BY_CONSENT[0 if stage.scene.rules.thickest == 1 else 1]
        return Wanted(stage.scene, Manner(count, _CONSENT_HEAT), making.generator)
    roaming = 1.0 + _ROAM * min(making.ground.number, _ROAM_TAKES)
    heat = controls.temperature * roaming * _CALM.get(stage.role, 0.9)
    count = candidates[0] if stage.scene.rules.thickest == 1 else candidates[1]
    return Wanted(stage.scene, Manner(count, heat), making.generator)


def _sampled(
    steps: ArrangerSteps, frame: Frame, makings: Sequence[Making], part: Part, is_cancelled: Stop
) -> None:
    stages = [stage_for(steps, frame, making, part) for making in makings]
    candidates = ALONE if len(makings) == 1 else BESIDE
    wanted = [wanted_of(m, s, candidates) for m, s in zip(makings, stages, strict=True)]
    found = sample(steps, wanted, is_cancelled)
    for making, stage, filled in zip(makings, stages, found, strict=True):
        ground = making.ground
        best = _best(filled, stage, ground)
        making.put(part, notes_of(ground, stage, best, making.chords))


def _best(filled: Sequence[Filled], stage: Stage, ground: Ground) -> Filled:
    if _is_by_consent(ground):
        return most_agreed(filled)
    return max(filled, key=lambda one: rank(one, stage.scene, ground))


def _is_by_consent(ground: Ground) -> bool:
    """Whether a gap is to be filled with what is believed most, not with what is tried."""
    return ground.request.task is Task.FILL and is_cautious(ground)


def _is_by_rules(part: Part, ground: Ground) -> bool:
    return role_of(part) == "bass voice" and ground.request.task is Task.RESTYLE


def _order(part: Part) -> int:
    role = role_of(part)
    if part.is_drums:
        return _ORDER.index("drums")
    return _ORDER.index(role) if role in _ORDER else 0


def _drums(ground: Ground, part: Part, digest: str) -> Sequence[Note]:
    """Drums by the drums model where it serves them of itself, else by rules."""
    cards = [c for c in catalog() if c.about.kind == "drums" and c.rank(Task.DRUMS) > 0]
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
