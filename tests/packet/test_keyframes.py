"""Key frames are asked for rarely, and until one comes."""

from itertools import pairwise

from rooms.media.packet.demand import LINGER, Demand
from rooms.media.packet.keyframes import BURST, COALESCE, RETRY_MOST, KeyRequests, Patience


def test_many_who_want_one_cause_one_request() -> None:
    keys = KeyRequests()
    assert [keys.want(10 + at / 100) for at in range(40)].count(True) == 1


def test_a_request_soon_after_an_answered_one_is_held_back_not_lost() -> None:
    keys = KeyRequests()
    assert keys.want(10.0)
    keys.arrived(10.1)
    assert not keys.want(10.2)
    assert not keys.due(10.3)
    assert keys.due(10.0 + COALESCE)


def test_a_request_is_repeated_until_a_key_frame_comes() -> None:
    keys = KeyRequests()
    asked = [0.0] if keys.want(0.0) else []
    for tick in range(1, 200):
        if keys.due(tick / 20):
            asked.append(tick / 20)
    gaps = [after - before for before, after in pairwise(asked)]
    assert len(asked) >= 5
    assert min(gaps) >= COALESCE
    assert max(gaps) <= RETRY_MOST + 0.05
    keys.arrived(10.0)
    assert not any(keys.due(10 + at / 20) for at in range(100))


def test_nobody_waits_any_more() -> None:
    keys = KeyRequests()
    keys.want(0.0)
    keys.forget()
    assert not keys.due(5.0)
    assert keys.want(6.0)


def test_one_receiver_cannot_ask_without_end() -> None:
    patience = Patience()
    allowed = sum(patience.allows(100 + at / 100) for at in range(1000))
    assert BURST <= allowed <= BURST + 10


def test_a_layer_nobody_wants_is_sent_for_five_more_seconds() -> None:
    demand = Demand(3)
    assert demand.want([0, 2], 0.0) == [0, 2]
    assert demand.want([0], LINGER - 0.1) == [0, 2]
    assert demand.want([0], LINGER) == [0]
    assert demand.want([1], LINGER + 0.1) == [0, 1]
    assert demand.want([], 3 * LINGER) == []


def test_a_layer_there_is_not_is_not_wanted() -> None:
    assert Demand(1).want([0, 1, -1], 0.0) == [0]
