"""Deciding who is in a consultation: join, leave, knock, admit, eject; hand it over, close it."""

from collections.abc import Callable
from typing import Any

import msgspec

from rooms import consultation as r
from rooms.consultation.rights import may_enter, moderates
from server.domain.authority import DESKS
from server.domain.command import Addressing
from server.domain.message import Action, Event
from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.domain.units import active_unit
from server.world.ask import Ask
from server.world.decide.invitation import added, after, door_of, invitable, lifted
from server.world.decide.recording import ended_roll_call, stopped_recording
from server.world.lookup import account_of, consultation_of, knock_of
from server.world.state import State
from server.world.world import World

# ── coming and going ──────────────────────────────────────────────────────────────────────────────


def _join(world: World, action: r.JoinConsultation, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    if not may_enter(room, who):
        raise Rejected(Code.NOT_INVITED)
    there = room.participants.get(who.id)
    if there is not None and there.device == action.device and there.lost_at is None:
        return []
    if there is None and len(room.participants) >= r.SEATS:
        raise Rejected(Code.ROOM_FULL, most=r.SEATS)
    participant = r.Participant(
        account=who.id,
        name=who.name,
        unit=who.unit,
        post=who.post,
        device=action.device,
        joined_at=ask.now,
        asked_at=there.asked_at if there is not None else None,
    )
    return [r.ParticipantJoined(consultation=room.id, participant=participant)]


def _leave(world: World, action: r.LeaveConsultation, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    there = room.participants.get(ask.who.id)
    if there is None or there.device != action.device:
        return []
    return [left(room, there, lost=False)]


def left(room: r.Consultation, there: r.Participant, lost: bool) -> Event:
    return r.ParticipantLeft(
        consultation=room.id, account=there.account, unit=there.unit, name=there.name, lost=lost
    )


def departures(state: State, account: Account) -> list[Event]:
    """From the rooms in which the account, as it is going to be, has no place any more."""
    return [
        left(room, room.participants[account.id], lost=False)
        for room in state.consultations.values()
        if account.id in room.participants and not may_enter(room, account)
    ]


def _eject(world: World, action: r.EjectParticipant, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if action.account in room.ejected:
        return []
    account = account_of(world.state, action.account)
    if moderates(room, account):
        raise Rejected(Code.NOT_ALLOWED, account=account.id)
    there = room.participants.get(account.id)
    if there is None and account.id not in room.admitted:
        raise Rejected(Code.NOT_IN_ROOM, account=account.id)
    unit, name = (there.unit, there.name) if there else (account.unit, account.name)
    return [
        r.ParticipantEjected(consultation=room.id, account=account.id, unit=unit, name=name, by=ask.who.name)
    ]


# ── the lobby ─────────────────────────────────────────────────────────────────────────────────────


def _knock(world: World, action: r.KnockAtConsultation, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    if may_enter(room, who):
        return []  # the door is open
    before = [k for k in world.state.knocks.values() if k.consultation == room.id and k.account == who.id]
    if any(not knock.refused for knock in before):
        return []
    knock = r.Knock(
        id=ask.id,
        consultation=room.id,
        host=room.host,
        account=who.id,
        name=who.name,
        unit=who.unit,
        post=who.post,
        at=ask.now,
    )
    return [*(_dropped(old) for old in before), r.Knocked(knock=knock)]


def _dropped(knock: r.Knock) -> Event:
    return r.KnockDropped(knock=knock.id, host=knock.host, account=knock.account)


def _admit(world: World, action: r.AdmitKnock, ask: Ask) -> list[Event]:
    knock = knock_of(world.state, action.knock)
    room = consultation_of(world.state, knock.consultation)
    events: list[Event] = []
    if knock.account in room.ejected:
        events.append(r.EjectionsLifted(consultation=room.id, accounts=[knock.account]))
    events.append(
        r.KnockAdmitted(
            consultation=room.id,
            knock=knock.id,
            account=knock.account,
            unit=knock.unit,
            name=knock.name,
            by=ask.who.name,
        )
    )
    shown = r.ConsultationShown(consultation=after(room, events, ask.now), units=[], accounts=[knock.account])
    return [*events, shown]


def _refuse(world: World, action: r.RefuseKnock, ask: Ask) -> list[Event]:
    knock = knock_of(world.state, action.knock)
    if knock.refused:
        return []
    return [
        r.KnockRefused(
            consultation=knock.consultation,
            knock=knock.id,
            account=knock.account,
            unit=knock.unit,
            name=knock.name,
            by=ask.who.name,
        )
    ]


# ── the room itself ───────────────────────────────────────────────────────────────────────────────


def _hand_over(world: World, action: r.HandOverModeration, ask: Ask) -> list[Event]:
    state, room = world.state, consultation_of(world.state, action.consultation)
    unit = active_unit(state.units, action.unit).code
    if unit == room.host:
        return []
    if not any(a.active and a.unit == unit and a.post in DESKS for a in state.accounts.values()):
        raise Rejected(Code.NOT_ALLOWED, unit=unit)  # nobody there could moderate
    events: list[Event] = []
    if unit not in room.invited:
        invitable(state, Addressing(units=[unit]), ask.who.unit, room.host, None)
        events += added(state, room, {unit: []}, ask)
    elif pardons := lifted(state, room, [unit]):
        back = [id for event in pardons if isinstance(event, r.EjectionsLifted) for id in event.accounts]
        whole = after(room, pardons, ask.now)
        events += [*pardons, r.ConsultationShown(consultation=whole, units=[], accounts=back)]
    for knock in state.knocks.values():
        if knock.consultation == room.id:
            events.append(_dropped(knock))
            events.append(r.Knocked(knock=msgspec.structs.replace(knock, host=unit)))
    events.append(r.ModerationHandedOver(consultation=room.id, unit=unit, before=room.host, by=ask.who.name))
    return [*events, r.DoorOpened(door=msgspec.structs.replace(door_of(room), host=unit))]


def _close(world: World, action: r.CloseConsultation, ask: Ask) -> list[Event]:
    return closed(world.state, consultation_of(world.state, action.consultation), ask.who.name, ask.now)


def closed(state: State, room: r.Consultation, by: str, now: int) -> list[Event]:
    """What runs in it ends with it."""
    came = [i.unit for i in room.invited.values() if i.state in (r.Ringing.JOINED, r.Ringing.LEFT)]
    return [
        *ended_roll_call(room, by),
        *stopped_recording(state, room, now),
        r.ConsultationClosed(
            consultation=room.id,
            name=room.name,
            activation=room.activation,
            by=by,
            came=came,
            absent=[unit for unit in room.invited if unit not in came],
        ),
        r.DoorClosed(consultation=room.id),
    ]


CONSULTATION: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    r.JoinConsultation: _join,
    r.LeaveConsultation: _leave,
    r.KnockAtConsultation: _knock,
    r.AdmitKnock: _admit,
    r.RefuseKnock: _refuse,
    r.EjectParticipant: _eject,
    r.HandOverModeration: _hand_over,
    r.CloseConsultation: _close,
}
