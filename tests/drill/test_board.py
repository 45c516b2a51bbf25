"""The dispatch board in a drill, under the real rules: asked, sourced, answered, carried, signed, back."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.drill import board as told
from clients.drill import dispatching
from clients.drill.job import Job, Post
from clients.drill.mind import person_of
from clients.drill.seen import Seen
from resources import actions as b
from resources.state import DispatchStep, RequestStep
from server.domain import mode as m
from server.domain.incident import IncidentFacts, IncidentGrade, ResponseLevel
from tests.drill.theatre import Theatre
from tests.resources.reckoning import Reckoning

NOW = 1_700_000_000_000
HOUR = 3600 / 12  # seconds of the wall clock, at the pace of drills
ON_BOARD = {"RequestResources", "DispatchResources", "CloseOrder", "SettleDiscrepancy", "HandOverResources"}


def flooded(seed: str, hours: float = 6, directed: bool = False) -> Theatre:
    theatre = Theatre(seed, directed=directed, stock=True)
    if not directed:
        facts = IncidentFacts(kind=theatre.plan.kind, title="台风", grade=IncidentGrade.LARGER)
        declare = m.DeclareEmergency(
            scope="d", incident=facts, level=ResponseLevel.III, reason="演练", plan=theatre.plan.id
        )
        theatre.commander(declare, id="switch")
    theatre.play(hours * HOUR)
    return theatre


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000).map(str))
def test_the_rules_refuse_nothing_that_is_done_at_the_board(seed: str) -> None:
    theatre = flooded(seed, directed=True)
    assert theatre.refused == []
    reckoning = Reckoning()
    for entry in theatre.district.log:
        reckoning.take(entry.seq, entry.at, entry.events())


def test_a_drill_runs_the_board_from_asking_to_bringing_back() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(4):
        kinds += flooded(str(seed), directed=True).kinds()
    done = {
        *("RequestResources", "DispatchResources", "AcknowledgeOrder", "AcceptOrder", "DeclineOrder"),
        *("CommitOrder", "ReportDeparture", "ReportArrival", "HandOverResources", "ReportConsumed"),
        *("ReportReturning", "ReportReturn", "CloseOrder", "CloseRequest", "RecallOrder"),
    }
    assert done <= set(kinds), done - set(kinds)


def test_what_is_declined_is_sourced_elsewhere() -> None:
    for seed in range(6):
        theatre = flooded(str(seed), directed=True)
        replaced = [order for order in theatre.district.state.board.orders.values() if order.replaces]
        if replaced:
            assert {order.issuer for order in replaced} == {"d"}
            return
    pytest.fail("nothing was ever declined")


def test_nobody_asks_for_anything_without_an_emergency_or_for_what_there_is_not() -> None:
    quiet = Theatre("1", stock=True)
    quiet.play(6 * HOUR)
    assert ON_BOARD.isdisjoint(quiet.kinds())
    bare = Theatre("1", directed=True)
    bare.play(3 * HOUR)
    assert bare.done("RequestResources") == 0


def test_while_a_person_commands_a_part_is_left_for_them() -> None:
    sourced = left = 0
    for seed in range(4):
        theatre = Theatre(str(seed), directed=True, stock=True)
        theatre.play(2)
        facts = IncidentFacts(kind=theatre.plan.kind, title="台风", grade=IncidentGrade.LARGER)
        declare = m.DeclareEmergency(
            scope="d", incident=facts, level=ResponseLevel.III, reason="演练", plan=theatre.plan.id
        )
        theatre.commander(declare, id="switch")
        theatre.play(4 * HOUR)
        requests = [*theatre.district.state.board.requests.values()]
        assert all(not request.promised for request in requests if request.planned)
        asked = [request for request in requests if not request.planned]
        sourced += sum(request.promised > 0 for request in asked)
        left += sum(not request.promised and request.step is RequestStep.OPEN for request in asked)
        assert "IssueCommand" not in {do["type"] for _, who, do in theatre.acts if who == "deputy"}
    assert sourced > 0
    assert left > 0


def test_what_stations_keep_of_the_board_is_what_the_rules_say() -> None:
    theatre = flooded("3", hours=4, directed=True)
    board = theatre.district.state.board
    actor = next(actor for actor in theatre.actors if actor.account == "water.desk")
    kept = actor.seen.board
    assert {id: order.step for id, order in kept.orders.items()} == {
        id: order.step.value for id, order in board.orders.items()
    }
    assert {id: (r.step, r.promised) for id, r in kept.requests.items()} == {
        id: (r.step.value, r.promised) for id, r in board.requests.items()
    }
    assert {id: r.stock.free for id, r in kept.resources.items()} == {
        id: r.stock.free for id, r in board.resources.items()
    }


def carrying(step: str) -> Seen:
    seen = Seen(account="amy", unit="team")
    there = told.Destination(unit="v1", position=told.Place(lon=121.4, lat=30.8))
    seen.board.orders["o"] = told.Order(
        id="o",
        request="r",
        owner="d01",
        issuer="d",
        to=there,
        lines=[],
        step=step,
        kind="泵",
        carrier="team",
        since=NOW,
    )
    return seen


def test_a_team_moves_to_where_it_is_needed_stays_and_comes_back() -> None:
    post = Post("t", "amy", "team", "team", "field", 121.3, 30.8)
    who = person_of(Job(url="", log="l", stations=[post], seed="1"), post)
    home = who.home.at(NOW)
    lons = [
        dispatching.where(who, carrying("en_route"), NOW + ms)["lon"] for ms in (0, 30_000, 60_000, 9_000_000)
    ]
    assert lons[0] == pytest.approx(home["lon"])
    assert lons == sorted(lons)
    assert lons[-1] == pytest.approx(121.4)
    assert dispatching.where(who, carrying("in_use"), NOW)["lon"] == pytest.approx(121.4)
    back = dispatching.where(who, carrying("returning"), NOW + 9_000_000)
    assert back["lon"] == pytest.approx(home["lon"])
    assert dispatching.where(who, carrying("returned"), NOW) == who.home.at(NOW)


def test_orders_that_go_well_end_with_a_signature_of_both_sides() -> None:
    theatre = flooded("1", hours=5, directed=True)
    signed = [order for order in theatre.district.state.board.orders.values() if order.handover is not None]
    assert signed
    for order in signed:
        assert order.handover is not None
        assert order.handover.giver.unit == (order.carrier or order.owner)
        assert order.handover.receiver.unit == order.to.unit
        assert order.step not in (DispatchStep.ISSUED, DispatchStep.EN_ROUTE)


def test_who_was_offline_reports_what_is_called_back_and_somebody_settles_it() -> None:
    for seed in range(8):
        theatre = flooded(str(seed), hours=1.2, directed=True)
        on_the_way = [
            order
            for order in theatre.district.state.board.orders.values()
            if order.step is DispatchStep.EN_ROUTE and order.carrier == "pump"
        ]
        if not on_the_way:
            continue
        theatre.deaf.add("pump.chief")
        theatre.commander(b.RecallOrder(order=on_the_way[0].id, reason="折返"))
        theatre.play(2 * HOUR)
        odd = [*theatre.district.state.board.discrepancies.values()]
        assert [(each.order, each.unit) for each in odd[:1]] == [(on_the_way[0].id, "pump")]
        assert odd[0].settled_by
        return
    pytest.fail("nothing was on the way")
