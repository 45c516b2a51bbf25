"""Deciding the dispatch board: stock, requests, orders, discrepancies. The rules are in `resources`."""

from collections.abc import Callable
from typing import Any

from resources.asked import Asked
from resources.inventory import INVENTORY
from resources.orders import ORDERS
from resources.requests import REQUESTS
from resources.transit import TRANSIT
from server.domain.message import Action, Event
from server.world.ask import Ask
from server.world.world import World


def _rule(rule: Callable[[Asked, Any], list[Event]]) -> Callable[[World, Any, Ask], list[Event]]:
    def decide(world: World, action: Any, ask: Ask) -> list[Event]:
        state = world.state
        asked = Asked(
            board=state.board,
            units=state.units,
            activations=state.activations,
            plans=state.plans,
            id=ask.id,
            now=ask.now,
            who=ask.who,
            holders=world.holders,
            staff=world.staff,
        )
        return rule(asked, action)

    return decide


BOARD: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    action: _rule(rule) for action, rule in {**INVENTORY, **REQUESTS, **ORDERS, **TRANSIT}.items()
}
