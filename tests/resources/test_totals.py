"""Totals for after-action, counted by hand."""

import msgspec

from resources.state import (
    Destination,
    DispatchLine,
    DispatchOrder,
    DispatchStep,
    Moment,
    Need,
    NeedPriority,
    Outcome,
    RequestStep,
    ResourceRequest,
)
from resources.totals import totals_of

MINUTE = 60_000
D = DispatchStep


def request(
    id: str, quantity: int, kind: str = "水泵", step: RequestStep = RequestStep.OPEN
) -> ResourceRequest:
    need = Need(kind=kind, quantity=quantity, to=Destination())
    return ResourceRequest(id=id, unit="V1", by="v1", name="村值班", at=0, need=need, step=step)


def order(id: str, request: str, quantity: int, *steps: tuple[D, int], **more: object) -> DispatchOrder:
    made = DispatchOrder(
        id=id,
        request=request,
        owner="D03",
        issuer="310116",
        to=Destination(unit="V1"),
        lines=[DispatchLine(resource="r", kind="水泵", name="", measure="台", quantity=quantity)],
        step=steps[-1][0],
        watchers=["D03"],
        priority=NeedPriority.NORMAL,
        kind="水泵",
        moments={step: Moment(actual=at * MINUTE, recorded_at=at * MINUTE) for step, at in steps},
    )
    return msgspec.structs.replace(made, **more)


def test_what_was_asked_sent_used_and_is_short() -> None:
    sent = (D.ISSUED, 2), (D.ACKNOWLEDGED, 3), (D.EN_ROUTE, 10), (D.ARRIVED, 40)
    back = order(
        "o1",
        "q1",
        10,
        *sent,
        (D.RETURNED, 90),
        reached=True,
        outcomes=[Outcome(resource="r", consumed=3, lost=1)],
    )
    on_its_way = order("o2", "q1", 4, (D.ISSUED, 6), (D.ACKNOWLEDGED, 9), (D.EN_ROUTE, 12))
    declined = order("o3", "q1", 5, (D.ISSUED, 4), (D.DECLINED, 5))
    draft = order("o4", "q1", 99, (D.DRAFT, 1))
    stranger = order("o5", "elsewhere", 99, *sent)
    (pumps,) = totals_of([request("q1", 20)], [back, on_its_way, declined, draft, stranger])
    assert (pumps.kind, pumps.requests, pumps.asked, pumps.orders) == ("水泵", 1, 20, 3)
    assert (pumps.promised, pumps.sent, pumps.arrived) == (14, 14, 10)
    assert (pumps.returned, pumps.consumed, pumps.lost) == (6, 3, 1)
    assert (pumps.short, pumps.declined, pumps.recalled) == (10, 1, 0)
    assert pumps.minutes == {"issue": 4.0, "acknowledge": 6.0, "arrival": 40.0}


def test_what_nobody_answered_is_short_and_what_was_taken_back_is_not_asked() -> None:
    boats = request("q2", 3, "冲锋舟")
    gone = request("q3", 7, "冲锋舟", RequestStep.WITHDRAWN)
    found = totals_of([boats, gone, request("q1", 5)], [])
    assert [(each.kind, each.requests, each.asked, each.short) for each in found] == [
        ("水泵", 1, 5, 5),
        ("冲锋舟", 2, 3, 3),
    ]
    assert found[0].minutes == {"issue": None, "acknowledge": None, "arrival": None}


def test_nothing_asked_is_nothing_told() -> None:
    assert totals_of([], []) == []
