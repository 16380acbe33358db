"""What a take does, in musical words: key, compass, close, what it takes from the selection."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding, top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.time import Measure
from antiphon.bridge.music.words import (
    degree_name,
    key_name,
    measures_in_words,
    note_name,
    place_in_words,
    range_in_words,
)
from antiphon.bridge.protocol.asked import role_of
from antiphon.bridge.protocol.messages import Remark, Request, Task
from antiphon.models.theory.context import between
from antiphon.models.theory.frame import asked_part, felt_key, span_of
from antiphon.models.theory.ladder import Ladder, ladder_of
from antiphon.models.theory.part_remarks import on_chords, on_melody, on_part
from antiphon.models.theory.rhythm import Cell, cell_of

# Every sentence with its code; translations replace this table alone.
SENTENCES = {
    "silent": "It rests throughout.",
    "drums": "A drum pattern of {notes} notes.",
    "key": "In {key}, from {range}.",
    "ending": "It ends on the {degree}, {note}.",
    "repeat": "{new} {verb} {old}.",
    "sequence": "{new} {verb} {old} {distance}, as a sequence.",
    "rhythm": "{new} {verb} the rhythm of {old}.",
    "leap": "Its widest leap is {interval}, {low} to {high} in {place}.",
    "stepwise": "It moves by step and third throughout.",
    "diatonic": "Every note belongs to the key.",
    "chromatic": "Outside the key: {notes}.",
}
_INTERVALS = ("a unison", "a second", "a third", "a fourth", "a fifth", "a sixth", "a seventh")
_NAMES_TOLD = 4


@dataclass(frozen=True, slots=True)
class _Bond:
    """How a new measure relates to an old one: kind, distance in rungs, index of the old one."""

    kind: str
    distance: int
    old: int


def remarks_on(request: Request, answer: Phrase) -> tuple[Remark, ...]:
    """What an answer to any task does, in the order a musician would tell it.

    Works for the answer of any engine; codes and English sentences are those of `SENTENCES`
    and of `part_remarks.SENTENCES`.
    """
    if request.task in (Task.CONTINUE, Task.FILL, Task.VARY) and answer.parts:
        return _on_line(request, answer, answer.parts[0])
    key = felt_key(request)
    said: list[Remark] = []
    melody = next((p for p in answer.parts if role_of(p) in (None, "melody")), None)
    if request.task is Task.GENERATE and answer.parts:
        said += _on_line(request, answer, answer.parts[0])
    elif request.task is Task.RESTYLE and melody is not None:
        said += on_melody(request, answer, melody)
    said += on_chords(answer, key)
    for part in answer.parts:
        if part is not melody or request.task not in (Task.GENERATE, Task.RESTYLE):
            said += on_part(request, answer, part)
    return tuple(said) or (_say("silent"),)


def _on_line(request: Request, answer: Phrase, part: Part) -> tuple[Remark, ...]:
    """What a melody or a drum part of an answer does."""
    line = top_line(part, Fraction(0), answer.length)
    if not line:
        return (_say("silent"),)
    if part.is_drums:
        return (_say("drums", notes=len(sounding(part.notes))),)
    key = felt_key(request)
    said = [_say("key", key=key_name(key), range=range_in_words(line))]
    said.append(_ending(line[-1], key))
    if request.region.part_ids or request.task is not Task.GENERATE:
        said += _relations(request, answer, line, ladder_of(key.fifths))
    said.append(_leap(answer, line, key))
    said.append(_chromatic(line, key))
    return tuple(said)


def _say(code: str, **gaps: object) -> Remark:
    return Remark(code, SENTENCES[code].format(**gaps))


def _ending(last: Note, key: KeySignature) -> Remark:
    degree = degree_name(last.pitch, key)
    return _say("ending", degree=degree, note=note_name(last.pitch, with_octave=False))


def _relations(
    request: Request, answer: Phrase, line: Sequence[Note], ladder: Ladder
) -> Iterator[Remark]:
    """What the measures take from the selection, like neighbours told together."""
    if not request.phrase.parts:  # music from nothing takes nothing up
        return
    start, end = span_of(request)
    if request.task is Task.FILL:
        # A gap is told by what stands before it.
        begun = [m.onset for m in request.phrase.measures if m.onset < start]
        start, end = (begun[-8:][0] if begun else Fraction(0)), start
    heard = top_line(between(asked_part(request), start, end), start, end)
    olds = [m for m in request.phrase.measures if start <= m.onset and m.end <= end]
    old_cells = [cell_of(heard, m, ladder, with_tuplets=True) for m in olds]
    bonds = [
        _bond(
            cell_of(line, measure, ladder, with_tuplets=True),
            old_cells,
            index if request.task is Task.VARY else 0,
        )
        for index, measure in enumerate(answer.measures)
    ]
    index = 0
    while index < len(bonds):
        bond, begin = bonds[index], index
        index += 1
        if bond is None:
            continue
        stride = 1 if index < len(bonds) and _goes_on(bond, bonds[index], 1) else 0
        while index < len(bonds) and _goes_on(bond, bonds[index], stride * (index - begin)):
            index += 1
        news = answer.measures[begin:index]
        yield _relation(bond, news, olds[bond.old : bond.old + max(1, stride * len(news))])


def _goes_on(bond: _Bond, following: _Bond | None, distance: int) -> bool:
    return following == _Bond(bond.kind, bond.distance, bond.old + distance)


def _relation(bond: _Bond, news: Sequence[Measure], olds: Sequence[Measure]) -> Remark:
    new = measures_in_words(news).capitalize()
    old = measures_in_words(olds)
    is_one = len(news) == 1
    if bond.kind == "repeat":
        return _say("repeat", new=new, verb="repeats" if is_one else "repeat", old=old)
    if bond.kind == "rhythm":
        return _say("rhythm", new=new, verb="keeps" if is_one else "keep", old=old)
    steps = abs(bond.distance)
    size = "an octave" if steps == 7 else _INTERVALS[steps % 7].replace("second", "step")
    where = f"{size} {'higher' if bond.distance > 0 else 'lower'}"
    return _say("sequence", new=new, verb="takes" if is_one else "take", old=old, distance=where)


def _bond(cell: Cell, olds: Sequence[Cell], near: int) -> _Bond | None:
    """The closest relation of a measure to the old ones: repeat, then sequence, then rhythm.

    Of several the one nearest to the old measure `near` is told.
    """
    if not cell:
        return None
    found: list[tuple[int, int, _Bond]] = []
    for index, old in enumerate(olds):
        if not old or [(s.place, s.duration) for s in cell] != [(s.place, s.duration) for s in old]:
            continue
        moves = {(a.ladder or 0) - (b.ladder or 0) for a, b in zip(cell, old, strict=True)}
        same_alter = all(a.alter == b.alter for a, b in zip(cell, old, strict=True))
        if moves == {0} and same_alter:
            found.append((0, abs(index - near), _Bond("repeat", 0, index)))
        elif len(moves) == 1 and len(cell) > 2 and moves != {0}:
            found.append((1, abs(index - near), _Bond("sequence", moves.pop(), index)))
        elif len(cell) > 2:
            found.append((2, abs(index - near), _Bond("rhythm", 0, index)))
    return min(found, key=lambda row: row[:2])[2] if found else None


def _leap(answer: Phrase, line: Sequence[Note], key: KeySignature) -> Remark:
    ladder = ladder_of(key.fifths)
    pairs = [(a, b) for a, b in pairwise(line)]
    if not pairs:
        return _say("stepwise")

    def semitones(pair: tuple[Note, Note]) -> int:
        return abs(pair[1].pitch.midi_number - pair[0].pitch.midi_number)

    first, second = max(pairs, key=semitones)
    size = abs(ladder.position(first.pitch)[0] - ladder.position(second.pitch)[0])
    if size <= 2:
        return _say("stepwise")
    octaves, rest = divmod(size, 7)
    wide = {7: "an octave"}.get(size, f"{octaves} octaves" if rest == 0 else "over an octave")
    return _say(
        "leap",
        interval=_INTERVALS[size] if size < 7 else wide,
        low=note_name(first.pitch),
        high=note_name(second.pitch),
        place=place_in_words(answer, second.onset),
    )


def _chromatic(line: Sequence[Note], key: KeySignature) -> Remark:
    outside = [n.pitch for n in line if n.pitch.midi_number % 12 not in key.scale]
    names = list(dict.fromkeys(note_name(pitch, with_octave=False) for pitch in outside))
    if not names:
        return _say("diatonic")
    told = ", ".join(names[:_NAMES_TOLD])
    return _say("chromatic", notes=told + (" …" if len(names) > _NAMES_TOLD else ""))
