"""A bad network before a worker's port: a share of the datagrams never comes through, in both directions.

Seeded, and always good for DTLS and checks: what is tested is media. One thread, ended by `close`.
"""

import random
import select
import socket
import threading


class Lossy:
    """Listens on `port`; lose(0.05) from then on loses one media datagram in twenty."""

    def __init__(self, worker_port: int, seed: int = 1) -> None:
        self.worker_port = worker_port
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self.port: int = self._front.getsockname()[1]
        self._chance = random.Random(seed)
        self._share = 0.0
        self._over = False
        self.lost = 0
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def lose(self, share: float) -> None:
        self._share = share

    def close(self) -> None:
        self._over = True
        self._thread.join(5)

    def _drops(self, data: bytes) -> bool:
        media = bool(data) and 127 < data[0] < 192
        dropped = media and self._chance.random() < self._share
        self.lost += dropped
        return dropped

    def _carry(self) -> None:
        behind: dict[tuple[str, int], socket.socket] = {}
        clients: dict[int, tuple[str, int]] = {}
        while not self._over:
            ready, _, _ = select.select([self._front, *behind.values()], [], [], 0.2)
            for each in ready:
                try:
                    data, address = each.recvfrom(2_048)
                except OSError:
                    continue
                if self._drops(data):
                    continue
                if each is self._front:
                    upstream = behind.get(address)
                    if upstream is None:
                        upstream = behind[address] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                        upstream.connect(("127.0.0.1", self.worker_port))
                        clients[upstream.fileno()] = address
                    upstream.send(data)
                else:
                    self._front.sendto(data, clients[each.fileno()])
        for upstream in behind.values():
            upstream.close()
        self._front.close()
