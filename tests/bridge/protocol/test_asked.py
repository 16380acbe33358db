"""The frame of an answer: whole measures, the destination's own where there are some."""

from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter
from antiphon.bridge.protocol.asked import asked_measures, asked_meters
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task

Q = Fraction


def request(phrase: Phrase, end: int, measures: int = 3) -> Request:
    region = Region("d", "r", ("P1",), Q(0), Q(end))
    return Request("i", Task.CONTINUE, region, phrase, controls=Controls(measures=measures))


def phrase(length: int, *meters: TimeSignature) -> Phrase:
    measures = measures_from_meter(meters, Q(length))
    return Phrase((Part("P1", "", ()),), measures, measures[-1].end, (), meters)


def test_past_the_end_of_the_music_the_meter_goes_on():
    found = asked_measures(request(phrase(6, TimeSignature(Q(0), 3, 4)), 6))
    assert found == (
        Measure(Q(0), Q(3), "3"),
        Measure(Q(3), Q(3), "4"),
        Measure(Q(6), Q(3), "5"),
    )


def test_a_change_of_meter_in_the_destination_is_the_answers_own():
    meters = (TimeSignature(Q(0), 4, 4), TimeSignature(Q(12), 3, 4))
    asked = request(phrase(15, *meters), 8)
    assert [m.duration for m in asked_measures(asked)] == [4, 3, 3]
    assert [m.number for m in asked_measures(asked)] == ["3", "4", "5"]
    assert asked_meters(asked) == (TimeSignature(Q(0), 4, 4), TimeSignature(Q(4), 3, 4))


def test_the_rest_of_a_measure_comes_first_where_the_selection_ends_inside_it():
    found = asked_measures(request(phrase(8, TimeSignature(Q(0), 4, 4)), 6, measures=2))
    assert [(m.onset, m.duration, m.number) for m in found] == [(0, 2, "2"), (2, 4, "3")]


def test_onsets_count_from_the_answer_when_the_phrase_begins_later_in_the_document():
    asked = replace(request(phrase(8, TimeSignature(Q(0), 4, 4)), 20), phrase_start=Q(12))
    assert asked_measures(asked)[0] == Measure(Q(0), Q(4), "3")
