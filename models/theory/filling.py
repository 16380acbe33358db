"""Filling a gap: rhythms from around it, a line from the note before to the note after."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import answer_start, own_part
from antiphon.models.theory.drum_patterns import drum_part
from antiphon.models.theory.drums import continue_drums
from antiphon.models.theory.frame import frame_of
from antiphon.models.theory.ground import Bar, Ground, melody_between
from antiphon.models.theory.held import Held, bent, held_at, letters_of
from antiphon.models.theory.line import Wish, best_line
from antiphon.models.theory.lines import Stave, inside, stave_of, wander
from antiphon.models.theory.rhythm import (
    Cell,
    cell_of,
    given_cell,
    plain_cell,
    varied,
    with_count,
)

_AROUND = 8
_COMPASS = (60, 76)
# Which measures lend their rhythm: those a phrase away, then near ones.
_DISTANCES = ((-4, 4, -2, 2, -1, 1), (-2, 2, -4, 4, -1, 1), (-1, 1, -4, 4, -2, 2))


def filled(ground: Ground, chords: Sequence[Held]) -> list[Note]:
    """The notes of the selected part between what stands before and after the region.

    Each measure takes the rhythm of one around it, and its motif where that fits; the line
    starts from the last note before and arrives at the first one after.
    """
    part = own_part(ground.request)
    assert part is not None
    if part.is_drums:
        return _drums(ground, part)
    before, after = _around(ground, part)
    heard = (*before, *after)
    stave = stave_of(ground, _COMPASS, heard)
    if stave is None:
        return []
    cells = _cells(ground, heard, stave)
    wishes = _wishes(ground, cells, chords, stave, after)
    last = stave.ladder.position(before[-1].pitch)[0] if before else None
    rungs = best_line(wishes, last, stave.rules)
    notes: list[Note] = []
    chosen = iter(rungs)
    voice, staff = (heard[0].voice, heard[0].staff) if heard else (1, 1)
    loud = heard[-1].velocity if heard else ground.loudness(76)
    for bar, cell in zip(ground.bars, cells, strict=True):
        for slot in cell:
            pitch = stave.ladder.pitch(next(chosen))
            notes.append(Note(bar.onset + slot.place, slot.duration, pitch, loud, voice, staff))
    return bent(notes, chords, ground.key, ground.scale) if chords else notes


def _around(ground: Ground, part: Part) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """The melody before and after the gap, in quarters of the phrase."""
    measures = [m for m in ground.request.phrase.measures if m.onset < ground.start]
    begin = measures[-_AROUND].onset if len(measures) >= _AROUND else Fraction(0)
    end = ground.start + ground.length
    later = [m for m in ground.request.phrase.measures if m.onset >= end][:_AROUND]
    stop = later[-1].end if later else end
    before = melody_between(part, begin, ground.start) if begin < ground.start else ()
    after = melody_between(part, end, stop) if stop > end else ()
    return (
        tuple(replace(n, onset=n.onset + begin) for n in before),
        tuple(replace(n, onset=n.onset + end) for n in after),
    )


def _cells(ground: Ground, heard: Sequence[Note], stave: Stave) -> list[Cell]:
    """A rhythm for each bar of the gap, with the rungs that its source had."""
    rng = ground.chance("fill")
    measures = ground.request.phrase.measures
    first = next((i for i, m in enumerate(measures) if m.end > ground.start), len(measures))
    tuplets = ground.request.controls.tuplets
    known: dict[int, Cell] = {}
    gap = range(first, first + len(ground.bars))
    for index, measure in enumerate(measures):
        if index not in gap and abs(index - first) <= _AROUND + len(ground.bars):
            cell = cell_of(heard, measure, stave.ladder, tuplets)
            if cell:
                known[index] = cell
    order = _DISTANCES[ground.number % 3]
    cells = []
    for bar in ground.bars:
        at = first + bar.index
        source = next((known[at + d] for d in order if at + d in known), None)
        if source is None and known:
            source = known[min(known, key=lambda i: abs(i - at))]
        cell = source or plain_cell(bar.meter, bar.groups)
        if source is not None and rng.random() < 0.3 * ground.adventure:
            cell = varied(cell, bar.meter, rng)
        cells.append(_fit(cell, bar, ground))
    return cells


def _fit(cell: Cell, bar: Bar, ground: Ground) -> Cell:
    controls = ground.request.controls
    if controls.rhythm:
        return given_cell(controls.rhythm, Measure(bar.onset, bar.duration, ""))
    kept = [
        replace(
            slot,
            place=max(slot.place - bar.offset, Fraction(0)),
            duration=min(slot.end - bar.offset, bar.duration)
            - max(slot.place - bar.offset, Fraction(0)),
            is_held=False,
        )
        for slot in cell
        if slot.end > bar.offset and slot.place - bar.offset < bar.duration
    ]
    if controls.density is None and abs(ground.arousal) < 0.1:
        return tuple(kept)
    density = controls.density or len(kept) / float(bar.duration) * 2 ** (0.8 * ground.arousal)
    count = round(density * float(bar.end)) - round(density * float(bar.onset))
    if count < 1 and bar.index > 0:
        return ()
    return with_count(tuple(kept), count, bar.meter, bar.groups) if kept else ()


def _wishes(
    ground: Ground,
    cells: Sequence[Cell],
    chords: Sequence[Held],
    stave: Stave,
    after: Sequence[Note],
) -> list[Wish]:
    rules = stave.rules
    goal = inside(stave.ladder.position(after[0].pitch)[0], rules) if after else None
    total = sum(len(cell) for cell in cells)
    noise = wander(ground, stave, 0.9, total)
    wishes: list[Wish] = []
    for bar, cell in zip(ground.bars, cells, strict=True):
        for slot in cell:
            onset = bar.onset + slot.place
            held = held_at(chords, onset)
            letters = letters_of(held, ground.key) if held else frozenset(range(7))
            left = total - 1 - len(wishes)
            target = None if slot.ladder is None else inside(slot.ladder, rules)
            only: frozenset[int] = frozenset()
            if goal is not None and left == 0:
                near = [r for r in rules.rungs if 1 <= abs(r - goal) <= 2] or list(rules.rungs)
                target, only = goal, frozenset(near)
            elif goal is not None and left < 4:
                target = goal
            wishes.append(
                Wish(
                    strength=bar.accent(onset),
                    chord=letters,
                    target=target,
                    hold=0.35 if left >= 4 or goal is None else 0.25,
                    only=only,
                    is_held=slot.is_held and bool(wishes),
                    noise=noise[len(wishes)],
                )
            )
    return wishes


def _drums(ground: Ground, part: Part) -> list[Note]:
    """The pattern of the measures before the gap, else a groove of its own."""
    request = ground.request
    start = answer_start(request)
    measures = [m.onset for m in request.phrase.measures if m.onset < start]
    begin = measures[-4] if len(measures) >= 4 else Fraction(0)
    region = replace(
        request.region,
        part_ids=(part.id,),
        start=request.phrase_start + begin,
        end=request.phrase_start + start,
    )
    if begin < start:
        frame = frame_of(request, (begin, start))
        notes = continue_drums(replace(request, region=region), frame, ground.chance("drums"))
        if notes:
            return list(notes)
    return drum_part(ground)
