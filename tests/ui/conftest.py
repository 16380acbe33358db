"""The panel in tests: offscreen, in a home of its own, with a real host that needs no torch."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_ACCESSIBILITY", "1")

import pytest
from ui_bench import Bench

from antiphon.bridge.client import Client
from antiphon.bridge.jobs.host import HostCommand
from antiphon.bridge.jobs.supervisor import Commands
from antiphon.ui.model import reading
from antiphon.ui.model.store import Store

RULES = HostCommand("antiphon.models.host", ("--engine", "theory"))


class Kept:
    """A client that outlives the lines of several tests."""

    def __init__(self, client) -> None:
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def rules(tmp_path_factory):
    """A client whose takes are written by rules, in a real child process."""
    home = tmp_path_factory.mktemp("rules")
    before = os.environ.get("ANTIPHON_HOME")
    os.environ["ANTIPHON_HOME"] = str(home)
    client = Client.embedded(Commands(RULES, RULES))
    yield Kept(client)
    client.close()
    if before is None:
        os.environ.pop("ANTIPHON_HOME")
    else:
        os.environ["ANTIPHON_HOME"] = before


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of its own for every test."""
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def bench(rules):
    """A session about the demo phrase."""
    made = Bench(rules, Store(None))
    made.session.ask_about(reading.demo())
    yield made
    made.line.close()
