"""Engine.IO v4 over websocket only: the HTTP upgrade, and the little python-socketio asks of its engine.

The upgrade arrives as an ordinary aiohttp request. Once it is found good, the transport is taken away from
aiohttp (`set_protocol`) and aiohttp's own objects for it (RequestHandler, request, parser, task) are let
go: an idle connection then costs a transport, a `Connection` and a few dict entries. permessage-deflate is
never agreed to: it would compress once per recipient.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import engineio
import msgspec
from aiohttp import web

from server.wire.sockets import frames
from server.wire.sockets.connection import State
from server.wire.sockets.settings import Refused

if TYPE_CHECKING:
    import asyncio

    from server.wire.sockets.connection import Connection
    from server.wire.sockets.settings import Settings

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class UpgradeRefused(Exception):
    """Answered as HTTP: a browser only sees that the websocket failed, people and proxies see why."""

    def __init__(
        self, status: int, code: str, *, retry: bool = False, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry = retry
        self.headers = headers

    def response(self) -> web.Response:
        """The JSON error all of our HTTP uses."""
        body = {"error": {"code": self.code, "retry": self.retry}}
        return web.json_response(body, status=self.status, headers=self.headers)


class _Taken(web.Response):
    """What the aiohttp handler returns after the transport is gone: writes nothing."""

    def __init__(self) -> None:
        super().__init__(status=101)
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


def check_upgrade(request: web.Request, origins: frozenset[str]) -> str:
    """The Sec-WebSocket-Key of a request that may be upgraded; raises UpgradeRefused."""
    headers = request.headers
    if request.query.get("EIO") != "4":
        raise UpgradeRefused(400, "bad_packet")
    upgrade = headers.get("Upgrade", "").lower()
    if request.query.get("transport") != "websocket" or upgrade != "websocket":
        raise UpgradeRefused(400, "websocket_only")
    if headers.get("Sec-WebSocket-Version") != "13":
        raise UpgradeRefused(426, "bad_packet", headers={"Sec-WebSocket-Version": "13"})
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        complete = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        complete = False
    if not complete:
        raise UpgradeRefused(400, "bad_packet")
    origin = headers.get("Origin")
    if origin is not None and origin not in origins and not same_origin(origin, request.host):
        raise UpgradeRefused(403, "bad_origin")
    return key


def same_origin(origin: str, host: str) -> bool:
    """Host and port agree; the scheme is the proxy's affair, since TLS ends there."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


def accepted(key: str) -> bytes:
    """The 101 response."""
    digest = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
    )


def greeting(sid: str, settings: Settings) -> bytes:
    """Engine.IO's open packet."""
    half = int(settings.ping_interval * 1000)
    opened = {
        "sid": sid,
        "upgrades": [],
        "pingInterval": half,
        "pingTimeout": half,
        "maxPayload": settings.max_message,
    }
    return frames.encode(frames.TEXT, b"0" + msgspec.json.encode(opened))


def take_over(request: web.Request, connection: asyncio.Protocol, first: bytes) -> web.StreamResponse:
    """Moves the transport from aiohttp to the connection and sends `first` on it."""
    handler = request.protocol
    transport = request.transport
    if transport is None:
        raise UpgradeRefused(400, "bad_packet")
    early = bytes(getattr(handler, "_message_tail", b""))
    transport.set_protocol(connection)
    handler.transport = None  # what aiohttp no longer has, it cannot close
    handler.connection_lost(None)
    connection.connection_made(transport)
    transport.write(first)
    transport.resume_reading()
    if early:
        connection.data_received(early)
    return _Taken()


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """What python-socketio sees: sids and `send`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(async_mode="aiohttp", logger=logging.getLogger("engineio.server"), **options)
        self.connections: dict[str, Connection] = {}

    async def send(self, sid: str, data: bytes | str) -> None:
        """One Socket.IO packet, on the connection's one path. What is on its way out gets no more."""
        connection = self.connections.get(sid)
        if connection is not None and connection.state <= State.LIVE:
            payload = data.encode() if isinstance(data, str) else data
            connection.push(frames.encode(frames.BINARY, payload))

    async def disconnect(self, sid: str | None = None) -> None:
        """Closes one connection, or all."""
        for one in [self.connections.get(sid)] if sid else list(self.connections.values()):
            if one is not None:
                one.close("server")

    async def shutdown(self) -> None:
        """Nothing runs here: the socket server closes its connections itself."""


def as_refusal(refused: Refused) -> UpgradeRefused:
    """The owner refused before the upgrade."""
    return UpgradeRefused(403, refused.code, retry=refused.retry)
