"""What can happen to consultations and cameras."""

from rooms.consultation.state import (
    Answer,
    Camera,
    CameraId,
    ChatLine,
    Consultation,
    Door,
    Invitation,
    Kept,
    Knock,
    Layout,
    Participant,
    Recording,
    RecordingFile,
    RollCall,
)
from server.domain.message import AccountId, Event, Id, Line, Name, Sha256, UnitCode


class ConsultationOpened(Event):
    consultation: Consultation


class DoorOpened(Event):
    """Told to every desk; again when another unit is the host."""

    door: Door


class DoorClosed(Event):
    consultation: Id


class ConsultationShown(Event):
    """The whole of it, for those who come to see it later; setting it twice changes nothing."""

    consultation: Consultation
    units: list[UnitCode]
    accounts: list[AccountId]


class OfConsultation(Event):
    """What changes one consultation."""

    consultation: Id


class UnitsInvited(OfConsultation):
    invitations: list[Invitation]
    by: Name


class UnitsCalled(OfConsultation):
    """They ring again."""

    units: list[UnitCode]
    by: Name


class InvitationsMissed(OfConsultation):
    """They rang, and nobody answered."""

    units: list[UnitCode]


class InvitationDeclined(OfConsultation):
    unit: UnitCode
    account: AccountId
    name: Name
    reason: Line


class ParticipantJoined(OfConsultation):
    """Also with another device, which replaces the earlier one."""

    participant: Participant


class ParticipantLeft(OfConsultation):
    account: AccountId
    unit: UnitCode
    name: Name
    lost: bool  # the network did not come back


class ParticipantLost(OfConsultation):
    account: AccountId


class ParticipantRegained(OfConsultation):
    account: AccountId


class ParticipantEjected(OfConsultation):
    account: AccountId
    unit: UnitCode
    name: Name
    by: Name


class EjectionsLifted(OfConsultation):
    """They may come back: admitted anew, or their unit is invited."""

    accounts: list[AccountId]


class Knocked(Event):
    knock: Knock


class KnockDropped(Event):
    """It leaves the lobby: another unit is the host now, who hears it anew."""

    knock: Id
    host: UnitCode
    account: AccountId


class KnockAdmitted(OfConsultation):
    knock: Id
    account: AccountId
    unit: UnitCode
    name: Name
    by: Name


class KnockRefused(OfConsultation):
    knock: Id
    account: AccountId
    unit: UnitCode
    name: Name
    by: Name


class HandRaised(OfConsultation):
    account: AccountId


class HandLowered(OfConsultation):
    account: AccountId


class FloorGranted(OfConsultation):
    account: AccountId
    unit: UnitCode
    name: Name
    by: Name


class FloorReturned(OfConsultation):
    """`by` is empty when the holder gave it back, or was lost."""

    account: AccountId
    by: Line


class ParticipantMuted(OfConsultation):
    """Unmuted in a hushed room: released."""

    account: AccountId
    muted: bool
    by: Name


class ConsultationHushed(OfConsultation):
    hushed: bool
    by: Name


class UnmuteAsked(OfConsultation):
    account: AccountId
    by: Name


class ParticipantHidden(OfConsultation):
    account: AccountId
    hidden: bool
    by: Name


class ScreenShared(OfConsultation):
    account: AccountId


class SharingStopped(OfConsultation):
    account: AccountId


class SpotlightSet(OfConsultation):
    participant: AccountId | None


class LayoutSet(OfConsultation):
    layout: Layout


class CameraBrought(OfConsultation):
    camera: CameraId
    name: Name
    by: Name


class CameraRemoved(OfConsultation):
    camera: CameraId


class RollCallStarted(OfConsultation):
    roll_call: RollCall


class RollCallAnswered(OfConsultation):
    unit: UnitCode
    answer: Answer


class RollCallEnded(OfConsultation):
    """The result, for the journal: who answered after how many milliseconds, and who has not."""

    roll_call: Id
    name: Name  # the consultation's
    activation: Id | None
    answered: dict[UnitCode, int]
    absent: list[UnitCode]
    by: Line  # empty: its time was over


class RecordingStarted(OfConsultation):
    recording: Recording


class RecordingStopped(OfConsultation):
    recording: Id


class RecordingListed(Event):
    """A recording has ended and its file is being made."""

    recording: RecordingFile


class RecordingKept(Event):
    recording: Id
    consultation: Id
    activation: Id | None
    name: Name  # the consultation's
    state: Kept
    sha256: Sha256 | None
    duration_ms: int
    bytes: int


class RecordingArchived(Event):
    """Leaves the live world; stays in the journal and the history."""

    recording: Id


class Said(OfConsultation):
    line: ChatLine


class ModerationHandedOver(OfConsultation):
    unit: UnitCode
    before: UnitCode
    by: Name


class ConsultationClosed(OfConsultation):
    """`by` is empty when nobody had been in it for long."""

    name: Name
    activation: Id | None
    by: Line
    came: list[UnitCode]
    absent: list[UnitCode]


class CameraRegistered(Event):
    camera: Camera


class CameraAddressed(Event):
    camera: CameraId
    address: str


class CameraChanged(Event):
    camera: Camera


class CameraRetired(Event):
    camera: CameraId
