"""Ends the connections whose session is over: expired by the clock, or signed out at another node.

Revocations by an administrator are events of the log and take effect with it; this is for the rest. Every
second the sessions' tally is read, one small answer of the database; the connections are gone through when
it is another one, and a while after, for those who were coming in meanwhile.
"""

import asyncio
import contextlib
import heapq
import logging

from server.domain.refusal import Code
from server.engine.journal import JournalDown
from server.store.store import Store
from server.wire.hosted import Hosted, Seat
from server.wire.sockets import Connection, State

log = logging.getLogger(__name__)
EVERY = 1.0  # seconds: a session that is over lives no longer than that
ASK_AGAIN = 6  # rounds after a change: longer than coming in can take
ASK_ANYWAY = 60  # rounds, whatever the tally says


class Warden:
    def __init__(self, store: Store, hosted: dict[str, Hosted]) -> None:
        self._store = store
        self._hosted = hosted
        self._ends: list[tuple[int, int, Connection]] = []  # heap by (epoch ms, number)
        self._numbered = 0
        self._prune_at = 64
        self._tally: tuple[int, int] | None = None
        self._asking = ASK_AGAIN  # rounds left
        self._unasked = 0  # rounds since the connections were gone through
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="warden")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def expect(self, connection: Connection, expires_at: int) -> None:
        """The connection's session ends then (epoch ms)."""
        self._numbered += 1
        heapq.heappush(self._ends, (expires_at, self._numbered, connection))
        if len(self._ends) > self._prune_at:  # amortised: counting seats would cost each time
            self._ends = [end for end in self._ends if end[2].state <= State.LIVE]
            heapq.heapify(self._ends)
            self._prune_at = max(64, 2 * len(self._ends))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                now = await self._store.now()
                while self._ends and self._ends[0][0] <= now:
                    heapq.heappop(self._ends)[2].cut(Code.SESSION_REVOKED.value, retry=False)
                if await self._due():
                    await self._ask(now)
                    self._unasked = 0
            except JournalDown as trouble:
                log.warning("sessions cannot be checked: %s", trouble)

    async def _due(self) -> bool:
        """Whether a session may have ended since the connections were last gone through."""
        tally = await self._store.sessions.tally()
        self._unasked += 1
        self._asking = max(0, self._asking - 1) if tally == self._tally else ASK_AGAIN
        self._tally = tally
        return self._asking > 0 or self._unasked >= ASK_ANYWAY

    async def _ask(self, now: int) -> None:
        seated: dict[bytes, list[Connection]] = {}
        for hosted in self._hosted.values():
            for connections in hosted.seats.values():
                for connection in connections:
                    seat: Seat = connection.context
                    seated.setdefault(seat.token_hash, []).append(connection)
        alive = await self._store.sessions.alive(seated, now)
        for token_hash in seated.keys() - alive:
            for connection in seated[token_hash]:
                connection.cut(Code.SESSION_REVOKED.value, retry=False)
