"""Keeps a model host warm, watches it, and finds an answer even when it dies.

A request whose host dies is asked again of a fresh host; if that one is not ready in time,
or dies as well, the theory engine (a host that needs no torch and starts at once) answers.
"""

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.host import HostCommand, HostProcess
from antiphon.bridge.log import open_host_log
from antiphon.bridge.protocol.asked import asked_measures
from antiphon.bridge.protocol.messages import (
    Cancel,
    Done,
    Fault,
    Message,
    Progress,
    Remark,
    Request,
    Stage,
    Take,
)
from antiphon.bridge.settings import Settings

_log = logging.getLogger("antiphon.supervisor")
_BACK_OFF = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
# The theory engine is started this long before it may be needed.
_THEORY_START_SECONDS = 0.8
_THEORY_PATIENCE_SECONDS = 10.0
_SILENCE_PER_MEASURE = 0.1
# What is kept of a deadline for the theory engine, which may have to be started, in seconds.
_RESERVE_SECONDS = 3.0
# Faults of a model, not of the request: the theory engine can still answer.
_MODEL_FAULTS = frozenset({"model-failed", "no-weights", "internal"})
FALLBACK = Remark(
    "fallback-engine", "The model was not ready, so the theory engine wrote this answer."
)

Emit = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Commands:
    """The two hosts: the one with the models, and the one that always answers."""

    main: HostCommand
    theory: HostCommand


MODEL_HOSTS = Commands(
    HostCommand("antiphon.models.host"),
    HostCommand("antiphon.models.host", ("--engine", "theory")),
)


class _HostGoneError(Exception):
    """The host died or had to be killed before the answer was complete."""


class _LateError(Exception):
    """The models' share of the deadline is spent; what is left is the theory engine's."""


def _measures_of(request: Request) -> int:
    """How many measures an answer has, as far as a request tells without fault."""
    with contextlib.suppress(AntiphonError):
        return len(asked_measures(request))
    return request.controls.measures


def _models_share(deadline: float) -> float:
    """How many seconds of a deadline the models may use: all but a reserve, at least half."""
    return max(deadline / 2, deadline - _RESERVE_SECONDS)


class Supervisor:
    """The hosts of one service; one request is answered at a time."""

    def __init__(self, commands: Commands, settings: Settings, log_folder: Path | None) -> None:
        self._commands = commands
        self._settings = settings
        self._log_folder = log_folder
        self._main: HostProcess | None = None
        self._theory: HostProcess | None = None
        self._inbox: asyncio.Queue[tuple[HostProcess, Message | None]] = asyncio.Queue()
        self._partner: HostProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._was_ready = False
        self._started_at = time.monotonic()
        self._late_at = math.inf

    @property
    def engine(self) -> str:
        """What would answer now: "torch", "theory", or "" while everything is loading."""
        for host in (self._main, self._theory):
            if host is not None and host.ready is not None and not host.is_gone:
                return host.ready.engine
        return ""

    @property
    def host_pids(self) -> list[int]:
        """The processes of the living hosts."""
        hosts = (self._main, self._theory)
        return [host.pid for host in hosts if host and host.pid and not host.is_gone]

    def start(self) -> None:
        """Begin to warm the host up; returns at once."""
        self._started_at = time.monotonic()
        self._keeper = asyncio.create_task(self._keep_main())

    async def stop(self) -> None:
        """End all hosts and wait until they are gone."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        for host in (self._main, self._theory):
            if host is not None:
                await host.stop()

    async def answer(self, request: Request, emit: Emit, stopped: asyncio.Event) -> None:
        """Have a request answered: its takes go to `emit` as they come, each number once.

        Returns when all are there or `stopped` is set. Where the request's deadline, counted from
        now, comes near, the theory engine writes what is missing. Raises AntiphonError with the
        host's own fault, or "model-failed" if not even the theory engine answered.
        """
        told: set[int] = set()
        late_at = time.monotonic() + _models_share(request.deadline_seconds)

        def pass_on(message: Message) -> None:
            if isinstance(message, Take):
                told.add(message.number)
            emit(message)

        may_use_main = [True, True, False]
        while may_use_main and not stopped.is_set():
            missing = _missing(request, told)
            if missing is None:
                return
            main_until = late_at if may_use_main.pop(0) else 0.0
            host = await self._host_for(main_until, pass_on, request.id, stopped)
            if host is None:
                continue
            is_fallback = host is self._theory
            self._late_at = math.inf if is_fallback else late_at
            try:
                await self._converse(host, missing, pass_on, stopped, is_fallback)
                if not is_fallback:
                    await self._retire_theory()
                return
            except _HostGoneError:
                _log.warning("request %s: its host is gone", request.id)
            except _LateError:
                _log.warning("request %s: the model is late", request.id)
                may_use_main = [False]
            except AntiphonError as fault:
                if is_fallback or fault.code not in _MODEL_FAULTS:
                    raise
                _log.warning("request %s: the model failed: %s", request.id, fault.sentence)
                may_use_main = [False]
        if _missing(request, told) is not None and not stopped.is_set():
            raise AntiphonError("model-failed", why="it died several times")

    # --- choosing a host ------------------------------------------------------------------

    async def _host_for(
        self, main_until: float, emit: Emit, request_id: str, stopped: asyncio.Event
    ) -> HostProcess | None:
        """The host for this attempt: the main one if it is ready in time, else theory."""
        now = time.monotonic()
        if now < main_until:
            until = now + self._settings.crash_patience_seconds
            if not self._was_ready:
                until = max(until, self._started_at + self._settings.cold_patience_seconds)
            until = min(until, main_until)
            if not self._main_is_ready():
                emit(Progress(request_id, Stage.LOADING, 0.0))
            theory_at = until - _THEORY_START_SECONDS
            while not self._main_is_ready() and not stopped.is_set():
                now = time.monotonic()
                if now >= until:
                    break
                if now >= theory_at:
                    await self._start_theory()
                await asyncio.sleep(min(0.02, until - now))
            if self._main_is_ready():
                return self._main
        await self._start_theory()
        return await self._theory_when_ready(stopped)

    def _main_is_ready(self) -> bool:
        return self._main is not None and self._main.ready is not None and not self._main.is_gone

    async def _start_theory(self) -> None:
        if self._theory is None or self._theory.is_gone:
            self._theory = await self._launch("theory", self._commands.theory)

    async def _theory_when_ready(self, stopped: asyncio.Event) -> HostProcess | None:
        until = time.monotonic() + _THEORY_PATIENCE_SECONDS
        while self._theory is not None and not self._theory.is_gone and not stopped.is_set():
            if self._theory.ready is not None:
                return self._theory
            if time.monotonic() > until:
                self._theory.kill()
                break
            await asyncio.sleep(0.01)
        return None

    async def _retire_theory(self) -> None:
        if self._theory is not None:
            theory, self._theory = self._theory, None
            await theory.stop()

    # --- talking to it --------------------------------------------------------------------

    async def _converse(
        self,
        host: HostProcess,
        request: Request,
        emit: Emit,
        stopped: asyncio.Event,
        is_fallback: bool,
    ) -> None:
        while not self._inbox.empty():
            self._inbox.get_nowait()
        self._partner = host
        host.send(request)
        cancelling = asyncio.create_task(stopped.wait())
        try:
            while True:
                message = await self._next(host, request, cancelling)
                if isinstance(message, Done):
                    return
                if isinstance(message, Fault):
                    raise AntiphonError.from_words(message.code, message.sentence, message.remedy)
                if isinstance(message, Take) and is_fallback:
                    message = replace(message, remarks=(*message.remarks, FALLBACK))
                if isinstance(message, Take | Progress) and not stopped.is_set():
                    emit(message)
        finally:
            self._partner = None
            cancelling.cancel()

    async def _next(
        self, host: HostProcess, request: Request, cancelling: asyncio.Task[bool]
    ) -> Message:
        """The next message about a request; a host that is silent too long is killed."""
        request_id = request.id
        # All takes may be written as one batch, before the first of them is heard.
        work = _measures_of(request) * request.count
        limit = self._settings.silence_seconds + work * _SILENCE_PER_MEASURE
        while True:
            if cancelling.done():
                return await self._wind_down(host, request_id)
            if time.monotonic() >= self._late_at:
                host.send(Cancel(request_id))
                raise _LateError
            getting = asyncio.create_task(self._inbox.get())
            patience = max(0.0, min(limit, self._late_at - time.monotonic()))
            try:
                await asyncio.wait(
                    {getting, cancelling}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                getting.cancel()
            if not getting.done():
                if cancelling.done() or time.monotonic() >= self._late_at:
                    continue
                _log.warning("request %s: the host has been silent for %.1f s", request_id, limit)
                host.kill()
                raise _HostGoneError
            message = _about(getting.result(), host, request_id)
            if message is not None:
                return message

    async def _wind_down(self, host: HostProcess, request_id: str) -> Done:
        """Ask the host to stop working on a request, and kill it if it does not."""
        host.send(Cancel(request_id))
        until = time.monotonic() + self._settings.kill_seconds
        with contextlib.suppress(_HostGoneError):
            while (left := until - time.monotonic()) > 0:
                try:
                    item = await asyncio.wait_for(self._inbox.get(), left)
                except TimeoutError:
                    break
                if isinstance(_about(item, host, request_id), Done | Fault):
                    return Done(request_id)
            _log.warning("request %s: the host did not stop and is killed", request_id)
            host.kill()
        return Done(request_id)

    # --- keeping the main host alive -------------------------------------------------------

    async def _keep_main(self) -> None:
        failures = 0
        while True:
            self._main = await self._launch("model", self._commands.main)
            while self._main is not None and not self._main.is_gone:
                await self._main.changed.wait()
                self._main.changed.clear()
                self._was_ready = self._was_ready or self._main.ready is not None
            # A host that did its work is started again at once; one that only dies, ever later.
            did_work = self._main is not None and self._main.answers > 0
            failures = 0 if did_work else failures + 1
            await asyncio.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])

    async def _launch(self, name: str, command: HostCommand) -> HostProcess | None:
        host = HostProcess(name, self._hear)
        error_log = open_host_log(self._log_folder) if self._log_folder else None
        try:
            await host.start(command.argv(), error_log)
        except OSError as error:
            _log.error("%s host could not be started: %s", name, error)
            return None
        finally:
            if error_log is not None:
                os.close(error_log)
        return host

    def _hear(self, host: HostProcess, message: Message | None) -> None:
        # What a host says unasked is not kept, so that it cannot fill the memory.
        if host is self._partner:
            self._inbox.put_nowait((host, message))


def _missing(request: Request, told: set[int]) -> Request | None:
    """The rest of a request of which some takes are there already, or None if all are."""
    numbers = range(request.first_take, request.first_take + request.count)
    left = [number for number in numbers if number not in told]
    if not left:
        return None
    return replace(request, first_take=left[0], count=left[-1] - left[0] + 1)


def _about(
    item: tuple[HostProcess, Message | None], host: HostProcess, request_id: str
) -> Message | None:
    """What an item of the inbox says about a request of a host, or None for other news."""
    source, message = item
    if source is not host:
        return None
    if message is None:
        raise _HostGoneError
    return message if getattr(message, "request_id", None) == request_id else None
