"""What comes up without having been asked for: situation reports and distress calls (SOS)."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.message import (
    AccountId,
    Action,
    Attachment,
    Event,
    Id,
    Line,
    Name,
    Position,
    Text,
    UnitCode,
)

SITUATION_KEPT = 200  # newest reports kept in the live world; the journal keeps all
ANSWER_WITHIN = 60  # seconds, unless the district has set others
AnswerWithin = Annotated[int, Meta(ge=15, le=900)]
"""Seconds after which a distress call that nobody answers is reminded of, then told to the next superior."""


class SituationKind(StrEnum):
    WATERLOGGING = "waterlogging"
    DAMAGE = "damage"
    POWER_CUT = "power_cut"
    ROAD_BLOCKED = "road_blocked"
    PEOPLE_TRAPPED = "people_trapped"
    HAZARD = "hazard"
    ALL_CLEAR = "all_clear"
    OTHER = "other"


class SituationReport(msgspec.Struct, kw_only=True):
    id: Id
    unit: UnitCode
    by: AccountId
    name: Name
    at: int
    kind: SituationKind
    text: Text
    photos: list[Attachment]
    position: Position | None
    watchers: list[UnitCode]
    noted_at: int | None  # when the sender's device took it, if earlier


class Distress(msgspec.Struct, kw_only=True):
    """A raised SOS: stays until a watcher or its own team closes it; answering it is separate."""

    id: Id
    unit: UnitCode
    by: AccountId
    name: Name
    at: int
    position: Position | None
    watchers: list[UnitCode]
    answered_by: Name | None = None
    answered_at: int | None = None
    reminded_at: int | None = None
    escalated_at: int | None = None
    escalated_to: UnitCode | None = None
    answer_within: AnswerWithin = ANSWER_WITHIN  # as it was set when the call was raised


def next_distress_ring(distress: Distress) -> int | None:
    """When the clock of a call rings next, epoch ms; None: answered, or all superiors know."""
    if distress.answered_at is not None:
        return None
    within = distress.answer_within * 1000
    if distress.reminded_at is None:
        return distress.at + within
    if not distress.watchers or distress.escalated_to == distress.watchers[-1]:
        return None
    return max(distress.reminded_at, distress.escalated_at or 0) + within


class ReportSituation(Action):
    kind: SituationKind
    text: Text = ""
    photos: Annotated[list[Attachment], Meta(max_length=9)] = msgspec.field(default_factory=list)
    position: Position | None = None
    noted_at: int | None = None


class RaiseDistress(Action):
    position: Position | None = None


class AnswerDistress(Action):
    distress: Id


class CloseDistress(Action):
    """How it ended. A superior who closes what nobody has answered answers it thereby; its own team may
    call it off unanswered (a false alarm)."""

    distress: Id
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class SituationReported(Event):
    report: SituationReport


class SituationArchived(Event):
    """Leaves the live world; stays in the journal."""

    report: Id


class DistressRaised(Event):
    distress: Distress


class DistressAnswered(Event):
    distress: Id
    unit: UnitCode
    name: Name


class DistressReminded(Event):
    """Nobody has answered in time."""

    distress: Id
    unit: UnitCode


class DistressEscalated(Event):
    """Still unanswered: the next superior is told. `skipped`: those passed over because nobody is there."""

    distress: Id
    unit: UnitCode
    to: UnitCode
    skipped: list[UnitCode]


class DistressClosed(Event):
    distress: Id
    unit: UnitCode
    reason: Line
