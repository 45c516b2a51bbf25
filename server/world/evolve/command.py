"""How commands and their deliveries change: every receipt is set once, every clock follows the step."""

from collections.abc import Callable
from typing import Any

from server.domain import command as c
from server.domain.message import Event
from server.world.state import State


def _issued(state: State, event: c.CommandIssued, at: int) -> None:
    command = event.command
    if command.id not in state.commands:
        state.commands[command.id] = command
        state.deliveries.setdefault(command.id, {})


def _opened(state: State, event: c.DeliveryOpened, at: int) -> None:
    command = state.commands.get(event.command)
    if command is None:
        return
    delivery = c.Delivery(command=event.command, unit=event.unit, watchers=event.watchers, opened_at=at)
    c.turn_clocks(delivery, command, at)
    state.deliveries[event.command][event.unit] = delivery


def _on(change: Callable[[c.Delivery, Any, int], None]) -> Callable[[State, Any, int], None]:
    """A change of one delivery, with its step and its clocks following."""

    def apply(state: State, event: Any, at: int) -> None:
        delivery = state.deliveries.get(event.command, {}).get(event.unit)
        if delivery is None:
            return
        delivery.step = c.STEPS.get((delivery.step, type(event)), delivery.step)
        change(delivery, event, at)
        c.turn_clocks(delivery, state.commands[event.command], at)

    return apply


def _delivered(delivery: c.Delivery, event: c.CommandDelivered, at: int) -> None:
    delivery.devices.setdefault(event.device, at)


def _acknowledged(delivery: c.Delivery, event: c.CommandAcknowledged, at: int) -> None:
    delivery.acknowledged[event.by] = c.Receipt(
        by=event.by,
        name=event.name,
        at=at,
        via=event.via,
        recorded_by=event.recorded_by,
        note=event.note,
        version=event.version,
    )
    delivery.acknowledged_version = event.version


def _accepted(delivery: c.Delivery, event: c.CommandAccepted, at: int) -> None:
    if delivery.accepted is None:  # accepted anew after a refusal was sent back: the first receipt stays
        delivery.accepted = c.Receipt(by=event.by, name=event.name, at=at, note=event.note)


def _declined(delivery: c.Delivery, event: c.CommandDeclined, at: int) -> None:
    delivery.declined = c.Receipt(by=event.by, name=event.name, at=at, note=event.reason)


def _relayed(delivery: c.Delivery, event: c.CommandRelayed, at: int) -> None:
    if event.child not in delivery.relays:
        delivery.relays.append(event.child)


def _progress(delivery: c.Delivery, event: c.ProgressReported, at: int) -> None:
    if event.counts:
        delivery.counts = {**delivery.counts, **event.counts}
    report = c.Report(
        by=event.by,
        name=event.name,
        at=at,
        counts=event.counts,
        text=event.text,
        photos=event.photos,
        position=event.position,
        unchanged=event.unchanged,
        noted_at=event.noted_at,
    )
    delivery.reports = [*delivery.reports[-(c.REPORTS_KEPT - 1) :], report]


def _completed(delivery: c.Delivery, event: c.CommandCompleted, at: int) -> None:
    delivery.completed = c.Receipt(by=event.by, name=event.name, at=at, note=event.note)


def _verified(delivery: c.Delivery, event: c.DeliveryVerified, at: int) -> None:
    delivery.verified = c.Receipt(by=event.by, name=event.name, at=at)


def _sent_back(delivery: c.Delivery, event: c.DeliverySentBack, at: int) -> None:
    delivery.sent_back.append(c.SentBack(name=event.name, at=at, reason=event.reason))
    delivery.completed = None
    delivery.declined = None


def _reminded(delivery: c.Delivery, event: c.DeliveryReminded, at: int) -> None:
    delivery.urged += 1
    if event.clock is not None and (running := delivery.clocks.get(event.clock)):
        running.reminded_at = at


def _escalated(delivery: c.Delivery, event: c.DeliveryEscalated, at: int) -> None:
    if running := delivery.clocks.get(event.clock):
        running.reminded_at = running.reminded_at or at
        running.escalated_at, running.escalated_to = at, event.to


def _reassigned(delivery: c.Delivery, event: c.DeliveryReassigned, at: int) -> None:
    delivery.reassigned_to = event.to


def _shown(state: State, event: c.DeliveryShown, at: int) -> None:
    delivery = event.delivery
    if delivery.command in state.commands:
        state.deliveries[delivery.command].setdefault(delivery.unit, delivery)


def _watched(state: State, event: c.CommandWatched, at: int) -> None:
    for delivery in state.deliveries.get(event.command, {}).values():
        delivery.watchers = c.watched_by(delivery, event.by)


def _amended(state: State, event: c.CommandAmended, at: int) -> None:
    """The new version is unread; limits that changed count from now, the others go on."""
    command = state.commands.get(event.command)
    if command is None:
        return
    was, now = command.order.clocks, event.order.clocks
    anew = [clock for clock in c.Clock if getattr(was, clock.value) != getattr(now, clock.value)]
    command.order, command.version = event.order, event.version
    for delivery in state.deliveries[event.command].values():
        for clock in (c.Clock.ACKNOWLEDGE, *anew):
            delivery.clocks.pop(clock, None)
        c.turn_clocks(delivery, command, at)


def _recalled(state: State, event: c.CommandRecalled, at: int) -> None:
    command = state.commands.get(event.command)
    if command is None:
        return
    command.recalled = event.reason
    command.closed_at = command.closed_at or at
    for delivery in state.deliveries[event.command].values():
        delivery.step = c.STEPS.get((delivery.step, c.CommandRecalled), delivery.step)
        delivery.clocks.clear()


def _handed_over(state: State, event: c.CommandHandedOver, at: int) -> None:
    if command := state.commands.get(event.command):
        command.holder, command.activation = event.to, None


def _closed(state: State, event: c.CommandClosed, at: int) -> None:
    command = state.commands.get(event.command)
    if command is None:
        return
    command.closed_at = at
    for delivery in state.deliveries[event.command].values():
        delivery.clocks.clear()


def _archived(state: State, event: c.CommandArchived, at: int) -> None:
    state.commands.pop(event.command, None)
    state.deliveries.pop(event.command, None)


COMMAND: dict[type[Event], Callable[[State, Any, int], None]] = {
    c.CommandIssued: _issued,
    c.DeliveryOpened: _opened,
    c.DeliveryShown: _shown,
    c.CommandWatched: _watched,
    c.CommandAmended: _amended,
    c.CommandRecalled: _recalled,
    c.CommandHandedOver: _handed_over,
    c.CommandClosed: _closed,
    c.CommandArchived: _archived,
    c.CommandDelivered: _on(_delivered),
    c.CommandAcknowledged: _on(_acknowledged),
    c.CommandAccepted: _on(_accepted),
    c.CommandDeclined: _on(_declined),
    c.CommandRelayed: _on(_relayed),
    c.ProgressReported: _on(_progress),
    c.CommandCompleted: _on(_completed),
    c.DeliveryVerified: _on(_verified),
    c.DeliverySentBack: _on(_sent_back),
    c.DeliveryReminded: _on(_reminded),
    c.DeliveryEscalated: _on(_escalated),
    c.DeliveryReassigned: _on(_reassigned),
}
