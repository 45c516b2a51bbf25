"""The bad network does what it says. Times have only lower bounds: a loaded machine is late, never early."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator

import pytest

from tests.servers.proxy import Proxy

Streams = tuple[StreamReader, StreamWriter]


class Echo:
    """A server that sends back what it gets, and remembers it."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.resets = 0
        self.reset_seen = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            while chunk := await reader.read(65536):
                self.heard += chunk
                writer.write(chunk)
                await writer.drain()
        except ConnectionResetError:
            self.resets += 1
            self.reset_seen.set()
        finally:
            writer.transport.abort()
            self.tasks.discard(task)


class Place:
    """An echo server behind a proxy, and the clients that came."""

    def __init__(self, echo: Echo, proxy: Proxy) -> None:
        self.echo, self.proxy = echo, proxy
        self.clients: list[StreamWriter] = []

    async def connect(self) -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        self.clients.append(writer)
        return reader, writer

    async def connect_many(self, count: int) -> list[Streams]:
        """In order: each is known to the proxy before the next comes."""
        all_streams = []
        for number in range(count):
            all_streams.append(await self.connect())
            await self.proxy.connected(number + 1)
        return all_streams


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname(), seed=1) as proxy:
        made = Place(echo, proxy)
        yield made
        for client in made.clients:
            client.transport.abort()
    server.close()
    await asyncio.gather(*echo.tasks, return_exceptions=True)


async def say(streams: Streams, text: bytes) -> bytes:
    """Send and wait for the echo."""
    reader, writer = streams
    writer.write(text)
    return await reader.readexactly(len(text))


async def hears_nothing(reader: StreamReader) -> bool:
    """Whether nothing arrives in a time in which an echo would have come many times."""
    try:
        async with asyncio.timeout(0.2):
            await reader.read(1)
    except TimeoutError:
        return True
    return False


async def test_bytes_pass_unchanged_both_ways(place: Place) -> None:
    text = bytes(range(256)) * 4096
    reader, writer = await place.connect()
    writer.write(text)
    writer.write_eof()
    assert await reader.read(-1) == text
    assert bytes(place.echo.heard) == text


async def test_a_connection_that_ended_is_forgotten(place: Place) -> None:
    reader, writer = await place.connect()
    await place.proxy.connected(1)
    writer.write_eof()
    assert await reader.read(-1) == b""
    await place.proxy.connected(0)
    assert place.proxy.accepted == 1


async def test_delay_holds_everything_back_for_its_time_each_way(place: Place) -> None:
    now = asyncio.get_running_loop().time
    streams = await place.connect()
    place.proxy.disturb(delay=0.1)
    begun = now()
    assert await say(streams, b"report") == b"report"
    assert now() - begun >= 0.2


async def test_delay_is_latency_and_not_a_limit_on_how_much_is_in_flight(place: Place) -> None:
    streams = await place.connect()
    await place.proxy.connected(1)
    place.proxy.connections[0].disturb("up", delay=0.1)
    now = asyncio.get_running_loop().time
    begun = now()
    for _ in range(40):
        streams[1].write(b"x" * 100)
        await asyncio.sleep(0)
    assert len(await streams[0].readexactly(4000)) == 4000
    assert now() - begun >= 0.1


async def test_jitter_keeps_the_order(place: Place) -> None:
    streams = await place.connect()
    place.proxy.disturb(jitter=0.02)
    sent = b"".join(f"{number:04d}".encode() for number in range(50))
    for start in range(0, len(sent), 4):
        streams[1].write(sent[start : start + 4])
        await asyncio.sleep(0.001)
    assert await streams[0].readexactly(len(sent)) == sent


async def test_throttled_bytes_take_their_time(place: Place) -> None:
    now = asyncio.get_running_loop().time
    streams = await place.connect()
    place.proxy.disturb("up", rate=50_000)
    begun = now()
    assert await say(streams, b"x" * 10_000) == b"x" * 10_000
    assert now() - begun >= 0.15


async def test_cut_resets_both_sides(place: Place) -> None:
    streams = await place.connect()
    assert await say(streams, b"here") == b"here"
    assert place.proxy.cut() == 1
    with pytest.raises(ConnectionResetError):
        await streams[0].read(1)
    await place.echo.reset_seen.wait()
    await place.proxy.connected(0)
    assert place.echo.resets == 1


async def test_cut_takes_the_share_the_seed_chooses_and_spares_the_rest(place: Place) -> None:
    clients = await place.connect_many(8)
    assert place.proxy.cut(share=0.25) == 2
    await place.proxy.connected(6)
    spared = []
    for streams in clients:
        try:
            spared.append(await say(streams, b"?") == b"?")
        except (ConnectionError, asyncio.IncompleteReadError):
            spared.append(False)
    assert spared.count(True) == 6


async def test_the_same_seed_cuts_the_same_connections() -> None:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    chosen = []
    for _ in range(2):
        async with Proxy(server.sockets[0].getsockname(), seed=42) as proxy:
            there = Place(echo, proxy)
            await there.connect_many(10)
            before = list(proxy.connections)
            proxy.cut(share=0.3)
            await proxy.connected(7)
            chosen.append([before.index(left) for left in proxy.connections])
            for client in there.clients:
                client.transport.abort()
    server.close()
    assert chosen[0] == chosen[1]


async def test_a_cut_after_so_many_bytes_falls_in_the_middle_of_a_message(place: Place) -> None:
    streams = await place.connect()
    place.proxy.disturb("up", cut_after=5)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await say(streams, b"1234567890")
    await place.proxy.connected(0)
    assert len(place.echo.heard) <= 5


async def test_a_blackhole_is_silent_and_loses_nothing_when_it_heals(place: Place) -> None:
    streams = await place.connect()
    assert await say(streams, b"before") == b"before"
    place.proxy.disturb(blackhole=True)
    streams[1].write(b"during")
    assert await hears_nothing(streams[0])
    assert b"during" not in place.echo.heard
    await place.proxy.heal()
    assert await streams[0].readexactly(6) == b"during"


async def test_a_blackhole_one_way_lets_requests_arrive_and_loses_answers(place: Place) -> None:
    streams = await place.connect()
    place.proxy.disturb("down", blackhole=True)
    streams[1].write(b"receipt")
    assert await hears_nothing(streams[0])
    assert bytes(place.echo.heard) == b"receipt"


async def test_a_connection_made_in_a_blackhole_gets_no_answer_until_it_heals(place: Place) -> None:
    place.proxy.disturb(blackhole=True)
    streams = await place.connect()
    streams[1].write(b"hello")
    assert await hears_nothing(streams[0])
    await place.proxy.heal()
    assert await streams[0].readexactly(5) == b"hello"


async def test_a_stranded_client_hears_nothing_while_the_server_saw_a_reset(place: Place) -> None:
    streams = await place.connect()
    assert await say(streams, b"here") == b"here"
    connection = place.proxy.connections[0]
    connection.strand("client")
    await place.echo.reset_seen.wait()
    await place.proxy.heal()
    streams[1].write(b"anybody?")
    assert await hears_nothing(streams[0])
    connection.cut()
    with pytest.raises(ConnectionResetError):
        await streams[0].read(1)


async def test_a_stranded_server_keeps_a_connection_whose_client_is_gone(place: Place) -> None:
    streams = await place.connect()
    assert await say(streams, b"here") == b"here"
    place.proxy.connections[0].strand("server")
    with pytest.raises(ConnectionResetError):
        await streams[0].read(1)
    assert place.echo.resets == 0
    assert len(place.echo.tasks) == 1


async def test_refused_connections_fail_at_once_while_open_ones_go_on(place: Place) -> None:
    streams = await place.connect()
    assert await say(streams, b"open") == b"open"
    place.proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await place.connect()
    assert await say(streams, b"still") == b"still"


async def test_after_refusing_the_same_port_accepts_again(place: Place) -> None:
    port = place.proxy.port
    place.proxy.refuse()
    await place.proxy.heal()
    assert place.proxy.port == port
    assert await say(await place.connect(), b"again") == b"again"


async def test_one_connection_can_be_disturbed_alone(place: Place) -> None:
    near, far = await place.connect_many(2)
    place.proxy.connections[1].disturb(blackhole=True)
    far[1].write(b"far")
    assert await say(near, b"near") == b"near"
    assert await hears_nothing(far[0])


async def test_nobody_behind_the_proxy_is_a_reset() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with Proxy(unused.getsockname()) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
            writer.transport.abort()
            assert proxy.connections == []
