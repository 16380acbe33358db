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
def test_what_is_rewritten_comes_as_steps_in_the_selected_staff(task):
    exchange = Exchange()
    request = exchange.request_from(ask(task))
    reply = exchange.answer_from(request, take_for(request))
    assert (reply["at"], reply["measures"], reply["append"]) == (MEASURE, 2, 0)
    (line,) = reply["lines"]
    assert (line["staff"], line["voice"]) == (1, 0)
    assert [2 * QUARTER, 2 * QUARTER, 1, 2, 66, 20, 1] in line["steps"]
    assert [4 * QUARTER, 2 * QUARTER, 1, 2, 66, 20, 0] in line["steps"]
    assert reply["chords"] is None


def other(staff: int, name: str, program: int, *, is_drums: bool = False, notes=(), **more) -> dict:
    """Another staff of the score, empty but for `notes` in measure 2."""
    part = {"name": name, "program": program, "is_drums": is_drums}
    return {"staff": staff, "part": part, "measures": [row(2, *notes), row(3)], **more}


def band(**changes: object) -> list[dict]:
    """An organ above, then alto, tenor, bass voice, piano, electric bass and drums below."""
    return [
        other(0, "Organ", 19, **changes),
        other(2, "Alto", 52),
        other(3, "Tenor", 52),
        other(4, "Bass", 52),
        other(5, "Piano", 0),
        other(6, "Piano", 0),
        other(7, "Electric Bass", 33),
        other(8, "Drumset", 0, is_drums=True),
    ]


def staves_for(task: str, others: list[dict], **wishes: object) -> list[int]:
    exchange = Exchange()
    request = exchange.request_from(ask(task, **wishes) | {"others": others, "staves": 9})
    reply = exchange.answer_from(request, take_for(request))
    return [] if reply["musicxml"] else [line["staff"] for line in reply["lines"]]


@pytest.mark.parametrize(
    ("task", "wishes", "staves"),
    [
        ("bass", {}, [7]),
        ("drums", {}, [8]),
        ("accompany", {}, [6, 5]),
        ("harmonize", {"setting": "satb"}, [2, 3, 4]),
        ("restyle", {"style": "jazz"}, [1, 6, 5, 7, 8]),
    ],
)
def test_new_parts_go_to_the_empty_staves_that_fit(task, wishes, staves):
    assert staves_for(task, band(), **wishes) == staves


def test_a_staff_with_notes_is_left_alone_unless_they_are_our_own():
    sounding = [
        other(4, "Electric Bass", 33, notes=[WHOLE_G]),
        other(2, "Horn", 60),
        other(3, "Tuba", 58),
    ]
    assert staves_for("bass", sounding) == [2]
    ours = [other(4, "Electric Bass", 33, notes=[WHOLE_G], is_ours=True), *sounding[1:]]
    assert staves_for("bass", ours) == [4]


def test_without_a_place_the_answer_is_a_score_of_its_own_or_new_staves():
    exchange = Exchange()
    request = exchange.request_from(ask("bass"))
    reply = exchange.answer_from(request, take_for(request))
    assert reply["lines"] == []
    assert "<part-name>Flute</part-name>" in reply["musicxml"]
    assert "<part-name>Bass</part-name>" in reply["musicxml"]
    able = ask("accompany") | {"ability": {"parts": True}, "staves": 2}
    request = exchange.request_from(able)
    reply = exchange.answer_from(request, take_for(request))
    assert (reply["parts"], reply["musicxml"]) == (["piano"], "")
    assert sorted(line["staff"] for line in reply["lines"]) == [2, 3]


def test_other_staves_and_chord_symbols_are_heard():
    others = [
        other(0, "Organ", 19, notes=[[0, MEASURE, 50, 16, 0, 0]]),
        other(2, "Drumset", 0, is_drums=True, notes=[[0, QUARTER, 36, 14, 0, 0]]),
        other(3, "Empty", 0),
    ]
    chords = [[MEASURE, "D7"], [2 * MEASURE, "slowly"], [2 * MEASURE, "G"]]
    request = Exchange().request_from(ask("bass") | {"others": others, "chords": chords})
    heard = request.phrase.parts
    assert [part.id for part in heard] == ["staff-2", "staff-1", "staff-3"]
    assert [part.is_drums for part in heard] == [False, False, True]
    assert heard[1].notes[0].onset == 4
    assert [(c.onset, c.text) for c in request.phrase.chords] == [(4, "7"), (8, "")]


def test_words_of_a_person_are_understood_as_at_every_door():
    words = [["as", "satb"], ["density", "2"], ["chords", "G | D7"], ["strict_key", "true"]]
    request = Exchange().request_from(ask("harmonize") | {"words": words})
    assert [part.name for part in asked_parts(request)] == ["Alto", "Tenor", "Bass"]
    assert (request.controls.density, request.controls.strict_key) == (2.0, True)
    assert [chord.onset for chord in request.controls.chords] == [0, 4]
    assert not request.controls.tuplets
    for wrong in (["density", "much"], ["as", "opera"]):
        with pytest.raises(AntiphonError) as caught:
            Exchange().request_from(ask("harmonize") | {"words": [wrong]})
        assert caught.value.code == "bad-request"


def test_harmony_as_chord_symbols_has_no_part():
    exchange = Exchange()
    request = exchange.request_from(ask("harmonize"))
    reply = exchange.answer_from(request, take_for(request))
    assert (reply["lines"], reply["chords"]) == ([], [[4 * QUARTER, "D7"]])
    assert reply["title"] == "Antiphon: harmony for measures 2–3"


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
    for task, code in (("fill", None), ("vary", "no-melody"), ("bass", "no-melody")):
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
        ({"words": [["density", "much"]]}, "bad-request"),
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
    request = exchange.request_from(ask("bass") | {"others": band()})
    take = take_for(request)
    notes = (Note(Fraction(0), Fraction(1, 7), spell(40)),)
    phrase = replace(take.phrase, parts=(replace(take.phrase.parts[0], notes=notes),))
    with pytest.raises(AntiphonError) as caught:
        exchange.answer_from(request, replace(take, phrase=phrase))
    assert caught.value.code == "model-failed"
