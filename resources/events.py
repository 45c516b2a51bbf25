"""What can happen to the board."""

from resources.state import (
    Discrepancy,
    DispatchLine,
    DispatchOrder,
    DispatchStep,
    Handover,
    Need,
    Outcome,
    Posting,
    Resource,
    ResourceFacts,
    ResourceKind,
    ResourceRequest,
)
from server.domain.message import AccountId, Event, Id, Line, Name, Position, UnitCode

# ── stock ─────────────────────────────────────────────────────────────────────────────────────────


class KindNamed(Event):
    kind: ResourceKind


class ResourceRegistered(Event):
    """Its quantity comes with a posting."""

    resource: Resource


class ResourceChanged(Event):
    resource: Id
    facts: ResourceFacts


class StockMoved(Event):
    """Quantities of one owner move between books, all at once. `order`: what moved them, if one did."""

    owner: UnitCode
    order: Id | None
    postings: list[Posting]


class StockCounted(Event):
    resource: Id
    quantity: int
    expected: int
    name: Name
    note: Line


class ResourceRetired(Event):
    resource: Id


# ── requests ──────────────────────────────────────────────────────────────────────────────────────


class RequestOpened(Event):
    request: ResourceRequest


class OfRequest(Event):
    """What changes one request."""

    request: Id


class RequestApproved(OfRequest):
    name: Name


class RequestRefused(OfRequest):
    name: Name
    reason: Line


class RequestAmended(OfRequest):
    """`again`: it asks for more and waits for approval once more, until `due` without a reminder."""

    need: Need
    version: int
    name: Name
    again: bool = False
    due: int | None = None
    above: list[UnitCode] = []


class RequestReminded(OfRequest):
    """Nobody has approved or refused it yet. `unit`: who is waited for."""

    unit: UnitCode


class RequestEscalated(OfRequest):
    """Still nothing, or nobody is there: `to` is told. `skipped`: where nobody serves."""

    to: UnitCode
    skipped: list[UnitCode] = []


class RequestCovered(OfRequest):
    """How much of it is promised by now; `over`: allowed beyond the need, for this reason."""

    promised: int
    over: int
    reason: Line


class RequestWithdrawn(OfRequest):
    name: Name
    reason: Line


class RequestClosed(OfRequest):
    name: Name


class RequestHandedOver(OfRequest):
    """Its emergency is over: `to` sees to it from now on."""

    to: UnitCode


class RequestArchived(OfRequest):
    """Leaves the live world; stays in the journal."""


# ── orders ────────────────────────────────────────────────────────────────────────────────────────


class OrderDrafted(Event):
    order: DispatchOrder


class OfOrder(Event):
    """What changes one order."""

    order: Id


class OrderStepped(OfOrder):
    """A step of the machine: who reported it, when it happened, and where."""

    by: AccountId
    name: Name
    noted_at: int | None  # by the reporter's own clock, if earlier
    position: Position | None
    note: Line


class OrderIssued(OrderStepped):
    pass


class OrderAcknowledged(OrderStepped):
    pass


class OrderAccepted(OrderStepped):
    pass


class OrderDeclined(OrderStepped):
    pass


class ResourcesCommitted(OrderStepped):
    pass


class OrderDeparted(OrderStepped):
    pass


class OrderArrived(OrderStepped):
    pass


class ResourcesHandedOver(OrderStepped):
    handover: Handover


class ReturnStarted(OrderStepped):
    pass


class ResourcesReturned(OrderStepped):
    outcomes: list[Outcome]


class ResourcesConsumed(OrderStepped):
    outcomes: list[Outcome]


class OrderRecalled(OrderStepped):
    """`note` is the reason. What had left returns."""


class OrderClosed(OrderStepped):
    pass


class OrderDropped(OfOrder):
    """A draft that nobody issued."""


class CarrierNamed(Event):
    """The whole order: its carrier sees it from now on."""

    order: DispatchOrder


class OrderRedirected(Event):
    """The whole order, as it is from now on: who receives it now sees it too."""

    order: DispatchOrder
    reason: Line
    name: Name


class OrderSplit(OfOrder):
    lines: list[DispatchLine]  # what stays
    part: DispatchOrder
    name: Name


class OrderExtended(OfOrder):
    until: int
    name: Name


class OrderEstimated(OfOrder):
    step: DispatchStep
    time: int


class OrderReplaced(OfOrder):
    by: list[Id]


class OrderReminded(OfOrder):
    """`name` is empty when its clock did. `unit`: who is waited for."""

    name: Line
    unit: UnitCode | None = None


class OrderEscalated(OfOrder):
    """Still nothing, or nobody is there: the next above is told. `skipped`: where nobody serves."""

    to: UnitCode
    skipped: list[UnitCode] = []


class OrderHandedOver(OfOrder):
    """Its emergency is over: `to` sees to it from now on."""

    to: UnitCode


class OrderArchived(OfOrder):
    """Leaves the live world; stays in the journal."""


# ── discrepancies ─────────────────────────────────────────────────────────────────────────────────


class DiscrepancyRaised(Event):
    discrepancy: Discrepancy


class DiscrepancySettled(Event):
    discrepancy: Id
    name: Name
    settlement: Line


class DiscrepancyArchived(Event):
    discrepancy: Id
