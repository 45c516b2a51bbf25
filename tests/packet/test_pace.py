"""What is due by time comes by time, however few turns a busy machine leaves."""

import asyncio

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
        self._last = 0.0
        self._at: asyncio.Queue[float] = asyncio.Queue()

    def turn(self) -> bool:
        self._at.put_nowait(asyncio.get_running_loop().time())
        return self.presses

    async def pauses(self, count: int) -> list[float]:
        """Before each of the next ones."""
        pauses = []
        for _ in range(count):
            at = await asyncio.wait_for(self._at.get(), 20)
            pauses.append(at - self._last)
            self._last = at
        return pauses


async def test_turns_rest_while_nothing_presses_and_come_soon_when_somebody_is_in_a_hurry() -> None:
    """On average nothing comes early; how late it may be is the machine's affair: of some, one is in time."""
    turns = Turns()
    ticker = Ticker(turns.turn)
    try:
        await turns.pauses(1)
        assert sum(await turns.pauses(4)) > 3.5 * REST
        hurried: list[float] = []
        while not hurried or min(hurried) > 2 * TICK:
            ticker.hurry()
            hurried += await turns.pauses(1)
            assert len(hurried) < 50
        turns.presses = True
        assert min(await turns.pauses(30)) < 2 * TICK
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
