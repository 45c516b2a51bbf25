"""Deciding cameras: registered, changed, retired. An address may hold a password: it is told apart."""

from collections.abc import Callable
from typing import Any

from rooms import consultation as r
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.domain.units import active_unit
from server.world.ask import Ask
from server.world.lookup import camera_of
from server.world.world import World


def _register(world: World, action: r.RegisterCamera, ask: Ask) -> list[Event]:
    camera = action.camera
    if camera.id in world.state.cameras:
        raise Rejected(Code.NAME_TAKEN, camera=camera.id)
    active_unit(world.state.units, camera.owner)
    return registered(action)


def registered(action: r.RegisterCamera) -> list[Event]:
    """A new camera, and where its pictures come from: not everybody is told that."""
    camera = action.camera
    return [r.CameraRegistered(camera=camera), r.CameraAddressed(camera=camera.id, address=action.address)]


def _change(world: World, action: r.ChangeCamera, ask: Ask) -> list[Event]:
    known = camera_of(world.state, action.camera.id)
    active_unit(world.state.units, action.camera.owner)
    events: list[Event] = []
    if action.camera != known:
        events.append(r.CameraChanged(camera=action.camera))
    if action.address is not None and action.address != world.state.camera_addresses.get(known.id):
        events.append(r.CameraAddressed(camera=known.id, address=action.address))
    return events


def _retire(world: World, action: r.RetireCamera, ask: Ask) -> list[Event]:
    camera = camera_of(world.state, action.camera).id
    shown = [room.id for room in world.state.consultations.values() if camera in room.cameras]
    return [
        *(r.CameraRemoved(consultation=room, camera=camera) for room in shown),
        r.CameraRetired(camera=camera),
    ]


CAMERA: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    r.RegisterCamera: _register,
    r.ChangeCamera: _change,
    r.RetireCamera: _retire,
}
