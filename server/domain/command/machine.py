"""The machine of a delivery: step × event → step, and which clocks run when. Tables with one reader each."""

from operator import attrgetter

from server.domain.command.events import (
    CommandAccepted,
    CommandAcknowledged,
    CommandCompleted,
    CommandDeclined,
    CommandDelivered,
    CommandRecalled,
    CommandRelayed,
    DeliveryEscalated,
    DeliveryReassigned,
    DeliveryReminded,
    DeliverySentBack,
    DeliveryVerified,
    ProgressReported,
)
from server.domain.command.state import (
    Clock,
    Command,
    Delivery,
    Running,
    Step,
)
from server.domain.message import (
    Event,
)
from server.domain.refusal import Code, Rejected

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
