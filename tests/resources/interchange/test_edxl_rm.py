"""EDXL-RM messages are written as the standard says and read as they were written; others are refused."""

from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.actions import DispatchResources
from resources.interchange.answering import actions_for, id_of
from resources.interchange.edxl_rm import (
    Answer,
    BadMessage,
    Contact,
    Information,
    Message,
    Schedule,
    read,
    write,
)
from resources.interchange.edxl_structure import (
    MSG,
    SCHEDULES,
    TYPES,
    faults,
    of_assignment,
    schedules_of,
)
from resources.interchange.lifecycle import MESSAGE, needs_in, of_order, of_request, reports_in
from resources.state import (
    LINES_AT_MOST,
    Board,
    DispatchLine,
    DispatchOrder,
    DispatchStep,
    Handover,
    Moment,
    NeedPriority,
    Outcome,
    RequestStep,
    Resource,
    ResourceFacts,
    Signature,
)
from server.domain.refusal import Code, Rejected
from tests.resources.sourcing.boards import HOUR, NOW, ask, board, east

NAMES = {"D03": "区水务局", "T1": "朱泾镇", "310116": "区城运中心"}
D = DispatchStep


def asked() -> Board:
    on = board()
    ask(on, "q1", "水泵", 2, NeedPriority.LIFESAVING, east(3), NOW + HOUR, ("泵车",))
    return on


def order(*steps: DispatchStep) -> DispatchOrder:
    """One that went through these steps, a minute apart, from three kilometres east."""
    moments = {
        step: Moment(
            actual=NOW + number * 60_000,
            recorded_at=NOW + number * 60_000 + 500,
            name="王强",
            note=f"第{number}步",
            position=east(number),
        )
        for number, step in enumerate(steps)
    }
    moments.setdefault(D.ARRIVED, Moment(estimated=NOW + HOUR))
    return DispatchOrder(
        id="o1",
        request="q1",
        owner="D03",
        issuer="310116",
        to=asked().requests["q1"].need.to,
        lines=[
            DispatchLine(resource="p1", kind="水泵", name="水泵1号", measure="台", quantity=1),
            DispatchLine(resource="p2", kind="水泵", name="水泵2号", measure="台", quantity=1),
        ],
        step=steps[-1],
        watchers=["D03"],
        priority=NeedPriority.LIFESAVING,
        kind="水泵",
        moments=moments,
        outcomes=[Outcome(resource="p2", consumed=1)],
    )


WELL = (
    D.ISSUED,
    D.ACKNOWLEDGED,
    D.ACCEPTED,
    D.COMMITTED,
    D.EN_ROUTE,
    D.ARRIVED,
    D.IN_USE,
    D.RETURNING,
    D.RETURNED,
    D.CLOSED,
)


def test_an_order_that_went_well_is_told_step_by_step() -> None:
    told = of_order(asked(), order(*WELL), NAMES)
    assert [message.type for message in told] == [MESSAGE[step] for step in WELL]
    assert [message.id for message in told] == [f"o1.{step.value}" for step in WELL]
    assert {message.originating for message in told} == {"q1.v1"}
    assert [message.preceding for message in told] == ["q1.v1", *["o1.issued"] * 9]
    answers = [message.resources[0].answer for message in told[:4]]
    assert answers == [None, Answer.PROVISIONAL, Answer.ACCEPT, Answer.ACCEPT]


@pytest.mark.parametrize("step", list(MESSAGE))
def test_every_step_is_written_and_read_back_the_same(step: DispatchStep) -> None:
    [message] = of_order(asked(), order(step), NAMES)
    assert read(write(message)) == message


@pytest.mark.parametrize("step", [step for step in WELL if step not in (D.ISSUED, D.CLOSED)])
def test_what_another_system_reports_is_the_step_that_was_written(step: DispatchStep) -> None:
    [message] = of_order(asked(), order(step), NAMES)
    [reported] = reports_in(read(write(message)))
    assert (reported.order, reported.step, reported.note) == ("o1", step, "第0步")
    assert reported.at in (NOW, NOW + 500)


def test_reports_are_understood_without_our_words() -> None:
    [message] = of_order(asked(), order(D.ARRIVED), NAMES)
    plain = [msgspec.structs.replace(said, status="") for said in message.resources]
    [reported] = reports_in(msgspec.structs.replace(message, resources=plain))
    assert (reported.step, reported.at, reported.position) == (D.ARRIVED, NOW, east(0))


def test_a_request_is_read_as_the_need_it_was() -> None:
    on = asked()
    need = on.requests["q1"].need
    message = of_request(on.requests["q1"], "台", NAMES, NOW)
    [again] = needs_in(read(write(message)))
    assert again == need


def test_an_amended_request_updates_and_a_withdrawn_one_cancels() -> None:
    request = asked().requests["q1"]
    first = of_request(request, "台", NAMES, NOW)
    request.version = 2
    second = of_request(request, "台", NAMES, NOW)
    request.step = RequestStep.WITHDRAWN
    last = of_request(request, "台", NAMES, NOW)
    assert [(m.id, m.recalls, m.recall) for m in (first, second, last)] == [
        ("q1.v1", "", ""),
        ("q1.v2", "q1.v1", "Update"),
        ("q1.withdrawn", "q1.v2", "Cancel"),
    ]
    assert {m.originating for m in (first, second, last)} == {"q1.v1"}
    for message in (first, second, last):
        assert read(write(message)) == message


def test_what_a_declining_owner_says_is_a_decline() -> None:
    [message] = of_order(asked(), order(D.DECLINED), NAMES)
    assert {said.answer for said in message.resources} == {Answer.DECLINE}
    assert reports_in(message)[0].step is D.DECLINED


def whole(kind: str, schedules: list[Schedule]) -> Message:
    """A message of a type with all that the type may carry."""
    answered = kind.startswith("ResponseTo") or kind == "CommitResource"
    assignment = [name for name, _ in of_assignment(kind)]
    status = kind not in (
        "RequestResource",
        "RequestQuote",
        "RequestResourceDeploymentStatus",
        "RequisitionResource",
    )
    return Message(
        type=kind,
        id="m1",
        sent=NOW + 7,
        originating="m0",
        preceding="" if kind in ("RequestResource", "OfferUnsolicitedResource") else "m0",
        description="说明 <&> \"'",
        incident="i1",
        recalls="m9",
        recall="Update",
        funding="" if kind == "OfferUnsolicitedResource" else "区财政",
        contacts=[Contact(role="Sender", description="甲"), Contact(role="Approver", description="乙")],
        resources=[
            Information(
                id="1",
                answers="1" if answered else "",
                answer=Answer.PROVISIONAL if answered else None,
                reason="在途中" if answered else "",
                resource="r1",
                name="水泵1号",
                kind="水泵",
                requirements="会用",
                owner="" if kind == "RequestResource" else "区水务局",
                status="issued" if status else "",
                availability="有" if status and kind != "CommitResource" else "",
                quantity=3,
                measure="台",
                function="排水",
                order="o1" if "OrderID" in assignment else "",
                schedules=schedules,
            )
        ],
    )


PRICED = {"ResponseToRequestQuote"}  # it must name a price, which the board has none of
schedule = st.builds(
    Schedule,
    type=st.sampled_from(sorted(SCHEDULES)),
    at=st.none() | st.integers(0, 4_000_000_000_000),
    place=st.text("甲乙丙 <&>", max_size=9).map(str.strip),
    position=st.none() | st.builds(east, st.sampled_from([0.0, 1.0, 2.5])),
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([name for name in TYPES if name not in PRICED]), st.lists(schedule, max_size=4))
def test_a_message_is_written_exactly_when_its_type_may_carry_it(
    kind: str, schedules: list[Schedule]
) -> None:
    message = whole(kind, schedules)
    if all(s.type in schedules_of(kind) for s in schedules):
        assert read(write(message)) == message
    else:
        with pytest.raises(BadMessage, match="ScheduleType"):
            write(message)


@pytest.mark.parametrize("name", ["MessageID", "ContactInformation", "ResourceInformation", "SentDateTime"])
def test_a_message_without_a_required_part_is_refused(name: str) -> None:
    root = ET.fromstring(write(whole("CommitResource", [])))
    for found in root.findall(f"{MSG}{name}"):
        root.remove(found)
    with pytest.raises(BadMessage, match=f"{name} is missing"):
        read(ET.tostring(root))


def test_parts_out_of_order_are_refused() -> None:
    root = ET.fromstring(write(whole("RequestResource", [])))
    root.append(root[0])
    assert list(faults(root)) == ["RequestResource: MessageID is unknown or out of order"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<RequestResource xmlns="urn:oasis:names:tc:emergency:EDXL:RM:1.0"/>',
    ],
)
def test_what_is_no_message_is_refused(document: bytes) -> None:
    with pytest.raises(BadMessage):
        read(document)


def test_a_time_without_a_zone_and_half_a_pump_are_refused() -> None:
    good = write(whole("RequestResource", [])).decode()
    with pytest.raises(BadMessage, match="time zone"):
        read(good.replace(".007Z", "").encode())
    with pytest.raises(BadMessage, match="whole quantity"):
        read(good.replace(">3<", ">2.5<").encode())


def requisition(preceding: str, *resources: tuple[str, int]) -> Message:
    return Message(
        type="RequisitionResource",
        id="theirs-2",
        sent=1_700_000_000_000,
        originating="theirs-1",
        preceding=preceding,
        funding="not stated",
        contacts=[Contact(role="Requester", description="市指挥中心")],
        resources=[
            Information(id=str(n), resource=resource, kind="水泵", quantity=quantity)
            for n, (resource, quantity) in enumerate(resources, 1)
        ],
    )


def stocked_for(request: str) -> Board:
    board = asked()
    asks = msgspec.structs.replace(next(iter(board.requests.values())), id=request)
    board.requests = {request: asks}
    for id, owner in (("p1", "D03"), ("p2", "D03"), ("p3", "D04")):
        board.resources[id] = Resource(id=id, facts=ResourceFacts(kind=asks.need.kind, owner=owner))
    return board


@pytest.mark.parametrize(
    ("preceding", "request_id"),
    [("r9.v1", "r9"), ("theirs-1", id_of("theirs-1", 2)), ("", id_of("theirs-1", 1))],
)
def test_a_requisition_is_an_order_to_each_owner_for_the_request_it_names(
    preceding: str, request_id: str
) -> None:
    message = requisition(preceding, ("p1", 1), ("p3", 1), ("p2", 1))
    [done] = actions_for(message, stocked_for(request_id))
    assert isinstance(done.action, DispatchResources)
    assert (done.id, done.about, done.action.request) == (id_of("theirs-2", 1), request_id, request_id)
    sent = [[line.resource for line in each.lines] for each in done.action.consignments]
    assert sent == [["p1", "p2"], ["p3"]]


def test_a_requisition_of_what_we_do_not_have_or_were_not_asked_for_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        actions_for(requisition("r9.v1", ("p1", 1), ("theirs", 1)), stocked_for("r9"))
    assert refused.value.code is Code.UNKNOWN_RESOURCE
    with pytest.raises(Rejected) as unasked:
        actions_for(requisition("r8.v1", ("p1", 1)), stocked_for("r9"))
    assert unasked.value.code is Code.UNKNOWN_REQUEST


def test_who_signs_a_handover_and_when_a_team_will_be_there_is_told() -> None:
    signed = Handover(
        giver=Signature(name="王强", unit="D03", at=NOW), receiver=Signature(name="胡建春", unit="T1", at=NOW)
    )
    led = msgspec.structs.replace(order(*WELL[:5], D.IN_USE), handover=signed)
    *_, departed, handed = of_order(asked(), led, NAMES)
    assert {s.type: s.at for s in read(write(departed)).resources[0].schedules} == {
        "ActualDeparture": NOW + 4 * 60_000,
        "EstimatedArrival": NOW + HOUR,
    }
    told = [(contact.role, contact.description) for contact in read(write(handed)).contacts[1:]]
    assert told == [("RespondingOrg", "区水务局 (D03), 王强"), ("Approver", "朱泾镇 (T1), 胡建春")]
    assert [len(each.contacts) for each in of_order(asked(), order(*WELL), NAMES)] == [1] * len(WELL)


def test_a_requisition_that_is_more_than_an_order_holds_is_refused() -> None:
    stock = stocked_for("r9")
    many = [(f"m{number}", 1) for number in range(LINES_AT_MOST + 1)]
    kind = next(iter(stock.requests.values())).need.kind
    stock.resources.update(
        {id: Resource(id=id, facts=ResourceFacts(kind=kind, owner="D03")) for id, _ in many}
    )
    with pytest.raises(BadMessage):
        actions_for(requisition("r9.v1", *many), stock)


def test_what_says_nothing_that_can_be_taken_back_is_refused_rather_than_done() -> None:
    for recall in ("Cancel", "Update"):
        said = Message(
            type="ReleaseResource",
            id="theirs-3",
            sent=NOW,
            originating="theirs-1",
            recalls="theirs-2",
            recall=recall,
            contacts=[Contact(role="Sender", description="市指挥中心")],
            resources=[Information(id="1", name="泵", order="o1")],
        )
        with pytest.raises(Rejected) as refused:
            actions_for(said, asked())
        assert refused.value.code is Code.MESSAGE_NOT_TAKEN
    update = msgspec.structs.replace(requisition("r9.v1", ("p1", 1)), recalls="theirs-2", recall="Update")
    with pytest.raises(Rejected):
        actions_for(update, stocked_for("r9"))
