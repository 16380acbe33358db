"""The journal: every request, its state and its takes, so that no crash loses one.

SQLite in WAL mode: what was written before a process is killed is there afterwards. A power
cut may cost the last moment, never the database.
"""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.codec import Json, dumps, loads
from antiphon.bridge.protocol.messages import Fault, Request, Take
from antiphon.bridge.protocol.session import LIVE, State
from antiphon.bridge.protocol.watching import KINDS, RequestSeen

_log = logging.getLogger("antiphon.journal")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, request BLOB NOT NULL,
    state TEXT NOT NULL, fault BLOB, received REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS takes (
    request_id TEXT NOT NULL, number INTEGER NOT NULL, take BLOB NOT NULL,
    PRIMARY KEY (request_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS landed (
    id TEXT PRIMARY KEY, report BLOB NOT NULL, written REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS origins (
    id TEXT PRIMARY KEY, editor TEXT NOT NULL, landed INTEGER NOT NULL) WITHOUT ROWID;
"""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Entry:
    """One journalled request; `received` is the wall clock in seconds since 1970."""

    request: Request
    fingerprint: str
    state: State
    takes: tuple[Take, ...]
    fault: Fault | None
    received: float


class Journal:
    """Requests and takes on disk, or in memory where `file` is None; used by one thread."""

    def __init__(self, file: Path | None, days: float = 30.0) -> None:
        if file is not None:
            paths.make_private(file.parent)
        self._database = _open(file)
        self._forget(time.time() - days * _DAY)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(self, request: Request, fingerprint: str, state: State) -> None:
        """Write a new request down."""
        self._run(
            "INSERT INTO requests VALUES (?, ?, ?, ?, NULL, ?)",
            (request.id, fingerprint, dumps(request), state.value, time.time()),
        )

    def move(self, request_id: str, state: State, fault: Fault | None = None) -> None:
        """Write down where a request stands."""
        self._run(
            "UPDATE requests SET state = ?, fault = ? WHERE id = ?",
            (state.value, None if fault is None else dumps(fault), request_id),
        )

    def add_take(self, take: Take) -> None:
        """Write a take down; one that is known stays as it was."""
        self._run(
            "INSERT OR IGNORE INTO takes VALUES (?, ?, ?)",
            (take.request_id, take.number, dumps(take)),
        )

    def find(self, request_id: str) -> Entry | None:
        """What is known of a request."""
        row = self._run(
            "SELECT request, fingerprint, state, fault, received FROM requests WHERE id = ?",
            (request_id,),
        ).fetchone()
        if row is None:
            return None
        request, fingerprint, state, fault, received = row
        return Entry(
            loads(Request, request),
            fingerprint,
            State(state),
            self._takes(request_id),
            None if fault is None else loads(Fault, fault),
            received,
        )

    def request(self, request_id: str) -> Request | None:
        """A request without its takes."""
        row = self._run("SELECT request FROM requests WHERE id = ?", (request_id,)).fetchone()
        return None if row is None else loads(Request, row[0])

    def take(self, request_id: str, number: int) -> Take | None:
        """One take of a request."""
        row = self._run(
            "SELECT take FROM takes WHERE request_id = ? AND number = ?", (request_id, number)
        ).fetchone()
        return None if row is None else loads(Take, row[0])

    def unfinished(self) -> list[Entry]:
        """The requests that an earlier service left without an answer, oldest first."""
        marks = ",".join("?" * len(LIVE))
        rows = self._run(
            f"SELECT id FROM requests WHERE state IN ({marks}) ORDER BY received",  # noqa: S608
            [state.value for state in LIVE],
        ).fetchall()
        found = []
        for (request_id,) in rows:
            try:
                entry = self.find(request_id)
            except AntiphonError:
                # Written by another version; whoever asked has long been told "no answer".
                self.move(request_id, State.FAILED)
                continue
            if entry is not None:
                found.append(entry)
        return found

    def add_landed(self, request_id: str, report: bytes) -> None:
        """Keep an editor's report of an answer that stands in its score, as JSON."""
        self._run(
            "INSERT OR REPLACE INTO landed VALUES (?, ?, ?)", (request_id, report, time.time())
        )

    def landed(self, newest: int) -> list[Json]:
        """The newest reports, oldest first, as JSON bytes."""
        rows = self._run(
            "SELECT report FROM landed ORDER BY written DESC LIMIT ?", (newest,)
        ).fetchall()
        return [row[0] for row in reversed(rows)]

    def add_origin(self, request_id: str, editor: str, landed: int) -> None:
        """Keep which editor a request came from, and which take stands in its music (-1: none)."""
        self._run("INSERT OR REPLACE INTO origins VALUES (?, ?, ?)", (request_id, editor, landed))

    def newest(self, count: int) -> list[tuple[RequestSeen, Request]]:
        """The newest requests, oldest first, without their words."""
        rows = self._run(
            "SELECT id, editor, landed FROM requests LEFT JOIN origins USING (id) "
            "ORDER BY received DESC LIMIT ?",
            (count,),
        ).fetchall()
        found = []
        for request_id, editor, landed in reversed(rows):
            # Written by another version: the panel can do without.
            with contextlib.suppress(AntiphonError):
                entry = self.find(request_id)
                if entry is not None:
                    origin = (editor or KINDS[-1], -1 if landed is None else landed)
                    found.append((_seen(entry, *origin), entry.request))
        return found

    def _run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run a statement; where the disk fails, go on in memory, so that asking still works."""
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            _log.error("the journal fails (%s); going on in memory", error)
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = _open(None)
            return self._database.execute(statement, values)

    def _takes(self, request_id: str) -> tuple[Take, ...]:
        rows = self._run(
            "SELECT take FROM takes WHERE request_id = ? ORDER BY number", (request_id,)
        )
        return tuple(loads(Take, row[0]) for row in rows)

    def _forget(self, before: float) -> None:
        self._run("DELETE FROM requests WHERE received < ?", (before,))
        self._run("DELETE FROM landed WHERE written < ?", (before,))
        self._run("DELETE FROM takes WHERE request_id NOT IN (SELECT id FROM requests)")
        self._run("DELETE FROM origins WHERE id NOT IN (SELECT id FROM requests)")


def _seen(entry: Entry, editor: str, landed: int) -> RequestSeen:
    request, state = entry.request, entry.state
    return RequestSeen(
        id=request.id,
        task=request.task.value,
        editor=editor,
        document=request.region.document_id,
        words="",
        state="queued" if state in LIVE else state.value,
        takes=tuple(take.number for take in entry.takes),
        landed=landed,
        sentence=entry.fault.sentence if entry.fault else "",
        created=entry.received,
    )


def _open(file: Path | None) -> sqlite3.Connection:
    """The database; one that is damaged is put aside, so that the service starts anyway."""
    for _ in range(2):
        database = sqlite3.connect(":memory:" if file is None else file, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_SCHEMA)
            if file is not None:
                file.chmod(0o600)
            return database
        except sqlite3.DatabaseError:
            database.close()
            if file is None:
                raise
            file.replace(file.with_suffix(".damaged"))
            for rest in ("-wal", "-shm"):
                file.with_name(file.name + rest).unlink(missing_ok=True)
    raise sqlite3.DatabaseError("the journal cannot be opened")
