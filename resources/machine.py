"""The machine of an order: step × event → step; where its quantities stand; what it promises. Tables.

Draft → issued → acknowledged → accepted or declined → committed → en route → arrived → in use → returning →
returned or consumed → closed. What is recalled before it left is free at once; what had left comes back.
"""

from resources import events as e
from resources.state import Book, DispatchOrder
from resources.state import DispatchStep as D
from server.domain.message import Event
from server.domain.refusal import Code, Rejected

WAITING = (D.ISSUED, D.ACKNOWLEDGED, D.ACCEPTED, D.COMMITTED)  # still at its place
AWAY = (D.EN_ROUTE, D.ARRIVED, D.IN_USE, D.RETURNING)
STANDING = frozenset((*WAITING, *AWAY))  # somebody still has to do something
ENDED = frozenset({D.DECLINED, D.RECALLED, D.RETURNED, D.CONSUMED})
OVER = ENDED | {D.CLOSED}  # nothing moves it any more

DISPATCH_STEPS: dict[tuple[D, type[Event]], D] = {
    (D.DRAFT, e.OrderIssued): D.ISSUED,
    (D.ISSUED, e.OrderAcknowledged): D.ACKNOWLEDGED,
    (D.ACKNOWLEDGED, e.OrderAccepted): D.ACCEPTED,
    (D.ACKNOWLEDGED, e.OrderDeclined): D.DECLINED,
    (D.ACCEPTED, e.OrderDeclined): D.DECLINED,
    (D.COMMITTED, e.OrderDeclined): D.DECLINED,
    (D.ACCEPTED, e.ResourcesCommitted): D.COMMITTED,
    (D.COMMITTED, e.OrderDeparted): D.EN_ROUTE,
    (D.EN_ROUTE, e.OrderArrived): D.ARRIVED,
    (D.ARRIVED, e.ResourcesHandedOver): D.IN_USE,
    (D.ARRIVED, e.ReturnStarted): D.RETURNING,
    (D.IN_USE, e.ReturnStarted): D.RETURNING,
    (D.ARRIVED, e.ResourcesConsumed): D.CONSUMED,
    (D.IN_USE, e.ResourcesConsumed): D.CONSUMED,
    (D.RETURNING, e.ResourcesReturned): D.RETURNED,
    **{(step, e.OrderRecalled): D.RECALLED for step in WAITING},
    **{(step, e.OrderRecalled): D.RETURNING for step in (D.EN_ROUTE, D.ARRIVED, D.IN_USE)},
    **{(step, e.OrderRedirected): step for step in (*WAITING, D.EN_ROUTE)},
    **{(step, e.OrderRedirected): D.EN_ROUTE for step in (D.ARRIVED, D.IN_USE)},
    **{(step, e.OrderClosed): D.CLOSED for step in D if step in ENDED},
}

# the way of an order that goes well: who reports a later step has passed the earlier ones
WAY: tuple[tuple[D, type[e.OrderStepped]], ...] = (
    (D.ISSUED, e.OrderAcknowledged),
    (D.ACKNOWLEDGED, e.OrderAccepted),
    (D.ACCEPTED, e.ResourcesCommitted),
    (D.COMMITTED, e.OrderDeparted),
    (D.EN_ROUTE, e.OrderArrived),
)

# which limit of its clocks runs in a step
WAITS: dict[D, str] = {
    D.ISSUED: "acknowledge",
    D.ACKNOWLEDGED: "answer",
    D.ACCEPTED: "depart",
    D.COMMITTED: "depart",
    D.EN_ROUTE: "arrive",
    D.ARRIVED: "back",
    D.IN_USE: "back",
    D.RETURNING: "back",
}
# limits that do not count from the beginning of the step: from which moment, and which of its times first
COUNTS_FROM: dict[str, tuple[D, tuple[str, str]]] = {
    "arrive": (D.ARRIVED, ("estimated", "requested")),
    "back": (D.RETURNED, ("requested", "estimated")),
}


def dispatch_step(order: DispatchOrder, event: type[Event]) -> D:
    """The step after `event`; refuses when the machine has no such way."""
    after = DISPATCH_STEPS.get((order.step, event))
    if after is None:
        code = Code.ORDER_OVER if order.step in OVER else Code.WRONG_STEP
        raise Rejected(code, step=order.step.value, order=order.id)
    return after


def climbs(step: D, to: D) -> list[type[e.OrderStepped]]:
    """The events implied between `step` and `to` (a step of WAY, or ARRIVED); none when it is past that."""
    started = [before for before, _ in WAY]
    if step not in started:
        return []
    end = started.index(to) if to in started else len(WAY)
    return [event for _, event in WAY[started.index(step) : end]]


def held(order: DispatchOrder) -> dict[str, dict[Book, int]]:
    """Where the quantities of an order stand, by resource; what is in no book here is free."""
    holding: dict[str, dict[Book, int]] = {}
    outcomes = {outcome.resource: outcome for outcome in order.outcomes}
    for line in order.lines:
        books = holding.setdefault(line.resource, {})
        if order.step in WAITING:
            books[Book.RESERVED] = line.quantity
        elif order.step in AWAY:
            books[Book.OUT] = line.quantity
        elif outcome := outcomes.get(line.resource):
            books[Book.CONSUMED], books[Book.LOST] = outcome.consumed, outcome.lost
    return holding


def promise(order: DispatchOrder) -> int:
    """How much of its request an order covers: what stands, and what has been where it was needed."""
    if order.reached or (order.step in STANDING and not order.recalled):
        return sum(line.quantity for line in order.lines)
    return 0
