"""Password hashes (argon2, made elsewhere), one per account and log."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from server.store.database import Database
from server.store.tables import credentials


class Credentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def set_hash(self, log: str, account: str, argon2_hash: str) -> None:
        row = self._database.insert(credentials).values(log=log, account=account, hash=argon2_hash)
        keep = row.on_conflict_do_update(index_elements=["log", "account"], set_={"hash": row.excluded.hash})
        await self._database.write(lambda connection: connection.execute(keep))

    async def set_many(self, log: str, accounts: Sequence[str], argon2_hash: str) -> None:
        """The same first password for invented people, in one transaction."""
        rows = [{"log": log, "account": account, "hash": argon2_hash} for account in accounts]

        def keep(connection: Connection) -> None:
            for row in rows:
                wanted = self._database.insert(credentials).values(row)
                connection.execute(
                    wanted.on_conflict_do_update(
                        index_elements=["log", "account"], set_={"hash": wanted.excluded.hash}
                    )
                )

        await self._database.write(keep)

    async def hash_of(self, log: str, account: str) -> str | None:
        wanted = select(credentials.c.hash).where(credentials.c.log == log, credentials.c.account == account)
        return await self._database.read(lambda connection: connection.execute(wanted).scalar_one_or_none())

    async def forget(self, log: str, account: str) -> None:
        gone = delete(credentials).where(credentials.c.log == log, credentials.c.account == account)
        await self._database.write(lambda connection: connection.execute(gone))
