"""One timer for all connections: pings, deadlines, stalls and lingering ends.

Rules
- The ping interval is divided into slots; a connection belongs to one and is visited once per interval, so
  the load is spread and a connection needs no timer of its own.
- A visit that finds nothing heard since the last one ends the connection by `abort`: a peer that falls
  silent is gone after two intervals at most (40 s by default).
- Deadlines have one constant delay each, so a dict in order of arrival is a queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.wire.sockets import packets
from server.wire.sockets.connection import Connection, State
from server.wire.sockets.settings import Settings

_SLOTS = 20
PROGRESS = 4096  # bytes a stalled peer must take within the stall timeout: a drip is not progress


class Heartbeat:
    """`extra(connection)` gives frames that follow the ping in the same write."""

    def __init__(self, settings: Settings, extra: Callable[[Connection], bytes]) -> None:
        self._settings = settings
        self._extra = extra
        self._slots: list[set[Connection]] = [set() for _ in range(_SLOTS)]
        self._now_at = 0
        self._slot_of: dict[Connection, int] = {}
        self._connecting: dict[Connection, float] = {}
        self._closing: dict[Connection, float] = {}
        self._stalled: dict[Connection, tuple[float, int]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Idempotent."""
        if self._timer is None:
            self._loop = loop
            self._arm(loop)

    def stop(self) -> None:
        """No more visits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def opened(self, connection: Connection, now: float) -> None:
        """Visits begin one interval from now; the connect timeout runs."""
        self._slots[self._now_at].add(connection)
        self._slot_of[connection] = self._now_at
        self._connecting[connection] = now + self._settings.connect_timeout

    def accepted(self, connection: Connection) -> None:
        """The connect timeout is over."""
        self._connecting.pop(connection, None)

    def stalled(self, connection: Connection, now: float) -> None:
        """The transport holds bytes: watch that it gets rid of some."""
        if connection not in self._stalled:
            self._stalled[connection] = (now, connection.taken)

    def closing(self, connection: Connection, now: float) -> None:
        """Gone after the linger time at the latest."""
        self._slots[self._slot_of.pop(connection, 0)].discard(connection)
        self._connecting.pop(connection, None)
        self._stalled.pop(connection, None)
        self._closing[connection] = now + self._settings.linger

    def gone(self, connection: Connection) -> None:
        """Forget it."""
        self._closing.pop(connection, None)

    @property
    def connecting(self) -> int:
        """Connections that are not accepted yet."""
        return len(self._connecting)

    @property
    def stalling(self) -> int:
        """Connections whose transport holds bytes."""
        return len(self._stalled)

    def tick(self, now: float) -> None:
        """One slot's visits and whatever is overdue."""
        self._now_at = (self._now_at + 1) % _SLOTS
        for connection in list(self._slots[self._now_at]):
            self._visit(connection)
        for connection in _overdue(self._connecting, now):
            connection.cut("connect_timeout", retry=True)
        for connection in _overdue(self._closing, now):
            del self._closing[connection]
            connection.abort("linger")
        for connection, (since, taken) in list(self._stalled.items()):
            if connection.buffered == 0:
                del self._stalled[connection]
            elif connection.taken - taken >= PROGRESS:
                self._stalled[connection] = (now, connection.taken)
            elif now - since >= self._settings.stall_timeout:
                connection.cut("too_slow", retry=True)

    def _visit(self, connection: Connection) -> None:
        if not connection.heard:
            connection.abort("dead")
            return
        connection.heard = False
        extra = self._extra(connection) if connection.state is State.LIVE else b""
        connection.push(packets.EIO_PING + extra)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._settings.ping_interval / _SLOTS, self._fire, loop)

    def _fire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._arm(loop)
        self.tick(loop.time())


def _overdue(deadlines: dict[Connection, float], now: float) -> list[Connection]:
    found = []
    for connection, deadline in deadlines.items():
        if deadline > now:
            break
        found.append(connection)
    return found
