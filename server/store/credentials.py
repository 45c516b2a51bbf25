"""Password hashes (argon2, made elsewhere), one per account and log."""

from sqlalchemy import delete, select

from server.store.database import Database
from server.store.tables import credentials


class Credentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def set_hash(self, log: str, account: str, argon2_hash: str) -> None:
        row = self._database.insert(credentials).values(log=log, account=account, hash=argon2_hash)
        keep = row.on_conflict_do_update(index_elements=["log", "account"], set_={"hash": row.excluded.hash})
        await self._database.write(lambda connection: connection.execute(keep))

    async def hash_of(self, log: str, account: str) -> str | None:
        wanted = select(credentials.c.hash).where(credentials.c.log == log, credentials.c.account == account)
        return await self._database.read(lambda connection: connection.execute(wanted).scalar_one_or_none())

    async def forget(self, log: str, account: str) -> None:
        gone = delete(credentials).where(credentials.c.log == log, credentials.c.account == account)
        await self._database.write(lambda connection: connection.execute(gone))
