"""The host as a real child process, spoken to over its pipes."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from antiphon.bridge.protocol.frames import FrameReader, encode_frame
from antiphon.bridge.protocol.messages import Cancel, Done, Fault, Progress, Ready, Take
from antiphon.models.catalog import model_for
from antiphon.models.theory.check import check_answer


class Host:
    """A running host and what it has said so far."""

    def __init__(self, engine: str, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "antiphon.models.host", "--engine", engine],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | (env or {}),
        )  # fmt: skip
        self._frames = FrameReader()
        self._heard: list = []

    def send(self, *messages) -> None:
        for message in messages:
            self.process.stdin.write(encode_frame(message))
        self.process.stdin.flush()

    def hear(self, seconds: float = 60.0):
        """The next message."""
        until = time.monotonic() + seconds
        while not self._heard:
            left = until - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, left))
            assert ready, "the host is silent"
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, self.process.stderr.read().decode()
            self._heard += self._frames.feed(data)
        return self._heard.pop(0)

    def hear_answer(self) -> list:
        found = []
        while not found or not isinstance(found[-1], Done | Fault):
            found.append(self.hear())
        return found

    def close(self) -> int:
        self.process.stdin.close()
        return self.process.wait(timeout=30)


@pytest.fixture
def theory():
    host = Host("theory")
    yield host
    if host.process.poll() is None:
        host.close()


@pytest.fixture(scope="module")
def torch_host():
    if model_for("continue") is None:
        pytest.fail("the zoo holds no melody model")
    host = Host("torch")
    ready = host.hear()
    assert isinstance(ready, Ready)
    assert ready.engine == "torch"
    yield host
    if host.process.poll() is None:
        assert host.close() == 0


def test_the_theory_engine_is_ready_without_torch(theory):
    assert theory.hear() == Ready("theory", ("theory",))
    maps = Path(f"/proc/{theory.process.pid}/maps")
    if maps.exists():
        loaded = maps.read_text()
        assert "libtorch" not in loaded
        assert "numpy" not in loaded


def test_requests_are_answered_in_order_take_by_take(theory, make_tune, ask):
    theory.hear()
    first, second = ask(make_tune(1), seed=1, count=2), ask(make_tune(2), seed=2)
    theory.send(first, second)
    answer = theory.hear_answer()
    takes = [message for message in answer if isinstance(message, Take)]
    assert [take.number for take in takes] == [0, 1]
    assert all(take.request_id == first.id for take in takes)
    assert all(check_answer(first, take.phrase) == [] for take in takes)
    assert isinstance(answer[0], Progress)
    assert answer[-1] == Done(first.id)
    assert theory.hear_answer()[-1] == Done(second.id)


def test_a_cancelled_request_that_waits_is_not_written(theory, make_tune, ask):
    theory.hear()
    requests = [ask(make_tune(seed), seed=seed, count=16) for seed in range(4)]
    theory.send(*requests, Cancel(requests[3].id))
    endings = [theory.hear_answer()[-1] for _ in requests]
    assert all(isinstance(ending, Done) for ending in endings[:3])
    assert isinstance(endings[3], Fault)
    assert endings[3].code == "cancelled"


def test_a_fault_of_the_request_is_a_sentence_and_the_host_lives_on(theory, make_tune, ask):
    from dataclasses import replace

    theory.hear()
    request = ask(make_tune(1))
    broken = replace(request, region=replace(request.region, part_ids=("P7",)))
    theory.send(broken, ask(make_tune(1), seed=9))
    ending = theory.hear_answer()[-1]
    assert isinstance(ending, Fault)
    assert ending.code == "no-such-part"
    assert ending.sentence
    assert isinstance(theory.hear_answer()[-1], Done)


def test_the_host_ends_when_its_input_closes(theory):
    theory.hear()
    assert theory.close() == 0


def test_noise_on_the_pipe_ends_the_host_without_a_traceback(theory):
    theory.hear()
    theory.process.stdin.write(b"\x00\x00\x00\x05hello")
    theory.process.stdin.flush()
    assert theory.process.wait(timeout=30) == 0
    assert b"Traceback" not in theory.process.stderr.read()


def test_the_trained_model_answers_and_its_receipt_names_the_weights(torch_host, make_tune, ask):
    card = model_for("continue")
    request = ask(make_tune(3), seed=4, count=2)
    torch_host.send(request)
    takes = [message for message in torch_host.hear_answer() if isinstance(message, Take)]
    assert len(takes) == 2
    for take in takes:
        assert check_answer(request, take.phrase) == []
        assert take.receipt.model == card.name
        assert take.receipt.model_hash == card.sha256
        assert take.receipt.sources == card.sources
        assert take.receipt.take == take.number
        assert take.remarks


def test_the_same_request_again_gives_the_same_takes(torch_host, make_tune, ask):
    request = ask(make_tune(5), seed=11, count=2)
    torch_host.send(request, request)
    first, again = (
        [message for message in torch_host.hear_answer() if not isinstance(message, Progress)]
        for _ in range(2)
    )
    assert len(first) == 3
    assert first == again


def test_cancelling_stops_a_long_answer_on_its_way(torch_host, make_tune, ask):
    request = ask(make_tune(6), seed=1, count=16, measures=64)
    torch_host.send(request)
    while not isinstance(torch_host.hear(), Progress):
        pass
    torch_host.send(Cancel(request.id))
    ending = torch_host.hear_answer()[-1]
    assert isinstance(ending, Fault)
    assert ending.code == "cancelled"


def test_rules_can_be_asked_for_by_name(torch_host, make_tune, ask):
    request = ask(make_tune(6), model="theory")
    torch_host.send(request)
    takes = [message for message in torch_host.hear_answer() if isinstance(message, Take)]
    assert takes[0].receipt.model == "theory"
    assert takes[0].receipt.model_hash == ""
