"""Many hands reach for the same few pumps: nothing is promised twice, whoever dies or is cut off meanwhile.

Commanders, departments, villages and phones that were offline act at once over the real wire, on one node
with SQLite and on several nodes with PostgreSQL, while nodes are killed and connections cut. Afterwards the
journal is replayed; the laws of the board are looked at after every entry (`tests/resources/reckoning.py`).
"""

import asyncio
import random
from collections.abc import Sequence

import pytest

from server.world.registry import decode_events
from server.world.scope import restrict, scope_of
from tests.conftest import StartPingji
from tests.resources.reckoning import Reckoning
from tests.scenarios.client import Station
from tests.scenarios.district import (
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    Truth,
    canonical,
    opened,
    sessions,
    tracebacks,
    truth,
)
from tests.scenarios.hands import Hand, Offline, Told, need, stock, told
from tests.servers.pingji import Pingji

# account, post, unit, hands
CAST = [
    ("commander", "commander", "310116", 3),
    ("commander2", "commander", "310116", 3),
    ("d01", "owner", "D01", 1),
    ("d02", "owner", "D02", 1),
    ("d03", "owner", "D03", 1),
    (TOWN, "owner", TOWN, 1),
    (VILLAGE, "village", VILLAGE, 1),
    (OTHER_VILLAGE, "village", OTHER_VILLAGE, 1),
    ("d01", "offline", "D01", 1),
    ("d02", "offline", "D02", 1),
    (TOWN, "offline", TOWN, 1),
]
QUICK = ("--poll", "0.2", "--rate", "2000", "--turn-timeout", "3")


async def gathered(nodes: Sequence[Pingji], stations: list[Station], seed: int) -> tuple[list[Hand], Told]:
    """Everybody is in; the stock is there and two villages have asked."""
    said = Told()
    cast = [(account, post, unit) for account, post, unit, hands in CAST for _ in range(hands)]
    tokens = await sessions(nodes[0], [account for account, _, _ in cast])
    ports = [node.port for node in nodes]
    made: list[Hand] = []
    for n, (token, (account, post, unit)) in enumerate(zip(tokens, cast, strict=True)):
        turned = ports[n % len(ports) :] + ports[: n % len(ports)]
        station = Station(turned, token, f"hand-{n}", look=True, pause=(0.02, 0.2))
        stations.append(station)
        kind = Offline if post == "offline" else Hand
        post = "owner" if post == "offline" else post
        made.append(kind(station, account, post, unit, seed * 100 + n, said))
    await asyncio.gather(*(hand.station.open() for hand in made))
    await made[0].station.act(told(stock()), "stock")
    chance = random.Random(seed)
    for hand in made:
        if hand.post == "village":
            for n in range(3):
                await hand.station.act(told(need(chance)), f"need.{hand.unit}.{n}")
    return made, said


async def killed_in_turn(nodes: Sequence[Pingji], times: int, every: float, away: float) -> None:
    for n in range(times):
        await asyncio.sleep(every)
        node = nodes[n % len(nodes)]
        node.kill9()
        await asyncio.sleep(away)
        await asyncio.to_thread(node.start)


async def cut_at_random(hands: Sequence[Hand], seed: int) -> None:
    chance = random.Random(seed)
    while True:
        await asyncio.sleep(chance.uniform(0.05, 0.3))
        chance.choice(hands).station.hang_up()


async def hostile(
    nodes: Sequence[Pingji], stations: list[Station], times: int, kills: int, seed: int
) -> Reckoning:
    """All of them at once, then the reckoning."""
    hands, said = await gathered(nodes, stations, seed)
    cutting = asyncio.create_task(cut_at_random(hands, seed))
    killing = asyncio.create_task(killed_in_turn(nodes, kills, every=1.0, away=0.2))
    await asyncio.gather(*(hand.work(times) for hand in hands))
    await killing
    cutting.cancel()
    await asyncio.gather(cutting, return_exceptions=True)
    found = await truth(nodes[0])
    answers_hold(said, found)
    reckoning = Reckoning()
    for entry in found.entries:
        reckoning.take(entry.seq, entry.at, decode_events(entry.body))
    reckoning.everything()
    await screens_agree(hands, found.entries[-1].seq, found)
    assert all(code in EXPECTED for code in said.refused), said.refused
    for node in nodes:
        assert tracebacks(node) == []
    async with opened(nodes[0]) as store:
        assert (await store.verify("310116")).whole
    assert said.refused["not_enough"] > 0, "nobody was too late"
    return reckoning


EXPECTED = {
    "not_enough",
    "beyond_need",
    "wrong_step",
    "order_over",
    "request_over",
    "stale_version",
    "kind_differs",
    "out_of_reach",
    "under_way",
    "still_open",
    "bad_action",
    "unknown_order",
    "unknown_request",
}


def answers_hold(said: Told, found: Truth) -> None:
    """Each action is in the journal once, where its answers say; what was "already so" is answered anew."""
    by_id = {entry.action_id: entry.seq for entry in found.entries}
    assert len(by_id) == len(found.entries), "an action is in the journal twice"
    for id, seqs in said.answers.items():
        if id in said.must:
            assert set(seqs) == {by_id.get(id)}, id
        elif id in by_id:
            assert seqs[-1] == by_id[id], id


async def screens_agree(hands: Sequence[Hand], last: int, found: Truth) -> None:
    """Whoever was cut off how often: each screen shows what the journal makes of it."""
    state = found.state
    for hand in hands:
        await hand.station.reached(last)
        view = hand.station.view
        assert view is not None
        shown = restrict(state, scope_of(state, state.accounts[hand.account]))
        assert canonical(shown) == canonical(view), hand.station.device


def assert_lively(reckoning: Reckoning) -> None:
    """It was no quiet day: what goes wrong at boards went wrong."""
    seen = reckoning.seen
    wanted = {"OrderRecalled", "OrderDeparted", "OrderClosed", "DiscrepancyRaised"}
    assert wanted <= set(seen), wanted - set(seen)
    assert seen["OrderIssued"] > 12, seen


async def test_many_hands_at_one_node_that_is_killed_promise_nothing_twice(
    start_node: StartPingji, stations: list[Station]
) -> None:
    node = start_node(arguments=QUICK)
    assert_lively(await hostile([node], stations, times=26, kills=1, seed=1))


async def test_many_hands_at_two_nodes_that_are_killed_promise_nothing_twice(
    start_pingji: StartPingji, district_url: str, stations: list[Station]
) -> None:
    nodes = [start_pingji(join=True, url=district_url, arguments=QUICK) for _ in range(2)]
    assert_lively(await hostile(nodes, stations, times=26, kills=1, seed=2))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_many_hands_for_long_at_three_nodes_that_are_killed_again_and_again(
    start_pingji: StartPingji, district_url: str, stations: list[Station], seed: int
) -> None:
    nodes = [start_pingji(join=True, url=district_url, arguments=QUICK) for _ in range(3)]
    assert_lively(await hostile(nodes, stations, times=400, kills=9, seed=10 + seed))


@pytest.mark.long
async def test_many_hands_for_long_at_one_node_that_is_killed_again_and_again(
    start_node: StartPingji, stations: list[Station]
) -> None:
    node = start_node(arguments=QUICK)
    assert_lively(await hostile([node], stations, times=400, kills=5, seed=20))
