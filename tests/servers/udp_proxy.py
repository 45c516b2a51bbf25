"""A bad network before a UDP port: loss in bursts, delay, jitter, a narrow way, darkness, new source ports.

    with UdpProxy(worker_port, seed=7) as proxy:
        ...clients are told proxy.port...
        proxy.disturb(loss=0.05, burst=4, delay=0.1)         # both ways, everybody, from now on
        proxy.disturb("down", rate=300_000)                   # bits a second, with a queue that overflows
        proxy.disturb(dark=True)                              # nothing passes
        proxy.rebind()                                        # the worker sees new source ports
        proxy.heal()

Rules
- Loss comes in bursts as Gilbert described them, from a good state and a bad one that loses all: `loss` is
  the share in the long run, `burst` the mean number of datagrams lost in a row.
- A narrow way sends one datagram after the other and holds at most QUEUE seconds of them; more is lost.
- Delay keeps the order, also with jitter, as real queues do; `reorder` is the share that overtakes others.
- Chance comes from the seed. One thread, ended by `close`.
"""

import random
import select
import socket
import threading
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from time import monotonic
from typing import Any, Literal

QUEUE = 0.4
"""Seconds of traffic that a narrow way holds."""
OVERTAKES = 0.03
"""Seconds that a datagram which others overtake is late."""
LONGEST_WAIT = 0.1
DATAGRAM = 2_048

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Weather:
    """How one direction is. Seconds, bits a second, shares of one."""

    loss: float = 0.0
    burst: float = 1.0
    delay: float = 0.0
    jitter: float = 0.0
    reorder: float = 0.0
    rate: float = 0.0  # 0: as wide as loopback
    dark: bool = False


class Way:
    """One client's one direction; time is an argument."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._bad = False
        self._free_at = 0.0
        self._last = 0.0

    def due(self, size: int, now: float, weather: Weather) -> float | None:
        """When a datagram of so many bytes arrives; None: it is lost."""
        if weather.dark or self._bursts(weather):
            return None
        leaves = now
        if weather.rate:
            leaves = max(now, self._free_at)
            if leaves - now > QUEUE:
                return None
            leaves = self._free_at = leaves + size * 8 / weather.rate
        arrives = leaves + weather.delay + weather.jitter * self._chance.random()
        if weather.reorder and self._chance.random() < weather.reorder:
            return arrives + OVERTAKES
        self._last = max(self._last, arrives)
        return self._last

    def _bursts(self, weather: Weather) -> bool:
        if not weather.loss:
            self._bad = False
        elif self._bad:
            self._bad = self._chance.random() >= 1 / weather.burst
        else:
            # so that the share of time in the bad state is `loss`
            self._bad = self._chance.random() < weather.loss / (weather.burst * (1 - weather.loss))
        return self._bad


class Client:
    """One source address, and the socket the worker knows it by."""

    def __init__(self, address: tuple[str, int], ways: dict[Direction, Way]) -> None:
        self.address = address
        self.ways = ways
        self.behind = _socket()


class UdpProxy:
    """Listens on `port` of `host` and forwards to `target` there. Counts what passed and what was lost."""

    def __init__(self, target: int, seed: int = 0, host: str = "127.0.0.1") -> None:
        self.target = (host, target)
        self.passed: dict[Direction, int] = {"up": 0, "down": 0}
        self.lost: dict[Direction, int] = {"up": 0, "down": 0}
        self._chance = random.Random(seed)
        self._weather: dict[Direction, Weather] = {"up": Weather(), "down": Weather()}
        self._front = _socket()
        self._front.bind((host, 0))
        self.port: int = self._front.getsockname()[1]
        self._clients: dict[tuple[str, int], Client] = {}
        self._old: list[socket.socket] = []
        self._rebinds = False
        self._over = False
        self._flight: list[tuple[float, int, Direction, Client, bytes]] = []
        self._number = count()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> "UdpProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def disturb(self, direction: Direction | None = None, **weather: Any) -> None:
        """Change what is named, in one direction or both."""
        for each in self._weather:
            if direction in (None, each):
                self._weather[each] = replace(self._weather[each], **weather)

    def heal(self) -> None:
        for each in self._weather:
            self._weather[each] = Weather()

    def rebind(self) -> None:
        """Every client has a new port at the worker; what is sent to the old one is lost."""
        self._rebinds = True

    def close(self) -> None:
        self._over = True
        self._thread.join(5)

    def _run(self) -> None:
        while not self._over:
            if self._rebinds:
                self._rebind()
            self._deliver()
            wait = self._flight[0][0] - monotonic() if self._flight else LONGEST_WAIT
            behind = {client.behind: client for client in self._clients.values()}
            ready, _, _ = select.select([self._front, *behind], [], [], min(max(wait, 0.0), LONGEST_WAIT))
            for each in ready:
                self._take(each, behind.get(each))
        for each in (self._front, *self._old, *(client.behind for client in self._clients.values())):
            each.close()

    def _take(self, source: socket.socket, client: Client | None) -> None:
        """Everything that waits in one socket."""
        while True:
            try:
                data, address = source.recvfrom(DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # what an earlier datagram met (ICMP)
                continue
            direction: Direction = "up" if client is None else "down"
            self._carry(direction, client or self._known(address), data)

    def _known(self, address: tuple[str, int]) -> Client:
        client = self._clients.get(address)
        if client is None:
            ways: dict[Direction, Way] = {"up": Way(self._chance), "down": Way(self._chance)}
            client = self._clients[address] = Client(address, ways)
        return client

    def _carry(self, direction: Direction, client: Client, data: bytes) -> None:
        now = monotonic()
        due = client.ways[direction].due(len(data), now, self._weather[direction])
        if due is None:
            self.lost[direction] += 1
        elif due <= now:
            self._send(direction, client, data)
        else:
            heappush(self._flight, (due, next(self._number), direction, client, data))

    def _deliver(self) -> None:
        now = monotonic()
        while self._flight and self._flight[0][0] <= now:
            _, _, direction, client, data = heappop(self._flight)
            self._send(direction, client, data)

    def _send(self, direction: Direction, client: Client, data: bytes) -> None:
        self.passed[direction] += 1  # before it goes: who has received it finds it counted
        try:
            if direction == "up":
                client.behind.sendto(data, self.target)
            else:
                self._front.sendto(data, client.address)
        except OSError:  # nobody there, or no room: lost, as datagrams are
            self.passed[direction] -= 1
            self.lost[direction] += 1

    def _rebind(self) -> None:
        self._rebinds = False
        for client in self._clients.values():
            self._old.append(client.behind)  # kept, so that its port is nobody else's
            client.behind = _socket()


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
