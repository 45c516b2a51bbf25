"""Who is logged in where. A row per token, found by the token's hash: the token itself is never kept.

A session that has expired or was revoked is not found; the caller passes the time.
"""

import asyncio
from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from server.store.database import Database
from server.store.tables import sessions


class SessionRow(msgspec.Struct, frozen=True):
    token_hash: bytes
    log: str
    account: str
    device: str
    label: str
    created_at: int
    seen_at: int
    expires_at: int


_ROW = (
    sessions.c.token_hash,
    sessions.c.log,
    sessions.c.account,
    sessions.c.device,
    sessions.c.label,
    sessions.c.created_at,
    sessions.c.seen_at,
    sessions.c.expires_at,
)


_HASHES_PER_STATEMENT = 500
GATHER = 0.01  # seconds between two look-ups while clients come back: a statement costs more than a row


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[bytes, asyncio.Future[SessionRow | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def create(
        self,
        token_hash: bytes,
        log: str,
        account: str,
        device: str,
        label: str,
        created_at: int,
        expires_at: int,
    ) -> None:
        row = insert(sessions).values(
            token_hash=token_hash,
            log=log,
            account=account,
            device=device,
            label=label,
            created_at=created_at,
            seen_at=created_at,
            expires_at=expires_at,
        )
        await self._database.write(lambda connection: connection.execute(row))

    async def find(self, token_hash: bytes, now: int) -> SessionRow | None:
        """Who come back together are looked up together: one query at a time, for all that wait."""
        waiting = self._asked.get(token_hash)
        if waiting is None:
            waiting = self._asked[token_hash] = asyncio.get_running_loop().create_future()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        row = await asyncio.shield(waiting)
        return row if row is not None and row.expires_at > now else None

    async def _look(self) -> None:
        """Answer everybody who asked while the query before was under way, and a moment longer."""
        try:
            while self._asked:
                asked = dict(list(self._asked.items())[:_HASHES_PER_STATEMENT])
                for token_hash in asked:
                    del self._asked[token_hash]
                try:
                    found = await self._of_hashes(list(asked))
                except Exception as trouble:  # noqa: BLE001 (told to those who asked, not to the task that looks)
                    for waiting in asked.values():
                        waiting.set_exception(trouble)
                        waiting.exception()  # whoever asked may be gone already
                    continue
                for token_hash, waiting in asked.items():
                    waiting.set_result(found.get(token_hash))
                if self._asked:
                    await asyncio.sleep(GATHER)
        finally:
            self._looking = None

    async def _of_hashes(self, token_hashes: list[bytes]) -> dict[bytes, SessionRow]:
        wanted = select(*_ROW).where(sessions.c.token_hash.in_(token_hashes))

        def read(connection: Connection) -> dict[bytes, SessionRow]:
            return {row.token_hash: SessionRow(*row) for row in connection.execute(wanted)}

        return await self._database.read(read)

    async def alive(self, token_hashes: Collection[bytes], now: int) -> set[bytes]:
        """Those that are neither revoked nor expired: what a node asks about its open connections."""
        asked = list(token_hashes)
        wanted = [
            select(sessions.c.token_hash).where(
                sessions.c.token_hash.in_(asked[start : start + _HASHES_PER_STATEMENT]),
                sessions.c.expires_at > now,
            )
            for start in range(0, len(asked), _HASHES_PER_STATEMENT)
        ]

        def find(connection: Connection) -> set[bytes]:
            return {found for part in wanted for found in connection.execute(part).scalars()}

        return await self._database.read(find)

    async def tally(self) -> tuple[int, int]:
        """(count, sum of the ends) of all sessions: another one after every sign-in, sign-out and change."""
        total = select(func.count(), func.coalesce(func.sum(sessions.c.expires_at), 0)).select_from(sessions)

        def find(connection: Connection) -> tuple[int, int]:
            count, ends = connection.execute(total).one()
            return int(count), int(ends)

        return await self._database.read(find)

    async def touch(self, token_hash: bytes, now: int, expires_at: int | None = None) -> None:
        """Seen at `now`; with `expires_at` it also lives on until then."""
        change = update(sessions).where(sessions.c.token_hash == token_hash)
        change = (
            change.values(seen_at=now)
            if expires_at is None
            else change.values(seen_at=now, expires_at=expires_at)
        )
        await self._database.write(lambda connection: connection.execute(change))

    async def revoke(self, token_hash: bytes) -> bool:
        """Whether there was such a session."""
        gone = delete(sessions).where(sessions.c.token_hash == token_hash)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount > 0)

    async def revoke_account(self, log: str, account: str, except_hash: bytes | None = None) -> list[bytes]:
        """The token hashes that were revoked, so that their connections can be cut."""
        gone = delete(sessions).where(sessions.c.log == log, sessions.c.account == account)
        if except_hash is not None:
            gone = gone.where(sessions.c.token_hash != except_hash)
        revoked = gone.returning(sessions.c.token_hash)
        return await self._database.write(lambda connection: list(connection.execute(revoked).scalars()))

    async def of_account(self, log: str, account: str) -> list[SessionRow]:
        """Latest seen first; expired ones included until they are purged."""
        wanted = (
            select(*_ROW)
            .where(sessions.c.log == log, sessions.c.account == account)
            .order_by(sessions.c.seen_at.desc(), sessions.c.token_hash)
        )
        return await self._database.read(
            lambda connection: [SessionRow(*row) for row in connection.execute(wanted)]
        )

    async def purge_expired(self, now: int) -> int:
        gone = delete(sessions).where(sessions.c.expires_at <= now)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)
