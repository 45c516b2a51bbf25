"""The bad network is as bad as asked."""

import random
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.servers.udp_proxy import QUEUE, UdpProxy, Way, Weather

SIZE = 1_000


def travel(weather: Weather, times: int, every: float = 0.01, seed: int = 1) -> list[float | None]:
    """When datagrams sent `every` seconds arrive, as delays."""
    way = Way(random.Random(seed))
    due = [way.due(SIZE, turn * every, weather) for turn in range(times)]
    return [None if each is None else each - turn * every for turn, each in enumerate(due)]


def test_good_weather_changes_nothing() -> None:
    assert travel(Weather(), 50) == pytest.approx([0.0] * 50)


def test_loss_is_the_share_asked_for_and_comes_in_bursts() -> None:
    lost = [each is None for each in travel(Weather(loss=0.05, burst=4), 100_000)]
    assert sum(lost) / len(lost) == pytest.approx(0.05, abs=0.01)
    begun = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    assert sum(lost) / begun == pytest.approx(4, abs=0.5)


def test_the_same_seed_loses_the_same() -> None:
    weather = Weather(loss=0.1, burst=2, jitter=0.05)
    assert travel(weather, 500) == travel(weather, 500)
    assert travel(weather, 500) != travel(weather, 500, seed=2)


def test_jitter_delays_and_keeps_the_order() -> None:
    delays = [each for each in travel(Weather(delay=0.2, jitter=0.1), 500) if each is not None]
    assert min(delays) >= 0.2
    assert 0.25 < max(delays) < 0.31
    arrivals = [turn * 0.01 + each for turn, each in enumerate(delays)]
    assert all(early <= late + 1e-9 for early, late in pairwise(arrivals))


def test_reordered_ones_are_overtaken() -> None:
    delays = [each or 0.0 for each in travel(Weather(reorder=0.1), 1_000)]
    arrivals = [turn * 0.01 + each for turn, each in enumerate(delays)]
    overtaken = sum(late > early for late, early in pairwise(arrivals))
    assert 60 < overtaken < 140


def test_a_narrow_way_lets_so_much_pass_and_its_queue_overflows() -> None:
    # 800 kbit/s into 300 kbit/s, ten seconds long
    delays = travel(Weather(rate=300_000), 1_000)
    passed = [each for each in delays if each is not None]
    assert len(passed) * SIZE * 8 / 10 == pytest.approx(300_000, rel=0.06)
    assert QUEUE * 0.9 < max(passed) < QUEUE + 0.06


def test_in_darkness_nothing_passes() -> None:
    assert travel(Weather(dark=True), 20) == [None] * 20


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket, UdpProxy]]:
    """A client, a server, and the network between them."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
    ):
        for each in (client, server):
            each.bind(("127.0.0.1", 0))
            each.settimeout(5)
        with UdpProxy(server.getsockname()[1]) as proxy:
            yield client, server, proxy


def test_datagrams_go_both_ways_and_are_counted(
    ends: tuple[socket.socket, socket.socket, UdpProxy],
) -> None:
    client, server, proxy = ends
    client.sendto(b"hello", ("127.0.0.1", proxy.port))
    data, seen = server.recvfrom(100)
    assert data == b"hello"
    assert seen != client.getsockname()
    proxy.disturb("down", delay=0.05)
    server.sendto(b"well", seen)
    assert client.recvfrom(100) == (b"well", ("127.0.0.1", proxy.port))
    assert proxy.passed == {"up": 1, "down": 1}


def test_after_a_rebind_the_server_sees_another_port_and_reaches_the_client_there(
    ends: tuple[socket.socket, socket.socket, UdpProxy],
) -> None:
    client, server, proxy = ends
    client.sendto(b"one", ("127.0.0.1", proxy.port))
    _, first = server.recvfrom(100)
    proxy.rebind()
    second = first
    while second == first:  # the rebind is the thread's next turn
        client.sendto(b"two", ("127.0.0.1", proxy.port))
        _, second = server.recvfrom(100)
    server.sendto(b"to the old one", first)
    server.sendto(b"to the new one", second)
    assert client.recvfrom(100)[0] == b"to the new one"


def test_one_direction_can_be_dark_and_heals(ends: tuple[socket.socket, socket.socket, UdpProxy]) -> None:
    client, server, proxy = ends
    client.sendto(b"one", ("127.0.0.1", proxy.port))
    _, seen = server.recvfrom(100)
    proxy.disturb("down", dark=True)
    server.sendto(b"lost", seen)
    while proxy.lost["down"] == 0:
        client.sendto(b"up goes on", ("127.0.0.1", proxy.port))
        server.recvfrom(100)
    proxy.heal()
    server.sendto(b"back", seen)
    assert client.recvfrom(100)[0] == b"back"
