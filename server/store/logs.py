"""Which logs there are: districts, which stay, and exercises, which can be dropped.

Dropping is done in small transactions, because deleting a million lines at once would keep every other
writer of a SQLite file waiting. It first makes the log unusable and marks it, so that one interrupted
half-way is finished at the next start.
"""

import uuid
from functools import partial
from typing import Literal

import msgspec
from sqlalchemy import Connection, Table, delete, insert, select, update

from server.engine.entry import GENESIS
from server.store import tables
from server.store.database import Database
from server.store.faults import UnknownLog

Kind = Literal["district", "exercise"]

_DROPPED = "dropped"
_CHUNK = 2000


class LogRow(msgspec.Struct, frozen=True):
    log: str
    kind: Kind
    name: str
    created_at: int
    epoch: str
    seq: int


class Logs:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, log: str, kind: Kind, name: str, now: int) -> bool:
        """False when it exists already; then nothing is changed."""

        def make(connection: Connection) -> bool:
            made = connection.execute(
                self._database.insert(tables.logs)
                .values(log=log, kind=kind, name=name, created_at=now)
                .on_conflict_do_nothing()
                .returning(tables.logs.c.log)
            )
            if made.one_or_none() is None:
                return False
            connection.execute(
                insert(tables.heads).values(log=log, epoch=_epoch(), seq=0, hash=GENESIS, at=0)
            )
            return True

        return await self._database.write(make)

    async def all(self) -> list[LogRow]:
        wanted = (
            select(
                tables.logs.c.log,
                tables.logs.c.kind,
                tables.logs.c.name,
                tables.logs.c.created_at,
                tables.heads.c.epoch,
                tables.heads.c.seq,
            )
            .join(tables.heads, tables.heads.c.log == tables.logs.c.log)
            .order_by(tables.logs.c.created_at, tables.logs.c.log)
        )
        return await self._database.read(
            lambda connection: [LogRow(*row) for row in connection.execute(wanted)]
        )

    async def new_epoch(self, log: str) -> str:
        """After a restore from a backup: every cursor given out before it stops being valid."""
        epoch = _epoch()
        change = update(tables.heads).where(tables.heads.c.log == log).values(epoch=epoch)

        def renew(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise UnknownLog(log)

        await self._database.write(renew)
        return epoch

    async def drop(self, log: str) -> None:
        """Raises UnknownLog, or ValueError for a district."""

        def mark(connection: Connection) -> None:
            kind = connection.execute(
                select(tables.logs.c.kind).where(tables.logs.c.log == log)
            ).scalar_one_or_none()
            if kind is None:
                raise UnknownLog(log)
            if kind == "district":
                raise ValueError(f"{log} is a district, not an exercise")
            connection.execute(delete(tables.heads).where(tables.heads.c.log == log))
            connection.execute(update(tables.logs).where(tables.logs.c.log == log).values(kind=_DROPPED))

        await self._database.write(mark)
        await self._erase(log)

    async def finish_drops(self) -> None:
        wanted = select(tables.logs.c.log).where(tables.logs.c.kind == _DROPPED)
        for log in await self._database.read(lambda connection: list(connection.execute(wanted).scalars())):
            await self._erase(log)

    async def _erase(self, log: str) -> None:
        for table in reversed(tables.metadata.sorted_tables):
            if table is tables.journal or table is tables.timeline:
                while await self._database.write(partial(_erase_some, table, log)):
                    pass
            elif table is not tables.logs:
                await self._database.write(partial(_erase_all, table, log))
        await self._database.write(partial(_erase_all, tables.logs, log))


def _erase_some(table: Table, log: str, connection: Connection) -> bool:
    """Whether there is more."""
    if not _on_its_way_out(log, connection):
        return False
    where = table.c.log == log
    next_seq = connection.execute(
        select(table.c.seq).where(where).order_by(table.c.seq).limit(1).offset(_CHUNK)
    ).scalar()
    some = delete(table).where(where)
    connection.execute(some if next_seq is None else some.where(table.c.seq < next_seq))
    return next_seq is not None


def _erase_all(table: Table, log: str, connection: Connection) -> None:
    if _on_its_way_out(log, connection):
        connection.execute(delete(table).where(table.c.log == log))


def _on_its_way_out(log: str, connection: Connection) -> bool:
    """Another process may have finished the drop, and somebody made a log of the same name since."""
    kind = select(tables.logs.c.kind).where(tables.logs.c.log == log).with_for_update()
    return connection.execute(kind).scalar_one_or_none() == _DROPPED


def _epoch() -> str:
    return uuid.uuid4().hex
