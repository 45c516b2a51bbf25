"""The dispatch board, as far as a station listens: names as on the wire, unknown fields left out.

Times are epoch ms of the server.
"""

from msgspec import Struct

REQUEST, ORDER, DISCREPANCY = "request", "order", "discrepancy"
STANDING = frozenset(
    {"issued", "acknowledged", "accepted", "committed", "en_route", "arrived", "in_use", "returning"}
)
WAITING = frozenset({"issued", "acknowledged", "accepted", "committed"})
ENDED = frozenset({"declined", "recalled", "returned", "consumed"})


class Place(Struct, frozen=True):
    lon: float
    lat: float


class Kind(Struct, frozen=True):
    name: str
    category: str
    measure: str


class Facts(Struct, frozen=True):
    kind: str
    owner: str
    position: Place | None = None
    fault: str = ""
    expires_at: int | None = None


class Stock(Struct):
    supplied: int = 0
    free: int = 0
    reserved: int = 0
    out: int = 0
    consumed: int = 0
    lost: int = 0


class Resource(Struct):
    id: str
    facts: Facts
    stock: Stock


class Destination(Struct, frozen=True):
    place: str = ""
    unit: str | None = None
    position: Place | None = None


class Need(Struct, frozen=True):
    kind: str
    quantity: int
    to: Destination


class Request(Struct):
    id: str
    unit: str
    by: str
    at: int
    need: Need
    step: str
    activation: str | None = None
    planned: bool = False
    promised: int = 0


class Line(Struct, frozen=True):
    resource: str
    kind: str
    quantity: int


class Moment(Struct, frozen=True):
    estimated: int | None = None
    recorded_at: int | None = None
    by: str | None = None


class Clock(Struct, frozen=True):
    reminded_at: int | None = None
    escalated_at: int | None = None


class Order(Struct):
    id: str
    request: str
    owner: str
    issuer: str
    to: Destination
    lines: list[Line]
    step: str
    kind: str
    carrier: str | None = None
    moments: dict[str, Moment] = {}
    clock: Clock | None = None
    version: int = 1
    urged: int = 0
    reached: bool = False
    recalled: str = ""
    replaced_by: list[str] = []
    since: int = 0  # its newest step
    rung_at: int = 0  # somebody, or its clock, has asked where it is

    @property
    def mover(self) -> str:
        """Who takes it there and back."""
        return self.carrier or self.owner


class Discrepancy(Struct):
    id: str
    order: str
    at: int
    settled_at: int | None = None


class Board(Struct):
    kinds: dict[str, Kind] = {}
    resources: dict[str, Resource] = {}
    requests: dict[str, Request] = {}
    orders: dict[str, Order] = {}
    discrepancies: dict[str, Discrepancy] = {}


# ── events ─────────────────────────────────────────────────────────────────────────────────────────


class OnBoard(Struct):
    """What is told of the board."""


class KindNamed(OnBoard):
    kind: Kind


class ResourceRegistered(OnBoard):
    resource: Resource


class ResourceChanged(OnBoard):
    resource: str
    facts: Facts


class ResourceRetired(OnBoard):
    resource: str


class Posting(Struct, frozen=True):
    resource: str
    source: str
    target: str
    quantity: int


class StockMoved(OnBoard):
    postings: list[Posting]


class RequestOpened(OnBoard):
    request: Request


class OfRequest(OnBoard):
    request: str


class RequestApproved(OfRequest):
    pass


class RequestRefused(OfRequest):
    pass


class RequestWithdrawn(OfRequest):
    pass


class RequestClosed(OfRequest):
    pass


class RequestArchived(OfRequest):
    pass


class RequestAmended(OfRequest):
    need: Need
    again: bool = False


class RequestCovered(OfRequest):
    promised: int


class WholeOrder(OnBoard):
    order: Order


class OrderDrafted(WholeOrder):
    pass


class CarrierNamed(WholeOrder):
    pass


class OrderRedirected(WholeOrder):
    pass


class OfOrder(OnBoard):
    order: str


class OrderStepped(OfOrder):
    by: str = ""


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
    pass


class ReturnStarted(OrderStepped):
    pass


class ResourcesReturned(OrderStepped):
    pass


class ResourcesConsumed(OrderStepped):
    pass


class OrderRecalled(OrderStepped):
    note: str = ""


class OrderClosed(OrderStepped):
    pass


class OrderDropped(OfOrder):
    pass


class OrderArchived(OfOrder):
    pass


class OrderReminded(OfOrder):
    pass


class OrderEscalated(OfOrder):
    pass


class OrderReplaced(OfOrder):
    by: list[str]


class OrderEstimated(OfOrder):
    step: str
    time: int


class OrderSplit(OfOrder):
    lines: list[Line]
    part: Order


class DiscrepancyRaised(OnBoard):
    discrepancy: Discrepancy


class DiscrepancySettled(OnBoard):
    discrepancy: str


_REQUESTS: tuple[type[Struct], ...] = (
    *(RequestOpened, RequestAmended, RequestCovered, RequestArchived),
    *(RequestApproved, RequestRefused, RequestWithdrawn, RequestClosed),
)
_ORDERS: tuple[type[Struct], ...] = (
    *(OrderDrafted, OrderIssued, OrderAcknowledged, OrderAccepted, OrderDeclined, ResourcesCommitted),
    *(CarrierNamed, OrderDeparted, OrderArrived, ResourcesHandedOver, ReturnStarted, ResourcesReturned),
    *(ResourcesConsumed, OrderClosed, OrderRecalled, OrderRedirected, OrderSplit, OrderReplaced),
    *(OrderDropped, OrderArchived, OrderReminded, OrderEscalated, OrderEstimated),
)
EVENTS: tuple[type[Struct], ...] = (
    *(KindNamed, ResourceRegistered, ResourceChanged, ResourceRetired, StockMoved),
    *_REQUESTS,
    *_ORDERS,
    *(DiscrepancyRaised, DiscrepancySettled),
)
