"""Every standing in a consultation × every action is answered: with events, "already so", or a code."""

import pytest

from rooms import consultation as r
from server.domain import command as c
from server.domain.message import Action
from server.domain.refusal import Rejected
from tests.world.builders import District
from tests.world.test_consultation import ON, join, opened

# a moderator and a guest in the room, somebody invited who is away, who was ejected, who is not invited
WHO = {
    "moderator": "commander",
    "guest": "east1.desk",
    "away": "water.desk",
    "ejected": "east1.second",
    "stranger": "west.desk",
}
# yes: events; same: already so, nothing is journalled; else the code of the refusal
ANSWERS = """
                       moderator     guest         away          ejected       stranger
InviteToConsultation   yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
CallAgain              yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
DeclineInvitation      not_invited   same          yes           ejected       out_of_reach
JoinConsultation       same          same          yes           ejected       out_of_reach
LeaveConsultation      yes           yes           same          ejected       out_of_reach
KnockAtConsultation    same          same          same          yes           yes
AdmitKnock             yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
RefuseKnock            yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
EjectParticipant       yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
RaiseHand              yes           yes           not_in_room   ejected       out_of_reach
LowerHand              same          same          same          ejected       out_of_reach
GrantFloor             yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
ReturnFloor            same          same          same          ejected       out_of_reach
TakeFloorBack          yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
MuteParticipant        yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
HushConsultation       yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
AskToUnmute            yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
HideParticipant        yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
ShareScreen            yes           yes           not_in_room   ejected       out_of_reach
StopSharing            same          same          same          ejected       out_of_reach
SetSpotlight           yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
SetLayout              yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
BringCamera            yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
RemoveCamera           same          out_of_reach  out_of_reach  out_of_reach  out_of_reach
StartRollCall          wrong_step    out_of_reach  out_of_reach  out_of_reach  out_of_reach
AnswerRollCall         wrong_step    yes           not_in_room   ejected       out_of_reach
EndRollCall            yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
StartRecording         yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
StopRecording          same          out_of_reach  out_of_reach  out_of_reach  out_of_reach
Say                    yes           yes           yes           ejected       out_of_reach
HandOverModeration     yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
CloseConsultation      yes           out_of_reach  out_of_reach  out_of_reach  out_of_reach
"""


def meeting() -> District:
    """A guest has raised a hand and another the floor; a roll call runs; a stranger's neighbour knocks."""
    district = opened("east", "east1", "water")
    camera = r.Camera(id="gate", name="Gate", owner="east1", kind=r.CameraKind.FILE)
    district.ask("admin", r.RegisterCamera(camera=camera, address="x"))
    join(district, "commander", "deputy", "east.desk", "east1.desk", "east1.second")
    district.ask("commander", r.EjectParticipant(**ON, account="east1.second"))
    district.ask("commander", r.GrantFloor(**ON, account="east.desk"))
    district.ask("commander", r.StartRollCall(**ON, seconds=60))
    district.ask("safety.desk", r.KnockAtConsultation(**ON), id="knock")
    return district


ASKED: dict[str, Action] = {
    "InviteToConsultation": r.InviteToConsultation(consultation="room", to=c.Addressing(units=["west1"])),
    "CallAgain": r.CallAgain(consultation="room"),
    "DeclineInvitation": r.DeclineInvitation(consultation="room"),
    "JoinConsultation": r.JoinConsultation(**ON, device="desk"),
    "LeaveConsultation": r.LeaveConsultation(**ON, device="desk"),
    "KnockAtConsultation": r.KnockAtConsultation(**ON),
    "AdmitKnock": r.AdmitKnock(knock="knock"),
    "RefuseKnock": r.RefuseKnock(knock="knock"),
    "EjectParticipant": r.EjectParticipant(**ON, account="east.desk"),
    "RaiseHand": r.RaiseHand(**ON),
    "LowerHand": r.LowerHand(consultation="room"),
    "GrantFloor": r.GrantFloor(**ON, account="east1.desk"),
    "ReturnFloor": r.ReturnFloor(**ON),
    "TakeFloorBack": r.TakeFloorBack(**ON),
    "MuteParticipant": r.MuteParticipant(**ON, account="east.desk", muted=True),
    "HushConsultation": r.HushConsultation(**ON, hushed=True),
    "AskToUnmute": r.AskToUnmute(**ON, account="east.desk"),
    "HideParticipant": r.HideParticipant(**ON, account="east.desk", hidden=True),
    "ShareScreen": r.ShareScreen(**ON),
    "StopSharing": r.StopSharing(**ON),
    "SetSpotlight": r.SetSpotlight(**ON, participant="east.desk"),
    "SetLayout": r.SetLayout(**ON, layout=r.Layout.FOCUS),
    "BringCamera": r.BringCamera(**ON, camera="gate"),
    "RemoveCamera": r.RemoveCamera(**ON, camera="gate"),
    "StartRollCall": r.StartRollCall(**ON, seconds=30),
    "AnswerRollCall": r.AnswerRollCall(consultation="room"),
    "EndRollCall": r.EndRollCall(**ON),
    "StartRecording": r.StartRecording(**ON),
    "StopRecording": r.StopRecording(**ON),
    "Say": r.Say(**ON, text="Water"),
    "HandOverModeration": r.HandOverModeration(**ON, unit="water"),
    "CloseConsultation": r.CloseConsultation(**ON),
}


def answer(district: District, who: str, action: Action) -> str:
    try:
        _, events = district.decide(who, action)
    except Rejected as refusal:
        return refusal.code.value
    return "yes" if events else "same"


def answers() -> list[tuple[str, str, str]]:
    head, *rows = (line.split() for line in ANSWERS.strip().splitlines())
    return [(row[0], who, said) for row in rows for who, said in zip(head, row[1:], strict=True)]


@pytest.mark.parametrize(("name", "who", "said"), answers())
def test_a_room_answers_everybody(name: str, who: str, said: str) -> None:
    assert answer(meeting(), WHO[who], ASKED[name]) == said


def test_every_action_in_a_consultation_is_in_the_table_of_answers() -> None:
    asked = {kind.__name__ for kind in r.InConsultation.__subclasses__()}
    house = {"LoseParticipant", "RegainParticipant"}
    assert {name for name, _, _ in answers()} == set(ASKED) == (asked - house) | {"AdmitKnock", "RefuseKnock"}


@pytest.mark.parametrize("name", ASKED)
def test_a_closed_consultation_is_unknown_to_everybody(name: str) -> None:
    district = meeting()
    district.ask("commander", r.CloseConsultation(**ON))
    codes = {answer(district, who, ASKED[name]) for who in WHO.values()}
    assert codes <= {"unknown_consultation", "unknown_knock"}
