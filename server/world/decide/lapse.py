"""Deciding what time does by itself: remind, escalate, let a proposal lapse, archive what is over.

Only deadlines that stand count, in their order: a world that ran for months and one rebuilt from a
snapshot decide the same, whatever else lies in their heaps.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from resources import bells as on_board
from resources import events as b
from resources.approval import rung_for_approval
from resources.clocks import rung
from rooms import consultation as r
from rooms.consultation import bells
from rooms.consultation.bells import BELLS
from server.domain import command as c
from server.domain import house
from server.domain import situation as s
from server.domain.message import Action, Event
from server.domain.mode import ProposalDropped
from server.world.ask import Ask
from server.world.decide.cascade import escalation
from server.world.decide.consultation import closed, left
from server.world.decide.recording import ended_roll_call
from server.world.decide.situation import told_on
from server.world.world import Ring, World

AT_ONCE = 1000  # deadlines handled in one entry; the rest follow in the next


def _lapse(world: World, action: house.Lapse, ask: Ask) -> list[Event]:
    events: list[Event] = []
    done: set[Ring] = set()
    for ring in due(world, ask.now):
        if ring in done or world.moot(ring):
            continue
        done.add(ring)
        if ring[3] in BELLS:
            events += _rung_in_room(world, ring)
        elif ring[3] in on_board.BOARD_BELLS:
            events.append(_rung_on_board(world, ring))
        else:
            events.append(_rung(world, ring))
        if len(done) == AT_ONCE:
            break
    return events


def due(world: World, now: int) -> Iterator[Ring]:
    """The deadlines up to now, earliest first, with moot ones and doubles; the heap is left as it is."""
    rings = world.rings
    order: list[tuple[Ring, int]] = [(rings[0], 0)] if rings else []
    while order and order[0][0][0] <= now:
        ring, index = heapq.heappop(order)
        yield ring
        for child in (2 * index + 1, 2 * index + 2):
            if child < len(rings):
                heapq.heappush(order, (rings[child], child))


def _rung(world: World, ring: Ring) -> Event:
    """What a deadline that stands leads to. A clock reminds first, then tells superior after superior."""
    _, id, unit, what = ring
    if what == "proposal":
        return ProposalDropped(proposal=id, lapsed=True)
    if what == "archive":
        return c.CommandArchived(command=id)
    if what == "distress":
        call = world.state.distress[id]
        if call.reminded_at is None:
            return s.DistressReminded(distress=id, unit=call.unit)
        return told_on(world, call)
    clock, delivery = c.Clock(what), world.state.deliveries[id][unit]
    running = delivery.clocks[clock]
    if running.reminded_at is not None:
        return escalation(world, id, unit, delivery.watchers, clock, running.escalated_to, [])
    if delivery.watchers and not world.somebody_at(unit):  # all have left: a reminder reaches nobody
        return escalation(world, id, unit, delivery.watchers, clock, None, [unit])
    return c.DeliveryReminded(command=id, unit=unit, clock=clock, name="")


def _rung_in_room(world: World, ring: Ring) -> list[Event]:
    at, id, account, what = ring
    if what == bells.RECORDING:
        return [r.RecordingArchived(recording=id)]
    room = world.state.consultations[id]
    if what == bells.RINGING:
        return [r.InvitationsMissed(consultation=id, units=bells.missed(room, at))]
    if what == bells.LOST:
        return [left(room, room.participants[account], lost=True)]
    if what == bells.ROLL_CALL:
        return ended_roll_call(room, "")
    return closed(world.state, room, "", at)


def _rung_on_board(world: World, ring: Ring) -> Event:
    _, id, _, what = ring
    if what == on_board.ORDER_OVER:
        return b.OrderArchived(order=id)
    if what == on_board.REQUEST_OVER:
        return b.RequestArchived(request=id)
    if what == on_board.SETTLED:
        return b.DiscrepancyArchived(discrepancy=id)
    if what == on_board.REQUEST:
        return rung_for_approval(world.state.board.requests[id], world.somebody_at)
    return rung(world.state.board.orders[id], world.somebody_at)


LAPSE: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {house.Lapse: _lapse}
