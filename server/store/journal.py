"""The journal of one log: the asynchronous half of a turn.

A turn is two hops to the journal's thread: one to begin, one to commit. The thread is the only writer of
the log in this process; reading goes through the database's readers and never waits for a turn.
"""

import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, delete, select, update

from server.engine.entry import Entry
from server.engine.journal import Head, JournalDown, KnownAction, Snapshot
from server.store.database import Database
from server.store.faults import UnknownLog
from server.store.lane import Expired, Lane
from server.store.tables import heads, journal, snapshots
from server.store.turns import Opened, Turns

SNAPSHOTS_KEPT = 3

_ENTRY = (
    journal.c.seq,
    journal.c.at,
    journal.c.action_id,
    journal.c.actor,
    journal.c.body,
    journal.c.audiences,
    journal.c.hash,
)


class SqlTurn:
    """See `server.engine.journal.Turn`. Ends with `commit`, `rollback` or the `async with` block."""

    def __init__(self, opened: Opened, turns: Turns, lane: Lane, timeout: float) -> None:
        self.head: Head = opened.head
        self.now: int = opened.now
        self.missed: Sequence[Entry] = opened.missed
        self.known: Mapping[str, KnownAction] = opened.known
        self._turns = turns
        self._lane = lane
        self._timeout = timeout
        self._over = False

    async def commit(self, entries: Sequence[Entry]) -> None:
        if self._over:
            raise RuntimeError("the turn is over")
        self._check(entries)
        try:
            await self._lane.call(lambda: self._turns.append(entries), self._timeout)
        except Expired as error:
            if error.begun:
                self._turns.interrupt()
            await self.rollback()
            raise JournalDown("unknown" if error.begun else "stalled", "no answer in time") from error
        except BaseException:
            await self.rollback()
            raise
        self._over = True

    async def rollback(self) -> None:
        """Does not wait: the next turn comes after it in the same thread."""
        if not self._over:
            self._over = True
            self._lane.post(self._turns.rollback)

    def _check(self, entries: Sequence[Entry]) -> None:
        at = self.head.at
        for seq, entry in enumerate(entries, self.head.seq + 1):
            if entry.seq != seq:
                raise ValueError(f"entry {entry.seq} stands where {seq} belongs")
            if entry.at < at:
                raise ValueError(f"entry {seq} is older than its predecessor")
            at = entry.at
        if len({entry.action_id for entry in entries}) != len(entries):
            raise ValueError("two entries of one turn share an action id")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.rollback()


class SqlJournal:
    """See `server.engine.journal.Journal`. One turn at a time per object."""

    def __init__(self, database: Database, log: str) -> None:
        self.log = log
        self._database = database
        self._turns = database.turns(log)
        self._lane = Lane(f"journal-{log}")

    async def head(self) -> Head:
        def find(connection: Connection) -> Head:
            row = connection.execute(
                select(heads.c.epoch, heads.c.seq, heads.c.hash, heads.c.at).where(heads.c.log == self.log)
            ).one_or_none()
            if row is None:
                raise UnknownLog(self.log)
            return Head(*row)

        return await self._database.read(find)

    async def open_turn(self, after: int, action_ids: Sequence[str], timeout: float) -> SqlTurn:  # noqa: ASYNC109
        turns = self._turns
        try:
            opened = await self._lane.call(
                lambda: turns.begin(after, action_ids, timeout), timeout, late=lambda _: turns.rollback()
            )
        except Expired as error:
            if error.begun:
                turns.interrupt()
            raise JournalDown("stalled", "no answer in time") from error
        return SqlTurn(opened, turns, self._lane, timeout)

    async def read(self, after: int, limit: int) -> list[Entry]:
        wanted = (
            select(*_ENTRY)
            .where(journal.c.log == self.log, journal.c.seq > after)
            .order_by(journal.c.seq)
            .limit(limit)
        )
        return await self._database.read(
            lambda connection: [Entry(*row) for row in connection.execute(wanted)]
        )

    async def renew_epoch(self, known: str) -> None:
        change = (
            update(heads)
            .where(heads.c.log == self.log, heads.c.epoch == known)
            .values(epoch=uuid.uuid4().hex)
        )
        await self._database.write(lambda connection: connection.execute(change))

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        values = {
            "log": self.log,
            "seq": snapshot.seq,
            "hash": snapshot.hash,
            "body": snapshot.body,
            "made_at": snapshot.made_at,
        }
        replace = self._database.insert(snapshots).values(values)
        replace = replace.on_conflict_do_update(
            index_elements=["log", "seq"],
            set_={name: values[name] for name in ("hash", "body", "made_at")},
        )
        newest = (
            select(snapshots.c.seq)
            .where(snapshots.c.log == self.log)
            .order_by(snapshots.c.seq.desc())
            .limit(SNAPSHOTS_KEPT)
        )
        forget = delete(snapshots).where(snapshots.c.log == self.log, snapshots.c.seq.not_in(newest))

        def save(connection: Connection) -> None:
            connection.execute(replace)
            connection.execute(forget)

        await self._database.write(save)

    async def latest_snapshot(self, at_most: int | None = None) -> Snapshot | None:
        wanted = (
            select(snapshots.c.seq, snapshots.c.hash, snapshots.c.body, snapshots.c.made_at)
            .where(snapshots.c.log == self.log)
            .order_by(snapshots.c.seq.desc())
            .limit(1)
        )
        if at_most is not None:
            wanted = wanted.where(snapshots.c.seq <= at_most)

        def find(connection: Connection) -> Snapshot | None:
            row = connection.execute(wanted).one_or_none()
            return None if row is None else Snapshot(*row)

        return await self._database.read(find)

    async def close(self) -> None:
        await self._lane.close(self._turns.close)
