"""What an action names, in the state; what is not there is refused by its own code."""

from collections.abc import Mapping
from typing import Any, TypeVar

from rooms import consultation as r
from server.domain import command as c
from server.domain import mode as m
from server.domain import situation as s
from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.world.state import State

T = TypeVar("T")


def _known(among: Mapping[str, T], id: str, code: Code, **named: Any) -> T:
    found = among.get(id)
    if found is None:
        raise Rejected(code, **named)
    return found


def root_of(state: State) -> str:
    """The district's own code."""
    return next(unit.code for unit in state.units.values() if unit.parent is None)


def command_of(state: State, command: str) -> c.Command:
    return _known(state.commands, command, Code.UNKNOWN_COMMAND, command=command)


def delivery_of(state: State, command: str, unit: str) -> c.Delivery:
    deliveries = state.deliveries.get(command, {})
    return _known(deliveries, unit, Code.UNKNOWN_COMMAND, command=command, unit=unit)


def distress_of(state: State, distress: str) -> s.Distress:
    return _known(state.distress, distress, Code.UNKNOWN_SIGNAL, distress=distress)


def activation_of(state: State, activation: str) -> m.Activation:
    return _known(state.activations, activation, Code.UNKNOWN_ACTIVATION, activation=activation)


def proposal_of(state: State, proposal: str) -> m.Proposal:
    return _known(state.proposals, proposal, Code.UNKNOWN_ACTIVATION, activation=proposal)


def account_of(state: State, account: str) -> Account:
    return _known(state.accounts, account, Code.UNKNOWN_ACCOUNT, account=account)


def consultation_of(state: State, consultation: str) -> r.Consultation:
    return _known(state.consultations, consultation, Code.UNKNOWN_CONSULTATION, consultation=consultation)


def participant_of(room: r.Consultation, account: str) -> r.Participant:
    return _known(room.participants, account, Code.NOT_IN_ROOM, account=account)


def knock_of(state: State, knock: str) -> r.Knock:
    return _known(state.knocks, knock, Code.UNKNOWN_KNOCK, knock=knock)


def camera_of(state: State, camera: str) -> r.Camera:
    return _known(state.cameras, camera, Code.UNKNOWN_CAMERA, camera=camera)
