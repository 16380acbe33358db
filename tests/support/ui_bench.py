"""The panel's session without Qt, for tests."""

import queue
import time

from antiphon.ui.model.line import Line
from antiphon.ui.model.session import Session
from antiphon.ui.model.settings import PanelSettings
from antiphon.ui.model.store import Store


class Bench:
    """A session without Qt: what threads post is run by `run_until`."""

    def __init__(self, client, store: Store, **settings) -> None:
        self._posted: queue.SimpleQueue = queue.SimpleQueue()
        self.saved: list[PanelSettings] = []
        plain = {"takes": 2, "rolls_seed": False, "seed": 7, "language": "en"}
        self.line = Line(self._posted.put, lambda: client)
        self.session = Session(
            PanelSettings(**(plain | settings)), store, self.line, self._posted.put,
            self.saved.append,
        )  # fmt: skip
        self.line.open()

    def run_until(self, is_so, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until, "it did not come"
            try:
                self._posted.get(timeout=0.05)()
            except queue.Empty:
                continue

    def run_idle(self) -> None:
        self.run_until(lambda: self.session.queue.working is None)
