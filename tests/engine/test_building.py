"""A world is a snapshot and what came after it; a restored database makes everybody start afresh."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from server.domain.command import AcknowledgeCommand, Addressing, IssueCommand
from server.domain.refusal import Rejected
from server.domain.situation import ReportSituation, SituationKind
from server.engine.engine import Engine, Pace
from server.engine.entry import Entry
from server.engine.follower import Follower
from server.engine.journal import Head, Snapshot
from server.engine.published import Published
from server.engine.rebuild import load
from server.store import Store
from tests.engine.conftest import LOG, QUICK, Begin, Running, journal
from tests.engine.surgery import copy_database, put_in_place
from tests.world.builders import canonical, order

DAMAGE = ReportSituation(kind=SituationKind.DAMAGE, text="Tree down")
OFTEN = Pace(poll=0.02, snapshot_every=10)


async def busy(one: Running, name: str, count: int) -> None:
    await one.answers([(f"{name}.{n}", "east.desk", DAMAGE) for n in range(count)])


async def test_a_start_from_a_snapshot_and_its_tail_equals_one_from_the_first_entry(
    begin: Begin, store: Store
) -> None:
    one = await begin(OFTEN)
    issue = IssueCommand(order=order(), to=Addressing(units=["east1", "patrol"]))
    await one.answer("c", "commander", issue)
    for n in range(8):
        await busy(one, f"a{n}", 5)
        await one.answer(f"r{n}", "east1.desk", AcknowledgeCommand(command="c", unit="east1"))
    lines = store.journal(LOG)
    while (kept := await lines.latest_snapshot()) is None:
        await busy(one, "more", 1)
        await one.engine.at_rest()
    assert kept.seq <= one.engine.seq
    await busy(one, "tail", 7)
    with_snapshot = await begin()
    assert canonical(with_snapshot.engine.world.state) == canonical(one.engine.world.state)
    at_two = await lines.latest_snapshot(1)
    assert at_two is None
    without, _, base = await load(_Forgetful(store))
    assert base is None
    assert canonical(without.state) == canonical(one.engine.world.state)


class _Forgetful:
    """A journal that has no snapshots."""

    def __init__(self, store: Store) -> None:
        self._lines = store.journal(LOG)
        self.log = LOG
        self.head = self._lines.head
        self.read = self._lines.read
        self.open_turn = self._lines.open_turn
        self.close = self._lines.close
        self.save_snapshot = self._lines.save_snapshot
        self.renew_epoch = self._lines.renew_epoch

    async def latest_snapshot(self, at_most: int | None = None) -> Snapshot | None:
        return None


async def test_a_node_that_starts_while_another_writes_misses_nothing(begin: Begin, store: Store) -> None:
    """Whenever it looks, one more entry has just been appended."""
    one = await begin()
    await busy(one, "a", 3)
    lines = _Busy(store, one)
    world, head, _ = await load(lines)
    assert lines.looked >= 3
    assert world.state.seq == head.seq
    assert len(world.state.situation) == head.seq - 1
    engine = Engine(lines, QUICK)
    await engine.start()
    await engine.ask("last", "east.desk", DAMAGE)
    await one.told.until(lambda: one.engine.seq == engine.seq)
    assert canonical(engine.world.state) == canonical(one.engine.world.state)
    await engine.close()


class _Busy(_Forgetful):
    """A journal that grows between any two looks at it."""

    def __init__(self, store: Store, writer: Running) -> None:
        super().__init__(store)
        self.looked = 0
        self._writer = writer

        async def head() -> Head:
            found = await self._lines.head()
            await self._append()
            return found

        async def read(after: int, limit: int) -> list[Entry]:
            found = await self._lines.read(after, limit)
            await self._append()
            return found

        self.head, self.read = head, read

    async def latest_snapshot(self, at_most: int | None = None) -> Snapshot | None:
        await self._append()
        return None

    async def _append(self) -> None:
        self.looked += 1
        if self.looked < 12:
            await busy(self._writer, f"look{self.looked}", 1)


async def test_a_snapshot_of_another_version_is_passed_over(begin: Begin, store: Store) -> None:
    one = await begin()
    await busy(one, "a", 3)
    lines = store.journal(LOG)
    head = await lines.head()
    await lines.save_snapshot(Snapshot(head.seq, head.hash, msgspec.msgpack.encode({"old": 1}), head.at))
    two = await begin()
    assert canonical(two.engine.world.state) == canonical(one.engine.world.state)


async def test_a_new_epoch_makes_the_engine_start_afresh_and_say_so(begin: Begin, store: Store) -> None:
    one = await begin()
    await busy(one, "a", 3)
    before = one.engine.epoch
    epoch = await store.new_epoch(LOG)
    await one.told.until(lambda: one.told.restored == 1)
    assert one.engine.epoch == epoch != before
    assert one.engine.recent.after(2) is None  # what it remembered is void
    assert one.engine.seq == 4


async def test_a_database_restored_under_a_running_engine_is_noticed_and_its_followers_begin_again(
    begin: Begin, store: Store, database: Path
) -> None:
    """Also when it has grown past the old head meanwhile and nobody declared it: the chain tells."""
    one = await begin()
    kept: list[int] = []
    again = asyncio.Event()

    async def cursor() -> int:
        return 1  # what the follower had kept is restored with the rest

    async def keep(entries: Sequence[Published]) -> None:
        kept.extend(entry.seq for entry in entries)
        if kept.count(3) == 2:
            again.set()

    follower = Follower("test", one.engine, cursor, keep, gather=0)
    follower.start()
    await one.answer("a1", "east.desk", DAMAGE)
    copy = copy_database(database, database.parent / "backup")
    await one.answer("a2", "east.desk", DAMAGE)
    await elsewhere(copy)
    put_in_place(database, copy)
    done = await asked_until_answered(one)
    assert one.told.restored == 1
    assert [entry.action_id for entry in await journal(store)] == ["found", "a1", "other1", "other2", "a2"]
    assert done == 5
    await asyncio.wait_for(again.wait(), 20)
    await follower.stop()


async def elsewhere(copy: Path) -> None:
    """Another history, longer than the first."""
    store = await Store.open(f"sqlite:///{copy}", copy.parent / "blobs")
    engine = Engine(store.journal(LOG), QUICK)
    await engine.start()
    for id in ("other1", "other2"):
        await engine.ask(id, "west.desk", DAMAGE)
    await engine.close()
    await store.close()


async def asked_until_answered(one: Running) -> int:
    """As a client does."""
    while isinstance(answer := await one.answer("a2", "east.desk", DAMAGE), Rejected):
        assert answer.retry
    return answer.seq
