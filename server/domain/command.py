"""The command cascade (指令): one order, frozen into one delivery per addressed unit.

States of a delivery are facts with a name and a time each, never conflated (see `Step`): reaching a
device, a named person having received it, the unit taking it on or not, passing it down, reporting,
completing, being verified. `STEPS` is the machine and `step` its only reader; a later fact implies
the earlier ones (who reports has received), so one tap is enough, yet each is recorded by itself.
A delivery never moves to another unit's tree: its `watchers` are frozen when it is opened.
"""

from enum import StrEnum
from operator import attrgetter
from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.message import (
    AccountId,
    Action,
    Attachment,
    Count,
    Event,
    Id,
    Line,
    Name,
    Phone,
    Position,
    Seconds,
    Text,
    UnitCode,
)
from server.domain.refusal import Code, Rejected
from server.domain.units import UnitKind

REPORTS_KEPT = 20  # newest reports of a delivery kept in the live world; the journal keeps all
ADDRESSED_AT_MOST = 20_000


class Priority(StrEnum):
    FLASH = "flash"  # 特急
    URGENT = "urgent"  # 紧急
    NORMAL = "normal"  # 一般


class Relay(StrEnum):
    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Step(StrEnum):
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


class Clock(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    REPORT = "report"
    COMPLETE = "complete"


class Via(StrEnum):
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


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Who, when and how. `recorded_by` wrote it down for somebody heard by telephone."""

    by: AccountId
    name: Name
    at: int
    via: Via = Via.SELF
    recorded_by: Name | None = None
    note: Line = ""
    version: int = 0  # of the order that was acknowledged; 0 for other receipts


class Report(msgspec.Struct, frozen=True, kw_only=True):
    by: AccountId
    name: Name
    at: int
    counts: dict[str, int]
    text: Text
    photos: list[Attachment]
    position: Position | None
    unchanged: bool
    noted_at: int | None


class SentBack(msgspec.Struct, frozen=True, kw_only=True):
    name: Name
    at: int
    reason: Line


class Running(msgspec.Struct, kw_only=True):
    """One running clock of a delivery; all times epoch ms."""

    since: int
    due: int
    reminded_at: int | None = None
    escalated_at: int | None = None
    escalated_to: UnitCode | None = None


class Delivery(msgspec.Struct, kw_only=True):
    command: Id
    unit: UnitCode
    watchers: list[UnitCode]  # superiors and issuers who may see it, nearest first; frozen
    step: Step
    opened_at: int
    devices: dict[str, int]  # device → when it arrived there
    acknowledged: dict[AccountId, Receipt]  # one per person
    acknowledged_version: int
    accepted: Receipt | None
    declined: Receipt | None
    relays: list[Id]
    counts: dict[str, int]  # of the newest report that has any
    reports: list[Report]
    completed: Receipt | None
    verified: Receipt | None
    sent_back: list[SentBack]
    reassigned_to: UnitCode | None
    urged: int  # reminders so far
    clocks: dict[Clock, Running]


# ── actions ────────────────────────────────────────────────────────────────────────────────────────


class IssueCommand(Action):
    """The command gets the action's id."""

    order: Order
    to: Addressing
    activation: Id | None = None


class AmendCommand(Action):
    command: Id
    order: Order


class RecallCommand(Action):
    command: Id
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class CloseCommand(Action):
    command: Id


class OnDelivery(Action):
    """What is done to the delivery of one command at one unit."""

    command: Id
    unit: UnitCode


class ConfirmDelivery(OnDelivery):
    """A device says: it is here, on my screen or in my store."""

    device: Id


class AcknowledgeCommand(OnDelivery):
    pass


class AcceptCommand(OnDelivery):
    note: Line = ""


class DeclineCommand(OnDelivery):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RelayCommand(OnDelivery):
    """Pass it on to one's own subordinates; the child command gets the action's id."""

    to: Addressing
    text: Text = ""  # added in front of the order's own text
    clocks: Clocks | None = None


class ReportProgress(OnDelivery):
    counts: dict[Id, Count] = msgspec.field(default_factory=dict)
    text: Text = ""
    photos: Annotated[list[Attachment], Meta(max_length=9)] = msgspec.field(default_factory=list)
    position: Position | None = None
    unchanged: bool = False
    noted_at: int | None = None


class CompleteCommand(OnDelivery):
    note: Line = ""


class VerifyDelivery(OnDelivery):
    pass


class SendBack(OnDelivery):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RemindDelivery(OnDelivery):
    pass


class ReassignDelivery(OnDelivery):
    to: UnitCode
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RecordAcknowledgement(OnDelivery):
    """Heard by telephone: who it was, written down by the caller."""

    name: Name
    phone: Phone = ""
    note: Line = ""


# ── events ─────────────────────────────────────────────────────────────────────────────────────────


class CommandIssued(Event):
    """Also shown to those who come to see it later (a reassignment): setting it twice changes nothing."""

    command: Command


class DeliveryOpened(Event):
    command: Id
    unit: UnitCode
    watchers: list[UnitCode]


class CommandAmended(Event):
    command: Id
    order: Order
    version: int


class CommandRecalled(Event):
    command: Id
    reason: Line


class CommandHandedOver(Event):
    command: Id
    to: UnitCode


class CommandClosed(Event):
    command: Id


class CommandArchived(Event):
    """Leaves the live world; stays in the journal and the history."""

    command: Id


class CommandDelivered(Event):
    command: Id
    unit: UnitCode
    device: Id


class CommandAcknowledged(Event):
    command: Id
    unit: UnitCode
    version: int
    by: AccountId
    name: Name
    via: Via = Via.SELF
    recorded_by: Name | None = None
    note: Line = ""


class CommandAccepted(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    note: Line


class CommandDeclined(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    reason: Line


class CommandRelayed(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    child: Id
    units: int  # how many it was passed on to


class ProgressReported(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    counts: dict[str, int]
    text: Text
    photos: list[Attachment]
    position: Position | None
    unchanged: bool
    noted_at: int | None


class CommandCompleted(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    note: Line


class DeliveryVerified(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name


class DeliverySentBack(Event):
    command: Id
    unit: UnitCode
    name: Name
    reason: Line


class DeliveryReminded(Event):
    """`clock` is None when a person urged; `name` is empty when a clock did."""

    command: Id
    unit: UnitCode
    clock: Clock | None
    name: Line


class DeliveryEscalated(Event):
    """`skipped`: superiors passed over at once because nobody is there."""

    command: Id
    unit: UnitCode
    clock: Clock
    to: UnitCode
    skipped: list[UnitCode]


class DeliveryReassigned(Event):
    command: Id
    unit: UnitCode
    to: UnitCode
    reason: Line
    name: Name


# ── the machine ────────────────────────────────────────────────────────────────────────────────────

_BEFORE_ANSWER = (Step.ISSUED, Step.DELIVERED, Step.ACKNOWLEDGED)
_AT_WORK = (Step.ACCEPTED, Step.RELAYED, Step.REPORTED)
OPEN = frozenset((*_BEFORE_ANSWER, *_AT_WORK))
OVER = frozenset({Step.VERIFIED, Step.REASSIGNED, Step.RECALLED})  # nothing more is expected of anybody


def _steps() -> dict[tuple[Step, type[Event]], Step]:
    table: dict[tuple[Step, type[Event]], Step] = {
        (Step.ISSUED, CommandDelivered): Step.DELIVERED,
        (Step.ISSUED, CommandAcknowledged): Step.ACKNOWLEDGED,
        (Step.DELIVERED, CommandAcknowledged): Step.ACKNOWLEDGED,
        (Step.ACKNOWLEDGED, CommandAccepted): Step.ACCEPTED,
        (Step.ACKNOWLEDGED, CommandDeclined): Step.DECLINED,
        (Step.ACCEPTED, CommandDeclined): Step.DECLINED,
        (Step.ACCEPTED, CommandRelayed): Step.RELAYED,
        (Step.RELAYED, CommandRelayed): Step.RELAYED,
        (Step.REPORTED, CommandRelayed): Step.REPORTED,
        (Step.ACCEPTED, ProgressReported): Step.REPORTED,
        (Step.RELAYED, ProgressReported): Step.REPORTED,
        (Step.REPORTED, ProgressReported): Step.REPORTED,
        (Step.ACCEPTED, CommandCompleted): Step.COMPLETED,
        (Step.RELAYED, CommandCompleted): Step.COMPLETED,
        (Step.REPORTED, CommandCompleted): Step.COMPLETED,
        (Step.COMPLETED, DeliveryVerified): Step.VERIFIED,
        (Step.COMPLETED, DeliverySentBack): Step.ACCEPTED,
        (Step.DECLINED, DeliverySentBack): Step.ACKNOWLEDGED,
    }
    for known in (*_BEFORE_ANSWER, *_AT_WORK, Step.COMPLETED, Step.DECLINED):
        if known not in (Step.ISSUED, Step.DELIVERED):
            table[known, CommandAcknowledged] = known  # another person, or the amended version
        if known is not Step.ISSUED:
            table[known, CommandDelivered] = known  # another device
        table[known, CommandRecalled] = Step.RECALLED
    for known in (*_BEFORE_ANSWER, *_AT_WORK, Step.DECLINED):
        table[known, DeliveryReassigned] = Step.REASSIGNED
    for known in OPEN:
        table[known, DeliveryReminded] = known
        table[known, DeliveryEscalated] = known
    return table


STEPS: dict[tuple[Step, type[Event]], Step] = _steps()

# during which steps each clock runs
RUNS: dict[Clock, frozenset[Step]] = {
    Clock.ACKNOWLEDGE: frozenset({Step.ISSUED, Step.DELIVERED}),
    Clock.ACCEPT: frozenset({Step.ACKNOWLEDGED}),
    Clock.REPORT: frozenset({Step.ACCEPTED, Step.RELAYED}),
    Clock.COMPLETE: OPEN,
}


_CLOCKS = tuple((clock, attrgetter(clock.value), RUNS[clock]) for clock in Clock)


def step(delivery: Delivery, event: type[Event]) -> Step:
    """The step after `event`; refuses when the machine has no such way."""
    after = STEPS.get((delivery.step, event))
    if after is None:
        code = Code.COMMAND_OVER if delivery.step in OVER else Code.WRONG_STEP
        raise Rejected(code, step=delivery.step.value)
    return after


def turn_clocks(delivery: Delivery, command: Command, at: int) -> None:
    """Start the clocks that the delivery's step runs and stop the others. In place; times in epoch ms."""
    if command.closed_at is not None or command.recalled is not None:
        delivery.clocks.clear()
        return
    limits, running, now = command.order.clocks, delivery.clocks, delivery.step
    unread = now in OPEN and delivery.acknowledged_version not in (0, command.version)
    for clock, limit, steps in _CLOCKS:
        seconds = limit(limits)
        if seconds is None or not (now in steps or (unread and clock is Clock.ACKNOWLEDGE)):
            if clock in running:
                del running[clock]
        elif clock not in running:
            running[clock] = Running(since=at, due=at + seconds * 1000)


def next_ring(delivery: Delivery, clock: Clock, escalate: int) -> int | None:
    """When a clock rings next, epoch ms; None: stopped, or all superiors know. `escalate` in seconds."""
    running = delivery.clocks.get(clock)
    if running is None:
        return None
    if running.reminded_at is None:
        return running.due
    if not delivery.watchers or running.escalated_to == delivery.watchers[-1]:
        return None
    return (running.escalated_at or running.reminded_at) + escalate * 1000
