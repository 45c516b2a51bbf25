"""What is due by time comes by time, however few turns a busy machine leaves."""

import asyncio
from itertools import pairwise

import pytest

from rooms.media.pace import REST, TICK, Pace, Ticker

SECOND = round(1 / TICK)


@pytest.mark.parametrize("between", [TICK, 0.03, 0.3])
def test_a_second_is_a_second_however_far_apart_turns_are(between: float) -> None:
    pace = Pace(100.0)
    turns = round(12 / between)
    seconds = 0
    for turn in range(1, turns + 1):
        pace.turn(100.0 + turn * between + 1e-6)
        seconds += pace.due(SECOND, offset=7)
    assert seconds == 12


def test_what_was_missed_for_long_is_due_once_and_not_again_before_its_time() -> None:
    pace = Pace(0.0)
    pace.turn(60.0)
    assert pace.due(4)
    assert pace.due(SECOND)
    pace.turn(60.001)
    assert not pace.due(4)
    pace.turn(60.2)
    assert pace.due(4)
    assert not pace.due(SECOND)


def test_the_work_of_many_is_spread_over_turns() -> None:
    pace = Pace(0.0)
    at_once = []
    for turn in range(1, SECOND + 1):
        pace.turn(turn * TICK + 1e-6)
        at_once.append(sum(pace.due(SECOND, offset=peer) for peer in range(80)))
    assert at_once == [2] * SECOND


class Turns:
    """When a ticker called, by its loop's clock; `presses` is answered."""

    def __init__(self) -> None:
        self.presses = False
        self.at: list[float] = []

    def turn(self) -> bool:
        self.at.append(asyncio.get_running_loop().time())
        return self.presses

    async def more(self, count: int) -> list[float]:
        """The next ones, with the one before."""
        before = len(self.at)
        async with asyncio.timeout(20):
            while len(self.at) < before + count:
                await asyncio.sleep(TICK / 5)
        return self.at[before - 1 :]


async def test_turns_rest_while_nothing_presses_and_come_soon_when_somebody_is_in_a_hurry() -> None:
    """Nothing comes early; how late it may be is the machine's affair, so of some tries one must be in time."""
    turns = Turns()
    ticker = Ticker(turns.turn)
    try:
        await turns.more(1)
        _, *rested = await turns.more(4)
        assert rested[-1] - rested[0] > 2.9 * REST
        hurried = []
        while not hurried or min(hurried) > 2 * TICK:
            ticker.hurry()
            last, soon = await turns.more(1)
            hurried.append(soon - last)
            assert len(hurried) < 50
        assert min(hurried) > TICK / 2
        turns.presses = True
        pressed = await turns.more(30)
        assert min(later - earlier for earlier, later in pairwise(pressed)) < 2 * TICK
    finally:
        ticker.stop()


async def test_a_turn_that_fails_is_known_and_is_the_last() -> None:
    calls = 0

    def turn() -> bool:
        nonlocal calls
        calls += 1
        raise ValueError("a rule")

    ticker = Ticker(turn)
    with pytest.raises(ValueError, match="a rule"):
        await asyncio.wait_for(ticker.failed, 20)
    await asyncio.sleep(3 * REST)
    assert calls == 1
