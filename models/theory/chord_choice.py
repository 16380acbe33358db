"""Chords for a melody, or for silence: the cheapest chain over half measures or beats."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.chords import pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.protocol.messages import Setting, Task
from antiphon.models.theory.chord_finding import chords_heard
from antiphon.models.theory.chord_kinds import (
    Option,
    Taste,
    follow_cost,
    given_option,
    options,
)
from antiphon.models.theory.ground import Ground, heard_parts
from antiphon.models.theory.held import Held, held_from

_KEPT = 12
_OUTSIDE = 3.2
_OTHERS = 0.4
_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """A span for one chord: whether it opens its bar, and what it closes.

    `closes` is 3 for the last of all, 2 for the end of a first phrase, 1 for that of a second.
    """

    onset: Fraction
    end: Fraction
    opens_bar: bool
    closes: int = 0


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A chord that is known before the choice, and how far it holds."""

    onset: Fraction
    end: Fraction
    symbol: ChordSymbol
    is_given: bool


def chords_for(ground: Ground, taste: Taste, unit: str = "half") -> tuple[Held, ...]:
    """The chords of an answer: given ones, those that are heard or written, the rest chosen.

    `unit` is how often a chord may change: "measure", "half" or "beat". Chosen is the chain
    that suits the melody, follows usage and closes its phrases (Viterbi). Every note of every
    chord lies in a strict key.
    """
    fixed = _fixed_chords(ground)
    slots = _slots(ground, unit, [f.onset for f in fixed])
    menu = options(ground.felt, taste, ground.scale)
    columns = _columns(ground, slots, menu, fixed)
    columns = _with_noise(ground, slots, columns, 0.45 * taste.adventure)
    # A melody may ask for one chord at length; without one the harmony keeps moving.
    chain = _chain(slots, columns, 0.3 if ground.melody else 0.7)
    return _held(ground, slots, chain, fixed)


def given_chords(ground: Ground) -> tuple[ChordSymbol, ...]:
    """The given chords that lie in the answer, in order."""
    chords = [c for c in ground.request.controls.chords if c.onset < ground.length]
    return tuple(sorted(chords, key=lambda chord: chord.onset))


def _fixed_chords(ground: Ground) -> list[_Fixed]:
    request = ground.request
    longest = _PHRASE if request.task in (Task.GENERATE, Task.BASS, Task.ACCOMPANY) else 2
    given = [
        _Fixed(c.onset, _reach(ground, c.onset, longest), c, is_given=True)
        for c in given_chords(ground)
    ]
    known = [
        _Fixed(c.onset, ground.length, c, is_given=False)
        for c in _known(ground)
        if 0 <= c.onset < ground.length and pitch_classes(c) <= ground.scale
    ]
    fixed: dict[Fraction, _Fixed] = {}
    for one in known:
        if not any(g.onset <= one.onset < g.end for g in given):
            fixed[one.onset] = one
    fixed |= {one.onset: one for one in given}
    ordered = [fixed[onset] for onset in sorted(fixed)]
    ends = [*(one.onset for one in ordered), ground.length][1:]
    return [replace(f, end=min(f.end, end)) for f, end in zip(ordered, ends, strict=True)]


def _reach(ground: Ground, onset: Fraction, longest: int) -> Fraction:
    """How far a given chord holds where no other follows: to the end of its measure or so."""
    index = ground.bar_at(onset).index + (longest if longest > 2 else 1)
    return ground.bars[index].onset if index < len(ground.bars) else ground.length


def _known(ground: Ground) -> Sequence[ChordSymbol]:
    """Chords that the music itself says: its symbols, else those that its parts make together."""
    request, end = ground.request, ground.start + ground.length
    written = [c for c in request.phrase.chords if c.onset < end]
    if request.task is Task.HARMONIZE:
        if request.controls.setting is Setting.CHORDS:
            return [
                replace(c, onset=c.onset - ground.start)
                for c in written
                if _is_locked(ground, c.onset - ground.start)
            ]
        return chords_heard(request.phrase, ground.start, end) if written else ()
    if request.task is Task.RESTYLE:
        return ()
    if request.task is Task.GENERATE and not written:
        return ()
    if written or _is_full(ground):
        return chords_heard(request.phrase, ground.start, end)
    return ()


def _is_locked(ground: Ground, onset: Fraction) -> bool:
    return onset >= 0 and ground.bar_at(onset).index in ground.request.controls.locked_measures


def _is_full(ground: Ground) -> bool:
    """Whether the parts sound together enough to tell their chords."""
    events: list[tuple[Fraction, int]] = []
    for part in heard_parts(ground.request):
        for note in part.notes:
            if note.onset < ground.start + ground.length and note.end > ground.start:
                events += [(note.onset, 1), (note.end, -1)]
    events.sort()
    sounding, last, time, full = 0, Fraction(0), Fraction(0), Fraction(0)
    for onset, change in events:
        time += onset - last if sounding else 0
        full += onset - last if sounding > 1 else 0
        sounding, last = sounding + change, onset
    return 2 * full > time > 0


def _slots(ground: Ground, unit: str, fixed: Sequence[Fraction]) -> list[Slot]:
    found: list[Slot] = []
    extra = sorted(fixed)
    last = len(ground.bars) - 1
    for bar in ground.bars:
        starts = {bar.onset}
        if unit == "beat":
            starts |= set(bar.pulses)
        elif unit == "half" and bar.middle is not None:
            starts.add(bar.middle)
        starts |= set(extra[bisect_right(extra, bar.onset) : bisect_right(extra, bar.end)])
        ordered = sorted(start for start in starts if start < bar.end)
        for start, end in zip(ordered, [*ordered[1:], bar.end], strict=True):
            closes = 0
            if end == bar.end:
                ends_phrase = ground.place(bar) % _PHRASE == _PHRASE - 1
                is_half = ground.place(bar) // _PHRASE % 2 == 0
                closes = 3 if bar.index == last else (2 if is_half else 1) * ends_phrase
                closes = 0 if ground.request.task is Task.FILL else closes
            found.append(Slot(start, end, start == bar.onset, closes))
    return found


def _columns(
    ground: Ground, slots: Sequence[Slot], menu: Sequence[Option], fixed: Sequence[_Fixed]
) -> list[list[tuple[Option, float]]]:
    """For each slot the chords that may hold there with their costs, the best ones only."""
    heard = _heard(ground, slots)
    onsets = [one.onset for one in fixed]
    columns: list[list[tuple[Option, float]]] = []
    for index, (slot, sounds) in enumerate(zip(slots, heard, strict=True)):
        at = bisect_right(onsets, slot.onset) - 1
        if at >= 0 and slot.onset < fixed[at].end:
            root = root_pitch_class(fixed[at].symbol)
            symbol = fixed[at].symbol
            columns.append([(given_option(symbol, root or 0, ground.felt), 0.0)])
            continue
        scored = [
            (option, option.cost + _misfit(option.tones, sounds) + _place_cost(option, slot, index))
            for option in menu
        ]
        columns.append(sorted(scored, key=lambda row: row[1])[:_KEPT])
    return columns


def _heard(ground: Ground, slots: Sequence[Slot]) -> list[list[tuple[int, float]]]:
    """What sounds in each slot as (pitch class, weight), weights summing to 1 where it sounds."""
    starts = [slot.onset for slot in slots]
    sounds: list[dict[int, float]] = [{} for _ in slots]
    own = {(n.onset, n.pitch.midi_number) for n in ground.melody}

    def add(note: Note, weight: float) -> None:
        index = max(0, bisect_right(starts, note.onset) - 1)
        while index < len(slots) and slots[index].onset < note.end:
            slot = slots[index]
            onset = max(note.onset, slot.onset)
            time = float(min(note.end, slot.end) - onset)
            if time > 0:
                strength = 0.35 + 0.65 * ground.bar_at(onset).accent(onset)
                value = weight * min(time, 2.0) ** 0.7 * strength
                pitch_class = note.pitch.midi_number % 12
                sounds[index][pitch_class] = sounds[index].get(pitch_class, 0.0) + value
            index += 1

    for note in ground.melody:
        add(note, 1.0)
    if ground.request.task not in (Task.GENERATE, Task.RESTYLE):
        for part in heard_parts(ground.request):
            for note in part.notes:
                moved = note.onset - ground.start
                if 0 <= moved < ground.length and (moved, note.pitch.midi_number) not in own:
                    add(replace(note, onset=moved), _OTHERS)
    totals = [sum(row.values()) or 1.0 for row in sounds]
    return [
        [(pc, value / total) for pc, value in row.items()]
        for row, total in zip(sounds, totals, strict=True)
    ]


def _misfit(tones: frozenset[int], sounds: Sequence[tuple[int, float]]) -> float:
    return _OUTSIDE * sum(weight for pitch_class, weight in sounds if pitch_class not in tones)


def _place_cost(option: Option, slot: Slot, index: int) -> float:
    """Where a chord likes to stand: the tonic first and last, no loose dominant at the end."""
    cost = 0.0
    if index == 0:
        cost += 0.0 if option.degree == 0 and option.leads is None else 0.7
    if slot.closes == 3:
        cost += 0.0 if option.degree == 0 else (1.0 if option.degree == 4 else 2.5)
        cost += 3.0 if option.leads is not None else 0.0
    elif slot.closes == 2:
        cost += -0.3 if option.degree == 4 and option.leads is None else 0.2
    elif slot.closes == 1:
        cost += -0.3 if option.degree == 0 else 0.3
    return cost


def _with_noise(
    ground: Ground,
    slots: Sequence[Slot],
    columns: Sequence[Sequence[tuple[Option, float]]],
    amount: float,
) -> list[list[tuple[Option, float]]]:
    """The costs as chance moves them; where no melody leads, phrases that return agree."""
    rng = ground.chance("chords")
    is_free = not ground.melody
    drawn: dict[object, float] = {}
    found = []
    for index, (slot, row) in enumerate(zip(slots, columns, strict=True)):
        bar = ground.bar_at(slot.onset)
        phrase, at = divmod(bar.index, _PHRASE)
        letter = "A" if phrase % 4 != 2 else "B"
        place = (letter, at, slot.onset - bar.onset) if is_free else index
        noisy = []
        for option, cost in row:
            key = (place, option)
            if key not in drawn:
                drawn[key] = rng.random()
            noisy.append((option, cost + (2.0 if is_free else 1.0) * amount * drawn[key]))
        found.append(noisy)
    return found


def _chain(
    slots: Sequence[Slot], columns: Sequence[Sequence[tuple[Option, float]]], stay: float
) -> list[Option]:
    costs = [cost for _, cost in columns[0]]
    backs: list[list[int]] = []
    # Costs by the identities of two options, which live as long as the columns.
    known: dict[tuple[int, int], float] = {}
    for index in range(1, len(slots)):
        before, here = columns[index - 1], columns[index]
        opens = slots[index].opens_bar
        row, back = [], []
        for option, own in here:
            best, best_at = float("inf"), 0
            for at, (previous, _) in enumerate(before):
                key = (id(previous), id(option))
                move = known.get(key)
                if move is None:
                    move = known[key] = follow_cost(previous, option)
                if previous.root == option.root:
                    move = move - 0.3 + (stay if opens else 0.0)
                elif not opens:
                    move += 0.35
                if costs[at] + move < best:
                    best, best_at = costs[at] + move, at
            row.append(best + own)
            back.append(best_at)
        costs = row
        backs.append(back)
    at = min(range(len(costs)), key=costs.__getitem__)
    chain = [columns[-1][at][0]]
    for index in range(len(slots) - 2, -1, -1):
        at = backs[index][at]
        chain.append(columns[index][at][0])
    return chain[::-1]


def _held(
    ground: Ground, slots: Sequence[Slot], chain: Sequence[Option], fixed: Sequence[_Fixed]
) -> tuple[Held, ...]:
    """The chain as chords that hold; "no chord" is silence between them."""
    known = {one.onset: one for one in fixed}
    found: list[Held] = []
    for slot, option in zip(slots, chain, strict=True):
        begins = slot.onset in known
        symbol = option.symbol(slot.onset, ground.felt)
        is_same = found and replace(found[-1].symbol, onset=slot.onset) == symbol
        if is_same and not begins and found[-1].end == slot.onset:
            found[-1] = replace(found[-1], end=slot.end)
            continue
        is_given = begins and known[slot.onset].is_given
        held = held_from(symbol, slot.onset, slot.end, is_given=is_given)
        if held is not None:
            found.append(held)
    return tuple(found)
