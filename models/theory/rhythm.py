"""Measures of a melody as cells: where its notes fall, how long they last, what they were."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from random import Random

from antiphon.bridge.music.melody import is_plain
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.messages import RhythmSlot
from antiphon.models.theory.ladder import Ladder
from antiphon.models.theory.meter import accent, group_starts

_SIXTEENTH = Fraction(1, 4)
_TUPLET_PARTS = (3, 6, 12)


@dataclass(frozen=True, slots=True)
class Slot:
    """A note's place in its measure and its length (quarters); `ladder` is the pitch it had.

    `ladder` counts diatonic steps (7 an octave, C0 = 0), `alter` semitones away from the key
    signature; `ladder` is None where a pitch was never given. `is_held` says that the note
    is tied over from the measure before.
    """

    place: Fraction
    duration: Fraction
    ladder: int | None = None
    alter: int = 0
    is_held: bool = False
    velocity: int = 80

    @property
    def end(self) -> Fraction:
        """Where the slot stops, in quarters from the barline."""
        return self.place + self.duration


Cell = tuple[Slot, ...]


def has_tuplet(cell: Cell) -> bool:
    """Whether a cell holds a value that only a tuplet can show."""
    return any(not (is_plain(slot.place) and is_plain(slot.duration)) for slot in cell)


def cell_of(notes: Sequence[Note], measure: Measure, ladder: Ladder, with_tuplets: bool) -> Cell:
    """The notes of one measure of a line as a cell; what cannot be written is set on sixteenths."""
    slots = []
    start, stop = measure.onset, measure.end
    first = max(0, bisect_right(notes, start, key=lambda note: note.onset) - 1)
    last = bisect_left(notes, stop, lo=first, key=lambda note: note.onset)
    for note in notes[first:last]:
        if note.end <= start:
            continue
        onset, end = max(note.onset, measure.onset), min(note.end, measure.end)
        step, alter = ladder.position(note.pitch)
        slot = Slot(
            onset - measure.onset,
            end - onset,
            step,
            alter,
            is_held=note.onset < measure.onset,
            velocity=note.velocity,
        )
        slots.append(slot)
    cell = tuple(slots)
    if all(_is_writable(slot, with_tuplets) for slot in cell):
        return cell
    return _on_sixteenths(cell, measure.duration)


def _is_writable(slot: Slot, with_tuplets: bool) -> bool:
    for time in (slot.place, slot.duration):
        if is_plain(time):
            if time.denominator > 8:
                return False
        elif not with_tuplets or time.denominator not in _TUPLET_PARTS:
            return False
    return True


def _on_sixteenths(cell: Cell, length: Fraction) -> Cell:
    """The cell on a grid of sixteenths; of notes that fall together the first stays."""
    grid = min(_SIXTEENTH, length)
    placed: dict[Fraction, Slot] = {}
    for slot in cell:
        place = round(slot.place / grid) * grid
        if place < length and place not in placed:
            end = max(place + grid, round(slot.end / grid) * grid)
            placed[place] = replace(slot, place=place, duration=min(end, length) - place)
    ordered = [placed[place] for place in sorted(placed)]
    return tuple(
        replace(slot, duration=min(slot.end, following) - slot.place)
        for slot, following in zip(ordered, [*(s.place for s in ordered), length][1:], strict=True)
    )


def plain_cell(meter: TimeSignature, groups: tuple[int, ...]) -> Cell:
    """A cell for music that gives none: one note a group, the first group in beats."""
    starts = [*group_starts(meter, groups), meter.measure_duration]
    slots = [Slot(a, b - a) for a, b in pairwise(starts)]
    unit = Fraction(4, meter.beat_type)
    first = slots[0]
    if unit < first.duration and meter.beats > 1:
        count = int(first.duration / unit)
        slots[:1] = [Slot(unit * index, unit) for index in range(count)]
    return tuple(slots)


def closing_cell(
    cells: Sequence[Cell], meter: TimeSignature, groups: tuple[int, ...], breath: Fraction
) -> Cell:
    """The rhythm of a close: the selection's own, if it ends on a long note, else one long note.

    `breath` (quarters) is left silent at the end, for a pickup that follows.
    """
    length = meter.measure_duration
    half = max((s for s in group_starts(meter, groups) if 2 * s <= length), default=Fraction(0))
    for cell in reversed(cells):
        last = cell[-1]
        if has_tuplet(cell) or last.is_held or last.place not in (0, half):
            continue
        is_long = last.duration >= max(s.duration for s in cell) and 2 * last.end >= length
        if is_long and len(cell) <= 4:
            return cell
    return (Slot(Fraction(0), length - breath if 2 * breath < length else length),)


def shortened(cell: Cell, meter: TimeSignature, groups: tuple[int, ...]) -> Cell:
    """A cell that comes to rest: from the middle of the measure on one note is held."""
    length = meter.measure_duration
    starts = group_starts(meter, groups)
    middle = starts[len(starts) // 2] if len(starts) > 1 else Fraction(0)
    before = [slot for slot in cell if slot.end <= middle and not slot.is_held]
    if not before or before[-1].end < middle:
        return (Slot(Fraction(0), length),)
    return (*before, Slot(middle, length - middle))


def is_closing(cell: Cell, meter: TimeSignature) -> bool:
    """Whether a cell sounds like the end of a phrase: few notes, the last of them long or alone."""
    longest = max(slot.duration for slot in cell)
    return len(cell) <= 2 and 2 * longest >= meter.measure_duration


def varied(cell: Cell, meter: TimeSignature, rng: Random) -> Cell:
    """A cell with one change: two equal notes joined, or one long note divided."""
    if has_tuplet(cell) or not cell:
        return cell
    unit = meter.beat_duration
    shortest = min(slot.duration for slot in cell)
    joinable = [
        i
        for i, (a, b) in enumerate(pairwise(cell))
        if a.end == b.place and a.duration == b.duration and a.place % (2 * a.duration) == 0
    ]
    divisible = [
        i
        for i, slot in enumerate(cell)
        if slot.duration == unit > shortest and slot.place % unit == 0 and not slot.is_held
    ]
    if joinable and (not divisible or rng.random() < 0.5):
        index = rng.choice(joinable)
        longer = replace(cell[index], duration=2 * cell[index].duration)
        return (*cell[:index], longer, *cell[index + 2 :])
    if divisible:
        index = rng.choice(divisible)
        return (*cell[:index], *_divided(cell[index], meter), *cell[index + 1 :])
    return cell


def _divided(slot: Slot, meter: TimeSignature) -> tuple[Slot, Slot]:
    is_compound = meter.beat_duration * meter.beat_type != 4
    first = slot.duration * (Fraction(2, 3) if is_compound else Fraction(1, 2))
    following = Slot(slot.place + first, slot.duration - first, velocity=slot.velocity)
    return replace(slot, duration=first), following


def with_count(cell: Cell, count: int, meter: TimeSignature, groups: tuple[int, ...]) -> Cell:
    """The cell with about so many notes: weak ones join the note before, long ones are divided.

    Nothing is divided below a sixteenth, and nothing that only a tuplet could show.
    """
    slots = list(cell)
    while len(slots) > max(1, count):
        weakest = min(range(1, len(slots)), key=lambda i: accent(slots[i].place, meter, groups))
        before, gone = slots[weakest - 1], slots[weakest]
        slots[weakest - 1] = replace(before, duration=gone.end - before.place)
        del slots[weakest]
    while len(slots) < count:
        free = [
            i
            for i, slot in enumerate(slots)
            if slot.duration >= _SIXTEENTH * 2 and is_plain(slot.place) and is_plain(slot.duration)
        ]
        if not free:
            break
        longest = max(free, key=lambda i: (slots[i].duration, -i))
        slots[longest : longest + 1] = _halves(slots[longest], meter)
    return tuple(slots)


def _halves(slot: Slot, meter: TimeSignature) -> tuple[Slot, Slot]:
    """A slot in two: at the beat where it holds one, long and short in compound time."""
    beat = meter.beat_duration
    cut = ((slot.place // beat) + 1) * beat - slot.place
    if cut >= slot.duration:
        odd = slot.duration.numerator % 3 == 0
        cut = slot.duration * (Fraction(2, 3) if odd else Fraction(1, 2))
    elif 2 * cut < slot.duration:
        cut += ((slot.duration - cut) / 2) // beat * beat
    second = Slot(slot.place + cut, slot.duration - cut, velocity=slot.velocity)
    return replace(slot, duration=cut), second


def given_cell(rhythm: Sequence[RhythmSlot], measure: Measure) -> Cell:
    """A given rhythm (quarters of the answer) inside one measure; what is held over says so."""
    slots = []
    for given in rhythm:
        onset = max(given.onset, measure.onset)
        end = min(given.onset + given.duration, measure.end)
        if onset < end:
            is_held = given.onset < measure.onset
            slots.append(Slot(onset - measure.onset, end - onset, is_held=is_held))
    return tuple(sorted(slots, key=lambda slot: slot.place))
