"""The plugin's files in a real Qt 6 engine around a strict stand-in for MuseScore's interface."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from qml_musescore import QUARTER, VERSIONS, Plugins, expected, notes_in, score_of
from services import real_service

from antiphon.bridge.protocol.codec import from_json, to_json
from antiphon.bridge.protocol.messages import Request, Take, Task

SCORE = Path(__file__).parents[2] / "examples" / "scarborough_fair.musicxml"
COMMANDS = sorted(
    path.stem.removeprefix("antiphon_")
    for path in (Path(__file__).parents[2] / "plugins" / "musescore").glob("antiphon_*.qml")
)
MEASURE = 3 * QUARTER


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with real_service(tmp_path_factory.mktemp("antiphon")) as service:
        service.wait_until_ready()
        yield service


@pytest.fixture(params=VERSIONS)
def musescore(request, tmp_path, service, qapp, qtlog):
    run_file = service.home / "run" / "service.json"
    plugins = Plugins(tmp_path, request.param, run_file, qapp, qtlog)
    plugins.open(score_of(SCORE), 0, 4 * MEASURE)
    yield plugins
    plugins.close()


def takes_of(service, task: str) -> list[Take]:
    """The takes of the newest request for a task."""
    seen = service.post("watch", {"since": 0})[1]["requests"]
    newest = next(r for r in seen if r["task"] == task)
    found = service.post("request", {"id": newest["id"]})[1]
    return [from_json(Take, take) for take in found["takes"]]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_loads_in_qt_6_without_a_warning(musescore, command):
    musescore.make(f"antiphon_{command}.qml")
    assert not musescore.warnings


def test_a_continuation_lands_note_by_note_and_one_undo_takes_it_away(musescore, service):
    musescore.open(score_of(SCORE), 0, 8 * MEASURE)
    musescore.make("antiphon_continue.qml")
    before = musescore.state["data"]
    after = musescore.press("continue")
    (take,) = takes_of(service, "continue")
    at = 8 * MEASURE
    assert notes_in(after, 0, at) == expected(take.phrase, 0, at)
    assert notes_in(after, 0, 0, at) == notes_in({"data": before}, 0)
    assert after["undo"] == 1
    musescore.undo()
    assert musescore.state["data"] == before
    assert not musescore.warnings


@pytest.mark.parametrize("command", ["fill", "vary", "restyle"])
def test_measures_are_rewritten_note_by_note_and_nothing_around_them(musescore, service, command):
    start, end = 2 * MEASURE, 6 * MEASURE
    musescore.select(start, end)
    musescore.make(f"antiphon_{command}.qml")
    before = musescore.state["data"]
    after = musescore.press(command)
    take = takes_of(service, command)[0]
    own = next(i for i, p in enumerate(take.phrase.parts) if p.id == "staff-1")
    assert notes_in(after, 0, start, end) == expected(take.phrase, own, start)
    for first, last in ((0, start), (end, 10**9)):
        assert notes_in(after, 0, first, last) == notes_in({"data": before}, 0, first, last)
    assert after["undo"] == 1
    musescore.undo()
    assert musescore.state["data"] == before


@pytest.mark.parametrize("command", ["bass", "drums", "accompany", "satb"])
def test_new_parts_hold_what_was_written_for_them(musescore, service, command):
    musescore.make(f"antiphon_{command}.qml")
    before = musescore.state["data"]
    after = musescore.press(command)
    take = takes_of(service, "harmonize" if command == "satb" else command)[0]
    assert len(after["data"]["staves"]) > len(before["staves"])
    new = range(len(before["staves"]), len(after["data"]["staves"]))
    written = sorted(note for staff in new for note in notes_in(after, staff))
    parts = [i for i, part in enumerate(take.phrase.parts) if part.id != "staff-1"]
    wanted = sorted(note for i in parts for note in expected(take.phrase, i, 0))
    assert written
    if command == "drums":
        # A stroke lasts until the next one of its voice: what is heard is where it begins.
        written, wanted = ([(n[0], n[2]) for n in notes] for notes in (written, wanted))
    assert sorted(written) == sorted(wanted)
    assert after["data"]["staves"][0] == before["staves"][0]
    musescore.undo()
    assert musescore.state["data"] == before


def test_chord_symbols_stand_over_the_measures_they_are_for(musescore, service):
    musescore.make("antiphon_harmonize.qml")
    after = musescore.press("harmonize")
    take = takes_of(service, "harmonize")[0]
    ticks = [harmony["tick"] for harmony in after["data"]["harmonies"]]
    assert ticks == [int(chord.onset * QUARTER) for chord in take.phrase.chords]
    assert after["data"]["staves"][0] == musescore_before(musescore)


def musescore_before(musescore):
    musescore.undo()
    state = musescore.state["data"]
    assert not state["harmonies"]
    return state["staves"][0]


def test_the_next_take_stands_in_the_place_of_the_first_and_the_previous_one_comes_back(
    musescore, service
):
    musescore.select(0, 8 * MEASURE)
    musescore.make("antiphon_continue.qml")
    original = musescore.state["data"]
    first = notes_in(musescore.press("continue"), 0)
    second = notes_in(musescore.press("next"), 0)
    assert second != first
    assert musescore.state["undo"] == 1
    assert notes_in(musescore.press("previous"), 0) == first
    musescore.undo()
    assert musescore.state["data"] == original


def test_a_take_is_not_written_over_what_the_person_changed(musescore):
    musescore.select(0, 8 * MEASURE)
    answered = musescore.press("continue")
    tick = next(n[0] for n in notes_in(answered, 0) if n[0] >= 8 * MEASURE)
    musescore.edit(0, tick, 90)
    edited = musescore.state["data"]
    musescore.run("next")
    musescore.wait_for("a sentence", lambda: "changed since it was written" in musescore.said)
    assert musescore.state["data"] == edited


def test_nothing_is_written_where_the_music_changed_while_the_answer_was_written(musescore):
    musescore.select(0, 8 * MEASURE)
    musescore.run("continue")
    musescore.edit(0, 0, 90)
    edited = musescore.state["data"]
    musescore.wait_for("a sentence", lambda: "The music changed while" in musescore.said)
    assert musescore.state["data"] == edited


@pytest.mark.parametrize(
    "line",
    [
        "return score.newCursor().rewindTo(3);",
        "return score.tempo;",
        "var c = score.newCursor(); c.rewind(0); c.addNote(60); return 1;",
        "score.firstMeasure.firstSegment.tick = 3; return 1;",
        "score.startCmd(); score.startCmd(); return 1;",
        "Double.cmd('notation-paste'); return 1;",
        "score.appendMeasures(); return 1;",
    ],
)
def test_the_stand_in_refuses_what_no_musescore_offers(musescore, line):
    musescore.make("antiphon_continue.qml")
    assert musescore.attempt(line).startswith("refused: ")
    assert musescore.state["faults"]


@pytest.mark.parametrize("task", [Task.CONTINUE, Task.BASS])
def test_a_take_that_the_panel_asked_for_lands_where_the_region_was_shown(musescore, service, task):
    musescore.select(0, 8 * MEASURE)
    dock = musescore.make("antiphon_dock.qml")
    before = musescore.state["data"]
    dock.run.emit()

    def editor() -> bool:
        seen = service.post("watch", {"since": 0})[1]["editors"]
        return any(e["name"].endswith(f"{musescore.version}.0") for e in seen)

    musescore.wait_for("the dock's loop", editor)
    # The loop of the plugin before this one may still be known.
    musescore.settle(1)
    since = service.post("watch", {"since": 0})[1]["now"]
    service.post("command", {"editor": "musescore", "what": "region", "words": {}})

    def region() -> dict | None:
        found = service.post("watch", {"since": 0})[1]
        return found["region"] if found["now"] > since else None

    shown = from_json(Request, musescore.wait_for("the region", region)["request"])
    request = replace(shown, id=f"panel-{uuid.uuid4()}", task=task, count=2)
    takes = service.post("takes", to_json(request))[1]["takes"]
    take = from_json(Take, takes[1])
    words = {"id": request.id, "number": 1}
    service.post("command", {"editor": "musescore", "what": "put", "words": words})
    musescore.wait_for("the take", lambda: musescore.state["names"])
    after = musescore.state
    staff, at = (0, 8 * MEASURE) if task is Task.CONTINUE else (1, 0)
    (part,) = [
        index
        for index, part in enumerate(take.phrase.parts)
        if (part.id == "staff-1") == (task is Task.CONTINUE)
    ]
    assert notes_in(after, staff, at) == expected(take.phrase, part, at)
    musescore.undo()
    assert musescore.state["data"] == before
