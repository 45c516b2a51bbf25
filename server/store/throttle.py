"""How long somebody who keeps failing to log in has to wait.

Failures count per login and per remote address. The first few are free, then every failure doubles the
wait, from 1 s to 300 s. An address has more free tries than a login: a whole command centre may sit behind
one, and one person's bad morning must not lock it out. An hour without a failure is forgiven.
"""

from typing import NamedTuple

from sqlalchemy import Connection, case, delete, select

from server.store.database import Database
from server.store.tables import throttle

LOGIN_FREE_TRIES = 5
ADDRESS_FREE_TRIES = 50
LONGEST_MS = 300_000
FORGIVEN_MS = 3_600_000


class Key(NamedTuple):
    log: str
    key: str
    free: int


def login_key(log: str, login: str) -> Key:
    return Key(log, f"login:{login}"[:200], LOGIN_FREE_TRIES)


def address_key(address: str) -> Key:
    """Over all logs."""
    return Key("", f"address:{address}"[:200], ADDRESS_FREE_TRIES)


def penalty(failures: int, free: int) -> int:
    """Milliseconds to wait after so many failures."""
    beyond = failures - free
    if beyond <= 0:
        return 0
    return min(LONGEST_MS, 1000 << min(beyond - 1, 20))


class Throttle:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def failed(self, key: Key, now: int) -> int | None:
        """Count a failure; the time until which the next try is refused, if it is."""

        def count(connection: Connection) -> int:
            row = self._database.insert(throttle).values(log=key.log, key=key.key, failures=1, failed_at=now)
            again = case((throttle.c.failed_at <= now - FORGIVEN_MS, 1), else_=throttle.c.failures + 1)
            counted = connection.execute(
                row.on_conflict_do_update(
                    index_elements=["log", "key"], set_={"failures": again, "failed_at": now}
                ).returning(throttle.c.failures)
            )
            return int(counted.scalar_one())

        wait = penalty(await self._database.write(count), key.free)
        return now + wait if wait else None

    async def blocked_until(self, key: Key, now: int) -> int | None:
        wanted = select(throttle.c.failures, throttle.c.failed_at).where(
            throttle.c.log == key.log, throttle.c.key == key.key
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            return None
        until = int(row.failed_at) + penalty(row.failures, key.free)
        return until if until > now else None

    async def clear(self, key: Key) -> None:
        gone = delete(throttle).where(throttle.c.log == key.log, throttle.c.key == key.key)
        await self._database.write(lambda connection: connection.execute(gone))

    async def purge(self, now: int) -> int:
        gone = delete(throttle).where(throttle.c.failed_at <= now - FORGIVEN_MS)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)
