"""Deciding the switch: declare, confirm, change level, stand down, resume routine."""

from collections.abc import Callable
from typing import Any

import msgspec

from resources import events as b
from resources.ending import handed_over, still_open
from resources.requests import planned
from server.domain import mode as m
from server.domain.command import CommandHandedOver, seen_by
from server.domain.incident import Incident
from server.domain.message import Action, Event
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, UnitKind, active_unit, is_under, lineage
from server.world.ask import Ask
from server.world.decide.cascade import issue, open_commands, shown
from server.world.decide.consultation import closed
from server.world.decide.invitation import open_planned
from server.world.lookup import account_of, activation_of, proposal_of
from server.world.state import State
from server.world.world import World


def _mode_at(state: State, scope: str) -> tuple[m.Mode, m.Activation | None]:
    """The mode that a switch thrown at `scope` starts from, and the activation standing exactly there."""
    standing = next((a for a in state.activations.values() if a.scope == scope), None)
    for above in lineage(state.units, scope):
        for activation in state.activations.values():
            if activation.scope == above and activation.mode is m.Mode.EMERGENCY:
                return m.Mode.EMERGENCY, standing
    return (standing.mode if standing else m.Mode.ROUTINE), standing


def _declare(world: World, action: m.DeclareEmergency, ask: Ask) -> list[Event]:
    state = world.state
    active_unit(state.units, action.scope)
    before, _ = _mode_at(state, action.scope)
    m.step(before, m.DeclareEmergency)
    _plan_of(state, action)
    if not state.two_person:
        return _thrown(world, action, ask.id, ask.who, None, ask.now)
    proposal = m.Proposal(
        id=ask.id,
        declare=action,
        by=ask.who.id,
        name=ask.who.name,
        at=ask.now,
        expires_at=ask.now + m.PROPOSAL_LASTS_MS,
    )
    return [m.EmergencyProposed(proposal=proposal)]


def _confirm(world: World, action: m.ConfirmEmergency, ask: Ask) -> list[Event]:
    proposal = proposal_of(world.state, action.proposal)
    if proposal.by == ask.who.id:
        raise Rejected(Code.SAME_PERSON)
    before, _ = _mode_at(world.state, proposal.declare.scope)
    m.step(before, m.DeclareEmergency)
    declarer = account_of(world.state, proposal.by)
    thrown = _thrown(world, proposal.declare, proposal.id, declarer, ask.who, ask.now)
    return [m.ProposalDropped(proposal=proposal.id, lapsed=False), *thrown]


def _drop(world: World, action: m.DropProposal, ask: Ask) -> list[Event]:
    return [m.ProposalDropped(proposal=proposal_of(world.state, action.proposal).id, lapsed=False)]


def _plan_of(state: State, action: m.DeclareEmergency) -> Plan | None:
    if action.plan is None:
        return None
    plan = state.plans.get(action.plan)
    if plan is None or plan.retired:
        raise Rejected(Code.UNKNOWN_PLAN, plan=action.plan)
    return plan


def _thrown(
    world: World, action: m.DeclareEmergency, id: str, by: Account, second: Account | None, now: int
) -> list[Event]:
    """The switch itself: incident, mode, and the plan's automatic commands."""
    state = world.state
    before, standing = _mode_at(state, action.scope)
    after = m.step(before, m.DeclareEmergency)
    plan = _plan_of(state, action)
    events: list[Event] = []
    if standing is None:
        incident = Incident(id=f"{id}.i", facts=action.incident, opened_at=now, opened_by=by.id)
        events.append(m.IncidentOpened(incident=incident))
    else:
        events.append(m.IncidentChanged(incident=standing.incident, facts=action.incident))
    activation = m.Activation(
        id=standing.id if standing else id,
        scope=action.scope,
        mode=after,
        incident=standing.incident if standing else f"{id}.i",
        level=action.level,
        reason=action.reason,
        declared_at=now,
        declared_by=by.id,
        declared_name=by.name,
        confirmed_by=second.id if second else None,
        plan=plan.id if plan else None,
        plan_version=plan.version if plan else 0,
        plan_name=plan.name if plan else "",
        rooms=plan.rooms if plan else [],
        resources=plan.resources if plan else [],
        checklist=plan.checklist if plan else [],
        ticked={},
        skipped=[],
    )
    events.append(m.ModeSwitched(activation=activation, before=before, reason=action.reason, open=[]))
    automatic = [t for t in plan.templates if t.automatic and t.id not in action.without] if plan else []
    for number, template in enumerate(automatic, 1):
        try:
            events += issue(world, template, f"{id}.{number}", by, activation, now)
        except Rejected:
            # an outdated template must not hold up the switch: it is listed, a person sees to it
            activation.skipped.append(template.id)
    rooms, skipped = open_planned(world, activation, id, by, now)
    activation.skipped += skipped
    return [*events, *rooms, *_staged(state, activation, by, now)]


def _staged(state: State, activation: m.Activation, by: Account, now: int) -> list[b.RequestOpened]:
    """What the plan has ready beforehand, asked for; once, however often the switch is thrown."""
    wanted = planned(activation, activation.resources, by, now)
    return [asked for asked in wanted if asked.request.id not in state.board.requests]


def _change_level(world: World, action: m.ChangeLevel, ask: Ask) -> list[Event]:
    activation = activation_of(world.state, action.activation)
    m.step(activation.mode, m.ChangeLevel)
    if activation.level == action.level:
        return []
    return [
        m.LevelChanged(
            activation=activation.id, before=activation.level, level=action.level, reason=action.reason
        )
    ]


def _change_incident(world: World, action: m.ChangeIncident, ask: Ask) -> list[Event]:
    if action.incident not in world.state.incidents:
        raise Rejected(Code.UNKNOWN_INCIDENT, incident=action.incident)
    return [m.IncidentChanged(incident=action.incident, facts=action.facts)]


def _tick(world: World, action: m.TickChecklist, ask: Ask) -> list[Event]:
    activation = activation_of(world.state, action.activation)
    if action.item not in {item.id for item in activation.checklist}:
        raise Rejected(Code.NOT_FOUND, item=action.item)
    if (action.item in activation.ticked) == action.done:
        return []
    return [m.ChecklistTicked(activation=activation.id, item=action.item, done=action.done)]


def _stand_down(world: World, action: m.StandDown, ask: Ask) -> list[Event]:
    activation = activation_of(world.state, action.activation)
    after = m.step(activation.mode, m.StandDown)
    standing = msgspec.structs.replace(
        activation, mode=after, ticked=dict(activation.ticked), stood_down_at=ask.now
    )
    requests, orders = still_open(world.state.board, activation.id).named()
    return [
        m.ModeSwitched(
            activation=standing,
            before=activation.mode,
            reason=action.reason,
            open=open_commands(world.state, activation.id),
            open_requests=requests,
            open_orders=orders,
        )
    ]


def _resume(world: World, action: m.ResumeRoutine, ask: Ask) -> list[Event]:
    state = world.state
    activation = activation_of(state, action.activation)
    after = m.step(activation.mode, m.ResumeRoutine)
    commands, on_board = open_commands(state, activation.id), still_open(state.board, activation.id)
    requests, orders = on_board.named()
    left = {"commands": commands, "requests": requests, "orders": orders}
    homeless: dict[str, Any] = {
        what: missing
        for what, ids in left.items()
        if (missing := [i for i in ids if i not in action.hand_over])
    }
    if homeless:
        raise Rejected(Code.STILL_OPEN, **homeless)
    events: list[Event] = []
    newly: dict[str, list[str]] = {}
    for command in commands:
        holder = active_unit(state.units, action.hand_over[command])
        events += _handed_over(state, command, holder, ask.who, newly)
    events += handed_over(state.board, state.units, on_board, action.hand_over, ask.who.unit, ask.who.name)
    for room in state.consultations.values():
        if room.activation == activation.id:
            events += closed(state, room, ask.who.name, ask.now)
    ended = msgspec.structs.replace(activation, mode=after, ticked=dict(activation.ticked))
    events.append(
        m.ModeSwitched(
            activation=ended,
            before=activation.mode,
            reason="",
            open=commands,
            open_requests=requests,
            open_orders=orders,
        )
    )
    events.append(m.IncidentClosed(incident=activation.incident))
    return events


def _handed_over(
    state: State, command: str, holder: Unit, by: Account, newly: dict[str, list[str]]
) -> list[Event]:
    """To who sees all of it; a department below the giver is shown what it does not see."""
    handed = CommandHandedOver(command=command, to=holder.code)
    if all(seen_by(delivery, holder.code) for delivery in state.deliveries[command].values()):
        return [handed]
    if holder.kind is not UnitKind.DEPARTMENT or not is_under(state.units, holder.code, by.unit):
        raise Rejected(Code.OUT_OF_REACH, unit=holder.code, command=command)
    return [*shown(state, command, holder.code, newly), handed]


def _change_settings(world: World, action: m.ChangeSettings, ask: Ask) -> list[Event]:
    state = world.state
    within = state.distress_within if action.distress_within is None else action.distress_within
    if (state.two_person, state.distress_within) == (action.two_person, within):
        return []
    return [m.SettingsChanged(two_person=action.two_person, distress_within=within)]


MODE: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    m.DeclareEmergency: _declare,
    m.ConfirmEmergency: _confirm,
    m.DropProposal: _drop,
    m.ChangeLevel: _change_level,
    m.ChangeIncident: _change_incident,
    m.TickChecklist: _tick,
    m.StandDown: _stand_down,
    m.ResumeRoutine: _resume,
    m.ChangeSettings: _change_settings,
}
