"""An editor on a line that loses, doubles and reorders datagrams: each answer lands once."""

import socket
import sqlite3
import threading
import time
from collections import Counter

import pytest
from lines_script import LinesScript
from lossy import LossyProxy
from services import request, scripted_service

from antiphon.bridge.carriers.udp import build_datagram, read_datagram
from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.lines import read_lines
from antiphon.bridge.protocol.messages import Take


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    return tmp_path


class Project:
    """An editor's project: what was written into it, in order, and what stands there now."""

    def __init__(self):
        self.written: list[tuple[str, int]] = []
        self.standing: dict[str, int] = {}
        self.pressed_again = 0

    def patiently(self, ask):
        """What is answered; where nobody answers in 6 s, the person presses the key again."""
        for _ in range(3):
            try:
                return ask()
            except AntiphonError as fault:
                assert fault.code == "no-answer", fault
                self.pressed_again += 1
        return ask()

    def put(self, take: Take) -> None:
        self.written.append((take.request_id, take.number))
        self.standing[take.request_id] = take.number


def journey(client, project, request_id):
    """A key, and *next take*: an ask, its take, kept; another take in its place, kept."""
    for number in (0, 1):

        def takes(number=number):
            asking = client.again(request_id, 1) if number else client.ask(request(request_id))
            return [message for message in asking if isinstance(message, Take)]

        for take in project.patiently(takes):
            project.put(take)
            project.patiently(lambda n=take.number: client.keep(request_id, n))


def journeys_over_a_bad_line(home, count: int) -> None:
    with scripted_service(home) as service:
        service.wait_until_ready()
        proxy = LossyProxy(home / "run", service.run, loss=0.3, doubling=0.3, delay=0.05, seed=3)
        project = Project()
        ids = [f"ok-line-{number}" for number in range(count)]
        began = time.monotonic()
        try:
            client = Client.connect()

            def work(mine):
                for request_id in mine:
                    journey(client, project, request_id)

            threads = [threading.Thread(target=work, args=(ids[i::16],)) for i in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            proxy.stop()
        seconds = time.monotonic() - began
        assert Counter(project.written) == Counter((i, n) for i in ids for n in (0, 1))
        assert project.standing == dict.fromkeys(ids, 1)
        computed = Counter(line.split()[1] for line in service.computed())
        assert set(computed.values()) == {1}, "something was computed twice"
        assert len(computed) == 2 * count
        service.stop()
        with sqlite3.connect(home / "data" / "journal.sqlite3") as journal:
            states = journal.execute(
                "SELECT state, COUNT(*) FROM requests WHERE id LIKE 'ok-%' GROUP BY state"
            ).fetchall()
        assert states == [("inserted", count)]
        share = proxy.lost / (proxy.lost + proxy.passed)
        print(
            f"\n{count} requests, {count} answers and {count} further takes, each written once; "
            f"{proxy.lost} of {proxy.lost + proxy.passed} datagrams lost ({share:.0%}), "
            f"{seconds:.1f} s, {1000 * seconds / count:.0f} ms a journey of 16 at once; "
            f"{project.pressed_again} times a key had to be pressed again"
        )
        assert 0.25 < share < 0.35


def test_a_hundred_answers_and_their_next_takes_land_once(home):
    journeys_over_a_bad_line(home, 100)


@pytest.mark.slow
def test_a_thousand_answers_and_their_next_takes_land_once(home):
    journeys_over_a_bad_line(home, 1000)


def test_a_command_that_is_repeated_is_done_once(home):
    with scripted_service(home) as service:
        script = LinesScript(home)
        script.send("hello")
        client = Client.connect()
        service.wait_until(lambda: client.watch(-1).editors, "the script is heard")
        proxy = LossyProxy(home / "run", service.run, loss=0.3, doubling=0.5, delay=0.05, seed=4)
        path, done, stopped = home / "run" / "do" / "reaper.do", [], threading.Event()

        def act():
            while not stopped.is_set():
                if path.exists():
                    done.append(read_lines(path.read_bytes()).integer("number"))
                    path.unlink()
                time.sleep(0.01)

        actor = threading.Thread(target=act)
        actor.start()
        try:
            for number in range(12):
                send_until_heard(proxy, service.run.token, number)
                service.wait_until(lambda n=number: len(done) > n, "the command is done")
            time.sleep(0.6)
        finally:
            stopped.set()
            actor.join()
            proxy.stop()
        assert done == list(range(12))


def send_until_heard(proxy, token, number):
    values = {"id": f"do-{number}", "what": "put", "words": f"id=ok-1\nnumber={number}"}
    data = build_datagram("do", token, values)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(proxy.front.getsockname())
        line.settimeout(0.15)
        for _ in range(40):
            line.send(data)
            try:
                name, answer = read_datagram(line.recv(2000), token)
            except TimeoutError:
                continue
            assert (name, answer["id"], answer["editor"]) == ("do", f"do-{number}", "reaper")
            return
    raise AssertionError("the command was never acknowledged")
