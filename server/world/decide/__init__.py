"""`decide(world, action, ask)`: the events an action leads to, or a refusal. Pure: changes nothing.

No clock, no randomness: time and ids come with the ask. An empty list means "already so": the answer
is yes and nothing is journalled.
"""

from collections.abc import Callable, Mapping
from typing import Any

from server.domain.message import Action, Event
from server.world.ask import Ask
from server.world.authorize import authorize
from server.world.decide.board import BOARD
from server.world.decide.camera import CAMERA
from server.world.decide.cascade import CASCADE
from server.world.decide.consultation import CONSULTATION
from server.world.decide.delivery import DELIVERY
from server.world.decide.floor import FLOOR
from server.world.decide.founding import FOUNDING
from server.world.decide.house import HOUSE
from server.world.decide.invitation import INVITATION
from server.world.decide.lapse import LAPSE
from server.world.decide.mode import MODE
from server.world.decide.recording import RECORDING
from server.world.decide.situation import SITUATION
from server.world.world import World

DECIDE: Mapping[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    **MODE,
    **CASCADE,
    **DELIVERY,
    **SITUATION,
    **INVITATION,
    **CONSULTATION,
    **FLOOR,
    **RECORDING,
    **CAMERA,
    **BOARD,
    **FOUNDING,
    **HOUSE,
    **LAPSE,
}


def decide(world: World, action: Action, ask: Ask) -> list[Event]:
    """The events of `action` on this world. Raises Rejected."""
    authorize(world.state, action, ask)
    return DECIDE[type(action)](world, action, ask)
