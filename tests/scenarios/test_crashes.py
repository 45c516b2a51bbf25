"""A node dies at the worst moment (faults 1, 2, 3, 4, 19): what was confirmed is there, once."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.conftest import StartPingji, StartProxy
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.crashing_node import crashing_node
from tests.scenarios.district import (
    LOG,
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


async def broadcast(commander: Station, activation: str, first: int, count: int) -> None:
    """So many actions, ten at a time, each asked until it is answered."""
    for start in range(first, first + count, 10):
        await asyncio.gather(
            *(commander.act(level(activation, n), f"level-{n}") for n in range(start, start + 10))
        )


async def kill_in_a_broadcast(nodes: tuple[Pingji, Pingji], clients: int, stations: list[Station]) -> None:
    doomed, other = nodes
    people = await crowd(doomed, clients)
    ports = (doomed.port, other.port)
    everybody = [Station(ports[n % 2 :] + ports[: n % 2], token) for n, (_, token) in enumerate(people)]
    stations.extend(everybody)
    for start in range(0, clients, 250):
        await asyncio.gather(*(station.open() for station in everybody[start : start + 250]))
    commander = Station(ports, (await sessions(doomed, ["commander"]))[0])
    stations.append(commander)
    await commander.open()
    await commander.act(declare(), "switch")
    writing = asyncio.create_task(broadcast(commander, "switch", 0, 200))
    await everybody[0].until(lambda: len(everybody[0].seqs) > 60)
    doomed.kill9()
    await everybody[1].until(lambda: len(everybody[1].seqs) > 120)
    doomed.start()
    await writing
    found = await truth(other)
    await asyncio.gather(*(station.reached(found.entries[-1].seq) for station in everybody))
    for (account, _), station in zip(people, everybody, strict=True):
        assert faithful(station, found.visible(account, after=1))
    assert len(found.ids()) == len(set(found.ids())) == 202
    assert tracebacks(doomed) == tracebacks(other) == []


async def test_a_node_killed_in_the_middle_of_a_broadcast_loses_and_doubles_nothing(
    two_nodes: tuple[Pingji, Pingji], stations: list[Station]
) -> None:
    await kill_in_a_broadcast(two_nodes, 400, stations)


@pytest.mark.long
async def test_a_node_killed_in_the_middle_of_a_broadcast_to_5000_loses_and_doubles_nothing(
    two_nodes: tuple[Pingji, Pingji], stations: list[Station]
) -> None:
    await kill_in_a_broadcast(two_nodes, 5000, stations)


async def test_a_node_alone_killed_in_the_middle_of_a_broadcast_comes_back_with_all_of_it(
    start_node: StartPingji, stations: list[Station]
) -> None:
    """SQLite: what the dead node had committed is replayed by the next one from the database."""
    node = start_node(arguments=("--rate", "1000"))
    people = await crowd(node, 100)
    everybody = [Station((node.port,), token) for _, token in people]
    commander = Station((node.port,), (await sessions(node, ["commander"]))[0])
    stations.extend([*everybody, commander])
    await asyncio.gather(*(station.open() for station in (*everybody, commander)))
    await commander.act(declare(), "switch")
    writing = asyncio.create_task(broadcast(commander, "switch", 0, 100))
    for already in (20, 60):
        await everybody[0].until(lambda already=already: len(everybody[0].seqs) > already)  # type: ignore[misc]
        node.kill9()
        node.start()
    await writing
    found = await truth(node)
    await asyncio.gather(*(station.reached(found.entries[-1].seq) for station in everybody))
    assert all(faithful(s, found.visible(a, after=1)) for (a, _), s in zip(people, everybody, strict=True))
    assert len(found.ids()) == len(set(found.ids())) == 102


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_node_killed_around_a_commit_does_it_once_and_the_other_node_tells_it_within_one_poll(
    two_nodes: tuple[Pingji, Pingji], enter: Enter, tmp_path: Path, moment: str
) -> None:
    """Before it: nobody saw it, the retry creates it. Between commit and publication: one poll later."""
    node, other = two_nodes
    village = await enter(other, VILLAGE)
    with crashing_node(tmp_path / "crashing", node.url, moment, "order-1") as (port, process):
        commander = await enter(node, "commander", ports=(port,))
        asking = asyncio.create_task(commander.act(issue([VILLAGE]), "order-1"))
        await asyncio.to_thread(process.wait, 20)
        if moment == "after":
            await village.until(lambda: village.seqs == [2], within=1.5)  # nobody has retried yet
        else:
            assert (await truth(other)).ids() == ["found"]
            assert village.seqs == []
        commander.ports = [other.port]
        assert await asking == 2
    await village.reached(2)
    assert (village.seqs, village.doubled) == ([2], 0)
    assert (await truth(other)).ids() == ["found", "order-1"]


async def test_a_reply_lost_after_the_commit_is_given_again_with_the_same_seq(
    node: Pingji, enter: Enter, start_proxy: StartProxy
) -> None:
    proxy = await start_proxy(node.port)
    village = await enter(node, VILLAGE)
    commander = await enter(node, "commander", ports=(proxy.port,))
    proxy.disturb("down", blackhole=True)
    asking = asyncio.create_task(commander.act(issue([VILLAGE]), "order-1"))
    await village.reached(2)
    assert not asking.done()
    proxy.cut()
    await proxy.heal()
    assert await asking == 2
    assert await commander.act(issue([VILLAGE]), "order-1") == 2
    assert (await truth(node)).ids() == ["found", "order-1"]
    assert (village.seqs, village.doubled) == ([2], 0)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
async def test_confirmed_entries_survive_a_power_cut_that_tears_the_tail_of_the_wal(
    node: Pingji, enter: Enter, cut: float
) -> None:
    commander = await enter(node, "commander")
    for n in range(30):
        await commander.act(issue([VILLAGE]), f"order-{n}")
    wal = node.var / "pingji.db-wal"
    synced = wal.stat().st_size
    asking = asyncio.create_task(commander.act(issue([VILLAGE]), "unconfirmed"))
    async with asyncio.timeout(20):
        while wal.stat().st_size == synced:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0)
    node.kill9()
    written = wal.stat().st_size
    assert written > synced
    await asyncio.wait([asking], timeout=0.5)  # a reply that was on its way says that all of it was synced
    os.truncate(wal, written if asking.done() else synced + int((written - synced) * cut))
    with wal.open("ab") as tail:
        tail.write(random.Random(7).randbytes(1000))
    node.start()
    await asking
    ids = (await truth(node)).ids()
    assert ids[:31] == ["found", *(f"order-{n}" for n in range(30))]
    assert ids.count("unconfirmed") == 1
    assert (await truth(node)).state.log == LOG
