"""The choices a duty officer would ask about."""

import pytest

from resources.sourcing import propose as proposing
from resources.sourcing.greedy import nearest_first
from resources.sourcing.program import Program
from resources.sourcing.proposal import Cause, CauseOfShort, Reason, consignments_of
from resources.sourcing.propose import propose
from resources.sourcing.solver import Unsolved
from resources.state import NeedPriority, RequestStep
from tests.resources.sourcing.boards import HOUR, NOW, SEAT, UNITS, ask, board, east, stock

LIFE = NeedPriority.LIFESAVING


def test_the_nearest_pump_goes() -> None:
    on = board()
    stock(on, "far", "水泵", position=east(9), depot="远")
    stock(on, "near", "水泵", position=east(2), depot="近")
    ask(on, "q", "水泵", 1)
    [line] = propose(on, UNITS, NOW).lines
    assert (line.resource, line.reasons) == ("near", [Reason.NEAREST])
    assert line.km == pytest.approx(2.7, abs=0.1)
    assert line.minutes == 15  # ten to load, five on the road
    assert line.arrives_at == NOW + 15 * 60_000


def test_a_pump_that_needs_preparing_counts_as_farther() -> None:
    on = board()
    stock(on, "near", "水泵", position=east(1), depot="近", ready_in=60)
    stock(on, "far", "水泵", position=east(9), depot="远")
    ask(on, "q", "水泵", 2)
    lines = propose(on, UNITS, NOW).lines
    assert [(line.resource, line.reasons) for line in lines] == [
        ("far", [Reason.NEAREST]),
        ("near", [Reason.NEAREST_LEFT, Reason.PREPARING]),
    ]


def test_of_two_needs_each_gets_a_part_of_what_does_not_suffice() -> None:
    on = board()
    stock(on, "s", "沙袋", 100)
    ask(on, "q1", "沙袋", 100)
    ask(on, "q2", "沙袋", 100, at=east(6))
    proposal = propose(on, UNITS, NOW)
    assert [(line.request, line.quantity) for line in proposal.lines] == [("q1", 50), ("q2", 50)]
    assert [(s.request, s.quantity) for s in proposal.shortfalls] == [("q1", 50), ("q2", 50)]
    assert proposal.shortfalls[0].causes == [CauseOfShort(cause=Cause.PROMISED, quantity=50)]


def test_a_life_comes_before_an_earlier_request() -> None:
    on = board()
    stock(on, "p", "水泵")
    ask(on, "q1", "水泵", 1)
    ask(on, "q2", "水泵", 1, LIFE, at=east(12))
    proposal = propose(on, UNITS, NOW)
    assert [line.request for line in proposal.lines] == ["q2"]
    assert [s.request for s in proposal.shortfalls] == ["q1"]


def test_a_minimum_stays_and_the_shortfall_says_so() -> None:
    on = board()
    stock(on, "s", "沙袋", 100, minimum=80)
    ask(on, "q", "沙袋", 50)
    proposal = propose(on, UNITS, NOW)
    assert [line.quantity for line in proposal.lines] == [20]
    assert proposal.shortfalls[0].causes == [CauseOfShort(cause=Cause.RESERVED, quantity=30)]


def test_a_minimum_is_broken_into_to_save_lives() -> None:
    on = board()
    stock(on, "s", "沙袋", 100, minimum=80)
    ask(on, "q", "沙袋", 50, LIFE)
    [line] = propose(on, UNITS, NOW).lines
    assert line.quantity == 50
    assert line.reasons == [Reason.NEAREST, Reason.BREAKS_RESERVE]


def test_what_is_free_a_little_farther_goes_before_a_minimum() -> None:
    on = board()
    stock(on, "near", "沙袋", 100, minimum=100, depot="近")
    stock(on, "far", "沙袋", 100, owner="T2", position=east(8))
    ask(on, "q", "沙袋", 50)
    [line] = propose(on, UNITS, NOW).lines
    assert (line.resource, line.reasons) == ("far", [Reason.KEEPS_RESERVE])


def test_the_burden_is_spread_over_owners_who_are_about_as_near() -> None:
    on = board()
    stock(on, "d", "沙袋", 100)
    stock(on, "t", "沙袋", 100, owner="T2", position=east(4))
    ask(on, "q", "沙袋", 100)
    proposal = propose(on, UNITS, NOW)
    assert [(line.owner, line.quantity) for line in proposal.lines] == [("D03", 50), ("T2", 50)]
    assert proposal.lines[1].reasons == [Reason.SPREADS]
    assert [[(x.resource, x.quantity) for x in c.lines] for c in consignments_of(proposal, "q")] == [
        [("d", 50)],
        [("t", 50)],
    ]


def test_a_long_list_of_one_owner_becomes_several_orders() -> None:
    on = board()
    for number in range(90):
        stock(on, f"p{number:02}", "水泵")
    ask(on, "q", "水泵", 90)
    proposal = propose(on, UNITS, NOW)
    assert [len(c.lines) for c in consignments_of(proposal, "q")] == [40, 40, 10]
    assert {c.arrival for c in consignments_of(proposal, "q")} == {NOW + 10 * 60_000}


def test_to_save_lives_the_burden_is_hardly_spread() -> None:
    on = board()
    stock(on, "d", "沙袋", 100)
    stock(on, "t", "沙袋", 100, owner="T2", position=east(4))
    ask(on, "q", "沙袋", 100, LIFE)
    assert [(line.owner, line.quantity) for line in propose(on, UNITS, NOW).lines] == [("D03", 100)]


def test_a_substitute_goes_when_the_kind_is_short() -> None:
    on = board()
    stock(on, "truck", "泵车")
    stock(on, "pump", "水泵")
    ask(on, "q", "水泵", 3, substitutes=("泵车",))
    proposal = propose(on, UNITS, NOW)
    assert {line.resource: Reason.SUBSTITUTE in line.reasons for line in proposal.lines} == {
        "pump": False,
        "truck": True,
    }
    assert proposal.shortfalls[0].causes == [CauseOfShort(cause=Cause.NOT_ENOUGH, quantity=1)]


def test_water_that_expires_on_the_way_stays_and_the_older_batch_goes_first() -> None:
    on = board()
    stock(on, "spoilt", "饮用水", 4, expires_at=NOW + 60_000, batch="0")
    stock(on, "gone", "饮用水", 6, expires_at=NOW, batch="0")
    stock(on, "young", "饮用水", 10, expires_at=NOW + 900 * HOUR, batch="2")
    stock(on, "old", "饮用水", 10, expires_at=NOW + 90 * HOUR, batch="1")
    ask(on, "q", "饮用水", 5)
    [line] = propose(on, UNITS, NOW).lines
    assert (line.resource, line.quantity) == ("old", 5)
    ask(on, "q2", "饮用水", 30)
    proposal = propose(on, UNITS, NOW)
    assert {line.resource for line in proposal.lines} == {"old", "young"}
    assert CauseOfShort(cause=Cause.EXPIRED, quantity=10) in proposal.shortfalls[-1].causes


def test_what_comes_too_late_is_proposed_and_says_so() -> None:
    on = board()
    stock(on, "p", "水泵", position=east(20))
    ask(on, "q", "水泵", 1, by_when=NOW + 10 * 60_000)
    [line] = propose(on, UNITS, NOW).lines
    assert Reason.LATE in line.reasons


def test_nothing_known_of_a_place_is_an_hour() -> None:
    on = board()
    stock(on, "p", "水泵", owner="D09", position=None)
    ask(on, "q", "水泵", 1)
    [line] = propose(on, UNITS, NOW).lines
    assert (line.km, line.minutes) == (None, 70)
    assert Reason.DISTANCE_UNKNOWN in line.reasons


def test_what_is_out_of_service_stays_and_explains_the_shortfall() -> None:
    on = board()
    stock(on, "p", "水泵", fault="待修")
    ask(on, "q", "水泵", 2)
    proposal = propose(on, UNITS, NOW)
    assert proposal.lines == []
    assert proposal.shortfalls[0].causes == [
        CauseOfShort(cause=Cause.OUT_OF_SERVICE, quantity=1),
        CauseOfShort(cause=Cause.NOT_ENOUGH, quantity=1),
    ]


def test_what_nobody_has_is_said_to_be_nowhere() -> None:
    on = board()
    ask(on, "q", "水泵", 2)
    assert propose(on, UNITS, NOW).shortfalls[0].causes == [CauseOfShort(cause=Cause.NONE_THERE, quantity=2)]


def test_only_what_no_order_has_promised_is_asked_for() -> None:
    on = board()
    stock(on, "s", "沙袋", 100)
    ask(on, "q", "沙袋", 50)
    ask(on, "over", "沙袋", 50)
    on.requests["q"].promised = 30
    on.requests["over"].step = RequestStep.WITHDRAWN
    assert [(line.request, line.quantity) for line in propose(on, UNITS, NOW).lines] == [("q", 20)]


def test_the_solver_serves_more_needs_than_the_nearest_first() -> None:
    on = board()
    stock(on, "pump", "水泵", position=SEAT)
    stock(on, "truck", "泵车", position=east(3))
    ask(on, "q1", "水泵", 1, LIFE, substitutes=("泵车",))
    ask(on, "q2", "水泵", 1, LIFE, at=east(1))
    assert len(propose(on, UNITS, NOW, nearest_first).shortfalls) == 1
    assert propose(on, UNITS, NOW).shortfalls == []


def test_when_the_solver_gives_up_the_nearest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsolved(program: Program) -> list[int]:
        raise Unsolved("iteration limit")

    on = board()
    stock(on, "p", "水泵")
    ask(on, "q", "水泵", 1)
    monkeypatch.setattr(proposing, "solve", unsolved)
    assert [line.resource for line in propose(on, UNITS, NOW).lines] == ["p"]
