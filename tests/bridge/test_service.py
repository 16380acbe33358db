"""The service as MuseScore's script and as an OSC script meet it, with the real model host."""

import socket
import sqlite3
import subprocess
import sys
import uuid
from io import BytesIO

import mido
import pytest
from services import melody, real_service

from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.carriers.udp import build_datagram, read_datagram
from antiphon.bridge.formats.files import read_phrase, write_phrase
from antiphon.bridge.formats.region_json import tpc_of

DIVISION = 480


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with real_service(tmp_path_factory.mktemp("service")) as running:
        running.wait_until_ready()
        yield running


def ask_body(document="doc", **changes) -> dict:
    """What MuseScore's script sends: four measures of a melody at the end of the score."""
    notes = melody().parts[0].notes
    rows = [
        {
            "tick": 4 * DIVISION * index,
            "ticks": 4 * DIVISION,
            "number": index + 1,
            "key": 0,
            "beats": 4,
            "beat_type": 4,
            "revision": f"r{index}",
            "notes": [
                [i * DIVISION, DIVISION, n.pitch.midi_number, tpc_of(n.pitch), 0, 0]
                for i, n in enumerate(notes[4 * index : 4 * index + 4])
            ],
        }
        for index in range(4)
    ]
    body = {
        "id": uuid.uuid4().hex,
        "document": document,
        "staff": 0,
        "division": DIVISION,
        "selection": {"start": 0, "end": 16 * DIVISION},
        "measures": rows,
    }
    return {**body, **changes}


def landed_body(ask: dict, answer: dict) -> dict:
    revisions = [row["revision"] for row in ask["measures"]]
    return {
        "id": ask["id"],
        "document": ask["document"],
        "staff": 0,
        "start": 0,
        "end": 16 * DIVISION,
        "at": answer["at"],
        "take": answer["take"],
        "selection": revisions,
        "before": [],
        "after": ["a0", "a1", "a2", "a3"],
    }


def test_an_ask_is_answered_by_notes_that_fill_the_measures(service):
    status, answer = service.post("ask", ask_body())
    assert (status, answer["status"], answer["take"]) == (200, "take", 0)
    assert (answer["at"], answer["append"]) == (16 * DIVISION, 4)
    (line,) = answer["lines"]
    assert sum(step[1] for step in line["steps"]) == 16 * DIVISION
    assert any(step[4] >= 0 for step in line["steps"])


def test_the_same_ask_again_is_the_same_answer(service):
    ask = ask_body()
    assert service.post("ask", ask) == service.post("ask", ask)


def test_an_empty_selection_is_a_sentence_and_no_notes(service):
    ask = ask_body()
    for row in ask["measures"]:
        row["notes"] = []
    status, answer = service.post("ask", ask)
    assert (status, answer["status"], answer["code"]) == (200, "fault", "empty-selection")


def test_pressing_again_brings_the_next_take_even_after_a_restart(tmp_path):
    with real_service(tmp_path) as service:
        first = ask_body()
        _, answer = service.post("ask", first)
        assert service.post("landed", landed_body(first, answer))[1]["status"] == "ok"
        service.wait_until(lambda: states(tmp_path) == ["inserted"], "it is written down")
        service.kill()
        service.start()
        again = ask_body(destination=destination(answer))
        _, second = service.post("ask", again)
        assert (second["status"], second["take"]) == ("take", 1)
        assert second["lines"] != answer["lines"]


def states(home) -> list[str]:
    """The states of all journalled requests."""
    database = sqlite3.connect(home / "data" / "journal.sqlite3")
    rows = database.execute("SELECT state FROM requests").fetchall()
    database.close()
    return [row[0] for row in rows]


def destination(answer: dict) -> list[dict]:
    """The four measures that the answer filled, as the script reads them."""
    at = answer["at"]
    return [
        {
            "tick": at + 4 * DIVISION * index,
            "ticks": 4 * DIVISION,
            "number": 5 + index,
            "key": 0,
            "beats": 4,
            "beat_type": 4,
            "revision": f"a{index}",
            "notes": [[0, 4 * DIVISION, 60, 14, 0, 0]],
        }
        for index in range(4)
    ]


def ask_with_music(service, data: bytes, form: str, *, task="continue", **wishes):
    """Ask over OSC with a file of music; the reply's name, values and music."""
    run = service.run
    spool = Spool(service.home / "run", 10**7)
    values = {"id": uuid.uuid4().hex, "task": task, "payload": spool.put(data), "format": form}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", run.osc_port))
        line.settimeout(20)
        line.send(build_datagram("ask", run.token, {**values, **wishes}))
        while True:
            name, found = read_datagram(line.recv(2000), run.token)
            if name != "progress":
                break
    return name, found, spool.get(found["payload"], "") if name == "take" else b""


@pytest.mark.parametrize(("form", "suffix"), [("smf", ".mid"), ("musicxml", ".musicxml")])
def test_a_script_may_send_bare_music_and_gets_music_back(service, form, suffix):
    data = write_phrase(melody(), suffix)
    name, _, music = ask_with_music(service, data, form, measures=2, seed=3)
    assert name == "take"
    phrase = read_phrase(music, f"answer{suffix}")
    assert phrase.length == 8
    assert sum(len(part.notes) for part in phrase.parts) > 0
    if form == "smf":
        assert mido.MidiFile(file=BytesIO(music)).length > 0


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"measures": 0}, "bad-request"),
        ({"temperature": 99.0}, "bad-request"),
        ({"takes": 17}, "bad-request"),
        ({"task": "dance"}, "bad-request"),
        ({"part": "Kazoo"}, "no-such-part"),
        ({"to": "99"}, "no-such-measure"),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(service, wishes, code):
    data = write_phrase(melody(), ".mid")
    name, values, _ = ask_with_music(service, data, "smf", **wishes)
    assert (name, values["code"]) == ("fault", code)


def test_music_that_is_none_is_named(service):
    name, values, _ = ask_with_music(service, b"MThd nonsense", "smf")
    assert (name, values["code"]) == ("fault", "broken-midi")


def test_neither_music_nor_titles_reach_the_log(tmp_path):
    with real_service(tmp_path) as service:
        ask = ask_body(document="Canary Sonata")
        ask["part"] = {"name": "Canary Flute"}
        assert service.post("ask", ask)[1]["status"] == "take"
        token = service.run.token
    log = (tmp_path / "log" / "service.log").read_text()
    assert ask["id"] in log
    assert "anary" not in log
    assert token not in log
    assert "C4" not in log


def serve(service, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "antiphon.bridge.cli", "serve", *arguments]
    return subprocess.run(
        command, env=service.environment, capture_output=True, text=True, timeout=60
    )


def test_a_second_serve_names_the_first_and_steps_back(service):
    result = serve(service)
    assert result.returncode == 0
    assert f"(process {service.process.pid})" in result.stderr
    assert service.get("hello")[0] == 200


def test_a_service_without_work_may_end_by_itself(tmp_path):
    with real_service(tmp_path) as service:
        service.stop()
        result = serve(service, "--idle-exit", "0.5")
    assert result.returncode == 0
    assert "listens" in result.stderr
    assert not (tmp_path / "run" / "service.json").exists()
