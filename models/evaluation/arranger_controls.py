"""How far the arranger's answers move when a control is moved."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.protocol.messages import Controls, Request
from antiphon.models.evaluation.report import Cell, Table
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger import write_take
from antiphon.models.tasks.identity import input_hash

_SETTINGS: tuple[tuple[str, Controls], ...] = (
    ("nothing asked", Controls()),
    ("density 0.5", Controls(density=0.5)),
    ("density 1", Controls(density=1.0)),
    ("density 2", Controls(density=2.0)),
    ("density 4", Controls(density=4.0)),
    ("polyphony 1", Controls(polyphony=1)),
    ("polyphony 2", Controls(polyphony=2)),
    ("polyphony 4", Controls(polyphony=4)),
    ("range 36 to 60", Controls(lowest=36, highest=60)),
    ("range 60 to 84", Controls(lowest=60, highest=84)),
)


def moved(model: ArrangerSteps, requests: Sequence[Request]) -> Table:
    """Onsets a quarter, notes at an onset and mean pitch of answers under several controls."""
    rows: list[tuple[Cell, ...]] = []
    for name, controls in _SETTINGS:
        sums = [0.0, 0.0, 0.0]
        answered = 0
        for request in requests:
            asked = replace(request, controls=replace(controls, chords=request.controls.chords))
            answer = write_take(model, asked, 0, input_hash(asked), lambda: False)
            notes = sounding(answer.parts[0].notes) if answer is not None else ()
            if notes and answer is not None:
                answered += 1
                for index, measure in enumerate(_MEASURES):
                    sums[index] += measure(notes) / (float(answer.length) if index == 0 else 1.0)
        rows.append((name, answered, *(value / max(1, answered) for value in sums)))
    columns = ("asked", "answers", "onsets a quarter", "notes at an onset", "mean pitch (MIDI)")
    return Table(f"Controls of the piano ({len(requests)} windows)", columns, tuple(rows), 2)


def _onsets(notes: Sequence[Note]) -> float:
    return float(len({note.onset for note in notes}))


def _thickness(notes: Sequence[Note]) -> float:
    groups = [len(list(g)) for _, g in groupby(sorted(n.onset for n in notes))]
    return sum(groups) / len(groups)


def _pitch(notes: Sequence[Note]) -> float:
    return sum(note.pitch.midi_number for note in notes) / len(notes)


_MEASURES: tuple[Callable[[Sequence[Note]], float], ...] = (_onsets, _thickness, _pitch)
