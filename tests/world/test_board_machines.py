"""Every step × every action of the board is answered: with events, with "already so", with a discrepancy, or
with a documented code; and every mode of the switch takes them alike.
"""

from typing import Any

import msgspec
import pytest

from resources import actions as b
from resources import events as e
from resources.machine import DISPATCH_STEPS
from resources.state import Destination, Discrepancy, DispatchStep, Need, RequestStep
from server.domain import mode as m
from server.domain import plans as pl
from server.domain.message import Action
from server.domain.mode import Mode
from server.domain.refusal import Code, Rejected
from tests.golden.board import DYKE, SIGNED, Dispatching, entry
from tests.world.builders import District, plan
from tests.world.test_authority import actions as every_action

# yes: events; same: already so; odd: a discrepancy; step / over: the code of the refusal
ORDER_ANSWERS = """
                    draft        issued       acknowledged accepted     declined     committed    en_route     arrived      in_use       returning    returned     consumed     recalled     closed
IssueOrders         yes          step         step         step         over         step         step         step         step         step         over         over         over         over
DropDraft           yes          step         step         step         step         step         step         step         step         step         step         step         step         step
RecallOrder         step         yes          yes          yes          over         yes          yes          yes          yes          step         over         over         over         over
RedirectOrder       step         yes          yes          yes          over         yes          yes          yes          yes          step         over         over         over         over
SplitOrder          step         yes          yes          yes          over         yes          yes          yes          yes          yes          over         over         over         over
ExtendOrder         step         yes          yes          yes          over         yes          yes          yes          yes          yes          over         over         over         over
RemindOrder         step         yes          yes          yes          over         yes          yes          yes          yes          yes          over         over         over         over
CloseOrder          step         step         step         step         yes          step         step         step         step         step         yes          yes          yes          same
AcknowledgeOrder    step         yes          same         same         same         same         same         same         same         same         same         same         over         over
AcceptOrder         step         yes          yes          same         over         same         same         same         same         same         over         over         over         over
DeclineOrder        step         yes          yes          yes          same         yes          step         step         step         step         over         over         over         over
CommitOrder         step         yes          yes          yes          over         same         same         same         same         same         over         over         over         over
EstimateOrder       step         yes          yes          yes          over         yes          yes          yes          yes          yes          over         over         over         over
ReportDeparture     step         yes          yes          yes          odd          yes          same         same         same         same         same         same         odd          odd
ReportArrival       step         yes          yes          yes          odd          yes          yes          same         same         same         same         same         odd          odd
HandOverResources   step         yes          yes          yes          odd          yes          yes          yes          same         same         same         same         odd          odd
ReportReturning     step         step         step         step         odd          step         yes          yes          yes          same         same         odd          odd          odd
ReportReturn        step         step         step         step         odd          step         yes          yes          yes          yes          same         odd          odd          odd
ReportConsumed      step         yes          yes          yes          odd          yes          yes          yes          yes          odd          odd          same         odd          odd
"""  # noqa: E501
REQUEST_ANSWERS = """
                    awaiting   open       refused    withdrawn  closed
AmendRequest        yes        yes        gone       gone       gone
ApproveRequest      yes        same       gone       gone       gone
RefuseRequest       yes        step       gone       gone       gone
WithdrawRequest     yes        yes        gone       gone       gone
CloseRequest        yes        yes        gone       gone       gone
DraftOrders         step       yes        gone       gone       gone
DispatchResources   step       yes        gone       gone       gone
"""
CODES = {
    "step": Code.WRONG_STEP,
    "over": Code.ORDER_OVER,
    "gone": Code.REQUEST_OVER,
}
ON: Any = {"order": "send.1"}
SENT = [b.Consignment(lines=[b.LineWanted(resource="bags", quantity=2)])]
ELSEWHERE = Destination(place="Gate", unit="east2")
ORDER_ACTIONS: dict[str, tuple[str, Action]] = {
    "IssueOrders": ("commander", b.IssueOrders(orders=["send.1"])),
    "DropDraft": ("commander", b.DropDraft(**ON)),
    "RecallOrder": ("commander", b.RecallOrder(**ON, reason="No")),
    "RedirectOrder": ("commander", b.RedirectOrder(**ON, to=ELSEWHERE)),
    "SplitOrder": ("commander", b.SplitOrder(**ON, lines=[b.LineWanted(resource="bags", quantity=1)])),
    "ExtendOrder": ("commander", b.ExtendOrder(**ON, until=1_800_000_000_000)),
    "RemindOrder": ("commander", b.RemindOrder(**ON)),
    "CloseOrder": ("commander", b.CloseOrder(**ON)),
    "AcknowledgeOrder": ("water.desk", b.AcknowledgeOrder(**ON)),
    "AcceptOrder": ("water.desk", b.AcceptOrder(**ON)),
    "DeclineOrder": ("water.desk", b.DeclineOrder(**ON, reason="No crew")),
    "CommitOrder": ("water.desk", b.CommitOrder(**ON)),
    "EstimateOrder": ("water.desk", b.EstimateOrder(**ON, step=DispatchStep.ARRIVED, at=1_800_000_000_000)),
    "ReportDeparture": ("water.desk", b.ReportDeparture(**ON)),
    "ReportArrival": ("water.desk", b.ReportArrival(**ON)),
    "HandOverResources": ("east1.desk", b.HandOverResources(**ON, handover=SIGNED)),
    "ReportReturning": ("east1.desk", b.ReportReturning(**ON)),
    "ReportReturn": ("water.desk", b.ReportReturn(**ON)),
    "ReportConsumed": ("east1.desk", b.ReportConsumed(**ON)),
}
ORDER_WAYS: dict[DispatchStep, list[str]] = {
    DispatchStep.DRAFT: [],
    DispatchStep.ISSUED: ["IssueOrders"],
    DispatchStep.ACKNOWLEDGED: ["IssueOrders", "AcknowledgeOrder"],
    DispatchStep.ACCEPTED: ["IssueOrders", "AcceptOrder"],
    DispatchStep.DECLINED: ["IssueOrders", "DeclineOrder"],
    DispatchStep.COMMITTED: ["IssueOrders", "CommitOrder"],
    DispatchStep.EN_ROUTE: ["IssueOrders", "ReportDeparture"],
    DispatchStep.ARRIVED: ["IssueOrders", "ReportArrival"],
    DispatchStep.IN_USE: ["IssueOrders", "HandOverResources"],
    DispatchStep.RETURNING: ["IssueOrders", "HandOverResources", "ReportReturning"],
    DispatchStep.RETURNED: ["IssueOrders", "HandOverResources", "ReportReturn"],
    DispatchStep.CONSUMED: ["IssueOrders", "HandOverResources", "ReportConsumed"],
    DispatchStep.RECALLED: ["IssueOrders", "RecallOrder"],
    DispatchStep.CLOSED: ["IssueOrders", "RecallOrder", "CloseOrder"],
}
REQUEST_ACTIONS: dict[str, tuple[str, Action]] = {
    "AmendRequest": (
        "east1.desk",
        b.AmendRequest(request="need", need=Need(kind="Sandbag", quantity=9, to=DYKE), version=1),
    ),
    "ApproveRequest": ("commander", b.ApproveRequest(request="need")),
    "RefuseRequest": ("commander", b.RefuseRequest(request="need", reason="No")),
    "WithdrawRequest": ("east1.desk", b.WithdrawRequest(request="need", reason="Dry")),
    "CloseRequest": ("east1.desk", b.CloseRequest(request="need")),
    "DraftOrders": ("commander", b.DraftOrders(request="need", consignments=SENT)),
    "DispatchResources": ("commander", b.DispatchResources(request="need", consignments=SENT)),
}
REQUEST_WAYS: dict[RequestStep, list[str]] = {
    RequestStep.AWAITING: [],
    RequestStep.OPEN: ["ApproveRequest"],
    RequestStep.REFUSED: ["RefuseRequest"],
    RequestStep.WITHDRAWN: ["ApproveRequest", "WithdrawRequest"],
    RequestStep.CLOSED: ["ApproveRequest", "CloseRequest"],
}
OTHERS = {
    b.SaveResources: ("admin", b.SaveResources(resources=[entry("new", "Pump", "water")])),
    b.CountStock: ("water.desk", b.CountStock(counts=[b.Counted(resource="bags", quantity=50)])),
    b.RetireResource: ("water.desk", b.RetireResource(resource="spare")),
    b.RequestResources: ("east1.desk", b.RequestResources(need=Need(kind="Pump", quantity=1, to=DYKE))),
    b.SettleDiscrepancy: ("commander", b.SettleDiscrepancy(discrepancy="odd", settlement="Counted")),
}


def answers(table: str) -> list[tuple[str, str, str]]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    return [(row[0], step, said) for row in rows for step, said in zip(head, row[1:], strict=True)]


def stocked() -> District:
    district = District()
    stock = [entry("bags", "Sandbag", "water", 100), entry("spare", "Pump", "water")]
    Dispatching(district).ask("admin", b.SaveResources(resources=stock))
    return district


def needed(district: District) -> None:
    need = Need(kind="Sandbag", quantity=50, to=DYKE)
    district.ask("east1.desk", b.RequestResources(need=need), id="need")


def with_order(district: District, step: DispatchStep) -> District:
    needed(district)
    district.ask("commander", b.DraftOrders(request="need", consignments=SENT), id="send")
    for done in ORDER_WAYS[step]:
        district.ask(*ORDER_ACTIONS[done])
    assert district.state.board.orders["send.1"].step is step
    return district


def with_request(step: RequestStep) -> District:
    """Under a plan that wants approval."""
    district = stocked()
    district.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(plan(), approval=True)))
    district.declare(plan="flood")
    needed(district)
    for done in REQUEST_WAYS[step]:
        district.ask(*REQUEST_ACTIONS[done])
    assert district.state.board.requests["need"].step is step
    return district


def answer(district: District, who: str, action: Action) -> str:
    known = {code: word for word, code in CODES.items()}
    try:
        _, events = district.decide(who, action)
    except Rejected as refusal:
        return known.get(refusal.code, refusal.code.value)
    if not events:
        return "same"
    return "odd" if isinstance(events[0], e.DiscrepancyRaised) else "yes"


@pytest.mark.parametrize(("name", "step", "said"), answers(ORDER_ANSWERS))
def test_an_order_answers_in_every_step(name: str, step: str, said: str) -> None:
    assert answer(with_order(stocked(), DispatchStep(step)), *ORDER_ACTIONS[name]) == said


@pytest.mark.parametrize(("name", "step", "said"), answers(REQUEST_ANSWERS))
def test_a_request_answers_in_every_step(name: str, step: str, said: str) -> None:
    assert answer(with_request(RequestStep(step)), *REQUEST_ACTIONS[name]) == said


def test_every_step_and_every_action_of_the_board_is_in_the_tables() -> None:
    orders, requests = answers(ORDER_ANSWERS), answers(REQUEST_ANSWERS)
    assert {step for _, step, _ in orders} == set(DispatchStep) == set(ORDER_WAYS)
    assert {step for _, step, _ in requests} == set(RequestStep) == set(REQUEST_WAYS)
    tried = {*ORDER_ACTIONS, *REQUEST_ACTIONS, *(kind.__name__ for kind in OTHERS)}
    board = {kind.__name__ for kind in every_action() if kind.__module__ == b.__name__}
    assert {name for name, _, _ in orders} == set(ORDER_ACTIONS)
    assert {name for name, _, _ in requests} == set(REQUEST_ACTIONS)
    assert board == tried


def test_everything_that_the_machine_allows_somebody_can_ask_for() -> None:
    """Each way of the table was taken by an action in the table of answers."""
    taken: set[tuple[DispatchStep, str]] = set()
    for name, step, said in answers(ORDER_ANSWERS):
        if said == "yes":
            district = with_order(stocked(), DispatchStep(step))
            order = district.state.board.orders["send.1"]
            for event in district.decide(*ORDER_ACTIONS[name])[1]:
                taken.add((DispatchStep(step), type(event).__name__))
            assert order.step.value == step, "a decision changes nothing"
    direct = {(before, event.__name__) for before, event in DISPATCH_STEPS}
    assert direct <= taken, direct - taken


def in_mode(mode: Mode) -> District:
    district = stocked()
    if mode is not Mode.ROUTINE:
        activation = district.declare()
        if mode is Mode.STANDING_DOWN:
            district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    return district


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("step", DispatchStep)
def test_the_board_answers_alike_in_every_mode(mode: Mode, step: DispatchStep) -> None:
    """Stock, requests and orders are there in routine too; the switch asks, and ends, and forbids nothing."""
    there, routine = with_order(in_mode(mode), step), with_order(stocked(), step)
    for district in (there, routine):
        district.append("system", [e.DiscrepancyRaised(discrepancy=odd())])
    for who, action in (*ORDER_ACTIONS.values(), *REQUEST_ACTIONS.values(), *OTHERS.values()):
        assert answer(there, who, action) == answer(routine, who, action), type(action).__name__


def odd() -> Discrepancy:
    return Discrepancy(
        id="odd",
        order="send.1",
        watchers=["water"],
        reported=DispatchStep.ARRIVED,
        found=DispatchStep.CLOSED,
        by="water.desk",
        name="Water",
        unit="water",
        at=1,
        noted_at=None,
    )
