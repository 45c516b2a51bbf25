"""What time does by itself on the board: which deadlines stand. All times epoch ms."""

from collections.abc import Iterator

from resources.approval import approval_ring
from resources.clocks import next_ring
from resources.state import (
    ORDER_SHOWN_MS,
    SETTLED_SHOWN_MS,
    Board,
    Discrepancy,
    DispatchOrder,
    ResourceRequest,
)

ORDER = "order"
REQUEST = "request"
ORDER_OVER = "order_over"
REQUEST_OVER = "request_over"
SETTLED = "settled"
BOARD_BELLS = frozenset({ORDER, ORDER_OVER, REQUEST, REQUEST_OVER, SETTLED})

Bell = tuple[int, str, str, str]  # when, id, "", which


def order_bells(order: DispatchOrder) -> Iterator[Bell]:
    """Its clock: at the limit, then for each above; and its leaving the board."""
    if order.over_at is not None:
        yield order.over_at + ORDER_SHOWN_MS, order.id, "", ORDER_OVER
    ring = next_ring(order)
    if ring is not None:
        yield ring, order.id, "", ORDER


def request_bells(request: ResourceRequest) -> Iterator[Bell]:
    if request.over_at is not None:
        yield request.over_at + SETTLED_SHOWN_MS, request.id, "", REQUEST_OVER
    ring = approval_ring(request)
    if ring is not None:
        yield ring, request.id, "", REQUEST


def discrepancy_bells(discrepancy: Discrepancy) -> Iterator[Bell]:
    if discrepancy.settled_at is not None:
        yield discrepancy.settled_at + SETTLED_SHOWN_MS, discrepancy.id, "", SETTLED


def board_bells(board: Board) -> Iterator[Bell]:
    """Every deadline that stands."""
    for order in board.orders.values():
        yield from order_bells(order)
    for request in board.requests.values():
        yield from request_bells(request)
    for discrepancy in board.discrepancies.values():
        yield from discrepancy_bells(discrepancy)


def stands(board: Board, bell: Bell) -> bool:
    """Whether a deadline still means something."""
    _, id, _, what = bell
    if what in (ORDER, ORDER_OVER):
        order = board.orders.get(id)
        return order is not None and bell in order_bells(order)
    if what in (REQUEST, REQUEST_OVER):
        request = board.requests.get(id)
        return request is not None and bell in request_bells(request)
    discrepancy = board.discrepancies.get(id)
    return discrepancy is not None and bell in discrepancy_bells(discrepancy)
