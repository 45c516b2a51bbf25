"""A socket server on a free port, on asyncio and on uvloop, and peers that are closed when the test ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import uvloop
from aiohttp import web

from server.wire.sockets import Connection, Handlers, Settings, SocketServer, frame, path
from tests.wire.sockets.peer import PATIENCE, Peer, until

QUICK = Settings(ping_interval=0.4, connect_timeout=5.0, linger=0.5, stall_timeout=5.0, rate=1e5, burst=1e5)


class Live:
    """A server with an owner that lets everyone in under the topics named in its auth, and remembers."""

    def __init__(self, settings: Settings, **handlers: Any) -> None:
        self.accepted: asyncio.Queue[Connection] = asyncio.Queue()
        self.left: asyncio.Queue[str] = asyncio.Queue()
        self.events: asyncio.Queue[tuple[str, Any, int | None]] = asyncio.Queue()
        self.auths: list[Any] = []
        self.port = 0
        chosen: dict[str, Any] = {
            "on_connect": self.on_connect,
            "on_event": self.on_event,
            "on_disconnect": lambda _connection, reason: self.left.put_nowait(reason),
        }
        self.sockets = SocketServer(settings, Handlers(**(chosen | handlers)))
        self._runner: web.AppRunner | None = None
        self._peers: list[Peer] = []

    async def on_connect(self, auth: bytes | None, connection: Connection, _remote: str) -> str:
        """Joins the topics of the auth, or "all"."""
        given = None if auth is None else msgspec.msgpack.decode(auth)
        self.auths.append(given)
        topics = given.get("topics", ["all"]) if isinstance(given, dict) else ["all"]
        connection.write(frame("welcome", msgspec.msgpack.encode({"topics": topics})))
        self.sockets.audience.join(connection, topics)
        self.accepted.put_nowait(connection)
        return "someone"

    def on_event(self, connection: Connection, name: str, raw: msgspec.Raw, ack_id: int | None) -> None:
        """Answers with the argument."""
        self.events.put_nowait((name, msgspec.msgpack.decode(raw), ack_id))
        if ack_id is not None:
            connection.reply(ack_id, bytes(raw))

    async def start(self) -> Live:
        """Opens a free port."""
        app = web.Application()
        self.sockets.attach(app)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Closes server and peers."""
        await asyncio.gather(*(peer.close() for peer in self._peers))
        assert self._runner is not None
        await self.sockets.close(drain=0.5)
        await self._runner.cleanup()

    async def open(
        self, query: str = "EIO=4&transport=websocket", early: bytes = b"", **headers: str
    ) -> Peer:
        """Upgraded."""
        peer = await Peer.open(self.port, query, early, **headers)
        self._peers.append(peer)
        return peer

    async def connect(self, *topics: str) -> Peer:
        """Accepted, the welcome read."""
        peer = await Peer.connected(self.port, {"topics": list(topics)} if topics else None)
        self._peers.append(peer)
        assert (await peer.event())[0] == "welcome"
        return peer

    async def connection(self) -> Connection:
        """The next one accepted."""
        return await asyncio.wait_for(self.accepted.get(), PATIENCE)

    async def reason(self) -> str:
        """Of the next one that left."""
        return await asyncio.wait_for(self.left.get(), PATIENCE)

    async def until_gone(self, left: int) -> None:
        """Only so many connections are left, the cut ones counted."""
        await until(lambda: self.sockets.stats()["connections"] == left)

    async def until_empty(self) -> None:
        """No connection is left, cut or not."""
        await self.until_gone(0)


Start = Callable[..., Any]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every test here runs on both loops."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def one_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """asyncio goes with the path in Python, uvloop with the compiled one where there is one."""
    before = path.way
    if "[asyncio" in request.node.name:
        path.use("python")
    yield
    path.use(before)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """`await start(ping_interval=…, handlers={…})`."""
    running: list[Live] = []

    async def begin(*, handlers: dict[str, Any] | None = None, **changes: Any) -> Live:
        live = await Live(replace(QUICK, **changes), **(handlers or {})).start()
        running.append(live)
        return live

    yield begin
    for live in running:
        await live.stop()


@pytest.fixture
async def live(start: Start) -> Live:
    """With short intervals and no rate limit to speak of."""
    begun: Live = await start()
    return begun
