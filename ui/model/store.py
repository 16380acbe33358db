"""The panel's memory: requests, their takes, names and stars, so that a restart loses nothing."""

import contextlib
import json
import sqlite3
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import dumps, loads
from antiphon.bridge.protocol.messages import Request, Take
from antiphon.ui.model.takes import Card, Origin

FILE = "panel.db"
QUEUED, WORKING, READY, FAILED, CANCELLED = "queued", "working", "ready", "failed", "cancelled"
LIVE = (QUEUED, WORKING)
_KEPT = 200  # jobs; older ones without a star are forgotten
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, place REAL NOT NULL, created REAL NOT NULL, state TEXT NOT NULL,
    words TEXT NOT NULL, request BLOB NOT NULL, more TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS takes (
    request_id TEXT NOT NULL, number INTEGER NOT NULL, take BLOB NOT NULL,
    name TEXT NOT NULL, is_starred INTEGER NOT NULL,
    PRIMARY KEY (request_id, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One request in the queue or in the history; `created` is in seconds since 1970."""

    request: Request
    words: str = ""
    state: str = QUEUED
    created: float = 0.0
    place: float = 0.0
    origin: Origin = field(default_factory=Origin)
    values: dict[str, Any] = field(default_factory=dict)
    fault: tuple[str, str, str] | None = None
    stage: str = ""
    fraction: float = 0.0

    @property
    def id(self) -> str:
        """The request's id."""
        return self.request.id


class Store:
    """Jobs and cards on disk, or in memory where `file` is None; used by one thread."""

    def __init__(self, file: Path | None) -> None:
        if file is not None:
            paths.make_private(file.parent)
        self._database = _open(file)

    @staticmethod
    def at_home() -> "Store":
        """The store in the person's data folder, in memory where that cannot be written."""
        try:
            return Store(paths.data_folder() / FILE)
        except (OSError, sqlite3.Error):
            return Store(None)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def keep_job(self, job: Job) -> None:
        """Write a job, or write it anew."""
        more = {"origin": asdict(job.origin), "values": job.values, "fault": job.fault}
        row = (
            job.id, job.place, job.created, job.state, job.words, dumps(job.request),
            json.dumps(more, ensure_ascii=False),
        )  # fmt: skip
        self._write("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def keep_card(self, card: Card) -> None:
        """Write a take with its name and star, or write it anew."""
        row = (*card.key, dumps(card.take), card.name, int(card.is_starred))
        self._write("INSERT OR REPLACE INTO takes VALUES (?, ?, ?, ?, ?)", row)

    def jobs(self) -> list[Job]:
        """All jobs that can be read, the oldest first."""
        rows = self._database.execute(
            "SELECT place, created, state, words, request, more FROM jobs ORDER BY created"
        ).fetchall()
        found = []
        for row in rows:
            with contextlib.suppress(AntiphonError, ValueError, KeyError, TypeError):
                found.append(_job(row))
        return found

    def cards(self, request: Request) -> list[Card]:
        """The takes of a request, by number."""
        rows = self._database.execute(
            "SELECT take, name, is_starred FROM takes WHERE request_id = ? ORDER BY number",
            (request.id,),
        ).fetchall()
        found = []
        for data, name, is_starred in rows:
            with contextlib.suppress(AntiphonError):
                found.append(Card(request, loads(Take, data), name, bool(is_starred)))
        return found

    def counts(self) -> dict[str, int]:
        """How many takes each request has."""
        rows = self._database.execute("SELECT request_id, COUNT(*) FROM takes GROUP BY request_id")
        return dict(rows.fetchall())

    def forget(self, request_id: str) -> None:
        """Remove a job and its takes."""
        self._write("DELETE FROM jobs WHERE id = ?", (request_id,))
        self._write("DELETE FROM takes WHERE request_id = ?", (request_id,))

    def forget_old(self) -> None:
        """Remove what is older than the newest 200 jobs and holds no starred take."""
        old = self._database.execute(
            "SELECT id FROM jobs WHERE id NOT IN (SELECT request_id FROM takes WHERE is_starred)"
            " ORDER BY created DESC LIMIT -1 OFFSET ?",
            (_KEPT,),
        ).fetchall()
        for (request_id,) in old:
            self.forget(request_id)

    def _write(self, sql: str, row: tuple[Any, ...]) -> None:
        # A full disk costs the memory of a take, not the take on the screen.
        with contextlib.suppress(sqlite3.Error), self._database:
            self._database.execute(sql, row)


def _open(file: Path | None) -> sqlite3.Connection:
    """The database; one that is damaged is put aside and a new one begun."""
    try:
        return _prepared(file)
    except sqlite3.DatabaseError:
        if file is None:
            raise
        file.replace(file.with_suffix(".damaged"))
        return _prepared(file)


def _prepared(file: Path | None) -> sqlite3.Connection:
    database = sqlite3.connect(file or ":memory:", timeout=2)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(_SCHEMA)
    return database


def _job(row: tuple[Any, ...]) -> Job:
    place, created, state, words, request, more = row
    data = json.loads(more)
    fault = data["fault"]
    return Job(
        loads(Request, request), words, state, created, place, Origin(**data["origin"]),
        dict(data["values"]), tuple(fault) if fault else None,
    )  # fmt: skip


def waiting_again(job: Job) -> Job:
    """The job as it is after a restart: what was being worked on waits again."""
    return replace(job, state=QUEUED, stage="", fraction=0.0) if job.state in LIVE else job
