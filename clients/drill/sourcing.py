"""A commander's hand at the board: which stock goes where, again when somebody declines, closed in the end.

Pure, like `person`. It sends the nearest that is free and fit, of several owners if one has too little. While
a person commands the drill it leaves them what the plan has asked for and a part of what the ground asks for.
"""

from math import cos, hypot, radians
from typing import Any

from clients.drill import board as b
from clients.drill.dispatching import MINUTE_MS
from clients.drill.person import Deed, Person, delay
from clients.drill.seen import Seen

LEFT = 0.45  # of the requests, for the person who commands
SOURCE, RESOURCE, CLOSE, SETTLE, APPROVE = (150.0, 0.5), (60.0, 0.4), (420.0, 0.3), (400.0, 0.4), (90.0, 0.4)
CALL_BACK = (200.0, 0.4)
CALLED_BACK = 0.07  # of what is on the way: a phone without network may not know, and report later
OWNERS_AT_MOST = 4
METRE = 111_320  # per degree of latitude


def request_stage(person: Person, seen: Seen, request: b.Request, led: bool) -> str:
    """`led`: a person commands."""
    if led and (request.planned or person.chance("left", request.id).random() < LEFT):
        return ""
    if request.step == "awaiting":
        return f"approve {request.id}" if request.by != seen.account else ""
    if request.step != "open" or request.promised >= request.need.quantity:
        return ""
    declined = _declined(seen, request)
    sent = sum(order.request == request.id for order in seen.board.orders.values())
    return f"source {request.id} {request.promised} {sent} {declined.id if declined else '-'}"


def request_deed(person: Person, seen: Seen, request: b.Request, stage: str, now: int) -> Deed | None:
    chance = person.chance(stage)
    if stage.startswith("approve"):
        at = request.at + delay(person, APPROVE, chance, now)
        return Deed(at, {"type": "ApproveRequest", "request": request.id})
    picked = _picked(seen, request, now)
    if not picked:
        return None
    declined = _declined(seen, request)
    since = declined.since if declined else request.at
    at = since + delay(person, RESOURCE if declined else SOURCE, chance, now)
    arrival = max(at, now) + round(chance.uniform(35, 70) * MINUTE_MS / person.pace)
    until = max(at, now) + round(480 * MINUTE_MS / person.pace)
    sent = [{"lines": lines, "arrival": arrival, "until": until} for lines in picked.values()]
    do: dict[str, Any] = {"type": "DispatchResources", "request": request.id, "consignments": sent}
    return Deed(at, do | ({"replaces": declined.id} if declined else {}))


def _declined(seen: Seen, request: b.Request) -> b.Order | None:
    """One that said no and nobody was asked instead."""
    return next(
        (
            order
            for order in seen.board.orders.values()
            if order.request == request.id and order.step == "declined" and not order.replaced_by
        ),
        None,
    )


def _picked(seen: Seen, request: b.Request, now: int) -> dict[str, list[dict[str, Any]]]:
    """owner → lines, of the nearest; nobody who has declined this request is asked again."""
    board, missing = seen.board, request.need.quantity - request.promised
    no = {o.owner for o in board.orders.values() if o.request == request.id and o.step == "declined"}
    fit = [
        resource
        for resource in board.resources.values()
        if resource.facts.kind == request.need.kind
        and resource.stock.free > 0
        and not resource.facts.fault
        and (resource.facts.expires_at is None or resource.facts.expires_at > now)
        and resource.facts.owner not in no
    ]
    picked: dict[str, list[dict[str, Any]]] = {}
    for resource in sorted(fit, key=lambda r: (_distance(r, request), r.id)):
        owner, quantity = resource.facts.owner, min(missing, resource.stock.free)
        if quantity and (owner in picked or len(picked) < OWNERS_AT_MOST):
            picked.setdefault(owner, []).append({"resource": resource.id, "quantity": quantity})
            missing -= quantity
    return picked


def _distance(resource: b.Resource, request: b.Request) -> float:
    here, there = resource.facts.position, request.need.to.position
    if here is None or there is None:
        return 0.0
    return round(hypot((here.lon - there.lon) * cos(radians(here.lat)), here.lat - there.lat) * METRE, -3)


def order_stage(person: Person, seen: Seen, order: b.Order) -> str:
    """What one has issued oneself: now and then called back on the way, closed when it is over;
    a declined one first finds somebody else."""
    drafted = order.moments.get("draft")
    if drafted is None or drafted.by != seen.account:
        return ""
    if order.step == "en_route" and person.chance("recall", order.id).random() < CALLED_BACK:
        return f"call-back {order.id}"
    if order.step not in b.ENDED:
        return ""
    request = seen.board.requests.get(order.request)
    if order.step == "declined" and not order.replaced_by and request is not None and request.step == "open":
        return ""
    return f"close-order {order.id}"


def order_deed(person: Person, order: b.Order, stage: str, now: int) -> Deed:
    chance = person.chance(stage)
    if stage.startswith("call-back"):
        reason = "道路积水中断,原路返回,另派就近队伍。"
        at = order.since + delay(person, CALL_BACK, chance, now)
        return Deed(at, {"type": "RecallOrder", "order": order.id, "reason": reason})
    at = order.since + delay(person, CLOSE, chance, now)
    return Deed(at, {"type": "CloseOrder", "order": order.id})


def discrepancy_stage(discrepancy: b.Discrepancy, led: bool) -> str:
    return "" if led or discrepancy.settled_at is not None else f"settle {discrepancy.id}"


def discrepancy_deed(person: Person, discrepancy: b.Discrepancy, stage: str, now: int) -> Deed:
    at = discrepancy.at + delay(person, SETTLE, person.chance(stage), now)
    said = "电话核对:物资已按现状登记,差额另行盘点。"
    return Deed(at, {"type": "SettleDiscrepancy", "discrepancy": discrepancy.id, "settlement": said})
