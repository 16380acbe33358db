"""Real services and hosts, killed and crowded: nothing is lost, nothing is computed twice."""

import os
import random
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import psutil
import pytest
from lossy import LossyProxy
from services import real_service, request, scripted_service

from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Take
from antiphon.bridge.runfile import RunFile, write_run_file


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    return tmp_path


def takes_of(client, message) -> list[Take]:
    return [m for m in client.ask(message) if isinstance(m, Take)]


# --- the model host dies ----------------------------------------------------------------------


def kill_hosts_while_asking(home, times: int, seed: int) -> None:
    chance = random.Random(seed)
    with real_service(home) as service, Client.connect() as client:
        takes_of(client, request())
        for number in range(times):
            answers: list = []
            message = request(f"ok-kill-{number}", seed=number, count=3, measures=8)
            asking = threading.Thread(
                target=lambda m=message, a=answers: a.extend(takes_of(client, m))
            )
            asking.start()
            time.sleep(chance.random() * 0.15)
            service.kill_hosts()
            asking.join(30)
            assert [take.number for take in answers] == [0, 1, 2], number
            assert {take.request_id for take in answers} == {message.id}
            assert takes_of(client, message) == answers
        takes_of(client, request())
        children = psutil.Process(service.process.pid).children(recursive=True)
        assert all(child.status() != psutil.STATUS_ZOMBIE for child in children)


def test_killing_the_host_at_any_moment_loses_no_answer(home):
    kill_hosts_while_asking(home, 6, seed=1)


@pytest.mark.slow
def test_killing_the_host_fifty_times_loses_no_answer(home):
    kill_hosts_while_asking(home, 50, seed=2)


def test_after_a_kill_the_answer_does_not_wait_for_the_model_to_load(home):
    with scripted_service(home, "torch", "4.0", "cold_patience_seconds=20") as service:
        service.wait_until_ready()
        with Client.connect() as client:
            assert takes_of(client, request())[0].receipt.model == "torch"
            service.kill_hosts()
            assert takes_of(client, request())[0].receipt.model == "theory"
            assert client.status().engine == "theory", "the model had loaded when theory answered"
            service.wait_until(lambda: client.status().engine == "torch", "the model is back")
            assert takes_of(client, request())[0].receipt.model == "torch"


# --- the service dies -------------------------------------------------------------------------


def kill_service_while_asking(home, times: int, seed: int) -> None:
    chance = random.Random(seed)
    with scripted_service(home) as service:
        for number in range(times):
            message = request(f"slow-killed-{number}", count=2)
            answers: list = []

            def ask(message=message, answers=answers):
                with Client.connect() as client:
                    answers.extend(takes_of(client, message))

            asking = threading.Thread(target=ask)
            asking.start()
            time.sleep(0.1 + chance.random() * 0.5)
            hosts = service.hosts()
            service.kill()
            psutil.wait_procs(hosts, timeout=3)
            assert not any(host.is_running() for host in hosts), "a host outlived its service"
            service.start()
            asking.join(30)
            assert [take.number for take in answers] == [0, 1], number
            with Client.connect() as client:
                assert takes_of(client, message) == answers
        service.stop()
        database = sqlite3.connect(home / "data" / "journal.sqlite3")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        states = database.execute("SELECT DISTINCT state FROM requests").fetchall()
        database.close()
        assert states == [("ready",)]


def test_killing_the_service_loses_no_request_and_the_asker_finds_the_next_one(home):
    kill_service_while_asking(home, 2, seed=3)


@pytest.mark.slow
def test_killing_the_service_thirty_times_loses_no_request(home):
    kill_service_while_asking(home, 30, seed=4)


def test_what_was_answered_before_a_kill_is_not_computed_again(home):
    with scripted_service(home) as service:
        message = request("ok-before", count=3)
        with Client.connect() as client:
            before = takes_of(client, message)
        service.kill()
        service.start()
        with Client.connect() as client:
            assert takes_of(client, message) == before
        assert service.computed() == ["torch ok-before"]


def test_sigterm_ends_service_and_hosts_and_takes_the_run_file_away(home):
    with scripted_service(home) as service:
        service.wait_until_ready()
        hosts = service.hosts()
        assert hosts
        assert service.stop() == 0
        assert not any(host.is_running() for host in hosts)
        assert not (home / "run" / "service.json").exists()


def test_a_service_that_is_gone_is_named(home):
    with scripted_service(home) as service:
        client = Client.connect()
        service.kill()
        with pytest.raises(AntiphonError) as caught:
            takes_of(client, request())
        assert caught.value.code == "no-answer"
        with pytest.raises(AntiphonError) as caught:
            Client.connect()
        assert caught.value.code == "service-not-running"


# --- one service ------------------------------------------------------------------------------


def test_of_many_starts_at_once_one_service_lives_and_the_others_step_back(home):
    with scripted_service(home) as service:
        others = [
            subprocess.Popen(
                [sys.executable, *service.command],
                env=service.environment,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for other in others:
            _, said = other.communicate(timeout=30)
            assert other.returncode == 0
            assert f"process {service.process.pid}" in said
        assert service.get("hello")[0] == 200


def test_of_starts_at_the_very_same_moment_exactly_one_lives(home):
    with scripted_service(home) as service:
        command, environment = service.command, service.environment
    rivals = [
        subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.DEVNULL)
        for _ in range(5)
    ]
    until = time.monotonic() + 30
    while sum(rival.poll() is None for rival in rivals) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    living = [rival for rival in rivals if rival.poll() is None]
    for rival in living:
        rival.send_signal(signal.SIGTERM)
        rival.wait(20)
    assert len(living) == 1
    assert {rival.returncode for rival in rivals} == {0}


@pytest.mark.parametrize("content", ["dead process", "living stranger", "garbage", "noise"])
def test_a_stale_run_file_is_recovered(home, content):
    folder = home / "run"
    folder.mkdir(mode=0o700)
    if content == "garbage":
        (folder / "service.json").write_text("{")
    elif content == "noise":
        (folder / "service.json").write_bytes(os.urandom(5000))
    else:
        pid = os.getpid() if content == "living stranger" else 2**22 - 1
        write_run_file(folder, RunFile(1, "0", pid, 1, 1, "0" * 32))
    with pytest.raises(AntiphonError) as caught:
        Client.connect()
    assert caught.value.code == "service-not-running"
    with scripted_service(home), Client.connect() as client:
        assert len(takes_of(client, request())) == 1


# --- who gets in ------------------------------------------------------------------------------


def test_nothing_listens_outside_this_computer_and_the_files_are_private(home):
    with scripted_service(home) as service:
        service.wait_until_ready()
        family = [psutil.Process(service.process.pid), *service.hosts()]
        lines = [line for process in family for line in process.net_connections("inet")]
        listening = {(line.type, line.laddr.ip) for line in lines if not line.raddr}
        assert listening == {
            (socket.SOCK_STREAM, "127.0.0.1"),
            (socket.SOCK_DGRAM, "127.0.0.1"),
        }
        assert all(not host.net_connections("inet") for host in service.hosts())
        assert stat.S_IMODE((home / "run").stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "run" / "service.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((home / "data" / "journal.sqlite3").stat().st_mode) == 0o600
        assert len(service.run.token) == 32


def test_ten_thousand_strangers_are_neither_heard_nor_answered(home):
    with scripted_service(home) as service:
        service.wait_until_ready()
        memory = psutil.Process(service.process.pid).memory_info().rss
        chance = random.Random(5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.connect(("127.0.0.1", service.run.osc_port))
            for _ in range(10_000):
                stranger.send(
                    b"/antiphon/1/hello\0\0\0,s\0\0" + chance.randbytes(chance.randrange(900))
                )
            stranger.settimeout(0.3)
            with pytest.raises(TimeoutError):
                stranger.recv(2000)
        with Client.connect() as client:
            assert len(takes_of(client, request())) == 1
        assert psutil.Process(service.process.pid).memory_info().rss - memory < 10 * 2**20


# --- bad lines and crowds ---------------------------------------------------------------------


def ask_over_a_bad_line(home, count: int) -> None:
    with scripted_service(home) as service:
        service.wait_until_ready()
        proxy = LossyProxy(home / "run", service.run, loss=0.3, doubling=0.3, delay=0.1)
        service_run = service.run_file
        try:
            client = Client.connect()
            ids = [f"ok-lossy-{number}" for number in range(count)]
            answered: dict[str, list[int]] = {}

            def work(mine):
                for request_id in mine:
                    takes = takes_of(client, request(request_id, count=2))
                    answered[request_id] = sorted(take.number for take in takes)

            threads = [threading.Thread(target=work, args=(ids[i::8],)) for i in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            proxy.stop()
        assert service_run() is not None
        assert answered == {request_id: [0, 1] for request_id in ids}
        assert sorted(service.computed()) == sorted(f"torch {request_id}" for request_id in ids)
        assert proxy.lost > count // 2
        assert proxy.largest <= 1200


def test_two_hundred_requests_over_a_line_that_loses_a_third_are_all_answered_once(home):
    ask_over_a_bad_line(home, 200)


@pytest.mark.slow
def test_a_thousand_requests_over_a_line_that_loses_a_third_are_all_answered_once(home):
    ask_over_a_bad_line(home, 1000)


def test_a_crowd_is_told_busy_and_the_service_stays_small(home):
    with scripted_service(home, "torch", "0", "max_waiting=4") as service:
        service.wait_until_ready()
        client = Client.connect()
        memory = psutil.Process(service.process.pid).memory_info().rss
        outcomes: list[str] = []

        def ask(number):
            try:
                takes_of(client, request(f"slow-crowd-{number}"))
                outcomes.append("take")
            except AntiphonError as fault:
                outcomes.append(fault.code)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(outcomes) == 60
        assert set(outcomes) == {"take", "busy"}
        assert outcomes.count("take") >= 5
        assert psutil.Process(service.process.pid).memory_info().rss - memory < 50 * 2**20
        assert len(takes_of(client, request())) == 1
