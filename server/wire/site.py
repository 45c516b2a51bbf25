"""The site: every route behind one door, and the listening socket under it."""

import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.wire.caller import Caller
from server.wire.hosted import Hosted
from server.wire.http.board import Board
from server.wire.http.dispatches import Dispatches
from server.wire.http.door import Door, guarded
from server.wire.http.drills import Drills, Stage
from server.wire.http.edxl import Edxl
from server.wire.http.files import CHUNK_AT_MOST, Files
from server.wire.http.history import History
from server.wire.http.media import Media
from server.wire.http.pace import Pace
from server.wire.http.pages import Pages
from server.wire.http.pairing import Pairing
from server.wire.http.signing import Signing
from server.wire.http.snapshot import Snapshot
from server.wire.http.sourcing import Sourcing
from server.wire.http.stock import Stock
from server.wire.http.trust import Trust
from server.wire.http.webhooks import Webhooks
from server.wire.live import Live
from server.wire.media_metrics import MediaMetrics
from server.wire.metrics import Metrics
from server.wire.sockets import Settings, SocketServer

DRAIN_SECONDS = 5.0
OFFER_AT_MOST = 256 * 1024  # an SDP of many slots, as browsers write it
BACKLOG = 4096  # a whole district may come back within a second


class Site:
    """`start` on a bound socket, `close` drains the clients first."""

    def __init__(
        self,
        door: Door,
        live: Live,
        hosted: dict[str, Hosted],
        stage: Stage,
        web_dir: Path,
        geo: Path,
        media: MediaMetrics,
        deaf: Callable[[], bool | None],
        trust: Trust | None,
        caller: Caller,
    ) -> None:
        self._live = live
        self._sockets = SocketServer(_sockets(door), live.handlers())
        app = web.Application(middlewares=[guarded(door.settings)], client_max_size=CHUNK_AT_MOST + 64 * 1024)
        self._sockets.attach(app)
        if trust is not None:
            app.add_routes(trust.routes())
        pace = Pace(door.settings.rate)
        sourcing = Sourcing(door, pace)
        stock = Stock(door, pace)
        app.on_cleanup.extend((sourcing.close, stock.close))
        for area in (
            Signing(door),
            Snapshot(door, pace),
            Files(door),
            Pairing(door),
            History(door),
            Drills(door, stage),
            Media(door),
            Board(door, pace),
            sourcing,
            stock,
            Dispatches(door, pace),
            Edxl(door, pace),
            Webhooks(door, pace, caller),
            Pages(door, web_dir, geo, Metrics(hosted, self._sockets, media, deaf)),
        ):
            app.add_routes(area.routes())
        logging.getLogger("aiohttp.server").addFilter(_ours)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=DRAIN_SECONDS
        )

    async def start(self, *listening: tuple[socket.socket, ssl.SSLContext | None]) -> None:
        """On bound sockets, each with its encryption or plain."""
        self._live.presence.start()
        self._live.warden.start()
        await self._runner.setup()
        for bound, encryption in listening:
            await web.SockSite(self._runner, bound, ssl_context=encryption, backlog=BACKLOG).start()

    async def close(self) -> None:
        """Take nobody new, tell the clients to come back later, let them go."""
        await self._live.presence.stop()
        await self._live.warden.stop()
        await self._sockets.close(DRAIN_SECONDS)
        await self._runner.cleanup()


def _ours(record: logging.LogRecord) -> bool:
    """Not what a client did: aiohttp tells every malformed or broken-off request as an error, at length."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, (HttpProcessingError, web.RequestPayloadError, ConnectionError))


def _sockets(door: Door) -> Settings:
    settings = door.settings
    return Settings(
        origins=frozenset(settings.origins),
        max_connections=settings.max_connections,
        rate=settings.rate,
        burst=settings.rate * 3,
        ping_interval=settings.ping_interval,
        stall_timeout=settings.stall_timeout,
        max_buffered=settings.max_buffered,
        large={"media": OFFER_AT_MOST},
        events={"act": True, "preview": True, "presence": False, "media": True},
    )
