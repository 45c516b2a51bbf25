"""Sourcing and stock lists beside the rules of the board: what they offer, the rules take."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from resources.actions import DispatchResources, ResourceEntry, SaveResources
from resources.asked import Asked
from resources.change import CHANGE
from resources.holders import Holders
from resources.interchange import csv_text
from resources.interchange.stocklist import Effect, preview, told
from resources.inventory import INVENTORY
from resources.orders import ORDERS
from resources.sourcing.proposal import consignments_of
from resources.sourcing.propose import propose
from resources.state import Board, Stock
from server.domain.message import Action
from server.domain.people import Account, Post
from server.domain.units import Unit, UnitKind
from server.founding import DATA, SAMPLE, read_district, sample
from tests.resources.sourcing.boards import NOW, UNITS, ask, boards

TOP = "310116"
COMMANDER = Account(id="a1", login="a1", name="陈国栋", unit="310116", post=Post.DUTY_COMMANDER)


def units_of(*codes: str) -> dict[str, Unit]:
    return {
        code: Unit(
            code=code,
            kind=UnitKind.DISTRICT if code == TOP else UnitKind.TOWN,
            name=f"名{code}",
            short=code,
            parent=None if code == TOP else TOP,
        )
        for code in codes
    }


def act(on: Board, action: Action, units: dict[str, Unit], id: str) -> None:
    asked = Asked(on, units, {}, {}, id, NOW, COMMANDER, Holders(on))
    for event in (INVENTORY | ORDERS)[type(action)](asked, action):
        CHANGE[type(event)](on, event, NOW)


@pytest.fixture(scope="module")
def district() -> dict[str, Unit]:
    return {unit.code: unit for unit in sample(read_district(SAMPLE), []).units}


def stocked(district: dict[str, Unit]) -> Board:
    rows = msgspec.json.decode((DATA / "stock.json").read_bytes())["resources"]
    on = Board()
    act(on, SaveResources(resources=msgspec.convert(rows, list[ResourceEntry])), district, "s1")
    return on


def test_the_sample_stock_is_saved_in_one_action_and_its_list_comes_back_the_same(
    district: dict[str, Unit],
) -> None:
    on = stocked(district)
    assert len(on.resources) > 400
    names = {code: unit.name for code, unit in district.items()}
    found = preview(csv_text.rows_of(csv_text.csv_of(told(on))), on, names, "s2")
    assert found.errors == []
    assert {row.effect for row in found.rows} == {Effect.SAME}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(boards())
def test_every_proposal_can_be_dispatched_as_it_is(on: Board) -> None:
    units = units_of("310116", *UNITS)
    proposal = propose(on, UNITS, NOW)
    for number, request in enumerate(list(on.requests)):
        if consignments := consignments_of(proposal, request):
            act(on, DispatchResources(request=request, consignments=consignments), units, f"d{number}")
    short = {shortfall.request: shortfall.quantity for shortfall in proposal.shortfalls}
    for asked in on.requests.values():
        assert asked.promised == asked.need.quantity - short.get(asked.id, 0)
    assert propose(on, UNITS, NOW).lines == []


def test_a_proposal_out_of_the_sample_stock_can_be_dispatched(district: dict[str, Unit]) -> None:
    on = stocked(district)
    for number, (kind, quantity) in enumerate({"移动水泵": 30, "防汛沙袋": 15000, "冲锋舟": 5}.items()):
        ask(on, f"q{number}", kind, quantity)
    proposal = propose(on, {}, NOW)
    for request in ("q0", "q1", "q2"):
        consignments = consignments_of(proposal, request)
        act(on, DispatchResources(request=request, consignments=consignments), district, f"d{request}")
    assert {asked.promised for asked in on.requests.values()} == {30, 15000, 5}


@pytest.mark.parametrize(
    ("quantity", "stock"),
    [(0, Stock(supplied=1, out=1)), (1, Stock(supplied=1, out=1)), (0, Stock(supplied=1, reserved=1))],
)
def test_a_list_that_is_taken_is_taken_by_the_rules_too(
    quantity: int, stock: Stock, district: dict[str, Unit]
) -> None:
    on = stocked(district)
    pump = next(r for r in on.resources.values() if r.facts.kind == "移动水泵")
    pump.stock = stock
    names = {code: unit.name for code, unit in district.items()}
    rows = told(on)
    at = next(row for row in rows if row[0] == pump.id)
    at[4], at[-1] = quantity, "点过数"
    found = preview(rows, on, names, "s2")
    good = quantity == stock.reserved
    assert bool(found.errors) is not good
    if good:
        [changed] = [row.entry for row in found.rows if row.effect is Effect.CHANGED]
        act(on, SaveResources(resources=[changed]), district, "s2")
        assert on.resources[pump.id].facts.note == "点过数"
