"""What a proposal says. Every line has a reason, every shortfall has a cause; both are claims that can be
checked."""

from enum import StrEnum

import msgspec

from resources.actions import Consignment, LineWanted
from resources.state import LINES_AT_MOST, NeedPriority


class Reason(StrEnum):
    """Why this stock. One of the first four always stands first; what follows is also true of the line."""

    NEAREST = "nearest"  # nothing suitable would arrive sooner
    NEAREST_LEFT = "nearest_left"  # what would arrive sooner goes to other needs, or is here already
    KEEPS_RESERVE = "keeps_reserve"  # what would arrive sooner stays where it is: its owner's minimum
    SPREADS = "spreads"  # something would arrive sooner, from an owner that gives more already
    SUBSTITUTE = "substitute"  # not the kind that was asked for, but one that was allowed
    BREAKS_RESERVE = "breaks_reserve"  # leaves its owner below the minimum, to save lives
    PREPARING = "preparing"  # cannot start at once
    EXPIRES_FIRST = "expires_first"  # the batch that expires first goes first
    LATE = "late"  # arrives after the need's time
    DISTANCE_UNKNOWN = "distance_unknown"  # no position: an hour is assumed


class Cause(StrEnum):
    """Why something is short."""

    NONE_THERE = "none_there"  # nobody has any of the kind or its substitutes
    OUT_OF_SERVICE = "out_of_service"
    EXPIRED = "expired"  # before it would arrive
    PROMISED = "promised"  # the suitable stock goes to needs that come first or share it
    RESERVED = "reserved"  # the rest is what owners keep as their minimum
    NOT_ENOUGH = "not_enough"  # more is asked for than there is


class ProposedLine(msgspec.Struct, frozen=True, kw_only=True):
    """So much of one resource for one request."""

    request: str
    resource: str
    kind: str
    owner: str
    quantity: int
    km: float | None  # None: no position
    minutes: int  # from the order to the arrival
    arrives_at: int  # estimated, epoch ms
    reasons: list[Reason]


class CauseOfShort(msgspec.Struct, frozen=True, kw_only=True):
    cause: Cause
    quantity: int  # how much there would be without this cause; of NOT_ENOUGH and NONE_THERE, what nobody has


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    request: str
    kind: str
    priority: NeedPriority
    quantity: int
    causes: list[CauseOfShort]  # never empty


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """What a line for this request may be swapped with: nobody else is proposed it."""

    resource: str
    kind: str
    owner: str
    free: int  # what the proposal leaves of it
    km: float | None
    minutes: int
    arrives_at: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Lines by priority, request, arrival and resource; at most one line of a resource for a request."""

    at: int
    lines: list[ProposedLine]
    shortfalls: list[Shortfall]
    others: dict[str, list[Other]] = msgspec.field(default_factory=dict)  # by request, the soonest first


def consignments_of(proposal: Proposal, request: str) -> list[Consignment]:
    """The lines of one request as they are dispatched: to each owner one order, or more when it is long.

    The last line's arrival is the order's.
    """
    by_owner: dict[str, list[ProposedLine]] = {}
    for line in proposal.lines:
        if line.request == request:
            by_owner.setdefault(line.owner, []).append(line)
    return [
        Consignment(
            lines=[LineWanted(resource=line.resource, quantity=line.quantity) for line in part],
            arrival=max(line.arrives_at for line in part),
        )
        for lines in by_owner.values()
        for part in (lines[at : at + LINES_AT_MOST] for at in range(0, len(lines), LINES_AT_MOST))
    ]
