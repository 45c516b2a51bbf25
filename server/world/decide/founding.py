"""Deciding how a log begins."""

from collections.abc import Callable
from typing import Any

from resources.holders import Holders
from resources.inventory import stocked
from resources.state import Board
from server.domain.house import DistrictFounded
from server.domain.message import Action, Event
from server.world.ask import Ask
from server.world.decide.camera import registered
from server.world.founding import FoundDistrict
from server.world.world import World


def _found(world: World, action: FoundDistrict, ask: Ask) -> list[Event]:
    if world.state.units:
        return []
    events: list[Event] = [
        DistrictFounded(
            name=action.name,
            exercise=action.exercise,
            units=action.units,
            accounts=action.accounts,
            plans=action.plans,
            groups=action.groups,
        )
    ]
    for camera in action.cameras:
        events.extend(registered(camera))
    units = {unit.code: unit for unit in action.units}
    events.extend(stocked(Board(), units, action.stock, Holders(Board())))
    return events


FOUNDING: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {FoundDistrict: _found}
