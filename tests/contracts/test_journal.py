"""What every journal promises the engine."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.engine.entry import GENESIS, Entry
from server.engine.journal import JournalDown, KnownAction, Snapshot
from server.store import Store
from server.store.faults import UnknownLog
from tests.contracts.conftest import OpenStore
from tests.contracts.turns import PATIENCE, append, commit, following


async def test_a_new_log_begins_at_nothing(store: Store) -> None:
    head = await store.journal("310116").head()
    assert (head.seq, head.hash) == (0, GENESIS)
    assert head.epoch


async def test_what_was_committed_is_read_back_as_it_was(store: Store) -> None:
    journal = store.journal("310116")
    entries = await append(journal, [f"a{n}" for n in range(345)], body=bytes(range(256)))
    assert await journal.read(0, 1000) == entries
    assert await journal.read(100, 3) == entries[100:103]
    head = await journal.head()
    assert (head.seq, head.hash, head.at) == (345, entries[-1].hash, entries[-1].at)


async def test_seqs_are_dense_over_many_turns(store: Store) -> None:
    journal = store.journal("310116")
    for turn in range(20):
        await append(journal, [f"{turn}-{n}" for n in range(turn)])
    assert [entry.seq for entry in await journal.read(0, 1000)] == list(range(1, 191))
    assert (await store.verify("310116")).whole


async def test_a_turn_with_nothing_to_say_changes_nothing(store: Store) -> None:
    journal = store.journal("310116")
    await append(journal, ["a"])
    before = await journal.head()
    async with await journal.open_turn(1, [], PATIENCE) as turn:
        await turn.commit([])
    assert await journal.head() == before


async def test_a_gap_an_older_time_and_a_doubled_id_are_refused_before_the_database(store: Store) -> None:
    journal = store.journal("310116")
    async with await journal.open_turn(0, [], PATIENCE) as turn:
        first, second = following(turn.head, turn.now, ["a", "b"])
        with pytest.raises(ValueError, match="stands where 1 belongs"):
            await turn.commit([second])
        with pytest.raises(ValueError, match="share an action id"):
            await turn.commit([first, Entry(2, second.at, "a", "wang", b"", b"", second.hash)])
        with pytest.raises(ValueError, match="older than its predecessor"):
            await turn.commit([first, Entry(2, first.at - 1, "b", "wang", b"", b"", second.hash)])
        await turn.commit([first, second])
    assert (await journal.head()).seq == 2


async def test_an_action_id_cannot_be_entered_twice(store: Store) -> None:
    journal = store.journal("310116")
    await append(journal, ["a"])
    async with await journal.open_turn(1, [], PATIENCE) as turn:
        with pytest.raises(ValueError, match="already in the journal"):
            await commit(turn, ["b", "a"])
    assert (await journal.head()).seq == 1
    await append(journal, ["c"])
    assert [entry.action_id for entry in await journal.read(0, 10)] == ["a", "c"]


async def test_a_retry_learns_the_answer_of_the_first_try(store: Store) -> None:
    journal = store.journal("310116")
    entries = await append(journal, ["a", "b", "c"])
    async with await journal.open_turn(3, ["b", "new", "c"], PATIENCE) as turn:
        assert turn.known == {
            "b": KnownAction(2, entries[1].at, "wang"),
            "c": KnownAction(3, entries[2].at, "wang"),
        }


async def test_a_turn_shows_what_others_appended(open_store: OpenStore, store: Store) -> None:
    mine, theirs = store.journal("310116"), (await open_store()).journal("310116")
    first = await append(mine, ["a", "b"])
    second = await append(theirs, ["c"])
    async with await mine.open_turn(1, [], PATIENCE) as turn:
        assert turn.missed == [first[1], *second]
        assert turn.head.seq == 3


async def test_a_second_turn_waits_and_then_sees_the_first(open_store: OpenStore, store: Store) -> None:
    mine, theirs = store.journal("310116"), (await open_store()).journal("310116")
    first = await mine.open_turn(0, ["a"], PATIENCE)
    waiting = asyncio.ensure_future(theirs.open_turn(0, ["a"], PATIENCE))
    entries = await commit(first, ["a"])
    async with await waiting as second:
        assert second.missed == entries
        assert "a" in second.known
        assert second.now >= entries[0].at


async def test_two_journals_of_one_process_take_turns_without_loss(
    open_store: OpenStore, store: Store
) -> None:
    journals = [store.journal("310116"), store.journal("310116"), (await open_store()).journal("310116")]

    async def work(number: int) -> None:
        for turn in range(15):
            await append(journals[number], [f"{number}-{turn}-{n}" for n in range(3)])

    await asyncio.gather(*(work(number) for number in range(len(journals))))
    assert len({entry.action_id for entry in await journals[0].read(0, 1000)}) == 3 * 15 * 3
    assert (await store.verify("310116")).whole


async def test_a_turn_that_is_left_is_rolled_back(open_store: OpenStore, store: Store) -> None:
    mine, theirs = store.journal("310116"), (await open_store()).journal("310116")
    with pytest.raises(LookupError):
        async with await mine.open_turn(0, [], PATIENCE):
            raise LookupError
    turn = await mine.open_turn(0, [], PATIENCE)
    await turn.rollback()
    assert len(await append(theirs, ["a"])) == 1
    with pytest.raises(RuntimeError, match="over"):
        await turn.commit([])


async def test_a_cancelled_turn_frees_the_lock(open_store: OpenStore, store: Store) -> None:
    mine, theirs = store.journal("310116"), (await open_store()).journal("310116")
    held = await theirs.open_turn(0, [], PATIENCE)
    waiting = asyncio.ensure_future(mine.open_turn(0, [], PATIENCE))
    await asyncio.sleep(0)
    waiting.cancel()
    await held.rollback()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(await append(theirs, ["a"])) == 1
    assert len(await append(mine, ["b"])) == 1


async def test_a_lock_held_by_another_node_is_told_as_locked(open_store: OpenStore, store: Store) -> None:
    mine, theirs = store.journal("310116"), (await open_store()).journal("310116")
    async with await theirs.open_turn(0, [], PATIENCE):
        for patience in (0.3, 1.0, 3.0):  # a busy machine may not even get to ask in the shortest
            with pytest.raises(JournalDown) as down:
                await mine.open_turn(0, [], patience)
            if down.value.reason == "locked":
                break
    assert down.value.reason == "locked"
    assert len(await append(mine, ["a"])) == 1


async def test_two_logs_of_one_database_do_not_meet(store: Store) -> None:
    await store.create_log("drill", "exercise", "演练")
    district, drill = store.journal("310116"), store.journal("drill")
    await append(district, ["a", "b"])
    await append(drill, ["a"])
    assert [entry.seq for entry in await drill.read(0, 10)] == [1]
    assert (await district.head()).seq == 2


async def test_time_never_goes_back(store: Store) -> None:
    journal = store.journal("310116")
    async with await journal.open_turn(0, [], PATIENCE) as turn:
        ahead = turn.now + 3_600_000
        await turn.commit(following(turn.head, ahead, ["a"]))
    async with await journal.open_turn(1, [], PATIENCE) as turn:
        assert turn.now == ahead


async def test_the_newest_three_snapshots_are_kept(store: Store) -> None:
    journal = store.journal("310116")
    assert await journal.latest_snapshot() is None
    made = [Snapshot(seq, bytes([seq]) * 32, b"world" * seq, 1000 + seq) for seq in range(1, 6)]
    for snapshot in made:
        await journal.save_snapshot(snapshot)
    await journal.save_snapshot(made[4])
    assert await journal.latest_snapshot() == made[4]
    assert await journal.latest_snapshot(at_most=4) == made[3]
    assert await journal.latest_snapshot(at_most=3) == made[2]
    assert await journal.latest_snapshot(at_most=2) is None


async def test_a_log_nobody_made_is_unknown(store: Store) -> None:
    journal = store.journal("nowhere")
    with pytest.raises(UnknownLog):
        await journal.head()
    with pytest.raises(UnknownLog):
        await journal.open_turn(0, [], PATIENCE)


async def test_a_restore_makes_a_new_epoch(store: Store) -> None:
    journal = store.journal("310116")
    before = await journal.head()
    epoch = await store.new_epoch("310116")
    assert epoch != before.epoch
    async with await journal.open_turn(0, [], PATIENCE) as turn:
        assert turn.head.epoch == epoch


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turns=st.lists(
        st.tuples(st.integers(0, 1), st.lists(st.text(max_size=20), max_size=12), st.binary(max_size=300)),
        max_size=8,
    )
)
async def test_any_turns_of_two_nodes_make_one_whole_log(
    open_store: OpenStore, turns: list[tuple[int, list[str], bytes]]
) -> None:
    stores = [await open_store(), await open_store()]
    log = f"log-{(await stores[0].now())}-{len(await stores[0].logs())}"
    await stores[0].create_log(log, "district", "")
    journals = [store.journal(log) for store in stores]
    seen: list[list[Entry]] = [[], []]
    for node, ids, body in turns:
        wanted = list(dict.fromkeys(id.replace("\x00", "") for id in ids))
        async with await journals[node].open_turn(len(seen[node]), wanted, PATIENCE) as turn:
            seen[node] += turn.missed
            assert set(turn.known) == set(wanted) & {entry.action_id for entry in seen[node]}
            seen[node] += await commit(turn, [id for id in wanted if id not in turn.known], body)
    whole = await journals[0].read(0, 10_000)
    for entries in seen:
        assert whole[: len(entries)] == entries
    assert (await stores[0].verify(log)).whole
    for store in stores:
        await store.close()
