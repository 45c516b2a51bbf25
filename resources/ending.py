"""What an emergency leaves on the board when it ends, and what of the board a unit is needed for.

As with commands nothing is left without a holder: a request that is open is handed to a unit that sees to it,
and the orders for it go with it; an order whose request is over is handed over by itself. What the plan alone
has asked for and nobody has sent ends with the emergency.
"""

from collections.abc import Mapping

import msgspec

from resources import events as e
from resources.approval import SEE_THE_BOARD
from resources.machine import STANDING
from resources.requests import NOT_OVER, drafts_dropped
from resources.state import Board, DispatchOrder, DispatchStep, ResourceRequest
from server.domain.message import Event
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, active_unit, is_under, lineage

NAMED_AT_MOST = 10


class StillOpen(msgspec.Struct, frozen=True):
    """`planned`: requests of the plan that nothing was sent for."""

    requests: list[ResourceRequest]
    orders: list[DispatchOrder]  # drafts and what stands
    planned: list[ResourceRequest]

    def named(self) -> tuple[list[str], list[str]]:
        """The requests that must be handed over, and the orders that go with none of them."""
        requests = [request.id for request in self.requests]
        return requests, [order.id for order in self.orders if order.request not in requests]


def still_open(board: Board, activation: str) -> StillOpen:
    """What an emergency leaves. Drafts of what is planned end with it."""
    orders = [
        order
        for order in board.orders.values()
        if order.activation == activation and order.step in (*STANDING, DispatchStep.DRAFT)
    ]
    sent = {order.request for order in orders if order.step in STANDING}
    open_ = [r for r in board.requests.values() if r.activation == activation and r.step in NOT_OVER]
    planned = [request for request in open_ if request.planned and request.id not in sent]
    ending = {request.id for request in planned}
    return StillOpen(
        requests=[request for request in open_ if request.id not in ending],
        orders=[order for order in orders if order.request not in ending],
        planned=planned,
    )


def handed_over(
    board: Board, units: Mapping[str, Unit], open_: StillOpen, to: Mapping[str, str], by: str, name: str
) -> list[Event]:
    """`to`: request or order → unit; `by`: the unit that hands over. All that `open_` names is in it."""
    events: list[Event] = []
    for request in open_.planned:
        events += [*drafts_dropped(board, request.id), e.RequestClosed(request=request.id, name=name)]
    asked = {request.id: request for request in open_.requests}
    for request in asked.values():
        holder = _holder(units, to[request.id], by, [request.unit])
        events.append(e.RequestHandedOver(request=request.id, to=holder))
    for order in open_.orders:
        id = order.request if order.request in asked else order.id
        concerned = [*order.watchers, *order.above]
        events.append(e.OrderHandedOver(order=order.id, to=_holder(units, to[id], by, concerned)))
    return events


def _holder(units: Mapping[str, Unit], to: str, by: str, concerned: list[str]) -> str:
    """Who sees it already: concerned by it, above who is, or a desk below the giver that sees the board."""
    unit = active_unit(units, to)
    sees = unit.kind in SEE_THE_BOARD
    above = any(to in lineage(units, code) for code in concerned)
    if to in concerned or (sees and (above or is_under(units, to, by))):
        return to
    raise Rejected(Code.OUT_OF_REACH, unit=to)


def needed_for(board: Board, unit: str) -> dict[str, list[str]]:
    """Why a unit cannot be retired: its stock, what it asked for or holds, orders it has a part in."""
    resources = [r.id for r in board.resources.values() if unit in (r.facts.owner, r.facts.unit)]
    requests = [
        request.id
        for request in board.requests.values()
        if request.step in NOT_OVER and unit in (request.unit, request.need.to.unit, request.holder)
    ]
    orders = [
        order.id
        for order in board.orders.values()
        if order.step in (*STANDING, DispatchStep.DRAFT)
        and unit in (order.owner, order.issuer, order.carrier, order.to.unit, order.holder)
    ]
    found = {"resources": resources, "requests": requests, "orders": orders}
    return {what: ids[:NAMED_AT_MOST] for what, ids in found.items() if ids}
