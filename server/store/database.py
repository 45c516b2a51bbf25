"""One database and the threads that talk to it: a few readers, one writer for everything but the journals.

Journals have threads of their own (`server.store.journal`), so that an order never waits behind a login.
What runs here is small; each call is one transaction. Every failure is `JournalDown`: "stalled" for what
did not and will not happen, "unknown" for a write that was begun and not answered (all writes here may be
repeated).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self, TypeVar, cast

from sqlalchemy import Connection, Engine, Table, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from server.engine.journal import JournalDown
from server.store import sqlite as sqlite_file
from server.store.faults import journal_down
from server.store.lane import Expired, Lane
from server.store.turns import Turns

if TYPE_CHECKING:
    from server.store.sqlite import Gate

T = TypeVar("T")

READERS = 3
PATIENCE = 5.0
"""Seconds until a caller is answered, whatever the database does."""


class Database:
    def __init__(self, engine: Engine, gate: "Gate | None", patience: float) -> None:
        self.engine = engine
        self.patience = patience
        self._gate = gate  # SQLite only
        self._writing = engine.execution_options(write=True)
        self._readers = Lane("store-read", READERS)
        self._writer = Lane("store-write")

    @classmethod
    def of(cls, url: str | URL, patience: float = PATIENCE) -> Self:
        """Nothing is connected yet."""
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return cls(sqlite_file.engine(address, READERS + 1), sqlite_file.Gate(), patience)
        from server.store import postgres  # psycopg is needed by those who use it

        return cls(postgres.engine(address, READERS + 1), None, patience)

    def turns(self, log: str) -> Turns:
        if self._gate is not None:
            return sqlite_file.SqliteTurns(self.engine, self._gate, log)
        from server.store import postgres

        return postgres.PostgresTurns(self.engine, log)

    def insert(self, table: Table) -> postgresql.Insert:
        """An INSERT with ON CONFLICT, which both dialects spell the same."""
        if self._gate is not None:
            return cast(postgresql.Insert, sqlite.insert(table))
        return postgresql.insert(table)

    async def read(self, work: Callable[[Connection], T], patience: float | None = None) -> T:
        def transaction() -> T:
            try:
                with self.engine.connect() as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                down = journal_down(error)
                if down is None:
                    raise
                raise down from error

        try:
            return await self._readers.call(transaction, patience or self.patience)
        except Expired as error:
            raise JournalDown("stalled", "no answer in time") from error

    async def write(self, work: Callable[[Connection], T], patience: float | None = None) -> T:
        try:
            return await self._writer.call(lambda: self.transaction(work), patience or self.patience)
        except Expired as error:
            raise JournalDown("unknown" if error.begun else "stalled", "no answer in time") from error

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """Write in the thread of the caller."""
        if self._gate is not None:
            self._gate.enter(self.patience * 0.9)
        try:
            with self._writing.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            down = journal_down(error)
            if down is None:
                raise
            raise down from error
        finally:
            if self._gate is not None:
                self._gate.leave()

    async def close(self) -> None:
        await self._writer.close()
        await self._readers.close(self.engine.dispose)
