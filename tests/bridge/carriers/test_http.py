"""The HTTP carrier against a real service: who gets in, what is refused, what is answered."""

import socket

import pytest
from services import scripted_service


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("http")) as running:
        running.wait_until_ready()
        yield running


def raw(service, data: bytes) -> bytes:
    """What comes back for bytes on the wire, until the service closes or falls silent."""
    with socket.create_connection(("127.0.0.1", service.run.http_port), timeout=5) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        found = b""
        while piece := line.recv(65536):
            found += piece
        return found


def head(service, first="GET /antiphon/1/hello HTTP/1.1", *lines: str, body=b"") -> bytes:
    run = service.run
    good = (f"Host: 127.0.0.1:{run.http_port}", f"Authorization: Bearer {run.token}")
    return "\r\n".join((first, *(lines or good), "", "")).encode() + body


def test_hello_tells_version_protocol_and_engine(service):
    status, body = service.get("hello")
    assert (status, body["status"], body["protocol"]) == (200, "hello", 1)
    assert body["engine"] == "torch"


def test_a_connection_serves_several_requests(service):
    data = head(service) * 3
    assert raw(service, data).count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("token", ["0" * 32, "x", "", "Bearer"])
def test_a_wrong_token_gets_401_and_a_sentence(service, token):
    status, body = service.call("GET", "hello", headers={"Authorization": f"Bearer {token}"})
    assert status == 401
    assert body["code"] == "unauthorised"
    assert "token" in body["sentence"]


def test_no_token_at_all_gets_401(service):
    port = service.run.http_port
    assert b" 401 " in raw(
        service, head(service, "GET /antiphon/1/hello HTTP/1.1", f"Host: localhost:{port}")
    )


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://127.0.0.1", ""])
def test_any_origin_is_refused_even_with_the_token(service, origin):
    status, body = service.call("POST", "ask", {}, headers={"Origin": origin})
    assert status == 403
    assert body["status"] == "fault"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "[::1]"])
def test_any_other_host_is_refused_so_that_rebinding_a_name_helps_nobody(service, host):
    status, _ = service.call("GET", "hello", headers={"Host": host})
    assert status == 403


def test_no_answer_ever_allows_another_origin(service):
    for data in (
        head(service),
        head(service, "OPTIONS /antiphon/1/ask HTTP/1.1"),
        b"nonsense\r\n\r\n",
    ):
        assert b"access-control" not in raw(service, data).lower()


@pytest.mark.parametrize(
    ("first", "status"),
    [
        ("GET /antiphon/1/nothing HTTP/1.1", 404),
        ("GET / HTTP/1.1", 404),
        ("GET /antiphon/1/../1/hello HTTP/1.1", 404),
        ("GET http://127.0.0.1/antiphon/1/hello HTTP/1.1", 404),
        ("POST /antiphon/1/hello HTTP/1.1", 405),
        ("GET /antiphon/1/ask HTTP/1.1", 405),
        ("DELETE /antiphon/1/ask HTTP/1.1", 405),
        ("GET /antiphon/1/hello HTTP/2", 400),
        ("GET /antiphon/1/hello", 400),
        ("POST /antiphon/1/ask HTTP/1.1", 400),
    ],
)
def test_what_is_no_call_of_ours_is_named(service, first, status):
    assert raw(service, head(service, first)).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Content-Length: 3", "Content-Length: 4"], 400),
        (["Content-Length: -1"], 400),
        (["Content-Length: ٣"], 400),
        (["Content-Length: 1e3"], 400),
        (["Transfer-Encoding: chunked"], 400),
        (["Content-Length : 2"], 400),
        (["no colon"], 400),
        (["Content-Length: 99999999"], 413),
        (["Content-Length: 999999999999999999999"], 413),
    ],
)
def test_a_length_that_is_none_is_refused_before_the_body_is_read(service, lines, status):
    run = service.run
    good = (f"Host: 127.0.0.1:{run.http_port}", f"Authorization: Bearer {run.token}")
    data = head(service, "POST /antiphon/1/ask HTTP/1.1", *good, *lines, body=b"{}")
    assert raw(service, data).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(service, body):
    run = service.run
    good = (f"Host: 127.0.0.1:{run.http_port}", f"Authorization: Bearer {run.token}")
    data = head(
        service, "POST /antiphon/1/ask HTTP/1.1", *good, f"Content-Length: {len(body)}", body=body
    )
    assert raw(service, data).startswith(b"HTTP/1.1 400 ")


def test_an_endless_head_is_cut_off(service):
    found = raw(service, b"GET /antiphon/1/hello HTTP/1.1\r\nX: " + b"a" * 100_000)
    assert found == b"" or found.startswith(b"HTTP/1.1 400 ")


def test_an_ask_that_makes_no_sense_is_answered_by_a_fault(service):
    status, body = service.post("ask", {"id": "abcdefgh"})
    assert status == 200
    assert (body["status"], body["code"]) == ("fault", "bad-request")
    assert body["sentence"] and body["remedy"]


def test_cancelling_what_is_unknown_is_harmless(service):
    assert service.post("cancel", {"id": "nobody-knows"}) == (
        200,
        {"status": "cancelled", "id": "nobody-knows"},
    )


def test_the_service_still_answers_after_all_of_this(service):
    assert service.get("hello")[0] == 200
