from dataclasses import replace
from fractions import Fraction

import pytest

from antiphon.bridge.music.check import check
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter

METER = TimeSignature(Fraction(0), 4, 4)


def phrase(*notes: Note) -> Phrase:
    measures = measures_from_meter((METER,), Fraction(8))
    return Phrase((Part("P1", "", notes),), measures, Fraction(8), (), (METER,))


def note(onset: int, duration: int, number: int = 60, **more: object) -> Note:
    return Note(Fraction(onset), Fraction(duration), spell(number), **more)


def test_sound_notation_has_no_problems() -> None:
    chord = (note(0, 2, 60), note(0, 2, 64))
    tied = (note(2, 2, tie=Tie.START), note(4, 4, tie=Tie.STOP))
    assert check(phrase(*chord, *tied, note(0, 4, 40, voice=2))) == ()


@pytest.mark.parametrize(
    ("notes", "kind", "measure"),
    [
        ((note(3, 2),), "overfull", "1"),
        ((note(0, 2), note(1, 1, 64)), "overlap", "1"),
        ((note(0, 4, tie=Tie.START), note(4, 4, 62)), "tie", "1"),
        ((note(4, 4, tie=Tie.STOP),), "tie", "2"),
        ((Note(Fraction(4), Fraction(1), Pitch("C", -1, -1)),), "range", "2"),
    ],
)
def test_each_defect_is_named_with_its_measure(
    notes: tuple[Note, ...], kind: str, measure: str
) -> None:
    found = check(phrase(*notes))
    assert [(p.kind, p.measure) for p in found] == [(kind, measure)]
    assert found[0].sentence.endswith(".")


def test_short_and_long_measures_inside_are_named_and_a_pickup_is_not() -> None:
    lengths = (1, 4, 3, 5, 2)
    measures, onset = [], Fraction(0)
    for number, length in enumerate(lengths):
        measures.append(Measure(onset, Fraction(length), str(number)))
        onset += length
    found = check(replace(phrase(), measures=tuple(measures), length=onset))
    assert [(p.kind, p.measure) for p in found] == [("underfull", "2"), ("overfull", "3")]


def test_measures_that_leave_a_gap_are_named() -> None:
    measures = (Measure(Fraction(0), Fraction(4), "1"), Measure(Fraction(5), Fraction(4), "2"))
    found = check(replace(phrase(), measures=measures, length=Fraction(9)))
    assert [p.kind for p in found] == ["gap"]
