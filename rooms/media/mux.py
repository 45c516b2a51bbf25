"""One UDP port for every connection of a worker.

Datagrams are read until there are none (or for a turn, so that nothing else starves), and told apart by
their first byte (RFC 7983): media goes straight down the `Path`, without a queue; checks find their
connection by the ufrag in them, everything else by the address a believed check came from. An address that
no check vouched for is answered with nothing.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from rooms.media import ice
from rooms.media.path import Address, Path

# Bytes the kernel may hold. What comes faster than it is read is to be lost, and asked for again, before it
# is stale: of 4,400 packets a second (238 people) this is 0.3 s, and more than a second of a small room.
# Debian lets a process have 208 KB of it: 50 ms, and on a busy machine a percent of everything is lost.
COMING, LEAVING = 1536 * 1024, 4 * 1024 * 1024
BUFFERS = (  # as root, and as everybody else: no more than net.core.rmem_max, net.core.wmem_max
    (socket.SO_RCVBUF, 33, COMING),  # SO_RCVBUFFORCE
    (socket.SO_SNDBUF, 32, LEAVING),  # SO_SNDBUFFORCE
)
log = logging.getLogger(__name__)


class End(Protocol):
    """A connection as the port knows it."""

    here: ice.Credentials
    remote_ufrag: str
    address: Address | None
    name: Any  # the same, as the path writes it

    def vouched(self, now: float) -> None:
        """A believed check came."""

    def record(self, data: bytes) -> None:
        """A DTLS record came."""


E = TypeVar("E", bound=End)


def bind(host: str, port: int) -> socket.socket:
    """The port; "::" takes IPv4 as well. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    widen(bound)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def widen(port: socket.socket) -> None:
    """Room in the kernel for what comes and goes at once."""
    for usual, forced, size in BUFFERS:
        try:
            port.setsockopt(socket.SOL_SOCKET, forced, size)
        except PermissionError:
            port.setsockopt(socket.SOL_SOCKET, usual, size)
        there = port.getsockopt(socket.SOL_SOCKET, usual) // 2  # the kernel counts its own part as much again
        if there < size:
            log.warning("the kernel holds %d bytes for the port, not %d: see net.core.rmem_max", there, size)


class UdpMux(Generic[E]):
    def __init__(self, port: socket.socket, path: Path) -> None:
        self._socket = port
        self._path = path
        self.port: int = port.getsockname()[1]
        self._by_ufrag: dict[str, E] = {}
        self._by_key: dict[Any, E] = {}  # `Path.key_of` a vouched address

    def listen(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def add(self, end: E) -> None:
        self._by_ufrag[end.here.ufrag] = end

    def remove(self, end: E) -> None:
        self._by_ufrag.pop(end.here.ufrag, None)
        self._forget(end)

    def send(self, data: bytes, address: Address) -> None:
        """A datagram the kernel has no room for is lost, as datagrams are."""
        with suppress(OSError):
            self._socket.sendto(data, address)

    def _read(self) -> None:
        self._path.read(self._by_key, self._other)

    def _other(self, data: bytes, key: Any) -> None:
        """No media."""
        if data[0] < 4:
            self._check(data, key)
        elif 19 < data[0] < 64:
            end = self._by_key.get(key)
            if end is not None:
                end.record(data)

    def _check(self, data: bytes, key: Any) -> None:
        check = ice.read(data)
        end = None if check is None else self._by_ufrag.get(check.local)
        if check is None or end is None:
            return
        address = self._path.address_of(key)
        seen = (address[0].removeprefix("::ffff:"), address[1])  # IPv4 on a socket for both
        response = ice.answer(check, end, seen)
        if response is None:
            return
        if address != end.address and (check.nominated or end.address is None):
            self._forget(end)
            self._path.flush()  # nothing of the batch may point to the old name
            self._by_key[key] = end
            end.address = address
            end.name = self._path.name_of(address)
        end.vouched(monotonic())
        self.send(response, address)

    def _forget(self, end: E) -> None:
        """Its address is nobody's, unless it is another's already."""
        if end.address is not None:
            key = self._path.key_of(end.address)
            if self._by_key.get(key) is end:
                del self._by_key[key]
