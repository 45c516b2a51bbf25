"""Deciding what is needed: requests asked, approved where the plan says so, amended, withdrawn, closed."""

from collections.abc import Callable
from typing import Any

import msgspec

from resources import actions as a
from resources import events as e
from resources.approval import begun, told_in_turn, told_on
from resources.asked import Asked, Course
from resources.ledger import request_of
from resources.machine import STANDING, WAITING
from resources.state import (
    Board,
    Destination,
    DispatchOrder,
    DispatchStep,
    Need,
    NeedPriority,
    RequestStep,
    ResourceRequest,
)
from server.domain.authority import COMMANDERS
from server.domain.message import Action, Event
from server.domain.mode import Activation, governing
from server.domain.people import Account
from server.domain.plans import PlannedResource
from server.domain.refusal import Code, Rejected
from server.domain.units import active_unit

NOT_OVER = frozenset({RequestStep.AWAITING, RequestStep.OPEN})


def standing(asked: Asked, request: str) -> list[DispatchOrder]:
    """The orders for a request that somebody still has to do something about."""
    orders = (asked.board.orders[id] for id in asked.holders.of_request(request))
    return [order for order in orders if order.step in STANDING]


def live(asked: Asked, request: str) -> ResourceRequest:
    """A request that is not over."""
    found = request_of(asked.board, request)
    if found.step not in NOT_OVER:
        raise Rejected(Code.REQUEST_OVER, request=request, step=found.step.value)
    return found


def _placed(asked: Asked, need: Need, unit: str) -> Need:
    """With who receives it written out."""
    receiver = need.to.unit or unit
    active_unit(asked.units, receiver)
    return msgspec.structs.replace(need, to=msgspec.structs.replace(need.to, unit=receiver))


def _approval(asked: Asked, activation: Activation | None) -> bool:
    """Whether the plan in force says that requests wait for a commander."""
    plan = asked.plans.get(activation.plan) if activation and activation.plan else None
    return plan is not None and plan.approval


def _request(asked: Asked, action: a.RequestResources) -> list[Event]:
    who = asked.who
    if action.activation is None:
        activation = governing(asked.units, asked.activations, who.unit)
    elif (activation := asked.activations.get(action.activation)) is None:
        raise Rejected(Code.UNKNOWN_ACTIVATION, activation=action.activation)
    approval = _approval(asked, activation)
    above = told_in_turn(asked.units, who.unit) if approval else []
    request = ResourceRequest(
        id=asked.id,
        unit=who.unit,
        by=who.id,
        name=who.name,
        at=asked.now,
        need=_placed(asked, action.need, who.unit),
        step=RequestStep.AWAITING if approval else RequestStep.OPEN,
        activation=activation.id if activation else None,
        incident=activation.incident if activation else None,
        above=above,
        clock=begun(action.need.priority, asked.now) if approval else None,
    )
    return [e.RequestOpened(request=request), *_nobody_there(asked, request)]


def _nobody_there(asked: Asked, request: ResourceRequest) -> list[Event]:
    """Where nobody could approve the others are told at once."""
    if request.clock is None or asked.somebody_at(request.above[-1]):
        return []
    return [told_on(request, asked.somebody_at, None, [request.above[-1]])]


def planned(
    activation: Activation, resources: list[PlannedResource], by: Account, now: int
) -> list[e.RequestOpened]:
    """What a plan has ready beforehand (pre-staging): requests of the scope's, open at once."""
    return [
        e.RequestOpened(
            request=ResourceRequest(
                id=f"{activation.id}.n{number}",
                unit=activation.scope,
                by=by.id,
                name=by.name,
                at=now,
                need=Need(
                    kind=wanted.kind,
                    quantity=wanted.quantity,
                    to=Destination(place=wanted.place, unit=activation.scope),
                    purpose=wanted.note,
                    priority=NeedPriority.URGENT,
                ),
                step=RequestStep.OPEN,
                activation=activation.id,
                incident=activation.incident,
                planned=True,
            )
        )
        for number, wanted in enumerate(resources, 1)
        if wanted.quantity > 0
    ]


def _approve(asked: Asked, action: a.ApproveRequest) -> list[Event]:
    request = live(asked, action.request)
    if request.step is RequestStep.OPEN:
        return []
    if request.by == asked.who.id:
        raise Rejected(Code.SAME_PERSON)
    return [e.RequestApproved(request=request.id, name=asked.who.name)]


def _refuse(asked: Asked, action: a.RefuseRequest) -> list[Event]:
    request = live(asked, action.request)
    if request.step is not RequestStep.AWAITING:
        raise Rejected(Code.WRONG_STEP, step=request.step.value)
    refused = e.RequestRefused(request=request.id, name=asked.who.name, reason=action.reason)
    return [*drafts_dropped(asked.board, request.id), refused]


def _amend(asked: Asked, action: a.AmendRequest) -> list[Event]:
    request = live(asked, action.request)
    if action.version != request.version:
        raise Rejected(Code.STALE_VERSION, version=request.version)
    need = _placed(asked, action.need, request.unit)
    if need == request.need:
        return []
    kinds = {need.kind, *need.substitutes}
    sent = {line.kind for order in standing(asked, request.id) for line in order.lines}
    if sent - kinds:
        raise Rejected(Code.KIND_DIFFERS, kind=sorted(sent - kinds)[0])
    over = max(0, request.promised - need.quantity)
    if over > request.over and not action.override:
        raise Rejected(Code.BEYOND_NEED, request=request.id, needed=need.quantity, promised=request.promised)
    again = _asks_for_more(asked, request, need)
    amended = e.RequestAmended(
        request=request.id,
        need=need,
        version=request.version + 1,
        name=asked.who.name,
        again=again,
        due=begun(need.priority, asked.now).due if again else None,
        above=told_in_turn(asked.units, request.unit) if again else [],
    )
    if over == request.over:
        return [amended]
    covered = e.RequestCovered(
        request=request.id, promised=request.promised, over=over, reason=action.override
    )
    return [amended, covered]


def _asks_for_more(asked: Asked, request: ResourceRequest, need: Need) -> bool:
    """What was approved was less: it waits again, unless who amends it could approve it."""
    was = request.need
    more = need.quantity > was.quantity or {need.kind, *need.substitutes} - {was.kind, *was.substitutes}
    who, activation = asked.who, asked.activations.get(request.activation or "")
    approves = who.post in COMMANDERS and who.id != request.by
    return bool(more) and request.step is RequestStep.OPEN and _approval(asked, activation) and not approves


def drafts_dropped(board: Board, request: str) -> list[Event]:
    """Nobody issues a draft for a request that is over."""
    drafts = [o.id for o in board.orders.values() if o.request == request and o.step is DispatchStep.DRAFT]
    return [e.OrderDropped(order=id) for id in drafts]


def _withdraw(asked: Asked, action: a.WithdrawRequest) -> list[Event]:
    request = live(asked, action.request)
    course = Course(asked)
    for order in standing(asked, request.id):
        if order.step in WAITING:
            course.take(order, course.step(order, e.OrderRecalled, note=action.reason))
    withdrawn = e.RequestWithdrawn(request=request.id, name=asked.who.name, reason=action.reason)
    return [*course.done(), *drafts_dropped(asked.board, request.id), withdrawn]


def _close(asked: Asked, action: a.CloseRequest) -> list[Event]:
    request = live(asked, action.request)
    under_way = [order.id for order in standing(asked, request.id) if not order.reached]
    if under_way:
        raise Rejected(Code.STILL_OPEN, orders=under_way)
    closed = e.RequestClosed(request=request.id, name=asked.who.name)
    return [*drafts_dropped(asked.board, request.id), closed]


REQUESTS: dict[type[Action], Callable[[Asked, Any], list[Event]]] = {
    a.RequestResources: _request,
    a.ApproveRequest: _approve,
    a.RefuseRequest: _refuse,
    a.AmendRequest: _amend,
    a.WithdrawRequest: _withdraw,
    a.CloseRequest: _close,
}
