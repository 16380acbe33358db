"""What the panel sees of every door, and what it has editors do."""

import json
import os
import socket
import threading
import time

import pytest
from lines_script import PPQ, LinesScript, project_file, scale
from services import SUPPORT, request, scripted_service

from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.host import HostCommand
from antiphon.bridge.jobs.supervisor import Commands
from antiphon.bridge.protocol.lines import read_lines
from antiphon.bridge.protocol.messages import Take
from antiphon.bridge.protocol.watching import kind_of

SCRIPTED = Commands(
    HostCommand("scripted_host", ("torch",)), HostCommand("scripted_host", ("theory",))
)
TUNE = project_file(("Violin I", 0, scale()), key="G")
VIOLIN = "1\t{T1}\t1\t0\t40\tViolin I"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    paths = [str(SUPPORT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    return tmp_path


@pytest.fixture
def service(home):
    with scripted_service(home) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(params=["connected", "embedded"])
def client(request, home):
    if request.param == "embedded":
        with Client.embedded(SCRIPTED) as found:
            yield found
    else:
        with scripted_service(home), Client.open() as found:
            yield found


def takes_in(heard):
    return [message for message in heard if isinstance(message, Take)]


def test_another_take_of_a_request_has_its_id_and_is_remembered(client):
    takes_in(client.ask(request("ok-again")))
    (third,) = takes_in(client.again("ok-again", 2))
    assert (third.request_id, third.number) == ("ok-again", 2)
    asked, takes = client.request("ok-again")
    assert (asked.id, [take.number for take in takes]) == ("ok-again", [0, 2])
    assert takes_in(client.again("ok-again", 2)) == [third]
    client.keep("ok-again", 2)
    (seen,) = client.watch(-1).requests
    assert (seen.state, seen.landed, seen.takes) == ("inserted", 2, (0, 2))


def test_what_is_unknown_has_no_other_take(client):
    for asking in (lambda: list(client.again("nobody", 1)), lambda: client.request("nobody")):
        with pytest.raises(AntiphonError) as caught:
            asking()
        assert caught.value.code == "unknown-request"


def test_a_watch_wakes_when_something_happens_and_not_before(client):
    now = client.watch(-1).now
    began = time.monotonic()
    assert client.watch(now, 0.3).now == now
    assert time.monotonic() - began >= 0.25
    threading.Timer(0.2, lambda: list(client.ask(request("ok-wake")))).start()
    heard = client.watch(now, 10)
    assert heard.now != now
    while heard.requests[0].state != "ready":
        heard = client.watch(heard.now, 10)
    (seen,) = heard.requests
    assert (seen.task, seen.editor, seen.takes, seen.landed) == ("continue", "file", (0,), -1)
    assert seen.words == "Voice, measures 1–4, 4/4, C major"


def test_a_request_that_fails_says_why(client):
    with pytest.raises(AntiphonError):
        list(client.ask(request("refuse-1")))
    (seen,) = client.watch(-1).requests
    assert (seen.state, seen.sentence) == ("failed", "Nothing is selected.")


def test_an_editor_is_seen_and_its_requests_are_told_apart(service):
    script = LinesScript(service.home, document="{P1}", title="Song")
    with Client.connect() as client:
        with pytest.raises(AntiphonError) as caught:
            client.do("bass")
        assert caught.value.code == "no-editor"
        script.send("hello")
        script.ask("vary", TUNE, [VIOLIN], 4 * PPQ, 12 * PPQ, id="ok-seen")
        watched = client.watch(-1)
        (editor,) = watched.editors
        assert (editor.kind, editor.name, editor.title) == ("reaper", "REAPER 7.22", "Song")
        (seen,) = watched.requests
        assert (seen.editor, seen.words) == ("reaper", "Violin I, measures 2–3, 4/4, G major")
        # The panel asks for an editor's document: the request belongs there.
        asked, _ = client.request("ok-seen")
        assert asked.phrase.parts[0].name == "Violin I"


def test_what_is_selected_is_shown_with_its_music(service):
    script = LinesScript(service.home, editor="Ardour 7.3", title="Song")
    with Client.connect() as client:
        now = client.watch(-1).now
        span = {"region_start": 4 * PPQ, "region_end": 8 * PPQ}
        script.send("region", TUNE, parts=[VIOLIN], phrase_start=0, **span)
        region = client.watch(now, 10).region
        while region is None or region.request is None:
            region = client.watch(-1, 1).region
        assert (region.editor, region.title) == ("ardour", "Song")
        assert region.words == "Violin I, measure 2, 4/4, G major"
        assert len(region.request.phrase.parts[0].notes) == 16


def test_commands_come_one_at_a_time_as_files(service):
    script = LinesScript(service.home)
    script.send("hello")
    with Client.connect() as client:
        service.wait_until(lambda: client.watch(-1).editors, "the script is heard")
        client.do("bass", words={"style": "jazz", "measures": 8})
        client.do("put", "reaper", {"id": "ok-1", "number": 3})
        path = script.run / "do" / "reaper.do"
        first = read_lines(path.read_bytes())
        assert (first.text("message"), first.text("what")) == ("do", "bass")
        assert (first.text("style"), first.integer("measures")) == ("jazz", 8)
        path.unlink()
        service.wait_until(path.exists, "the next command follows")
        assert read_lines(path.read_bytes()).integer("number") == 3
        for what, editor, code in (("shout", "", "bad-request"), ("bass", "live", "no-editor")):
            with pytest.raises(AntiphonError) as caught:
                client.do(what, editor)
            assert caught.value.code == code


def test_a_take_is_put_where_its_request_came_from(service):
    reaper = LinesScript(service.home)
    reaper.ask("vary", TUNE, [VIOLIN], id="ok-mine")
    ardour = LinesScript(service.home, editor="Ardour 7.3", document="a")
    ardour.send("hello")
    with Client.connect() as client:
        service.wait_until(lambda: len(client.watch(-1).editors) == 2, "both are heard")
        # Nobody did anything in Ardour yet: what is done next is meant for REAPER.
        client.do("next")
        assert [path.name for path in (reaper.run / "do").glob("*.do")] == ["reaper.do"]
        (reaper.run / "do" / "reaper.do").unlink()
        ardour.ask("vary", TUNE, [VIOLIN], id="ok-other")
        client.do("next")
        client.do("put", words={"id": "ok-mine", "number": 0})
    written = {path.name for path in (reaper.run / "do").glob("*.do")}
    assert written == {"reaper.do", "ardour.do"}


def test_commands_come_to_the_newest_who_waits_over_http(service):
    heard = []

    def wait():
        about = {"editor": "MuseScore 3.2.3", "document": "d", "title": "Tune"}
        heard.append(service.post("do", about)[1])

    waiting = [threading.Thread(target=wait) for _ in range(2)]
    for thread in waiting:
        thread.start()
        time.sleep(0.2)
    with Client.connect() as client:
        client.do("fill", "musescore", {"takes": 2})
    for thread in waiting:
        thread.join(10)
    assert heard == [{"status": "nothing"}, {"status": "do", "what": "fill", "takes": 2}]


def test_a_command_does_not_go_to_an_editor_that_has_left(service):
    about = {"editor": "MuseScore 3.2.3", "document": "d", "title": "Tune"}
    run = service.run
    body = json.dumps(about).encode()
    with socket.create_connection(("127.0.0.1", run.http_port)) as line:
        head = f"POST /antiphon/1/do HTTP/1.1\r\nHost: 127.0.0.1:{run.http_port}\r\n"
        head += f"Authorization: Bearer {run.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body)
        time.sleep(0.3)
    time.sleep(0.8)
    with Client.connect() as client:
        client.do("fill", "musescore")
    # It waits for the editor that comes back.
    assert service.post("do", about)[1] == {"status": "do", "what": "fill"}


NO_BODIES = [
    ("watch", {"since": "now"}),
    ("watch", {"since": 1, "seconds": "long"}),
    ("request", {}),
    ("command", {"what": 3}),
    ("command", {"what": "bass", "words": []}),
    ("do", {}),
    ("again", {"id": "x"}),
    ("region", {}),
    ("region", {"document": "d", "staff": 0, "division": 480, "selection": None}),
]


def test_a_body_that_is_none_is_answered_by_a_sentence(service):
    for route, body in NO_BODIES:
        status, answer = service.post(route, body)
        assert (status, answer["status"]) == (200, "fault"), (route, body)
        assert answer["code"] in ("bad-request", "empty-selection"), (route, body)


def test_the_kind_of_an_editor_is_told_by_its_name():
    names = ["REAPER 7.22", "Ardour 7.3", "MuseScore 4.4", "Ableton Live 12", "antiphon"]
    assert [kind_of(name) for name in names] == [
        "reaper", "ardour", "musescore", "live", "file",
    ]  # fmt: skip
