"""EDXL-RM messages over HTTP: an order led through its life, each done once, by who may."""

import itertools
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from resources.interchange.answering import TAKEN
from resources.interchange.edxl_rm import Answer as Said
from resources.interchange.edxl_rm import Contact, Information, Message, Schedule, read, write
from resources.interchange.edxl_structure import MSG, TYPES
from tests.wire.board import OTHER, PUMP, VILLAGE, asked_for, board, ordered
from tests.wire.conftest import Answer, Visit, Visitor

_numbers = itertools.count(1)
SENT = 1_790_000_000_000


def message(type: str, *said: Information, id: str = "", **more: Any) -> Message:
    fields: dict[str, Any] = {
        "id": id or f"urn:other-system:{next(_numbers)}",
        "sent": SENT,
        "originating": "urn:other-system:first",
        "contacts": [Contact(role="Sender", description="水务系统")],
        "resources": [*said] or [Information(id="1")],
        "funding": "none" if type == "RequisitionResource" else "",
    }
    return Message(type=type, **fields | more)


def about(order: str, **more: Any) -> Information:
    return Information(id="1", name="泵", order=order, **more)


def happened(order: str, what: str, **more: Any) -> Information:
    return about(order, schedules=[Schedule(type=what, at=SENT)], **more)


async def send(who: Visitor, said: Message | bytes) -> Answer:
    document = said if isinstance(said, bytes) else write(said)
    return await who("POST", "/api/edxl", document, headers={"Content-Type": "application/xml"})


async def sent(who: Visitor, said: Message) -> dict[str, Any]:
    answer = await send(who, said)
    assert answer.status == 200, answer.said
    done: dict[str, Any] = answer.said
    return done


def wanted(kind: str = PUMP, quantity: int = 2, **more: Any) -> Information:
    arrival = Schedule(type="RequestedArrival", at=SENT, place="泵站")
    return Information(id="1", kind=kind, quantity=quantity, measure="台", schedules=[arrival], **more)


async def an_order(visit: Visit) -> tuple[str, Visitor]:
    """Issued, and its owner's desk."""
    commander = await visit("commander")
    order = await ordered(commander, await asked_for(await visit(VILLAGE), PUMP))
    return order, await visit((await board(commander))["orders"][order]["owner"].lower())


async def test_an_order_lives_by_messages_alone(visit: Visit) -> None:
    commander = await visit("commander")
    order, owner = await an_order(visit)
    preceding: dict[str, Any] = {"preceding": f"{order}.issued"}
    answered = Information(id="1", answers="1", answer=Said.PROVISIONAL, reason="收到")
    accepted = Information(
        id="1",
        answers="1",
        answer=Said.ACCEPT,
        reason="可派",
        schedules=[Schedule(type="EstimatedArrival", at=SENT + 1)],
    )
    status = "ReportResourceDeploymentStatus"
    answer, committed = "ResponseToRequestResource", about(order, answers="1", answer=Said.ACCEPT, quantity=1)
    story: list[tuple[Visitor, Message, str, str]] = [
        (owner, message(answer, answered, **preceding), "AcknowledgeOrder", "acknowledged"),
        (owner, message(answer, accepted, **preceding), "AcceptOrder", "accepted"),
        (owner, message("CommitResource", committed, **preceding), "CommitOrder", "committed"),
        (owner, message(status, happened(order, "ActualDeparture")), "ReportDeparture", "en_route"),
        (owner, message(status, happened(order, "ActualArrival")), "ReportArrival", "arrived"),
        (
            commander,
            message("RequestReturn", about(order), description="用不上了"),
            "RecallOrder",
            "returning",
        ),
        (owner, message(status, happened(order, "ActualReturnArrival")), "ReportReturn", "returned"),
        (commander, message("ReleaseResource", about(order, quantity=1)), "CloseOrder", "closed"),
    ]
    for who, said, action, step in story:
        done = await sent(who, said)
        assert (done["action"], done["about"], done["message"]) == (action, order, said.id)
        again = await sent(who, said)
        assert (again["seq"], again["at"]) == (done["seq"], done["at"])
        assert (await board(commander))["orders"][order]["step"] == step
    told = (await board(commander))["orders"][order]
    assert told["moments"]["arrived"]["estimated"] == SENT + 1
    assert told["moments"]["acknowledged"]["actual"] is not None
    out = await commander("GET", f"/api/dispatches/{order}/edxl.xml")
    assert out.headers["Content-Type"].startswith("application/xml")
    root = ET.fromstring(out.body)
    kinds = [child.tag.removeprefix(MSG) for child in root]
    assert kinds[0] == "RequisitionResource"
    assert kinds[-1] == "ReleaseResource"
    assert [read(ET.tostring(child)).type for child in root] == kinds
    one = await commander("GET", f"/api/dispatches/{order}/edxl.xml", params={"message": f"{order}.arrived"})
    assert read(one.body).id == f"{order}.arrived"
    none = await commander("GET", f"/api/dispatches/{order}/edxl.xml", params={"message": "other"})
    assert (none.status, none.code) == (404, "not_found")


async def test_a_request_is_asked_amended_and_cancelled_by_messages(visit: Visit) -> None:
    village = await visit(VILLAGE)
    first = message("RequestResource", wanted(quantity=2), wanted("冲锋舟", 1), id="urn:x:ask")
    done = await sent(village, first)
    assert [each["action"] for each in done["done"]] == ["RequestResources"] * 2
    pumps, boats = (each["about"] for each in done["done"])
    seen = (await board(village))["requests"]
    assert [seen[id]["need"]["quantity"] for id in (pumps, boats)] == [2, 1]
    assert seen[pumps]["need"]["by_when"] == SENT
    assert await sent(village, first) == done
    update = message(
        "RequestResource", wanted(quantity=5), originating="urn:x:ask", recalls="urn:x:ask", recall="Update"
    )
    assert (await sent(village, update))["action"] == "AmendRequest"
    assert (await board(village))["requests"][pumps]["need"]["quantity"] == 5
    out = await village("GET", f"/api/requests/{pumps}/edxl.xml")
    assert (read(out.body).recall, read(out.body).resources[0].quantity) == ("Update", 5)
    cancel = message("RequestResource", wanted(), recalls="urn:x:ask", recall="Cancel", description="已解决")
    assert (await sent(village, cancel))["action"] == "WithdrawRequest"
    assert (await board(village))["requests"][pumps]["step"] == "withdrawn"
    stray = message("RequestResource", wanted(), recalls="urn:x:other", recall="Cancel")
    assert (await send(village, stray)).code == "unknown_request"


async def test_a_requisition_is_dispatched_for_a_request_of_a_message_and_taken_back(visit: Visit) -> None:
    village, commander = await visit(VILLAGE), await visit("commander")
    await sent(village, message("RequestResource", wanted(quantity=2), id="urn:x:need"))
    stock = (await board(commander))["resources"]
    pumps: dict[str, dict[str, Any]] = {}  # one of each of two owners
    for each in stock.values():
        if each["facts"]["kind"] == PUMP and each["stock"]["free"]:
            pumps.setdefault(each["facts"]["owner"], each)
    chosen = list(pumps.values())[:2]
    named = [
        Information(id=str(n), resource=pump["id"], kind=PUMP, quantity=1) for n, pump in enumerate(chosen, 1)
    ]
    asking: dict[str, Any] = {"originating": "urn:x:need", "preceding": "urn:x:need"}
    said = message("RequisitionResource", *named, id="urn:x:send", **asking)
    for who, code in ((VILLAGE, "out_of_reach"), ("observer", "not_allowed")):
        assert (await send(await visit(who), said)).code == code
    done = await sent(commander, said)
    assert done["action"] == "DispatchResources"
    assert await sent(commander, said) == done
    made = {
        id: order
        for id, order in (await board(commander))["orders"].items()
        if order["request"] == done["about"]
    }
    assert {order["owner"] for order in made.values()} == set(list(pumps)[:2])
    assert {order["step"] for order in made.values()} == {"issued"}
    again = message("RequisitionResource", named[0], **asking)
    assert (await send(commander, again)).code == "not_enough"

    back = message("RequisitionResource", *named, recalls="urn:x:send", recall="Cancel", **asking)
    undone = await sent(commander, back)
    assert {each["action"] for each in undone["done"]} == {"RecallOrder"}
    assert await sent(commander, back) == undone
    now = await board(commander)
    assert {now["orders"][id]["step"] for id in made} == {"recalled"}
    assert all(now["resources"][pump["id"]]["stock"] == pump["stock"] for pump in chosen)
    stray = message("RequisitionResource", *named, recalls="urn:x:other", recall="Cancel", **asking)
    assert (await send(commander, stray)).code == "unknown_order"


async def test_a_new_estimate_and_a_longer_stay_are_taken(visit: Visit) -> None:
    order, owner = await an_order(visit)
    commander = await visit("commander")
    status = "ReportResourceDeploymentStatus"
    later = about(
        order,
        schedules=[
            Schedule(type="EstimatedArrival", at=SENT + 5),
            Schedule(type="EstimatedReturnArrival", at=SENT + 9),
        ],
    )
    done = await sent(owner, message(status, later))
    assert [each["action"] for each in done["done"]] == ["EstimateOrder"] * 2
    stay = about(order, schedules=[Schedule(type="RequestedReturnArrival", at=SENT + 7)])
    extend = message("RequestExtendedDeploymentDuration", stay)
    assert (await send(await visit(OTHER), extend)).code == "out_of_reach"
    assert (await sent(commander, extend))["action"] == "ExtendOrder"
    moments = (await board(commander))["orders"][order]["moments"]
    assert (moments["arrived"]["estimated"], moments["returned"]["estimated"]) == (SENT + 5, SENT + 9)
    assert moments["returned"]["requested"] == SENT + 7
    left = happened(order, "ActualDeparture")
    left.schedules.append(Schedule(type="EstimatedArrival", at=SENT + 6))
    assert (await sent(owner, message(status, left)))["action"] == "ReportDeparture"
    assert (await board(commander))["orders"][order]["moments"]["arrived"]["estimated"] == SENT + 6


async def test_what_is_lost_or_used_up_is_booked(visit: Visit) -> None:
    order, owner = await an_order(visit)
    line = (await board(owner))["orders"][order]["lines"][0]
    status = "ReportResourceDeploymentStatus"
    await sent(owner, message(status, happened(order, "ActualArrival")))
    back = Information(
        id="1",
        resource=line["resource"],
        order=order,
        availability="-1",
        schedules=[Schedule(type="ActualReturnArrival", at=SENT)],
    )
    await sent(owner, message(status, back))
    now = await board(owner)
    assert now["orders"][order]["outcomes"] == [{"resource": line["resource"], "consumed": 0, "lost": 1}]
    assert now["resources"][line["resource"]]["stock"]["lost"] == 1


async def test_a_message_does_no_more_than_who_sends_it_may(visit: Visit) -> None:
    order, owner = await an_order(visit)
    accepted = message(
        "ResponseToRequestResource",
        Information(id="1", answers="1", answer=Said.ACCEPT, reason="好"),
        preceding=f"{order}.issued",
    )
    for who, code in ((OTHER, "out_of_reach"), ("observer", "not_allowed"), ("commander", "out_of_reach")):
        answer = await send(await visit(who), accepted)
        assert (answer.status, answer.code) == (403, code), who
    await sent(owner, accepted)
    twice = await send(await visit(OTHER), accepted)
    assert (twice.status, twice.code) == (409, "action_id_taken")
    for path in (f"/api/dispatches/{order}/edxl.xml", "/api/requests/none/edxl.xml"):
        answer = await (await visit(OTHER))("GET", path)
        assert (answer.status, answer.code[:8]) == (404, "unknown_"), path


async def test_one_wrong_part_of_a_message_leaves_all_of_it_undone(visit: Visit) -> None:
    order, owner = await an_order(visit)
    said = (happened(order, "ActualDeparture"), happened("no-such-order", "ActualDeparture"))
    answer = await send(owner, message("ReportResourceDeploymentStatus", *said))
    assert (answer.status, answer.code) == (404, "unknown_order")
    assert (await board(owner))["orders"][order]["step"] == "issued"


@pytest.mark.parametrize("type", [type for type in TYPES if type not in TAKEN])
async def test_messages_that_nothing_answers_are_refused_with_a_code(visit: Visit, type: str) -> None:
    said: dict[str, Any] = {"preceding": "urn:x:1"} if "ResponseTo" in type else {}
    if type == "OfferUnsolicitedResource":
        said["originating"] = "urn:x:1"
    answered = {"answers": "1", "answer": Said.ACCEPT, "reason": "好"} if "ResponseTo" in type else {}
    counted = {"quantity": 1} if type == "RequisitionResource" else {}
    if type == "RequestInformation":
        said["description"] = "何时到？"
    if type == "ResponseToRequestReturn":
        answered |= {"status": "returning", "availability": "later"}
    if type == "ResponseToRequestInformation":
        answered = {}
    document = _whole(type, said, {"id": "1", "name": "泵"} | answered | counted)
    answer = await send(await visit("commander"), document)
    assert (answer.status, answer.code) == (400, "message_not_taken"), answer.said
    assert answer.said["error"]["detail"]["type"] == type


def _whole(type: str, said: dict[str, Any], information: dict[str, Any]) -> bytes:
    """Quotes want prices, which our structs have not: they are put in behind."""
    if type != "ResponseToRequestQuote":
        return write(message(type, Information(**information), **said))
    plain = write(message("ResponseToRequestResource", Information(**information), **said)).decode()
    priced = (
        "<rmsg:AssignmentInformation><rmsg:PriceQuote><rm:QuoteString>0</rm:QuoteString></rmsg:PriceQuote>"
        "</rmsg:AssignmentInformation></rmsg:ResourceInformation>"
    )
    whole = plain.replace("ResponseToRequestResource", type)
    return whole.replace("</rmsg:ResourceInformation>", priced).encode()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda good: b"", "bad_message"),
        (lambda good: b"<xml", "bad_message"),
        (lambda good: b"<a/>", "bad_message"),
        (lambda good: b'<!DOCTYPE x [<!ENTITY a "b">]>' + good, "bad_message"),
        (lambda good: good.replace(b"SentDateTime", b"SendDateTime"), "bad_message"),
        (lambda good: good.replace(b">2<", b">2.5<"), "bad_message"),
        (lambda good: good.replace(b">2<", b">-2<"), "bad_message"),
        (lambda good: b"x" * 2_000_001, "too_large"),
    ],
    ids=["nothing", "no XML", "no message", "doctype", "element", "half a pump", "minus two", "large"],
)
async def test_what_is_no_message_is_refused(
    visit: Visit, wrong: Callable[[bytes], bytes], code: str
) -> None:
    good = write(message("RequestResource", wanted(quantity=2)))
    answer = await send(await visit(VILLAGE), wrong(good))
    assert answer.code == code
