"""Bad networks, many clients (faults 8, 9, 10, 12, 22): nobody misses anything or waits for another."""

import asyncio
import re
import socket
import urllib.request
from collections.abc import Sequence

import psycopg
import pytest

from tests.conftest import StartPingji, StartProxy
from tests.scenarios.client import HANDSHAKE, Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import (
    VILLAGE,
    crowd,
    declare,
    faithful,
    issue,
    level,
    sessions,
    tracebacks,
    truth,
)
from tests.servers.pingji import Pingji


def metric(node: Pingji, name: str) -> float:
    with urllib.request.urlopen(f"{node.base_url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return sum(float(n) for n in re.findall(rf"^{name}(?:_total)?(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.M))


async def until_metric(node: Pingji, name: str, wanted: float, within: float) -> None:
    async with asyncio.timeout(within):
        while await asyncio.to_thread(metric, node, name) != wanted:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.1)


# ── 8: half-open ──────────────────────────────────────────────────────────────────────────────────


async def half_open(node: Pingji, enter: Enter, start_proxy: StartProxy, within: float) -> None:
    proxy = await start_proxy(node.port)
    village = await enter(node, VILLAGE, ports=(proxy.port,))
    await until_metric(node, "pingji_seats", 1, 5)
    for connection in proxy.connections:
        connection.strand("server")  # the phone's side is gone; the server hears nothing of it
    await village.close()  # for good: nothing fences it
    assert metric(node, "pingji_sockets_connections") == 1
    await until_metric(node, "pingji_sockets_connections", 0, within)
    await until_metric(node, "pingji_seats", 0, 5)
    assert metric(node, "pingji_sockets_cuts") == 0


async def test_a_half_open_connection_is_gone_after_two_heartbeats_and_leaves_nothing(
    start_node: StartPingji, enter: Enter, start_proxy: StartProxy
) -> None:
    node = start_node(arguments=("--ping-interval", "1"))
    await half_open(node, enter, start_proxy, within=5)
    assert tracebacks(node) == []


@pytest.mark.long
async def test_a_half_open_connection_is_gone_within_45_seconds_with_the_settings_of_a_district(
    node: Pingji, enter: Enter, start_proxy: StartProxy
) -> None:
    await half_open(node, enter, start_proxy, within=45)


# ── 9: a slow reader ──────────────────────────────────────────────────────────────────────────────


class Dripping:
    """A client that takes one byte a second, through a window of its own that is as small as it gets."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._socket.setblocking(False)
        self._port = port
        self._token = token

    async def drip(self) -> None:
        loop = asyncio.get_running_loop()
        station = Station((self._port,), self._token)
        await loop.sock_connect(self._socket, ("127.0.0.1", self._port))
        await loop.sock_sendall(self._socket, HANDSHAKE)
        await loop.sock_recv(self._socket, 200)
        await loop.sock_sendall(self._socket, station.introduction())
        try:
            while await loop.sock_recv(self._socket, 1):  # noqa: ASYNC110 - one byte a second
                await asyncio.sleep(1.0)
        except ConnectionError:
            pass
        finally:
            self._socket.close()


def p99(times: Sequence[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]


async def delays(commander: Station, others: Sequence[Station], first: int, count: int) -> list[float]:
    """From asking to hearing, for each of the others and each of so many orders to everybody."""
    loop = asyncio.get_running_loop()
    found: list[float] = []
    for n in range(first, first + count):
        for other in others:
            other.arrived = []
        asked = loop.time()
        seq = await commander.act(issue(kinds=("town", "village"), title=f"第 {n} 号"))
        await asyncio.gather(*(other.reached(seq) for other in others))
        found += [moment - asked for other in others for moment in other.arrived or []]
    return found


async def test_a_client_that_reads_one_byte_a_second_is_cut_and_slows_nobody(
    start_node: StartPingji, enter: Enter, stations: list[Station]
) -> None:
    quick = ("--rate", "1000", "--stall-timeout", "3", "--max-buffered", "256")
    node = start_node(arguments=quick)
    people = await crowd(node, 100)
    others = [Station((node.port,), token) for account, token in people if account.startswith("310")][:60]
    stations.extend(others)
    await asyncio.gather(*(station.open() for station in others))
    commander = await enter(node, "commander")
    before = await delays(commander, others, 0, 15)
    (token,) = await sessions(node, ["commander2"])
    dripping = asyncio.create_task(Dripping(node.port, token).drip())
    await until_metric(node, "pingji_sockets_connections", len(others) + 2, 5)
    during = await delays(commander, others, 15, 30)
    for n in range(300):  # what the kernel takes for it differs; its end does not
        if await asyncio.to_thread(metric, node, "pingji_sockets_cuts"):
            break
        await delays(commander, others, 100 + n, 1)
    assert metric(node, "pingji_sockets_cuts") == 1
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)
    assert p99(during) < max(3 * p99(before), 0.3)
    assert [station.cuts for station in others if station.cuts] == []
    assert tracebacks(node) == []


# ── 10: everybody at once ─────────────────────────────────────────────────────────────────────────


async def storm(node: Pingji, url: str, clients: int, stations: list[Station], within: float) -> None:
    people = await crowd(node, clients)
    everybody = [Station((node.port,), token) for _, token in people]
    stations.extend(everybody)
    for start in range(0, clients, 250):
        await asyncio.gather(*(station.open() for station in everybody[start : start + 250]))
    commander = Station((node.port,), (await sessions(node, ["commander"]))[0])
    stations.append(commander)
    await commander.open()
    await commander.act(declare(), "switch")
    await asyncio.gather(*(station.reached(2) for station in everybody))
    before = transactions(url)
    for station in everybody:
        station.hang_up()
    for n in range(20):
        await commander.act(level("switch", n))
    found = await truth(node)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(station.reached(found.entries[-1].seq) for station in everybody))
    assert loop.time() - began < within
    for (account, _), station in zip(people, everybody, strict=True):
        assert faithful(station, found.visible(account, after=1))
    attempts = sum(station.connects for station in everybody) - clients
    assert attempts < 4 * clients
    await commander.act(level("switch", 20))
    assert transactions(url) - before < 5 * attempts + 300  # clock, session, and the pool's pings


def transactions(url: str) -> int:
    """What the database has done so far."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_all_clients_back_within_a_second_are_synced_with_a_bounded_number_of_queries(
    two_nodes: tuple[Pingji, Pingji], district_url: str, stations: list[Station]
) -> None:
    await storm(two_nodes[0], district_url, 500, stations, within=20)


@pytest.mark.long
async def test_5000_clients_back_within_a_second_are_synced_with_a_bounded_number_of_queries(
    two_nodes: tuple[Pingji, Pingji], district_url: str, stations: list[Station]
) -> None:
    await storm(two_nodes[0], district_url, 5000, stations, within=60)


# ── 12: events during a replay ────────────────────────────────────────────────────────────────────


async def test_what_happens_during_a_replay_follows_it_without_a_gap(
    start_node: StartPingji, enter: Enter, stations: list[Station]
) -> None:
    """Again and again, from the database (the node is new and remembers nothing) and from memory."""
    node = start_node(arguments=("--rate", "1000"))
    people = await crowd(node, 60)
    everybody = [Station((node.port,), token, pause=(0.0, 0.05)) for _, token in people]
    stations.extend(everybody)
    await asyncio.gather(*(station.open() for station in everybody))
    commander = await enter(node, "commander")
    await commander.act(declare(), "switch")
    await asyncio.gather(*(commander.act(level("switch", n)) for n in range(150)))
    await asyncio.gather(*(station.reached(commander.seq) for station in everybody))
    node.kill9()
    for station in everybody[::2]:  # as if it had been away since the beginning
        station.rewind(1)
    node.start()
    writing = asyncio.create_task(write(commander, 200))
    while not writing.done():
        for station in everybody[::3]:
            station.hang_up()
        await asyncio.sleep(0.1)
    await writing
    found = await truth(node)
    await asyncio.gather(*(station.reached(found.entries[-1].seq) for station in everybody))
    for (account, _), station in zip(people, everybody, strict=True):
        assert faithful(station, found.visible(account, after=1))
    assert tracebacks(node) == []


async def write(commander: Station, count: int) -> None:
    for n in range(count):
        await commander.act(level("switch", n))


# ── 22: cut again and again ───────────────────────────────────────────────────────────────────────


async def flapping(
    node: Pingji, enter: Enter, start_proxy: StartProxy, times: int, every: float, away: float
) -> None:
    proxy = await start_proxy(node.port)
    commander = await enter(node, "commander")
    village, team = await enter(node, VILLAGE, "t310116001", ports=(proxy.port,))
    stop = asyncio.Event()
    orders = asyncio.create_task(order_until(stop, commander))
    reports = asyncio.create_task(report_until(stop, village))
    for _ in range(times):
        await asyncio.sleep(every - away)
        proxy.refuse()
        proxy.cut()
        await asyncio.sleep(away)
        await proxy.heal()
    stop.set()
    issued, reported = await orders, await reports
    found = await truth(node)
    for station, account in ((village, VILLAGE), (team, "t310116001")):
        seen = found.visible(account, after=1)
        await station.reached(seen[-1])
        assert faithful(station, seen)
    assert set(issued) | set(reported) <= {entry.seq for entry in found.entries}
    assert len(found.ids()) == len(set(found.ids())) == 1 + len(issued) + len(reported)


async def order_until(stop: asyncio.Event, commander: Station) -> list[int]:
    seqs: list[int] = []
    while not stop.is_set():
        # without clocks: after five minutes they would ring in between, and go on after the end
        seqs.append(await commander.act(issue([VILLAGE, "T310116001"], clocks={"acknowledge": None})))
        await asyncio.sleep(0.05)
    return seqs


async def report_until(stop: asyncio.Event, village: Station) -> list[int]:
    seqs: list[int] = []
    while not stop.is_set():
        do = {"type": "ReportSituation", "kind": "damage", "text": f"第 {len(seqs)} 棵树倒伏"}
        seqs.append(await village.act(do))
        await asyncio.sleep(0.05)
    return seqs


async def test_a_connection_cut_again_and_again_gets_and_brings_everything(
    node: Pingji, enter: Enter, start_proxy: StartProxy
) -> None:
    await flapping(node, enter, start_proxy, times=6, every=1.0, away=0.3)


@pytest.mark.long
async def test_a_connection_cut_for_2_s_every_10_s_for_10_minutes_gets_and_brings_everything(
    node: Pingji, enter: Enter, start_proxy: StartProxy
) -> None:
    await flapping(node, enter, start_proxy, times=60, every=10.0, away=2.0)
