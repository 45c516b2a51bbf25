"""Who may do what, and where: every action by everybody, at places near and far.

`CASES` says for each action which units it is within reach of; the matrix says which posts may ask it.
"""

from typing import Any

import pytest

from resources import actions as b
from resources.state import Category, Destination, DispatchStep, Handover, Need, ResourceFacts, Signature
from rooms import consultation as r
from server.domain import command as c
from server.domain import house as h
from server.domain import incident as i
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain import situation as s
from server.domain import units as u
from server.domain.authority import Reach
from server.domain.message import Action
from server.domain.people import HELD_AT, Post
from server.domain.refusal import Code, Rejected
from server.world.ask import Ask
from server.world.authority import AUTHORITY
from server.world.authorize import authorize
from server.world.decide import DECIDE
from tests.world.builders import FLOOD, PEOPLE, TREE, District, founding, order, plan, unit

EVERYWHERE = frozenset(TREE)
AT_DISTRICT = frozenset({"d"})
AT_EAST = frozenset({"d", "east"})
AT_EAST1 = AT_EAST | {"east1"}
AT_WEST1 = frozenset({"d", "west", "west1"})


CAMERA = r.Camera(id="gate", name="Gate", owner="east1", kind=r.CameraKind.RTSP)
ROOM = {"consultation": "room"}
HOST = frozenset({"east"})
GUESTS = HOST | {"east1", "water"}


PUMP = b.ResourceEntry(
    id="pump1",
    category=Category.PUMP,
    measure="x",
    facts=ResourceFacts(kind="Pump", owner="water"),
    quantity=1,
)
BAGS = b.ResourceEntry(
    id="bags",
    category=Category.MATERIAL,
    measure="x",
    facts=ResourceFacts(kind="Bag", owner="east1"),
    quantity=9,
)
NEED = Need(kind="Bag", quantity=5, to=Destination(place="x"), substitutes=["Pump"])
SEND = [b.Consignment(lines=[b.LineWanted(resource="bags", quantity=1)])]
SIGNED = Handover(
    giver=Signature(name="x", unit="east1", at=1), receiver=Signature(name="y", unit="west1", at=1)
)
ORDER: Any = {"order": "sent.1"}  # of east1's bags, issued by the east, for the west1
SENDS = frozenset({"east1", "patrol"})
PARTIES = SENDS | {"west1"}


def scene() -> District:
    """An emergency in the east, one proposed in the west, a command relayed, a distress call, a consultation
    of the east at which the west knocks, a camera."""
    district = District()
    district.ask(
        "commander",
        m.DeclareEmergency(scope="east", incident=FLOOD, level=i.ResponseLevel.II, reason="x"),
        id="rain",
    )
    district.ask("admin", m.ChangeSettings(two_person=True))
    district.ask(
        "commander",
        m.DeclareEmergency(scope="west", incident=FLOOD, level=i.ResponseLevel.II, reason="x"),
        id="wind",
    )
    district.ask("commander", c.IssueCommand(order=order(), to=c.Addressing(units=["east"])), id="order")
    relay = c.RelayCommand(command="order", unit="east", to=c.Addressing(units=["east1"]))
    district.ask("east.desk", relay, id="child")
    district.ask("patrol.chief", s.RaiseDistress(), id="sos")
    invited = c.Addressing(units=["east1", "water"])
    district.ask("east.desk", r.OpenConsultation(name="Room", to=invited), id="room")
    district.ask("west.desk", r.KnockAtConsultation(consultation="room"), id="knock")
    district.ask("admin", r.RegisterCamera(camera=CAMERA, address="rtsp://gate"))
    district.ask("admin", b.SaveResources(resources=[PUMP, BAGS]))
    district.ask("west1.desk", b.RequestResources(need=NEED), id="need")
    carried = [b.Consignment(lines=[b.LineWanted(resource="bags", quantity=2)], carrier="patrol")]
    district.ask("east.desk", b.DispatchResources(request="need", consignments=carried), id="sent")
    district.ask("east.desk", b.DraftOrders(request="need", consignments=SEND), id="draft")
    district.ask("east.desk", b.DispatchResources(request="need", consignments=SEND), id="late")
    district.ask("east.desk", b.RecallOrder(order="late.1", reason="x"))
    district.ask("east1.desk", b.ReportArrival(order="late.1"), id="odd")
    return district


def on(kind: Any, command: str, at: str, **more: Any) -> Action:
    action: Action = kind(command=command, unit=at, **more)
    return action


# an action, and the units within whose reach it lies
CASES: list[tuple[Action, frozenset[str]]] = [
    (m.DeclareEmergency(scope="d", incident=FLOOD, level=i.ResponseLevel.I, reason="x"), AT_DISTRICT),
    (m.DeclareEmergency(scope="east1", incident=FLOOD, level=i.ResponseLevel.I, reason="x"), AT_EAST1),
    (m.ConfirmEmergency(proposal="wind"), frozenset({"d", "west"})),
    (m.DropProposal(proposal="wind"), frozenset({"d", "west"})),
    (m.ChangeLevel(activation="rain", level=i.ResponseLevel.I, reason="x"), AT_EAST),
    (m.ChangeIncident(incident="rain.i", facts=FLOOD), AT_EAST),
    (m.TickChecklist(activation="rain", item="x", done=True), AT_EAST),
    (m.StandDown(activation="rain", reason="x"), AT_EAST),
    (m.ResumeRoutine(activation="rain"), AT_EAST),
    (m.ChangeSettings(two_person=False), AT_DISTRICT),
    (c.IssueCommand(order=order(), to=c.Addressing(units=["west"])), EVERYWHERE),  # resolved when decided
    (c.AmendCommand(command="order", order=order()), AT_DISTRICT),
    (c.AmendCommand(command="child", order=order()), frozenset({"east"})),
    (c.RecallCommand(command="child", reason="x"), frozenset({"east"})),
    (c.CloseCommand(command="child"), frozenset({"east"})),
    (on(c.VerifyDelivery, "child", "east1"), frozenset({"east"})),
    (on(c.SendBack, "child", "east1", reason="x"), frozenset({"east"})),
    (on(c.ReassignDelivery, "child", "east1", to="east2", reason="x"), frozenset({"east"})),
    (on(c.RemindDelivery, "child", "east1"), AT_EAST),
    (on(c.RecordAcknowledgement, "child", "east1", name="x"), AT_EAST),
    (on(c.ConfirmDelivery, "child", "east1", device="x"), frozenset({"east1"})),
    (on(c.AcknowledgeCommand, "child", "east1"), frozenset({"east1"})),
    (on(c.AcceptCommand, "child", "east1"), frozenset({"east1"})),
    (on(c.DeclineCommand, "child", "east1", reason="x"), frozenset({"east1"})),
    (on(c.RelayCommand, "child", "east1", to=c.Addressing()), frozenset({"east1"})),
    (on(c.ReportProgress, "child", "east1"), frozenset({"east1"})),
    (on(c.CompleteCommand, "child", "east1"), frozenset({"east1"})),
    (s.ReportSituation(kind=s.SituationKind.HAZARD), EVERYWHERE),  # at one's own unit
    (s.RaiseDistress(), EVERYWHERE),
    (s.AnswerDistress(distress="sos"), AT_EAST1),
    (s.CloseDistress(distress="sos", reason="x"), AT_EAST1 | {"patrol"}),
    (u.AddUnit(unit=unit("new", parent="east")), AT_EAST),
    (u.ChangeUnit(code="east", name="x", short="x", phone=""), AT_EAST),
    (u.MoveUnit(code="east1", parent="west"), AT_DISTRICT),
    (u.RetireUnit(code="east"), AT_EAST),
    (u.RestoreUnit(code="east"), AT_EAST),
    (u.SaveGroup(group=u.Group(id="g", name="g", units=[])), AT_DISTRICT),
    (u.DropGroup(group="riverside"), AT_DISTRICT),
    (p.OpenAccount(account="n", login="n", name="n", unit="east", post=Post.TOWN_DESK), AT_EAST),
    (p.ChangeAccount(account="east.desk", name="x", phone=""), AT_EAST),
    (p.AppointAccount(account="east.desk", unit="west", post=Post.TOWN_DESK), AT_DISTRICT),
    (p.CloseAccount(account="east.desk"), AT_EAST),
    (p.ReopenAccount(account="east.desk"), AT_EAST),
    (p.RequirePassword(account="east.desk"), AT_EAST),
    (p.RevokeSessions(account="east.desk"), AT_EAST),
    (pl.SavePlan(plan=plan()), AT_DISTRICT),
    (pl.RetirePlan(plan="flood"), AT_DISTRICT),
    (r.OpenConsultation(name="x", to=c.Addressing(units=["west"])), EVERYWHERE),  # resolved when decided
    (r.KnockAtConsultation(**ROOM), EVERYWHERE),
    (r.DeclineInvitation(consultation="room"), GUESTS),
    (r.JoinConsultation(**ROOM, device="x"), GUESTS),
    (r.LeaveConsultation(**ROOM, device="x"), GUESTS),
    (r.RaiseHand(**ROOM), GUESTS),
    (r.LowerHand(consultation="room"), GUESTS),
    (r.ReturnFloor(**ROOM), GUESTS),
    (r.ShareScreen(**ROOM), GUESTS),
    (r.StopSharing(**ROOM), GUESTS),
    (r.AnswerRollCall(consultation="room"), GUESTS),
    (r.Say(**ROOM, text="x"), GUESTS),
    (r.InviteToConsultation(consultation="room", to=c.Addressing(units=["east2"])), HOST),
    (r.CallAgain(consultation="room"), HOST),
    (r.AdmitKnock(knock="knock"), HOST),
    (r.RefuseKnock(knock="knock"), HOST),
    (r.EjectParticipant(**ROOM, account="water.desk"), HOST),
    (r.GrantFloor(**ROOM, account="water.desk"), HOST),
    (r.TakeFloorBack(**ROOM), HOST),
    (r.MuteParticipant(**ROOM, account="water.desk", muted=True), HOST),
    (r.HushConsultation(**ROOM, hushed=True), HOST),
    (r.AskToUnmute(**ROOM, account="water.desk"), HOST),
    (r.HideParticipant(**ROOM, account="water.desk", hidden=True), HOST),
    (r.SetSpotlight(**ROOM, participant=None), HOST),
    (r.SetLayout(**ROOM, layout=r.Layout.FOCUS), HOST),
    (r.BringCamera(**ROOM, camera="gate"), HOST),
    (r.RemoveCamera(**ROOM, camera="gate"), HOST),
    (r.StartRollCall(**ROOM, seconds=30), HOST),
    (r.EndRollCall(**ROOM), HOST),
    (r.StartRecording(**ROOM), HOST),
    (r.StopRecording(**ROOM), HOST),
    (r.HandOverModeration(**ROOM, unit="water"), HOST),
    (r.CloseConsultation(**ROOM), HOST),
    (r.RegisterCamera(camera=CAMERA, address="x"), AT_EAST1),
    (r.ChangeCamera(camera=CAMERA), AT_EAST1),
    (r.RetireCamera(camera="gate"), AT_EAST1),
    (b.SaveResources(resources=[BAGS]), AT_EAST1),
    (b.SaveResources(resources=[BAGS, PUMP]), AT_DISTRICT),
    (b.CountStock(counts=[b.Counted(resource="bags", quantity=1)]), AT_EAST1),
    (b.RetireResource(resource="pump1"), frozenset({"d", "water"})),
    (b.RequestResources(need=NEED), EVERYWHERE),  # for one's own unit
    (b.AmendRequest(request="need", need=NEED, version=1), AT_WEST1),
    (b.ApproveRequest(request="need"), AT_WEST1),
    (b.RefuseRequest(request="need", reason="x"), AT_WEST1),
    (b.WithdrawRequest(request="need", reason="x"), AT_WEST1),
    (b.CloseRequest(request="need"), AT_WEST1),
    (b.DraftOrders(request="need", consignments=SEND), AT_EAST1),
    (b.DispatchResources(request="need", consignments=SEND), AT_EAST1),
    (b.IssueOrders(orders=["draft.1"]), AT_EAST1),
    (b.DropDraft(order="draft.1"), AT_EAST1),
    (b.RecallOrder(**ORDER, reason="x"), AT_EAST1),
    (b.RedirectOrder(**ORDER, to=Destination(place="x")), AT_EAST1),
    (b.SplitOrder(**ORDER, lines=[b.LineWanted(resource="bags", quantity=1)]), AT_EAST1),
    (b.ExtendOrder(**ORDER, until=1), AT_EAST1),
    (b.RemindOrder(order="sent.1"), AT_EAST1),
    (b.CloseOrder(order="sent.1"), AT_EAST1),
    (b.SettleDiscrepancy(discrepancy="odd", settlement="x"), AT_EAST1),
    (b.AcknowledgeOrder(order="sent.1"), SENDS),
    (b.AcceptOrder(order="sent.1"), SENDS),
    (b.DeclineOrder(**ORDER, reason="x"), SENDS),
    (b.CommitOrder(order="sent.1"), SENDS),
    (b.EstimateOrder(**ORDER, step=DispatchStep.ARRIVED, at=1), SENDS),
    (b.ReportDeparture(order="sent.1"), SENDS),
    (b.ReportArrival(order="sent.1"), SENDS),
    (b.ReportReturn(order="sent.1"), SENDS),
    (b.HandOverResources(order="sent.1", handover=SIGNED), PARTIES),
    (b.ReportReturning(order="sent.1"), PARTIES),
    (b.ReportConsumed(order="sent.1"), PARTIES),
]


def answer(district: District, who: str | None, action: Action) -> Code | None:
    account = None if who is None else district.state.accounts[who]
    try:
        authorize(district.state, action, Ask(id="x", account=account, now=district.now))
    except Rejected as refusal:
        return refusal.code
    return None


ABSTRACT = (b.OnRequest, b.OnOrder, b.OrderAnswer, b.OrderReport)


def actions() -> set[type[Action]]:
    """Every concrete action there is."""
    found: set[type[Action]] = set()
    open_: list[type[Action]] = [Action]
    while open_:
        below = open_.pop().__subclasses__()
        open_ += below
        found.update(below)
    return {kind for kind in found if kind not in (c.OnDelivery, r.InConsultation, *ABSTRACT) and _ours(kind)}


def _ours(kind: type[Action]) -> bool:
    return kind.__module__.startswith(("server.", "rooms.", "resources."))


def test_every_action_has_a_row_in_the_matrix_and_a_rule() -> None:
    assert actions() == set(AUTHORITY) == set(DECIDE)


def test_every_row_names_posts_or_is_asked_by_the_house_alone() -> None:
    for action, (posts, reach) in AUTHORITY.items():
        assert (reach is Reach.HOUSE) == (not posts), action.__name__
        assert posts <= set(Post)


def test_every_post_can_be_held_somewhere_and_is_held_in_the_small_district() -> None:
    assert set(HELD_AT) == set(Post) == {post for _, post in PEOPLE.values()}


def test_every_action_with_a_place_is_tried() -> None:
    tried = {type(action) for action, _ in CASES}
    placed = {action for action, (_, reach) in AUTHORITY.items() if reach not in (Reach.HOUSE, Reach.SELF)}
    assert tried == placed


@pytest.mark.parametrize(("action", "near"), CASES, ids=lambda case: type(case).__name__)
def test_everybody_gets_the_answer_of_the_matrix(action: Action, near: frozenset[str]) -> None:
    district = scene()
    posts, _ = AUTHORITY[type(action)]
    for who, (at, post) in PEOPLE.items():
        if post not in posts:
            expected: Code | None = Code.NOT_ALLOWED
        else:
            expected = None if at in near else Code.OUT_OF_REACH
        assert answer(district, who, action) is expected, who
    assert answer(district, None, action) is Code.NOT_ALLOWED


HOUSE = [
    founding(),
    h.Lapse(),
    h.NoteWebhook(webhook="w", by="admin", change=h.WebhookChange.ADDED, url="https://a/"),
    p.JoinTeam(account="n", unit="boat", name="n", phone=""),
    r.LoseParticipant(**ROOM, account="water.desk", device="x"),
    r.RegainParticipant(**ROOM, account="water.desk", device="x"),
    r.KeepRecording(recording="x", sha256=None),
]


def test_everything_that_only_the_house_asks_is_tried() -> None:
    asked = {action for action, (_, reach) in AUTHORITY.items() if reach is Reach.HOUSE}
    assert {type(action) for action in HOUSE} == asked


@pytest.mark.parametrize("action", HOUSE, ids=lambda action: type(action).__name__)
def test_what_only_the_house_asks_is_refused_to_everybody(action: Action) -> None:
    district = scene()
    assert {answer(district, who, action) for who in PEOPLE} == {Code.NOT_ALLOWED}
    assert answer(district, None, action) is None


def test_a_password_is_noted_for_oneself_or_by_the_house() -> None:
    district = scene()
    note = p.NotePasswordChosen(account="east.desk")
    allowed = {who for who in PEOPLE if answer(district, who, note) is None}
    assert allowed == {"east.desk"}
    assert answer(district, None, note) is None


def test_who_must_choose_a_password_may_do_nothing_before_that() -> None:
    district = scene()
    district.ask("admin", p.RequirePassword(account="east1.desk"))
    for action, near in CASES:
        if Post.VILLAGE_DESK in AUTHORITY[type(action)][0] and "east1" in near:
            assert answer(district, "east1.desk", action) is Code.PASSWORD_DUE
    district.ask("east1.desk", p.NotePasswordChosen(account="east1.desk"))
    assert answer(district, "east1.desk", on(c.AcknowledgeCommand, "child", "east1")) is None


def test_a_closed_account_may_nothing() -> None:
    district = scene()
    district.ask("admin", p.CloseAccount(account="east.desk"))
    codes = {answer(district, "east.desk", action) for action, _ in CASES}
    assert codes == {Code.SESSION_REVOKED}


def test_what_does_not_exist_is_refused_with_its_own_code() -> None:
    district = scene()
    unknown: list[tuple[str, Action, Code]] = [
        ("commander", m.StandDown(activation="never", reason="x"), Code.UNKNOWN_ACTIVATION),
        ("commander", m.ConfirmEmergency(proposal="never"), Code.UNKNOWN_ACTIVATION),
        ("commander", m.ChangeIncident(incident="never", facts=FLOOD), Code.UNKNOWN_INCIDENT),
        ("commander", c.CloseCommand(command="never"), Code.UNKNOWN_COMMAND),
        ("commander", on(c.RemindDelivery, "order", "west"), Code.UNKNOWN_COMMAND),
        ("east1.desk", on(c.AcceptCommand, "never", "east1"), Code.UNKNOWN_COMMAND),
        ("commander", s.AnswerDistress(distress="never"), Code.UNKNOWN_SIGNAL),
        ("admin", p.CloseAccount(account="never"), Code.UNKNOWN_ACCOUNT),
        ("admin", u.ChangeUnit(code="never", name="x", short="x", phone=""), Code.OUT_OF_REACH),
        ("admin", pl.RetirePlan(plan="never"), Code.UNKNOWN_PLAN),
        ("commander", r.CloseConsultation(consultation="never"), Code.UNKNOWN_CONSULTATION),
        ("commander", r.AdmitKnock(knock="never"), Code.UNKNOWN_KNOCK),
        ("admin", r.RetireCamera(camera="never"), Code.UNKNOWN_CAMERA),
    ]
    for who, action, code in unknown:
        assert district.refused(who, action) is code
