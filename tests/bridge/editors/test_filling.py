"""Tasks over the selected measures, as an editor's script asks them and is answered."""

from dataclasses import fields, replace
from fractions import Fraction

import pytest

from antiphon.bridge.editors.asks import Wishes
from antiphon.bridge.editors.exchange import Exchange
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.phrase import Note, Phrase, Tie
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.protocol.asked import asked_length, asked_measures, asked_parts
from antiphon.bridge.protocol.messages import Controls, Mood, Receipt, Request, Take, Task

QUARTER = 480
MEASURE = 4 * QUARTER
WHOLE_G = [0, MEASURE, 67, 15, 0, 0]
OVER = [task for task in Task if task not in (Task.GENERATE, Task.CONTINUE)]


def row(number: int, *notes: list[int]) -> dict:
    tick = (number - 1) * MEASURE
    body = {"tick": tick, "ticks": MEASURE, "number": number, "key": 1, "revision": f"r{number}"}
    return {**body, "beats": 4, "beat_type": 4, "notes": list(notes)}


def ask(task: str, *, first: int = 2, last: int = 3, **wishes: object) -> dict:
    """Of six measures of whole notes, `first` to `last` are selected."""
    return {
        "id": f"request-{task}",
        "document": "Song",
        "staff": 1,
        "division": QUARTER,
        "task": task,
        "selection": {"start": (first - 1) * MEASURE, "end": last * MEASURE, "staves": 1},
        "measures": [row(n, WHOLE_G) for n in range(1, last + 1)],
        "destination": [row(n, WHOLE_G) for n in range(last + 1, 7)],
        "part": {"name": "Flute", "program": 73, "is_drums": False},
        "wishes": wishes,
    }


def take_for(request: Request) -> Take:
    """A half note in every asked part, tied over to another one; a chord in the second measure."""
    notes = (
        Note(Fraction(2), Fraction(2), spell(66, 1), tie=Tie.START),
        Note(Fraction(4), Fraction(2), spell(66, 1), tie=Tie.STOP),
    )
    parts = tuple(replace(part, notes=notes) for part in asked_parts(request))
    chords = (parse_chord_symbol("D7", Fraction(4)),)
    measures = asked_measures(request)
    phrase = Phrase(parts, measures, asked_length(request), chords=chords)
    receipt = Receipt("rules", "", 0, request.first_take, "", request.controls)
    return Take(request.id, request.first_take, phrase, receipt)


@pytest.mark.parametrize("task", OVER)
def test_the_selected_measures_are_the_region_and_all_around_is_heard(task):
    request = Exchange().request_from(ask(task))
    assert (request.task, request.region.start, request.region.end) == (task, 4, 12)
    assert request.phrase.length == 24
    assert len(request.phrase.parts[0].notes) == 6
    assert [m.number for m in asked_measures(request)] == ["2", "3"]


@pytest.mark.parametrize("task", ["fill", "vary"])
def test_what_is_rewritten_comes_as_steps_at_the_selection(task):
    exchange = Exchange()
    request = exchange.request_from(ask(task))
    reply = exchange.answer_from(request, take_for(request))
    assert (reply["at"], reply["measures"], reply["append"]) == (MEASURE, 2, 0)
    assert [2 * QUARTER, 4 * QUARTER, 1, 1, 66, 20] in reply["events"]
    assert reply["parts"] == []


@pytest.mark.parametrize("task", ["bass", "drums", "accompany", "arrange", "restyle"])
def test_what_is_new_comes_as_parts_with_their_notes_and_the_chords(task):
    exchange = Exchange()
    wishes = {"style": "jazz"} if task == "restyle" else {}
    request = exchange.request_from(ask(task, **wishes))
    reply = exchange.answer_from(request, take_for(request))
    assert reply["events"] == []
    assert [part["id"] for part in reply["parts"]] == [p.id for p in asked_parts(request)]
    assert [part["is_own"] for part in reply["parts"]].count(True) == (task == "restyle")
    for part in reply["parts"]:
        assert part["notes"] == [
            [2 * QUARTER, 2 * QUARTER, 66, 20, 0, 1, 0],
            [4 * QUARTER, 2 * QUARTER, 66, 20, 0, 0, 0],
        ]
    assert reply["chords"] == [[4 * QUARTER, "D7"]]


def test_harmony_as_chord_symbols_has_no_part():
    exchange = Exchange()
    request = exchange.request_from(ask("harmonize"))
    reply = exchange.answer_from(request, take_for(request))
    assert (reply["parts"], reply["chords"]) == ([], [[4 * QUARTER, "D7"]])


def test_wishes_are_named_as_the_controls_are():
    named = {field.name for field in fields(Wishes)} - {"first_take"}
    left = {field.name for field in fields(Controls)} - named
    assert left == {"tuplets", "meter", "into", "locked_notes"}
    wishes = {"density": 2, "style": "folk", "mood": {"valence": 0.5, "arousal": 0},
              "setting": "satb", "locked_measures": [0], "first_take": 3}  # fmt: skip
    request = Exchange().request_from(ask("harmonize", **wishes))
    assert request.first_take == 3
    assert request.controls.mood == Mood(0.5, 0.0)
    assert (request.controls.density, request.controls.style) == (2.0, "folk")
    assert request.controls.locked_measures == (0,)
    assert [part.name for part in asked_parts(request)] == ["Alto", "Tenor", "Bass"]


def test_a_gap_may_be_filled_and_other_tasks_need_notes():
    for task, code in (("fill", None), ("vary", "empty-selection"), ("bass", "empty-selection")):
        body = ask(task)
        for measure in body["measures"]:
            measure["notes"] = []
        if code is None:
            assert isinstance(Exchange().request_from(body), Request)
            continue
        with pytest.raises(AntiphonError) as caught:
            Exchange().request_from(body)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"selection": {"start": 0, "end": MEASURE, "staves": 2}}, "several-staves"),
        ({"selection": {"start": MEASURE, "end": MEASURE, "staves": 1}}, "bad-request"),
        ({"selection": {"start": 90 * MEASURE, "end": 91 * MEASURE}}, "bad-request"),
        ({"wishes": {"degree": 2}}, "bad-request"),
        ({"wishes": {"style": "polka"}}, "bad-request"),
        ({"wishes": {"first_take": -1}}, "bad-request"),
        ({"wishes": {"colour": "blue"}}, "bad-request"),
        ({"task": "dance"}, "bad-request"),
    ],
)
def test_what_means_nothing_is_refused_in_words(change, code):
    with pytest.raises(AntiphonError) as caught:
        Exchange().request_from(ask("vary") | change)
    assert caught.value.code == code


def test_a_rhythm_that_ticks_cannot_hold_is_a_fault():
    exchange = Exchange()
    request = exchange.request_from(ask("bass"))
    take = take_for(request)
    notes = (Note(Fraction(0), Fraction(1, 7), spell(40)),)
    phrase = replace(take.phrase, parts=(replace(take.phrase.parts[0], notes=notes),))
    with pytest.raises(AntiphonError) as caught:
        exchange.answer_from(request, replace(take, phrase=phrase))
    assert caught.value.code == "model-failed"
