"""How well the arranger fills two measures that were taken out, beside copying the two before.

Windows of eight measures; in one part the fourth and fifth are asked, all else is heard. A note
counts as found where onset and pitch are those of the score. One cautious take stands for what
the model believes; of eight free ones the best tells how near the score its takes come.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Part, Phrase, meter_at
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.messages import Controls, Task
from antiphon.models.catalog import ZOO, catalog
from antiphon.models.encoding.cells_grid import Grid, Place, cells_of, grid_of
from antiphon.models.encoding.reading import tune_files
from antiphon.models.evaluation.asking import request_over
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger import ArrangerWriter, Loaded, load_arranger
from antiphon.models.tasks.identity import input_hash
from antiphon.models.training.arranger_read import Found
from antiphon.models.training.arranger_sets import read_all, roles_of

NAME = "arranger"
MEASURES, FIRST, LAST = 8, 3, 4
CAUTIOUS = 0.05
_WINDOWS, _OF_A_PIECE = 120, 4
_TAKES = 8
_FEWEST = 4
Onsets = frozenset[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Case:
    """One window: the phrase of eight measures and the part that is asked in it."""

    source: str
    phrase: Phrase
    part: Part
    role: int | None = None


def network() -> ArrangerSteps:
    """The shipped network, ready to be stepped. Raises AntiphonError("no-weights")."""
    for card in catalog():
        if card.name == NAME:
            return load_arranger(card).steps
    raise AntiphonError("no-weights", model=NAME)


def held_out() -> dict[str, list[str]]:
    """The names of the pieces on the test side, by source, as kept beside the weights."""
    path = ZOO / NAME / "held_out.json"
    try:
        found: dict[str, list[str]] = json.loads(path.read_text())
    except (OSError, ValueError):
        raise AntiphonError("no-weights", model=NAME) from None
    return found


def pieces_below(folder: Path) -> Iterator[Found]:
    """The held-out pieces of the data sets below a folder, or all music where there are none."""
    names = {(source, name) for source, all_ in held_out().items() for name in all_}
    seen = False
    for found in read_all(folder, wanted=lambda source, name: (source, name) in names):
        seen = True
        yield found
    if seen:
        return
    for path in tune_files(folder):
        try:
            phrase = read_phrase(path.read_bytes(), path.name)
        except (AntiphonError, OSError, ValueError):
            continue
        yield Found("folder", path.name, phrase, 9, roles_of(phrase.parts))


def cases_of(pieces: Iterable[Found], most: int = _WINDOWS) -> list[Case]:
    """Windows drawn by the hash of their names, at most four a piece and `most` a source."""
    found: list[tuple[str, Case]] = []
    for piece in pieces:
        options = []
        for place, (part, role) in enumerate(zip(piece.phrase.parts, piece.roles, strict=True)):
            if role is None or part.is_drums:
                continue
            for first in range(0, len(piece.phrase.measures) - MEASURES + 1, MEASURES):
                name = f"{piece.source}/{piece.name}/{place}/{first}"
                options.append((sha256(name.encode()).hexdigest(), part, role, first))
        kept = 0
        for draw, part, role, first in sorted(options, key=lambda option: option[0]):
            case = _case(piece, part, role, first)
            if case is not None:
                found.append((draw, case))
                kept += 1
            if kept == _OF_A_PIECE:
                break
    chosen: list[Case] = []
    for source in dict.fromkeys(case.source for _, case in found):
        own = sorted((f for f in found if f[1].source == source), key=lambda f: f[0])
        chosen += [case for _, case in own[:most]]
    return chosen


def _case(piece: Found, part: Part, role: int, first: int) -> Case | None:
    measures = piece.phrase.measures[first : first + MEASURES]
    parts = tuple(
        p
        for p, r in zip(piece.phrase.parts, piece.roles, strict=True)
        if r is not None or p.is_drums
    )
    whole = replace(piece.phrase, parts=parts)
    phrase = slice_phrase(whole, measures[0].onset, measures[-1].end)
    own = next(p for p in phrase.parts if p.id == part.id)
    counts = [0] * MEASURES
    for note in own.notes:
        for index, measure in enumerate(phrase.measures):
            if measure.onset <= note.onset < measure.end:
                counts[index] += 1
    is_full = sum(counts[FIRST : LAST + 1]) >= _FEWEST and all(counts[FIRST : LAST + 1])
    if not is_full or not any(counts[:FIRST]) or not any(counts[LAST + 1 :]):
        return None
    return Case(piece.source, phrase, own, role)


def evaluate(folder: Path) -> Report:
    """Figures of the shipped arranger on the held-out pieces below a folder, or on any music.

    Raises AntiphonError("no-weights"), and "unreadable-file" where nothing could be used.
    """
    model = network()
    cases = cases_of(pieces_below(folder))
    if not cases:
        raise AntiphonError("unreadable-file", what=folder.name, why="no music was found in it")
    rows: list[tuple[Cell, ...]] = []
    for source in dict.fromkeys(case.source for case in cases):
        own = [case for case in cases if case.source == source]
        scores = [measured(model, case) for case in own]
        means = [sum(score[i] for score in scores) / len(scores) for i in range(3)]
        rows.append((source, len(own), *means))
    table = Table(
        "Note F1 (onset and pitch) in measures 4 and 5 of 8",
        ("source", "windows", "copying measures 2 and 3", "arranger, one cautious take",
         f"arranger, best of {_TAKES}"),
        tuple(rows),
    )  # fmt: skip
    return Report(
        "fill",
        (table,),
        f"{len(cases)} windows of pieces that no weight was trained on",
        (
            f"The cautious take is made at temperature {CAUTIOUS}: of many that the model draws "
            "the one that agrees most with the others, as a score with one right answer asks. The "
            "eight are made at "
            "temperature 1, and the best of them by F1 counts.",
        ),
    )


def measured(model: ArrangerSteps, case: Case) -> tuple[float, float, float]:
    """F1 of copying, of one cautious take, and of the best of eight free ones."""
    grid = _grid(case.phrase)
    first, last = _bars(grid, case.phrase)
    cells = cells_of(case.part, grid)
    truth = _onsets(cells, first, last, 0)
    size = last - first + 1
    copied = _onsets(cells, first - size, last - size, size) if first >= size else frozenset()
    answers = (
        *written(model, case, Controls(temperature=CAUTIOUS), 1),
        *written(model, case, Controls(), _TAKES),
    )
    scores = [f1(_answered(answer, case, grid), truth) for answer in answers]
    return f1(copied, truth), scores[0], max(scores[1:])


def written(
    model: ArrangerSteps, case: Case, controls: Controls, takes: int
) -> list[Phrase | None]:
    """The first takes for the asked measures of a case."""
    request = request_over(case.phrase, case.part, (FIRST, LAST), Task.FILL, controls)
    request = replace(request, count=takes)
    found = ArrangerWriter(Loaded(model, NAME)).takes(request, bool, input_hash(request))
    return [answer for _, answer in found]


def _grid(phrase: Phrase) -> Grid:
    places = [
        Place(measure.onset, measure.duration, meter_at(phrase, measure.onset))
        for measure in phrase.measures
    ]
    return grid_of(places, 0)


def _bars(grid: Grid, phrase: Phrase) -> tuple[int, int]:
    first, last = phrase.measures[FIRST], phrase.measures[LAST]
    return grid.bar_of(int(first.onset * 24)), grid.bar_of(int(last.end * 24) - 1)


def _onsets(cells: Sequence[object], first: int, last: int, moved: int) -> Onsets:
    return frozenset(
        (bar + moved, position, pitch)
        for bar in range(first, last + 1)
        for position, pitch, _ in cells[bar].events()  # type: ignore[attr-defined]
    )


def _answered(answer: Phrase | None, case: Case, grid: Grid) -> Onsets:
    if answer is None:
        return frozenset()
    start: Fraction = case.phrase.measures[FIRST].onset
    part = answer.parts[0]
    notes = tuple(replace(note, onset=note.onset + start) for note in part.notes)
    first, last = _bars(grid, case.phrase)
    return _onsets(cells_of(replace(part, notes=notes), grid), first, last, 0)


def f1(found: Onsets, truth: Onsets) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * len(found & truth) / max(1, len(found) + len(truth))
