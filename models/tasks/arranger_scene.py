"""From a request to what the arranger sees: the grid round the answer, and what must be kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Part, meter_at
from antiphon.bridge.protocol.asked import role_of
from antiphon.bridge.protocol.messages import Request, Task
from antiphon.models.encoding.cells import (
    DENSITIES,
    LOWEST,
    NO_PITCH,
    NO_STYLE,
    PITCHES,
    POLYPHONIES,
    REGISTER_STEP,
    STYLES,
    Cell,
    bucket,
)
from antiphon.models.encoding.cells_grid import (
    Grid,
    Place,
    cells_of,
    chord_slots,
    drum_lines,
    grid_of,
)
from antiphon.models.encoding.cells_harmony import (
    SLOT,
    Floats,
    Heard,
    Roll,
    dense_rows,
    measures_of,
    others_rows,
    own_rows,
    roll_of,
)
from antiphon.models.encoding.grid import ticks
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger_asked import Scene
from antiphon.models.tasks.arranger_rules import (
    BASS,
    GUITAR,
    INNER,
    MELODY,
    OWN_TASKS,
    PIANO,
    Hearing,
    rules_of,
    usual_density,
)
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held, symbols_of
from antiphon.models.theory.locks import locked_spans

CONTEXT_MEASURES = 16
_WALKED = 8
_ROLES = {
    "melody": MELODY, "alto": INNER, "tenor": INNER, "bass voice": BASS, "piano": PIANO,
    "guitar": GUITAR, "bass": BASS,
}  # fmt: skip
_USUAL_POLYPHONY = {GUITAR: 2.5}


@dataclass(frozen=True, slots=True)
class Stage:
    """A part to write: the part with its own music round the answer, its role and its scene."""

    part: Part
    role: int
    scene: Scene


class Frame:
    """The grid round the answers of a request, the answer's first and last bar, and parts on it.

    What a part sounds like on the grid is worked out once, for all takes that hear it.
    """

    def __init__(self, ground: Ground) -> None:
        places, first, last = places_of(ground)
        self.grid = grid_of(places, ground.felt.fifths)
        self.span = _bounds_of(self.grid, places, first, last)
        self._rolls: dict[int, tuple[Part, Roll]] = {}

    def roll(self, part: Part) -> Roll:
        """A pitched part as it sounds."""
        known = self._rolls.get(id(part))
        if known is None or known[0] is not part:
            grid = self.grid
            known = part, roll_of(cells_of(part, grid), grid.bars, grid.slots)
            self._rolls[id(part)] = known
        return known[1]


@dataclass(frozen=True, slots=True)
class Around:
    """What is heard beside a part on a frame: other parts in quarters of the phrase, chords."""

    frame: Frame
    parts: tuple[Part, ...]
    chords: tuple[Held, ...] = ()


def role_in(part: Part, request: Request) -> int:
    """The role of a part: told by its id where it is one of Antiphon's, else by what it plays."""
    known = role_of(part)
    if known in _ROLES:
        return _ROLES[known]
    notes = [note for note in part.notes if not note.is_grace]
    onsets = {(note.onset, note.staff) for note in notes}
    thickness = len(notes) / max(1, len(onsets))
    if 32 <= part.program < 40:
        return BASS
    if 24 <= part.program < 32 and thickness > 1.15:
        return GUITAR
    if part.staff_count > 1 or thickness > 1.25:
        return PIANO
    means = {p.id: _mean(p) for p in request.phrase.parts if p.notes and not p.is_drums}
    mean = means.get(part.id, 66.0)
    if mean >= max(means.values(), default=mean):
        return MELODY
    return BASS if mean < 52 else INNER


def _mean(part: Part) -> float:
    return sum(n.pitch.midi_number for n in part.notes) / max(1, len(part.notes))


def places_of(ground: Ground) -> tuple[list[Place], int, int]:
    """The measures round the answer, and the first and last of the answer's own among them."""
    request = ground.request
    phrase, start = request.phrase, ground.start
    end = start + ground.length
    before, after = [], []
    for index, measure in enumerate(phrase.measures):
        meter = meter_at(phrase, measure.onset)
        missing = Fraction(0)
        if index == 0:
            missing = max(Fraction(0), meter.measure_duration - measure.duration)
        if measure.onset < start:
            stop = min(measure.end, start)
            if stop > measure.onset:
                before.append(Place(measure.onset, stop - measure.onset, meter, missing))
        elif measure.end > end and measure.duration > 0:
            begin = max(measure.onset, end)
            after.append(Place(begin, measure.end - begin, meter, begin - measure.onset))
    before = before[-CONTEXT_MEASURES:]
    own = [Place(start + b.onset, b.duration, b.meter, b.offset) for b in ground.bars]
    places = [*before, *own, *after[:CONTEXT_MEASURES]]
    return places, len(before), len(before) + len(own) - 1


def _bounds_of(grid: Grid, places: Sequence[Place], first: int, last: int) -> tuple[int, int]:
    """The bars of the answer: long measures are several bars."""
    begin, end = ticks(places[first].onset), ticks(places[last].onset + places[last].duration)
    return grid.bar_of(begin), grid.bar_of(end - 1)


def stage_of(
    steps: ArrangerSteps,
    ground: Ground,
    part: Part,
    around: Around,
    kept: frozenset[int] = frozenset(),
) -> Stage:
    """All that is needed to write `part` (with its own music round the answer) into an answer.

    The answer's bars `kept` (from 0) stay as they stand.
    """
    frame, others, chords = around.frame, around.parts, around.chords
    grid, (first, last) = frame.grid, frame.span
    role = role_in(part, ground.request)
    cells, given = _own_cells(ground, part, grid, (first, last), kept)
    rolls = tuple(frame.roll(o) for o in others if not o.is_drums and o.notes)
    kick, drums = drum_lines([p for p in others if p.is_drums and p.notes], grid)
    end = ground.start + ground.length
    heard = Heard(rolls, kick, drums, chord_slots(_symbols(ground, chords), end, grid), grid.slots)
    dense = dense_rows(heard, grid.bars, np.arange(grid.slots), _bars_of_slots(grid))
    own = roll_of([c if g else None for c, g in zip(cells, given, strict=True)], grid.bars,
                  grid.slots)  # fmt: skip
    hits = _by_measure(drums, grid)
    above = others_rows(
        [measures_of(roll, grid.bars) for roll in rolls], heard.chords, hits, grid.bars
    )
    mine = own_rows(measures_of(own, grid.bars), given, hits if kick.any() else np.zeros_like(hits))
    begin = _walk_from(cells, first)
    measures = _measure_rows(ground, role, cells, given, (begin, first, last))
    known = steps.hear(measures, above, mine, dense)
    free = frozenset(bar for bar in range(first, last + 1) if given[bar])
    hearing = Hearing(grid, tuple(cells), heard, role, (first, last), free)
    scene = Scene(
        grid, tuple(cells), known, begin, first, last, _phase(ground, first),
        rules_of(ground, hearing),
    )  # fmt: skip
    return Stage(part, role, scene)


def _bars_of_slots(grid: Grid) -> NDArray[np.int64]:
    found = np.zeros(grid.slots, np.int64)
    for index, bar in enumerate(grid.bars):
        found[(bar.start - grid.origin) // SLOT :] = index
    return found


def _by_measure(line: Floats, grid: Grid) -> Floats:
    """A line of onsets on the slots as (measures, 16)."""
    found = np.zeros((len(grid.bars), 16), np.float32)
    for index, bar in enumerate(grid.bars):
        first = (bar.start - grid.origin) // SLOT
        here = line[first : first + min(16, -(-bar.length // SLOT))]
        found[index, : len(here)] = here
    return found


def _phase(ground: Ground, first: int) -> int:
    number = ground.measures[0].number
    digits = number[: len(number) - len(number.lstrip("0123456789"))]
    return (int(digits) if 0 < len(digits) < 6 else 1) - 1 - first


def _symbols(ground: Ground, chords: Sequence[Held]) -> list[ChordSymbol]:
    """The chords of the answer and those that stand before it, in quarters of the phrase."""
    before = [c for c in ground.request.phrase.chords if c.onset < ground.start]
    own = [replace(c, onset=c.onset + ground.start) for c in symbols_of(chords)]
    return [*before, *own] if own else list(ground.request.phrase.chords)


def _own_cells(
    ground: Ground, part: Part, grid: Grid, span: tuple[int, int],
    kept: frozenset[int],
) -> tuple[list[Cell | None], list[bool]]:  # fmt: skip
    """The own cells that may be seen, and which are given (from the answer's start on)."""
    first, last = span
    cells: list[Cell | None] = list(cells_of(part, grid))
    given = [bool(cell and cell.positions) for cell in cells]
    has_before = any(given[:first])
    has_after = any(given[last + 1 :])
    locked = [
        (ticks(ground.start + a), ticks(ground.start + b)) for a, b in locked_spans(ground.request)
    ]
    for bar in range(len(cells)):
        begin, end = grid.begins[bar], grid.ends[bar]
        if bar < first:
            given[bar] = has_before
        elif bar > last:
            given[bar] = has_after and ground.request.task is not Task.CONTINUE
        else:
            is_locked = any(a <= begin and end <= b for a, b in locked)
            given[bar] = is_locked or bar - first in kept
        if not given[bar]:
            cells[bar] = None
    return cells, given


def _walk_from(cells: Sequence[Cell | None], first: int) -> int:
    begin = max(0, first - _WALKED)
    while begin < first and not (cells[begin] and cells[begin].positions):  # type: ignore[union-attr]
        begin += 1
    return begin


def _measure_rows(
    ground: Ground, role: int, cells: Sequence[Cell | None], given: Sequence[bool],
    span: tuple[int, int, int],
) -> np.ndarray:  # fmt: skip
    begin, first, last = span
    # What is written anew is given the style that its meter suggests.
    is_own = ground.request.task in OWN_TASKS
    style = ground.request.controls.style if is_own else ground.style
    known = STYLES.index(style) if style in STYLES else NO_STYLE
    controls = _controls(ground, role, given, (first, last))
    rows = []
    for bar in range(len(cells)):
        until, pitch = _ahead(cells, given, bar)
        is_last = ground.request.task is Task.GENERATE
        to_end = max(0, min(4, last - bar)) if is_last else 5
        rows.append((
            int(ground.felt.is_minor), role, known, *controls, until, pitch, to_end,
            bucket(bar - begin, (1, 2, 3, 5, 9, 17)),
        ))  # fmt: skip
    return np.array(rows, np.int64)


def _ahead(cells: Sequence[Cell | None], given: Sequence[bool], bar: int) -> tuple[int, int]:
    """Measures until the next given one behind a bar (6: none), and the first key there."""
    for other in range(bar + 1, len(given)):
        cell = cells[other]
        if given[other] and cell is not None:
            pitch = cell.groups[cell.positions[0]][-1][0] if cell.positions else NO_PITCH
            return min(5, other - bar - 1), pitch
    return 6, NO_PITCH


def _controls(
    ground: Ground, role: int, given: Sequence[bool], span: tuple[int, int]
) -> tuple[int, int, int]:
    """The classes of density, polyphony and register that are asked for, or "not known"."""
    controls = ground.request.controls
    density, polyphony = len(DENSITIES) + 1, len(POLYPHONIES) + 1
    register = PITCHES // REGISTER_STEP + 1
    usual = {MELODY: 1.1, BASS: 1.0, PIANO: 1.6, GUITAR: 1.6, INNER: 0.9}[role]
    if controls.density is not None:
        density = bucket(controls.density, DENSITIES)
    elif controls.mood is not None:
        density = bucket(usual * 2 ** (1.2 * ground.arousal), DENSITIES)
    elif role == BASS and not any(given):
        expected = usual_density(ground, role)
        density = density if expected is None else bucket(expected, DENSITIES)
    if controls.polyphony is not None and (controls.polyphony == 1 or role in (PIANO, GUITAR)):
        polyphony = min(bucket(controls.polyphony * 0.8, POLYPHONIES), len(POLYPHONIES))
    is_new = not any(given)
    if is_new and role in _USUAL_POLYPHONY and controls.polyphony is None:
        polyphony = bucket(_USUAL_POLYPHONY[role], POLYPHONIES)
    if controls.lowest is not None and controls.highest is not None:
        middle = (controls.lowest + controls.highest) / 2
        register = int(max(0, min(PITCHES - 1, middle - LOWEST)) // REGISTER_STEP)
    elif is_new and role is MELODY:
        register = int((69 + 4 * ground.arousal - LOWEST) // REGISTER_STEP)
    return density, polyphony, register
