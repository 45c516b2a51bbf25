"""`evolve(state, event, at)`: what an event makes of a state. Changes it in place, never refuses.

An event about something the state does not hold changes nothing: a restricted state (a client's
view) takes the same events.
"""

from collections.abc import Callable, Mapping
from typing import Any

from server.domain.message import Event
from server.world.evolve.board import BOARD
from server.world.evolve.command import COMMAND
from server.world.evolve.consultation import CONSULTATION
from server.world.evolve.house import HOUSE
from server.world.evolve.mode import MODE
from server.world.evolve.situation import SITUATION
from server.world.state import State

EVOLVE: Mapping[type[Event], Callable[[State, Any, int], None]] = {
    **HOUSE,
    **MODE,
    **COMMAND,
    **SITUATION,
    **CONSULTATION,
    **BOARD,
}


def evolve(state: State, event: Event, at: int) -> None:
    """Apply one event that happened at `at` (epoch ms, the entry's time)."""
    EVOLVE[type(event)](state, event, at)
