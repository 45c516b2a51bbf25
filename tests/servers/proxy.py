"""A bad network on loopback: a TCP proxy that delays, throttles, goes silent, cuts and refuses.

    async with Proxy(("127.0.0.1", server.port), seed=7) as proxy:
        ...clients connect to proxy.port...
        proxy.disturb(delay=0.2, jitter=0.1)            # everyone, both ways, from now on
        proxy.disturb(direction="down", blackhole=True) # requests arrive, answers are lost
        proxy.cut(share=0.5)                            # half of the connections get a reset
        proxy.connections[0].strand("client")           # half-open: only the server saw a reset
        proxy.refuse()                                  # new connections are refused; the port stays ours
        await proxy.heal()

Rules
- Order and bytes are kept, as TCP keeps them: jitter moves moments, never order. In a blackhole reading
  stops, so the sender's buffers fill as they would; after `heal()` everything goes on where it stopped.
- Chance (jitter, which connections a share cuts) comes from the seed: a failing run can be repeated.
- The proxy owns its port from start to end, also while it refuses.
"""

import asyncio
import random
import socket
import struct
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from typing import Any, Literal, TypedDict, Unpack

CHUNK = 64 * 1024
PIECES_PER_SECOND = 50
IN_FLIGHT = 1024
"""Chunks that a delayed direction holds at most before it stops reading."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: close sends RST, not FIN (socket(7), tcp(7))."""

Direction = Literal["up", "down"]
Side = Literal["client", "server"]
Flight = asyncio.Queue[tuple[float, bytes]]


class Faults(TypedDict, total=False):
    """What to change; what is not named stays as it is."""

    delay: float
    """Seconds that everything takes longer."""
    jitter: float
    """Seconds more, at most, different for each piece."""
    rate: int | None
    """Bytes per second; None: as fast as it goes."""
    blackhole: bool
    """Nothing passes, nobody is told."""
    cut_after: int | None
    """Reset the connection after so many more bytes: in the middle of a message."""


class Line:
    """One direction of one connection, or what new connections begin with."""

    def __init__(self) -> None:
        self.faults: Faults = {}
        self.open = asyncio.Event()
        self.heal()

    def heal(self) -> None:
        self.change({"delay": 0.0, "jitter": 0.0, "rate": None, "blackhole": False, "cut_after": None})

    def change(self, faults: Faults) -> None:
        self.faults = {**self.faults, **faults}
        if self.faults["blackhole"]:
            self.open.clear()
        else:
            self.open.set()

    def copy(self) -> "Line":
        other = Line()
        other.change(self.faults)
        return other


class Connection:
    """One client's connection through the proxy. `sent` counts the bytes that left each way."""

    def __init__(self, client: StreamWriter, server: StreamWriter, lines: dict[Direction, Line]) -> None:
        self.lines = lines
        self.sent: dict[Direction, int] = {"up": 0, "down": 0}
        self._client, self._server = client, server
        self._cut = asyncio.Event()
        self._stranded = False

    def disturb(self, direction: Direction | None = None, **faults: Unpack[Faults]) -> None:
        """Change one direction, or both."""
        for name, line in self.lines.items():
            if direction in (None, name):
                line.change(faults)

    def heal(self) -> None:
        """Undo every disturbance; a stranded connection stays stranded."""
        for line in [] if self._stranded else self.lines.values():
            line.heal()

    def cut(self) -> None:
        """Reset both sides at once; bytes in flight are lost."""
        reset(self._client)
        reset(self._server)
        self._cut.set()

    def strand(self, side: Side) -> None:
        """Leave one side half-open: the other side gets a reset, this one hears nothing until `cut()`."""
        self._stranded = True
        for line in self.lines.values():
            line.open.clear()
        reset(self._server if side == "client" else self._client)

    async def carry(
        self, from_client: StreamReader, from_server: StreamReader, chance: random.Random
    ) -> None:
        """Forward both ways until both have ended or the connection is cut."""
        flows = asyncio.create_task(self._flow_both_ways(from_client, from_server, chance))
        cut = asyncio.create_task(self._cut.wait())
        ends: list[asyncio.Task[Any]] = [flows, cut]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._stranded:
                await cut
            if not self._cut.is_set():
                await close(self._client)
                await close(self._server)
        finally:
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            reset(self._client)
            reset(self._server)

    async def _flow_both_ways(
        self, from_client: StreamReader, from_server: StreamReader, chance: random.Random
    ) -> None:
        """A reset on either side is passed on as a reset."""
        up, down = Flight(IN_FLIGHT), Flight(IN_FLIGHT)
        try:
            async with asyncio.TaskGroup() as flows:
                flows.create_task(self._take(from_client, up, self.lines["up"], chance))
                flows.create_task(self._give(self._server, up, "up"))
                flows.create_task(self._take(from_server, down, self.lines["down"], chance))
                flows.create_task(self._give(self._client, down, "down"))
        except* OSError:
            if not self._stranded:
                self.cut()

    async def _take(self, reader: StreamReader, flight: Flight, line: Line, chance: random.Random) -> None:
        """Read, and mark each chunk with the moment it is due at the other end. An empty chunk is the end."""
        now = asyncio.get_running_loop().time
        due = 0.0
        while True:
            await line.open.wait()
            chunk = await reader.read(CHUNK)
            due = max(due, now() + line.faults["delay"] + line.faults["jitter"] * chance.random())
            await flight.put((due, chunk))
            if not chunk:
                return

    async def _give(self, writer: StreamWriter, flight: Flight, direction: Direction) -> None:
        now = asyncio.get_running_loop().time
        while True:
            due, chunk = await flight.get()
            await asyncio.sleep(max(0.0, due - now()))
            await self.lines[direction].open.wait()
            if not chunk:
                writer.write_eof()
                return
            await self._write(writer, chunk, direction)

    async def _write(self, writer: StreamWriter, chunk: bytes, direction: Direction) -> None:
        line = self.lines[direction]
        rest = memoryview(chunk)
        while rest:
            await line.open.wait()
            rate, allowed = line.faults["rate"], line.faults["cut_after"]
            size = len(rest) if rate is None else max(1, rate // PIECES_PER_SECOND)
            size = size if allowed is None else min(size, allowed)
            piece, rest = rest[:size], rest[size:]
            writer.write(piece)
            await writer.drain()
            self.sent[direction] += len(piece)
            if allowed is not None:
                line.change({"cut_after": allowed - len(piece)})
                if allowed == len(piece):
                    self.cut()
                    return
            if rate is not None:
                await asyncio.sleep(len(piece) / rate)


class Proxy:
    """Listens on `port` of 127.0.0.1 and forwards to `target`. Faults apply to all connections or to one."""

    def __init__(self, target: tuple[str, int], seed: int = 0) -> None:
        self.target = target
        self.connections: list[Connection] = []
        self.accepted = 0
        self._chance = random.Random(seed)
        self._begin: dict[Direction, Line] = {"up": Line(), "down": Line()}
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._claim = reusable_socket()
        self._claim.bind(("127.0.0.1", 0))
        self.port: int = self._claim.getsockname()[1]

    async def __aenter__(self) -> "Proxy":
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # lets the loop close what was reset
        self._claim.close()

    def disturb(self, direction: Direction | None = None, **faults: Unpack[Faults]) -> None:
        """Disturb every connection, those to come included."""
        for name, line in self._begin.items():
            if direction in (None, name):
                line.change(faults)
        for connection in self.connections:
            connection.disturb(direction, **faults)

    def cut(self, share: float = 1.0) -> int:
        """Reset a share of the connections, chosen by the seed; how many."""
        chosen = self._chance.sample(self.connections, round(len(self.connections) * share))
        for connection in chosen:
            connection.cut()
        return len(chosen)

    def refuse(self) -> None:
        """Refuse new connections, as a host without a listener does; open ones go on."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def heal(self) -> None:
        """A good network again, for open connections and new ones."""
        for line in self._begin.values():
            line.heal()
        for connection in self.connections:
            connection.heal()
        if self._listening is None:
            await self._listen()

    async def connected(self, count: int) -> None:
        """Wait until exactly `count` connections are open."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.connections) == count)

    async def _listen(self) -> None:
        listener = reusable_socket()
        listener.bind(("127.0.0.1", self.port))
        self._listening = await asyncio.start_server(self._accept, sock=listener, backlog=4096)

    async def _accept(self, from_client: StreamReader, client: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(from_client, client)
        except asyncio.CancelledError:
            reset(client)  # only __aexit__ cancels: the proxy is closing
        finally:
            self._tasks.discard(task)

    async def _serve(self, from_client: StreamReader, client: StreamWriter) -> None:
        self.accepted += 1
        try:
            from_server, server = await asyncio.open_connection(*self.target)
        except OSError:
            reset(client)  # nobody behind the proxy
            return
        lines = {direction: line.copy() for direction, line in self._begin.items()}
        connection = Connection(client, server, lines)
        self.connections.append(connection)
        await self._tell()
        try:
            await connection.carry(from_client, from_server, self._chance)
        finally:
            self.connections.remove(connection)
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def reset(writer: StreamWriter) -> None:
    """Close with RST what is still open."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def close(writer: StreamWriter) -> None:
    """Close in order: what was written still leaves."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def reusable_socket() -> socket.socket:
    """Two of these may hold one port: the listener, and the claim that keeps it without a listener."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return made
