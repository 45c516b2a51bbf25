"""Turns at a log in PostgreSQL.

The lock is `SELECT … FOR UPDATE` on the head row under READ COMMITTED: whoever waits for it sees, in the
statements that follow, everything its predecessor committed. Beginning is one round trip (libpq's
pipeline), committing another. Between them the rows travel by binary COPY: 1000 rows in 8 ms against 14 ms
by executemany and 26 ms by unnest, and a single row is no slower.

No connection may hang for ever, on either side: the server gives up idle transactions (a node that was
stopped in its turn must not stop the others), the kernel gives up dead peers, and `interrupt` shuts the
socket under a call that is late. A new connection then waits at the head row until the server has made up
its mind about the old one, which is what makes an unknown outcome known again.

A commit whose answer is missing, or is the server going away, is "unknown"; one that was answered with any
other error did not happen.
"""

import os
import socket
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL

from server.engine.entry import Entry
from server.engine.journal import Head, JournalDown, KnownAction
from server.store.faults import UnknownLog, postgres_reason
from server.store.turns import COLUMNS, Opened

IDLE_TURN_SECONDS = 15
"""How long a stopped node keeps the others from a log."""

_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        "synchronous_commit=on",
        "default_transaction_isolation=read\\ committed",
        f"idle_in_transaction_session_timeout={IDLE_TURN_SECONDS * 1000}",
        "statement_timeout=30000",
        "lock_timeout=5000",
        "timezone=UTC",
    )
)
_CONNECT: dict[str, Any] = {
    "options": _OPTIONS,
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10000,
    "application_name": "pingji",
}

# The clock is read outside the CTE: after the lock was given, not before the wait for it.
_HEAD = (
    "WITH held AS MATERIALIZED (SELECT epoch, seq, hash, at FROM heads WHERE log = %s FOR UPDATE)"
    " SELECT epoch, seq, hash, at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM held"
)
_MISSED = f"SELECT {COLUMNS} FROM journal WHERE log = %s AND seq > %s ORDER BY seq"  # noqa: S608
# One look into the unique index per id, whatever the planner believes about a table without statistics.
_KNOWN = (
    "SELECT asked.id, j.seq, j.at, j.actor FROM unnest(%s::text[]) AS asked(id) CROSS JOIN LATERAL"
    " (SELECT seq, at, actor FROM journal WHERE log = %s AND action_id = asked.id LIMIT 1) AS j"
)
_COPY = f"COPY journal (log, {COLUMNS}) FROM STDIN (FORMAT BINARY)"
_TYPES = ("text", "int8", "int8", "text", "text", "bytea", "bytea", "bytea")
_ADVANCE = "UPDATE heads SET seq = %s, hash = %s, at = %s WHERE log = %s"

_GOING_AWAY = ("08", "57P01", "57P02", "57P03", "58", "XX")


def engine(url: URL, connections: int) -> Engine:
    return create_engine(
        url,
        pool_size=connections,
        max_overflow=4,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args=_CONNECT,
    )


class PostgresTurns:
    def __init__(self, engine: Engine, log: str) -> None:
        self._engine = engine
        self._log = log
        self._connection: psycopg.Connection[Any] | None = None
        self._patience = 0
        self._open = False
        self._socket: int | None = None
        # The number must not be closed, and used again for something else, under `interrupt`.
        self._socket_guard = threading.Lock()
        self._interrupted = False

    def begin(self, after: int, action_ids: Sequence[str], timeout: float) -> Opened:
        if self._open:
            raise RuntimeError(f"a turn at {self._log} is already open")
        fresh = self._connection is None
        self._interrupted = False
        try:
            return self._begin(after, action_ids, timeout)
        except psycopg.OperationalError as error:
            lost = self._connection is None or self._connection.closed
            self._abandon()
            if fresh or not lost or self._interrupted:
                raise JournalDown(postgres_reason(error.sqlstate), str(error).strip()) from error
        except psycopg.Error as error:
            self._abandon()
            raise JournalDown(postgres_reason(error.sqlstate), str(error).strip()) from error
        except BaseException:
            self._abandon()
            raise
        # An idle connection had died unnoticed; nothing was done on it, so once more on a new one.
        return self.begin(after, action_ids, timeout)

    def _begin(self, after: int, action_ids: Sequence[str], timeout: float) -> Opened:
        connection = self._connected()
        self._open = True
        self._wait_at_most(connection, timeout)
        cursors = [connection.cursor(binary=True) for _ in range(3)]
        with connection.pipeline():
            connection.execute("BEGIN")
            cursors[0].execute(_HEAD, (self._log,), prepare=True)
            cursors[1].execute(_MISSED, (self._log, after), prepare=True)
            if action_ids:
                cursors[2].execute(_KNOWN, (list(action_ids), self._log), prepare=True)
        row = cursors[0].fetchone()
        if row is None:
            raise UnknownLog(self._log)
        epoch, seq, digest, at, clock = row
        missed = [Entry(*line) for line in cursors[1].fetchall()]
        found = cursors[2].fetchall() if action_ids else []
        known = {action_id: KnownAction(*answer) for action_id, *answer in found}
        return Opened(Head(epoch, seq, digest, at), max(clock, at), missed, known)

    def append(self, entries: Sequence[Entry]) -> None:
        connection = self._connection
        if not self._open or connection is None:
            raise JournalDown("stalled", "the turn is over")
        committing = False
        try:
            if entries:
                self._insert(connection, entries)
            committing = True
            with connection.pipeline():
                if entries:
                    last = entries[-1]
                    connection.execute(_ADVANCE, (last.seq, last.hash, last.at, self._log), prepare=True)
                connection.execute("COMMIT")
        except psycopg.IntegrityError as error:
            self._abandon()
            raise ValueError(f"action id or seq already in the journal of {self._log}") from error
        except psycopg.Error as error:
            self._abandon()
            unknown = committing and (error.sqlstate is None or error.sqlstate.startswith(_GOING_AWAY))
            raise JournalDown(
                "unknown" if unknown else postgres_reason(error.sqlstate), str(error).strip()
            ) from error
        except BaseException:
            self._abandon()
            raise
        self._open = False

    def _insert(self, connection: psycopg.Connection[Any], entries: Sequence[Entry]) -> None:
        log = self._log
        with connection.cursor() as cursor, cursor.copy(_COPY) as rows:
            rows.set_types(_TYPES)
            for e in entries:
                rows.write_row((log, e.seq, e.at, e.action_id, e.actor, e.body, e.audiences, e.hash))

    def rollback(self) -> None:
        if self._open:
            self._abandon()

    def interrupt(self) -> None:
        self._interrupted = True
        with self._socket_guard:
            if self._socket is None:
                return
            try:
                with socket.socket(fileno=os.dup(self._socket)) as twin:
                    twin.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        self.rollback()
        self._disconnect()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            pooled = self._engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
            assert isinstance(connection, psycopg.Connection)
            connection.autocommit = True  # BEGIN and COMMIT travel in our pipelines
            # A plan made while the journal was short would walk the whole of it for ever after.
            connection.execute("SET enable_seqscan = off")
            connection.execute("SET plan_cache_mode = force_custom_plan")
            with self._socket_guard:
                self._connection = connection
                self._socket = connection.fileno()
            self._patience = 0
        return self._connection

    def _wait_at_most(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        patience = max(
            1, int(seconds * 900)
        )  # a little less than the caller waits, to answer "locked" in time
        if patience != self._patience:
            connection.execute(f"SET lock_timeout = {patience}")
            self._patience = patience

    def _abandon(self) -> None:
        self._open = False
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        except psycopg.Error:
            pass
        if connection.closed or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self._disconnect()

    def _disconnect(self) -> None:
        with self._socket_guard:
            connection, self._connection = self._connection, None
            self._socket = None
            if connection is not None:
                connection.close()
