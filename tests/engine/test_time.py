"""Time is the database's: deadlines ring once, whatever a node's clock says and however many nodes look."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from server.domain.command import Addressing, DeliveryReminded, IssueCommand
from server.domain.house import Lapse
from server.engine.engine import Engine
from server.engine.entry import Entry, chained
from server.engine.inbox import Done
from server.engine.journal import Head
from server.engine.rebuild import load
from server.store import Store
from server.world.registry import decode_events
from tests.engine.conftest import LOG, QUICK, Begin, journal
from tests.engine.journals import FaultyJournal
from tests.engine.surgery import turn_back
from tests.world.builders import canonical, order

TEN_MINUTES = 600.0


def hasty(*units: str, seconds: int = 10) -> IssueCommand:
    return IssueCommand(order=order(acknowledge=seconds), to=Addressing(units=list(units)))


async def reminders(store: Store) -> list[DeliveryReminded]:
    found = [event for entry in await journal(store) for event in decode_events(entry.body)]
    return [event for event in found if isinstance(event, DeliveryReminded)]


async def rung(store: Store, count: int) -> None:
    """Wait until so many have rung."""
    async with asyncio.timeout(20):
        while len(await reminders(store)) < count:  # noqa: ASYNC110 - read past the engine
            await asyncio.sleep(0.02)
    assert len(await reminders(store)) == count


async def test_a_deadline_that_passed_while_the_house_was_down_rings_at_the_start(
    begin: Begin, store: Store, database: Path
) -> None:
    one = await begin()
    await one.answer("c", "commander", hasty("east1", seconds=60))
    await one.engine.close()
    turn_back(database, 3600)
    two = await begin()
    await rung(store, 1)
    assert abs(two.engine.now() - time.time() * 1000) < 5000


@pytest.mark.parametrize("skew", [TEN_MINUTES, -TEN_MINUTES])
async def test_a_node_whose_clock_is_ten_minutes_off_rings_neither_early_nor_late(
    begin: Begin, store: Store, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    """The store's database keeps the right time; the node's own clock is moved (fault 17)."""
    real_ns = time.time_ns
    wrong = lambda: time.monotonic() + skew  # noqa: E731 - a clock that was never right
    monkeypatch.setattr("server.engine.engine.monotonic", wrong)
    monkeypatch.setattr(time, "time", lambda: real_ns() / 1e9 + skew)
    one = await begin()
    await one.answer("c", "commander", hasty("east1", seconds=10))
    due = one.engine.world.next_ring()
    assert due is not None
    assert 8_000 < due - real_ns() // 1_000_000 < 11_000
    assert abs(one.engine.now() - real_ns() // 1_000_000) < 2_000
    assert await reminders(store) == []
    assert isinstance(await one.answer("l", None, Lapse()), Done)
    assert await reminders(store) == []


async def test_two_nodes_that_see_one_deadline_bring_about_one_reminder(
    begin: Begin, store: Store, database: Path
) -> None:
    """Fault 18: both timers ring at the same moment, on purpose through one hour of absence."""
    one = await begin()
    for n in range(5):
        await one.answer(f"c{n}", "commander", hasty("east1", "west1", seconds=60 + n))
    await one.engine.close()
    turn_back(database, 3600)
    two, three = await asyncio.gather(begin(), begin())
    await rung(store, 10)
    await asyncio.gather(*(node.answer(f"l{n}", None, Lapse()) for n, node in enumerate((two, three))))
    said = [(event.command, event.unit) for event in await reminders(store)]
    assert len(said) == len(set(said)) == 10
    assert canonical(two.engine.world.state) == canonical(three.engine.world.state)


async def test_a_lapse_whose_id_somebody_took_beforehand_rings_all_the_same(
    begin: Begin, store: Store, database: Path
) -> None:
    one = await begin()
    done = await one.answer("c", "commander", hasty("east1", seconds=60))
    assert isinstance(done, Done)
    await one.engine.close()
    turn_back(database, 3600)
    world, head, _ = await load(store.journal(LOG))
    ring = world.next_ring()
    await append(store, head, [f"lapse.{ring}.{head.seq + 1}.0"])
    two = await begin()
    await rung(store, 1)
    assert two.engine.down is None


async def append(store: Store, head: Head, ids: Sequence[str]) -> None:
    """Entries of somebody else that change nothing."""
    lines = store.journal(LOG)
    async with await lines.open_turn(head.seq, (), 5.0) as turn:
        said = (head.seq + 1, turn.now, ids[0], "boat.chief", msgspec.msgpack.encode([]), b"\x90")
        await turn.commit([Entry(*said, chained(head.hash, *said))])
    await lines.close()


async def test_a_deadline_that_could_not_be_written_is_tried_again(
    begin: Begin, store: Store, database: Path
) -> None:
    one = await begin()
    await one.answer("c", "commander", hasty("east1", seconds=60))
    await one.engine.close()
    turn_back(database, 3600)
    lines = FaultyJournal(store.journal(LOG))
    lines.break_at("before", "disk_full")
    two = Engine(lines, QUICK)
    await two.start()
    try:
        async with asyncio.timeout(20):
            while two.down is None:  # noqa: ASYNC110 - the fault has no event of its own
                await asyncio.sleep(0.01)
        assert await reminders(store) == []
        lines.mend()
        await rung(store, 1)
    finally:
        await two.close()
