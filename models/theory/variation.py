"""Variations of a passage that keep its rhythm, its contour, or neither, to a degree."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

from antiphon.bridge.music.melody import is_plain, sounding
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.protocol.asked import own_part
from antiphon.bridge.protocol.messages import Keep
from antiphon.models.theory.context import between
from antiphon.models.theory.drum_patterns import CLOSED, KICK, SNARE
from antiphon.models.theory.ground import Bar, Ground
from antiphon.models.theory.held import Held, bent, held_at, letters_of
from antiphon.models.theory.line import Wish, best_line
from antiphon.models.theory.lines import Stave, inside, stave_of, wander
from antiphon.models.theory.locks import identity
from antiphon.models.theory.rhythm import Slot, with_count

_COMPASS = (60, 76)
_TIED_FROM = 16
# Into what first values the time of two notes may be divided, the usual one first.
_CUTS = {
    Fraction(1): (Fraction(3, 4), Fraction(1, 2)),
    Fraction(3, 2): (Fraction(1), Fraction(1, 2)),
    Fraction(2): (Fraction(3, 2), Fraction(1)),
    Fraction(3): (Fraction(2), Fraction(3, 2)),
    Fraction(4): (Fraction(3), Fraction(2)),
}


def standing(ground: Ground) -> list[Note]:
    """All notes of the selected part in the answer's span, as they sound, with grace notes."""
    part = own_part(ground.request)
    assert part is not None
    start, end = ground.start, ground.start + ground.length
    near = between(part, max(Fraction(0), start - _TIED_FROM), end)
    found = [n for n in near.notes if n.is_grace and start <= n.onset < end]
    found += [n for n in sounding(near.notes) if n.end > start]
    moved = []
    for note in found:
        onset = max(note.onset, start)
        duration = Fraction(0) if note.is_grace else min(note.end, end) - onset
        moved.append(replace(note, onset=onset - start, duration=duration))
    return moved


def variation(ground: Ground, chords: Sequence[Held]) -> list[Note]:
    """The part's notes varied: a share of `degree` of its melody changes, the rest stands.

    With the rhythm kept only pitches change; with the contour kept every step goes the way it
    went, by other intervals and in other durations; else both move. What accompanies the melody
    in the same part stays. Degree 0 changes nothing.
    """
    part = own_part(ground.request)
    assert part is not None
    every = standing(ground)
    degree = ground.request.controls.degree
    if degree == 0 or not every:
        return every
    if part.is_drums:
        return _drums(ground, every)
    line = list(ground.melody)
    keys = {(n.onset, n.pitch.midi_number) for n in line}
    rest = [n for n in every if (n.onset, n.pitch.midi_number) not in keys]
    stave = stave_of(ground, _COMPASS, line)
    if stave is None or not line:
        return every
    keep = ground.request.controls.keep
    if keep is Keep.RHYTHM:
        varied = _other_pitches(ground, line, chords, stave)
    elif keep is Keep.CONTOUR:
        varied = _same_contour(ground, line, chords, stave)
    else:
        varied = _free(ground, line, chords, stave)
    still = {identity(n) for n in line} & {identity(n) for n in varied}
    changed = {n.onset for n in line} - {onset for onset, *_ in still}
    graces = [n for n in rest if n.is_grace and n.onset not in changed]
    return [*varied, *graces, *(n for n in rest if not n.is_grace)]


def _chosen(ground: Ground, line: Sequence[Note], rng: Random) -> set[int]:
    """Which notes change: weak ones first, the first and the last of all at the end."""
    count = max(1, round(ground.request.controls.degree * len(line)))

    def worth(index: int) -> float:
        note = line[index]
        edge = 2.0 if index in (0, len(line) - 1) else 0.0
        return edge + ground.bar_at(note.onset).accent(note.onset) + 0.8 * rng.random()

    return set(sorted(range(len(line)), key=worth)[:count])


def _wish(
    ground: Ground, note: Note, chords: Sequence[Held], noise: tuple[float, ...]
) -> Wish:  # fmt: skip
    held = held_at(chords, note.onset)
    letters = letters_of(held, ground.key) if held else frozenset(range(7))
    strength = ground.bar_at(note.onset).accent(note.onset)
    return Wish(strength, letters, None, 0.0, frozenset(), is_held=False, noise=noise)


def _other_pitches(
    ground: Ground, line: Sequence[Note], chords: Sequence[Held], stave: Stave
) -> list[Note]:
    rng = ground.chance("vary")
    chosen = _chosen(ground, line, rng)
    rules = stave.rules
    noise = wander(ground, stave, 1.6, len(line))
    wishes = []
    for index, note in enumerate(line):
        wish = _wish(ground, note, chords, noise[index])
        rung = inside(stave.ladder.position(note.pitch)[0], rules)
        if index in chosen:
            near = [r for r in rules.rungs if 1 <= abs(r - rung) <= 4] or [rung]
            wishes.append(replace(wish, only=frozenset(near), target=rung, hold=0.15))
        else:
            wishes.append(replace(wish, only=frozenset({rung})))
    rungs = best_line(wishes, None, rules)
    new = [
        replace(note, pitch=stave.ladder.pitch(rung), lyrics=())
        for note, rung in zip(line, rungs, strict=True)
    ]
    tuned = bent(new, chords, ground.key, ground.scale) if chords else new
    return [tuned[i] if i in chosen else note for i, note in enumerate(line)]


def _same_contour(
    ground: Ground, line: Sequence[Note], chords: Sequence[Held], stave: Stave
) -> list[Note]:
    """Other intervals in the same directions, and neighbouring notes that share their time anew."""
    rng = ground.chance("vary")
    chosen = sorted(_chosen(ground, line, rng))
    rungs = [stave.ladder.position(n.pitch)[0] for n in line]
    moved = set()
    for index in chosen:
        before = rungs[index - 1] if index > 0 else None
        after = rungs[index + 1] if index + 1 < len(rungs) else None
        held = held_at(chords, line[index].onset)
        letters = letters_of(held, ground.key) if held else frozenset(range(7))
        options = [
            r
            for r in stave.rules.rungs
            if 0 < abs(r - rungs[index]) <= 4
            and _sign(before, r) == _sign(before, rungs[index])
            and _sign(r, after) == _sign(rungs[index], after)
        ]
        if options:
            strength = ground.bar_at(line[index].onset).accent(line[index].onset)
            rungs[index] = min(
                options,
                key=lambda r: (
                    0.4 * abs(r - rungs[index])
                    + (2.5 * strength if r % 7 not in letters else 0.0)
                    + 1.5 * ground.adventure * rng.random()
                ),
            )
            moved.add(index)
    found = [
        replace(n, pitch=stave.ladder.pitch(rungs[i]), lyrics=()) if i in moved else n
        for i, n in enumerate(line)
    ]
    return _redivided(ground, found, ground.request.controls.degree, rng)


def _sign(low: int | None, high: int | None) -> int:
    if low is None or high is None:
        return 2
    return (high > low) - (high < low)


def _redivided(
    ground: Ground, line: Sequence[Note], share: float, rng: Random
) -> list[Note]:  # fmt: skip
    """Pairs of neighbours that divide their time otherwise: even becomes dotted, dotted even."""
    found = list(line)
    index = 0
    while index + 1 < len(found):
        first, second = found[index], found[index + 1]
        total = first.duration + second.duration
        same_bar = ground.bar_at(first.onset) is ground.bar_at(second.onset)
        meets = first.end == second.onset and is_plain(first.onset) and is_plain(total)
        if meets and same_bar and total >= 1 and rng.random() < share:
            cut = _other_cut(first.duration, total)
            if cut is not None:
                found[index] = replace(first, duration=cut)
                found[index + 1] = replace(second, onset=first.onset + cut, duration=total - cut)
                index += 1
        index += 1
    return found


def _other_cut(now: Fraction, total: Fraction) -> Fraction | None:
    """Where else two notes may divide their time, None for a time that is left alone."""
    return next((cut for cut in _CUTS.get(total, ()) if cut != now), None)


def _free(ground: Ground, line: Sequence[Note], chords: Sequence[Held], stave: Stave) -> list[Note]:
    """Rhythm and pitch both move, the more the higher the degree; the frame of chords stays."""
    rng = ground.chance("vary")
    degree = ground.request.controls.degree
    notes: list[Note] = []
    for bar in ground.bars:
        inside_bar = [n for n in line if bar.onset <= n.onset < bar.end]
        if not inside_bar:
            continue
        slots = _new_rhythm(ground, bar, inside_bar, degree, rng)
        for slot in slots:
            onset = bar.onset + slot.place
            model = [n for n in inside_bar if n.onset <= onset][-1:] or inside_bar[:1]
            notes.append(replace(model[0], onset=onset, duration=slot.duration, lyrics=()))
    rules = stave.rules
    noise = wander(ground, stave, 0.6 + 1.4 * degree, len(notes))
    wishes = []
    for index, note in enumerate(notes):
        rung = inside(stave.ladder.position(note.pitch)[0], rules)
        hold = 1.3 * (1 - degree)
        wishes.append(replace(_wish(ground, note, chords, noise[index]), target=rung, hold=hold))
    rungs = best_line(wishes, None, rules)
    new = []
    for note, rung in zip(notes, rungs, strict=True):
        is_same = rung == stave.ladder.position(note.pitch)[0]
        new.append(note if is_same else replace(note, pitch=stave.ladder.pitch(rung)))
    return bent(new, chords, ground.key, ground.scale) if chords else new


def _new_rhythm(
    ground: Ground, bar: Bar, notes: Sequence[Note], degree: float, rng: Random
) -> tuple[Slot, ...]:
    cell = tuple(Slot(n.onset - bar.onset, min(n.end, bar.end) - n.onset) for n in notes)
    asked = ground.request.controls.density
    count = len(cell)
    if asked is not None:
        count = max(1, round(asked * float(bar.duration)))
    elif rng.random() < degree:
        count = max(1, count + rng.choice((-1, 1, 1, -2 if count > 3 else 2)))
    cell = with_count(cell, count, bar.meter, bar.groups)
    moved = [Note(bar.onset + s.place, s.duration, notes[0].pitch) for s in cell]
    moved = _redivided(ground, moved, 0.5 * degree, rng)
    return tuple(Slot(n.onset - bar.onset, n.duration) for n in moved)


def _drums(ground: Ground, every: Sequence[Note]) -> list[Note]:
    """A drum part with a share of its weak strokes left out, moved to other drums, or doubled."""
    rng = ground.chance("vary")
    degree = ground.request.controls.degree
    found: list[Note] = []
    swap = {CLOSED: 46, 46: CLOSED, SNARE: 37, 37: SNARE, KICK: KICK, 51: 53, 49: 57}
    for note in every:
        strength = ground.bar_at(note.onset).accent(note.onset)
        chance = degree * (1.1 - strength)
        if note.is_grace or rng.random() >= max(chance, 0.25 * degree):
            found.append(note)
            continue
        kind = rng.random()
        number = note.pitch.midi_number
        if kind < 0.35 and strength < 0.9:
            continue
        if kind < 0.7 and note.duration >= Fraction(1, 2) and is_plain(note.duration):
            half = note.duration / 2
            found.append(replace(note, duration=half))
            quiet = max(1, note.velocity * 2 // 3)
            found.append(replace(note, onset=note.onset + half, duration=half, velocity=quiet))
        else:
            found.append(replace(note, pitch=spell(swap.get(number, CLOSED))))
    return found


def contour(notes: Sequence[Note]) -> list[int]:
    """Which way each step of a line goes: 1 up, 0 the same, -1 down."""
    numbers = [note.pitch.midi_number for note in notes]
    return [(b > a) - (b < a) for a, b in pairwise(numbers)]
