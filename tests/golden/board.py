"""The golden scenario of the dispatch board: all that can happen to it; some of it stands at the end."""

from typing import Any

import msgspec

from resources import actions as b
from resources.state import (
    Category,
    Destination,
    DispatchClocks,
    DispatchStep,
    Handover,
    Need,
    NeedPriority,
    Outcome,
    ResourceFacts,
    Signature,
)
from server.domain import message as msg
from server.domain import plans as pl
from server.domain.mode import ResumeRoutine, StandDown
from tests.world.builders import DAY, District, plan

HERE = msg.Position(lon=121.34, lat=30.74, accuracy=8.5)
DYKE = Destination(place="Dyke", position=HERE)
SIGNED = Handover(
    giver=Signature(name="Chief", unit="pump", at=1_700_000_000_000, drawing="0" * 64),
    receiver=Signature(name="Li", unit="east1", at=1_700_000_000_000),
)
CLOCKS = DispatchClocks(acknowledge=60, answer=60, depart=120, escalate=60)


def entry(id: str, kind: str, owner: str, quantity: int | None = 1, **facts: Any) -> b.ResourceEntry:
    material = kind == "Sandbag"
    return b.ResourceEntry(
        id=id,
        category=Category.MATERIAL if material else Category.PUMP,
        measure="只" if material else "台",
        facts=ResourceFacts(kind=kind, owner=owner, depot="North", keeper="Wang", phone="021 55", **facts),
        quantity=quantity,
    )


class Dispatching:
    """What several people do at the board; every step takes a second."""

    def __init__(self, district: District) -> None:
        self.district = district

    def ask(self, who: str | None, action: msg.Action, seconds: int = 1) -> str:
        self.district.now += seconds * 1000
        self.district.ask(who, action)
        return f"a{self.district.asked}"

    def need(self, who: str, kind: str, quantity: int, **more: Any) -> str:
        return self.ask(who, b.RequestResources(need=Need(kind=kind, quantity=quantity, to=DYKE, **more)))

    def send(self, request: str, *lines: tuple[str, int], **more: Any) -> str:
        """The id of the one order."""
        wanted = [b.LineWanted(resource=resource, quantity=quantity) for resource, quantity in lines]
        sent = [b.Consignment(lines=wanted, arrival=1_700_000_900_000, until=1_700_090_000_000)]
        asked = b.DispatchResources(request=request, consignments=sent, clocks=CLOCKS, **more)
        return f"{self.ask('commander', asked)}.1"


def board(district: District) -> None:
    at = Dispatching(district)
    _there_is_stock(at)
    district.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(plan(), approval=True)))
    activation = district.declare(plan="flood")
    pumps = _it_is_needed(at)
    _an_order_goes_well(at, pumps)
    _orders_go_otherwise(at, pumps)
    _a_phone_was_offline(at, pumps)
    district.wait(4 * DAY)
    at.send(pumps, ("pump2", 1))
    _nobody_approves(at)
    _the_emergency_ends(at, activation, pumps)
    district.wait(DAY)


def _nobody_approves(at: Dispatching) -> None:
    """Two are told of a request that waits; amended, it waits once more and is refused."""
    bags = at.need("east1.desk", "Sandbag", 7)
    at.district.wait(1800)
    at.ask("commander", b.ApproveRequest(request=bags))
    more = Need(kind="Sandbag", quantity=9, to=DYKE)
    at.ask("east1.desk", b.AmendRequest(request=bags, need=more, version=1))
    at.district.wait(1000)
    at.ask("commander", b.RefuseRequest(request=bags, reason="Enough there"))


def _there_is_stock(at: Dispatching) -> None:
    stock = [
        entry("pump1", "Pump", "water"),
        entry("pump2", "Pump", "water", ready_in=10),
        entry("pump3", "Pump", "safety"),
        entry("old", "Pump", "east1"),
        entry("bags", "Sandbag", "east1", 200, minimum=50, batch="2023", expires_at=1_900_000_000_000),
        entry("more", "Sandbag", "water", 500),
    ]
    at.ask("admin", b.SaveResources(resources=stock))
    at.ask("east1.desk", b.SaveResources(resources=[entry("bags", "Sandbag", "east1", None, note="Dry")]))
    counts = [b.Counted(resource="bags", quantity=190), b.Counted(resource="old", quantity=1)]
    at.ask("east1.desk", b.CountStock(counts=counts, note="Yearly"))
    at.ask("east.desk", b.RetireResource(resource="old"))


def _it_is_needed(at: Dispatching) -> str:
    """Pumps are approved, one request is refused, one is withdrawn with its order."""
    pumps = at.need(
        "east1.desk",
        "Pump",
        3,
        priority=NeedPriority.LIFESAVING,
        substitutes=["Sandbag"],
        purpose="The lane",
        by_when=1_700_000_600_000,
    )
    at.ask("commander", b.ApproveRequest(request=pumps))
    refused = at.need("patrol.chief", "Boat", 1)
    at.ask("east.commander", b.RefuseRequest(request=refused, reason="No boats"))
    withdrawn = at.need("east1.second", "Sandbag", 40)
    at.ask("commander", b.ApproveRequest(request=withdrawn))
    at.send(withdrawn, ("bags", 40))
    at.ask("east1.desk", b.WithdrawRequest(request=withdrawn, reason="Dry"))
    return pumps


def _an_order_goes_well(at: Dispatching, pumps: str) -> None:
    draft = [b.Consignment(lines=[b.LineWanted(resource="pump1", quantity=1)], note="With hoses")]
    dropped = at.ask("commander", b.DraftOrders(request=pumps, consignments=draft))
    at.ask("commander", b.DropDraft(order=f"{dropped}.1"))
    order = f"{at.ask('commander', b.DraftOrders(request=pumps, consignments=draft))}.1"
    at.ask("commander", b.IssueOrders(orders=[order]))
    at.ask("water.desk", b.AcknowledgeOrder(order=order, noted_at=at.district.now - 300))
    at.ask("water.desk", b.AcceptOrder(order=order, arrival=1_700_000_700_000))
    at.ask("water.desk", b.CommitOrder(order=order, carrier="pump"))
    at.ask("pump.chief", b.ReportDeparture(order=order, position=HERE))
    at.ask("pump.chief", b.EstimateOrder(order=order, step=DispatchStep.ARRIVED, at=1_700_000_750_000))
    at.ask("commander", b.ExtendOrder(order=order, until=1_700_100_000_000))
    at.ask("pump.chief", b.ReportArrival(order=order, noted_at=at.district.now - 5000, position=HERE))
    at.ask("east1.desk", b.HandOverResources(order=order, handover=SIGNED, note="Runs"))
    at.ask("east1.desk", b.ReportReturning(order=order))
    lost = [Outcome(resource="pump1", lost=1)]
    at.ask("pump.chief", b.ReportReturn(order=order, outcomes=lost, note="Sunk"))
    at.ask("commander", b.CloseOrder(order=order))


def _orders_go_otherwise(at: Dispatching, pumps: str) -> None:
    """Declined and sourced elsewhere, silent, split, redirected, used up, beyond the need."""
    declined = at.send(pumps, ("pump2", 1))
    at.ask("water.desk", b.DeclineOrder(order=declined, reason="No crew"))
    again = at.send(pumps, ("pump3", 1), replaces=declined)
    at.ask("commander", b.RemindOrder(order=again))
    at.district.wait(300)
    sand = at.need("east1.desk", "Sandbag", 100)
    at.ask("commander", b.ApproveRequest(request=sand))
    bags = at.send(sand, ("more", 150), override="The dyke is long")
    part = at.ask("commander", b.SplitOrder(order=bags, lines=[b.LineWanted(resource="more", quantity=50)]))
    elsewhere = Destination(place="Gate", unit="east2")
    at.ask("commander", b.RedirectOrder(order=part, to=elsewhere, reason="Breach"))
    at.ask("water.desk", b.ReportArrival(order=bags))
    at.ask("east1.desk", b.ReportConsumed(order=bags))
    less = Need(kind="Sandbag", quantity=80, to=DYKE)
    at.ask("east1.desk", b.AmendRequest(request=sand, need=less, version=1, override="Sent already"))
    more = Need(kind="Sandbag", quantity=160, to=DYKE)
    at.ask("east1.desk", b.AmendRequest(request=sand, need=more, version=2))
    at.ask("commander", b.ApproveRequest(request=sand))
    at.ask("commander", b.RecallOrder(order=part, reason="Enough"))
    at.ask("commander", b.CloseRequest(request=sand))


def _the_emergency_ends(at: Dispatching, activation: str, pumps: str) -> None:
    """The order is under way: it goes with its request to a department."""
    at.ask("commander", StandDown(activation=activation, reason="Dry"))
    homes = {f"{activation}.1": "d", f"{activation}.2": "d", pumps: "water"}
    at.ask("commander", ResumeRoutine(activation=activation, hand_over=homes))


def _a_phone_was_offline(at: Dispatching, pumps: str) -> None:
    """It says that it has arrived when the order is recalled and closed."""
    order = at.send(pumps, ("pump2", 1))
    at.ask("commander", b.RecallOrder(order=order, reason="Not needed"))
    at.ask("commander", b.CloseOrder(order=order))
    late = b.ReportArrival(order=order, noted_at=at.district.now - 60_000, position=HERE)
    odd = at.ask("water.desk", late)
    at.ask("commander", b.SettleDiscrepancy(discrepancy=odd, settlement="It went home again"))
    at.ask("water.desk", b.ReportDeparture(order=order))
