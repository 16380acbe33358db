"""The queue: requests that wait, the one that is worked on, and those that are done."""

import threading
import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Progress, Stage, Take
from antiphon.ui.model.line import Line, Post
from antiphon.ui.model.store import (
    CANCELLED,
    FAILED,
    LIVE,
    QUEUED,
    READY,
    WORKING,
    Job,
    Store,
    waiting_again,
)
from antiphon.ui.model.takes import Card
from antiphon.ui.model.topics import Topic

if TYPE_CHECKING:
    from antiphon.bridge.client import Client

_WAKE_SECONDS, _LOOK_SECONDS = 25.0, 0.3
_MORE_SECONDS = 300.0  # who waits at the panel sees that it works, and can stop it


class Queue:
    """Jobs in order, worked on one after the other in threads; used by the panel's thread alone.

    `changed` tells that a job changed, `arrived` that `last_card` is there, `failed` that
    `last_fault` ended a job.
    """

    def __init__(self, store: Store, line: Line, post: Post) -> None:
        self._store, self._line, self._post = store, line, post
        self.jobs: list[Job] = [waiting_again(job) for job in store.jobs()]
        self.counts: dict[str, int] = store.counts()
        self.last_card: Card | None = None
        self.last_fault: AntiphonError | None = None
        self.changed, self.arrived, self.failed = Topic(), Topic(), Topic()

    @property
    def working(self) -> Job | None:
        """The job that is worked on now."""
        return next((job for job in self.jobs if job.state == WORKING), None)

    @property
    def waiting(self) -> list[Job]:
        """The jobs that wait, in their order."""
        return sorted((job for job in self.jobs if job.state == QUEUED), key=lambda job: job.place)

    def job(self, request_id: str) -> Job | None:
        """The job of a request."""
        return next((job for job in self.jobs if job.id == request_id), None)

    def add(self, job: Job) -> None:
        """Line a job up and begin where nothing else is worked on."""
        now = time.time()
        job = replace(job, created=now, place=now, state=QUEUED)
        self.jobs.append(job)
        self._store.keep_job(job)
        self._store.forget_old()
        self.go_on()

    def go_on(self) -> None:
        """Begin with the next job that waits, where none is worked on."""
        waiting = self.waiting
        if self.working is None and waiting:
            job = replace(waiting[0], state=WORKING, stage="queued")
            self._change(job)
            threading.Thread(
                target=self._ask, args=(job,), name="antiphon ask", daemon=True
            ).start()
        self.changed.tell()

    def cancel(self, request_id: str) -> None:
        """Stop a job at once; takes that are there stay."""
        job = self.job(request_id)
        if job is None or job.state not in LIVE:
            return
        was_working = job.state == WORKING
        self._change(replace(job, state=CANCELLED))
        if was_working:
            self._line.tell(lambda client: client.cancel(request_id), lambda fault: None)
        self.go_on()

    def retry(self, request_id: str) -> None:
        """Ask once more what failed or was cancelled."""
        job = self.job(request_id)
        if job is not None and job.state not in LIVE:
            again = replace(job, state=QUEUED, fault=None, place=time.time(), stage="")
            self._change(again)
            self.go_on()

    def move_up(self, request_id: str) -> None:
        """Let a waiting job pass the one before it."""
        waiting = self.waiting
        for before, job in pairwise(waiting):
            if job.id == request_id:
                self._change(replace(job, place=before.place))
                self._change(replace(before, place=job.place))
                self.changed.tell()
                return

    def forget(self, request_id: str) -> None:
        """Take a finished job out of the history."""
        job = self.job(request_id)
        if job is not None and job.state not in LIVE:
            self.jobs.remove(job)
            self._store.forget(request_id)
            self.changed.tell()

    def adopt(self, job: Job, takes: tuple[Take, ...]) -> None:
        """Take a request that an editor asked itself into the history."""
        known = self.job(job.id)
        if known is None:
            self.jobs.append(job)
        elif known.state in LIVE:
            return
        self._change(job) if known else self._store.keep_job(job)
        had = {card.take.number for card in self._store.cards(job.request)}
        for take in takes:
            if take.number not in had:
                self._keep(Card(job.request, take))
        self.changed.tell()

    def _ask(self, job: Job) -> None:
        request = replace(job.request, deadline_seconds=_MORE_SECONDS)
        try:
            client = self._line.client()
            self._wake(client, job.id)
            for message in client.ask(request):
                self._post(lambda message=message: self._heard(job.id, message))  # type: ignore[misc]
        except AntiphonError as fault:
            self._post(lambda fault=fault: self._ended(job.id, fault))  # type: ignore[misc]
        else:
            self._post(lambda: self._ended(job.id, None))

    def _wake(self, client: "Client", request_id: str) -> None:
        """Wait a while for a model that still loads: who sits here rather has it than rules."""
        until = time.monotonic() + _WAKE_SECONDS
        waking = Progress(request_id, Stage.LOADING, 0.0)
        while not client.status().engine and time.monotonic() < until:
            self._post(lambda: self._heard(request_id, waking))
            job = self.job(request_id)
            if job is None or job.state != WORKING:
                return
            time.sleep(_LOOK_SECONDS)

    def _heard(self, request_id: str, message: Progress | Take) -> None:
        job = self.job(request_id)
        if job is None or job.state != WORKING:
            return
        if isinstance(message, Progress):
            told = replace(job, stage=message.stage.value, fraction=message.fraction)
            self.jobs[self.jobs.index(job)] = told
            self.changed.tell()
        else:
            self._keep(Card(job.request, message))

    def _keep(self, card: Card) -> None:
        self._store.keep_card(card)
        self.counts[card.request.id] = self.counts.get(card.request.id, 0) + 1
        self.last_card = card
        self.arrived.tell()

    def _ended(self, request_id: str, fault: AntiphonError | None) -> None:
        job = self.job(request_id)
        if job is None or job.state != WORKING:
            return
        if fault is None:
            self._change(replace(job, state=READY, fraction=1.0))
        else:
            state = CANCELLED if fault.code == "cancelled" else FAILED
            words = (fault.code, fault.sentence, fault.remedy)
            self._change(replace(job, state=state, fault=words))
            if state == FAILED:
                self.last_fault = fault
                self.failed.tell()
        self.go_on()

    def _change(self, job: Job) -> None:
        for index, old in enumerate(self.jobs):
            if old.id == job.id:
                self.jobs[index] = job
        self._store.keep_job(job)
