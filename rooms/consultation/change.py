"""What an event makes of one consultation. In place; never refuses; what is not there is left alone."""

from collections.abc import Callable
from typing import Any

from rooms.consultation import events as e
from rooms.consultation.state import CHAT_KEPT, Consultation, Invitation, Ringing
from server.domain.message import Event


def _add(accounts: list[str], account: str) -> None:
    if account not in accounts:
        accounts.append(account)


def _drop(accounts: list[str], account: str) -> None:
    if account in accounts:
        accounts.remove(account)


def _unit_state(room: Consultation, unit: str) -> None:
    """An invited unit is there while somebody of it is."""
    invitation = room.invited.get(unit)
    if invitation is None:
        return
    if any(person.unit == unit for person in room.participants.values()):
        invitation.state = Ringing.JOINED
    elif invitation.state is Ringing.JOINED:
        invitation.state = Ringing.LEFT


def _silence(room: Consultation, account: str) -> None:
    """They hold nothing any more: no floor, no hand, no share."""
    _drop(room.hands, account)
    room.hands_at.pop(account, None)
    if room.floor == account:
        room.floor = None
    if room.sharing == account:
        room.sharing = None


def _gone(room: Consultation, account: str, at: int) -> None:
    person = room.participants.pop(account, None)
    _silence(room, account)
    _drop(room.released, account)
    if room.spotlight == account:
        room.spotlight = None
    if person is not None:
        _unit_state(room, person.unit)
    if not room.participants and room.empty_since is None:
        room.empty_since = at


def _invited(room: Consultation, event: e.UnitsInvited, at: int) -> None:
    for invitation in event.invitations:
        room.invited[invitation.unit] = invitation
        _unit_state(room, invitation.unit)


def _called(room: Consultation, event: e.UnitsCalled, at: int) -> None:
    for unit in event.units:
        if invitation := room.invited.get(unit):
            invitation.state, invitation.rung_at, invitation.reason = Ringing.RINGING, at, ""


def _missed(room: Consultation, event: e.InvitationsMissed, at: int) -> None:
    for unit in event.units:
        if invitation := room.invited.get(unit):
            invitation.state = Ringing.ABSENT


def _declined(room: Consultation, event: e.InvitationDeclined, at: int) -> None:
    if invitation := room.invited.get(event.unit):
        invitation.state, invitation.reason = Ringing.DECLINED, event.reason


def _joined(room: Consultation, event: e.ParticipantJoined, at: int) -> None:
    room.participants[event.participant.account] = event.participant
    room.empty_since = None
    _unit_state(room, event.participant.unit)


def _left(room: Consultation, event: e.ParticipantLeft, at: int) -> None:
    _gone(room, event.account, at)


def _lost(room: Consultation, event: e.ParticipantLost, at: int) -> None:
    if person := room.participants.get(event.account):
        person.lost_at = at
        if room.floor == event.account:
            room.floor = None
        if room.sharing == event.account:
            room.sharing = None


def _regained(room: Consultation, event: e.ParticipantRegained, at: int) -> None:
    if person := room.participants.get(event.account):
        person.lost_at = None


def _ejected(room: Consultation, event: e.ParticipantEjected, at: int) -> None:
    _gone(room, event.account, at)
    _drop(room.admitted, event.account)
    _add(room.ejected, event.account)


def _lifted(room: Consultation, event: e.EjectionsLifted, at: int) -> None:
    for account in event.accounts:
        _drop(room.ejected, account)


def _admitted(room: Consultation, event: e.KnockAdmitted, at: int) -> None:
    _add(room.admitted, event.account)


def _hand_raised(room: Consultation, event: e.HandRaised, at: int) -> None:
    _add(room.hands, event.account)
    room.hands_at.setdefault(event.account, at)


def _hand_lowered(room: Consultation, event: e.HandLowered, at: int) -> None:
    _drop(room.hands, event.account)
    room.hands_at.pop(event.account, None)


def _granted(room: Consultation, event: e.FloorGranted, at: int) -> None:
    """Whoever has the floor is not muted and does not wait for it."""
    room.floor = event.account
    _drop(room.hands, event.account)
    room.hands_at.pop(event.account, None)
    _drop(room.muted, event.account)


def _returned(room: Consultation, event: e.FloorReturned, at: int) -> None:
    if room.floor == event.account:
        room.floor = None


def _muted(room: Consultation, event: e.ParticipantMuted, at: int) -> None:
    if event.muted:
        _add(room.muted, event.account)
        _drop(room.released, event.account)
        if person := room.participants.get(event.account):
            person.asked_at = None
    else:
        _heard(room, event.account)


def _heard(room: Consultation, account: str) -> None:
    _drop(room.muted, account)
    if room.hushed:
        _add(room.released, account)


def _hushed(room: Consultation, event: e.ConsultationHushed, at: int) -> None:
    room.hushed = event.hushed
    room.released.clear()
    for person in room.participants.values():
        person.asked_at = None


def _asked(room: Consultation, event: e.UnmuteAsked, at: int) -> None:
    _heard(room, event.account)
    if person := room.participants.get(event.account):
        person.asked_at = at


def _hidden(room: Consultation, event: e.ParticipantHidden, at: int) -> None:
    (_add if event.hidden else _drop)(room.hidden, event.account)


def _shared(room: Consultation, event: e.ScreenShared, at: int) -> None:
    room.sharing = event.account


def _sharing_stopped(room: Consultation, event: e.SharingStopped, at: int) -> None:
    if room.sharing == event.account:
        room.sharing = None


def _spotlight(room: Consultation, event: e.SpotlightSet, at: int) -> None:
    room.spotlight = event.participant


def _layout(room: Consultation, event: e.LayoutSet, at: int) -> None:
    room.layout = event.layout


def _camera_brought(room: Consultation, event: e.CameraBrought, at: int) -> None:
    room.cameras[event.camera] = event.name


def _camera_removed(room: Consultation, event: e.CameraRemoved, at: int) -> None:
    room.cameras.pop(event.camera, None)
    if room.spotlight == f"cam:{event.camera}":
        room.spotlight = None


def _roll_called(room: Consultation, event: e.RollCallStarted, at: int) -> None:
    room.roll_call = event.roll_call


def _roll_answered(room: Consultation, event: e.RollCallAnswered, at: int) -> None:
    if room.roll_call is not None:
        room.roll_call.answered.setdefault(event.unit, event.answer)


def _roll_ended(room: Consultation, event: e.RollCallEnded, at: int) -> None:
    if room.roll_call is not None and room.roll_call.id == event.roll_call:
        room.roll_call.ended_at = at


def _recording(room: Consultation, event: e.RecordingStarted, at: int) -> None:
    room.recording = event.recording


def _recording_stopped(room: Consultation, event: e.RecordingStopped, at: int) -> None:
    room.recording = None


def _said(room: Consultation, event: e.Said, at: int) -> None:
    room.chat = [*room.chat[-(CHAT_KEPT - 1) :], event.line]


def _handed_over(room: Consultation, event: e.ModerationHandedOver, at: int) -> None:
    """The host of before stays invited, so that it goes on seeing the room."""
    room.host = event.unit
    room.invited.pop(event.unit, None)
    room.invited[event.before] = Invitation(unit=event.before, posts=[], state=Ringing.LEFT, rung_at=at)
    _unit_state(room, event.before)


CHANGE: dict[type[Event], Callable[[Consultation, Any, int], None]] = {
    e.UnitsInvited: _invited,
    e.UnitsCalled: _called,
    e.InvitationsMissed: _missed,
    e.InvitationDeclined: _declined,
    e.ParticipantJoined: _joined,
    e.ParticipantLeft: _left,
    e.ParticipantLost: _lost,
    e.ParticipantRegained: _regained,
    e.ParticipantEjected: _ejected,
    e.EjectionsLifted: _lifted,
    e.KnockAdmitted: _admitted,
    e.HandRaised: _hand_raised,
    e.HandLowered: _hand_lowered,
    e.FloorGranted: _granted,
    e.FloorReturned: _returned,
    e.ParticipantMuted: _muted,
    e.ConsultationHushed: _hushed,
    e.UnmuteAsked: _asked,
    e.ParticipantHidden: _hidden,
    e.ScreenShared: _shared,
    e.SharingStopped: _sharing_stopped,
    e.SpotlightSet: _spotlight,
    e.LayoutSet: _layout,
    e.CameraBrought: _camera_brought,
    e.CameraRemoved: _camera_removed,
    e.RollCallStarted: _roll_called,
    e.RollCallAnswered: _roll_answered,
    e.RollCallEnded: _roll_ended,
    e.RecordingStarted: _recording,
    e.RecordingStopped: _recording_stopped,
    e.Said: _said,
    e.ModerationHandedOver: _handed_over,
}
