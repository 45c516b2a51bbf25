"""Codes shown as QR that join a field phone to a team. Each is good for one phone and a short time.

Only the hash of a code is kept. Claiming is one UPDATE: of two phones with the same code one wins. It comes
last, after what the code is good for: a code is not used up by a claim that failed half-way.
"""

import msgspec
from sqlalchemy import delete, insert, select, update

from server.store.database import Database
from server.store.tables import pairings


class PairingRow(msgspec.Struct, frozen=True):
    code_hash: bytes
    log: str
    unit: str
    created_by: str
    created_at: int
    expires_at: int
    claimed_at: int | None


_ROW = (
    pairings.c.code_hash,
    pairings.c.log,
    pairings.c.unit,
    pairings.c.created_by,
    pairings.c.created_at,
    pairings.c.expires_at,
    pairings.c.claimed_at,
)


class Pairings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, code_hash: bytes, log: str, unit: str, created_by: str, created_at: int, expires_at: int
    ) -> None:
        row = insert(pairings).values(
            code_hash=code_hash,
            log=log,
            unit=unit,
            created_by=created_by,
            created_at=created_at,
            expires_at=expires_at,
        )
        await self._database.write(lambda connection: connection.execute(row))

    async def find(self, code_hash: bytes, now: int) -> PairingRow | None:
        """A pairing that can still be claimed."""
        wanted = select(*_ROW).where(
            pairings.c.code_hash == code_hash, pairings.c.claimed_at.is_(None), pairings.c.expires_at > now
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return None if row is None else PairingRow(*row)

    async def claim(self, code_hash: bytes, now: int) -> PairingRow | None:
        """The pairing, for the first who asks in time; None for everybody else."""
        change = (
            update(pairings)
            .where(
                pairings.c.code_hash == code_hash,
                pairings.c.claimed_at.is_(None),
                pairings.c.expires_at > now,
            )
            .values(claimed_at=now)
            .returning(*_ROW)
        )
        row = await self._database.write(lambda connection: connection.execute(change).one_or_none())
        return None if row is None else PairingRow(*row)

    async def open(self, log: str, now: int) -> list[PairingRow]:
        """Those that can still be claimed, the newest first."""
        wanted = (
            select(*_ROW)
            .where(pairings.c.log == log, pairings.c.claimed_at.is_(None), pairings.c.expires_at > now)
            .order_by(pairings.c.created_at.desc(), pairings.c.code_hash)
        )
        return await self._database.read(
            lambda connection: [PairingRow(*row) for row in connection.execute(wanted)]
        )

    async def revoke(self, code_hash: bytes) -> bool:
        gone = delete(pairings).where(pairings.c.code_hash == code_hash, pairings.c.claimed_at.is_(None))
        return await self._database.write(lambda connection: connection.execute(gone).rowcount > 0)

    async def purge(self, now: int) -> int:
        gone = delete(pairings).where(pairings.c.expires_at <= now)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)
