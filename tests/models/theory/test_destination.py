"""An answer fills the measures that stand behind the selection, whatever meter they are in."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.continuation import continue_by_rules

Q = Fraction
METERS = [(4, 4), (3, 4), (6, 8), (2, 2), (5, 4), (7, 8), (2, 4), (9, 8)]


def tune(first: tuple[int, int], later: tuple[int, int], seed: int) -> tuple[Phrase, Fraction]:
    """Four measures of a melody, then empty ones: one more in its meter, the rest in another."""
    rng = Random(seed)
    own = TimeSignature(Q(0), *first)
    end = 4 * own.measure_duration
    meters = (own, TimeSignature(end + own.measure_duration, *later))
    measures = measures_from_meter(meters, end + 6 * own.measure_duration)
    notes, onset = [], Q(0)
    while onset < end:
        duration = min(rng.choice([Q(1, 2), Q(1), Q(3, 2)]), end - onset)
        notes.append(Note(onset, duration, Pitch(rng.choice("CDEFGAB"), 0, 4)))
        onset += duration
    part = Part("P1", "Melody", tuple(notes))
    return Phrase((part,), measures, measures[-1].end, (), meters), end


@pytest.mark.parametrize(("first", "later"), list(product(METERS, METERS)))
def test_a_meter_that_changes_on_the_way_is_kept(first, later):
    phrase, end = tune(first, later, seed=hash((first, later)) % 1000)
    request = Request(
        "i", Task.CONTINUE, Region("d", "r", ("P1",), Q(0), end), phrase,
        controls=Controls(measures=4),
    )  # fmt: skip
    for number in range(3):
        assert check_answer(request, continue_by_rules(request, number)) == []


def test_a_measure_that_is_longer_than_its_meter_is_filled_as_it_stands():
    phrase, end = tune((4, 4), (4, 4), seed=3)
    measures = list(phrase.measures)
    odd = replace(measures[4], duration=Q(5))
    later = [replace(m, onset=m.onset + 1) for m in measures[5:]]
    phrase = replace(
        phrase, measures=(*measures[:4], odd, *later), length=phrase.length + 1,
        time_signatures=phrase.time_signatures[:1],
    )  # fmt: skip
    request = Request(
        "i", Task.CONTINUE, Region("d", "r", ("P1",), Q(0), end), phrase,
        controls=Controls(measures=2),
    )  # fmt: skip
    answer = continue_by_rules(request, 0)
    assert [measure.duration for measure in answer.measures] == [5, 4]
    assert check_answer(request, answer) == []
