"""How the dispatch board changes. What an event makes of it: `resources`."""

from collections.abc import Callable
from typing import Any

from resources.change import CHANGE
from resources.state import Board
from server.domain.message import Event
from server.world.state import State


def _on_board(change: Callable[[Board, Any, int], None]) -> Callable[[State, Any, int], None]:
    return lambda state, event, at: change(state.board, event, at)


BOARD: dict[type[Event], Callable[[State, Any, int], None]] = {
    event: _on_board(change) for event, change in CHANGE.items()
}
