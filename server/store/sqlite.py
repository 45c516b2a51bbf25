"""Turns at a log in a SQLite file.

WAL with synchronous=FULL: a commit is one write and one fsync of the WAL. SQLite has one write lock for the
whole file. Threads of this process queue for it at `Gate`, because SQLite's own waiting polls at up to 100
ms; other processes are waited for with busy_timeout.

Rows are inserted with statements of up to 256 rows. `executemany` gives up Python's lock once per row, and
every time a busy event loop keeps it for a switch interval: measured with a computing second thread, 201
rows/s against 2,503.

The database's clock is the host's: this process and the file are on one machine.
"""

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from server.engine.entry import Entry
from server.engine.journal import Head, JournalDown, KnownAction
from server.store.faults import UnknownLog, sqlite_reason
from server.store.turns import COLUMNS, Opened

ROWS_PER_STATEMENT = (256, 64, 16, 4, 1)
"""A batch is cut into these sizes, so that every statement is one of five and stays prepared."""

_INTO = f"INSERT INTO journal (log, {COLUMNS}) VALUES "  # noqa: S608
_INSERTS = {rows: _INTO + ", ".join(["(?1, ?, ?, ?, ?, ?, ?, ?)"] * rows) for rows in ROWS_PER_STATEMENT}
_HEAD = "SELECT epoch, seq, hash, at FROM heads WHERE log = ?"
_MISSED = f"SELECT {COLUMNS} FROM journal WHERE log = ? AND seq > ? ORDER BY seq"  # noqa: S608
# CROSS JOIN fixes the order: ask the index once per id, never walk the log.
_KNOWN = (
    "SELECT j.action_id, j.seq, j.at, j.actor FROM json_each(?) AS asked"
    " CROSS JOIN journal AS j ON j.log = ? AND j.action_id = asked.value"
)
_ADVANCE = "UPDATE heads SET seq = ?, hash = ?, at = ? WHERE log = ?"


class Gate:
    """The queue of this process's threads for the write lock of one file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def enter(self, timeout: float) -> None:
        if not self._lock.acquire(timeout=timeout):
            raise JournalDown("locked", "another writer of this process")

    def leave(self) -> None:
        self._lock.release()


def engine(url: URL, connections: int) -> Engine:
    """Reading begins deferred; with the execution option `write` it takes the write lock at the start."""
    made = create_engine(
        url, pool_size=connections, max_overflow=4, connect_args={"timeout": 5.0, "cached_statements": 256}
    )
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    return made


def _prepare(connection: Any, entry: ConnectionPoolEntry | None) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    for pragma in (
        "page_size = 8192",  # of a new file only: 15 to 25 % faster than 4096 with rows of 300 bytes
        "journal_mode = WAL",
        "synchronous = FULL",
        "cache_size = -16000",
        "wal_autocheckpoint = 2000",
        "journal_size_limit = 67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


class SqliteTurns:
    def __init__(self, engine: Engine, gate: Gate, log: str) -> None:
        self._engine = engine
        self._gate = gate
        self._log = log
        self._connection: sqlite3.Connection | None = None
        self._patience = -1
        self._open = False

    def begin(self, after: int, action_ids: Sequence[str], timeout: float) -> Opened:
        if self._open:
            raise RuntimeError(f"a turn at {self._log} is already open")
        until = time.monotonic() + timeout
        self._gate.enter(timeout)
        self._open = True
        try:
            connection = self._connected()
            self._wait_at_most(connection, until - time.monotonic())
            connection.execute("BEGIN IMMEDIATE")
            return self._look(connection, after, action_ids)
        except sqlite3.Error as error:
            reason = sqlite_reason(error)
            self._abandon(broken=reason == "unreachable")
            raise JournalDown(reason, str(error)) from error
        except BaseException:
            self._abandon(broken=False)
            raise

    def _look(self, connection: sqlite3.Connection, after: int, action_ids: Sequence[str]) -> Opened:
        row = connection.execute(_HEAD, (self._log,)).fetchone()
        if row is None:
            raise UnknownLog(self._log)
        head = Head(*row)
        missed = []
        if head.seq > after:
            missed = [Entry(*line) for line in connection.execute(_MISSED, (self._log, after)).fetchall()]
        known = {}
        if action_ids:
            found = connection.execute(_KNOWN, (json.dumps(list(action_ids)), self._log)).fetchall()
            known = {action_id: KnownAction(seq, at, actor) for action_id, seq, at, actor in found}
        return Opened(head, max(time.time_ns() // 1_000_000, head.at), missed, known)

    def append(self, entries: Sequence[Entry]) -> None:
        connection = self._connection
        if not self._open or connection is None:
            raise JournalDown("stalled", "the turn is over")
        try:
            if entries:
                self._insert(connection, entries)
                last = entries[-1]
                connection.execute(_ADVANCE, (last.seq, last.hash, last.at, self._log))
        except sqlite3.IntegrityError as error:
            self._abandon(broken=False)
            raise ValueError(f"action id or seq already in the journal of {self._log}") from error
        except sqlite3.Error as error:
            reason = sqlite_reason(error)
            self._abandon(broken=reason == "unreachable")
            raise JournalDown(reason, str(error)) from error
        except BaseException:
            self._abandon(broken=False)
            raise
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            # The last frame may be in the WAL although its fsync failed: after a crash it would count.
            reason = sqlite_reason(error)
            self._abandon(broken=reason == "unreachable")
            raise JournalDown("unknown" if reason == "unreachable" else reason, str(error)) from error
        self._end()

    def _insert(self, connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        start = 0
        for rows in ROWS_PER_STATEMENT:
            while len(entries) - start >= rows:
                values: list[Any] = [self._log]
                for entry in entries[start : start + rows]:
                    values += (entry.seq, entry.at, entry.action_id, entry.actor)
                    values += (entry.body, entry.audiences, entry.hash)
                connection.execute(_INSERTS[rows], values)
                start += rows

    def rollback(self) -> None:
        if self._open:
            self._abandon(broken=False)

    def interrupt(self) -> None:
        """A file system that hangs cannot be interrupted."""

    def close(self) -> None:
        self.rollback()
        self._disconnect()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            pooled = self._engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
            assert isinstance(connection, sqlite3.Connection)
            self._connection = connection
            self._patience = -1
        return self._connection

    def _wait_at_most(self, connection: sqlite3.Connection, seconds: float) -> None:
        patience = max(
            1, int(seconds * 900)
        )  # a little less than the caller waits, to answer "locked" in time
        if abs(patience - self._patience) > 10:
            connection.execute(f"PRAGMA busy_timeout = {patience}").fetchall()
            self._patience = patience

    def _abandon(self, broken: bool) -> None:
        connection = self._connection
        try:
            if connection is not None and connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            broken = True
        if broken:
            self._disconnect()
        self._end()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self._gate.leave()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
