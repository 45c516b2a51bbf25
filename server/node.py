"""One process of a district: the store, its logs, the wire over them, the followers behind them.

Everything is put together here and only here. `open_log` and `close_log` serve the district's own log at
start and the drills that come and go.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from functools import partial
from pathlib import Path

from server.bus.hints import Hints
from server.certificates import Certificates
from server.dispatches import dispatch_keeper
from server.domain.message import SYSTEM
from server.domain.refusal import Code
from server.drills import Stage
from server.engine.engine import Engine, Pace
from server.engine.follower import Follower
from server.engine.journal import JournalDown
from server.founding import SAMPLE_GEO
from server.history import keeper
from server.media.plane import Plane
from server.media.projection import Projection
from server.media.taps import Taps
from server.outfit import camera_address, fit_out, media_folder
from server.recordings import Recordings
from server.settings import Settings
from server.store.seen import Seen
from server.store.store import Store
from server.webhooks import DEAD_SHOWN_MS, Calls
from server.wire.caller import Caller
from server.wire.hosted import Hosted
from server.wire.http.door import Door
from server.wire.http.trust import Trust
from server.wire.live import Live
from server.wire.media_metrics import MediaMetrics
from server.wire.sign_in import SignIn
from server.wire.signalling import Signalling
from server.wire.site import Site
from server.wire.warden import Warden
from server.world.founding import FoundDistrict

log = logging.getLogger(__name__)
WEB = Path(__file__).resolve().parent / "web"
SWEEP_SECONDS = 3600.0
DAY_MS = 24 * 3600_000
UNFINISHED_UPLOAD_MS = DAY_MS


class NotFounded(Exception):
    """The database holds no district yet."""


class Node:
    """`await Node.open(settings)`, `start`, then `close`."""

    def __init__(
        self, settings: Settings, store: Store, district: str, own: Certificates | None = None
    ) -> None:
        self.settings = settings
        self.store = store
        self.district = district
        self.engines: dict[str, Engine] = {}
        self.hosted: dict[str, Hosted] = {}
        self._followers: dict[str, list[Follower]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._seen = Seen(settings.var / "seen")
        self._sweeper: asyncio.Task[None] | None = None
        self._hints = Hints(settings.redis, self._heard) if settings.redis else None
        sign_in = self.sign_in = SignIn(store, self.engines, settings.session_days)
        self._plane = fit_out(settings) if settings.media else Plane()
        self._signalling = Signalling(self.hosted, self._plane)
        spools = settings.var / "recordings"
        cameras = partial(camera_address, self.engines, settings.var / "cameras")
        self._taps = Taps(self._plane, media_folder(settings), spools, cameras)
        self._recordings = Recordings(store, self.engines, self._taps, spools)
        self._stage = Stage(store, self.hosted, sign_in, settings, district, self.open_log, self.close_log)
        self._caller = Caller(settings.webhook_timeout)
        self._calls: Calls | None = None
        self._site = Site(
            Door(store, self.hosted, sign_in, settings, district),
            Live(self.hosted, sign_in, Warden(store, self.hosted), self._signalling, settings),
            self.hosted,
            self._stage,
            WEB,
            settings.geo or SAMPLE_GEO,
            MediaMetrics(self._plane),
            lambda: self._hints.deaf if self._hints is not None else None,
            Trust(own.authority, own.fingerprint) if own is not None else None,
            self._caller,
        )

    @classmethod
    async def open(cls, settings: Settings, own: Certificates | None = None) -> "Node":
        """Raises NotFounded, JournalDown."""
        store = await Store.open(settings.database_url, settings.blobs)
        rows = await store.logs()
        district = next((row.log for row in rows if row.kind == "district"), None)
        if district is None:
            await store.close()
            raise NotFounded
        node = cls(settings, store, district, own)
        await node.open_log(district)
        if not settings.redis:
            # stations end with the process that played them; another node may still play its own
            for row in rows:
                if row.kind == "exercise":
                    await store.drop_log(row.log)
        return node

    async def start(self, *listening: tuple[socket.socket, ssl.SSLContext | None]) -> None:
        """Serve on bound sockets, each with its encryption or plain."""
        await self._site.start(*listening)
        await self._plane.start()
        if self.settings.media:
            self._taps.start()
            self._recordings.start()
        patience = self.settings.webhook_patience
        own = self.engines[self.district]  # and no other: exercises tell nobody
        self._calls = Calls(self.store, own, self._caller, self.settings.webhook_timeout, patience)
        self._calls.start()
        self._sweeper = asyncio.create_task(self._sweep(), name="sweep")
        if self._hints is not None:
            self._hints.start()

    async def open_log(self, name: str, founding: FoundDistrict | None = None) -> Hosted:
        """Bring a log to life on this node; with `founding` it gets its first entry."""
        engine = Engine(self.store.journal(name), _pace(self.settings), self._seen)
        await engine.start()
        if founding is not None:
            await engine.ask("found", None, founding)
        if self._hints is not None:
            engine.on_appended = self._hints.told
        engine.on_gone = partial(self._gone, name)
        hosted = Hosted(engine)
        self.engines[name], self.hosted[name] = engine, hosted
        self._follow_rooms(hosted)
        self._followers[name] = [keeper(self.store, engine), dispatch_keeper(self.store, engine)]
        for follower in self._followers[name]:
            follower.start()
        return hosted

    async def close_log(self, name: str) -> None:
        """Take a log off this node; its clients are cut."""
        await self._let_go(name, for_good=True)
        self._seen.forget(name)

    async def _let_go(self, name: str, *, for_good: bool) -> None:
        hosted = self.hosted.pop(name)
        self.engines.pop(name)
        hosted.cut_all(Code.LOG_CLOSED)
        await self._signalling.unfollow(name, for_good=for_good)
        for follower in self._followers.pop(name):
            await follower.stop()
        await hosted.engine.close()

    def _gone(self, name: str) -> None:
        """Another node has ended the drill: it leaves this one too."""
        task = asyncio.create_task(self._stage.leave(name), name=f"leave {name}")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Drain: stop the drills, cut the sockets, finish the turns, keep snapshots."""
        await self._stage.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await self._site.close()
        if self._calls is not None:
            await self._calls.close()
        await self._caller.close()
        await self._recordings.close()
        await self._taps.close()
        await self._plane.close()
        if self._hints is not None:
            await self._hints.stop()
        for name in list(self.hosted):
            await self._let_go(name, for_good=False)
        self.sign_in.close()
        await self.store.close()

    def _follow_rooms(self, hosted: Hosted) -> None:
        projection = Projection(hosted.engine, self._plane)
        hosted.also_published, hosted.also_restored = projection.told, projection.restored
        self._signalling.follow(projection)

    def _heard(self, name: str) -> None:
        """Another node has appended to a log."""
        engine = self.engines.get(name)
        if engine is not None:
            engine.hint()

    async def _sweep(self) -> None:
        """Forget what has expired."""
        while True:
            try:
                now = await self.store.now()
                await self.store.sessions.purge_expired(now)
                await self.store.pairings.purge(now)
                await self.store.throttle.purge(now)
                await self.store.uploads.purge(now - UNFINISHED_UPLOAD_MS)
                await self.store.blobs.forget_older(SYSTEM, now - self.settings.recordings_days * DAY_MS)
                await self.store.webhooks.purge(now - DEAD_SHOWN_MS)
                await self.store.blobs.sweep()
            except JournalDown as trouble:
                log.warning("sweeping waits: %s", trouble)
            await asyncio.sleep(SWEEP_SECONDS)


def _pace(settings: Settings) -> Pace:
    return Pace(
        turn_timeout=settings.turn_timeout, poll=settings.poll, snapshot_every=settings.snapshot_every
    )
