"""Harmonize a melody: chord symbols, or a piano that plays them under it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import chord_symbol
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding import halves as grid
from antiphon.models.tasks.chords_reading import (
    LoadedChords,
    Sight,
    all_likeliest,
    all_sampled,
    load_chords,
)
from antiphon.models.tasks.chords_sight import Fixed, View, view_of
from antiphon.models.tasks.chords_taste import bias_of, manner_of
from antiphon.models.tasks.identity import seed_of
from antiphon.models.theory.chord_choice import chords_for as chords_by_rules
from antiphon.models.theory.chord_kinds import Taste
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.held import Held, held_from, symbols_of
from antiphon.models.theory.piano_texture import piano_part
from antiphon.models.theory.settle import settled

KIND = "chords"
# Textures of the takes where the rules' own ones of a style do not suit a harmonized melody.
_TEXTURES = {None: ("block", "broken", "oompah"), "classical": ("broken", "oompah", "sweep")}


class ChordsWriter:
    """Answers requests to harmonize with chords that the network reads."""

    def __init__(self, model: LoadedChords) -> None:
        self._model = model

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """The asked takes in order. Raises InterruptedError if cancelled."""
        common = ground_of(request, request.first_take)
        view = view_of(common)
        last = request.first_take + request.count
        # The first take is not kept waiting for the others.
        for numbers in ((request.first_take,), tuple(range(request.first_take + 1, last))):
            grounds = [replace(common, number=number) for number in numbers]
            for ground, chords in zip(
                grounds, read_chords(grounds, self._model, digest, view), strict=True
            ):
                if is_cancelled():
                    raise InterruptedError
                drafts = {part.id: piano_under(ground, chords) for part in asked_parts(request)}
                yield ground.number, settled(ground, drafts, chords)


def load_writer(card: Card) -> ChordsWriter:
    """The writer of a card. Raises AntiphonError("no-weights") if it cannot be loaded."""
    return ChordsWriter(load_chords(card))


def piano_under(ground: Ground, chords: Sequence[Held]) -> list[Note]:
    """A piano that plays chords under the ground's melody; it waits for the first one."""
    names = _TEXTURES.get(ground.request.controls.style)
    texture = names[ground.number % len(names)] if names else None
    notes = piano_part(ground, chords, texture=texture)
    first = chords[0].onset if chords else Fraction(0)
    return [note for note in notes if note.onset >= first]


def chords_for(request: Request, number: int, digest: str) -> tuple[ChordSymbol, ...]:
    """The chords under the answer of a request where they change, onset 0 the answer's start.

    Given chords and those of the music are among them. Rules choose where the shipped model is
    missing.
    """
    return symbols_of(held_chords([ground_of(request, number)], digest)[0])


def held_chords(grounds: Sequence[Ground], digest: str) -> list[tuple[Held, ...]]:
    """The chords of some takes of one request as they hold, by the shipped model, else by rules."""
    model = _shipped()
    if model is not None:
        return read_chords(grounds, model, digest, view_of(grounds[0]))
    heat = grounds[0].request.controls.temperature
    return [chords_by_rules(g, Taste(g.style, heat, g.valence)) for g in grounds]


@lru_cache(maxsize=1)
def _shipped() -> LoadedChords | None:
    for card in catalog():
        if card.about.kind == KIND:
            try:
                return load_chords(card)
            except AntiphonError:
                continue
    return None


def read_chords(
    grounds: Sequence[Ground], model: LoadedChords, digest: str, view: View
) -> list[tuple[Held, ...]]:
    """The chords of some takes of one request as they hold, read by a model from its view."""
    sights, manners, randoms = [], [], []
    for ground in grounds:
        manner = manner_of(ground.request, ground.number)
        bias = view.evidence + bias_of(ground, view, manner, model)
        sights.append(Sight(view.rows, view.known, bias))
        manners.append(manner)
        randoms.append(np.random.default_rng(seed_of(ground.request, ground.number, digest)))
    found: dict[int, NDArray[np.int64]] = {}
    drawn = [i for i, manner in enumerate(manners) if manner.temperature is not None]
    chained = [i for i, manner in enumerate(manners) if manner.temperature is None]
    if drawn:
        heats = [(manners[i].temperature or 0.0, randoms[i]) for i in drawn]
        read = all_sampled(model.network, [sights[i] for i in drawn], heats)
        found |= dict(zip(drawn, read, strict=True))
    if chained:
        chains = [(manners[i].chain, randoms[i]) for i in chained]
        read = all_likeliest(model.network, [sights[i] for i in chained], chains)
        found |= dict(zip(chained, read, strict=True))
    return [_held(g, view, found[i][view.span]) for i, g in enumerate(grounds)]


def _held(ground: Ground, view: View, symbols: NDArray[np.int64]) -> tuple[Held, ...]:
    """The fixed chords, and between them those that the model chose."""
    key = ground.felt if ground.felt.fifths == view.key.fifths else view.key
    found: list[Held] = []
    for onset, end, symbol, is_given in _pieces(view, symbols, key):
        if found and not is_given and found[-1].end == onset and _same(found[-1].symbol, symbol):
            found[-1] = replace(found[-1], end=end)
            continue
        held = held_from(replace(symbol, onset=onset), onset, end, is_given=is_given)
        if held is not None:
            found.append(held)
    return tuple(found)


def _pieces(
    view: View, symbols: NDArray[np.int64], key: KeySignature
) -> Iterator[tuple[Fraction, Fraction, ChordSymbol, bool]]:
    """(onset, end, symbol, whether it is a given one) over the answer, in order."""
    place, fixed = 0, view.fixed
    for half, index in zip(view.halves, symbols, strict=True):
        now = half.onset
        while now < half.end:
            while place < len(fixed) and fixed[place].end <= now:
                place += 1
            one: Fixed | None = fixed[place] if place < len(fixed) else None
            if one is not None and one.onset <= now:
                end = min(one.end, half.end)
                yield now, end, one.symbol, one.is_given and one.onset == now
            else:
                end = half.end if one is None else min(half.end, one.onset)
                chord = grid.chord_of_symbol(int(index), view.key.fifths)
                if chord is not None:
                    yield now, end, chord_symbol(now, *chord, key), False
            now = end


def _same(first: ChordSymbol, second: ChordSymbol) -> bool:
    return replace(first, onset=Fraction(0)) == replace(second, onset=Fraction(0))
