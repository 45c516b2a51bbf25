"""Which EDXL-RM message says what happened on the board, and what a message that came in says.

| on the board | message |
|---|---|
| a request, and its newer versions (Update) or its end (Cancel) | RequestResource |
| an order issued | RequisitionResource |
| acknowledged, accepted, declined | ResponseToRequestResource: Provisional, Accept, Decline |
| committed | CommitResource |
| en route, arrived, in use, returning, returned, consumed | ReportResourceDeploymentStatus |
| recalled | RequestReturn |
| closed | ReleaseResource |

The same board gives the same messages with the same ids, so that a receiver who gets one twice knows it.
What comes in does nothing by itself: `answering` says which actions it asks for, and they are decided like
everybody's, with the authority of who brought it.
"""

from collections.abc import Iterator, Mapping

import msgspec

from resources.interchange.edxl_rm import Answer, BadMessage, Contact, Information, Message, Schedule
from resources.state import (
    Board,
    Destination,
    DispatchOrder,
    DispatchStep,
    Moment,
    Need,
    NeedPriority,
    RequestStep,
    ResourceRequest,
)
from server.domain.message import Position, UnitCode

Names = Mapping[UnitCode, str]
D = DispatchStep
ANSWERS: dict[DispatchStep, Answer] = {
    D.ACKNOWLEDGED: Answer.PROVISIONAL,
    D.ACCEPTED: Answer.ACCEPT,
    D.DECLINED: Answer.DECLINE,
}
ACTUAL: dict[DispatchStep, str] = {
    D.EN_ROUTE: "ActualDeparture",
    D.ARRIVED: "ActualArrival",
    D.RETURNING: "ActualReturnDeparture",
    D.RETURNED: "ActualReturnArrival",
}
ESTIMATED: dict[str, DispatchStep] = {"EstimatedArrival": D.ARRIVED, "EstimatedReturnArrival": D.RETURNED}
MESSAGE: dict[DispatchStep, str] = {
    D.ISSUED: "RequisitionResource",
    **dict.fromkeys(ANSWERS, "ResponseToRequestResource"),
    D.COMMITTED: "CommitResource",
    **dict.fromkeys(
        (D.EN_ROUTE, D.ARRIVED, D.IN_USE, D.RETURNING, D.RETURNED, D.CONSUMED),
        "ReportResourceDeploymentStatus",
    ),
    D.RECALLED: "RequestReturn",
    D.CLOSED: "ReleaseResource",
}
FROM_ABOVE = frozenset({D.ISSUED, D.RECALLED, D.CLOSED})
_ISSUED = ".issued"


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What another system says of an order."""

    order: str
    step: DispatchStep
    at: int
    position: Position | None = None
    note: str = ""
    arrival: int | None = None  # estimated
    spent: dict[str, int] = msgspec.field(default_factory=dict)  # what did not come back, by resource


def request_id(request: ResourceRequest) -> str:
    return f"{request.id}.v{request.version}"


def of_request(request: ResourceRequest, measure: str, names: Names, sent: int) -> Message:
    """The request as it is: its first version asks, a newer one updates, a withdrawn one cancels."""
    need, ended = request.need, request.step is RequestStep.WITHDRAWN
    first = f"{request.id}.v1"
    recalls = request_id(request) if ended else (first if request.version > 1 else "")
    return Message(
        type="RequestResource",
        id=f"{request.id}.withdrawn" if ended else request_id(request),
        sent=sent,
        originating=first,
        description=need.purpose,
        incident=request.incident or request.activation or "",
        recalls=recalls,
        recall="" if not recalls else "Cancel" if ended else "Update",
        contacts=[_contact("Requester", request.unit, names, request.name)],
        resources=[
            Information(
                id="1",
                kind=need.kind,
                requirements="、".join(need.substitutes),
                quantity=need.quantity,
                measure=measure,
                function=need.priority.value,
                schedules=[_arrival("RequestedArrival", need.by_when, need.to)],
            )
        ],
    )


def of_order(board: Board, order: DispatchOrder, names: Names) -> list[Message]:
    """Everything that has happened to an order, in the order in which it was recorded."""
    happened = [
        (moment.recorded_at or moment.actual or 0, number, step, moment)
        for number, (step, moment) in enumerate(order.moments.items())
        if step in MESSAGE and (moment.recorded_at is not None or moment.actual is not None)
    ]
    return [_said(board, order, step, moment, at, names) for at, _, step, moment in sorted(happened)]


def _said(
    board: Board, order: DispatchOrder, step: DispatchStep, moment: Moment, at: int, names: Names
) -> Message:
    kind = MESSAGE[step]
    request = board.requests.get(order.request)
    sender = order.issuer if step in FROM_ABOVE else order.owner
    return Message(
        type=kind,
        id=f"{order.id}.{step.value}",
        sent=at,
        originating=f"{order.request}.v1",
        preceding=f"{order.request}.v1" if step is D.ISSUED else f"{order.id}{_ISSUED}",
        description=moment.note,
        incident=(request.incident or request.activation or "") if request else "",
        funding="not stated" if kind == "RequisitionResource" else "",
        contacts=[_contact("Sender", sender, names, moment.name), *_signed(order, step, names)],
        resources=list(_lines(order, step, moment, kind, names)),
    )


def _lines(
    order: DispatchOrder, step: DispatchStep, moment: Moment, kind: str, names: Names
) -> Iterator[Information]:
    answered = kind in ("ResponseToRequestResource", "CommitResource")
    answer = ANSWERS.get(step, Answer.ACCEPT) if answered else None
    outcomes = {outcome.resource: outcome for outcome in order.outcomes}
    for line in order.lines:
        gone = outcomes.get(line.resource)
        spent = gone.consumed + gone.lost if gone and step in (D.RETURNED, D.CONSUMED, D.CLOSED) else 0
        yield Information(
            id=line.resource,
            answers=line.resource if answered else "",
            answer=answer,
            reason=(moment.note or step.value) if answered else "",
            resource=line.resource,
            name=line.name,
            kind=line.kind,
            owner=_name(order.owner, names),
            status=step.value if kind != "RequisitionResource" else "",
            availability=f"-{spent}" if spent and kind != "CommitResource" else "",
            quantity=line.quantity,
            measure=line.measure,
            order=order.id if kind not in ("RequisitionResource", "ResponseToRequestResource") else "",
            schedules=_schedules(order, step, moment),
        )


def _schedules(order: DispatchOrder, step: DispatchStep, moment: Moment) -> list[Schedule]:
    arrived = order.moments.get(D.ARRIVED, Moment())
    if step is D.ISSUED:
        return [_arrival("RequestedArrival", arrived.requested or arrived.estimated, order.to)]
    if step in ACTUAL:
        place = order.to.place if step is D.ARRIVED else ""
        actual = Schedule(type=ACTUAL[step], at=moment.actual, place=place, position=moment.position)
        if step is D.EN_ROUTE and arrived.estimated is not None:
            return [actual, _arrival("EstimatedArrival", arrived.estimated, order.to)]
        return [actual]
    if step in (D.ACCEPTED, D.COMMITTED) and arrived.estimated is not None:
        return [_arrival("EstimatedArrival", arrived.estimated, order.to)]
    if step in (D.IN_USE, D.CONSUMED) and (moment.actual is not None or moment.position):
        return [Schedule(type="Current", at=moment.actual, position=moment.position)]
    return []


def _arrival(type: str, at: int | None, to: Destination) -> Schedule:
    return Schedule(type=type, at=at, place=to.place or (to.unit or ""), position=to.position)


def _name(unit: UnitCode, names: Names) -> str:
    return f"{names[unit]} ({unit})" if unit in names else unit


def _signed(order: DispatchOrder, step: DispatchStep, names: Names) -> list[Contact]:
    """Who gave and who took, where it was handed over."""
    if step is not D.IN_USE or order.handover is None:
        return []
    giver, receiver = order.handover.giver, order.handover.receiver
    return [
        _contact("RespondingOrg", giver.unit, names, giver.name),
        _contact("Approver", receiver.unit, names, receiver.name),
    ]


def _contact(role: str, unit: UnitCode, names: Names, person: str) -> Contact:
    return Contact(role=role, description=", ".join(part for part in (_name(unit, names), person) if part))


def needs_in(message: Message) -> list[Need]:
    """What a RequestResource asks for. Raises BadMessage when a need is not whole."""
    if message.type != "RequestResource":
        raise BadMessage(f"{message.type} asks for nothing")
    return [_need(message, said) for said in message.resources]


def _need(message: Message, said: Information) -> Need:
    asked = [s for s in said.schedules if s.type in ("RequestedArrival", "ReportTo")]
    known = {priority.value for priority in NeedPriority}
    built = {
        "kind": said.kind or said.name,
        "quantity": said.quantity if said.quantity is not None else 1,
        "to": {
            "place": next((s.place for s in asked if s.place), ""),
            "position": next((s.position for s in asked if s.position), None),
        },
        "by_when": next((s.at for s in asked if s.at is not None), None),
        "purpose": message.description[:200],
        "substitutes": [part for part in said.requirements.split("、") if part],
        "priority": said.function if said.function in known else NeedPriority.NORMAL,
    }
    try:
        return msgspec.convert(built, Need, from_attributes=True)
    except msgspec.ValidationError as bad:
        raise BadMessage(f"{said.id}: {bad}") from None


def reports_in(message: Message) -> list[Reported]:
    """What a message says of orders, one for each order in it; nothing when it says nothing we know."""
    found: dict[str, Reported] = {}
    for said in message.resources:
        order, step = _order(message, said), _step(message, said)
        if order and step is not None and order in found:
            found[order].spent.update(_spent(said))
        elif order and step is not None:
            actual = next((s for s in said.schedules if s.type in (ACTUAL.get(step), "Current")), None)
            found[order] = Reported(
                order=order,
                step=step,
                at=actual.at if actual and actual.at is not None else message.sent,
                position=actual.position if actual else None,
                note=(message.description or said.reason)[:200],
                arrival=next((s.at for s in said.schedules if s.type == "EstimatedArrival"), None),
                spent=_spent(said),
            )
    return list(found.values())


def estimates_in(message: Message) -> list[Reported]:
    """Of a report that tells no step: when an order will be there, and when it will be back."""
    if message.type != "ReportResourceDeploymentStatus":
        return []
    found: dict[tuple[str, DispatchStep], Reported] = {}
    for said in message.resources:
        order = _order(message, said)
        if not order or _step(message, said) is not None:
            continue
        for schedule in said.schedules:
            step = ESTIMATED.get(schedule.type)
            if step is not None and schedule.at is not None:
                found[order, step] = Reported(order=order, step=step, at=schedule.at)
    return list(found.values())


def extensions_in(message: Message) -> dict[str, int]:
    """Until when each order is to stay, of a message that asks for that."""
    if message.type != "RequestExtendedDeploymentDuration":
        return {}
    return {
        order: schedule.at
        for said in message.resources
        for schedule in said.schedules
        if schedule.type == "RequestedReturnArrival" and schedule.at is not None
        if (order := _order(message, said))
    }


def _order(message: Message, said: Information) -> str:
    return said.order or message.preceding.removesuffix(_ISSUED)


def _step(message: Message, said: Information) -> DispatchStep | None:
    """Our own word for it when it is there; else what the standard's words mean."""
    if said.status in {step.value for step in D} and MESSAGE.get(D(said.status)) == message.type:
        return D(said.status)
    if message.type == "ResponseToRequestResource" and said.answer is not None:
        return next(step for step, answer in ANSWERS.items() if answer is said.answer)
    if message.type == "CommitResource" and said.answer is not None:
        return {Answer.ACCEPT: D.COMMITTED, Answer.DECLINE: D.DECLINED}.get(said.answer)
    if message.type == "ReportResourceDeploymentStatus":
        done = {s.type for s in said.schedules}
        return next((step for step in reversed(ACTUAL) if ACTUAL[step] in done), None)
    return {"RequestReturn": D.RECALLED, "ReleaseResource": D.CLOSED}.get(message.type)


def _spent(said: Information) -> dict[str, int]:
    """As `_lines` says it: so much less is available than went."""
    less = said.availability.removeprefix("-")
    return {said.resource: int(less)} if said.availability != less and less.isdigit() and int(less) else {}
