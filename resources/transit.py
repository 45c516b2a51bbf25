"""Deciding what happens to an order at its owner, on the way, and where it is needed.

A later report implies the earlier ones, each recorded as its own event. A report that the order cannot take
any more (a phone was offline while it was recalled, closed, sent elsewhere) moves nothing: it becomes a
discrepancy, seen until somebody settles it. What is known already is answered yes and not journalled again.
"""

from collections.abc import Callable
from typing import Any

from resources import actions as a
from resources import events as e
from resources.asked import Asked, Course, copied, order_of
from resources.machine import AWAY, DISPATCH_STEPS, OVER, STANDING, WAITING, climbs, dispatch_step
from resources.state import INDIVIDUAL, Board, Discrepancy, DispatchOrder, Outcome, Party, order_seen_by
from resources.state import DispatchStep as D
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.domain.units import active_unit

# what a report says has happened
REPORTS: dict[type[Action], tuple[type[e.OrderStepped], D]] = {
    a.ReportDeparture: (e.OrderDeparted, D.EN_ROUTE),
    a.ReportArrival: (e.OrderArrived, D.ARRIVED),
    a.HandOverResources: (e.ResourcesHandedOver, D.IN_USE),
    a.ReportReturning: (e.ReturnStarted, D.RETURNING),
    a.ReportReturn: (e.ResourcesReturned, D.RETURNED),
    a.ReportConsumed: (e.ResourcesConsumed, D.CONSUMED),
}


_BEFORE = {D.EN_ROUTE: D.COMMITTED, D.ARRIVED: D.EN_ROUTE}  # the others begin where it has arrived


def _happened(order: DispatchOrder, step: D) -> bool:
    moment = order.moments.get(step)
    return moment is not None and moment.recorded_at is not None


def _acknowledge(asked: Asked, action: a.AcknowledgeOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step is not D.ISSUED and _happened(order, D.ACKNOWLEDGED):
        return []
    dispatch_step(order, e.OrderAcknowledged)
    course = Course(asked)
    course.take(order, course.step(order, e.OrderAcknowledged, noted_at=action.noted_at))
    return course.done()


def _accept(asked: Asked, action: a.AcceptOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step in STANDING and _happened(order, D.ACCEPTED):
        return []
    course = Course(asked)
    when = action.noted_at
    events = [course.step(order, event, noted_at=when) for event in climbs(order.step, D.ACKNOWLEDGED)]
    if not events:
        dispatch_step(order, e.OrderAccepted)
    course.take(order, *events, course.step(order, e.OrderAccepted, note=action.note, noted_at=when))
    if action.arrival is not None:
        course.events.append(e.OrderEstimated(order=order.id, step=D.ARRIVED, time=action.arrival))
    return course.done()


def _decline(asked: Asked, action: a.DeclineOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step is D.DECLINED:
        return []
    course = Course(asked)
    when = action.noted_at
    events = [course.step(order, event, noted_at=when) for event in climbs(order.step, D.ACKNOWLEDGED)]
    if not events:
        dispatch_step(order, e.OrderDeclined)
    course.take(order, *events, course.step(order, e.OrderDeclined, note=action.reason, noted_at=when))
    return course.done()


def _commit(asked: Asked, action: a.CommitOrder) -> list[Event]:
    """Also names another carrier while it has not left."""
    order = order_of(asked.board, action.order)
    known = order.step in STANDING and _happened(order, D.COMMITTED)
    if known and action.carrier in (None, order.carrier):
        return []
    course = Course(asked)
    if order.step is not D.COMMITTED:
        when = action.noted_at
        events = [course.step(order, event, noted_at=when) for event in climbs(order.step, D.ACCEPTED)]
        if not events:
            dispatch_step(order, e.ResourcesCommitted)
        committed = course.step(order, e.ResourcesCommitted, note=action.note, noted_at=when)
        order = course.take(order, *events, committed)
    if action.carrier is not None and action.carrier != order.carrier:
        unit = active_unit(asked.units, action.carrier)
        named = copied(order)
        named.parties = order.parties | {unit.code: Party(name=unit.name, phone=unit.phone)}
        named.carrier = action.carrier
        named.watchers = list(dict.fromkeys((*order.watchers, action.carrier)))
        course.events.append(e.CarrierNamed(order=named))
    return course.done()


def _estimate(asked: Asked, action: a.EstimateOrder) -> list[Event]:
    order = order_of(asked.board, action.order)
    if order.step not in STANDING:
        dispatch_step(order, e.OrderRedirected)  # says why not
    moment = order.moments.get(action.step)
    if moment is not None and moment.estimated == action.at:
        return []
    return [e.OrderEstimated(order=order.id, step=action.step, time=action.at)]


def _report(asked: Asked, action: a.OrderReport) -> list[Event]:
    order = order_of(asked.board, action.order)
    event, step = REPORTS[type(action)]
    if order.step is D.DRAFT:
        raise Rejected(Code.WRONG_STEP, step=order.step.value, order=order.id)
    stale = action.version is not None and action.version < order.redirected
    if _happened(order, step) and not stale:
        return []
    going_on = order.recalled and step not in (D.RETURNING, D.RETURNED)
    if order.step in OVER or going_on or (stale and step in (D.ARRIVED, D.IN_USE, D.CONSUMED)):
        return [_discrepancy(asked, order, action, step)]
    if order.step is D.RETURNING and step not in (D.RETURNING, D.RETURNED):
        return [_discrepancy(asked, order, action, step)]  # somebody else says that it is on its way back
    steps = _way(order, event, step)
    course = Course(asked)
    when = {"noted_at": action.noted_at, "position": action.position}
    taken = [course.step(order, implied, **when) for implied in steps[:-1]]  # type: ignore[arg-type]
    more = _more(asked, order, action)
    taken.append(course.step(order, event, note=action.note, **when, **more))  # type: ignore[arg-type]
    course.take(order, *taken)
    if isinstance(action, a.ReportDeparture) and action.arrival is not None:
        course.events.append(e.OrderEstimated(order=order.id, step=D.ARRIVED, time=action.arrival))
    return course.done()


def _way(order: DispatchOrder, event: type[e.OrderStepped], step: D) -> list[type[e.OrderStepped]]:
    """The events from where the order stands to the one reported; refuses when no way leads there."""
    if step in (D.RETURNING, D.RETURNED) and order.step in WAITING:
        raise Rejected(Code.WRONG_STEP, step=order.step.value, order=order.id)
    way = climbs(order.step, _BEFORE.get(step, D.ARRIVED))
    if step is D.RETURNED and order.step in AWAY and order.step is not D.RETURNING:
        way = [*way, e.ReturnStarted]
    at = order.step
    for taken in (*way, event):
        after = DISPATCH_STEPS.get((at, taken))
        if after is None:
            raise Rejected(Code.WRONG_STEP, step=order.step.value, order=order.id)
        at = after
    return [*way, event]


def _more(asked: Asked, order: DispatchOrder, action: a.OrderReport) -> dict[str, Any]:
    """What a report says beyond the step."""
    if isinstance(action, a.HandOverResources):
        return {"handover": action.handover}
    if isinstance(action, a.ReportConsumed):
        used = [Outcome(resource=line.resource, consumed=line.quantity) for line in order.lines]
        return {"outcomes": _judged(asked, order, used)}
    if isinstance(action, a.ReportReturn):
        return {"outcomes": _judged(asked, order, action.outcomes)}
    return {}


def _judged(asked: Asked, order: DispatchOrder, outcomes: list[Outcome]) -> list[Outcome]:
    """Each line at most once, no more of it than went; what is one of its kind is lost, not used up."""
    lines = {line.resource: line for line in order.lines}
    for outcome in outcomes:
        line = lines.pop(outcome.resource, None)
        if line is None or outcome.consumed + outcome.lost > line.quantity:
            raise Rejected(Code.BAD_ACTION, fields=["outcomes"], resource=outcome.resource)
        if outcome.consumed and asked.board.kinds[line.kind].category in INDIVIDUAL:
            raise Rejected(Code.KIND_DIFFERS, kind=line.kind)
    return [outcome for outcome in outcomes if outcome.consumed or outcome.lost]


def _discrepancy(asked: Asked, order: DispatchOrder, action: a.OrderReport, step: D) -> Event:
    who = asked.who
    return e.DiscrepancyRaised(
        discrepancy=Discrepancy(
            id=asked.id,
            order=order.id,
            watchers=order_seen_by(order),
            reported=step,
            found=order.step,
            by=who.id,
            name=who.name,
            unit=who.unit,
            at=asked.now,
            noted_at=action.noted_at,
            note=action.note,
            position=action.position,
        )
    )


def discrepancy_of(board: Board, discrepancy: str) -> Discrepancy:
    found = board.discrepancies.get(discrepancy)
    if found is None:
        raise Rejected(Code.UNKNOWN_DISCREPANCY, discrepancy=discrepancy)
    return found


def _settle(asked: Asked, action: a.SettleDiscrepancy) -> list[Event]:
    discrepancy = discrepancy_of(asked.board, action.discrepancy)
    if discrepancy.settled_at is not None:
        return []
    return [
        e.DiscrepancySettled(discrepancy=discrepancy.id, name=asked.who.name, settlement=action.settlement)
    ]


TRANSIT: dict[type[Action], Callable[[Asked, Any], list[Event]]] = {
    a.AcknowledgeOrder: _acknowledge,
    a.AcceptOrder: _accept,
    a.DeclineOrder: _decline,
    a.CommitOrder: _commit,
    a.EstimateOrder: _estimate,
    **dict.fromkeys(REPORTS, _report),
    a.SettleDiscrepancy: _settle,
}
