"""A turn: many callers, one commit, one answer each; an id is an action for ever."""

import asyncio
import gc
import weakref

import pytest

from server.domain.command import Addressing, CommandIssued, IssueCommand
from server.domain.house import Lapse
from server.domain.message import Event
from server.domain.people import CloseAccount
from server.domain.refusal import Code, Rejected
from server.domain.situation import ReportSituation, SituationKind
from server.engine.engine import Pace
from server.engine.inbox import Answer, Done
from server.store import Store
from server.world.world import World
from tests.engine.conftest import Begin, Running, journal
from tests.world.builders import canonical, order

DAMAGE = ReportSituation(kind=SituationKind.DAMAGE, text="Tree down")


def issue(*units: str) -> IssueCommand:
    return IssueCommand(order=order(), to=Addressing(units=list(units)))


async def test_a_batch_is_one_commit_and_each_caller_gets_its_own_answer_once(one: Running) -> None:
    answers = await one.answers([(f"a{n}", "east.desk", DAMAGE) for n in range(500)])
    assert [answer.seq for answer in answers if isinstance(answer, Done)] == list(range(2, 502))
    assert max(one.journal.commits) >= 499  # the first may have gone alone
    assert one.told.seqs == list(range(2, 502))


async def test_a_batch_behaves_as_if_its_actions_had_come_one_by_one(one: Running) -> None:
    issued, taken, refused = await one.answers(
        [("c", "commander", issue("east1")), ("c", "commander", issue("west1")), ("x", "commander", issue())]
    )
    assert isinstance(issued, Done)
    assert taken == issued  # the same id: the first answer, not a second command
    assert isinstance(refused, Rejected)
    assert refused.code is Code.NOBODY_ADDRESSED
    assert list(one.engine.world.state.deliveries["c"]) == ["east1"]


async def test_a_retry_returns_the_first_answer_also_from_another_engine_and_after_a_restart(
    begin: Begin, store: Store
) -> None:
    one, two = await begin(), await begin()
    first = await one.answer("a", "east.desk", DAMAGE)
    assert await one.answer("a", "east.desk", DAMAGE) == first
    assert await two.answer("a", "east.desk", DAMAGE) == first
    third = await begin()
    assert await third.answer("a", "east.desk", DAMAGE) == first
    assert len(await journal(store)) == 2


async def test_an_id_of_somebody_else_is_refused_and_does_nothing(one: Running, store: Store) -> None:
    await one.answer("a", "east.desk", DAMAGE)
    refused = await one.answer("a", "west.desk", DAMAGE)
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.retry) == (Code.ACTION_ID_TAKEN, False)
    assert len(await journal(store)) == 2


async def test_what_is_already_so_is_answered_without_an_entry(one: Running, store: Store) -> None:
    answer = await one.answer("l", None, Lapse())
    assert isinstance(answer, Done)
    assert answer.seq == 1
    assert len(await journal(store)) == 1


async def test_a_refusal_leaves_with_its_answer_and_nothing_to_collect(one: Running) -> None:
    """Under contention nearly all answers are refusals: they are not to bring the collector in."""
    given: list[weakref.ref[Rejected]] = []
    answered = asyncio.Event()

    def reply(answer: Answer) -> None:
        assert isinstance(answer, Rejected)
        given.append(weakref.ref(answer))
        answered.set()

    gc.disable()
    try:
        one.engine.submit("x", "commander", issue(), reply)
        await answered.wait()
        await one.engine.up_to_date()
        await asyncio.sleep(0)
        assert [refusal() for refusal in given] == [None]
    finally:
        gc.enable()


async def test_a_closed_account_is_refused_in_the_turn_itself(one: Running) -> None:
    closed, refused = await one.answers(
        [("close", "admin", CloseAccount(account="east.desk")), ("late", "east.desk", DAMAGE)]
    )
    assert isinstance(closed, Done)
    assert isinstance(refused, Rejected)
    assert refused.code is Code.SESSION_REVOKED


async def test_a_full_inbox_says_so_and_when_to_come_again(begin: Begin) -> None:
    one = await begin(Pace(pending=3, poll=0.05))
    answers: list[object] = []
    for n in range(3):
        one.engine.submit(f"a{n}", "east.desk", DAMAGE, answers.append)
    with pytest.raises(Rejected) as full:
        one.engine.submit("a3", "east.desk", DAMAGE, answers.append)
    assert full.value.code is Code.TOO_MANY_PENDING
    assert full.value.retry
    assert full.value.after is not None
    await one.told.until(lambda: len(answers) == 3)


async def test_one_callers_broken_reply_is_not_the_others_business(one: Running) -> None:
    def broken(_answer: object) -> None:
        raise ConnectionResetError

    one.engine.submit("a1", "east.desk", DAMAGE, broken)
    answer = await one.answer("a2", "east.desk", DAMAGE)
    assert isinstance(answer, Done)


async def test_a_listener_that_fails_does_not_stop_the_log(one: Running) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a socket layer's defect")

    one.engine.on_published = broken
    assert isinstance(await one.answer("a1", "east.desk", DAMAGE), Done)
    assert isinstance(await one.answer("a2", "east.desk", DAMAGE), Done)
    assert one.engine.seq == 3


async def test_a_preview_tells_what_would_happen_and_nothing_does(one: Running, store: Store) -> None:
    events = await one.engine.preview("p", "commander", issue("east1", "west2"))
    assert isinstance(events[0], CommandIssued)
    assert len(await journal(store)) == 1
    assert one.engine.world.state.commands == {}
    with pytest.raises(Rejected):
        await one.engine.preview("p", "boat.chief", issue("east1"))


async def test_a_rule_that_breaks_half_way_is_answered_and_the_world_is_what_it_was(
    one: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await one.answer("a1", "east.desk", DAMAGE)
    before = canonical(one.engine.world.state)
    apply = World.apply

    def half(self: World, event: Event, at: int) -> None:
        apply(self, event, at)
        if isinstance(event, CommandIssued):
            raise ZeroDivisionError("a defect of a rule")

    monkeypatch.setattr(World, "apply", half)
    caught, other = await one.answers([("c", "commander", issue("east1")), ("a2", "east.desk", DAMAGE)])
    monkeypatch.undo()
    await one.answer("l", None, Lapse())
    for answer in (caught, other):
        assert isinstance(answer, Rejected)
        assert (answer.code, answer.retry) == (Code.INTERNAL, True)
    assert canonical(one.engine.world.state) == before
    assert isinstance(await one.answer("c", "commander", issue("east1")), Done)
    assert one.told.seqs == [2, 3]
    assert "building the world again" in caplog.text


async def test_who_waits_to_be_up_to_date_sees_what_was_asked_before(one: Running) -> None:
    """Also what is in the inbox and what a turn that fails refuses; of what is asked later nobody waits."""
    one.journal.hold()
    first = asyncio.create_task(one.answer("a1", "east.desk", DAMAGE))
    await one.journal.waiting.wait()
    second = asyncio.create_task(one.answer("a2", "east.desk", DAMAGE))
    await asyncio.sleep(0)  # both are asked
    seen = asyncio.create_task(_seen(one))
    await asyncio.sleep(0)
    third = asyncio.create_task(one.answer("a3", "east.desk", DAMAGE))
    one.journal.go.set()
    assert await seen >= 2
    await asyncio.gather(first, second, third)
    await one.engine.up_to_date()  # nothing is asked: at once
    one.journal.break_at("before")
    refused = asyncio.create_task(one.answer("a4", "east.desk", DAMAGE))
    await asyncio.sleep(0)
    assert await _seen(one) == 3
    assert isinstance(await refused, Rejected)


async def _seen(one: Running) -> int:
    await one.engine.up_to_date()
    return len(one.engine.world.state.situation)
