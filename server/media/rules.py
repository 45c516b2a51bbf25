"""What the state of a log says about rooms. Pure."""

from rooms import control as c
from rooms.consultation.policy import CAMERA_PREFIX, policy
from rooms.consultation.rights import may_watch
from rooms.consultation.state import Consultation
from server.world.state import State

CAMERA = "camera:"  # the name of a room that is one camera, watched alone


def consultation_room(state: State, consultation: Consultation) -> c.Room:
    return policy(consultation, state.accounts, state.log, state.seq)


def camera_room(state: State, camera: str) -> c.Room | None:
    """Everybody who may watch the camera is in it; None: there is no such camera."""
    found = state.cameras.get(camera)
    if found is None:
        return None
    people = {
        account.id: c.Person(devices=[])
        for account in state.accounts.values()
        if may_watch(state.units, found, account)
    }
    source = f"{CAMERA_PREFIX}{camera}"
    people[source] = c.Person(devices=[], may=[c.Kind.CAMERA])
    return c.Room(room=f"{state.log}/{CAMERA}{camera}", seq=state.seq, people=people, stage=[source])
