"""A command, what it says, to whom, and what is known of each of its deliveries: plain data.

What there is one of per delivery is `gc=False`: trees of values hold no cycles, and there are ten thousands.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.message import (
    AccountId,
    Attachment,
    Id,
    Line,
    Name,
    Position,
    Seconds,
    Text,
    UnitCode,
    Word,
)
from server.domain.units import UnitKind

REPORTS_KEPT = 20  # newest reports of a delivery kept in the live world; the journal keeps all
ADDRESSED_AT_MOST = 20_000


class Priority(Word):
    FLASH = "flash"  # 特急
    URGENT = "urgent"  # 紧急
    NORMAL = "normal"  # 一般


class Relay(Word):
    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Step(Word):
    ISSUED = "issued"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    RELAYED = "relayed"
    REPORTED = "reported"
    COMPLETED = "completed"
    VERIFIED = "verified"
    DECLINED = "declined"
    REASSIGNED = "reassigned"
    RECALLED = "recalled"


class Clock(Word):
    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    REPORT = "report"
    COMPLETE = "complete"


class Via(Word):
    SELF = "self"
    TELEPHONE = "telephone"


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds allowed; None: no such clock. `escalate` is the time between a reminder and a superior."""

    acknowledge: Seconds | None = 300
    accept: Seconds | None = None
    report: Seconds | None = None
    complete: Seconds | None = None
    escalate: Seconds = 300


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """All active units of some kinds under a unit (the unit itself included if of such a kind)."""

    under: UnitCode
    kinds: list[UnitKind]


class Addressing(msgspec.Struct, frozen=True, kw_only=True):
    units: list[UnitCode] = msgspec.field(default_factory=list)
    areas: list[Area] = msgspec.field(default_factory=list)
    groups: list[Id] = msgspec.field(default_factory=list)


class ReportField(msgspec.Struct, frozen=True, kw_only=True):
    """A number the issuer wants back, e.g. people moved (转移人数, 人)."""

    key: Id
    label: Name
    measure: Line = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a command says: the part that the issuer writes."""

    title: Name
    text: Text
    priority: Priority
    clocks: Clocks
    relay: Relay = Relay.OPTIONAL
    fields: Annotated[list[ReportField], Meta(max_length=20)] = msgspec.field(default_factory=list)
    attachments: Annotated[list[Attachment], Meta(max_length=20)] = msgspec.field(default_factory=list)
    template: Id | None = None


class Command(msgspec.Struct, kw_only=True):
    id: Id
    order: Order
    issuer: UnitCode
    issued_by: AccountId
    issued_name: Name
    issued_at: int
    activation: Id | None
    parent: Id | None  # the command this one relays
    relayer: UnitCode | None  # the unit whose delivery of `parent` it relays
    version: int = 1  # +1 with each amendment
    holder: UnitCode = ""  # who sees to it: the issuer, or whom it was handed over to
    recalled: Line | None = None
    closed_at: int | None = None  # also set by a recall: from then on nothing of it is expected


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who, when and how. `recorded_by` wrote it down for somebody heard by telephone."""

    by: AccountId
    name: Name
    at: int
    via: Via = Via.SELF
    recorded_by: Name | None = None
    note: Line = ""
    version: int = 0  # of the order that was acknowledged; 0 for other receipts


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    by: AccountId
    name: Name
    at: int
    counts: dict[str, int]
    text: Text
    photos: list[Attachment]
    position: Position | None
    unchanged: bool
    noted_at: int | None


class SentBack(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    name: Name
    at: int
    reason: Line


class Running(msgspec.Struct, kw_only=True, gc=False):
    """One running clock of a delivery; all times epoch ms."""

    since: int
    due: int
    reminded_at: int | None = None
    escalated_at: int | None = None
    escalated_to: UnitCode | None = None


class Delivery(msgspec.Struct, kw_only=True, gc=False):
    command: Id
    unit: UnitCode
    watchers: list[UnitCode]  # superiors and issuers who may see it, nearest first; frozen
    step: Step = Step.ISSUED
    opened_at: int
    devices: dict[str, int] = msgspec.field(default_factory=dict)  # device → when it arrived there
    acknowledged: dict[AccountId, Receipt] = msgspec.field(default_factory=dict)  # one per person
    acknowledged_version: int = 0
    accepted: Receipt | None = None
    declined: Receipt | None = None
    relays: list[Id] = msgspec.field(default_factory=list)
    counts: dict[str, int] = msgspec.field(default_factory=dict)  # of the newest report that has any
    reports: list[Report] = msgspec.field(default_factory=list)
    completed: Receipt | None = None
    verified: Receipt | None = None
    sent_back: list[SentBack] = msgspec.field(default_factory=list)
    reassigned_to: UnitCode | None = None
    urged: int = 0  # reminders so far
    clocks: dict[Clock, Running] = msgspec.field(default_factory=dict)


def seen_by(delivery: Delivery, unit: str) -> bool:
    return unit == delivery.unit or unit in delivery.watchers


def watched_by(delivery: Delivery, unit: str) -> list[str]:
    """The watchers with one more, before the last: the district stays where escalation ends."""
    watchers = delivery.watchers
    return watchers if seen_by(delivery, unit) else [*watchers[:-1], unit, *watchers[-1:]]
