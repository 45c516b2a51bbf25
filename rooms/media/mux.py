"""One UDP port for every connection of a worker.

Datagrams are read in a loop until there are none (or until a batch is full, so that nothing else starves),
and told apart by their first byte (RFC 7983): checks find their connection by the ufrag in them, everything
else by the address a believed check came from. Media goes straight into one function, without a queue.
An address that no check vouched for is answered with nothing.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from rooms.media import ice
from rooms.media.outgoing import Outgoing

BATCH = 256  # datagrams per turn of the loop
BUFFER = 4 * 1024 * 1024  # bytes the kernel may hold in each direction
LONGEST = 2_048

Address = tuple[Any, ...]


class End(Protocol):
    """A connection as the port knows it."""

    here: ice.Credentials
    remote_ufrag: str
    address: Address | None
    name: Any  # the same, as the kernel reads it

    def vouched(self, now: float) -> None:
        """A believed check came."""

    def record(self, data: bytes) -> None:
        """A DTLS record came."""


E = TypeVar("E", bound=End)


class UdpMux(Generic[E]):
    """The port; `packet(end, data, now)` gets every SRTP and SRTCP datagram of a known address."""

    packet: Callable[[E, bytes, float], None]  # set before `listen`, as is
    drained: Callable[[], None]  # called when there are no more for now

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.socket.bind((host, port))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.out = Outgoing(self.socket)
        self._by_ufrag: dict[str, E] = {}
        self._by_address: dict[Address, E] = {}

    def listen(self) -> None:
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def add(self, end: E) -> None:
        self._by_ufrag[end.here.ufrag] = end

    def remove(self, end: E) -> None:
        self._by_ufrag.pop(end.here.ufrag, None)
        if end.address is not None and self._by_address.get(end.address) is end:
            del self._by_address[end.address]

    def send(self, data: bytes, address: Address) -> None:
        """A datagram the kernel has no room for is lost, as datagrams are."""
        with suppress(OSError):
            self.socket.sendto(data, address)

    def _read(self) -> None:
        receive = self.socket.recvfrom
        by_address = self._by_address
        packet = self.packet
        for _ in range(BATCH):
            try:
                data, address = receive(LONGEST)
            except BlockingIOError:
                break
            except OSError:  # what an earlier datagram met (ICMP); it is lost
                continue
            if not data:
                continue
            first = data[0]
            if 127 < first < 192:
                end = by_address.get(address)
                if end is not None:
                    packet(end, data, monotonic())
            elif first < 4:
                self._check(data, address)
            elif 19 < first < 64:
                end = by_address.get(address)
                if end is not None:
                    end.record(data)
        self.drained()

    def _check(self, data: bytes, address: Address) -> None:
        check = ice.read(data)
        end = None if check is None else self._by_ufrag.get(check.local)
        if check is None or end is None:
            return
        seen = (address[0].removeprefix("::ffff:"), address[1])  # IPv4 on a socket for both
        response = ice.answer(check, end, seen)
        if response is None:
            return
        if address != end.address and (check.nominated or end.address is None):
            if end.address is not None and self._by_address.get(end.address) is end:
                del self._by_address[end.address]
            self.drained()  # nothing of the batch may point to the old name
            self._by_address[address] = end
            end.address = address
            end.name = self.out.name_of(address)
        end.vouched(monotonic())
        self.send(response, address)
