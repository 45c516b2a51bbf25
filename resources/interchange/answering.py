"""Which actions a message that came in asks for.

The ids of the actions are made from the message's id: a message that comes twice is one. A request that a
message made is found again by the id of that message, when another one updates or cancels it.
"""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from resources import actions as a
from resources.interchange.edxl_rm import BadMessage, Message
from resources.interchange.lifecycle import Reported, estimates_in, extensions_in, needs_in, reports_in
from resources.machine import OVER
from resources.state import INDIVIDUAL, Board, Outcome
from resources.state import DispatchStep as D
from server.domain.message import Action
from server.domain.refusal import Code, Rejected

TAKEN = frozenset(
    {
        "RequestResource",
        "RequisitionResource",
        "ResponseToRequestResource",
        "CommitResource",
        "ReportResourceDeploymentStatus",
        "RequestExtendedDeploymentDuration",
        "RequestReturn",
        "ReleaseResource",
    }
)
NEEDS_AT_MOST = 40  # of one message, that are looked through
NO_REASON = "未说明"  # where a message gives none
REPORTS: Mapping[D, type[a.OrderReport]] = {
    D.ARRIVED: a.ReportArrival,
    D.RETURNING: a.ReportReturning,
    D.CONSUMED: a.ReportConsumed,
}


class Answering(msgspec.Struct, frozen=True):
    """An action, its id, and what it is about: a request or an order."""

    id: str
    action: Action
    about: str


def actions_for(message: Message, board: Board) -> list[Answering]:
    """In the order in which they are to be asked. Raises Rejected, or BadMessage when a need is not whole."""
    if message.type not in TAKEN:
        raise Rejected(Code.MESSAGE_NOT_TAKEN, type=message.type)
    if message.type == "RequestResource":
        return _requests(message, board)
    if message.type == "RequisitionResource" and message.recall == "Cancel":
        return _recalls(message, board)
    if message.recall:  # a step that has been taken is not taken back; another requisition names what goes
        raise Rejected(Code.MESSAGE_NOT_TAKEN, type=message.type, why=f"{message.recall} of it")
    if message.type == "RequisitionResource":
        return [_requisition(message, board)]
    found = [(said.order, _of_order(message, said, board)) for said in reports_in(message)]
    found += [
        (said.order, _whole(a.EstimateOrder(order=said.order, step=said.step, at=said.at), said.order))
        for said in estimates_in(message)
    ]
    found += [
        (order, _whole(a.ExtendOrder(order=order, until=until), order))
        for order, until in extensions_in(message).items()
    ]
    if not found:
        raise Rejected(Code.MESSAGE_NOT_TAKEN, type=message.type, why="names no order, or no step of one")
    return [
        Answering(id_of(message.id, number), action, order) for number, (order, action) in enumerate(found, 1)
    ]


def id_of(message: str, number: int) -> str:
    """Of the action for the `number`-th thing that a message says."""
    return f"edxl.{sha256(message.encode()).hexdigest()[:32]}.{number}"


def _requests(message: Message, board: Board) -> list[Answering]:
    needs = needs_in(message)
    if not message.recalls:
        ids = [id_of(message.id, number) for number in range(1, len(needs) + 1)]
        return [Answering(id, a.RequestResources(need=need), id) for id, need in zip(ids, needs, strict=True)]
    found: list[Answering] = []
    for number, need in enumerate(needs, 1):
        id = id_of(message.id, number)
        known = [id_of(first, number) for first in (message.recalls, message.originating)]
        request = next((board.requests[each] for each in known if each in board.requests), None)
        if request is None:
            raise Rejected(Code.UNKNOWN_REQUEST, message=message.recalls)
        if message.recall == "Cancel":
            why = message.description[:200] or NO_REASON
            found.append(Answering(id, a.WithdrawRequest(request=request.id, reason=why), request.id))
        else:
            amend = a.AmendRequest(request=request.id, need=need, version=request.version)
            found.append(Answering(id, amend, request.id))
    return found


def _requisition(message: Message, board: Board) -> Answering:
    """What is to be sent, by the ids of our resources, for a request that we know: an order per owner."""
    id = id_of(message.id, 1)
    lines: dict[str, list[a.LineWanted]] = {}
    for said in message.resources:
        known = board.resources.get(said.resource)
        if known is None:
            raise Rejected(Code.UNKNOWN_RESOURCE, resource=said.resource)
        wanted = {"resource": known.id, "quantity": 1 if said.quantity is None else said.quantity}
        try:
            line = msgspec.convert(wanted, a.LineWanted)
        except msgspec.ValidationError as bad:
            raise BadMessage(f"{said.id}: {bad}") from None
        lines.setdefault(known.facts.owner, []).append(line)
    arrivals = [s.at for said in message.resources for s in said.schedules if s.type == "EstimatedArrival"]
    arrival = next((at for at in arrivals if at is not None), None)
    note = message.description[:200]
    sent = [a.Consignment(lines=each, arrival=arrival, note=note) for each in lines.values()]
    request = _asked_by(message, board)
    return Answering(id, _whole(a.DispatchResources(request=request, consignments=sent), message.id), request)


def _recalls(message: Message, board: Board) -> list[Answering]:
    """Every order that the requisition made which is now taken back, but for those that are over anyway."""
    made = f"{id_of(message.recalls, 1)}."
    orders = [order for order in board.orders.values() if order.id.startswith(made)]
    if not orders:
        raise Rejected(Code.UNKNOWN_ORDER, message=message.recalls)
    reason = message.description[:200] or NO_REASON
    return [
        Answering(
            id_of(message.id, int(order.id.removeprefix(made))),
            a.RecallOrder(order=order.id, reason=reason),
            order.id,
        )
        for order in [each for each in orders if each.recalled or each.step not in OVER] or orders
    ]


def _asked_by(message: Message, board: Board) -> str:
    """The request that a message is about: one of ours, or one that another message made."""
    kinds = {board.resources[said.resource].facts.kind for said in message.resources}
    for asking in (message.preceding, message.originating):
        ours = asking.rpartition(".v")[0]
        for id in (ours, *(id_of(asking, number) for number in range(1, NEEDS_AT_MOST + 1))):
            request = board.requests.get(id)
            if request is not None and kinds <= {request.need.kind, *request.need.substitutes}:
                return request.id
    raise Rejected(Code.UNKNOWN_REQUEST, message=message.preceding or message.originating)


def _of_order(message: Message, said: Reported, board: Board) -> Action:
    order, reason = said.order, said.note or NO_REASON
    match said.step:
        case D.ACKNOWLEDGED:
            action: Action = a.AcknowledgeOrder(order=order)
        case D.ACCEPTED:
            action = a.AcceptOrder(order=order, arrival=said.arrival, note=said.note)
        case D.DECLINED:
            action = a.DeclineOrder(order=order, reason=reason)
        case D.COMMITTED:
            action = a.CommitOrder(order=order, note=said.note)
        case D.RECALLED:
            action = a.RecallOrder(order=order, reason=reason)
        case D.CLOSED:
            action = a.CloseOrder(order=order)
        case D.RETURNED:
            action = a.ReportReturn(
                order=order,
                noted_at=said.at,
                position=said.position,
                note=said.note,
                outcomes=_outcomes(said, board),
            )
        case D.EN_ROUTE:
            action = a.ReportDeparture(
                order=order, noted_at=said.at, position=said.position, note=said.note, arrival=said.arrival
            )
        case step if step in REPORTS:
            action = REPORTS[step](order=order, noted_at=said.at, position=said.position, note=said.note)
        case step:  # a handover wants two signatures
            raise Rejected(Code.MESSAGE_NOT_TAKEN, type=message.type, step=step.value)
    return _whole(action, order)


def _whole(action: Action, about: str) -> Action:
    """Within the bounds of everybody's actions: an id of another system need not be one of ours."""
    try:
        return msgspec.convert(msgspec.to_builtins(action), type(action))
    except msgspec.ValidationError as bad:
        raise BadMessage(f"{about}: {bad}") from None


def _outcomes(said: Reported, board: Board) -> list[Outcome]:
    """What is one of its kind and does not come back is lost; other things are used up."""
    found = []
    for resource, quantity in said.spent.items():
        known = board.resources.get(resource)
        kind = board.kinds.get(known.facts.kind) if known else None
        if kind is not None and kind.category in INDIVIDUAL:
            found.append(Outcome(resource=resource, lost=quantity))
        else:
            found.append(Outcome(resource=resource, consumed=quantity))
    return found
