"""When an emergency ends: what is open on the board gets a holder; units that are needed stay."""

from typing import Any

import pytest

from resources import actions as b
from resources.state import DispatchStep, RequestStep
from server.domain import mode as m
from server.domain import people as p
from server.domain import units as u
from server.domain.refusal import Code, Rejected
from tests.golden.board import entry
from tests.resources.test_board import Board


class Ending(Board):
    """An emergency with a request of a village, an order for it, one for a request that was withdrawn."""

    def __init__(self) -> None:
        super().__init__()
        self.activation = self.district.declare()
        self.request = self.need("east1.desk", "Pump", 2)
        self.order = self.send(self.request, ("pump1", 1))
        other = self.need("west1.desk", "Sandbag", 9)
        self.away = self.send(other, ("bags", 9))
        self.ask("east1.desk", b.ReportDeparture(order=self.away))
        self.ask("west1.desk", b.WithdrawRequest(request=other, reason="Dry"))

    def stand_down(self) -> m.ModeSwitched:
        self.ask("commander", m.StandDown(activation=self.activation, reason="Dry"))
        [event] = self.district.log[-1].events()
        assert isinstance(event, m.ModeSwitched)
        return event

    def resume(self, **hand_over: str) -> None:
        homes = {getattr(self, name): unit for name, unit in hand_over.items()}
        self.ask("commander", m.ResumeRoutine(activation=self.activation, hand_over=homes))


@pytest.fixture
def at() -> Ending:
    return Ending()


def test_standing_down_lists_what_is_open_on_the_board(at: Ending) -> None:
    event = at.stand_down()
    assert (event.open_requests, event.open_orders) == ([at.request], [at.away])


def test_routine_waits_until_everything_has_a_holder(at: Ending) -> None:
    at.stand_down()
    with pytest.raises(Rejected) as refusal:
        at.resume(away="d")
    assert refusal.value.code is Code.STILL_OPEN
    assert refusal.value.detail == {"requests": [at.request]}


def test_a_request_goes_with_its_orders_to_a_department_that_sees_to_them(at: Ending) -> None:
    at.stand_down()
    at.resume(request="water", away="d")
    assert at.board.requests[at.request].holder == "water"
    assert at.board.orders[at.order].holder == "water"
    assert at.board.orders[at.away].holder == "d"
    assert {at.board.requests[at.request].activation, at.board.orders[at.away].activation} == {None}
    at.ask("water.desk", b.WithdrawRequest(request=at.request, reason="Over"))
    assert at.step(at.order) is DispatchStep.RECALLED


def test_a_holder_steers_orders_of_others_and_is_told_before_the_district(at: Ending) -> None:
    at.stand_down()
    at.resume(request="safety", away="safety")
    assert at.board.orders[at.away].above == ["east", "safety", "d"]
    at.ask("safety.desk", b.RecallOrder(order=at.away, reason="Home"))
    assert at.step(at.away) is DispatchStep.RETURNING
    assert at.refused("west.desk", b.RemindOrder(order=at.away)) is Code.OUT_OF_REACH


@pytest.mark.parametrize("holder", ["west1", "patrol", "boat", "nowhere"])
def test_nothing_is_handed_to_a_unit_that_does_not_see_it(at: Ending, holder: str) -> None:
    at.stand_down()
    homes = {at.request: holder, at.away: "d"}
    resume = m.ResumeRoutine(activation=at.activation, hand_over=homes)
    expected = Code.UNKNOWN_UNIT if holder == "nowhere" else Code.OUT_OF_REACH
    assert at.refused("commander", resume) is expected


def test_a_village_takes_back_its_own_request(at: Ending) -> None:
    at.stand_down()
    at.resume(request="east1", away="d")
    assert at.board.requests[at.request].holder == "east1"


def test_what_only_the_plan_asked_for_ends_with_the_emergency() -> None:
    at = Board()
    activation = at.district.declare(plan="flood")
    [staged] = [request for request in at.board.requests.values() if request.planned]
    draft = [b.Consignment(lines=[b.LineWanted(resource="pump1", quantity=1)])]
    at.ask("commander", b.DraftOrders(request=staged.id, consignments=draft))
    at.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    [event] = at.district.log[-1].events()
    assert isinstance(event, m.ModeSwitched)
    assert (event.open_requests, event.open_orders) == ([], [])
    commands = dict.fromkeys(event.open, "d")
    at.ask("commander", m.ResumeRoutine(activation=activation, hand_over=commands))
    assert staged.step is RequestStep.CLOSED
    assert at.board.orders == {}


def test_what_the_plan_asked_for_and_somebody_sends_gets_a_holder() -> None:
    at = Board()
    activation = at.district.declare(plan="flood")
    [staged] = [request for request in at.board.requests.values() if request.planned]
    at.send(staged.id, ("pump1", 1))
    at.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    [event] = at.district.log[-1].events()
    assert isinstance(event, m.ModeSwitched)
    assert event.open_requests == [staged.id]


def test_routine_begins_with_a_board_where_all_is_over() -> None:
    at = Board()
    activation = at.district.declare()
    request = at.need("east1.desk", "Pump", 1)
    at.ask("east1.desk", b.CloseRequest(request=request))
    at.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    at.ask("commander", m.ResumeRoutine(activation=activation))
    assert at.district.state.activations == {}


# ── units that are needed ─────────────────────────────────────────────────────────────────────────


def emptied(at: Board, unit: str) -> u.RetireUnit:
    for account in list(at.district.state.accounts.values()):
        if account.unit == unit:
            at.ask("admin", p.CloseAccount(account=account.id))
    return u.RetireUnit(code=unit)


def refused(at: Board, action: Any) -> dict[str, Any]:
    with pytest.raises(Rejected) as refusal:
        at.district.decide("admin", action)
    assert refusal.value.code is Code.UNIT_IN_USE
    return {what: ids for what, ids in refusal.value.detail.items() if ids}


def test_a_unit_with_stock_stays_until_it_has_none() -> None:
    at = Board()
    at.ask("admin", b.SaveResources(resources=[entry("float", "Pump", "west2")]))
    retire = emptied(at, "west2")
    assert refused(at, retire) == {"resources": ["float"]}
    at.ask("admin", b.RetireResource(resource="float"))
    at.ask("admin", retire)
    assert not at.district.state.units["west2"].active


def test_a_unit_that_asked_or_is_to_receive_stays_until_that_is_over() -> None:
    at = Board()
    request = at.need("west1.desk", "Pump", 1)
    order = at.send(request, ("pump1", 1))
    retire = emptied(at, "west1")
    assert refused(at, retire) == {"requests": [request], "orders": [order]}
    at.ask("commander", b.WithdrawRequest(request=request, reason="x"))
    at.ask("admin", retire)


def test_a_team_that_carries_something_or_is_a_resource_stays() -> None:
    at = Board()
    order = at.send(at.pumps, ("pump1", 1))
    at.ask("water.desk", b.CommitOrder(order=order, carrier="boat"))
    at.ask("admin", b.SaveResources(resources=[entry("crew", "Pump", "west", unit="boat")]))
    assert refused(at, emptied(at, "boat")) == {"resources": ["crew"], "orders": [order]}
