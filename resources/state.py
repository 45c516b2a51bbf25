"""What the dispatch board knows: what there is, what is needed, what is under way, what does not agree.

A `Resource` is one lot of one kind at one place of one owner: sandbags of one batch, or one pump, one
boat, one team. Its quantity stands in the books of `Stock`; only postings move it (`resources.ledger`).
Quantities are whole numbers of the kind's unit of measure; times epoch ms.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.message import AccountId, Count, Id, Line, Name, Phone, Position, Sha256, UnitCode

Quantity = Annotated[int, Meta(ge=1, le=10_000_000)]
Minutes = Annotated[int, Meta(ge=0, le=30 * 24 * 60)]
LINES_AT_MOST = 40  # of one order
ORDER_SHOWN_MS = 3 * 86400_000  # an order that is over stays on the board that long; the journal keeps it
SETTLED_SHOWN_MS = 86400_000  # so does a settled discrepancy, and a request that is over


class Category(StrEnum):
    MATERIAL = "material"
    VEHICLE = "vehicle"
    BOAT = "boat"
    PUMP = "pump"
    GENERATOR = "generator"
    TEAM = "team"
    EXPERT = "expert"
    SHELTER = "shelter"


INDIVIDUAL = frozenset(
    {
        Category.VEHICLE,
        Category.BOAT,
        Category.PUMP,
        Category.GENERATOR,
        Category.TEAM,
        Category.EXPERT,
    }
)  # each is one resource of quantity 1; a shelter's quantity is its capacity


class ResourceKind(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted together. Its name is what requests and plans ask for."""

    name: Name
    category: Category
    measure: Name  # unit of measure: 台, 艘, 件, 人 …


class Status(StrEnum):
    """ICS resource status; derived from the books and the fault, never typed."""

    AVAILABLE = "available"
    ASSIGNED = "assigned"
    OUT_OF_SERVICE = "out_of_service"


class Book(StrEnum):
    """Where a quantity stands. SUPPLY is the world outside: it gives; what is written off is LOST."""

    SUPPLY = "supplied"
    FREE = "free"
    RESERVED = "reserved"  # promised to an issued order, still at its place
    OUT = "out"  # gone with an order
    CONSUMED = "consumed"
    LOST = "lost"


class Stock(msgspec.Struct, kw_only=True):
    """The books of one resource: supplied == free + reserved + out + consumed + lost, none negative."""

    supplied: int = 0
    free: int = 0
    reserved: int = 0
    out: int = 0
    consumed: int = 0
    lost: int = 0


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of a resource moves from one book to another."""

    resource: Id
    source: Book
    target: Book
    quantity: Quantity


class ResourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What its keeper writes down about a resource."""

    kind: Name
    owner: UnitCode
    name: Line = ""  # number plate, team, expert, shelter; may be empty for materials
    depot: Line = ""
    position: Position | None = None
    keeper: Line = ""
    phone: Phone = ""
    batch: Line = ""
    expires_at: int | None = None
    ready_in: Minutes = 0  # readiness: from the order to the start
    minimum: Count = 0  # warn when less of the kind is free at this owner's depot, batches taken together
    skills: Annotated[list[Line], Meta(max_length=20)] = msgspec.field(default_factory=list)
    shift: Line = ""
    unit: UnitCode | None = None  # the unit of the tree that this team is, if it is one
    fault: Line = ""  # why it is out of service; empty: in service
    note: Line = ""


class Resource(msgspec.Struct, kw_only=True):
    id: Id
    facts: ResourceFacts
    stock: Stock = msgspec.field(default_factory=Stock)
    counted_at: int | None = None
    counted_by: Line = ""


class NeedPriority(StrEnum):
    LIFESAVING = "lifesaving"
    URGENT = "urgent"
    NORMAL = "normal"


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    place: Line = ""
    unit: UnitCode | None = None  # who receives it there; None: who asked
    position: Position | None = None


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What, how much, by when, where, what for."""

    kind: Name
    quantity: Quantity
    to: Destination
    by_when: int | None = None
    purpose: Line = ""
    substitutes: Annotated[list[Name], Meta(max_length=10)] = msgspec.field(default_factory=list)  # kinds
    priority: NeedPriority = NeedPriority.NORMAL


class RequestStep(StrEnum):
    AWAITING = "awaiting"  # approval
    OPEN = "open"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class DispatchClock(msgspec.Struct, kw_only=True):
    """A running clock: of an order's step, or of a request that waits for approval."""

    due: int
    reminded_at: int | None = None
    escalated_at: int | None = None
    escalated_to: UnitCode | None = None


class ResourceRequest(msgspec.Struct, kw_only=True):
    """资源申请. Seen by its unit and by the board. While it waits for approval a clock runs."""

    id: Id
    unit: UnitCode
    by: AccountId
    name: Name
    at: int
    need: Need
    step: RequestStep
    activation: Id | None = None
    incident: Id | None = None
    planned: bool = False  # from a plan, at the switch
    version: int = 1
    promised: int = 0  # by orders that stand or have arrived
    over: int = 0  # allowed beyond the need, by an explicit override
    answered_by: Line = ""  # who approved or refused
    reason: Line = ""  # why refused, withdrawn, allowed beyond the need
    over_at: int | None = None
    holder: UnitCode | None = None  # whom it was handed to when its emergency ended
    above: list[UnitCode] = msgspec.field(default_factory=list)  # whom its clock tells; the last approves
    clock: DispatchClock | None = None


class DispatchStep(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    COMMITTED = "committed"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    IN_USE = "in_use"
    RETURNING = "returning"
    RETURNED = "returned"
    CONSUMED = "consumed"
    RECALLED = "recalled"
    CLOSED = "closed"


class DispatchLine(msgspec.Struct, frozen=True, kw_only=True):
    resource: Id
    kind: Name
    name: Line
    measure: Name
    quantity: Quantity


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What did not come back of one line; the rest did."""

    resource: Id
    consumed: Count = 0
    lost: Count = 0


class Moment(msgspec.Struct, kw_only=True):
    """When a step was asked for, is expected, and happened; who reported it, and from where."""

    requested: int | None = None
    estimated: int | None = None
    actual: int | None = None  # by the reporter's own clock when it was offline
    recorded_at: int | None = None
    by: AccountId | None = None
    name: Line = ""
    note: Line = ""
    position: Position | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Of one side of a handover; the drawing is a stored file."""

    name: Name
    unit: UnitCode
    at: int
    drawing: Sha256 | None = None


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    giver: Signature
    receiver: Signature


class DispatchClocks(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds until who is waited for is reminded; None: no clock."""

    acknowledge: int | None = 300  # from the issue
    answer: int | None = 600  # from the acknowledgement
    depart: int | None = 1800  # from the acceptance
    arrive: int | None = 0  # from the estimated arrival, or from when it is wanted
    back: int | None = 0  # from when it is to be back
    escalate: int = 300  # from the reminder to the first superior, and on to the next


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit is called, for phones that see no directory; as it was when it came in."""

    name: Name
    phone: Phone = ""


class DispatchOrder(msgspec.Struct, kw_only=True):
    """调度单: what one owner is asked to send. Its watchers, those above and the board see it."""

    id: Id
    request: Id
    owner: UnitCode  # whose resources they are: acknowledges, accepts, sends
    issuer: UnitCode
    to: Destination  # `unit` is always set
    lines: list[DispatchLine]
    step: DispatchStep
    watchers: list[UnitCode]  # owner, carrier, requester, receiver; only grows
    above: list[UnitCode] = msgspec.field(default_factory=list)  # whom its clock tells, in turn; see `clocks`
    parties: dict[UnitCode, Party] = msgspec.field(default_factory=dict)  # watchers and issuer
    activation: Id | None = None  # its request's
    incident: Id | None = None
    holder: UnitCode | None = None  # who sees to it, when it was handed over; else the issuer
    priority: NeedPriority
    kind: Name  # what was asked for
    carrier: UnitCode | None = None  # a unit of the tree that takes it there
    clocks: DispatchClocks = msgspec.field(default_factory=DispatchClocks)
    clock: DispatchClock | None = None
    urged: int = 0  # times somebody has urged
    moments: dict[DispatchStep, Moment] = msgspec.field(default_factory=dict)
    version: int = 1  # grows when it is redirected, split, extended
    redirected: int = 0  # the version of the newest redirection
    reached: bool = False  # has arrived where it was needed
    recalled: Line = ""
    handover: Handover | None = None
    outcomes: list[Outcome] = msgspec.field(default_factory=list)
    replaces: Id | None = None
    replaced_by: list[Id] = msgspec.field(default_factory=list)
    split_from: Id | None = None
    over_at: int | None = None


def order_seen_by(order: DispatchOrder) -> list[UnitCode]:
    """Whom it concerns, and who is told when its clock rings; who sees the board sees it anyway."""
    return [*order.watchers, *order.above]


class Discrepancy(msgspec.Struct, kw_only=True):
    """A report that the order cannot take any more: shown until somebody settles it."""

    id: Id
    order: Id
    watchers: list[UnitCode]
    reported: DispatchStep  # what the reporter says has happened
    found: DispatchStep  # where the order stood
    by: AccountId
    name: Name
    unit: UnitCode
    at: int
    noted_at: int | None  # by the reporter's own clock
    note: Line = ""
    position: Position | None = None
    settled_at: int | None = None
    settled_by: Line = ""
    settlement: Line = ""


class Board(msgspec.Struct, kw_only=True):
    kinds: dict[str, ResourceKind] = msgspec.field(default_factory=dict)  # by name
    resources: dict[str, Resource] = msgspec.field(default_factory=dict)
    requests: dict[str, ResourceRequest] = msgspec.field(default_factory=dict)
    orders: dict[str, DispatchOrder] = msgspec.field(default_factory=dict)
    discrepancies: dict[str, Discrepancy] = msgspec.field(default_factory=dict)
