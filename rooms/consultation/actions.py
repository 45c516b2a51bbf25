"""What can be asked about consultations and cameras."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rooms.consultation.state import Camera, CameraId, Layout, Words
from server.domain.command import Addressing
from server.domain.message import AccountId, Action, Count, Id, Line, Name, Sha256, UnitCode
from server.domain.people import Post

Address = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]*\Z")]
RollCallSeconds = Annotated[int, Meta(ge=5, le=3600)]


class OpenConsultation(Action):
    """The consultation gets the action's id; its host is the caller's unit."""

    name: Name
    to: Addressing
    posts: list[Post] = msgspec.field(default_factory=list)  # of the invited units; empty: whoever is there
    activation: Id | None = None  # None: that of the emergency the caller's unit is in, if any


class InConsultation(Action):
    """What is done in one consultation."""

    consultation: Id


# ── coming in ─────────────────────────────────────────────────────────────────────────────────────


class InviteToConsultation(InConsultation):
    to: Addressing
    posts: list[Post] = msgspec.field(default_factory=list)


class CallAgain(InConsultation):
    """Ring once more at those who have not come."""

    units: list[UnitCode] = msgspec.field(default_factory=list)  # empty: all of them


class DeclineInvitation(InConsultation):
    reason: Line = ""


class JoinConsultation(InConsultation):
    """From this device; one that the account had in the room is replaced."""

    device: Id


class LeaveConsultation(InConsultation):
    """Says nothing when another device has taken the place meanwhile."""

    device: Id


class KnockAtConsultation(InConsultation):
    """Ask to be let in; the knock gets the action's id."""


class AdmitKnock(Action):
    knock: Id


class RefuseKnock(Action):
    knock: Id


class EjectParticipant(InConsultation):
    account: AccountId


# ── speaking ──────────────────────────────────────────────────────────────────────────────────────


class RaiseHand(InConsultation):
    pass


class LowerHand(InConsultation):
    account: AccountId | None = None  # None: one's own; a moderator lowers others'


class GrantFloor(InConsultation):
    """To somebody in the room; who held it before loses it: this is also how it is passed on."""

    account: AccountId


class ReturnFloor(InConsultation):
    """By who holds it."""


class TakeFloorBack(InConsultation):
    """By a moderator."""


class MuteParticipant(InConsultation):
    """Unmuting somebody while the room is hushed releases them."""

    account: AccountId
    muted: bool


class HushConsultation(InConsultation):
    """Mute all: only the floor, the moderators and the released are heard."""

    hushed: bool


class AskToUnmute(InConsultation):
    """Lets somebody speak, and asks them to switch their microphone on."""

    account: AccountId


class HideParticipant(InConsultation):
    """Switch somebody's camera off, or let it be seen again."""

    account: AccountId
    hidden: bool


# ── showing ───────────────────────────────────────────────────────────────────────────────────────


class ShareScreen(InConsultation):
    """One at a time; a moderator takes over."""


class StopSharing(InConsultation):
    """One's own; a moderator stops anybody's."""


class SetSpotlight(InConsultation):
    participant: AccountId | None  # an account in the room, or "cam:<camera>"; None: nobody


class SetLayout(InConsultation):
    layout: Layout


class BringCamera(InConsultation):
    camera: CameraId


class RemoveCamera(InConsultation):
    camera: CameraId


# ── roll call, recording, chat, the room itself ───────────────────────────────────────────────────


class StartRollCall(InConsultation):
    """The roll call gets the action's id."""

    seconds: RollCallSeconds


class AnswerRollCall(InConsultation):
    """For one's unit; `picture`: the camera was on."""

    picture: bool = False


class EndRollCall(InConsultation):
    """Before its time."""


class StartRecording(InConsultation):
    """The recording gets the action's id."""


class StopRecording(InConsultation):
    pass


class Say(InConsultation):
    text: Words


class HandOverModeration(InConsultation):
    """To the desk of another unit."""

    unit: UnitCode


class CloseConsultation(InConsultation):
    pass


# ── cameras ───────────────────────────────────────────────────────────────────────────────────────


class RegisterCamera(Action):
    camera: Camera
    address: Address


class ChangeCamera(Action):
    camera: Camera
    address: Address | None = None  # None: as it was


class RetireCamera(Action):
    camera: CameraId


# ── what the house notes ──────────────────────────────────────────────────────────────────────────


class LoseParticipant(InConsultation):
    """The media of a participant's device has died."""

    account: AccountId
    device: Id


class RegainParticipant(InConsultation):
    """It flows again."""

    account: AccountId
    device: Id


class KeepRecording(Action):
    """The file of a stopped recording is stored. Without a hash: it is lost."""

    recording: Id
    sha256: Sha256 | None
    duration_ms: Count = 0
    bytes: Annotated[int, Meta(ge=0, le=1 << 50)] = 0
