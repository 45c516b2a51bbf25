"""What time does by itself to an order: who is reminded, and who is told when nothing comes."""

from typing import Any

import msgspec
import pytest

from resources import actions as b
from resources import events as e
from resources.state import Destination, Need, NeedPriority
from resources.state import DispatchStep as D
from server.domain import people as p
from server.domain import plans as pl
from server.domain.message import Event
from tests.golden.board import CLOCKS, DYKE, SIGNED
from tests.resources.test_board import Board
from tests.world.builders import BEGIN, plan

ARRIVES = BEGIN + 900_000  # as `send` estimates
BACK = BEGIN + 90_000_000


@pytest.fixture
def at() -> Board:
    return Board()


def rung(events: list[Event]) -> list[str]:
    said = []
    for event in events:
        if isinstance(event, e.OrderReminded):
            said.append(f"remind {event.unit}")
        elif isinstance(event, e.RequestReminded):
            said.append(f"approve {event.unit}")
        elif isinstance(event, e.OrderEscalated | e.RequestEscalated):
            said.append(" ".join([f"tell {event.to}", *event.skipped]))
    return said


def until(at: Board, when: int) -> list[str]:
    return rung(at.district.wait((when - at.district.now) / 1000))


def of_village(at: Board, quantity: int = 5) -> str:
    """An order to a village, for another one, issued by the district."""
    need = at.need("west1.desk", "Sandbag", 50)
    return at.send(need, ("bags", quantity))


def test_a_silent_village_is_reminded_then_its_town_is_told_and_then_the_district(at: Board) -> None:
    of_village(at)
    assert rung(at.district.wait(59)) == []
    assert rung(at.district.wait(1)) == ["remind east1"]
    assert rung(at.district.wait(60)) == ["tell east"]
    assert rung(at.district.wait(60)) == ["tell d"]
    assert rung(at.district.wait(3600)) == []


@pytest.fixture
def approving(at: Board) -> Board:
    """Under a plan that wants what is asked for approved."""
    at.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(plan(), approval=True)))
    at.district.declare(plan="flood")
    return at


def test_a_request_that_nobody_approves_is_told_on_to_the_town_and_then_to_the_whole_district(
    approving: Board,
) -> None:
    approving.need("east1.desk", "Sandbag", 5)
    assert rung(approving.district.wait(899)) == []
    assert rung(approving.district.wait(1)) == ["approve d"]
    assert rung(approving.district.wait(299)) == []
    assert rung(approving.district.wait(1)) == ["tell east"]
    assert rung(approving.district.wait(300)) == ["tell d"]
    assert rung(approving.district.wait(9000)) == []


def test_what_saves_lives_waits_two_minutes(approving: Board) -> None:
    approving.need("east1.desk", "Sandbag", 5, priority=NeedPriority.LIFESAVING)
    assert rung(approving.district.wait(120)) == ["approve d"]


@pytest.mark.parametrize("end", ["approve", "refuse", "withdraw"])
def test_the_clock_of_a_request_stops_with_its_answer(approving: Board, end: str) -> None:
    id = approving.need("east1.desk", "Sandbag", 5)
    approving.district.wait(900)
    match end:
        case "approve":
            approving.ask("deputy", b.ApproveRequest(request=id))
        case "refuse":
            approving.ask("deputy", b.RefuseRequest(request=id, reason="Enough there"))
        case _:
            approving.ask("east1.desk", b.WithdrawRequest(request=id, reason="Dry"))
    assert approving.board.requests[id].clock is None
    assert rung(approving.district.wait(9000)) == []


def test_a_request_that_asks_for_more_waits_by_a_new_clock(approving: Board) -> None:
    id = approving.need("east1.desk", "Sandbag", 5)
    approving.ask("deputy", b.ApproveRequest(request=id))
    need = msgspec.structs.replace(approving.board.requests[id].need, quantity=9)
    approving.ask("east1.desk", b.AmendRequest(request=id, need=need, version=1))
    assert rung(approving.district.wait(900)) == ["approve d"]


def test_where_no_commander_serves_the_town_is_told_at_once(approving: Board) -> None:
    for account in ("commander", "deputy"):
        approving.ask("admin", p.AppointAccount(account=account, unit="west", post=p.Post.TOWN_DESK))
    said = approving.district.ask(
        "east1.desk", b.RequestResources(need=Need(kind="Sandbag", quantity=1, to=DYKE))
    )
    assert rung(said) == ["tell east d"]


def test_without_an_approval_no_clock_runs(at: Board) -> None:
    at.need("east1.desk", "Sandbag", 5)
    assert rung(at.district.wait(9000)) == []


def test_an_answer_pressed_offline_counts_from_when_it_was_pressed(at: Board) -> None:
    order = of_village(at)
    pressed = at.district.now + 5_000
    at.district.wait(50)
    at.ask("east1.desk", b.AcknowledgeOrder(order=order, noted_at=pressed))
    at.ask("east1.desk", b.AcceptOrder(order=order, noted_at=pressed + 1_000))
    at.ask("east1.desk", b.CommitOrder(order=order, noted_at=pressed + 2_000))
    moments = at.board.orders[order].moments
    steps = (D.ACKNOWLEDGED, D.ACCEPTED, D.COMMITTED)
    assert [moments[step].actual for step in steps] == [pressed, pressed + 1_000, pressed + 2_000]
    assert [moments[step].recorded_at for step in steps] == [
        at.district.now - 2_000,
        at.district.now - 1_000,
        at.district.now,
    ]


def test_a_wrong_clock_of_a_phone_answers_neither_before_the_order_nor_in_the_future(at: Board) -> None:
    order, later = of_village(at), of_village(at)
    issued = at.board.orders[order].moments[D.ISSUED].recorded_at
    at.district.wait(5)
    at.ask("east1.desk", b.AcknowledgeOrder(order=order, noted_at=1))
    at.ask("east1.desk", b.DeclineOrder(order=later, reason="No", noted_at=at.district.now * 2))
    assert at.board.orders[order].moments[D.ACKNOWLEDGED].actual == issued
    assert at.board.orders[later].moments[D.DECLINED].actual == at.district.now


def test_who_issued_it_is_told_before_the_district(at: Board) -> None:
    need = at.need("west1.desk", "Sandbag", 50)
    sent = [b.Consignment(lines=[b.LineWanted(resource="bags", quantity=5)])]
    at.ask("east.desk", b.DispatchResources(request=need, consignments=sent, clocks=CLOCKS))
    assert rung(at.district.wait(600)) == ["remind east1", "tell east", "tell d"]


def test_where_nobody_serves_the_next_above_is_told_at_once(at: Board) -> None:
    for who in ("east1.desk", "east1.second"):
        at.ask("admin", p.CloseAccount(account=who))
    of_village(at)
    told = at.district.log[-1].events()
    assert rung(told) == ["tell east east1"]
    assert rung(at.district.wait(59)) == []
    assert rung(at.district.wait(1)) == ["tell d"]
    assert rung(at.district.wait(3600)) == []


def test_a_step_above_where_nobody_serves_is_skipped_and_named(at: Board) -> None:
    of_village(at)
    for who in ("east.desk", "east.commander"):
        at.ask("admin", p.CloseAccount(account=who))
    assert rung(at.district.wait(120)) == ["remind east1", "tell d east"]


def test_what_does_not_arrive_when_it_should_reminds_who_carries_it(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.CommitOrder(order=order, carrier="pump"))
    at.ask("pump.chief", b.ReportDeparture(order=order))
    assert until(at, ARRIVES - 1) == []
    assert until(at, ARRIVES) == ["remind pump"]
    assert rung(at.district.wait(60)) == ["tell water"]
    assert rung(at.district.wait(60)) == ["tell d"]
    at.ask("pump.chief", b.ReportArrival(order=order))
    assert rung(at.district.wait(3600)) == []


def test_a_new_estimate_begins_the_clock_anew(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportDeparture(order=order, arrival=ARRIVES))
    until(at, ARRIVES)
    later = b.EstimateOrder(order=order, step="arrived", at=ARRIVES + 600_000)  # type: ignore[arg-type]
    at.ask("water.desk", later)
    assert until(at, ARRIVES + 599_000) == []
    assert until(at, ARRIVES + 600_000) == ["remind water"]


def test_without_an_estimate_it_is_late_when_it_was_wanted(at: Board) -> None:
    need = at.need("west1.desk", "Sandbag", 50, by_when=BEGIN + 1200_000)
    sent = [b.Consignment(lines=[b.LineWanted(resource="bags", quantity=5)])]
    order = f"{at.ask('commander', b.DispatchResources(request=need, consignments=sent))}.1"
    at.ask("east1.desk", b.ReportDeparture(order=order))
    assert until(at, BEGIN + 1200_000) == ["remind east1"]


def test_without_any_time_it_is_never_late(at: Board) -> None:
    need = at.need("west1.desk", "Sandbag", 50)
    sent = [b.Consignment(lines=[b.LineWanted(resource="bags", quantity=5)])]
    order = f"{at.ask('commander', b.DispatchResources(request=need, consignments=sent))}.1"
    at.ask("east1.desk", b.ReportArrival(order=order))
    assert rung(at.district.wait(100_000)) == []


def test_what_goes_elsewhere_is_not_late_where_it_went_before(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportDeparture(order=order))
    elsewhere: Any = {"order": order, "to": Destination(place="Gate", unit="east2")}
    at.ask("commander", b.RedirectOrder(**elsewhere, arrival=ARRIVES + 300_000))
    assert until(at, ARRIVES + 299_000) == []
    assert until(at, ARRIVES + 300_000) == ["remind water"]


def test_what_is_not_back_in_time_reminds_who_has_it_then_whose_it_is(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportArrival(order=order))
    at.ask("east1.desk", b.HandOverResources(order=order, handover=SIGNED))
    assert until(at, BACK - 1) == []
    assert until(at, BACK) == ["remind east1"]
    assert rung(at.district.wait(60)) == ["tell water"]
    at.ask("east1.desk", b.ReportReturning(order=order))
    assert rung(at.district.wait(60)) == ["tell d"], "on its way back it is as late as before"
    at.ask("water.desk", b.ReportReturn(order=order))
    assert rung(at.district.wait(3600)) == []


def test_who_extends_it_gets_another_day(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportArrival(order=order))
    until(at, BACK)
    at.ask("commander", b.ExtendOrder(order=order, until=BACK + 86_400_000))
    assert rung(at.district.wait(3600)) == []
    assert until(at, BACK + 86_400_000) == ["remind east1"]


def test_who_urges_leaves_the_clock_alone(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    before = at.board.orders[order].clock
    at.ask("commander", b.RemindOrder(order=order))
    assert at.board.orders[order].clock == before
    assert at.board.orders[order].urged == 1


def test_a_village_sees_the_orders_of_its_teams_and_is_told_when_they_are_silent(at: Board) -> None:
    from tests.golden.board import entry

    at.ask("admin", b.SaveResources(resources=[entry("float", "Pump", "patrol")]))
    order = at.send(at.need("west1.desk", "Pump", 1), ("float", 1))
    assert order in at.district.view("east1.desk").board.orders
    assert order not in at.district.view("east2.desk").board.orders
    assert rung(at.district.wait(600)) == ["remind patrol", "tell east1", "tell east", "tell d"]
