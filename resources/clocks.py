"""The clock of an order: what is waited for in its step, of whom, and who is told when it does not come.

One clock runs in a step (`machine.WAITS`). Some limits count from the beginning of the step, others from a
time that somebody gave: the estimated arrival, the day it is to be back. Who is waited for is reminded first;
then one superior after the other is told, as with commands, past those where nobody serves. All times epoch
ms.
"""

from collections.abc import Callable, Mapping

from resources import events as e
from resources.machine import COUNTS_FROM, WAITING, WAITS
from resources.state import DispatchClock, DispatchOrder
from resources.state import DispatchStep as D
from server.domain.message import Event
from server.domain.units import Unit, lineage


def above(units: Mapping[str, Unit], owner: str, issuer: str) -> list[str]:
    """Who is told of a silent order: the owner's superiors, nearest first, the issuer's line, the top."""
    superiors = [code for code in lineage(units, owner) if code != owner]
    extra = [code for code in lineage(units, issuer) if code not in superiors and code != owner]
    return [*superiors[:-1], *extra, *superiors[-1:]]


def waited_for(order: DispatchOrder) -> str:
    """Who has to do or to say something: the owner, who is on the way with it, or who has it."""
    if order.step in WAITING:
        return order.owner
    has_it = order.to.unit if order.step in (D.ARRIVED, D.IN_USE) else order.carrier
    return has_it or order.owner


def expected(order: DispatchOrder) -> int | None:
    """The time that the clock of the step counts from, if it is one that somebody gave."""
    step, names = COUNTS_FROM.get(WAITS.get(order.step, ""), (None, ()))
    moment = order.moments.get(step) if step is not None else None
    times = [getattr(moment, name) for name in names] if moment is not None else []
    return next((time for time in times if time is not None), None)


def begun(order: DispatchOrder, at: int) -> DispatchClock | None:
    """The clock of its step, begun now."""
    name = WAITS.get(order.step)
    seconds: int | None = getattr(order.clocks, name) if name is not None else None
    since = expected(order) if name in COUNTS_FROM else at
    if seconds is None or since is None:
        return None
    return DispatchClock(due=max(since + seconds * 1000, at))


def goes_on(before: D, after: D) -> bool:
    """Whether the clock of the step before goes on: what is to be back counts from one time to the end."""
    return WAITS.get(before) == WAITS.get(after) and WAITS.get(after) in COUNTS_FROM


def next_ring(order: DispatchOrder) -> int | None:
    """When it rings next; None: stopped, or all above know."""
    clock = order.clock
    if clock is None:
        return None
    if clock.reminded_at is None:
        return clock.due
    if clock.escalated_to == _told(order)[-1]:
        return None
    return (clock.escalated_at or clock.reminded_at) + order.clocks.escalate * 1000


def rung(order: DispatchOrder, somebody_at: Callable[[str], bool]) -> Event:
    """What its clock leads to when it rings."""
    clock = order.clock
    if clock is None or clock.reminded_at is None:
        return e.OrderReminded(order=order.id, name="", unit=waited_for(order))
    return escalated(order, somebody_at, clock.escalated_to, [])


def escalated(
    order: DispatchOrder, somebody_at: Callable[[str], bool], after: str | None, skipped: list[str]
) -> e.OrderEscalated:
    """To the next behind `after` where somebody serves, the last in any case."""
    chain = _told(order)
    start = chain.index(after) + 1 if after in chain else 0
    passed: list[str] = []
    for unit in chain[start:-1]:
        if somebody_at(unit):
            return e.OrderEscalated(order=order.id, to=unit, skipped=[*skipped, *passed])
        passed.append(unit)
    return e.OrderEscalated(order=order.id, to=chain[-1], skipped=[*skipped, *passed])


def _told(order: DispatchOrder) -> list[str]:
    """An owner whose things are with others is told before those above."""
    chain = order.above or [order.issuer]
    return chain if waited_for(order) == order.owner or order.owner in chain else [order.owner, *chain]
