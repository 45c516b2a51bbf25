"""What can be asked about the board: its stock, its requests, its orders, its discrepancies."""

from typing import Annotated

import msgspec
from msgspec import Meta

from resources.state import (
    LINES_AT_MOST,
    Category,
    Destination,
    DispatchClocks,
    DispatchStep,
    Handover,
    Need,
    Outcome,
    Quantity,
    ResourceFacts,
)
from server.domain.message import Action, ActionId, Count, Id, Line, Name, Position, UnitCode

Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z")]


class ResourceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a new resource, or what an existing one is now. `quantity`: what stands at its place."""

    id: ActionId
    category: Category
    measure: Name
    facts: ResourceFacts
    quantity: Count | None = None  # None: as it is


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    resource: Id
    quantity: Count  # what stands at its place, free and reserved together


class LineWanted(msgspec.Struct, frozen=True, kw_only=True):
    resource: Id
    quantity: Quantity


Lines = Annotated[list[LineWanted], Meta(min_length=1, max_length=LINES_AT_MOST)]


class Consignment(msgspec.Struct, frozen=True, kw_only=True):
    """What one owner is asked to send; its lines are all of one owner."""

    lines: Lines
    carrier: UnitCode | None = None
    arrival: int | None = None  # estimated
    until: int | None = None  # when it is to be back
    note: Line = ""


Consignments = Annotated[list[Consignment], Meta(min_length=1, max_length=60)]


# ── stock ─────────────────────────────────────────────────────────────────────────────────────────


class SaveResources(Action):
    """All of them or none. The owner of a resource never changes."""

    resources: Annotated[list[ResourceEntry], Meta(min_length=1, max_length=3000)]


class CountStock(Action):
    """Stocktaking: what was found at the places. The difference is supplied, or lost."""

    counts: Annotated[list[Counted], Meta(min_length=1, max_length=500)]
    note: Line = ""


class RetireResource(Action):
    resource: Id


# ── requests ──────────────────────────────────────────────────────────────────────────────────────


class RequestResources(Action):
    """The request gets the action's id; its unit is the caller's."""

    need: Need
    activation: Id | None = None  # None: that of the emergency the unit is in, if any


class OnRequest(Action):
    request: Id


class AmendRequest(OnRequest):
    """`version`: the one it was edited from. `override`: why less than is promised may be needed."""

    need: Need
    version: int
    override: Line = ""


class ApproveRequest(OnRequest):
    pass


class RefuseRequest(OnRequest):
    reason: Reason


class WithdrawRequest(OnRequest):
    """Orders for it that have not left are recalled."""

    reason: Reason


class CloseRequest(OnRequest):
    """When no order for it is under way."""


# ── orders, from above ────────────────────────────────────────────────────────────────────────────


class DraftOrders(OnRequest):
    """Drafts get the action's id with `.1`, `.2` … behind it; they promise and reserve nothing."""

    consignments: Consignments
    clocks: DispatchClocks = DispatchClocks()


class DispatchResources(OnRequest):
    """Orders drafted and issued at once. `replaces`: a declined order, or a silent one, which is recalled.

    `override`: why more than is needed may be sent.
    """

    consignments: Consignments
    clocks: DispatchClocks = DispatchClocks()
    replaces: Id | None = None
    override: Line = ""


class IssueOrders(Action):
    """Drafts; all of them or none."""

    orders: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    override: Line = ""


class OnOrder(Action):
    order: Id


class DropDraft(OnOrder):
    pass


class RecallOrder(OnOrder):
    """What has not left is free again; what has comes back."""

    reason: Reason


class RedirectOrder(OnOrder):
    """To another place, or to another request; `override` as when dispatching."""

    to: Destination
    request: Id | None = None  # None: the one it is for
    arrival: int | None = None  # estimated, there
    reason: Line = ""
    override: Line = ""


class SplitOrder(OnOrder):
    """The lines go their own way from here: a new order with the action's id, at the same step."""

    lines: Lines


class ExtendOrder(OnOrder):
    """It is to be back later."""

    until: int


class RemindOrder(OnOrder):
    pass


class CloseOrder(OnOrder):
    """Seen and done."""


# ── orders, by who sends, carries and receives ────────────────────────────────────────────────────


class OrderAnswer(OnOrder):
    """`noted_at`: when it was pressed, by the phone's clock, if it was offline then."""

    noted_at: int | None = None


class AcknowledgeOrder(OrderAnswer):
    pass


class AcceptOrder(OrderAnswer):
    arrival: int | None = None  # estimated
    note: Line = ""


class DeclineOrder(OrderAnswer, kw_only=True):
    reason: Reason


class CommitOrder(OrderAnswer):
    """Crew and vehicle are named."""

    carrier: UnitCode | None = None  # None: as it was
    note: Line = ""


class EstimateOrder(OnOrder):
    step: DispatchStep
    at: int


class OrderReport(OnOrder):
    """What has happened on the way. Whoever reports a later step has passed the earlier ones."""

    noted_at: int | None = None  # by the reporter's clock, if earlier
    version: int | None = None  # of the order as the reporter knew it
    position: Position | None = None
    note: Line = ""


class ReportDeparture(OrderReport):
    arrival: int | None = None  # estimated


class ReportArrival(OrderReport):
    pass


class HandOverResources(OrderReport, kw_only=True):
    """Signed by both sides, on one phone."""

    handover: Handover


class ReportReturning(OrderReport):
    pass


class ReportReturn(OrderReport):
    """Back at its place, but for what `outcomes` says."""

    outcomes: Annotated[list[Outcome], Meta(max_length=LINES_AT_MOST)] = msgspec.field(default_factory=list)


class ReportConsumed(OrderReport):
    """All of it is used up."""


# ── discrepancies ─────────────────────────────────────────────────────────────────────────────────


class SettleDiscrepancy(Action):
    """What is missing or left over is put right by stocktaking."""

    discrepancy: Id
    settlement: Reason
