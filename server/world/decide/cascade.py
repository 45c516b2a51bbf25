"""Deciding commands as a whole: issue, relay, amend, recall, close, reassign.

Issuing freezes the addressing into one delivery per unit. A unit where nobody holds a post is not
waited for: the next superior with somebody there is told in the same entry.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from server.domain import command as c
from server.domain import mode as m
from server.domain.message import TEXT_AT_MOST, Action, Event
from server.domain.people import Account
from server.domain.plans import Template
from server.domain.refusal import Code, Rejected
from server.domain.units import active_unit, is_under
from server.world.addressing import addressed, superior_behind, watchers_for
from server.world.ask import Ask
from server.world.decide.delivery import climb
from server.world.lookup import activation_of, command_of, delivery_of
from server.world.state import State
from server.world.world import World


def open_commands(state: State, activation: str) -> list[str]:
    """The commands of an activation that nobody has closed or recalled."""
    return [
        command.id
        for command in state.commands.values()
        if command.activation == activation and command.closed_at is None and command.recalled is None
    ]


def opened(world: World, command: c.Command, units: Iterable[str], above: list[str]) -> list[Event]:
    """The command and its deliveries, and the escalation of those where nobody is."""
    watchers_of = watchers_for(world.state, command.issuer, above)
    deliveries: list[Event] = []
    empty: list[Event] = []
    for unit in units:
        watchers = watchers_of(unit)
        deliveries.append(c.DeliveryOpened(command=command.id, unit=unit, watchers=watchers))
        if not world.somebody_at(unit) and watchers and command.order.clocks.acknowledge is not None:
            empty.append(escalation(world, command.id, unit, watchers, c.Clock.ACKNOWLEDGE, None, [unit]))
    return [c.CommandIssued(command=command), *deliveries, *empty]


def escalation(
    world: World,
    command: str,
    unit: str,
    watchers: list[str],
    clock: c.Clock,
    after: str | None,
    skipped: list[str],
) -> c.DeliveryEscalated:
    """To the next superior behind `after`."""
    to, passed = superior_behind(world, watchers, after)
    return c.DeliveryEscalated(command=command, unit=unit, clock=clock, to=to, skipped=[*skipped, *passed])


def issue(
    world: World, template: Template, id: str, by: Account, activation: m.Activation, now: int
) -> list[Event]:
    """A plan's command, issued by the switch in the name of who threw it."""
    _unused(world.state, id)
    units = addressed(world.state, template.addressing, by.unit, activation.scope)
    order = c.Order(
        title=template.title,
        text=template.text,
        priority=template.priority,
        clocks=template.clocks,
        relay=template.relay,
        fields=template.fields,
        template=template.id,
    )
    return opened(world, _command(id, order, by, now, activation.id), units, [])


def _unused(state: State, id: str) -> None:
    """Refuse the id of a command there is: the switch derives ids, and a caller might choose such a one."""
    if id in state.commands:
        raise Rejected(Code.ACTION_ID_TAKEN, command=id)


def _command(
    id: str,
    order: c.Order,
    by: Account,
    now: int,
    activation: str | None,
    parent: str | None = None,
    relayer: str | None = None,
) -> c.Command:
    return c.Command(
        id=id,
        order=order,
        issuer=by.unit,
        issued_by=by.id,
        issued_name=by.name,
        issued_at=now,
        activation=activation,
        parent=parent,
        relayer=relayer,
        holder=by.unit,
    )


def _issue(world: World, action: c.IssueCommand, ask: Ask) -> list[Event]:
    state, who = world.state, ask.who
    _unused(state, ask.id)
    if action.activation is not None:
        activation: m.Activation | None = activation_of(state, action.activation)
        if activation is not None and activation.mode is not m.Mode.EMERGENCY:
            raise Rejected(Code.WRONG_MODE, mode=activation.mode.value)
    else:
        activation = m.governing(state.units, state.activations, who.unit)
        if activation is not None and activation.mode is not m.Mode.EMERGENCY:
            activation = None
    units = addressed(state, action.to, who.unit, activation.scope if activation else None)
    command = _command(ask.id, action.order, who, ask.now, activation.id if activation else None)
    return opened(world, command, units, [])


def _relay(world: World, action: c.RelayCommand, ask: Ask) -> list[Event]:
    who, state = ask.who, world.state
    _unused(state, ask.id)
    parent = live(command_of(state, action.command))
    delivery = delivery_of(state, action.command, action.unit)
    events = climb(delivery, parent, ask, c.Step.ACCEPTED)
    if not events:
        c.step(delivery, c.CommandRelayed)
    if parent.order.relay is c.Relay.NONE:
        raise Rejected(Code.NOT_ALLOWED, relay=parent.order.relay.value)
    units = [unit for unit in addressed(state, action.to, who.unit) if unit != who.unit]
    if not units:
        raise Rejected(Code.NOBODY_ADDRESSED)
    text = f"{action.text}\n\n{parent.order.text}" if action.text else parent.order.text
    if len(text) > TEXT_AT_MOST:
        raise Rejected(Code.TOO_LARGE, most=TEXT_AT_MOST, length=len(text))
    relay = c.Relay.OPTIONAL if parent.order.relay is c.Relay.REQUIRED else parent.order.relay
    order = msgspec.structs.replace(
        parent.order, text=text, clocks=action.clocks or parent.order.clocks, relay=relay
    )
    child = _command(ask.id, order, who, ask.now, parent.activation, parent.id, action.unit)
    events.append(
        c.CommandRelayed(
            command=parent.id, unit=action.unit, by=who.id, name=who.name, child=child.id, units=len(units)
        )
    )
    return [*events, *opened(world, child, units, delivery.watchers)]


def live(command: c.Command) -> c.Command:
    """Refuse what is recalled or closed."""
    if command.recalled is not None or command.closed_at is not None:
        raise Rejected(Code.COMMAND_OVER, command=command.id)
    return command


def _amend(world: World, action: c.AmendCommand, ask: Ask) -> list[Event]:
    command = live(command_of(world.state, action.command))
    if action.order == command.order:
        return []
    return [c.CommandAmended(command=command.id, order=action.order, version=command.version + 1)]


def _family(state: State, command: str) -> list[str]:
    """A command and everything that was relayed from it, parents first."""
    found = [command]
    for parent in found:
        for delivery in state.deliveries.get(parent, {}).values():
            found += [child for child in delivery.relays if child in state.commands]
    return found


def shown(state: State, command: str, to: str, newly: dict[str, list[str]]) -> list[Event]:
    """A command and what was relayed from it, with their deliveries as they stand, to a unit that is to
    watch them. `newly`: who comes to watch which command earlier in the same entry; added to."""
    events: list[Event] = []
    for id in _family(state, command):
        known = newly.setdefault(id, [])
        now = [_watched(delivery, known) for delivery in state.deliveries[id].values()]
        hidden = [delivery for delivery in now if not c.seen_by(delivery, to)]
        if not hidden:
            continue
        known.append(to)
        events.append(c.CommandIssued(command=msgspec.structs.replace(state.commands[id])))
        events += [c.DeliveryShown(delivery=_watched(delivery, [to]), to=to) for delivery in hidden]
        events.append(c.CommandWatched(command=id, by=to))
    return events


def _watched(delivery: c.Delivery, by: Iterable[str]) -> c.Delivery:
    for unit in by:
        delivery = msgspec.structs.replace(delivery, watchers=c.watched_by(delivery, unit))
    return delivery


def _recall(world: World, action: c.RecallCommand, ask: Ask) -> list[Event]:
    live(command_of(world.state, action.command))
    return [
        c.CommandRecalled(command=command, reason=action.reason)
        for command in _family(world.state, action.command)
        if world.state.commands[command].recalled is None and world.state.commands[command].closed_at is None
    ]


def _close(world: World, action: c.CloseCommand, ask: Ask) -> list[Event]:
    """Closed is closed: what was relayed from it closes with it."""
    command_of(world.state, action.command)
    return [
        c.CommandClosed(command=command)
        for command in _family(world.state, action.command)
        if world.state.commands[command].closed_at is None
    ]


def _reassign(world: World, action: c.ReassignDelivery, ask: Ask) -> list[Event]:
    state, who = world.state, ask.who
    command = live(command_of(state, action.command))
    delivery = delivery_of(state, action.command, action.unit)
    c.step(delivery, c.DeliveryReassigned)
    target = active_unit(state.units, action.to).code
    if not is_under(state.units, target, who.unit):
        raise Rejected(Code.OUT_OF_REACH, unit=target)
    if target in state.deliveries[command.id]:
        raise Rejected(Code.NAME_TAKEN, unit=target)
    moved = c.DeliveryReassigned(
        command=command.id, unit=action.unit, to=target, reason=action.reason, name=who.name
    )
    return [moved, *opened(world, command, [target], delivery.watchers)]


CASCADE: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    c.IssueCommand: _issue,
    c.RelayCommand: _relay,
    c.AmendCommand: _amend,
    c.RecallCommand: _recall,
    c.CloseCommand: _close,
    c.ReassignDelivery: _reassign,
}
