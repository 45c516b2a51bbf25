"""The composition of everything that is kept. One `Store` per process."""

import time
from pathlib import Path
from typing import Self

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.engine.journal import JournalDown
from server.store.blobs import Blobs
from server.store.credentials import Credentials
from server.store.cursors import Cursors
from server.store.database import PATIENCE, Database
from server.store.dispatches import Dispatches
from server.store.faults import journal_down
from server.store.journal import SqlJournal
from server.store.lane import Expired, Lane
from server.store.logs import Kind, LogRow, Logs
from server.store.migrate import migrate
from server.store.pairings import Pairings
from server.store.sessions import Sessions
from server.store.throttle import Throttle
from server.store.timeline import Timeline
from server.store.uploads import Uploads
from server.store.verify import Report, verify
from server.store.versions import Versions
from server.store.webhooks import Webhooks

OPENING_SECONDS = 60.0


class Store:
    def __init__(self, database: Database, blobs_dir: Path) -> None:
        parts = blobs_dir / "parts"
        parts.mkdir(parents=True, exist_ok=True)
        self._database = database
        self._journals: list[SqlJournal] = []
        self._logs = Logs(database)
        self.credentials = Credentials(database)
        self.sessions = Sessions(database)
        self.throttle = Throttle(database)
        self.pairings = Pairings(database)
        self.blobs = Blobs(database, blobs_dir)
        self.uploads = Uploads(database, self.blobs, parts)
        self.cursors = Cursors(database)
        self.timeline = Timeline(database)
        self.dispatches = Dispatches(database)
        self.webhooks = Webhooks(database)
        self.versions = Versions(database)

    @classmethod
    async def open(cls, url: str, blobs_dir: str | Path, patience: float = PATIENCE) -> Self:
        """`sqlite:////path/pingji.db` or `postgresql+psycopg://…`; builds or upgrades the tables first.

        Calls other than turns are answered within `patience` seconds. Raises JournalDown.
        """
        database = Database.of(url, patience)
        opening = Lane("store-open")
        try:
            await opening.call(lambda: migrate(database.engine), OPENING_SECONDS)
            store = cls(database, Path(blobs_dir))
            await store._logs.finish_drops()
        except BaseException as error:
            await database.close()
            if isinstance(error, Expired):
                raise JournalDown("stalled", "the database did not open") from error
            if isinstance(error, SQLAlchemyError) and (down := journal_down(error)) is not None:
                raise down from error
            raise
        finally:
            await opening.close()
        return store

    async def create_log(self, log: str, kind: Kind, name: str) -> bool:
        """False when there is a log of that name; then nothing is changed."""
        return await self._logs.create(log, kind, name, await self.now())

    async def logs(self) -> list[LogRow]:
        return await self._logs.all()

    async def drop_log(self, log: str) -> None:
        """An exercise and everything of it. Raises UnknownLog, or ValueError for a district."""
        await self._logs.drop(log)

    async def new_epoch(self, log: str) -> str:
        """To be called once after the database was restored from a backup."""
        return await self._logs.new_epoch(log)

    def journal(self, log: str) -> SqlJournal:
        """A thread and a connection of its own; whoever asks closes it, or `close` does."""
        made = SqlJournal(self._database, log)
        self._journals.append(made)
        return made

    async def verify(self, log: str) -> Report:
        """Read the whole journal and check it; turns go on meanwhile."""
        journal = SqlJournal(self._database, log)
        try:
            return await verify(self._database, journal)
        finally:
            await journal.close()

    async def now(self) -> int:
        """Database time in epoch milliseconds."""
        if self._database.engine.dialect.name == "sqlite":
            return time.time_ns() // 1_000_000
        clock = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        return await self._database.read(lambda connection: int(connection.execute(clock).scalar_one()))

    async def close(self) -> None:
        for journal in self._journals:
            await journal.close()
        await self.uploads.close()
        await self._database.close()
