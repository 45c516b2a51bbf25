"""Redis between two nodes dies, stalls, lies (faults 5, 6, 7): later, never lost, never out of order."""

import asyncio
import time
import urllib.request

import pytest

from tests.conftest import StartPingji, StartProxy
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import VILLAGE, faithful, issue, tracebacks, truth
from tests.servers.pingji import Pingji
from tests.servers.redis import Redis

POLL = 3.0
SOON = 1.5  # well within a poll


def deaf(node: Pingji) -> bool:
    with urllib.request.urlopen(f"{node.base_url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return "pingji_hints_deaf 1.0" in lines


async def until_deaf(node: Pingji, is_deaf: bool) -> None:
    async with asyncio.timeout(40):
        while await asyncio.to_thread(deaf, node) is not is_deaf:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def node_with(start_pingji: StartPingji, district_url: str, redis: str) -> Pingji:
    quick = ("--poll", str(POLL), "--rate", "1000", "--redis", redis)
    return start_pingji(join=True, url=district_url, arguments=quick)


async def latency(commander: Station, village: Station, orders: int = 1) -> float:
    """From the answer to the last of some orders on one node until the other node's village has it."""
    seqs = [await commander.act(issue([VILLAGE])) for _ in range(orders)]
    asked = time.monotonic()
    await village.reached(seqs[-1])
    return time.monotonic() - asked


async def nothing_lost(node: Pingji, village: Station) -> None:
    seen = (await truth(node)).visible(VILLAGE, after=1)
    await village.reached(seen[-1])
    assert faithful(village, seen)
    assert tracebacks(node) == []


async def test_a_killed_redis_costs_a_poll_and_comes_back_unaided(
    start_pingji: StartPingji, district_url: str, own_redis: Redis, enter: Enter
) -> None:
    first, second = (node_with(start_pingji, district_url, own_redis.url) for _ in range(2))
    commander, village = await enter(first, "commander"), await enter(second, VILLAGE)
    for node in (first, second):
        await until_deaf(node, is_deaf=False)
    assert await latency(commander, village) < SOON
    own_redis.kill9()
    for _ in range(3):
        assert await latency(commander, village, 3) < POLL + SOON
    await until_deaf(second, is_deaf=True)
    assert "hints are silent" in second.log.read_text()
    own_redis.start()
    for node in (first, second):
        await until_deaf(node, is_deaf=False)
    assert await latency(commander, village) < SOON
    await nothing_lost(second, village)


@pytest.mark.parametrize("fault", ["listener", "redis"])
async def test_a_node_that_hears_no_hints_any_more_says_so_and_polls(
    start_pingji: StartPingji,
    start_proxy: StartProxy,
    district_url: str,
    own_redis: Redis,
    enter: Enter,
    fault: str,
) -> None:
    """Nobody closes anything: what was said to one node goes nowhere, or Redis itself stands still."""
    proxy = await start_proxy(own_redis.port)
    first = node_with(start_pingji, district_url, own_redis.url)
    second = node_with(start_pingji, district_url, f"redis://127.0.0.1:{proxy.port}/0")
    commander, village = await enter(first, "commander"), await enter(second, VILLAGE)
    for node in (first, second):
        await until_deaf(node, is_deaf=False)
    if fault == "redis":
        own_redis.pause()
    else:
        proxy.disturb(blackhole=True)
    try:
        for _ in range(3):
            assert await latency(commander, village, 3) < POLL + SOON
        await until_deaf(second, is_deaf=True)
        assert await asyncio.to_thread(deaf, first) is (fault == "redis")
    finally:
        own_redis.resume()
        proxy.cut()
        await proxy.heal()
    await until_deaf(second, is_deaf=False)
    assert await latency(commander, village) < SOON
    await nothing_lost(second, village)


async def test_hints_that_are_doubled_reordered_dropped_or_nonsense_change_nothing(
    start_pingji: StartPingji, district_url: str, own_redis: Redis, enter: Enter
) -> None:
    first, second = (node_with(start_pingji, district_url, own_redis.url) for _ in range(2))
    commander, village = await enter(first, "commander"), await enter(second, VILLAGE)
    await until_deaf(second, is_deaf=False)
    writing = asyncio.create_task(latency(commander, village, 40))
    lies = ["310116 9999999", "310116 1", "310116 1", "310116 -3", "nobody 5", "310116", "\\xff\\xfe", '""']
    while not writing.done():
        for lie in lies:
            await asyncio.to_thread(own_redis.ask, f'PUBLISH pingji:hints "{lie.strip(chr(34))}"')
        own_redis.ask("CLIENT KILL TYPE pubsub")  # and some are dropped
        await asyncio.sleep(0.05)
    assert await writing < POLL + SOON
    await until_deaf(second, is_deaf=False)
    assert await latency(commander, village) < SOON
    await nothing_lost(second, village)
