"""The queue of requests: bounded, cancellable, journalled; an id is computed once, for ever."""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.journal import Entry, Journal
from antiphon.bridge.jobs.supervisor import Supervisor
from antiphon.bridge.protocol.codec import dumps
from antiphon.bridge.protocol.messages import Done, Fault, Message, Progress, Request, Stage, Take
from antiphon.bridge.protocol.session import Session, State

_log = logging.getLogger("antiphon.jobs")

# Hears the takes of a request, its progress, and last either Done or Fault.
Listener = Callable[[Message], None]
# Hears where each request stands: its state or stage, its takes, and why it failed.
Observer = Callable[[Request, str, Iterable[int], str], None]
# Hears which take of a request stands in the music.
Keeper = Callable[[Request, int], None]


_ANSWERED = (State.READY, State.INSERTED)


@dataclass(slots=True)
class _Job:
    request: Request
    session: Session
    progress: Progress
    bell: asyncio.TimerHandle | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    takes: dict[int, Take] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    listeners: list[Listener] = field(default_factory=list)

    def tell(self, message: Message) -> None:
        for listener in tuple(self.listeners):
            listener(message)


class Jobs:
    """Requests in, takes out; all methods belong to one event loop."""

    def __init__(self, journal: Journal, supervisor: Supervisor, max_waiting: int) -> None:
        self._journal = journal
        self._supervisor = supervisor
        self._max_waiting = max_waiting
        self._jobs: dict[str, _Job] = {}
        self._waiting: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.last_active = time.monotonic()
        self.observer: Observer = lambda _request, _state, _takes, _sentence: None
        self.keeper: Keeper = lambda _request, _number: None

    @property
    def live_count(self) -> int:
        """How many requests are waiting or being answered."""
        return len(self._jobs)

    def start(self) -> None:
        """Begin to work, first on what an earlier service left undone."""
        for entry in self._journal.unfinished():
            self._resume(entry)
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop working; what is unfinished stays in the journal for the next service."""
        while self._worker is not None and not self._worker.done():
            # Once may not do: a wait that ends in the same moment swallows it (Python 3.11).
            self._worker.cancel()
            await asyncio.wait({self._worker}, timeout=0.2)

    def submit(self, request: Request, listener: Listener) -> None:
        """Have a request answered, or repeat what is known of it; the listener hears all of it.

        Raises AntiphonError: "busy" where too many wait, "bad-request" where the id was
        used for other music.
        """
        self.last_active = time.monotonic()
        fingerprint = hashlib.sha256(dumps(request)).hexdigest()
        job = self._jobs.get(request.id)
        if job is not None:
            _check_same(job.session.fingerprint, fingerprint)
            for number in sorted(job.takes):
                listener(job.takes[number])
            listener(job.progress)
            if listener not in job.listeners:
                job.listeners.append(listener)
            return
        entry = self._journal.find(request.id)
        if entry is not None:
            _check_same(entry.fingerprint, fingerprint)
            _repeat(entry, listener)
            return
        if len(self._waiting) >= self._max_waiting:
            raise AntiphonError("busy")
        self._journal.add(request, fingerprint, State.ACCEPTED)
        self._enqueue(request, fingerprint, request.deadline_seconds).listeners.append(listener)
        self.observer(request, Stage.QUEUED.value, (), "")
        _log.info("request %s: %s, accepted", request.id, request.task)

    def repeat(self, request_id: str, listener: Listener) -> None:
        """Tell a listener what is known of a request. Raises AntiphonError("unknown-request")."""
        job = self._jobs.get(request_id)
        entry = None if job else self._journal.find(request_id)
        if job is not None:
            self.submit(job.request, listener)
        elif entry is not None:
            _repeat(entry, listener)
        else:
            raise AntiphonError("unknown-request", id=request_id)

    def is_live(self, request_id: str) -> bool:
        """Whether a request is waiting or being answered."""
        return request_id in self._jobs

    def known(self, request_id: str) -> tuple[Request, Mapping[int, Take]]:
        """A request and the takes of it that are there. Raises AntiphonError("unknown-request")."""
        job = self._jobs.get(request_id)
        if job is not None:
            return job.request, job.takes
        entry = self._journal.find(request_id)
        if entry is None:
            raise AntiphonError("unknown-request", id=request_id)
        return entry.request, {take.number: take for take in entry.takes}

    def request_of(self, request_id: str) -> Request:
        """A request, whatever became of it. Raises AntiphonError("unknown-request")."""
        job = self._jobs.get(request_id)
        request = job.request if job is not None else self._journal.request(request_id)
        if request is None:
            raise AntiphonError("unknown-request", id=request_id)
        return request

    def take_of(self, request_id: str, number: int) -> Take | None:
        """A take of a request, where it is there."""
        job = self._jobs.get(request_id)
        if job is not None:
            return job.takes.get(number)
        return self._journal.take(request_id, number)

    def add_take(self, request: Request, take: Take) -> None:
        """Count one more take of an answered request in."""
        self._journal.add_take(take)
        self.observer(request, State.READY.value, (take.number,), "")

    def beat(self) -> None:
        """Tell every listener how far its request is, so that silence means loss."""
        for job in tuple(self._jobs.values()):
            job.tell(job.progress)

    def forget_listener(self, request_id: str, listener: Listener) -> None:
        """The listener has left; the request goes on."""
        job = self._jobs.get(request_id)
        if job is not None and listener in job.listeners:
            job.listeners.remove(listener)

    def cancel(self, request_id: str) -> None:
        """Stop a request; its listeners hear the fault "cancelled" before this returns."""
        job = self._jobs.get(request_id)
        if job is not None:
            self._give_up(job, State.CANCELLED, AntiphonError("cancelled"))

    def keep(self, request_id: str, number: int) -> None:
        """Note that a take stands in the musician's score."""
        job = self._jobs.get(request_id)
        if job is not None and number in job.takes:
            # Other takes are still to come; the state is written down when they have.
            job.kept.add(number)
            self.keeper(job.request, number)
            return
        entry = self._journal.find(request_id)
        if entry is None:
            raise AntiphonError("unknown-request", id=request_id)
        if entry.state in _ANSWERED and any(take.number == number for take in entry.takes):
            self._journal.move(request_id, State.INSERTED)
            self.keeper(entry.request, number)

    # --- inside ---------------------------------------------------------------------------

    def _enqueue(self, request: Request, fingerprint: str, seconds: float) -> _Job:
        session = Session(
            request.id,
            fingerprint,
            request.first_take,
            request.count,
            time.monotonic() + seconds,
            State.ACCEPTED,
        )
        job = _Job(request, session, Progress(request.id, Stage.QUEUED, 0.0))
        job.bell = asyncio.get_running_loop().call_later(max(0.0, seconds), self._ring, job)
        self._jobs[request.id] = job
        self._waiting.append(job)
        self._wake.set()
        return job

    def _resume(self, entry: Entry) -> None:
        left = entry.received + entry.request.deadline_seconds - time.time()
        job = self._enqueue(entry.request, entry.fingerprint, left)
        for take in entry.takes:
            job.takes[take.number] = take
            job.session.takes.add(take.number)
        _log.info("request %s: taken up again", entry.request.id)

    async def _work(self) -> None:
        while True:
            while self._waiting:
                await self._answer(self._waiting.popleft())
            self._wake.clear()
            if not self._waiting:
                await self._wake.wait()

    async def _answer(self, job: _Job) -> None:
        session, request = job.session, job.request
        session.move(State.RUNNING)
        self._journal.move(request.id, State.RUNNING)
        missing = (
            replace(
                request,
                first_take=session.next_take,
                count=request.first_take + request.count - session.next_take,
                deadline_seconds=max(0.1, session.expires_at - time.monotonic()),
            )
            if not session.is_complete()
            else None
        )
        began = time.monotonic()
        try:
            if missing is not None:
                await self._supervisor.answer(
                    missing, lambda message: self._heard(job, message), job.stopped
                )
            if session.is_complete():
                self._end(job, State.READY, None)
            elif session.is_live:
                raise AntiphonError("model-failed", why="it left takes out")
        except AntiphonError as fault:
            self._end(job, State.FAILED, fault)
        except Exception as error:
            # One request may fail; the queue must go on.
            _log.exception("request %s", request.id)
            self._end(job, State.FAILED, AntiphonError("internal", why=type(error).__name__))
        _log.info("request %s: %s, %.3f s", request.id, session.state, time.monotonic() - began)

    def _ring(self, job: _Job) -> None:
        self._give_up(job, State.FAILED, AntiphonError("deadline-passed"))

    def _give_up(self, job: _Job, state: State, fault: AntiphonError) -> None:
        job.stopped.set()
        with contextlib.suppress(ValueError):
            self._waiting.remove(job)
        self._end(job, state, fault)

    def _heard(self, job: _Job, message: Message) -> None:
        if isinstance(message, Progress):
            job.progress = message
            job.tell(message)
            self.observer(job.request, message.stage.value, (), "")
        elif isinstance(message, Take) and job.session.receive_take(message.number):
            job.takes[message.number] = message
            self._journal.add_take(message)
            job.tell(message)
            self.observer(job.request, job.progress.stage.value, (message.number,), "")

    def _end(self, job: _Job, state: State, fault: AntiphonError | None) -> None:
        if not job.session.move(state):
            return
        request_id = job.request.id
        last: Message = Done(request_id) if fault is None else fault_message(request_id, fault)
        if any(job.session.keep(number) for number in job.kept):
            state = State.INSERTED
        self._journal.move(request_id, state, last if isinstance(last, Fault) else None)
        del self._jobs[request_id]
        if job.bell is not None:
            job.bell.cancel()
        job.tell(last)
        self.observer(job.request, state.value, (), fault.sentence if fault else "")


def fault_message(request_id: str, fault: AntiphonError) -> Fault:
    """A fault as a message about a request."""
    return Fault(request_id, fault.code, fault.sentence, fault.remedy)


def _repeat(entry: Entry, listener: Listener) -> None:
    for take in entry.takes:
        listener(take)
    listener(entry.fault or Done(entry.request.id))


def _check_same(known: str, fingerprint: str) -> None:
    if known != fingerprint:
        raise AntiphonError("bad-request", why="its id was used for other music")
