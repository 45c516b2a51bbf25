"""The journal fails: nothing is told before its commit, everybody is answered, the world is the journal."""

import asyncio

import pytest

from server.domain.refusal import Code, Rejected
from server.domain.situation import ReportSituation, SituationKind
from server.engine.engine import Pace
from server.engine.inbox import Answer, Done
from server.engine.journal import Reason
from server.engine.rebuild import load
from server.store import Store
from tests.engine.conftest import LOG, QUICK, Begin, Running, journal
from tests.engine.journals import Moment
from tests.world.builders import canonical

DAMAGE = ReportSituation(kind=SituationKind.DAMAGE, text="Tree down")
TROUBLE: list[tuple[Moment, Reason]] = [
    ("open", "locked"),
    ("open", "stalled"),
    ("open", "unreachable"),
    ("before", "disk_full"),
    ("before", "stalled"),
    ("before", "unknown"),
    ("after", "unknown"),
]


def is_down(answer: Answer) -> bool:
    return (
        isinstance(answer, Rejected)
        and answer.code is Code.JOURNAL_DOWN
        and answer.retry
        and bool(answer.after)
    )


async def equals_its_journal(one: Running, store: Store) -> bool:
    world, head, _ = await load(store.journal(LOG))
    same = canonical(world.state) == canonical(one.engine.world.state)
    return same and head.seq == one.engine.seq == world.state.seq


@pytest.mark.parametrize(("moment", "reason"), TROUBLE)
async def test_a_failed_turn_tells_nothing_answers_all_and_leaves_the_world_of_the_journal(
    one: Running, store: Store, moment: Moment, reason: Reason
) -> None:
    await one.answer("a0", "east.desk", DAMAGE)
    one.journal.break_at(moment, reason)
    answers = await one.answers([(f"a{n}", "east.desk", DAMAGE) for n in range(1, 6)])
    assert all(is_down(answer) for answer in answers)
    assert one.told.seqs == [2]
    assert len(one.engine.world.state.situation) == 1
    assert one.engine.down is not None
    one.journal.mend()
    again = await one.answers([(f"a{n}", "east.desk", DAMAGE) for n in range(1, 6)])
    assert [answer.seq for answer in again if isinstance(answer, Done)] == [3, 4, 5, 6, 7]
    assert one.told.seqs == [2, 3, 4, 5, 6, 7]
    assert len(await journal(store)) == 7
    assert await equals_its_journal(one, store)
    assert one.engine.down is None


async def test_a_commit_whose_answer_was_lost_is_found_by_the_next_look(one: Running, store: Store) -> None:
    one.journal.break_at("after", "unknown")
    assert is_down(await one.answer("a1", "east.desk", DAMAGE))
    one.journal.mend()
    await one.told.until(lambda: one.told.seqs == [2])  # nobody asked anything more
    assert await equals_its_journal(one, store)


async def test_whoever_asks_while_catching_up_fails_is_answered(one: Running) -> None:
    one.journal.break_at("read")
    one.engine.hint()
    answer = await one.answer("a1", "east.desk", DAMAGE)
    assert isinstance(answer, Done)


async def test_a_fault_nobody_thought_of_ends_neither_the_turns_nor_the_polls(
    one: Running, begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    moments: tuple[Moment, ...] = ("open", "before", "read")
    for moment in moments:
        one.journal.fail_at(moment, ValueError("never seen before"))
        answer = await one.answer(f"{moment}.1", "east.desk", DAMAGE)
        if moment == "read":
            assert isinstance(answer, Done)
            async with asyncio.timeout(20):
                while "looking at the head" not in caplog.text:  # noqa: ASYNC110 - a log has no event
                    await asyncio.sleep(0.01)
        else:
            assert isinstance(answer, Rejected)
            assert answer.code is Code.INTERNAL
        one.journal.mend()
        assert isinstance(await one.answer(f"{moment}.2", "east.desk", DAMAGE), Done)
    two = await begin()
    await two.answer("two", "east.desk", DAMAGE)
    await one.told.until(lambda: one.told.seqs[-1] == two.engine.seq)


async def test_a_full_disk_stays_told_until_something_was_written(one: Running) -> None:
    one.journal.break_at("before", "disk_full")
    assert is_down(await one.answer("a1", "east.desk", DAMAGE))
    polls = asyncio.Event()
    head = one.journal.head

    async def counted() -> object:
        polls.set()
        return await head()

    one.journal.head = counted  # type: ignore[assignment,method-assign]
    for _ in range(2):
        await asyncio.wait_for(polls.wait(), 5)
        polls.clear()
    assert one.engine.down == "disk_full"
    one.journal.mend()
    await one.answer("a2", "east.desk", DAMAGE)
    assert one.engine.down is None


async def test_nothing_is_told_and_nobody_comes_in_while_a_commit_is_on_its_way(one: Running) -> None:
    one.journal.hold()
    asked = asyncio.create_task(one.answer("a1", "east.desk", DAMAGE))
    await one.journal.waiting.wait()
    resting = asyncio.create_task(one.engine.at_rest())
    preview = asyncio.create_task(one.engine.preview("p", "east.desk", DAMAGE))
    done, _ = await asyncio.wait([asked, resting, preview], timeout=0.2)
    assert not done
    assert one.told.seqs == []
    one.journal.go.set()
    assert isinstance(await asked, Done)
    await resting
    assert len(await preview) == 1


async def test_closing_finishes_what_was_accepted_and_refuses_what_comes_later(
    begin: Begin, store: Store
) -> None:
    one = await begin()
    answers: list[Answer] = []
    for n in range(50):
        one.engine.submit(f"a{n}", "east.desk", DAMAGE, answers.append)
    closing = asyncio.create_task(one.engine.close())
    await asyncio.sleep(0)
    with pytest.raises(Rejected) as late:
        await one.engine.ask("late", "east.desk", DAMAGE)
    assert late.value.code is Code.SHUTTING_DOWN
    await closing
    assert [answer.seq for answer in answers if isinstance(answer, Done)] == list(range(2, 52))
    snapshot = await store.journal(LOG).latest_snapshot()
    assert snapshot is not None
    assert snapshot.seq == 51


async def test_closing_under_a_database_that_hangs_answers_all_and_keeps_nothing_uncommitted(
    begin: Begin, store: Store
) -> None:
    one = await begin(Pace(turn_timeout=0.1, poll=0.05, batch=2))
    one.journal.hold()
    answers: list[Answer] = []
    for n in range(5):
        one.engine.submit(f"a{n}", "east.desk", DAMAGE, answers.append)
    await one.journal.waiting.wait()
    await one.engine.close()
    assert len(answers) == 5
    assert all(isinstance(answer, Rejected) and answer.retry for answer in answers)
    two = await begin(QUICK)
    assert two.engine.world.state.situation == {}
    assert await equals_its_journal(two, store)
