"""What a driver's error means to a caller: one of the reasons of `JournalDown`.

SQLite tells by its result code, PostgreSQL by SQLSTATE; both lists name only what has an answer of its own,
the rest is "unreachable": the database is there or not, but it does not work.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from server.engine.journal import JournalDown, LogGone, Reason

_SQLITE: dict[int, Reason] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_INTERRUPT: "stalled",
}

_POSTGRES: dict[str, Reason] = {
    "55P03": "locked",  # lock_not_available: lock_timeout
    "40001": "locked",  # serialization_failure
    "40P01": "locked",  # deadlock_detected
    "53100": "disk_full",
    "57014": "stalled",  # query_canceled: statement_timeout
}


class UnknownLog(LogGone):
    """There is no log of that name in this database (any more)."""


def sqlite_reason(error: sqlite3.Error) -> Reason:
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # the index of the WAL could not grow
        return "disk_full"
    return _SQLITE.get(code & 0xFF, "unreachable")


def postgres_reason(sqlstate: str | None) -> Reason:
    return _POSTGRES.get(sqlstate or "", "unreachable")


def journal_down(error: SQLAlchemyError) -> JournalDown | None:
    """The failure a SQLAlchemy error stands for; None when it is a mistake of ours."""
    if isinstance(error, NoConnection):
        return JournalDown("stalled", "no free connection")
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    detail = str(cause).strip()
    if isinstance(cause, sqlite3.OperationalError | sqlite3.DatabaseError):
        if isinstance(cause, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return None
        return JournalDown(sqlite_reason(cause), detail)
    sqlstate: str | None = getattr(cause, "sqlstate", None)
    if sqlstate is not None and sqlstate[:2] in ("22", "23", "42"):  # data, integrity, syntax
        return None
    return JournalDown(postgres_reason(sqlstate), detail)
