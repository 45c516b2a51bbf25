"""The thread behind the store answers in time, and leaves nothing behind it that nobody owns."""

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import partial

import pytest

from server.store.lane import Expired, Lane


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    made = Lane("test")
    yield made
    await made.close()


async def test_work_is_done_in_another_thread_and_in_order(lane: Lane) -> None:
    done: list[int] = []
    await asyncio.gather(*(lane.call(partial(done.append, n), 5) for n in range(50)))
    assert done == list(range(50))
    assert await lane.call(threading.current_thread, 5) is not threading.current_thread()


async def test_what_the_work_raises_reaches_the_caller(lane: Lane) -> None:
    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        await lane.call(fail, 5)
    assert await lane.call(lambda: 1, 5) == 1


async def test_a_caller_of_work_that_hangs_is_answered_and_its_late_result_is_handed_over(lane: Lane) -> None:
    hang, late = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    results: list[str] = []

    def give_back(result: str) -> None:
        results.append(result)
        loop.call_soon_threadsafe(late.set)

    def work() -> str:
        hang.wait()
        return "a lock"

    with pytest.raises(Expired) as expired:
        await lane.call(work, 0.01, give_back)
    assert expired.value.begun
    hang.set()
    await late.wait()
    assert results == ["a lock"]


async def test_work_whose_caller_gave_up_before_its_turn_is_never_done(lane: Lane) -> None:
    hang = threading.Event()
    done: list[str] = []
    first = asyncio.ensure_future(lane.call(hang.wait, 5))
    await asyncio.sleep(0)
    with pytest.raises(Expired) as expired:
        await lane.call(lambda: done.append("too late"), 0.01)
    assert not expired.value.begun
    hang.set()
    await first
    await lane.call(lambda: done.append("next"), 5)
    assert done == ["next"]


async def test_the_result_for_a_cancelled_caller_is_handed_over(lane: Lane) -> None:
    begun, hang = threading.Event(), threading.Event()
    results: list[int] = []

    def work() -> int:
        begun.set()
        hang.wait()
        return 7

    caller = asyncio.ensure_future(lane.call(work, 5, results.append))
    await asyncio.to_thread(begun.wait)
    caller.cancel()
    hang.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await lane.call(lambda: None, 5)
    assert results == [7]


async def test_too_much_waiting_work_is_refused_at_once() -> None:
    lane = Lane("short", backlog=1)
    hang, begun = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        hang.wait()

    first = asyncio.ensure_future(lane.call(work, 5))
    await asyncio.to_thread(begun.wait)
    second = asyncio.ensure_future(lane.call(lambda: None, 5))
    await asyncio.sleep(0)
    with pytest.raises(Expired) as expired:
        await lane.call(lambda: None, 5)
    assert not expired.value.begun
    hang.set()
    await asyncio.gather(first, second)
    await lane.close()
