"""What stood before: the events that set something whole (an order, a plan), found by the timeline and read
from the journal, which keeps all of them."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, select

from server.store.database import Database
from server.store.tables import journal, timeline

NEWEST = 200
"""Somebody looks at earlier versions; nobody looks at more than these."""


class Place(msgspec.Struct, frozen=True):
    """Where an event stands: the `n`-th of the entry with this body."""

    seq: int
    n: int
    at: int
    actor: str
    body: bytes


class Versions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(
        self, log: str, kinds: Collection[str], command: str | None, topics: Collection[str] | None
    ) -> list[Place]:
        """Events of these names, of a command or of none, oldest first. `topics` None sees everything."""
        wanted = (
            select(
                timeline.c.seq, timeline.c.n, journal.c.at, journal.c.actor, journal.c.body, timeline.c.topics
            )
            .join(journal, (journal.c.log == timeline.c.log) & (journal.c.seq == timeline.c.seq))
            .where(timeline.c.log == log, timeline.c.type.in_(sorted(kinds)))
            # an index of its own would cost every receipt: the rows of no command are few
            .where(timeline.c.command.is_(None) if command is None else timeline.c.command == command)
            .order_by(timeline.c.seq.desc(), timeline.c.n.desc())
            .limit(NEWEST)
        )

        mine = None if topics is None else set(topics)

        def find(connection: Connection) -> list[Place]:
            rows = reversed(connection.execute(wanted).all())
            return [Place(*row[:-1]) for row in rows if mine is None or mine & {*row[-1].split("\n")}]

        return await self._database.read(find)
