"""OSC over UDP against a real service, spoken by hand with python-osc."""

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder
from services import request, scripted_service

from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.carriers.udp import build_datagram, read_datagram
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import dumps, loads
from antiphon.bridge.protocol.messages import Take
from antiphon.bridge.protocol.osc import MAX_DATAGRAM
from antiphon.bridge.protocol.table import TABLE

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("udp")) as running:
        running.wait_until_ready()
        yield running


class Script:
    """An editor's script: a socket, a token, and messages built by hand."""

    def __init__(self, service):
        self.run = service.run
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.connect(("127.0.0.1", self.run.osc_port))

    def send(self, name, *arguments, token=None):
        builder = OscMessageBuilder(f"/antiphon/1/{name}")
        builder.add_arg(self.run.token if token is None else token)
        for argument in arguments:
            builder.add_arg(argument)
        self.line.send(builder.build().dgram)

    def hear(self, seconds=5.0, *, but=("progress",)):
        self.line.settimeout(seconds)
        try:
            while True:
                name, values = read_datagram(self.line.recv(65536), self.run.token)
                if name not in but:
                    return name, values
        except TimeoutError:
            return None


@pytest.fixture
def script(service):
    found = Script(service)
    yield found
    found.line.close()


def test_hello_is_greeted_back(script):
    script.send("hello", "a script")
    name, values = script.hear()
    assert (name, values["name"], values["engine"]) == ("hello", "antiphon", "torch")


@pytest.mark.parametrize("token", ["", "0" * 32, "short"])
def test_a_wrong_token_gets_no_answer_at_all(script, token):
    script.send("hello", token=token)
    assert script.hear(0.3) is None
    script.send("hello")
    assert script.hear()[0] == "hello"


def test_a_request_is_answered_through_the_spool(service, script):
    asked = request("ok-udp-1", count=2)
    spool = Spool(service.home / "run", 10**7)
    script.send("ask", asked.id, "continue", spool.put(dumps(asked)), "json")
    first, second = script.hear(), script.hear()
    takes = [loads(Take, spool.get(values["payload"], asked.id)) for _, values in (first, second)]
    assert [take.number for take in takes] == [0, 1]
    assert all(take.request_id == asked.id for take in takes)


def test_asking_again_brings_the_same_takes_and_computes_nothing(service, script):
    asked = request("ok-udp-2")
    name = Spool(service.home / "run", 10**7).put(dumps(asked))
    heard = []
    for _ in range(5):
        script.send("ask", asked.id, "continue", name, "json")
        heard.append(script.hear())
    assert all(message == heard[0] for message in heard)
    assert service.computed().count(f"torch {asked.id}") == 1


def test_an_id_cannot_be_used_for_other_music(service, script):
    spool = Spool(service.home / "run", 10**7)
    for seed, answer in ((1, "take"), (2, "fault")):
        payload = spool.put(dumps(request("ok-udp-3", seed=seed)))
        script.send("ask", "ok-udp-3", "continue", payload, "json")
        name, values = script.hear()
        assert name == answer
    assert values["code"] == "bad-request"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ok-x", "continue", "0" * 64, "json"), "payload-missing"),
        (("ok-x", "continue", "../service.json", "json"), "bad-request"),
        (("ok-x", "continue", "0" * 64, "exe"), "bad-request"),
        (("../x", "continue", "0" * 64, "json"), "bad-request"),
        (("", "continue", "0" * 64, "json"), "bad-request"),
    ],
)
def test_an_ask_that_cannot_be_met_is_answered_by_a_sentence(script, arguments, code):
    script.send("ask", *arguments)
    name, values = script.hear()
    assert (name, values["code"]) == ("fault", code)
    assert values["sentence"] and values["remedy"]


def test_a_payload_of_another_request_is_refused(service, script):
    name = Spool(service.home / "run", 10**7).put(dumps(request("ok-mine")))
    script.send("ask", "ok-yours", "continue", name, "json")
    assert script.hear()[1]["code"] == "bad-request"


def test_cancel_is_answered_at_once_and_stops_the_work(service, script):
    asked = request("slow-udp", count=8)
    name = Spool(service.home / "run", 10**7).put(dumps(asked))
    script.send("ask", asked.id, "continue", name, "json")
    service.wait_until(lambda: f"torch {asked.id}" in service.computed(), "it is worked on")
    script.send("cancel", asked.id)
    name, values = script.hear(but=("progress", "take"))
    assert (name, values["code"]) == ("fault", "cancelled")
    script.send("cancel", asked.id)
    assert script.hear()[1]["code"] == "cancelled"


def test_cancelling_what_is_unknown_says_so(script):
    script.send("cancel", "ok-never-asked")
    assert script.hear()[1]["code"] == "unknown-request"


def test_what_was_kept_is_confirmed(service, script):
    asked = request("ok-kept")
    name = Spool(service.home / "run", 10**7).put(dumps(asked))
    script.send("ask", asked.id, "continue", name, "json")
    script.hear()
    for _ in range(2):
        script.send("kept", asked.id, 0)
        assert script.hear() == ("kept", {"id": asked.id, "number": 0})


def test_broken_datagrams_are_dropped_and_the_service_goes_on(script):
    for data in (
        b"",
        b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc",
        b"/antiphon/1/hello\0",
        bytes(1500),
    ):
        script.line.send(data)
    assert script.hear(0.2) is None
    script.send("hello")
    assert script.hear()[0] == "hello"


@given(st.sampled_from(TABLE), st.text(max_size=3000))
def test_whatever_is_said_fits_a_datagram_and_is_read_again(row, text):
    values = {
        a.name: {"text": text, "integer": 7, "number": 0.5, "switch": True}[a.kind]
        for a in row.arguments
    }
    data = build_datagram(row.name, TOKEN, values)
    assert len(data) <= MAX_DATAGRAM
    name, found = read_datagram(data, TOKEN)
    assert name == row.name
    for argument in row.arguments:
        if argument.kind == "text" and argument.name != "token":
            assert text.replace("\0", "").startswith(found[argument.name])


def test_without_the_token_nothing_is_read():
    data = build_datagram("cancel", TOKEN, {"id": "a"})
    with pytest.raises(AntiphonError) as caught:
        read_datagram(data, TOKEN[::-1])
    assert caught.value.code == "unauthorised"


# --- the folder carrier speaks the same messages ----------------------------------------------


def drop(service, name: str, message) -> None:
    inbox = service.home / "run" / "inbox"
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    (inbox / f".{name}").write_bytes(data)
    (inbox / f".{name}").rename(inbox / f"{name}.json")


def fetch(service, name: str):
    path = service.home / "run" / "outbox" / f"{name}.json"
    service.wait_until(path.exists, f"{name} is answered")
    return json.loads(path.read_text())


def test_a_script_without_sockets_asks_through_the_folder(service):
    asked = request("ok-folder")
    spool = Spool(service.home / "run", 10**7)
    payload = spool.put(dumps(asked))
    drop(service, "one", {"message": "ask", "id": asked.id, "task": "continue", "payload": payload})
    answer = fetch(service, "one.0")
    assert answer["message"] == "take"
    assert loads(Take, spool.get(answer["payload"], asked.id)).request_id == asked.id
    drop(service, "two", {"message": "hello"})
    assert fetch(service, "two.0")["engine"] == "torch"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"message": "nothing"}', b"x" * 70_000])
def test_a_file_that_is_no_message_is_answered_by_a_fault(service, data):
    name = f"bad{len(data)}"
    drop(service, name, data)
    assert fetch(service, f"{name}.0")["code"] in ("bad-request", "too-large")


def test_a_link_in_the_inbox_is_not_followed(service, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"message": "hello"}')
    (service.home / "run" / "inbox" / "link.json").symlink_to(secret)
    assert fetch(service, "link.0")["message"] == "fault"
    assert secret.exists()


def test_a_folder_named_like_a_message_is_left_alone_and_the_carrier_goes_on(service):
    (service.home / "run" / "inbox" / "folder.json").mkdir()
    drop(service, "after", {"message": "hello"})
    assert fetch(service, "after.0")["message"] == "hello"
    assert not (service.home / "run" / "outbox" / "folder.0.json").exists()
