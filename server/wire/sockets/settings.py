"""What the owner of the socket layer sets and what it is asked.

Everything here is plain values and callables; this layer knows no domain, reads no environment and no clock
but the event loop's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from aiohttp import web

    from server.wire.sockets.connection import Connection

KIB = 1024


class Refused(Exception):
    """Raised by `on_upgrade` or `on_connect`: the client stays out; it is told why and whether to retry."""

    def __init__(self, code: str, retry: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds, sizes in bytes."""

    origins: frozenset[str] = frozenset()  # besides the same origin, e.g. "https://tv.example"
    max_connections: int = 20_000
    max_unconnected: int = 5_000  # upgraded, but not yet accepted by on_connect
    connect_timeout: float = 10.0  # from the upgrade to the CONNECT packet and through on_connect
    ping_interval: float = 20.0  # a peer is dead after two of them at most
    max_message: int = 64 * KIB
    large: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # event: its own limit
    max_auth: int = 8 * KIB  # largest message before the connection is accepted
    max_buffered: int = 1024 * KIB  # written, but not yet taken by the kernel
    stall_timeout: float = 15.0  # buffered and not one byte taken for so long
    linger: float = 3.0  # from the cut to the abort when the peer does not close
    rate: float = 20.0  # messages a second and connection
    burst: float = 60.0  # messages at once; twice as many beyond the rate end the connection
    send_buffer: int = 0  # SO_SNDBUF; 0 leaves it to the kernel
    events: Mapping[str, bool] = field(  # events taken; True: must ask for an ack
        default_factory=lambda: MappingProxyType({"act": True, "preview": True, "presence": False})
    )


def _nothing(_connection: Connection) -> bytes:
    return b""


def _admitted(_connection: Connection, _event: str) -> float:
    return 0.0


def _no_context(_request: web.Request) -> object:
    return None


def _gone(_connection: Connection, _reason: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Handlers:
    """What the owner does.

    on_connect(auth, connection, remote): auth is undecoded msgpack or None. Its result becomes
        `connection.context`; Refused(code, retry) becomes CONNECT_ERROR. What it writes is held and
        follows the acceptance; CancelledError: the client is gone.
    on_event(connection, name, raw, ack_id): synchronous; raw is the event's one argument, undecoded.
    on_disconnect(connection, reason): once per accepted connection; it has left its audience already.
    on_upgrade(request): the only sight of cookies and headers; its result is `connection.context` until
        on_connect replaces it. Refused becomes HTTP 403.
    heartbeat(connection): frames that travel with the ping, e.g. the head.
    admit(connection, event): seconds to wait before this event (0: admitted), e.g. per account.
    """

    on_connect: Callable[[bytes | None, Connection, str], Awaitable[object]]
    on_event: Callable[[Connection, str, msgspec.Raw, int | None], None]
    on_disconnect: Callable[[Connection, str], None] = _gone
    on_upgrade: Callable[[web.Request], object] = _no_context
    heartbeat: Callable[[Connection], bytes] = _nothing
    admit: Callable[[Connection, str], float] = _admitted
