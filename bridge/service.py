"""The service: one asyncio process between editors and the model host."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.carriers.do_folder import DoFolder
from antiphon.bridge.carriers.exchange_folder import FolderCarrier
from antiphon.bridge.carriers.http import HttpCarrier
from antiphon.bridge.carriers.lines_folder import LinesCarrier
from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.carriers.udp import OscCarrier
from antiphon.bridge.deeds import Deeds
from antiphon.bridge.desk import Desk
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.jobs.again import Again
from antiphon.bridge.jobs.jobs import Jobs
from antiphon.bridge.jobs.journal import Journal
from antiphon.bridge.jobs.lookout import Lookout
from antiphon.bridge.jobs.supervisor import MODEL_HOSTS, Commands, Supervisor
from antiphon.bridge.launcher import write_launcher
from antiphon.bridge.lines_desk import LinesDesk
from antiphon.bridge.log import start_logging, stop_logging
from antiphon.bridge.protocol.messages import PROTOCOL_VERSION
from antiphon.bridge.routes import Routes
from antiphon.bridge.runfile import (
    OneInstance,
    RunFile,
    new_token,
    read_run_file,
    remove_run_file,
    write_run_file,
)
from antiphon.bridge.settings import Settings, load_settings
from antiphon.bridge.watch_routes import WatchRoutes

JOURNAL_FILE = "journal.sqlite3"
BEAT_SECONDS = 0.4
_CLEAN_SECONDS = 600.0
_DAY = 86_400.0
_log = logging.getLogger("antiphon.service")


class Service:
    """One running service: its carriers, jobs and hosts."""

    def __init__(self, settings: Settings, commands: Commands) -> None:
        self.settings = settings
        self.folder = paths.make_private(paths.run_folder())
        token = new_token()
        self.journal = Journal(paths.data_folder() / JOURNAL_FILE, settings.journal_days)
        self.supervisor = Supervisor(commands, settings, paths.log_folder())
        self.jobs = Jobs(self.journal, self.supervisor, settings.max_waiting)
        self.lookout = Lookout(self.journal)
        self.jobs.observer, self.jobs.keeper = self.lookout.noticed, self.lookout.landed
        again = Again(self.jobs)
        self.spool = Spool(self.folder, MAX_FILE_BYTES)
        self.deed_files = DoFolder(self.folder)
        deeds = Deeds(self.lookout, self.deed_files)
        desk = Desk(self.jobs, self.spool, lambda: self.supervisor.engine, again, deeds)
        watching = WatchRoutes(self.jobs, self.lookout, deeds)
        routes = Routes(
            self.jobs, self.journal, lambda: self.supervisor.engine, watching, self.lookout
        )
        self.osc = OscCarrier(token, desk.handle)
        self.http = HttpCarrier(token, routes.route)
        self.files = FolderCarrier(self.folder, desk.handle)
        lines = LinesDesk(self.jobs, again, self.lookout)
        self.lines = LinesCarrier(self.folder, lines.handle)
        self.token = token
        self.run: RunFile | None = None

    async def start(self) -> None:
        """Listen, then publish where; the host warms up meanwhile."""
        self.supervisor.start()
        self.jobs.start()
        await self.osc.start()
        await self.http.start()
        self.files.start()
        self.lines.start()
        self.run = RunFile(
            protocol=PROTOCOL_VERSION,
            version=version("antiphon"),
            pid=os.getpid(),
            http_port=self.http.port,
            osc_port=self.osc.port,
            token=self.token,
        )
        write_run_file(self.folder, self.run)
        with contextlib.suppress(OSError):
            write_launcher()
        _log.info("listening on 127.0.0.1: HTTP %d, OSC %d", self.http.port, self.osc.port)

    async def stop(self) -> None:
        """Take the run file away, stop listening and end the hosts; the journal keeps the rest."""
        if self.run is not None:
            remove_run_file(self.folder, self.run)
        self.osc.stop()
        await self.files.stop()
        await self.lines.stop()
        await self.http.stop()
        await self.jobs.stop()
        await self.supervisor.stop()
        self.journal.close()
        _log.info("stopped")

    def clean(self) -> None:
        """Remove spool files and unfetched replies that are too old."""
        settings = self.settings
        self.spool.clean(settings.spool_days * _DAY, int(settings.spool_bytes))
        self.files.clean()


async def run_service(
    settings: Settings,
    commands: Commands = MODEL_HOSTS,
    idle_exit: float | None = None,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until `idle_exit` seconds went by without a request.

    Raises AntiphonError("service-already-running") where another one lives.
    """
    folder = paths.make_private(paths.run_folder())
    lock = OneInstance(folder)
    if not lock.take():
        raise AntiphonError("service-already-running", pid=await _pid_of_other(folder))
    stopping = asyncio.Event()
    _on_signals(stopping)
    start_logging(paths.log_folder())
    service = Service(settings, commands)
    try:
        await service.start()
        when_ready()
        await _serve(service, stopping, idle_exit)
    finally:
        await service.stop()
        lock.release()
        stop_logging()


async def _serve(service: Service, stopping: asyncio.Event, idle_exit: float | None) -> None:
    cleaned_at = 0.0
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), BEAT_SECONDS)
        now = time.monotonic()
        service.jobs.beat()
        service.deed_files.pump()
        if service.jobs.live_count:
            continue
        if idle_exit is not None and now - service.jobs.last_active >= idle_exit:
            _log.info("nothing to do for %.0f s", idle_exit)
            return
        # Removing files may be slow, so it waits until nobody does.
        if now - cleaned_at >= _CLEAN_SECONDS:
            cleaned_at = now
            service.clean()


def main_serve(arguments: Sequence[str] | None = None) -> int:
    """`antiphon serve`: the exit code; where a service runs already, say so and step back."""
    parser = argparse.ArgumentParser(prog="antiphon serve")
    parser.add_argument("--idle-exit", type=float, metavar="SECONDS")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(
            run_service(load_settings(), idle_exit=options.idle_exit, when_ready=_say_ready)
        )
    except AntiphonError as fault:
        if fault.code != "service-already-running":
            raise
        sys.stderr.write(f"{fault.sentence} {fault.remedy}\n")
    return ExitCode.OK


def _say_ready() -> None:
    sys.stderr.write("Antiphon listens to the editors on this computer. Ctrl+C stops it.\n")
    sys.stderr.flush()


def _on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))


async def _pid_of_other(folder: Path) -> int | str:
    """The process id of the service that holds the lock; it may be just about to publish it."""
    for _ in range(20):
        try:
            return read_run_file(folder).pid
        except AntiphonError:
            await asyncio.sleep(0.05)
    return "unknown"
