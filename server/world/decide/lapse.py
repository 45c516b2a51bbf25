"""Deciding what time does by itself: remind, escalate, let a proposal lapse, archive what is closed."""

import heapq
from collections.abc import Callable
from typing import Any

from server.domain import command as c
from server.domain import house
from server.domain.message import Action, Event
from server.domain.mode import ProposalDropped
from server.world.ask import Ask
from server.world.decide.cascade import escalation
from server.world.world import Ring, World

AT_ONCE = 1000  # deadlines handled in one entry; the rest follow in the next


def _lapse(world: World, action: house.Lapse, ask: Ask) -> list[Event]:
    events: list[Event] = []
    done: set[tuple[str, str, str]] = set()
    for _, id, unit, what in due(world, ask.now):
        if (id, unit, what) in done:
            continue
        done.add((id, unit, what))
        if what == "proposal":
            if id in world.state.proposals:
                events.append(ProposalDropped(proposal=id, lapsed=True))
        elif what == "archive":
            command = world.state.commands.get(id)
            if command is not None and command.closed_at is not None:
                events.append(c.CommandArchived(command=id))
        else:
            events += _rung(world, id, unit, c.Clock(what), ask.now)
    return events


def due(world: World, now: int) -> list[Ring]:
    """The deadlines up to now, earliest first, at most `AT_ONCE`; the heap is left as it is."""
    found: list[Ring] = []
    rings = world.rings
    front = [0] if rings else []
    order: list[tuple[Ring, int]] = [(rings[i], i) for i in front]
    while order and len(found) < AT_ONCE:
        ring, index = heapq.heappop(order)
        if ring[0] > now:
            break
        found.append(ring)
        for child in (2 * index + 1, 2 * index + 2):
            if child < len(rings):
                heapq.heappush(order, (rings[child], child))
    return found


def _rung(world: World, command_id: str, unit: str, clock: c.Clock, now: int) -> list[Event]:
    """One clock of one delivery: a reminder first, then superior after superior."""
    command = world.state.commands.get(command_id)
    delivery = world.state.deliveries.get(command_id, {}).get(unit)
    if command is None or delivery is None:
        return []
    ring = c.next_ring(delivery, clock, command.order.clocks.escalate)
    if ring is None or ring > now:
        return []
    running = delivery.clocks[clock]
    if running.reminded_at is None:
        return [c.DeliveryReminded(command=command_id, unit=unit, clock=clock, name="")]
    return [escalation(world, command_id, unit, delivery.watchers, clock, running.escalated_to, [])]


LAPSE: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {house.Lapse: _lapse}
