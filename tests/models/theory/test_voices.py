"""Alto, tenor and bass under a soprano keep the rules of the craft."""

from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.melody import sounding, top_line
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.protocol.messages import Controls, Region, Request, Setting, Task
from antiphon.models.theory.answers import answer_by_rules

Q = Fraction
EXAMPLES = Path(__file__).parents[3] / "examples"
TUNES = ("ode_to_joy.musicxml", "amazing_grace.musicxml", "greensleeves.musicxml")


def voices(name: str, style: str, number: int) -> list[list[Note]]:
    """Soprano, alto, tenor and bass."""
    tune = read_phrase((EXAMPLES / name).read_bytes(), name)
    region = Region("d", "r", (tune.parts[0].id,), Q(0), tune.length)
    controls = Controls(setting=Setting.SATB, style=style)
    request = Request("1", Task.HARMONIZE, region, tune, controls=controls)
    answer = answer_by_rules(request, number)
    soprano = top_line(tune.parts[0], Q(0), tune.length)
    return [list(soprano), *(list(sounding(part.notes)) for part in answer.parts)]


def chords(parts: list[list[Note]]) -> list[tuple[int, ...]]:
    """What the four voices sing whenever one of the lower ones moves."""
    found = []
    for onset in sorted({n.onset for part in parts[1:] for n in part}):
        sung = [[n.pitch.midi_number for n in p if n.onset <= onset < n.end] for p in parts]
        if all(sung):
            found.append(tuple(row[0] for row in sung))
    return found


@pytest.mark.parametrize("name", TUNES)
@pytest.mark.parametrize("style", ["hymn", "chorale"])
def test_no_parallel_fifths_or_octaves_no_crossing_and_no_wide_leaps(name: str, style: str) -> None:
    sung = chords(voices(name, style, 0))
    assert len(sung) > 20
    for past, here in pairwise(sung):
        for a, b in combinations(range(4), 2):
            moved = past[a] != here[a] and past[b] != here[b]
            same = (past[a] - past[b]) % 12 == (here[a] - here[b]) % 12
            assert not (moved and same and (here[a] - here[b]) % 12 in (0, 7)), (past, here)
        assert list(here) == sorted(here, reverse=True)
        assert all(abs(here[i] - past[i]) <= 9 for i in (1, 2))


def test_a_chorale_passes_by_step_where_a_hymn_stands() -> None:
    counts = {
        style: sum(len(part) for part in voices("ode_to_joy.musicxml", style, 0)[1:])
        for style in ("hymn", "chorale")
    }
    assert counts["chorale"] > counts["hymn"] + 5
