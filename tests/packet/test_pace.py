"""What is due by time comes by time, however few turns a busy machine leaves."""

import pytest

from rooms.media.pace import TICK, Pace

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
