"""The clock of a request that waits for approval: as with commands, who is waited for is reminded, then
others are told, one after the other, past those where nobody serves.

The commanders of the district approve. Above them is nobody: told are those above who asked, nearest first,
who can ask what is the matter, and at the end everybody at the district. The more urgent a need, the sooner.
All times epoch ms.
"""

from collections.abc import Callable, Mapping

from resources import events as e
from resources.state import DispatchClock, NeedPriority, ResourceRequest
from server.domain.message import Event
from server.domain.units import Unit, UnitKind, lineage

WAITS_MS = {NeedPriority.LIFESAVING: 120_000, NeedPriority.URGENT: 300_000, NeedPriority.NORMAL: 900_000}
ESCALATE_MS = 300_000
SEE_THE_BOARD = frozenset({UnitKind.DISTRICT, UnitKind.DEPARTMENT, UnitKind.TOWN})


def begun(priority: NeedPriority, now: int) -> DispatchClock:
    return DispatchClock(due=now + WAITS_MS[priority])


def told_in_turn(units: Mapping[str, Unit], unit: str) -> list[str]:
    """Those above who asked that see the board; the district, where it is approved, last."""
    *superiors, top = lineage(units, unit)
    seeing = (code for code in superiors if code != unit and units[code].kind in SEE_THE_BOARD)
    return [*seeing, top]


def approval_ring(request: ResourceRequest) -> int | None:
    """When it rings next; None: no clock runs, or all know."""
    clock = request.clock
    if clock is None or not request.above:
        return None
    if clock.reminded_at is None:
        return clock.due
    if clock.escalated_to == request.above[-1]:
        return None
    return (clock.escalated_at or clock.reminded_at) + ESCALATE_MS


def rung_for_approval(request: ResourceRequest, somebody_at: Callable[[str], bool]) -> Event:
    """What its clock leads to when it rings."""
    clock = request.clock
    if clock is None or clock.reminded_at is None:
        return e.RequestReminded(request=request.id, unit=request.above[-1])
    return told_on(request, somebody_at, clock.escalated_to, [])


def told_on(
    request: ResourceRequest, somebody_at: Callable[[str], bool], after: str | None, skipped: list[str]
) -> e.RequestEscalated:
    """To the next behind `after` where somebody serves, the last in any case."""
    chain = request.above
    start = chain.index(after) + 1 if after in chain else 0
    passed: list[str] = []
    for unit in chain[start:-1]:
        if somebody_at(unit):
            return e.RequestEscalated(request=request.id, to=unit, skipped=[*skipped, *passed])
        passed.append(unit)
    return e.RequestEscalated(request=request.id, to=chain[-1], skipped=[*skipped, *passed])
