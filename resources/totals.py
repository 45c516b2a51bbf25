"""Totals for after-action: by kind that was asked for, how much was asked, promised, sent, arrived, used,
short; and how long it took. Of requests and orders as they are in the end, also when they have left the
board."""

from collections.abc import Iterable
from statistics import median

import msgspec

from resources.machine import promise
from resources.state import DispatchOrder, RequestStep, ResourceRequest
from resources.state import DispatchStep as D

MINUTE_MS = 60_000


class KindTotals(msgspec.Struct, kw_only=True):
    """Quantities of what was asked for by this name; substitutes count one for one."""

    kind: str
    requests: int = 0
    asked: int = 0  # without requests that were refused or withdrawn
    promised: int = 0
    sent: int = 0
    arrived: int = 0
    returned: int = 0
    consumed: int = 0
    lost: int = 0
    short: int = 0  # asked and not arrived, of each request
    orders: int = 0  # that were issued
    declined: int = 0
    recalled: int = 0
    minutes: dict[str, float | None] = msgspec.field(default_factory=dict)  # medians from asking to a step


# from asking to the order's step, in minutes
WAITS = {"issue": D.ISSUED, "acknowledge": D.ACKNOWLEDGED, "arrival": D.ARRIVED}


def totals_of(requests: Iterable[ResourceRequest], orders: Iterable[DispatchOrder]) -> list[KindTotals]:
    """By kind, the most asked for first. Orders of other requests are left out."""
    asked = {request.id: request for request in requests}
    found: dict[str, KindTotals] = {}
    arrived = dict.fromkeys(asked, 0)
    waits: dict[str, dict[str, list[float]]] = {}
    for order in orders:
        request = asked.get(order.request)
        if request is None or not _happened(order, D.ISSUED):
            continue
        of = _of(found, request)
        arrived[request.id] += _add_order(of, order)
        for name, step in WAITS.items():
            moment = order.moments.get(step)
            if moment is not None and moment.actual is not None:
                minutes = max(0.0, (moment.actual - request.at) / MINUTE_MS)
                waits.setdefault(of.kind, {}).setdefault(name, []).append(minutes)
    for request in asked.values():
        of = _of(found, request)
        of.requests += 1
        if request.step not in (RequestStep.REFUSED, RequestStep.WITHDRAWN):
            of.asked += request.need.quantity
            of.short += max(0, request.need.quantity - arrived[request.id])
    for of in found.values():
        mine = waits.get(of.kind, {})
        of.minutes = {name: round(median(mine[name]), 1) if name in mine else None for name in WAITS}
    return sorted(found.values(), key=lambda of: (-of.asked, of.kind))


def _of(found: dict[str, KindTotals], request: ResourceRequest) -> KindTotals:
    return found.setdefault(request.need.kind, KindTotals(kind=request.need.kind))


def _add_order(of: KindTotals, order: DispatchOrder) -> int:
    """How much of it has arrived."""
    quantity = sum(line.quantity for line in order.lines)
    consumed = sum(outcome.consumed for outcome in order.outcomes)
    lost = sum(outcome.lost for outcome in order.outcomes)
    of.orders += 1
    of.promised += promise(order)
    of.declined += _happened(order, D.DECLINED)
    of.recalled += bool(order.recalled) or _happened(order, D.RECALLED)
    of.sent += quantity if _happened(order, D.EN_ROUTE) else 0
    of.consumed += consumed
    of.lost += lost
    of.returned += quantity - consumed - lost if _happened(order, D.RETURNED) else 0
    of.arrived += quantity if order.reached else 0
    return quantity if order.reached else 0


def _happened(order: DispatchOrder, step: D) -> bool:
    moment = order.moments.get(step)
    return moment is not None and (moment.recorded_at is not None or moment.actual is not None)
