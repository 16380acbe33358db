"""Drums and accompaniment by the bar-level GAN; its critic chooses among what it imagined."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card
from antiphon.models.encoding.bar_images import LEFT_RUNGS, PLACES, SLOTS, conditions, ladder
from antiphon.models.encoding.drum_grid import DRUMS, KICK, PITCHES, SNARE
from antiphon.models.networks.bar_gan import BarGan, BarGanConfig
from antiphon.models.tasks.identity import seed_of
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.chord_choice import chords_for
from antiphon.models.theory.chord_kinds import Taste
from antiphon.models.theory.ground import Bar, Ground, ground_of
from antiphon.models.theory.held import Held, held_at
from antiphon.models.theory.settle import settled
from antiphon.models.weights import network_of

_SLOT = Fraction(1, 4)
# Measures imagined for each one that is kept; the critic chooses.
IMAGINED = 16
# How much a measure resembles its neighbours in the same four; the fourth goes its own way.
_ALIKE, _APART = 0.95, 0.4
_USUAL = {"drums": 2.0, "piano": 1.5}
_SPAN = 12
_LOUD, _SOFT = 100, 76


@dataclass(frozen=True, slots=True)
class BarWriter:
    """A pair of networks as a writer: `kind` is what it was trained on, "drums" or "piano"."""

    networks: BarGan
    kind: str

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        part = asked_parts(request)[0]
        for number in range(request.first_take, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            if part.is_drums != (self.kind == "drums") or not (
                part.is_drums or part.staff_count > 1
            ):
                # A guitar is not what it was trained on.
                yield number, answer_by_rules(request, number)
                continue
            ground = ground_of(request, number)
            chords: tuple[Held, ...] = ()
            if self.kind == "piano":
                chords = chords_for(ground, Taste(ground.style, ground.adventure, ground.valence))
            pictures = self.pictures(ground, seed_of(request, number, digest))
            written = _drums if part.is_drums else _piano
            notes = [
                note
                for (onset, slots), picture in zip(pieces_of(ground.bars), pictures, strict=True)
                for note in written(ground, chords, (onset, slots), picture)
            ]
            yield number, settled(ground, {part.id: notes}, chords)

    def pictures(self, ground: Ground, seed: int) -> list[NDArray[np.bool_]]:
        """A picture for each piece of the answer's measures, those of one four alike."""
        generator = torch.Generator().manual_seed(seed % 2**63)
        density = ground.density(_USUAL[self.kind]) * float(_SLOT)
        others = [note.onset for note in ground.melody]
        base = torch.randn(IMAGINED, self.networks.generator.config.noise, generator=generator)
        found = []
        for index, (onset, slots) in enumerate(pieces_of(ground.bars)):
            heard = [int((o - onset) / _SLOT) for o in others if onset <= o < onset + slots * _SLOT]
            row = conditions(slots, heard, index, 0)
            row[-1] = min(1.0, density)
            alike = _ALIKE if index % PLACES < PLACES - 1 else _APART
            fresh = torch.randn(base.shape, generator=generator)
            noise = alike * base + (1 - alike**2) ** 0.5 * fresh * ground.adventure
            base, picture = self._chosen(base, noise, torch.from_numpy(row))
            found.append(picture)
        return found

    def _chosen(self, base: Tensor, noise: Tensor, row: Tensor) -> tuple[Tensor, NDArray[np.bool_]]:
        """The picture that the critic likes best; the others' noise moves towards its own."""
        rows = row.expand(len(noise), -1)
        with torch.inference_mode():
            pictures = (self.networks.generator(noise, rows) > 0).float()
            scores = self.networks.critic(pictures, rows)
        best = int(scores.argmax())
        return noise[best].expand_as(base).clone(), pictures[best].numpy().astype(np.bool_)

    def score(self, picture: NDArray[np.bool_], row: NDArray[np.float32]) -> float:
        """How real the critic finds a measure; only differences mean something."""
        with torch.inference_mode():
            pictures = torch.from_numpy(picture.astype(np.float32))[None]
            return float(self.networks.critic(pictures, torch.from_numpy(row)[None]))


def load_writer(card: Card) -> BarWriter:
    """The writer of a card. Raises AntiphonError("no-weights")."""
    networks = network_of(card, lambda told: BarGan(BarGanConfig(**told)))
    kind = "drums" if networks.generator.config.rows == DRUMS else "piano"
    return BarWriter(networks, kind)


def pieces_of(bars: Sequence[Bar]) -> list[tuple[Fraction, int]]:
    """The measures as (onset, slots), a measure of more than sixteen slots in several pieces."""
    found = []
    for bar in bars:
        slots, onset = -int(-bar.duration / _SLOT // 1), bar.onset
        while slots > 0:
            size = min(slots, SLOTS if slots <= SLOTS else 12)
            found.append((onset, size))
            onset, slots = onset + size * _SLOT, slots - size
    return found


def _drums(
    ground: Ground, _: Sequence[Held], where: tuple[Fraction, int], picture: NDArray[np.bool_]
) -> Iterator[Note]:
    for slot, drum in np.argwhere(picture[: where[1]]).tolist():
        onset = where[0] + slot * _SLOT
        loud = drum in (KICK, SNARE) or onset.denominator == 1
        velocity = ground.loudness(_LOUD if loud else _SOFT)
        yield Note(onset, _SLOT, spell(PITCHES[drum]), velocity)


def _piano(
    ground: Ground, chords: Sequence[Held], where: tuple[Fraction, int], picture: NDArray[np.bool_]
) -> Iterator[Note]:
    onset, slots = where
    end = min(onset + slots * _SLOT, ground.length)
    for staff, rungs in ((2, range(LEFT_RUNGS)), (1, range(LEFT_RUNGS, picture.shape[1]))):
        at = [slot for slot in range(slots) if picture[slot, list(rungs)].any()]
        for slot, following in pairwise([*at, slots]):
            begins, stops = onset + slot * _SLOT, min(end, onset + following * _SLOT)
            held = held_at(chords, begins)
            if held is None or begins >= stops:
                continue
            steps = ladder(held.root, held.tones)
            numbers = [steps[rung] for rung in rungs if picture[slot, rung]]
            for number in _playable(numbers, is_left=staff == 2):
                pitch = held.spelled(number, ground.felt)
                note = Note(begins, stops - begins, pitch, ground.loudness(70), voice=staff)
                yield replace(note, staff=staff)


def _playable(numbers: Sequence[int], *, is_left: bool) -> list[int]:
    """What one hand can reach from its outer note: the left its lowest, the right its highest."""
    if is_left:
        return [n for n in numbers if n <= numbers[0] + _SPAN][:2]
    return [n for n in numbers if n >= numbers[-1] - _SPAN][-4:]
