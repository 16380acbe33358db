"""Drums that hear the other parts: a new part, or a drum part continued, filled or varied."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from antiphon.bridge.music.phrase import Note, Phrase, normalised
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card
from antiphon.models.encoding.drum_grid import CLOSED_HAT, PITCHES, RIDE, Bar, notes_of
from antiphon.models.networks.drums import DrumsConfig, DrumsNetwork
from antiphon.models.tasks.drums_plan import MAX_SLOTS, DrumPlan, plan_drums
from antiphon.models.tasks.drums_sampling import sample_drums
from antiphon.models.tasks.identity import seed_of
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.settle import settled
from antiphon.models.weights import network_of

_PEDAL_HAT = 44
Draw = Callable[[DrumPlan, np.random.Generator, Callable[[], bool]], list[Bar]]


@dataclass(frozen=True, slots=True)
class DrumsWriter:
    """Answers requests for drums; `draw` fills the asked measures of a plan.

    `may_swing` says whether it can count in triplets.
    """

    draw: Draw
    may_swing: bool = True

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """The asked takes in order, by number, None where an answer would not keep its word.

        Raises InterruptedError soon after `is_cancelled` says so.
        """
        for number in range(request.first_take, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            yield number, self._take(request, number, digest, is_cancelled)

    def drums_for(self, request: Request, number: int, digest: str) -> tuple[Note, ...]:
        """Drums under all parts of a request's phrase, for an answer that holds more parts.

        The notes stand on the grid, onset 0 the answer's start, and are not yet cut to fit what
        is locked. Raises what `plan_drums` raises.
        """
        plan, bars = self._drawn(request, number, digest, lambda: False)
        return tuple(_written(plan, bars))

    def _take(
        self, request: Request, number: int, digest: str, is_cancelled: Callable[[], bool]
    ) -> Phrase | None:
        plan, bars = self._drawn(request, number, digest, is_cancelled)
        answer = settled(plan.ground, {plan.part.id: _written(plan, bars)})
        if plan.is_played and not request.controls.locked_notes:
            answer = _played(plan, answer, bars)
        return None if check_answer(request, answer) else answer

    def _drawn(
        self, request: Request, number: int, digest: str, is_cancelled: Callable[[], bool]
    ) -> tuple[DrumPlan, list[Bar]]:
        random = np.random.default_rng(seed_of(request, number, digest))
        plan = plan_drums(request, number, random, may_swing=self.may_swing)
        if max(bar.slots for bar in plan.given) > MAX_SLOTS // 2:
            return plan, [plan.given[index] for index in plan.asked]
        return plan, self.draw(plan, random, is_cancelled)


def load_writer(card: Card) -> DrumsWriter:
    """The drum writer of a card. Raises AntiphonError("no-weights")."""
    network = load_drums(card)

    def draw(
        plan: DrumPlan, random: np.random.Generator, is_cancelled: Callable[[], bool]
    ) -> list[Bar]:
        return sample_drums(plan, network, random, is_cancelled)

    return DrumsWriter(draw)


def load_drums(card: Card) -> DrumsNetwork:
    """The drum network of a card, on one thread. Raises AntiphonError("no-weights")."""
    return network_of(card, lambda told: DrumsNetwork(DrumsConfig(**told)))


def _measures(plan: DrumPlan) -> list[Measure]:
    return [Measure(bar.onset, bar.duration, "") for bar in plan.ground.bars]


def _written(plan: DrumPlan, bars: Sequence[Bar]) -> list[Note]:
    """The new hits as notes on the grid; where a ride keeps time the hi-hat is the foot's."""
    found = []
    measures = _measures(plan)
    for bar, given, measure in zip(
        bars, (plan.given[i] for i in plan.asked), measures, strict=True
    ):
        pitches = list(plan.pitches)
        if bar.hits[:, RIDE].sum() > bar.hits[:, CLOSED_HAT].sum():
            pitches[CLOSED_HAT] = _PEDAL_HAT
        notes = notes_of([bar], [measure], pitches)
        standing = notes_of([given], [measure], pitches)
        known = {(note.onset, note.pitch.midi_number) for note in standing}
        if plan.request.controls.locked_notes or plan.request.controls.locked_measures:
            # What is locked is put back as it stands; here it only takes up its place.
            notes = [n for n in notes if (n.onset, n.pitch.midi_number) not in known]
        found += notes
    return found


def _played(plan: DrumPlan, answer: Phrase, bars: Sequence[Bar]) -> Phrase:
    """The answer with its hits as early or late as a drummer has them."""
    (part,) = answer.parts
    late: dict[Fraction, Fraction] = {}
    for bar, measure in zip(bars, _measures(plan), strict=True):
        written = notes_of([bar], [measure], PITCHES)
        played = notes_of([bar], [measure], PITCHES, is_played=True)
        late |= {n.onset: m.onset - n.onset for n, m in zip(written, played, strict=True)}
    onsets = sorted({note.onset for note in part.notes})
    moved = {onset: onset + late.get(onset, Fraction(0)) for onset in onsets}
    following = [*(moved[onset] for onset in onsets[1:]), answer.length]
    ends = dict(zip(onsets, following, strict=False))
    notes = []
    for note in part.notes:
        onset = moved[note.onset]
        room = min(ends[note.onset], _barline(plan, note.onset)) - onset
        notes.append(replace(note, onset=onset, duration=min(note.duration, room)))
    return replace(answer, parts=(normalised(replace(part, notes=tuple(notes))),))


def _barline(plan: DrumPlan, onset: Fraction) -> Fraction:
    return plan.ground.bar_at(onset).end
