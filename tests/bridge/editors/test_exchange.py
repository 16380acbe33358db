"""Which take comes next, and what may be written where."""

import copy
from fractions import Fraction

import pytest

from antiphon.bridge.editors.exchange import Exchange
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import measures_from_meter
from antiphon.bridge.protocol.messages import Receipt, Remark, Request, Take

QUARTER = 480
MEASURE = 4 * QUARTER


def row(number: int, *notes: list[int], revision: str = "", **changes: object) -> dict:
    """Measure `number` (from 1) in 4/4 and G major."""
    tick = (number - 1) * MEASURE
    text = revision or f"r{number}" + "".join(map(str, notes))
    body = {"tick": tick, "ticks": MEASURE, "number": number, "key": 1, "revision": text}
    return {**body, "beats": 4, "beat_type": 4, "notes": list(notes), **changes}


WHOLE_G = [0, MEASURE, 67, 15, 0, 0]


def ask(name: str, *, free: int = 4, last: int = 2, **changes: object) -> dict:
    """Measures 1 to `last` are selected and hold whole notes; `free` empty ones follow."""
    return {
        "id": f"request-{name}",
        "document": "Song",
        "staff": 0,
        "division": QUARTER,
        "selection": {"start": 0, "end": last * MEASURE, "staves": 1},
        "measures": [row(n, WHOLE_G) for n in range(1, last + 1)],
        "destination": [row(n) for n in range(last + 1, last + 1 + free)],
        "part": {"name": "Flute", "program": 73, "is_drums": False},
    } | changes


def take_for(request: Request) -> Take:
    notes = (
        Note(Fraction(0), Fraction(1), Pitch("F", 1, 4)),
        Note(Fraction(3), Fraction(2), Pitch("G", 0, 4)),
    )
    length = Fraction(4 * request.controls.measures)
    phrase = Phrase(
        (Part(request.region.part_ids[0], "Flute", notes),), measures_from_meter((), length), length
    )
    receipt = Receipt("rules", "", request.seed, request.first_take, "", request.controls)
    return Take(request.id, request.first_take, phrase, receipt, (Remark("plain", "It is plain."),))


def land(exchange: Exchange, asked: dict, *, after: tuple[str, ...] | None = None) -> dict:
    """Ask, answer and report: the score then holds the answer's measures `after`."""
    request = exchange.request_from(asked)
    assert isinstance(request, Request)
    reply = exchange.answer_from(request, take_for(request))
    before = [r["revision"] for r in asked["destination"][: reply["measures"]]]
    selected = [r["revision"] for r in asked["measures"]]
    if after is None:
        after = tuple(f"answer {reply['take']}.{n}" for n in range(reply["measures"]))
    exchange.landed(
        {
            "id": request.id,
            "document": asked["document"],
            "staff": asked["staff"],
            "start": asked["selection"]["start"],
            "end": asked["selection"]["end"],
            "at": reply["at"],
            "take": reply["take"],
            "selection": selected,
            "before": before,
            "after": list(after),
        }
    )
    return reply


def answered(asked: dict, reply: dict, name: str) -> dict:
    """The same ask once more, with the answer's measures behind the selection."""
    again = copy.deepcopy(asked) | {"id": f"request-{name}"}
    first = len(asked["measures"]) + 1
    again["destination"] = [
        row(first + n, WHOLE_G, revision=f"answer {reply['take']}.{n}")
        for n in range(reply["measures"])
    ]
    return again


def code_of(exchange: Exchange, asked: dict) -> str:
    with pytest.raises(AntiphonError) as caught:
        exchange.request_from(asked)
    return caught.value.code


def test_a_selection_becomes_a_request_for_the_measures_after_it():
    request = Exchange().request_from(ask("first"))
    assert isinstance(request, Request)
    assert (request.region.start, request.region.end) == (0, 8)
    assert request.region.part_ids == ("staff-1",)
    assert request.phrase.length == 8
    assert [str(note.pitch) for note in request.phrase.parts[0].notes] == ["G4", "G4"]
    assert (request.first_take, request.controls.measures) == (0, 4)
    assert not request.controls.tuplets


def test_the_same_id_gives_the_same_request():
    exchange = Exchange()
    first = exchange.request_from(ask("first"))
    assert exchange.request_from(ask("first")) is first


def test_a_reply_says_where_to_write_which_notes():
    exchange = Exchange()
    request = exchange.request_from(ask("first", free=1))
    reply = exchange.answer_from(request, take_for(request))
    assert (reply["at"], reply["measures"], reply["append"]) == (2 * MEASURE, 4, 3)
    assert reply["undo_to"] is None
    (line,) = reply["lines"]
    assert (line["staff"], line["voice"]) == (0, 0)
    assert line["steps"][0] == [0, QUARTER, 1, 4, 66, 20, 0]
    assert [3 * QUARTER, QUARTER, 1, 4, 67, 15, 1] in line["steps"]
    assert [4 * QUARTER, QUARTER, 1, 4, 67, 15, 0] in line["steps"]
    assert reply["title"].startswith("Antiphon: continuation in measures ")
    assert reply["remarks"] == ["It is plain."]


def test_pressing_again_asks_for_the_next_take_and_to_undo_the_last():
    exchange = Exchange()
    first = ask("first")
    reply = land(exchange, first)
    second = answered(first, reply, "second")
    request = exchange.request_from(second)
    assert request.first_take == 1
    again = exchange.answer_from(request, take_for(request))
    assert again["undo_to"] == ["r3", "r4", "r5", "r6"]
    third = answered(first, land(exchange, second), "third")
    assert exchange.request_from(third).first_take == 2


def test_without_a_selection_the_last_answer_of_the_score_is_named():
    exchange = Exchange()
    land(exchange, ask("first"))
    empty = ask("empty", selection=None, measures=[], destination=[])
    assert exchange.request_from(empty) == {
        "status": "read",
        "staff": 0,
        "selection": {"start": 0, "end": 2 * MEASURE},
    }
    assert code_of(exchange, empty | {"document": "Other"}) == "nothing-to-repeat"


def test_after_an_undo_by_hand_the_next_take_comes_too_and_nothing_is_undone():
    exchange = Exchange()
    land(exchange, ask("first"))
    request = exchange.request_from(ask("second"))
    assert request.first_take == 1
    assert exchange.answer_from(request, take_for(request))["undo_to"] is None


def test_a_changed_selection_starts_with_its_own_first_take():
    exchange = Exchange()
    first = ask("first")
    second = answered(first, land(exchange, first), "second")
    second["measures"][0]["revision"] = "edited"
    request = exchange.request_from(second)
    assert request.first_take == 0
    assert exchange.answer_from(request, take_for(request))["undo_to"] is not None


def test_notes_of_the_musician_are_never_written_over():
    exchange = Exchange()
    occupied = ask("first")
    occupied["destination"][1]["notes"] = [WHOLE_G]
    with pytest.raises(AntiphonError, match="measure 4 ") as caught:
        exchange.request_from(occupied)
    assert caught.value.code == "destination-occupied"


def test_an_answer_that_was_edited_belongs_to_the_musician():
    exchange = Exchange()
    first = ask("first")
    second = answered(first, land(exchange, first), "second")
    second["destination"][2]["revision"] = "edited"
    assert code_of(exchange, second) == "destination-occupied"


def test_notes_beyond_the_answer_do_not_matter():
    far = ask("first", free=6)
    far["destination"][5]["notes"] = [WHOLE_G]
    assert isinstance(Exchange().request_from(far), Request)


def test_a_score_remembers_the_answers_at_several_places():
    exchange = Exchange()
    here, there = ask("here"), ask("there", last=3, free=4)
    reply = land(exchange, here)
    land(exchange, there)
    assert exchange.request_from(answered(here, reply, "again")).first_take == 1


def test_reported_answers_restore_an_exchange_after_a_restart():
    exchange, restarted = Exchange(), Exchange()
    first = ask("first")
    reports = []
    exchange.landed, original = reports.append, exchange.landed
    reply = land(exchange, first)
    original(reports[0])
    restarted.landed(reports[0])
    assert restarted.request_from(answered(first, reply, "second")).first_take == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"selection": {"start": 0, "end": 2 * MEASURE, "staves": 2}}, "several-staves"),
        ({"measures": [row(1), row(2)]}, "empty-selection"),
        ({"measures": [row(1), row(3)]}, "bad-request"),
        ({"measures": []}, "bad-request"),
        ({"selection": {"start": 0, "end": MEASURE, "staves": 1}}, "bad-request"),
        ({"destination": [row(4)]}, "bad-request"),
        ({"destination": [row(3, ticks=QUARTER)]}, "irregular-measure"),
        ({"id": "short"}, "bad-request"),
        ({"id": "../../etc/passwd"}, "bad-request"),
        ({"staff": -1}, "bad-request"),
        ({"division": 0}, "bad-request"),
        ({"wishes": {"measures": 1000}}, "bad-request"),
        ({"task": "dance"}, "bad-request"),
        ({"unknown": 1}, "bad-request"),
        ({"measures": [row(1, [0, QUARTER, 300, 15, 0, 0])]}, "bad-request"),
        ({"measures": [row(1, *[WHOLE_G] * 20_001, revision="r"), row(2)]}, "too-large"),
    ],
)
def test_what_cannot_be_continued_is_refused_by_name(changes, code):
    assert code_of(Exchange(), ask("first", **changes)) == code


def test_a_selection_of_rests_after_notes_is_empty():
    asked = ask("first", last=2)
    asked["measures"][1]["notes"] = []
    asked["selection"]["start"] = MEASURE
    assert code_of(Exchange(), asked) == "empty-selection"


def test_the_answer_ends_where_the_meter_changes():
    asked = ask("first", free=2)
    asked["destination"].append(row(5, ticks=3 * QUARTER, beats=3))
    exchange = Exchange()
    request = exchange.request_from(asked)
    assert request.controls.measures == 2
    reply = exchange.answer_from(request, take_for(request))
    assert "before measure 5" in reply["remarks"][0]


def test_a_selection_that_ends_inside_a_measure_is_continued_after_its_barline():
    asked = ask("first")
    asked["selection"]["end"] = MEASURE + QUARTER
    exchange = Exchange()
    request = exchange.request_from(asked)
    assert request.region.end == 8
    assert "measure 2" in exchange.answer_from(request, take_for(request))["remarks"][0]


def test_the_melody_is_the_first_voice_that_sounds_in_the_selection():
    asked = ask("first")
    low = [0, MEASURE, 48, 14, 1, 0]
    asked["measures"][0]["notes"].append(low)
    notes = Exchange().request_from(asked).phrase.parts[0].notes
    assert {note.pitch.midi_number for note in notes} == {67}
    for measure in asked["measures"]:
        measure["notes"] = [low]
    notes = Exchange().request_from(asked).phrase.parts[0].notes
    assert {note.pitch.midi_number for note in notes} == {48}


def test_key_and_meter_of_the_first_empty_measure_are_known():
    asked = ask("first", free=0)
    asked["destination"] = [row(3, key=-2, ticks=3 * QUARTER, beats=3)]
    phrase = Exchange().request_from(asked).phrase
    assert [(key.onset, key.fifths) for key in phrase.key_signatures] == [(0, 1), (8, -2)]
    assert [(meter.onset, meter.beats) for meter in phrase.time_signatures] == [(0, 4), (8, 3)]


def test_ties_seen_in_a_selection_are_remembered_for_the_next_take():
    exchange = Exchange()
    first = ask("first")
    first["measures"][0]["notes"] = [[0, MEASURE, 67, 15, 0, 1]]
    second = answered(first, land(exchange, first), "second")
    second["measures"][0]["notes"] = [WHOLE_G]
    tied = exchange.request_from(second).phrase.parts[0].notes
    assert [note.tie.value for note in tied] == ["start", "stop"]


def test_a_take_that_the_editor_could_not_write_is_not_offered_again():
    exchange = Exchange()
    request = exchange.request_from(ask("first"))
    exchange.answer_from(request, take_for(request))
    exchange.cancelled(request.id)
    assert exchange.request_from(ask("second")).first_take == 1
    other = ask("other")
    other["measures"][0]["revision"] = "edited"
    assert exchange.request_from(other).first_take == 0


def test_a_request_that_was_cancelled_before_its_answer_is_asked_again():
    exchange = Exchange()
    request = exchange.request_from(ask("first"))
    exchange.cancelled(request.id)
    assert exchange.request_from(ask("second")).first_take == 0


def test_a_take_for_a_request_that_is_not_known_is_refused():
    exchange = Exchange()
    request = exchange.request_from(ask("first"))
    exchange.cancelled(request.id)
    with pytest.raises(AntiphonError) as caught:
        exchange.answer_from(request, take_for(request))
    assert caught.value.code == "unknown-request"


def test_a_broken_report_is_refused():
    with pytest.raises(AntiphonError) as caught:
        Exchange().landed({"id": "request-first"})
    assert caught.value.code == "bad-request"


def test_what_is_remembered_is_bounded():
    exchange = Exchange()
    for number in range(1_500):
        asked = ask(f"n{number}") | {"document": f"Song {number}"}
        land(exchange, asked)
    oldest = ask("empty", selection=None, measures=[], destination=[], document="Song 0")
    assert code_of(exchange, oldest) == "nothing-to-repeat"
    newest = oldest | {"document": "Song 1499"}
    assert exchange.request_from(newest)["status"] == "read"
