"""Deciding what happens to one delivery: receipts, answers, reports, completion, verification.

Receipts are per person and monotone. A later act implies the earlier ones by the same person: who
reports without having acknowledged has acknowledged and accepted, each recorded as its own event.
"""

from collections.abc import Callable
from typing import Any

from server.domain import command as c
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.world.ask import Ask
from server.world.lookup import command_of, delivery_of
from server.world.world import World

_UNREAD = (c.Step.ISSUED, c.Step.DELIVERED)
_TAKEN_ON = (c.Step.ACCEPTED, c.Step.RELAYED, c.Step.REPORTED, c.Step.COMPLETED, c.Step.VERIFIED)


def climb(delivery: c.Delivery, command: c.Command, ask: Ask, to: c.Step) -> list[Event]:
    """The implied receipts between the delivery's step and `to` (ACKNOWLEDGED or ACCEPTED)."""
    who = ask.who
    events: list[Event] = []
    if delivery.step in _UNREAD:
        events.append(_receipt(delivery, command, ask))
    if to is c.Step.ACCEPTED and delivery.step in (*_UNREAD, c.Step.ACKNOWLEDGED):
        events.append(
            c.CommandAccepted(command=command.id, unit=delivery.unit, by=who.id, name=who.name, note="")
        )
    return events


def _receipt(delivery: c.Delivery, command: c.Command, ask: Ask) -> c.CommandAcknowledged:
    who = ask.who
    return c.CommandAcknowledged(
        command=command.id, unit=delivery.unit, version=command.version, by=who.id, name=who.name
    )


def _both(world: World, action: c.OnDelivery) -> tuple[c.Delivery, c.Command]:
    """The delivery and its command; refuses what is over."""
    command = command_of(world.state, action.command)
    delivery = delivery_of(world.state, action.command, action.unit)
    if command.recalled is not None or command.closed_at is not None:
        raise Rejected(Code.COMMAND_OVER, command=command.id)
    return delivery, command


def _confirm_delivery(world: World, action: c.ConfirmDelivery, ask: Ask) -> list[Event]:
    delivery = delivery_of(world.state, action.command, action.unit)
    if action.device in delivery.devices or (delivery.step, c.CommandDelivered) not in c.STEPS:
        return []  # known, or too late to matter: nothing for a phone to be told off about
    return [c.CommandDelivered(command=delivery.command, unit=delivery.unit, device=action.device)]


def _acknowledge(world: World, action: c.AcknowledgeCommand, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    c.step(delivery, c.CommandAcknowledged)
    mine = delivery.acknowledged.get(ask.who.id)
    if mine is not None and mine.version == command.version:
        return []
    return [_receipt(delivery, command, ask)]


def _record_acknowledgement(world: World, action: c.RecordAcknowledgement, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    c.step(delivery, c.CommandAcknowledged)
    note = " ".join(part for part in (action.phone, action.note) if part)
    return [
        c.CommandAcknowledged(
            command=command.id,
            unit=delivery.unit,
            version=command.version,
            by=f"tel.{len(delivery.acknowledged)}.{ask.who.id}"[:64],
            name=action.name,
            via=c.Via.TELEPHONE,
            recorded_by=ask.who.name,
            note=note[:200],
        )
    ]


def _accept(world: World, action: c.AcceptCommand, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    if delivery.step in _TAKEN_ON:
        return []
    events = climb(delivery, command, ask, c.Step.ACKNOWLEDGED)
    if not events:
        c.step(delivery, c.CommandAccepted)
    who = ask.who
    return [
        *events,
        c.CommandAccepted(command=command.id, unit=delivery.unit, by=who.id, name=who.name, note=action.note),
    ]


def _decline(world: World, action: c.DeclineCommand, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    events = climb(delivery, command, ask, c.Step.ACKNOWLEDGED)
    if not events:
        c.step(delivery, c.CommandDeclined)
    who = ask.who
    return [
        *events,
        c.CommandDeclined(
            command=command.id, unit=delivery.unit, by=who.id, name=who.name, reason=action.reason
        ),
    ]


def _report(world: World, action: c.ReportProgress, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    events = climb(delivery, command, ask, c.Step.ACCEPTED)
    if not events:
        c.step(delivery, c.ProgressReported)
    known = {field.key for field in command.order.fields}
    strange = sorted(set(action.counts) - known)
    if strange:
        raise Rejected(Code.BAD_ACTION, fields=strange)
    if not (action.counts or action.text or action.photos or action.unchanged):
        raise Rejected(Code.BAD_ACTION, fields=["counts", "text", "photos", "unchanged"])
    who = ask.who
    return [
        *events,
        c.ProgressReported(
            command=command.id,
            unit=delivery.unit,
            by=who.id,
            name=who.name,
            counts=action.counts,
            text=action.text,
            photos=action.photos,
            position=action.position,
            unchanged=action.unchanged,
            noted_at=action.noted_at,
        ),
    ]


def _complete(world: World, action: c.CompleteCommand, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    events = climb(delivery, command, ask, c.Step.ACCEPTED)
    if not events:
        c.step(delivery, c.CommandCompleted)
    below = (unit for unit in world.state.units.values() if unit.active and unit.parent == delivery.unit)
    if command.order.relay is c.Relay.REQUIRED and not delivery.relays and any(below):
        raise Rejected(Code.RELAY_FIRST)
    who = ask.who
    return [
        *events,
        c.CommandCompleted(
            command=command.id, unit=delivery.unit, by=who.id, name=who.name, note=action.note
        ),
    ]


def _verify(world: World, action: c.VerifyDelivery, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    if delivery.step is c.Step.VERIFIED:
        return []
    c.step(delivery, c.DeliveryVerified)
    who = ask.who
    events: list[Event] = [
        c.DeliveryVerified(command=command.id, unit=delivery.unit, by=who.id, name=who.name)
    ]
    others = (d for d in world.state.deliveries[command.id].values() if d.unit != delivery.unit)
    if all(other.step in c.OVER for other in others):
        events.append(c.CommandClosed(command=command.id))
    return events


def _send_back(world: World, action: c.SendBack, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    c.step(delivery, c.DeliverySentBack)
    return [
        c.DeliverySentBack(command=command.id, unit=delivery.unit, name=ask.who.name, reason=action.reason)
    ]


def _remind(world: World, action: c.RemindDelivery, ask: Ask) -> list[Event]:
    delivery, command = _both(world, action)
    c.step(delivery, c.DeliveryReminded)
    return [c.DeliveryReminded(command=command.id, unit=delivery.unit, clock=None, name=ask.who.name)]


DELIVERY: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    c.ConfirmDelivery: _confirm_delivery,
    c.AcknowledgeCommand: _acknowledge,
    c.RecordAcknowledgement: _record_acknowledgement,
    c.AcceptCommand: _accept,
    c.DeclineCommand: _decline,
    c.ReportProgress: _report,
    c.CompleteCommand: _complete,
    c.VerifyDelivery: _verify,
    c.SendBack: _send_back,
    c.RemindDelivery: _remind,
}
