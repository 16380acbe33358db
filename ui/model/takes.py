"""Takes as the person sees them: named, starred, combined, asked again in part."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.merge import moved_part
from antiphon.bridge.music.phrase import Part, Phrase, normalised
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import FOLLOWING, answer_start, asked_measures
from antiphon.bridge.protocol.messages import LockedNote, Remark, Request, Take

COMBINED = "combined"
# A combination has no number that the service knows; these begin where its own end.
FIRST_COMBINED = 1000
# Measures of the music that are shown and heard before an answer that goes on.
BEFORE = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, to put its answer back: a file's path, or an editor's name."""

    title: str = ""
    path: str = ""
    editor: str = ""
    part: str = ""
    first: int = 0
    last: int = -1


@dataclass(frozen=True, slots=True)
class Card:
    """A take with its request and what the person made of it."""

    request: Request
    take: Take
    name: str = ""
    is_starred: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all others."""
        return self.take.request_id, self.take.number

    @property
    def is_combined(self) -> bool:
        """Whether it was made of two takes, here."""
        return self.take.number >= FIRST_COMBINED


def more_like(request: Request, first_take: int, count: int) -> Request:
    """The same question again, for the takes that come next."""
    return replace(request, id=str(uuid.uuid4()), first_take=first_take, count=count)


@dataclass(frozen=True, slots=True)
class NotePlace:
    """A note of a take, told from its neighbours: part, onset in quarters of the take, pitch."""

    part: str
    onset: Fraction
    number: int


def asked_again(
    card: Card,
    measures: Collection[int],
    notes: Collection[NotePlace],
    seed: int,
    count: int,
) -> Request:
    """The question again with only these measures of the take (from 0) open.

    All other measures keep the take's notes, as locked ones, and so do the `notes`. Without
    measures everything but the notes is open.
    """
    take = card.take.phrase
    locked: list[LockedNote] = []
    for index, measure in enumerate(take.measures):
        is_open = index in measures or not measures
        for part in slice_phrase(take, measure.onset, measure.end).parts:
            for note in part.notes:
                onset = note.onset + measure.onset
                place = NotePlace(part.id, onset, note.pitch.midi_number)
                if not is_open or place in notes:
                    locked.append(LockedNote(replace(note, onset=onset), part.id))
    controls = replace(
        card.request.controls, locked_notes=tuple(locked), locked_measures=(), rhythm=()
    )
    return replace(
        card.request,
        id=str(uuid.uuid4()),
        controls=controls,
        seed=seed,
        first_take=0,
        count=count,
    )


def combined(first: Card, second: Card, choice: Sequence[bool], number: int, remark: str) -> Card:
    """A take with the measures of `second` where `choice` says so, else those of `first`.

    Both takes answer the same measures; a part that only one of them has is silent elsewhere.
    """
    phrase = first.take.phrase
    other = second.take.phrase
    pieces: dict[str, list[Part]] = {}
    chords = []
    for measure, is_second in zip(phrase.measures, choice, strict=True):
        cut = slice_phrase(other if is_second else phrase, measure.onset, measure.end)
        for part in cut.parts:
            pieces.setdefault(part.id, []).append(moved_part(part, measure.onset))
        chords += [replace(c, onset=c.onset + measure.onset) for c in cut.chords]
    empty = {part.id: replace(part, notes=()) for part in (*other.parts, *phrase.parts)}
    parts = tuple(
        normalised(replace(empty[name], notes=tuple(n for piece in found for n in piece.notes)))
        for name, found in pieces.items()
    )
    made = replace(phrase, parts=parts, chords=tuple(chords))
    receipt = replace(first.take.receipt, take=number)
    remarks = (Remark(COMBINED, remark),)
    take = Take(first.take.request_id, number, made, receipt, remarks)
    return Card(first.request, take)


def near(request: Request) -> Request:
    """The request with the music around its answer only: what a card shows and plays.

    `BEFORE` measures lead to an answer that goes on; another stands between its neighbours.
    """
    phrase, start = request.phrase, answer_start(request)
    if not phrase.measures or phrase.length == 0:
        return request
    end = start + sum((m.duration for m in asked_measures(request)), Fraction(0))
    follows = request.task in FOLLOWING
    firsts = [m.onset for m in phrase.measures if m.onset < start]
    lasts = [m.end for m in phrase.measures if m.end > end]
    first = firsts[-(BEFORE if follows else 1) :][0] if firsts else Fraction(0)
    last = lasts[0] if lasts else phrase.length
    if first >= last:
        return request
    cut = slice_phrase(phrase, first, last)
    return replace(request, phrase=cut, phrase_start=request.phrase_start + first)


def measures_as_text(measures: Sequence[Measure], chosen: Collection[int]) -> str:
    """The printed numbers of some measures, in stretches: "3, 5–6"."""
    found: list[tuple[int, int]] = []
    for index in sorted(chosen):
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return ", ".join(
        measures[a].number if a == b else f"{measures[a].number}–{measures[b].number}"
        for a, b in found
    )


def measure_index(phrase: Phrase, onset: Fraction) -> int | None:
    """The index of the measure that holds an onset, None outside."""
    for index, measure in enumerate(phrase.measures):
        if measure.onset <= onset < measure.end:
            return index
    return None


def changed_controls(
    values: Mapping[str, object], plain: Mapping[str, object]
) -> dict[str, object]:
    """The controls that differ from what they are at first."""
    return {name: value for name, value in values.items() if plain.get(name) != value}
