"""How far each follower of a log has come. A cursor never goes back by itself: a follower that repeats work
after a crash reports seqs it has already passed."""

from sqlalchemy import Connection, case, select

from server.store.database import Database
from server.store.tables import cursors


class Cursors:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, log: str, follower: str) -> int:
        """0 for a follower that has not begun."""
        wanted = select(cursors.c.seq).where(cursors.c.log == log, cursors.c.follower == follower)
        seq = await self._database.read(lambda connection: connection.execute(wanted).scalar_one_or_none())
        return 0 if seq is None else int(seq)

    async def advance(self, log: str, follower: str, seq: int) -> None:
        await self._database.write(lambda connection: advance(self._database, connection, log, follower, seq))

    async def of_log(self, log: str) -> dict[str, int]:
        wanted = select(cursors.c.follower, cursors.c.seq).where(cursors.c.log == log)

        def find(connection: Connection) -> dict[str, int]:
            return {row.follower: row.seq for row in connection.execute(wanted)}

        return await self._database.read(find)


def advance(database: Database, connection: Connection, log: str, follower: str, seq: int) -> None:
    """Inside the transaction that also keeps what the follower made of the entries."""
    row = database.insert(cursors).values(log=log, follower=follower, seq=seq)
    further = case((cursors.c.seq > row.excluded.seq, cursors.c.seq), else_=row.excluded.seq)
    connection.execute(row.on_conflict_do_update(index_elements=["log", "follower"], set_={"seq": further}))
