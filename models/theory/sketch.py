"""The sketch of an answer: for each measure its plan, rhythm, triad and place in a sequence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from antiphon.models.theory.form import Model, Step, Way, plan
from antiphon.models.theory.frame import Frame
from antiphon.models.theory.harmony import dominant_of, skeleton, triad
from antiphon.models.theory.meter import accent, group_starts
from antiphon.models.theory.rhythm import (
    Cell,
    closing_cell,
    given_cell,
    is_closing,
    plain_cell,
    shortened,
    varied,
    with_count,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One measure before its notes: step of the plan, rhythm, degree of its triad, and `shift`,
    the number of rungs by which its source is moved."""

    step: Step
    cell: Cell
    degree: int = 0
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Chance:
    """The generator of a take and how adventurous it may be (1 is usual)."""

    rng: Random
    adventure: float


def sketch(frame: Frame, number: int, chance: Chance) -> list[Bar]:
    """The measures of an answer, planned from the form down to the triads."""
    measures = len(frame.measures)
    half_close = _half_close(frame, measures, number)
    model = Model(frame.cells, [is_closing(cell, frame.meter) for cell in frame.cells])
    steps = plan(model, measures, number, half_close, chance.rng)
    bars = [Bar(step, ()) for step in steps]
    bars = _with_rhythm(frame, bars, chance)
    bars = _with_triads(frame, bars, chance)
    return _with_shifts(frame, bars, chance)


def degree_at(frame: Frame, bars: Sequence[Bar], at: int, place: Fraction) -> int:
    """The degree that holds at a place of a measure: a lone measure brings its dominant first."""
    starts = group_starts(frame.meter, frame.groups)
    if len(bars) == 1 and len(starts) > 1 and bars[at].degree == 0:
        is_early = place < starts[len(starts) // 2]
        return dominant_of(frame.mode, frame.raises_seventh) if is_early else 0
    return bars[at].degree


def _half_close(frame: Frame, measures: int, number: int) -> bool:
    """Whether the answer ends on the dominant: short, an odd take, and the tune had come home."""
    if number % 2 == 0 or measures > 4:
        return False
    return measures <= 2 or (frame.last is not None and frame.last % 7 == frame.tonic)


def _with_rhythm(frame: Frame, bars: Sequence[Bar], chance: Chance) -> list[Bar]:
    close = closing_cell(frame.cells, frame.meter, frame.groups, frame.breath)
    plain = plain_cell(frame.meter, frame.groups)
    done: list[Bar] = []
    for index, bar in enumerate(bars):
        step = bar.step
        source = frame.cells[step.source] if frame.cells else plain
        if step.echo is not None:
            cell = done[step.echo].cell
        elif step.way is Way.CLOSE:
            if len(bars) == 1:
                motif = frame.cells[0] if frame.cells else plain
                cell = shortened(motif, frame.meter, frame.groups)
            elif index < len(bars) - 1:
                cell = shortened(source, frame.meter, frame.groups)
            else:
                cell = close
        elif step.way is Way.VARY and chance.rng.random() < 0.35 * chance.adventure:
            cell = varied(source, frame.meter, chance.rng)
        else:
            cell = source
        done.append(replace(bar, cell=_asked(_fitted(cell, frame, index), frame, index)))
    return done


def _asked(cell: Cell, frame: Frame, index: int) -> Cell:
    """The cell in the asked rhythm or density."""
    measure = frame.measures[index]
    if frame.rhythm:
        return given_cell(frame.rhythm, measure)
    if frame.density is None:
        return cell
    onset, end = float(measure.onset), float(measure.end)
    # Counted from the beginning, so that fractions of a note are not lost from bar to bar.
    count = round(frame.density * end) - round(frame.density * onset)
    if count < 1 and index not in (0, len(frame.measures) - 1):
        return ()
    return with_count(cell, count, frame.meter, frame.groups)


def _fitted(cell: Cell, frame: Frame, index: int) -> Cell:
    """The cell inside its measure, which may be the rest of one that the selection cut."""
    missing = frame.meter.measure_duration - frame.measures[index].duration
    moved = [
        replace(s, place=max(s.place, missing) - missing, duration=s.end - max(s.place, missing))
        for s in cell
        if s.end > missing
    ]
    if index == 0 and moved:
        moved[0] = replace(moved[0], is_held=False)
    return tuple(moved)


def _with_triads(frame: Frame, bars: Sequence[Bar], chance: Chance) -> list[Bar]:
    """A triad for each measure; each phrase of the plan has a skeleton of its own."""
    dominant = dominant_of(frame.mode, frame.raises_seventh)
    degrees: list[int] = []
    for index, bar in enumerate(bars):
        if bar.step.ends is None:
            continue
        block = bars[len(degrees) : index + 1]

        def misfit(measure: int, degree: int, block: Sequence[Bar] = block) -> float:
            way = block[measure].step.way
            if way not in (Way.REPEAT, Way.VARY):
                return 0.0
            weight = 2.0 if way is Way.REPEAT else 1.0
            return weight * _mismatch(frame, block[measure].cell, triad(degree, frame.tonic), 0)

        cadence = (dominant, 0 if bar.step.ends == 0 else dominant)
        degrees += skeleton(len(block), cadence, misfit, chance.rng, 0.8 * chance.adventure)
    return [replace(bar, degree=degree) for bar, degree in zip(bars, degrees, strict=True)]


def _mismatch(frame: Frame, cell: Cell, chord: frozenset[int], shift: int) -> float:
    """Share of the accents of a cell, moved by some rungs, that fall on strange notes."""
    total = wrong = 0.0
    for slot in cell:
        if slot.ladder is not None:
            weight = accent(slot.place, frame.meter, frame.groups) * float(slot.duration) ** 0.5
            total += weight
            wrong += weight if (slot.ladder + shift) % 7 not in chord else 0.0
    return wrong / total if total else 0.0


def _with_shifts(frame: Frame, bars: Sequence[Bar], chance: Chance) -> list[Bar]:
    """Each bar with its source moved: by octaves into the compass, or along a sequence."""
    octave = _octave(frame, bars)
    used: dict[int, int] = {}
    done: list[Bar] = []
    for bar in bars:
        source = bar.step.source
        move = 0
        if bar.step.way is Way.SEQUENCE:
            move = _sequence_move(frame, bar, used.get(source, 0), octave, chance)
            used[source] = move
        else:
            used.setdefault(source, 0)
        done.append(replace(bar, shift=move + octave))
    return done


def _sequence_move(frame: Frame, bar: Bar, before: int, octave: int, chance: Chance) -> int:
    """Rungs to move a motif that stood `before` rungs from its source: a step is best."""
    chord = triad(bar.degree, frame.tonic)

    def cost(move: int) -> float:
        size = abs(move - before)
        wild = 0.5 * chance.adventure * chance.rng.random()
        outside = 0.5 * _outside(frame, bar.cell, move + octave)
        step = 0.0 if size == 1 else 0.25 * size
        return 3 * _mismatch(frame, bar.cell, chord, move) + outside + step + wild

    return min((d for d in range(before - 3, before + 4) if d != before), key=cost)


def _octave(frame: Frame, bars: Sequence[Bar]) -> int:
    """Rungs, in octaves, that bring the selection into the asked compass."""
    found = [s.ladder for bar in bars for s in bar.cell if s.ladder is not None]
    if not found:
        return 0
    target = (frame.home[0] + frame.home[-1]) / 2
    return 7 * round((target - sum(found) / len(found)) / 7)


def _outside(frame: Frame, cell: Cell, shift: int) -> float:
    home = frame.home
    rungs = [s.ladder + shift for s in cell if s.ladder is not None]
    return float(sum(max(0, r - home[-1]) + max(0, home[0] - r) for r in rungs))
