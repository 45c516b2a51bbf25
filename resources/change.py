"""What an event makes of the board. In place; never refuses; what is not there is left alone."""

from collections.abc import Callable
from typing import Any

from resources import events as e
from resources.clocks import begun, expected, goes_on
from resources.machine import DISPATCH_STEPS, OVER
from resources.state import (
    Board,
    Book,
    DispatchClock,
    DispatchOrder,
    DispatchStep,
    Moment,
    RequestStep,
    ResourceRequest,
)
from server.domain.message import Event


def _named(board: Board, event: e.KindNamed, at: int) -> None:
    board.kinds[event.kind.name] = event.kind


def _registered(board: Board, event: e.ResourceRegistered, at: int) -> None:
    board.resources[event.resource.id] = event.resource


def _changed(board: Board, event: e.ResourceChanged, at: int) -> None:
    if resource := board.resources.get(event.resource):
        resource.facts = event.facts


def _moved(board: Board, event: e.StockMoved, at: int) -> None:
    for posting in event.postings:
        if resource := board.resources.get(posting.resource):
            stock, supply = resource.stock, posting.source is Book.SUPPLY
            source, target = posting.source.value, posting.target.value
            setattr(
                stock, source, getattr(stock, source) + (posting.quantity if supply else -posting.quantity)
            )
            setattr(stock, target, getattr(stock, target) + posting.quantity)


def _counted(board: Board, event: e.StockCounted, at: int) -> None:
    if resource := board.resources.get(event.resource):
        resource.counted_at, resource.counted_by = at, event.name


def _retired(board: Board, event: e.ResourceRetired, at: int) -> None:
    board.resources.pop(event.resource, None)


def told(clock: DispatchClock | None, to: str, at: int) -> None:
    if clock is not None:
        clock.reminded_at = clock.reminded_at or at
        clock.escalated_at, clock.escalated_to = at, to


def _request_opened(board: Board, event: e.RequestOpened, at: int) -> None:
    board.requests[event.request.id] = event.request


def _end(request: ResourceRequest, step: RequestStep, at: int) -> None:
    request.step, request.over_at, request.clock = step, at, None


def _approved(request: ResourceRequest, event: e.RequestApproved, at: int) -> None:
    request.step, request.answered_by, request.clock = RequestStep.OPEN, event.name, None


def _refused(request: ResourceRequest, event: e.RequestRefused, at: int) -> None:
    _end(request, RequestStep.REFUSED, at)
    request.answered_by, request.reason = event.name, event.reason


def _request_amended(request: ResourceRequest, event: e.RequestAmended, at: int) -> None:
    request.need, request.version = event.need, event.version
    if event.again:
        request.step, request.answered_by = RequestStep.AWAITING, ""
        request.clock = None if event.due is None else DispatchClock(due=event.due)
        request.above = event.above


def _request_reminded(request: ResourceRequest, event: e.RequestReminded, at: int) -> None:
    if request.clock is not None:
        request.clock.reminded_at = at


def _request_escalated(request: ResourceRequest, event: e.RequestEscalated, at: int) -> None:
    told(request.clock, event.to, at)


def _covered(request: ResourceRequest, event: e.RequestCovered, at: int) -> None:
    request.promised, request.over = event.promised, event.over
    if event.reason:
        request.reason = event.reason


def _withdrawn(request: ResourceRequest, event: e.RequestWithdrawn, at: int) -> None:
    _end(request, RequestStep.WITHDRAWN, at)
    request.reason = event.reason


def _request_closed(request: ResourceRequest, event: e.RequestClosed, at: int) -> None:
    _end(request, RequestStep.CLOSED, at)


def _request_handed_over(request: ResourceRequest, event: e.RequestHandedOver, at: int) -> None:
    request.holder, request.activation = event.to, None


def _request_archived(board: Board, event: e.RequestArchived, at: int) -> None:
    board.requests.pop(event.request, None)


def _set(board: Board, event: e.OrderDrafted | e.OrderRedirected | e.CarrierNamed, at: int) -> None:
    board.orders[event.order.id] = event.order


def _removed(board: Board, event: e.OrderDropped | e.OrderArchived, at: int) -> None:
    board.orders.pop(event.order, None)


def stepped(order: DispatchOrder, event: e.OrderStepped, at: int) -> None:
    """The one reader of the machine's table for events: step, moment, clock, and what the step brings."""
    after = DISPATCH_STEPS.get((order.step, type(event)))
    if after is None:
        return
    before, order.step = order.step, after
    moment = order.moments.setdefault(after, Moment())
    moment.actual = at if event.noted_at is None else min(event.noted_at, at)
    moment.recorded_at, moment.by, moment.name = at, event.by, event.name
    moment.note, moment.position = event.note, event.position
    if not goes_on(before, after):
        order.clock = begun(order, at)
    if after is DispatchStep.ARRIVED:
        order.reached = True
    if after in OVER and order.over_at is None:
        order.over_at = at
    if isinstance(event, e.OrderRecalled):
        order.recalled = event.note
    elif isinstance(event, e.ResourcesHandedOver):
        order.handover = event.handover
    elif isinstance(event, e.ResourcesReturned | e.ResourcesConsumed):
        order.outcomes = event.outcomes


def _split(board: Board, event: e.OrderSplit, at: int) -> None:
    board.orders[event.part.id] = event.part
    if order := board.orders.get(event.order):
        order.lines, order.version = event.lines, order.version + 1


def _extended(order: DispatchOrder, event: e.OrderExtended, at: int) -> None:
    before = expected(order)
    order.moments.setdefault(DispatchStep.RETURNED, Moment()).requested = event.until
    order.version += 1
    if expected(order) != before:
        order.clock = begun(order, at)


def _estimated(order: DispatchOrder, event: e.OrderEstimated, at: int) -> None:
    before = expected(order)
    order.moments.setdefault(event.step, Moment()).estimated = event.time
    if expected(order) != before:
        order.clock = begun(order, at)


def _replaced(order: DispatchOrder, event: e.OrderReplaced, at: int) -> None:
    order.replaced_by = [*order.replaced_by, *event.by]


def _reminded(order: DispatchOrder, event: e.OrderReminded, at: int) -> None:
    if event.name:
        order.urged += 1
    elif order.clock is not None:
        order.clock.reminded_at = at


def _escalated(order: DispatchOrder, event: e.OrderEscalated, at: int) -> None:
    told(order.clock, event.to, at)


def _order_handed_over(order: DispatchOrder, event: e.OrderHandedOver, at: int) -> None:
    order.holder, order.activation = event.to, None
    if event.to not in (order.owner, *order.above):  # told last but one: the district ends it
        order.above = [*order.above[:-1], event.to, *order.above[-1:]]


def _raised(board: Board, event: e.DiscrepancyRaised, at: int) -> None:
    board.discrepancies[event.discrepancy.id] = event.discrepancy


def _settled(board: Board, event: e.DiscrepancySettled, at: int) -> None:
    if discrepancy := board.discrepancies.get(event.discrepancy):
        discrepancy.settled_at, discrepancy.settled_by = at, event.name
        discrepancy.settlement = event.settlement


def _discrepancy_archived(board: Board, event: e.DiscrepancyArchived, at: int) -> None:
    board.discrepancies.pop(event.discrepancy, None)


def _on_request(change: Callable[[ResourceRequest, Any, int], None]) -> Callable[[Board, Any, int], None]:
    def apply(board: Board, event: Any, at: int) -> None:
        if request := board.requests.get(event.request):
            change(request, event, at)

    return apply


def _on_order(change: Callable[[DispatchOrder, Any, int], None]) -> Callable[[Board, Any, int], None]:
    def apply(board: Board, event: Any, at: int) -> None:
        if order := board.orders.get(event.order):
            change(order, event, at)

    return apply


STEPPED: tuple[type[e.OrderStepped], ...] = (
    e.OrderIssued,
    e.OrderAcknowledged,
    e.OrderAccepted,
    e.OrderDeclined,
    e.ResourcesCommitted,
    e.OrderDeparted,
    e.OrderArrived,
    e.ResourcesHandedOver,
    e.ReturnStarted,
    e.ResourcesReturned,
    e.ResourcesConsumed,
    e.OrderRecalled,
    e.OrderClosed,
)

CHANGE: dict[type[Event], Callable[[Board, Any, int], None]] = {
    e.KindNamed: _named,
    e.ResourceRegistered: _registered,
    e.ResourceChanged: _changed,
    e.StockMoved: _moved,
    e.StockCounted: _counted,
    e.ResourceRetired: _retired,
    e.RequestOpened: _request_opened,
    e.RequestApproved: _on_request(_approved),
    e.RequestRefused: _on_request(_refused),
    e.RequestAmended: _on_request(_request_amended),
    e.RequestReminded: _on_request(_request_reminded),
    e.RequestEscalated: _on_request(_request_escalated),
    e.RequestCovered: _on_request(_covered),
    e.RequestWithdrawn: _on_request(_withdrawn),
    e.RequestClosed: _on_request(_request_closed),
    e.RequestHandedOver: _on_request(_request_handed_over),
    e.RequestArchived: _request_archived,
    e.OrderDrafted: _set,
    **{event: _on_order(stepped) for event in STEPPED},
    e.OrderDropped: _removed,
    e.CarrierNamed: _set,
    e.OrderRedirected: _set,
    e.OrderSplit: _split,
    e.OrderExtended: _on_order(_extended),
    e.OrderEstimated: _on_order(_estimated),
    e.OrderReplaced: _on_order(_replaced),
    e.OrderReminded: _on_order(_reminded),
    e.OrderEscalated: _on_order(_escalated),
    e.OrderHandedOver: _on_order(_order_handed_over),
    e.OrderArchived: _removed,
    e.DiscrepancyRaised: _raised,
    e.DiscrepancySettled: _settled,
    e.DiscrepancyArchived: _discrepancy_archived,
}
