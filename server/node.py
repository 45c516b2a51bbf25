"""One process of a district: the store, its logs, the wire over them, the followers behind them.

Everything is put together here and only here. `open_log` and `close_log` serve the district's own log at
start and the drills that come and go.
"""

import asyncio
import logging
from pathlib import Path

from aiohttp import web

from server.domain.house import FoundDistrict
from server.drills import Stage
from server.engine.engine import Engine, Pace
from server.engine.follower import Follower
from server.founding import SAMPLE_GEO
from server.history import keeper
from server.settings import Settings
from server.store.store import Store
from server.wire.hosted import Hosted
from server.wire.http.door import Door, guarded
from server.wire.http.drills import Drills
from server.wire.http.files import CHUNK_AT_MOST, Files
from server.wire.http.history import History
from server.wire.http.pages import Pages
from server.wire.http.pairing import Pairing
from server.wire.http.signing import Signing
from server.wire.live import Live
from server.wire.metrics import Metrics
from server.wire.sign_in import SignIn
from server.wire.sockets import Settings as SocketSettings
from server.wire.sockets import SocketServer

log = logging.getLogger(__name__)
WEB = Path(__file__).resolve().parent / "web"
SWEEP_SECONDS = 3600.0


class NotFounded(Exception):
    """The database holds no district yet."""


class Node:
    """`await Node.open(settings)`, then serve `app`, then `close`."""

    def __init__(self, settings: Settings, store: Store, district: str) -> None:
        self.settings = settings
        self.store = store
        self.district = district
        self.engines: dict[str, Engine] = {}
        self.hosted: dict[str, Hosted] = {}
        self._followers: dict[str, Follower] = {}
        self.sign_in = SignIn(store, self.engines, settings.session_days)
        self.live = Live(self.hosted, self.sign_in, settings)
        self.sockets = SocketServer(_socket_settings(settings), self.live.handlers())
        self.stage = Stage(self)
        self.app = self._web()
        self._sweeper: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, settings: Settings) -> "Node":
        """Raises NotFounded, JournalDown."""
        store = await Store.open(settings.database_url, settings.blobs)
        rows = await store.logs()
        district = next((row.log for row in rows if row.kind == "district"), None)
        if district is None:
            await store.close()
            raise NotFounded
        node = cls(settings, store, district)
        for row in rows:
            await node.open_log(row.log)
        node.live.presence.start()
        node._sweeper = asyncio.create_task(node._sweep(), name="sweep")
        return node

    async def open_log(self, name: str, founding: FoundDistrict | None = None) -> Hosted:
        """Bring a log to life on this node; with `founding` it gets its first entry."""
        engine = Engine(self.store.journal(name), _pace(self.settings))
        await engine.start()
        if founding is not None:
            await engine.ask("found", None, founding)
        hosted = Hosted(engine)
        self.engines[name], self.hosted[name] = engine, hosted
        follower = self._followers[name] = keeper(self.store, engine)
        follower.start()
        return hosted

    async def close_log(self, name: str) -> None:
        """Take a log off this node; its clients are cut."""
        hosted = self.hosted.pop(name)
        self.engines.pop(name)
        for connections in list(hosted.seats.values()):
            for connection in list(connections):
                connection.cut("log_closed", retry=False)
        await self._followers.pop(name).stop()
        await hosted.engine.close()

    async def close(self) -> None:
        """Drain: stop the drills, cut the sockets, finish the turns, keep snapshots."""
        await self.stage.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self.live.presence.stop()
        await self.sockets.close()
        for name in list(self.hosted):
            await self.close_log(name)
        self.sign_in.close()
        await self.store.close()

    def _web(self) -> web.Application:
        door = Door(self.store, self.hosted, self.sign_in, self.settings, self.district)
        app = web.Application(middlewares=[guarded(self.settings)], client_max_size=CHUNK_AT_MOST + 64 * 1024)
        self.sockets.attach(app)
        for area in (
            Signing(door),
            Files(door),
            Pairing(door),
            History(door),
            Drills(door, self.stage.start, self.stage.end),
            Pages(door, WEB, SAMPLE_GEO, Metrics(self.hosted, self.sockets)),
        ):
            app.add_routes(area.routes())
        return app

    async def _sweep(self) -> None:
        """Forget what has expired."""
        while True:
            now = await self.store.now()
            await self.store.sessions.purge_expired(now)
            await self.store.pairings.purge(now)
            await self.store.throttle.purge(now)
            await self.store.uploads.purge(now - 24 * 3600_000)
            await asyncio.sleep(SWEEP_SECONDS)


def _pace(settings: Settings) -> Pace:
    return Pace(
        turn_timeout=settings.turn_timeout, poll=settings.poll, snapshot_every=settings.snapshot_every
    )


def _socket_settings(settings: Settings) -> SocketSettings:
    return SocketSettings(
        origins=frozenset(settings.origins),
        max_connections=settings.max_connections,
        rate=settings.rate,
        burst=settings.rate * 3,
        ping_interval=settings.ping_interval,
        stall_timeout=settings.stall_timeout,
        max_buffered=settings.max_buffered,
    )
