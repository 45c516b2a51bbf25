"""The golden scenario of consultations: a room from its opening by the switch to its end; one stays open."""

import msgspec

from rooms import consultation as r
from server.domain import command as c
from server.domain import house as h
from server.domain import message as msg
from server.domain import mode as m
from tests.world.builders import DAY, District

WEBHOOK = h.NoteWebhook(
    webhook="w1", by="admin", change=h.WebhookChange.ADDED, url="https://city.example/told"
)
GATE = r.Camera(
    id="gate",
    name="Gate",
    owner="east",
    kind=r.CameraKind.RTSP,
    position=msg.Position(lon=121.34, lat=30.74, accuracy=8.5),
)


class Meeting:
    """One room of the district; every step takes a second."""

    def __init__(self, district: District, room: str) -> None:
        self.district = district
        self.on = {"consultation": room}
        self.room = room

    def ask(self, who: str | None, action: msg.Action, seconds: int = 1) -> str:
        """The id of what was asked."""
        self.district.now += seconds * 1000
        self.district.ask(who, action)
        return f"a{self.district.asked}"

    def join(self, who: str, device: str = "desk") -> None:
        self.ask(who, r.JoinConsultation(**self.on, device=device))

    def invite(self, *units: str) -> None:
        to = c.Addressing(units=list(units))
        self.ask("commander", r.InviteToConsultation(consultation=self.room, to=to))

    def knock(self, who: str) -> str:
        return self.ask(who, r.KnockAtConsultation(**self.on))


def consultation(district: District) -> None:
    """Everything that can happen to a consultation, and cameras; in the end one room is open."""
    district.ask("admin", r.RegisterCamera(camera=GATE, address="rtsp://admin:secret@10.0.0.1/1"))
    activation = district.declare(plan="flood")
    meeting = Meeting(district, f"{activation}.r1")
    _they_come(meeting)
    _they_speak(meeting)
    _they_show(meeting)
    recording = _they_are_called(meeting)
    _they_go(meeting)
    meeting.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    homes = {f"{activation}.1": "d", f"{activation}.2": "d"}
    meeting.ask("commander", m.ResumeRoutine(activation=activation, hand_over=homes))
    kept = r.KeepRecording(recording=recording, sha256="0" * 64, duration_ms=9000, bytes=1 << 20)
    meeting.ask(None, kept)
    better = msgspec.structs.replace(GATE, name="Sluice")
    meeting.ask("admin", r.ChangeCamera(camera=better, address="rtsp://10.0.0.2/1"))
    meeting.ask("admin", r.RetireCamera(camera="gate"))
    meeting.ask(None, WEBHOOK)
    district.wait(r.RECORDING_SHOWN_MS / 1000 + DAY)
    to = c.Addressing(units=["east1", "water"])
    other = Meeting(district, meeting.ask("commander", r.OpenConsultation(name="Who owns the wire", to=to)))
    other.join("east1.desk")
    other.ask("east1.desk", r.Say(**other.on, text="It hangs over the lane"))
    other.ask("commander", r.StartRecording(**other.on))


def _they_come(meeting: Meeting) -> None:
    meeting.invite("east1", "water")
    for who in ("commander", "east.commander", "east1.desk", "water.desk"):
        meeting.join(who)
    meeting.join("east1.desk", "phone")
    meeting.invite("safety", "west")
    meeting.ask("west.desk", r.DeclineInvitation(consultation=meeting.room, reason="No camera"))
    meeting.district.wait(61)
    meeting.ask("commander", r.CallAgain(consultation=meeting.room))
    meeting.ask("commander", r.RefuseKnock(knock=meeting.knock("patrol.chief")))
    meeting.ask("commander", r.AdmitKnock(knock=meeting.knock("patrol.chief")))
    meeting.join("patrol.chief", "phone")


def _they_speak(meeting: Meeting) -> None:
    on = meeting.on
    meeting.ask("east1.desk", r.RaiseHand(**on))
    meeting.ask("water.desk", r.RaiseHand(**on))
    meeting.ask("commander", r.LowerHand(consultation=meeting.room, account="water.desk"))
    meeting.ask("commander", r.GrantFloor(**on, account="east1.desk"))
    meeting.ask("commander", r.HushConsultation(**on, hushed=True))
    meeting.ask("commander", r.MuteParticipant(**on, account="east1.desk", muted=True))
    meeting.ask("commander", r.MuteParticipant(**on, account="water.desk", muted=False))
    meeting.ask("commander", r.AskToUnmute(**on, account="east1.desk"))
    meeting.ask("commander", r.HideParticipant(**on, account="water.desk", hidden=True))
    meeting.ask("commander", r.HideParticipant(**on, account="water.desk", hidden=False))


def _they_show(meeting: Meeting) -> None:
    on = meeting.on
    meeting.ask("water.desk", r.ShareScreen(**on))
    meeting.ask("commander", r.StopSharing(**on))
    meeting.ask("commander", r.BringCamera(**on, camera="gate"))
    meeting.ask("commander", r.SetSpotlight(**on, participant="cam:gate"))
    meeting.ask("commander", r.RemoveCamera(**on, camera="gate"))
    meeting.ask("commander", r.SetLayout(**on, layout=r.Layout.FOCUS))


def _they_are_called(meeting: Meeting) -> str:
    """A roll call with an answer in time, a late one and none, while it is recorded; the recording's id."""
    on = meeting.on
    recording = meeting.ask("commander", r.StartRecording(**on))
    meeting.ask("commander", r.StartRollCall(**on, seconds=20))
    meeting.ask("east1.desk", r.AnswerRollCall(consultation=meeting.room, picture=True), seconds=3)
    meeting.district.wait(20)
    meeting.ask("water.desk", r.AnswerRollCall(consultation=meeting.room))
    for number in range(3):
        meeting.ask("east1.desk", r.Say(**on, text=f"Water at {number} m"))
    return recording


def _they_go(meeting: Meeting) -> None:
    on = meeting.on
    for lost, device in (("east1.desk", "phone"), ("water.desk", "desk")):
        meeting.ask(None, r.LoseParticipant(**on, account=lost, device=device))
    meeting.ask(None, r.RegainParticipant(**on, account="east1.desk", device="phone"))
    meeting.district.wait(301)
    meeting.ask("commander", r.ShareScreen(**on))
    meeting.ask("east.commander", r.LeaveConsultation(**on, device="desk"))
    meeting.ask("commander", r.HushConsultation(**on, hushed=False))
    meeting.join("water.desk")
    meeting.ask("commander", r.EjectParticipant(**on, account="water.desk"))
    meeting.ask("commander", r.AdmitKnock(knock=meeting.knock("water.desk")))
    knock = meeting.knock("boat.chief")
    meeting.invite("west1")
    meeting.ask("commander", r.HandOverModeration(**on, unit="east"))
    dropped = next(k for k in meeting.district.state.knocks.values() if k.account == "boat.chief")
    assert dropped.id == knock
    meeting.ask("east.commander", r.AdmitKnock(knock=knock))
