"""What a station keeps of the dispatch board: made ready from a snapshot, changed by events.

It is what its post is shown: departments, towns and the commander see all of it, villages and teams what is
their own.
"""

from collections.abc import Iterable

from clients.drill import board as b

_AFTER: dict[type[b.OrderStepped], str] = {
    b.OrderIssued: "issued",
    b.OrderAcknowledged: "acknowledged",
    b.OrderAccepted: "accepted",
    b.OrderDeclined: "declined",
    b.ResourcesCommitted: "committed",
    b.OrderDeparted: "en_route",
    b.OrderArrived: "arrived",
    b.ResourcesHandedOver: "in_use",
    b.ReturnStarted: "returning",
    b.ResourcesReturned: "returned",
    b.ResourcesConsumed: "consumed",
    b.OrderClosed: "closed",
}
_REQUEST_AFTER: dict[type[b.OfRequest], str] = {
    b.RequestApproved: "open",
    b.RequestRefused: "refused",
    b.RequestWithdrawn: "withdrawn",
    b.RequestClosed: "closed",
}


def begun(board: b.Board) -> Iterable[tuple[str, str]]:
    """A snapshot made ready; every matter in it."""
    for order in board.orders.values():
        order.since = max((m.recorded_at or 0 for m in order.moments.values()), default=0)
        clock = order.clock
        order.rung_at = max(clock.reminded_at or 0, clock.escalated_at or 0) if clock else 0
    for what, ids in (
        (b.REQUEST, board.requests),
        (b.ORDER, board.orders),
        (b.DISCREPANCY, board.discrepancies),
    ):
        yield from ((what, id) for id in ids)


def apply(board: b.Board, event: b.OnBoard, at: int) -> set[tuple[str, str]]:
    """What happened; the matters it touches."""
    match event:
        case b.OfOrder(order=id):
            return _on_order(board, event, id, at)
        case b.OfRequest(request=id):
            return _on_request(board, event, id)
        case b.WholeOrder(order=order):
            order.since = at
            board.orders[order.id] = order
            return {(b.ORDER, order.id), (b.REQUEST, order.request)}
        case b.RequestOpened(request=request):
            board.requests[request.id] = request
            return {(b.REQUEST, request.id), ("needs", "")}
        case b.KindNamed(kind=kind):
            board.kinds[kind.name] = kind
        case b.DiscrepancyRaised(discrepancy=discrepancy):
            board.discrepancies[discrepancy.id] = discrepancy
            return {(b.DISCREPANCY, discrepancy.id)}
        case b.DiscrepancySettled(discrepancy=id) if id in board.discrepancies:
            board.discrepancies[id].settled_at = at
            return {(b.DISCREPANCY, id)}
        case _:
            return _on_stock(board, event)
    return set()


def _on_stock(board: b.Board, event: b.OnBoard) -> set[tuple[str, str]]:
    kinds: set[str] = set()
    match event:
        case b.ResourceRegistered(resource=resource):
            board.resources[resource.id] = resource
        case b.ResourceChanged(resource=id, facts=facts) if id in board.resources:
            board.resources[id].facts = facts
        case b.ResourceRetired(resource=id):
            board.resources.pop(id, None)
        case b.StockMoved(postings=postings):
            for posting in postings:
                held = board.resources.get(posting.resource)
                if held is None:
                    continue
                sign = 1 if posting.source == "supplied" else -1
                stock = held.stock
                setattr(stock, posting.source, getattr(stock, posting.source) + sign * posting.quantity)
                setattr(stock, posting.target, getattr(stock, posting.target) + posting.quantity)
                if posting.target == "free":
                    kinds.add(held.facts.kind)
    return {
        (b.REQUEST, request.id)
        for request in board.requests.values()
        if kinds and request.need.kind in kinds and request.step == "open"
    }


def _on_request(board: b.Board, event: b.OfRequest, id: str) -> set[tuple[str, str]]:
    request = board.requests.get(id)
    if request is None:
        return set()
    match event:
        case b.RequestAmended(need=need, again=again):
            request.need = need
            request.step = "awaiting" if again else request.step
        case b.RequestCovered(promised=promised):
            request.promised = promised
        case b.RequestArchived():
            del board.requests[id]
        case _:
            request.step = _REQUEST_AFTER[type(event)]
    return {(b.REQUEST, id)}


def _on_order(board: b.Board, event: b.OfOrder, id: str, at: int) -> set[tuple[str, str]]:
    order = board.orders.get(id)
    if isinstance(event, b.OrderSplit):
        event.part.since = at
        board.orders[event.part.id] = event.part
        if order is not None:
            order.lines, order.version = event.lines, order.version + 1
        return {(b.ORDER, id), (b.ORDER, event.part.id)}
    if order is None:
        return set()
    match event:
        case b.OrderRecalled(note=note):
            order.recalled, order.since = note or "-", at
            order.step = "recalled" if order.step in b.WAITING else "returning"
        case b.OrderStepped():
            order.step, order.since = _AFTER[type(event)], at
            order.reached = order.reached or order.step == "arrived"
        case b.OrderDropped() | b.OrderArchived():
            del board.orders[id]
        case b.OrderReminded() | b.OrderEscalated():
            order.rung_at, order.urged = at, order.urged + 1
        case b.OrderReplaced(by=by):
            order.replaced_by = [*order.replaced_by, *by]
        case b.OrderEstimated(step=step, time=time):
            order.moments = {**order.moments, step: b.Moment(estimated=time)}
    return {(b.ORDER, id), (b.REQUEST, order.request)}
