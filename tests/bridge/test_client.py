"""The façade for panel and command line: the same words with a service and without."""

import os
import threading

import psutil
import pytest
from services import SUPPORT, request, scripted_service

from antiphon.bridge.client import Client
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.host import HostCommand
from antiphon.bridge.jobs.supervisor import Commands
from antiphon.bridge.protocol.messages import Progress, Take

SCRIPTED = Commands(
    HostCommand("scripted_host", ("torch",)), HostCommand("scripted_host", ("theory",))
)


@pytest.fixture(params=["connected", "embedded"])
def client(request, tmp_path, monkeypatch):
    """A client of either kind over scripted hosts."""
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    paths = [str(SUPPORT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    if request.param == "embedded":
        with Client.embedded(SCRIPTED) as found:
            yield found
    else:
        with scripted_service(tmp_path), Client.open() as found:
            assert found.status().is_service
            yield found


def test_an_ask_yields_progress_then_each_take_once(client):
    heard = list(client.ask(request("ok-1", count=3)))
    assert isinstance(heard[0], Progress)
    assert [m.number for m in heard if isinstance(m, Take)] == [0, 1, 2]
    assert client.status().engine == "torch"


def test_asking_again_yields_the_same_takes(client):
    first = [m for m in client.ask(request("ok-1", count=2)) if isinstance(m, Take)]
    assert [m for m in client.ask(request("ok-1", count=2)) if isinstance(m, Take)] == first


def test_a_fault_is_raised_in_the_words_it_was_said(client):
    with pytest.raises(AntiphonError) as caught:
        list(client.ask(request("refuse-1")))
    assert (caught.value.code, caught.value.sentence) == ("empty-selection", "Nothing is selected.")
    assert caught.value.exit_code == 2


def test_cancelling_ends_the_ask_of_another_thread(client):
    asking = client.ask(request("slow-1", count=16))
    next(asking)
    threading.Timer(0.2, client.cancel, ("slow-1",)).start()
    with pytest.raises(AntiphonError) as caught:
        list(asking)
    assert caught.value.code == "cancelled"


def test_leaving_an_ask_cancels_it(client):
    asking = client.ask(request("slow-1", count=16))
    next(asking)
    asking.close()
    assert len([m for m in client.ask(request("ok-next")) if isinstance(m, Take)]) == 1
    with pytest.raises(AntiphonError) as caught:
        list(client.ask(request("slow-1", count=16)))
    assert caught.value.code == "cancelled"


def test_keeping_a_take_is_told_once_or_twice(client):
    takes = [m for m in client.ask(request("ok-1")) if isinstance(m, Take)]
    client.keep("ok-1", takes[0].number)
    client.keep("ok-1", takes[0].number)


def test_cancelling_what_is_unknown_is_harmless(client):
    client.cancel("ok-nobody")


def test_several_threads_may_ask_at_once(client):
    found = {}

    def ask(number):
        message = request(f"ok-{number}", seed=number)
        found[number] = [m for m in client.ask(message) if isinstance(m, Take)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(found[n][0].request_id == f"ok-{n}" for n in range(8))


def test_an_embedded_client_leaves_no_process_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    others = psutil.Process().children()
    with Client.open() as client:
        assert not client.status().is_service
        assert any(isinstance(m, Take) for m in client.ask(request()))
        hosts = [child for child in psutil.Process().children() if child not in others]
        assert hosts
    assert not any(host.is_running() for host in hosts)
