"""Every task through every door: the same words about the same music give the same notes."""

import json
import socket
import uuid
from dataclasses import replace

import pytest
from services import melody, scripted_service

from antiphon.bridge.answers import written
from antiphon.bridge.asking import ask_about
from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.carriers.udp import build_datagram, read_datagram
from antiphon.bridge.cli import main
from antiphon.bridge.client import Client
from antiphon.bridge.documents import open_document
from antiphon.bridge.formats.files import write_phrase
from antiphon.bridge.formats.region_json import tpc_of
from antiphon.bridge.music.phrase import Part
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.codec import from_json, to_json
from antiphon.bridge.protocol.messages import Take, Task

FORMS = {"smf": ".mid", "musicxml": ".musicxml"}
WORDS = {
    Task.GENERATE: {"measures": 4, "key": "G", "style": "folk", "density": 1.5},
    Task.CONTINUE: {"measures": 2, "to": "3", "temperature": 0.8},
    Task.FILL: {"from": "2", "to": "3", "range": "C4-C6"},
    Task.VARY: {"keep": "contour", "degree": 0.7, "strict_key": True},
    Task.HARMONIZE: {"as": "satb", "chords": "C | G7 | C | G C"},
    Task.BASS: {"chords": "C | F | G7 | C", "range": "E1-E3"},
    Task.DRUMS: {"style": "rock", "density": 2.0},
    Task.ACCOMPANY: {"texture": "guitar", "valence": 0.5, "arousal": -0.5},
    Task.ARRANGE: {"style": "pop", "takes": 2, "seed": 5},
    Task.RESTYLE: {"style": "jazz", "degree": 0.3},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("doors"), "rules") as running:
        running.wait_until_ready()
        yield running


def music(suffix: str) -> bytes:
    """A melody of four measures over a second part of long notes."""
    tune = melody()
    (voice,) = tune.parts
    low = tuple(
        replace(n, duration=n.duration * 4, pitch=replace(n.pitch, octave=3))
        for n in voice.notes[::4]
    )
    second = Part("P2", "Viola", low, program=41)
    return write_phrase(replace(tune, parts=(voice, second), title="Doors"), suffix)


@pytest.fixture
def door(service, monkeypatch):
    """The service, found by whoever looks for it in this process."""
    monkeypatch.setenv("ANTIPHON_HOME", str(service.home))
    return service


def request_about(task, path, words):
    return ask_about(task, words, open_document(path.read_bytes(), path.name)).request


def by_client(request) -> list[Take]:
    with Client.connect() as client:
        return [message for message in client.ask(request) if isinstance(message, Take)]


def by_command_line(capsys, task, path, words) -> list[Take]:
    options = []
    for name, value in words.items():
        options += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    code = main([task.value, str(path), "--json", *options])
    shown = capsys.readouterr()
    assert code == 0, shown.err
    return [from_json(Take, take) for take in json.loads(shown.out)["takes"]]


def by_http(service, request) -> list[Take]:
    status, answer = service.post("takes", to_json(request))
    assert (status, answer["status"], answer.get("id")) == (200, "takes", request.id), answer
    return [from_json(Take, take) for take in answer["takes"]]


def by_osc(service, task, data, form, words) -> list[bytes]:
    """The takes as files of music, in order."""
    run, spool = service.run, Spool(service.home / "run", 10**7)
    request_id = uuid.uuid4().hex
    values = {"id": request_id, "task": task.value, "payload": spool.put(data), "format": form}
    found: dict[int, bytes] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", run.osc_port))
        line.settimeout(20)
        line.send(build_datagram("ask", run.token, {**values, **words}))
        while len(found) < words.get("takes", 1):
            name, told = read_datagram(line.recv(2000), run.token)
            assert name in ("progress", "take"), told
            if name == "take":
                found[told["number"]] = spool.get(told["payload"], request_id)
    return [found[number] for number in sorted(found)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("task", Task)
def test_the_same_words_give_the_same_notes(door, capsys, tmp_path, task, form):
    words, suffix = WORDS[task], FORMS[form]
    data, path = music(suffix), tmp_path / f"tune{suffix}"
    path.write_bytes(data)
    request = request_about(task, path, words)
    takes = by_client(request)
    wanted = [part.id for part in asked_parts(request)]
    assert len(takes) == words.get("takes", 1)
    for take in takes:
        assert [part.id for part in take.phrase.parts] == wanted
        assert any(part.notes for part in take.phrase.parts)
        assert take.receipt.controls == request.controls
    phrases = [take.phrase for take in takes]
    assert [take.phrase for take in by_command_line(capsys, task, path, words)] == phrases
    again = request_about(task, path, words)
    assert [take.phrase for take in by_http(door, again)] == phrases
    assert by_osc(door, task, data, form, words) == [written(take, suffix) for take in takes]


def test_music_from_nothing_is_the_same_through_every_door(door, capsys):
    words = {"key": "E minor", "meter": "6/8", "chords": "Em | Am | B7 | Em | C"}
    request = ask_about(Task.GENERATE, words).request
    status, answer = door.post("takes", to_json(request))
    assert status == 200
    take = from_json(Take, answer["takes"][0])
    assert len(take.phrase.measures) == 5
    assert take.phrase.key_signatures[0].fifths == 1
    options = [item for name, value in words.items() for item in (f"--{name}", value)]
    assert main(["generate", "--json", *options]) == 0
    shown = from_json(Take, json.loads(capsys.readouterr().out)["takes"][0])
    assert shown.phrase == take.phrase
    for form, suffix in FORMS.items():
        assert by_osc(door, Task.GENERATE, b"", form, words) == [written(take, suffix)]


SCRIPTED = [task for task in Task if task is not Task.GENERATE]


@pytest.mark.parametrize("task", SCRIPTED)
def test_an_editors_script_may_ask_every_task_about_a_staff(door, task):
    notes = melody().parts[0].notes
    rows = [
        {
            "tick": 1920 * index, "ticks": 1920, "number": index + 1, "key": 0, "beats": 4,
            "beat_type": 4, "revision": f"r{index}",
            "notes": [
                [480 * i, 480, n.pitch.midi_number, tpc_of(n.pitch), 0, 0]
                for i, n in enumerate(notes[4 * index : 4 * index + 4])
            ],
        }
        for index in range(4)
    ]  # fmt: skip
    body = {
        "id": uuid.uuid4().hex, "document": "doc", "staff": 0, "division": 480, "task": task.value,
        "selection": {"start": 1920, "end": 4 * 1920}, "measures": rows,
        "wishes": {"style": "pop", "setting": "piano", "model": "theory"},
    }  # fmt: skip
    status, answer = door.post("ask", body)
    assert (status, answer["status"]) == (200, "take"), answer
    follows = task is Task.CONTINUE
    assert answer["at"] == (4 * 1920 if follows else 1920)
    assert answer["measures"] == (4 if follows else 3)
    in_place = task in (Task.CONTINUE, Task.FILL, Task.VARY)
    # The score has no other staff, so new parts come as a score of their own.
    assert bool(answer["lines"]) is in_place
    assert ("<score-partwise" in answer["musicxml"]) is not in_place
    assert answer == door.post("ask", body)[1]


def test_a_request_over_http_needs_the_token_and_is_refused_in_words(service):
    request = to_json(ask_about(Task.GENERATE, {}).request)
    assert service.post("takes", request, token="0" * 32)[0] == 401
    assert service.post("takes", request, headers={"Origin": "http://x"})[0] == 403
    for body in ({}, {**request, "task": "dance"}, {**request, "id": "no such id!"}):
        status, answer = service.post("takes", body)
        assert (status, answer["status"], answer["code"]) == (200, "fault", "bad-request")
