"""How consultations, the lobby, recordings and cameras change. What an event makes of a room: `rooms`."""

from collections.abc import Callable
from typing import Any

from rooms import consultation as r
from rooms.consultation.change import CHANGE
from server.domain.message import Event
from server.world.state import State


def _in_room(change: Callable[[r.Consultation, Any, int], None]) -> Callable[[State, Any, int], None]:
    def apply(state: State, event: Any, at: int) -> None:
        if room := state.consultations.get(event.consultation):
            change(room, event, at)

    return apply


def _set(state: State, event: r.ConsultationOpened | r.ConsultationShown, at: int) -> None:
    state.consultations[event.consultation.id] = event.consultation


def _closed(state: State, event: r.ConsultationClosed, at: int) -> None:
    state.consultations.pop(event.consultation, None)
    for knock in [k.id for k in state.knocks.values() if k.consultation == event.consultation]:
        del state.knocks[knock]


def _door_opened(state: State, event: r.DoorOpened, at: int) -> None:
    state.doors[event.door.consultation] = event.door


def _door_closed(state: State, event: r.DoorClosed, at: int) -> None:
    state.doors.pop(event.consultation, None)


def _knocked(state: State, event: r.Knocked, at: int) -> None:
    state.knocks[event.knock.id] = event.knock


def _knock_dropped(state: State, event: r.KnockDropped, at: int) -> None:
    state.knocks.pop(event.knock, None)


def _admitted(state: State, event: r.KnockAdmitted, at: int) -> None:
    state.knocks.pop(event.knock, None)
    _in_room(CHANGE[r.KnockAdmitted])(state, event, at)


def _refused(state: State, event: r.KnockRefused, at: int) -> None:
    if knock := state.knocks.get(event.knock):
        knock.refused = True


def _listed(state: State, event: r.RecordingListed, at: int) -> None:
    state.recordings[event.recording.id] = event.recording


def _kept(state: State, event: r.RecordingKept, at: int) -> None:
    if file := state.recordings.get(event.recording):
        file.state, file.sha256 = event.state, event.sha256
        file.duration_ms, file.bytes = event.duration_ms, event.bytes


def _archived(state: State, event: r.RecordingArchived, at: int) -> None:
    state.recordings.pop(event.recording, None)


def _camera(state: State, event: r.CameraRegistered | r.CameraChanged, at: int) -> None:
    state.cameras[event.camera.id] = event.camera


def _addressed(state: State, event: r.CameraAddressed, at: int) -> None:
    state.camera_addresses[event.camera] = event.address


def _retired(state: State, event: r.CameraRetired, at: int) -> None:
    state.cameras.pop(event.camera, None)
    state.camera_addresses.pop(event.camera, None)


CONSULTATION: dict[type[Event], Callable[[State, Any, int], None]] = {
    **{event: _in_room(change) for event, change in CHANGE.items()},
    r.ConsultationOpened: _set,
    r.ConsultationShown: _set,
    r.ConsultationClosed: _closed,
    r.DoorOpened: _door_opened,
    r.DoorClosed: _door_closed,
    r.Knocked: _knocked,
    r.KnockDropped: _knock_dropped,
    r.KnockAdmitted: _admitted,
    r.KnockRefused: _refused,
    r.RecordingListed: _listed,
    r.RecordingKept: _kept,
    r.RecordingArchived: _archived,
    r.CameraRegistered: _camera,
    r.CameraChanged: _camera,
    r.CameraAddressed: _addressed,
    r.CameraRetired: _retired,
}
