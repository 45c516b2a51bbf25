"""The dispatch board told in small stories: who may have what, who was faster, what a late phone brings."""

from typing import Any

import msgspec
import pytest

from resources import actions as b
from resources import events as e
from resources.inventory import below_minimum, status
from resources.machine import DISPATCH_STEPS, OVER
from resources.sourcing.proposal import consignments_of
from resources.sourcing.propose import propose
from resources.state import DispatchStep, Need, Outcome, RequestStep, Status, Stock
from server.domain import mode as m
from server.domain import plans as pl
from server.domain.incident import ResponseLevel
from server.domain.refusal import Code
from tests.golden.board import DYKE, SIGNED, Dispatching, entry
from tests.world.builders import FLOOD, District, plan


class Board(Dispatching):
    """Two pumps of the water department, one of safety, sandbags in a village; the village needs pumps."""

    def __init__(self) -> None:
        super().__init__(District())
        stock = [
            entry("pump1", "Pump", "water"),
            entry("pump2", "Pump", "water"),
            entry("pump3", "Pump", "safety"),
            entry("bags", "Sandbag", "east1", 100, minimum=30),
        ]
        self.ask("admin", b.SaveResources(resources=stock))
        self.pumps = self.need("east1.desk", "Pump", 2)

    @property
    def board(self) -> Any:
        return self.district.state.board

    def stock(self, resource: str) -> Stock:
        found: Stock = self.board.resources[resource].stock
        return found

    def step(self, order: str) -> DispatchStep:
        found: DispatchStep = self.board.orders[order].step
        return found

    def refused(self, who: str, action: Any) -> Code | None:
        return self.district.refused(who, action)

    def sending(self, resource: str, quantity: int = 1, **more: Any) -> b.DispatchResources:
        sent = [b.Consignment(lines=[b.LineWanted(resource=resource, quantity=quantity)])]
        return b.DispatchResources(request=more.pop("request", self.pumps), consignments=sent, **more)


@pytest.fixture
def at() -> Board:
    return Board()


def test_the_second_hand_finds_the_pump_gone_and_learns_where_to(at: Board) -> None:
    other = at.need("west1.desk", "Pump", 1)
    order = at.send(at.pumps, ("pump1", 1))
    assert at.refused("deputy", at.sending("pump1", request=other)) is Code.NOT_ENOUGH
    at.ask("commander", b.RecallOrder(order=order, reason="x"))
    assert at.refused("deputy", at.sending("pump1", request=other)) is None


def test_drafts_of_one_pump_may_be_many_and_one_of_them_is_issued(at: Board) -> None:
    draft = [b.Consignment(lines=[b.LineWanted(resource="pump1", quantity=1)])]
    one = f"{at.ask('commander', b.DraftOrders(request=at.pumps, consignments=draft))}.1"
    two = f"{at.ask('deputy', b.DraftOrders(request=at.pumps, consignments=draft))}.1"
    assert at.refused("commander", b.IssueOrders(orders=[one, two])) is Code.NOT_ENOUGH
    at.ask("commander", b.IssueOrders(orders=[one]))
    assert at.refused("commander", b.IssueOrders(orders=[two])) is Code.NOT_ENOUGH


def test_more_than_is_needed_goes_only_with_a_reason(at: Board) -> None:
    at.send(at.pumps, ("pump1", 1))
    at.send(at.pumps, ("pump2", 1))
    assert at.refused("commander", at.sending("pump3")) is Code.BEYOND_NEED
    at.send(at.pumps, ("pump3", 1), override="A second lane")
    request = at.board.requests[at.pumps]
    assert (request.promised, request.over, request.reason) == (3, 1, "A second lane")


def test_what_is_declined_is_free_and_sourced_elsewhere_in_one_act(at: Board) -> None:
    declined = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.DeclineOrder(order=declined, reason="No crew"))
    assert at.stock("pump1").free == 1
    again = at.send(at.pumps, ("pump3", 1), replaces=declined)
    assert at.board.orders[declined].replaced_by == [again]
    assert at.board.orders[again].replaces == declined


def test_a_silent_order_is_recalled_when_it_is_sourced_elsewhere(at: Board) -> None:
    silent = at.send(at.pumps, ("pump1", 1))
    at.send(at.pumps, ("pump3", 1), replaces=silent)
    assert at.step(silent) is DispatchStep.RECALLED
    assert at.board.requests[at.pumps].promised == 1


def test_one_report_says_all_the_steps_before_it(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportArrival(order=order))
    moments = at.board.orders[order].moments
    passed = ["acknowledged", "accepted", "committed", "en_route", "arrived"]
    assert all(moments[DispatchStep(step)].name == "Name of water.desk" for step in passed)
    assert at.stock("pump1").out == 1


@pytest.mark.parametrize("late", [b.ReportDeparture, b.ReportArrival, b.ReportReturning, b.ReportConsumed])
def test_a_late_report_moves_nothing_and_is_seen_until_it_is_settled(at: Board, late: Any) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("commander", b.RecallOrder(order=order, reason="x"))
    at.ask("commander", b.CloseOrder(order=order))
    before = msgspec.msgpack.encode([at.board.orders, at.board.resources, at.board.requests])
    odd = at.ask("water.desk", late(order=order, noted_at=at.district.now - 60_000))
    assert msgspec.msgpack.encode([at.board.orders, at.board.resources, at.board.requests]) == before
    assert at.board.discrepancies[odd].found is DispatchStep.CLOSED
    at.ask("commander", b.SettleDiscrepancy(discrepancy=odd, settlement="It went home"))
    assert at.board.discrepancies[odd].settlement == "It went home"


def test_an_arrival_at_the_place_of_before_is_a_discrepancy(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportDeparture(order=order))
    at.ask("commander", b.RedirectOrder(order=order, to=msgspec.structs.replace(DYKE, place="Gate")))
    odd = at.ask("water.desk", b.ReportArrival(order=order, version=1))
    assert at.board.discrepancies[odd].reported is DispatchStep.ARRIVED
    assert at.step(order) is DispatchStep.EN_ROUTE


def test_a_repeated_report_is_answered_yes_and_not_journalled(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.ReportArrival(order=order))
    at.ask("east1.desk", b.HandOverResources(order=order, handover=SIGNED))
    assert at.district.ask("water.desk", b.ReportArrival(order=order)) == []
    assert at.board.orders[order].handover == SIGNED


def test_a_part_is_used_up_lost_or_back_and_the_books_say_so(at: Board) -> None:
    need = at.need("west1.desk", "Sandbag", 50)
    order = at.send(need, ("bags", 50))
    at.ask("east1.desk", b.ReportArrival(order=order))
    outcome = Outcome(resource="bags", consumed=30, lost=5)
    at.ask("east1.desk", b.ReportReturn(order=order, outcomes=[outcome]))
    assert at.stock("bags") == Stock(supplied=100, free=65, consumed=30, lost=5)


def test_a_pump_is_not_used_up(at: Board) -> None:
    order = at.send(at.pumps, ("pump1", 1))
    assert at.refused("east1.desk", b.ReportConsumed(order=order)) is Code.KIND_DIFFERS


def test_a_split_order_goes_two_ways_and_holds_what_it_held(at: Board) -> None:
    need = at.need("west1.desk", "Sandbag", 50)
    order = at.send(need, ("bags", 50))
    part = at.ask("commander", b.SplitOrder(order=order, lines=[b.LineWanted(resource="bags", quantity=20)]))
    at.ask("east1.desk", b.ReportDeparture(order=part))
    assert at.stock("bags") == Stock(supplied=100, free=50, reserved=30, out=20)
    assert at.board.requests[need].promised == 50


def test_an_import_with_one_bad_row_imports_nothing(at: Board) -> None:
    rows = [entry("new", "Pump", "west"), entry("bad", "Pump", "nowhere")]
    before = list(at.board.resources)
    assert at.refused("admin", b.SaveResources(resources=rows)) is Code.OUT_OF_REACH
    two = [entry("two", "Pump", "west", 2)]
    assert at.refused("admin", b.SaveResources(resources=two)) is Code.BAD_ACTION
    assert list(at.board.resources) == before


def test_stocktaking_posts_the_difference_and_never_less_than_is_promised(at: Board) -> None:
    need = at.need("west1.desk", "Sandbag", 50)
    at.send(need, ("bags", 50))
    few = b.CountStock(counts=[b.Counted(resource="bags", quantity=40)])
    assert at.refused("east1.desk", few) is Code.NOT_ENOUGH
    at.ask("east1.desk", b.CountStock(counts=[b.Counted(resource="bags", quantity=70)]))
    assert at.stock("bags") == Stock(supplied=100, free=20, reserved=50, lost=30)
    assert [(low.kind, low.free, low.minimum) for low in below_minimum(at.board, at.district.now)] == [
        ("Sandbag", 20, 30)
    ]


def test_what_is_broken_is_not_sent(at: Board) -> None:
    broken = entry("pump1", "Pump", "water", None, fault="No fuel")
    at.ask("water.desk", b.SaveResources(resources=[broken]))
    assert status(at.board.resources["pump1"], at.district.now) is Status.OUT_OF_SERVICE
    assert at.refused("commander", at.sending("pump1")) is Code.OUT_OF_SERVICE


def test_a_withdrawn_need_frees_what_has_not_left(at: Board) -> None:
    waiting, gone = at.send(at.pumps, ("pump1", 1)), at.send(at.pumps, ("pump2", 1))
    at.ask("water.desk", b.ReportDeparture(order=gone))
    at.ask("east1.desk", b.WithdrawRequest(request=at.pumps, reason="Dry"))
    assert (at.step(waiting), at.step(gone)) == (DispatchStep.RECALLED, DispatchStep.EN_ROUTE)
    assert at.refused("commander", at.sending("pump3")) is Code.REQUEST_OVER


def test_under_a_plan_that_says_so_a_request_waits_for_another_person(at: Board) -> None:
    at.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(plan(), approval=True)))
    at.district.declare(plan="flood")
    request = at.need("commander", "Pump", 1)
    assert at.board.requests[request].step is RequestStep.AWAITING
    assert at.refused("deputy", at.sending("pump1", request=request)) is Code.WRONG_STEP
    assert at.refused("commander", b.ApproveRequest(request=request)) is Code.SAME_PERSON
    at.ask("deputy", b.ApproveRequest(request=request))
    assert at.refused("deputy", at.sending("pump1", request=request)) is None


def test_who_asks_for_more_than_was_approved_waits_again(at: Board) -> None:
    at.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(plan(), approval=True)))
    at.district.declare(plan="flood")
    request = at.need("east1.desk", "Pump", 1)
    at.ask("deputy", b.ApproveRequest(request=request))
    need: Any = {"kind": "Pump", "to": DYKE}
    at.ask(
        "east1.desk", b.AmendRequest(request=request, need=Need(quantity=1, purpose="x", **need), version=1)
    )
    assert at.board.requests[request].step is RequestStep.OPEN
    at.ask("east1.desk", b.AmendRequest(request=request, need=Need(quantity=2, **need), version=2))
    assert at.board.requests[request].step is RequestStep.AWAITING
    at.ask("commander", b.ApproveRequest(request=request))
    at.ask("commander", b.AmendRequest(request=request, need=Need(quantity=3, **need), version=3))
    assert at.board.requests[request].step is RequestStep.OPEN


@pytest.mark.parametrize("end", [b.CloseRequest, b.WithdrawRequest])
def test_drafts_end_with_their_request(at: Board, end: Any) -> None:
    draft = [b.Consignment(lines=[b.LineWanted(resource="pump1", quantity=1)])]
    id = f"{at.ask('commander', b.DraftOrders(request=at.pumps, consignments=draft))}.1"
    more = {"reason": "Dry"} if end is b.WithdrawRequest else {}
    at.ask("east1.desk", end(request=at.pumps, **more))
    assert id not in at.board.orders


def test_the_switch_asks_for_what_the_plan_has_ready_once(at: Board) -> None:
    activation = at.district.declare(plan="flood")
    staged = [request for request in at.board.requests.values() if request.planned]
    assert [(r.need.kind, r.need.quantity, r.activation) for r in staged] == [("Pump", 3, activation)]


def test_the_dry_run_of_the_switch_shows_what_the_plan_asks_for(at: Board) -> None:
    declare = m.DeclareEmergency(
        scope="d", incident=FLOOD, level=ResponseLevel.III, reason="Rain", plan="flood"
    )
    _, shown = at.district.decide("commander", declare)
    asked = [event.request for event in shown if isinstance(event, e.RequestOpened)]
    assert [(request.need.kind, request.need.quantity) for request in asked] == [("Pump", 3)]
    assert not any(request.planned for request in at.board.requests.values())


def test_what_the_switch_asks_for_is_sourced(at: Board) -> None:
    at.district.declare(plan="flood")
    [staged] = [request for request in at.board.requests.values() if request.planned]
    proposal = propose(at.board, {}, at.district.now)
    assert {line.resource for line in proposal.lines if line.request == staged.id} <= {
        "pump1",
        "pump2",
        "pump3",
    }
    at.ask("commander", b.WithdrawRequest(request=at.pumps, reason="In the plan"))
    proposal = propose(at.board, {}, at.district.now)
    consignments = consignments_of(proposal, staged.id)
    at.ask("commander", b.DispatchResources(request=staged.id, consignments=consignments))
    assert at.board.requests[staged.id].promised == 3


def test_an_amended_need_below_what_is_promised_wants_a_reason(at: Board) -> None:
    at.send(at.pumps, ("pump1", 1))
    at.send(at.pumps, ("pump2", 1))
    less: Any = {"request": at.pumps, "need": Need(kind="Pump", quantity=1, to=DYKE), "version": 1}
    assert at.refused("east1.desk", b.AmendRequest(**less)) is Code.BEYOND_NEED
    at.ask("east1.desk", b.AmendRequest(**less, override="They are here"))
    assert at.board.requests[at.pumps].over == 1
    assert at.refused("east1.desk", b.AmendRequest(**less)) is Code.STALE_VERSION


def test_nothing_leads_out_of_an_order_that_is_over_but_closing_it() -> None:
    ways = {(step, event.__name__) for step, event in DISPATCH_STEPS if step in OVER}
    assert {event for _, event in ways} == {"OrderClosed"}
    assert all(step is not DispatchStep.CLOSED for step, _ in ways)
