"""Deciding who is heard and seen in a consultation: hands, floor, mute, hush, screen, spotlight, cameras."""

from collections.abc import Callable
from typing import Any

from rooms import consultation as r
from rooms.consultation.policy import CAMERA_PREFIX
from rooms.consultation.rights import may_speak, may_watch, moderates
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.world.ask import Ask
from server.world.lookup import camera_of, consultation_of, participant_of
from server.world.world import World

CAMERAS_AT_MOST = 24  # in one consultation


def _raise_hand(world: World, action: r.RaiseHand, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    participant_of(room, who.id)
    if who.id in room.hands or room.floor == who.id:
        return []
    return [r.HandRaised(consultation=room.id, account=who.id)]


def _lower_hand(world: World, action: r.LowerHand, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    account = action.account or who.id
    if account != who.id and not moderates(room, who):
        raise Rejected(Code.NOT_ALLOWED, account=account)
    return [r.HandLowered(consultation=room.id, account=account)] if account in room.hands else []


def _grant(world: World, action: r.GrantFloor, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    person = participant_of(room, action.account)
    if person.lost_at is not None:
        raise Rejected(Code.NOT_IN_ROOM, account=person.account)
    if room.floor == person.account:
        return []
    return [
        r.FloorGranted(
            consultation=room.id,
            account=person.account,
            unit=person.unit,
            name=person.name,
            by=ask.who.name,
        )
    ]


def _return(world: World, action: r.ReturnFloor, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if room.floor != ask.who.id:
        return []
    return [r.FloorReturned(consultation=room.id, account=ask.who.id, by="")]


def _take_back(world: World, action: r.TakeFloorBack, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if room.floor is None:
        return []
    return [r.FloorReturned(consultation=room.id, account=room.floor, by=ask.who.name)]


def _mute(world: World, action: r.MuteParticipant, ask: Ask) -> list[Event]:
    room, account, by = consultation_of(world.state, action.consultation), action.account, ask.who.name
    if not action.muted:
        if account not in room.muted:
            participant_of(room, account)
            if not room.hushed or account in room.released:
                return []
        return [r.ParticipantMuted(consultation=room.id, account=account, muted=False, by=by)]
    if account in room.muted:
        return []
    participant_of(room, account)
    events: list[Event] = [r.ParticipantMuted(consultation=room.id, account=account, muted=True, by=by)]
    if room.floor == account:
        events.append(r.FloorReturned(consultation=room.id, account=account, by=by))
    return events


def _hush(world: World, action: r.HushConsultation, ask: Ask) -> list[Event]:
    """Hushing again silences those who were released."""
    room = consultation_of(world.state, action.consultation)
    if room.hushed == action.hushed and not room.released:
        return []
    return [r.ConsultationHushed(consultation=room.id, hushed=action.hushed, by=ask.who.name)]


def _ask_to_unmute(world: World, action: r.AskToUnmute, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    person = participant_of(room, action.account)
    return [r.UnmuteAsked(consultation=room.id, account=person.account, by=ask.who.name)]


def _hide(world: World, action: r.HideParticipant, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if (action.account in room.hidden) == action.hidden:
        return []
    if action.hidden:
        participant_of(room, action.account)
    return [
        r.ParticipantHidden(
            consultation=room.id, account=action.account, hidden=action.hidden, by=ask.who.name
        )
    ]


def _share(world: World, action: r.ShareScreen, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    participant_of(room, who.id)
    moderator = moderates(room, who)
    if room.sharing == who.id:
        return []
    if room.sharing is not None and not moderator:
        raise Rejected(Code.SCREEN_TAKEN, account=room.sharing)
    if room.hushed and not may_speak(room, who.id, moderator):
        raise Rejected(Code.HUSHED)
    return [r.ScreenShared(consultation=room.id, account=who.id)]


def _stop_sharing(world: World, action: r.StopSharing, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    if room.sharing is None or (room.sharing != who.id and not moderates(room, who)):
        return []
    return [r.SharingStopped(consultation=room.id, account=room.sharing)]


def _spotlight(world: World, action: r.SetSpotlight, ask: Ask) -> list[Event]:
    room, whom = consultation_of(world.state, action.consultation), action.participant
    if whom == room.spotlight:
        return []
    if whom is not None and whom.startswith(CAMERA_PREFIX):
        if whom.removeprefix(CAMERA_PREFIX) not in room.cameras:
            raise Rejected(Code.UNKNOWN_CAMERA, camera=whom.removeprefix(CAMERA_PREFIX))
    elif whom is not None:
        participant_of(room, whom)
    return [r.SpotlightSet(consultation=room.id, participant=whom)]


def _layout(world: World, action: r.SetLayout, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if room.layout is action.layout:
        return []
    return [r.LayoutSet(consultation=room.id, layout=action.layout)]


def _bring_camera(world: World, action: r.BringCamera, ask: Ask) -> list[Event]:
    room, camera = consultation_of(world.state, action.consultation), camera_of(world.state, action.camera)
    if not may_watch(world.state.units, camera, ask.who):
        raise Rejected(Code.OUT_OF_REACH, unit=camera.owner)
    if camera.id in room.cameras:
        return []
    if len(room.cameras) >= CAMERAS_AT_MOST:
        raise Rejected(Code.ROOM_FULL, most=CAMERAS_AT_MOST)
    return [r.CameraBrought(consultation=room.id, camera=camera.id, name=camera.name, by=ask.who.name)]


def _remove_camera(world: World, action: r.RemoveCamera, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if action.camera not in room.cameras:
        return []
    return [r.CameraRemoved(consultation=room.id, camera=action.camera)]


def _say(world: World, action: r.Say, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    line = r.ChatLine(id=ask.id, account=who.id, name=who.name, unit=who.unit, at=ask.now, text=action.text)
    return [r.Said(consultation=room.id, line=line)]


def _lose(world: World, action: r.LoseParticipant, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    person = room.participants.get(action.account)
    if person is None or person.device != action.device or person.lost_at is not None:
        return []
    return [r.ParticipantLost(consultation=room.id, account=person.account)]


def _regain(world: World, action: r.RegainParticipant, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    person = room.participants.get(action.account)
    if person is None or person.device != action.device or person.lost_at is None:
        return []
    return [r.ParticipantRegained(consultation=room.id, account=person.account)]


FLOOR: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    r.RaiseHand: _raise_hand,
    r.LowerHand: _lower_hand,
    r.GrantFloor: _grant,
    r.ReturnFloor: _return,
    r.TakeFloorBack: _take_back,
    r.MuteParticipant: _mute,
    r.HushConsultation: _hush,
    r.AskToUnmute: _ask_to_unmute,
    r.HideParticipant: _hide,
    r.ShareScreen: _share,
    r.StopSharing: _stop_sharing,
    r.SetSpotlight: _spotlight,
    r.SetLayout: _layout,
    r.BringCamera: _bring_camera,
    r.RemoveCamera: _remove_camera,
    r.Say: _say,
    r.LoseParticipant: _lose,
    r.RegainParticipant: _regain,
}
