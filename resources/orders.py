"""Deciding orders from above: drafted, issued, recalled, redirected, split, extended, replaced, closed.

A draft reserves nothing and promises nothing; issuing does both, for all orders of the decision or for none.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from resources import actions as a
from resources import events as e
from resources.asked import Asked, Course, copied, order_of
from resources.clocks import above, begun, escalated, waited_for
from resources.inventory import unfit
from resources.ledger import resource_of
from resources.machine import STANDING, WAITING, dispatch_step
from resources.requests import live
from resources.state import (
    DispatchLine,
    DispatchOrder,
    DispatchStep,
    Moment,
    Party,
    RequestStep,
    ResourceRequest,
)
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, active_unit


def watchers(owner: str, request: ResourceRequest, to: str | None, carrier: str | None) -> list[str]:
    """The units an order concerns: they see it, whatever they see of the board."""
    return [unit for unit in dict.fromkeys((owner, carrier, request.unit, to)) if unit is not None]


def parties(units: Mapping[str, Unit], codes: Iterable[str]) -> dict[str, Party]:
    """How they are called."""
    known = [units[code] for code in codes if code in units]
    return {unit.code: Party(name=unit.name, phone=unit.phone) for unit in known}


def _open(asked: Asked, request: str) -> ResourceRequest:
    """A request that orders may be made for."""
    found = live(asked, request)
    if found.step is not RequestStep.OPEN:
        raise Rejected(Code.WRONG_STEP, request=request, step=found.step.value)
    return found


def _lines(asked: Asked, wanted: Iterable[a.LineWanted], request: ResourceRequest) -> list[DispatchLine]:
    """What is asked for, of resources that may go: each once, of a kind that will do, fit to be used."""
    lines: list[DispatchLine] = []
    kinds = {request.need.kind, *request.need.substitutes}
    for line in wanted:
        resource = resource_of(asked.board, line.resource)
        facts = resource.facts
        if facts.kind not in kinds:
            raise Rejected(Code.KIND_DIFFERS, resource=resource.id, kind=facts.kind)
        if any(known.resource == resource.id for known in lines):
            raise Rejected(Code.BAD_ACTION, fields=["lines"])
        lines.append(
            DispatchLine(
                resource=resource.id,
                kind=facts.kind,
                name=facts.name,
                measure=asked.board.kinds[facts.kind].measure,
                quantity=line.quantity,
            )
        )
    return lines


def _draft(
    asked: Asked,
    request: ResourceRequest,
    consignment: a.Consignment,
    lines: list[DispatchLine],
    action: Any,
    number: int,
) -> DispatchOrder:
    owners = {resource_of(asked.board, line.resource).facts.owner for line in lines}
    if len(owners) != 1:
        raise Rejected(Code.BAD_ACTION, fields=["lines"], owners=sorted(owners))
    owner = owners.pop()
    if consignment.carrier is not None:
        active_unit(asked.units, consignment.carrier)
    to = request.need.to
    concerned = watchers(owner, request, to.unit, consignment.carrier)
    return DispatchOrder(
        id=f"{asked.id}.{number}",
        request=request.id,
        owner=owner,
        issuer=asked.who.unit,
        to=to,
        lines=lines,
        step=DispatchStep.DRAFT,
        watchers=concerned,
        parties=parties(asked.units, (*concerned, asked.who.unit)),
        above=above(asked.units, owner, asked.who.unit),
        activation=request.activation,
        incident=request.incident,
        priority=request.need.priority,
        kind=request.need.kind,
        carrier=consignment.carrier,
        clocks=action.clocks,
        moments={
            DispatchStep.DRAFT: Moment(
                actual=asked.now, recorded_at=asked.now, by=asked.who.id, name=asked.who.name,
                note=consignment.note,
            ),
            DispatchStep.ARRIVED: Moment(requested=request.need.by_when, estimated=consignment.arrival),
            DispatchStep.RETURNED: Moment(requested=consignment.until),
        },
    )  # fmt: skip


def _draft_all(asked: Asked, action: a.DraftOrders) -> list[Event]:
    request = _open(asked, action.request)
    return [
        e.OrderDrafted(order=_draft(asked, request, consignment, lines, action, number))
        for number, consignment in enumerate(action.consignments, 1)
        for lines in (_lines(asked, consignment.lines, request),)
    ]


def _ready(course: Course, lines: Iterable[DispatchLine]) -> None:
    """Fit to go now, and free. Looked at before an order is made of it: most who reach for one pump at once
    are refused, and a refusal is to cost next to nothing."""
    for line in lines:
        resource = resource_of(course.asked.board, line.resource)
        if unfit(resource, course.asked.now):
            raise Rejected(Code.OUT_OF_SERVICE, resource=resource.id, fault=resource.facts.fault)
        course.ledger.enough(line.resource, line.quantity)


def _issued(course: Course, order: DispatchOrder) -> DispatchOrder:
    """Posts what it holds. Where nobody serves the next above is told at once."""
    issued = course.take(order, course.step(order, e.OrderIssued))
    if issued.clock is not None and issued.above and not course.asked.somebody_at(issued.owner):
        course.events.append(escalated(issued, course.asked.somebody_at, None, [issued.owner]))
    return issued


def _dispatch(asked: Asked, action: a.DispatchResources) -> list[Event]:
    request = _open(asked, action.request)
    course = Course(asked)
    replaced = None if action.replaces is None else _replaced(course, action.replaces, request)
    issued: list[str] = []
    for number, consignment in enumerate(action.consignments, 1):
        lines = _lines(asked, consignment.lines, request)
        _ready(course, lines)
        draft = _draft(asked, request, consignment, lines, action, number)
        draft.replaces = replaced
        _issued(course, course.begin(draft))
        issued.append(draft.id)
    if replaced is not None:
        course.events.append(e.OrderReplaced(order=replaced, by=issued))
    return course.done(action.override)


def _replaced(course: Course, id: str, request: ResourceRequest) -> str:
    """What was declined, or is silent: then it is recalled, and what it held is free for the others."""
    order = order_of(course.asked.board, id)
    if order.request != request.id:
        raise Rejected(Code.UNKNOWN_ORDER, order=id)
    if order.step in WAITING:
        course.take(order, course.step(order, e.OrderRecalled))
    elif order.step not in (DispatchStep.DECLINED, DispatchStep.RECALLED):
        raise Rejected(Code.WRONG_STEP, order=id, step=order.step.value)
    return id


def _issue(asked: Asked, action: a.IssueOrders) -> list[Event]:
    course = Course(asked)
    for id in dict.fromkeys(action.orders):
        order = order_of(asked.board, id)
        dispatch_step(order, e.OrderIssued)
        _open(asked, order.request)
        _ready(course, order.lines)
        _issued(course, order)
    return course.done(action.override)


def _drop(asked: Asked, action: a.DropDraft) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step is not DispatchStep.DRAFT:
        raise Rejected(Code.WRONG_STEP, step=order.step.value, order=order.id)
    return [e.OrderDropped(order=order.id)]


def _recall(asked: Asked, action: a.RecallOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    dispatch_step(order, e.OrderRecalled)
    course = Course(asked)
    course.take(order, course.step(order, e.OrderRecalled, note=action.reason))
    return course.done()


def _redirect(asked: Asked, action: a.RedirectOrder) -> list[Event]:
    """It goes elsewhere from where it is: what has arrived is on its way again."""
    order = order_of(asked.board, action.order)
    step = dispatch_step(order, e.OrderRedirected)
    request = _open(asked, action.request or order.request)
    kinds = {request.need.kind, *request.need.substitutes}
    if strange := [line.kind for line in order.lines if line.kind not in kinds]:
        raise Rejected(Code.KIND_DIFFERS, kind=strange[0])
    to = msgspec.structs.replace(action.to, unit=action.to.unit or request.need.to.unit)
    if to.unit is not None:
        active_unit(asked.units, to.unit)
    after = copied(order)
    after.step, after.to, after.request, after.kind = step, to, request.id, request.need.kind
    after.priority, after.activation, after.incident = (
        request.need.priority,
        request.activation,
        request.incident,
    )
    after.version = after.redirected = order.version + 1
    after.watchers = list(dict.fromkeys((*order.watchers, *watchers(order.owner, request, to.unit, None))))
    after.parties = parties(asked.units, after.watchers) | order.parties
    after.reached, after.handover = False, None
    after.moments.pop(DispatchStep.IN_USE, None)
    wanted = Moment(requested=request.need.by_when, estimated=action.arrival)
    after.moments[DispatchStep.ARRIVED] = wanted  # what was expected elsewhere means nothing here
    if step is DispatchStep.EN_ROUTE:
        after.clock = begun(after, asked.now)
    course = Course(asked)
    course.ledger.shift(order, after)
    course.events.append(e.OrderRedirected(order=after, reason=action.reason, name=asked.who.name))
    return course.done(action.override)


def _split(asked: Asked, action: a.SplitOrder) -> list[Event]:
    """Both parts hold together what the whole held: nothing is posted."""
    order = order_of(asked.board, action.order)
    if order.step not in STANDING:
        dispatch_step(order, e.OrderRedirected)  # says why not
    leaving = {line.resource: line.quantity for line in action.lines}
    if len(leaving) != len(action.lines):
        raise Rejected(Code.BAD_ACTION, fields=["lines"])
    stays: list[DispatchLine] = []
    goes: list[DispatchLine] = []
    for line in order.lines:
        quantity = leaving.pop(line.resource, 0)
        if quantity > line.quantity:
            raise Rejected(
                Code.NOT_ENOUGH, resource=line.resource, there=line.quantity, wanted=quantity, orders=[]
            )
        if quantity:
            goes.append(msgspec.structs.replace(line, quantity=quantity))
        if line.quantity > quantity:
            stays.append(msgspec.structs.replace(line, quantity=line.quantity - quantity))
    if leaving or not stays:
        raise Rejected(Code.BAD_ACTION, fields=["lines"])
    part = copied(order)
    part.id, part.lines, part.split_from = asked.id, goes, order.id
    part.version, part.redirected = 1, 0
    return [e.OrderSplit(order=order.id, lines=stays, part=part, name=asked.who.name)]


def _extend(asked: Asked, action: a.ExtendOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step not in STANDING:
        dispatch_step(order, e.OrderRedirected)
    moment = order.moments.get(DispatchStep.RETURNED)
    if moment is not None and moment.requested == action.until:
        return []
    return [e.OrderExtended(order=order.id, until=action.until, name=asked.who.name)]


def _remind(asked: Asked, action: a.RemindOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step not in STANDING:
        dispatch_step(order, e.OrderRedirected)
    return [e.OrderReminded(order=order.id, name=asked.who.name, unit=waited_for(order))]


def _close(asked: Asked, action: a.CloseOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step is DispatchStep.CLOSED:
        return []
    dispatch_step(order, e.OrderClosed)
    course = Course(asked)
    course.take(order, course.step(order, e.OrderClosed))
    return course.done()


ORDERS: dict[type[Action], Callable[[Asked, Any], list[Event]]] = {
    a.DraftOrders: _draft_all,
    a.DispatchResources: _dispatch,
    a.IssueOrders: _issue,
    a.DropDraft: _drop,
    a.RecallOrder: _recall,
    a.RedirectOrder: _redirect,
    a.SplitOrder: _split,
    a.ExtendOrder: _extend,
    a.RemindOrder: _remind,
    a.CloseOrder: _close,
}
