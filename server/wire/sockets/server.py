"""The socket layer's one door: upgrade, connect, publish, close.

    sockets = SocketServer(settings, Handlers(on_connect=…, on_event=…))
    sockets.attach(app)                        # an aiohttp application
    sockets.audience.join(connection, topics)  # when the owner has written what precedes the live events
    sockets.publish(batch)

Several logs in one process: one `Audience()` each, `audience.publish(batch)`.
Everything runs on the event loop's thread; nothing here is a task but a CONNECT that is being decided.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence

from aiohttp import web

from server.wire.sockets import frames
from server.wire.sockets.audience import Audience, Outgoing
from server.wire.sockets.connection import Connection, State
from server.wire.sockets.core import Core
from server.wire.sockets.engine import (
    UpgradeRefused,
    accepted,
    as_refusal,
    check_upgrade,
    greeting,
    take_over,
)
from server.wire.sockets.heartbeat import Heartbeat
from server.wire.sockets.inbound import Inbound
from server.wire.sockets.settings import Handlers, Refused, Settings


class SocketServer:
    """See the module; `settings` and `handlers` are in settings.py."""

    def __init__(self, settings: Settings, handlers: Handlers) -> None:
        self.settings = settings
        self.audience = Audience()
        self._handlers = handlers
        self._core = Core(handlers)
        self._connections = self._core.eio.connections
        self._heartbeat = Heartbeat(settings, handlers.heartbeat)
        self._inbound = Inbound(settings, handlers, self._connect)
        self._admissions: dict[Connection, asyncio.Task[None]] = {}
        self._cuts: Counter[str] = Counter()
        self._ends: Counter[str] = Counter()
        self._refused_upgrades: Counter[str] = Counter()
        self._refused = 0
        self._closed = False
        self._empty: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self, app: web.Application, path: str = "/socket.io/") -> None:
        """Serves the path and closes with the application."""
        app.router.add_get(path, self._upgrade)
        app.on_shutdown.append(self._on_shutdown)

    def publish(self, batch: Sequence[Outgoing]) -> None:
        """Fan-out to the default audience."""
        self.audience.publish(batch)

    async def close(self, drain: float = 5.0) -> None:
        """Takes no more, cuts everyone with `going_away`, waits at most `drain` seconds for them to go."""
        self._closed = True
        for connection in list(self._connections.values()):
            connection.cut("going_away", retry=True, close=frames.GOING_AWAY)
        if self._connections:
            self._empty = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), drain)
        for connection in list(self._connections.values()):
            connection.abort("going_away")
        self._heartbeat.stop()

    def connections(self) -> list[Connection]:
        """All that are accepted and not cut."""
        return [one for one in self._connections.values() if one.state is State.LIVE]

    def stats(self) -> dict[str, int | dict[str, int]]:
        """For metrics: gauges and counters since the start."""
        return {
            "connections": len(self._connections),
            "connecting": self._heartbeat.connecting,
            "stalled": self._heartbeat.stalling,
            "delivered": self.audience.delivered,
            "sent_bytes": self.audience.sent_bytes,
            "cuts": dict(self._cuts),
            "ends": dict(self._ends),
            "refused_connects": self._refused,
            "refused_upgrades": dict(self._refused_upgrades),
            "inbound": dict(self._inbound.counted),
        }

    # HTTP

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        try:
            return self._open(request)
        except UpgradeRefused as refused:
            self._refused_upgrades[refused.code] += 1
            return refused.response()

    def _open(self, request: web.Request) -> web.StreamResponse:
        key = check_upgrade(request, self.settings.origins)
        if (
            self._closed
            or len(self._connections) >= self.settings.max_connections
            or self._heartbeat.connecting >= self.settings.max_unconnected
        ):
            raise UpgradeRefused(503, "overloaded", retry=True, headers={"Retry-After": "2"})
        try:
            context = self._handlers.on_upgrade(request)
        except Refused as refused:
            raise as_refusal(refused) from None
        loop = self._loop = asyncio.get_running_loop()
        self._heartbeat.start(loop)
        sid = self._core.eio.generate_id()
        connection = Connection(self, sid, request.remote or "", context, loop.time())
        self._connections[sid] = connection
        self._heartbeat.opened(connection, loop.time())
        return take_over(request, connection, accepted(key) + greeting(sid, self.settings))

    async def _on_shutdown(self, _app: web.Application) -> None:
        if not self._closed:
            await self.close()

    # CONNECT

    def _connect(self, connection: Connection, auth: bytes | None) -> None:
        connection.state = State.CONNECTING
        loop = asyncio.get_running_loop()
        self._admissions[connection] = loop.create_task(self._admit(connection, auth))

    async def _admit(self, connection: Connection, auth: bytes | None) -> None:
        try:
            if await self._core.admit(connection, auth):
                self._heartbeat.accepted(connection)
                connection.accept()
            elif connection.state is State.CONNECTING:
                self._refused += 1
                connection.close("refused")
        finally:
            self._admissions.pop(connection, None)

    # What connections tell (see connection.Gate)

    def on_message(self, connection: Connection, opcode: int, payload: bytes) -> None:
        assert self._loop is not None
        self._inbound.message(connection, opcode, payload, self._loop.time())

    def on_event(self, connection: Connection, name: str, argument: bytes, ack_id: int | None) -> None:
        assert self._loop is not None
        self._inbound.event(connection, name, argument, ack_id, self._loop.time())

    def on_stall(self, connection: Connection) -> None:
        assert self._loop is not None
        self._heartbeat.stalled(connection, self._loop.time())

    def on_leaving(self, connection: Connection, was: State, reason: str, cut: bool) -> None:
        assert self._loop is not None
        (self._cuts if cut else self._ends)[reason] += 1
        if connection.audience is not None:
            connection.audience.leave(connection)
        self._heartbeat.closing(connection, self._loop.time())
        self._core.manager.forget(connection.sid)
        task = self._admissions.get(connection)
        if task is not None and reason != "refused":
            task.cancel()
        if was is State.LIVE:
            self._loop.call_soon(self._handlers.on_disconnect, connection, reason)

    def on_gone(self, connection: Connection) -> None:
        self._heartbeat.gone(connection)
        self._connections.pop(connection.sid, None)
        if self._empty is not None and not self._connections:
            self._empty.set()
