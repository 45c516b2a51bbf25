"""Deciding who is asked to a consultation: open one, by a desk or by the switch; invite, ring again, decline.

A change of a room is told to those who see it; who comes to see it is shown the whole in the same entry.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rooms import consultation as r
from rooms.consultation.change import CHANGE
from server.domain import mode as m
from server.domain.command import Addressing
from server.domain.message import Action, Event
from server.domain.people import HELD_AT, Account, Post
from server.domain.plans import Invitee
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, UnitKind, is_under, lineage
from server.world.addressing import SCOPE, addressed
from server.world.ask import Ask
from server.world.lookup import activation_of, consultation_of, root_of
from server.world.state import State
from server.world.world import World

_DESK_OF_ITS_KIND = frozenset({Post.DEPARTMENT_DESK, Post.TOWN_DESK, Post.VILLAGE_DESK})
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(r.Consultation).decode


def after(room: r.Consultation, events: Iterable[Event], at: int) -> r.Consultation:
    """A copy of the room as the events leave it."""
    copied = _decode(_encode(room))
    for event in events:
        if change := CHANGE.get(type(event)):
            change(copied, event, at)
    return copied


# ── opening ───────────────────────────────────────────────────────────────────────────────────────


def _open(world: World, action: r.OpenConsultation, ask: Ask) -> list[Event]:
    state, who = world.state, ask.who
    if ask.id in state.consultations:
        raise Rejected(Code.ACTION_ID_TAKEN, consultation=ask.id)
    if action.activation is not None:
        activation: m.Activation | None = activation_of(state, action.activation)
    else:
        activation = m.governing(state.units, state.activations, who.unit)
    chosen = invitable(state, action.to, who.unit, who.unit, activation.scope if activation else None)
    posts = dict.fromkeys(chosen, action.posts)
    return _opened(world, ask.id, action.name, who, posts, activation, None, ask.now)


def open_planned(
    world: World, activation: m.Activation, id: str, by: Account, now: int
) -> tuple[list[Event], list[str]]:
    """The rooms of the activation's plan that are not open yet, and the ids of those that cannot be."""
    open_already = {
        room.planned_room for room in world.state.consultations.values() if room.activation == activation.id
    }
    events: list[Event] = []
    skipped: list[str] = []
    for number, planned in enumerate(activation.rooms, 1):
        if planned.id in open_already:
            continue
        posts = _posts_invited(world.state, planned.invitees, activation.scope)
        posts.pop(by.unit, None)
        if len(posts) > r.UNITS_AT_MOST or f"{id}.r{number}" in world.state.consultations:
            skipped.append(planned.id)
            continue
        events += _opened(world, f"{id}.r{number}", planned.name, by, posts, activation, planned.id, now)
    return events, skipped


def _opened(
    world: World,
    id: str,
    name: str,
    by: Account,
    posts: Mapping[str, list[Post]],
    activation: m.Activation | None,
    planned_room: str | None,
    now: int,
) -> list[Event]:
    room = r.Consultation(
        id=id,
        name=name,
        host=by.unit,
        incident=activation.incident if activation else None,
        activation=activation.id if activation else None,
        planned_room=planned_room,
        opened_at=now,
        opened_by=by.name,
        invited={invited.unit: invited for invited in _invitations(world.state, posts, now)},
        empty_since=now,
    )
    return [r.DoorOpened(door=door_of(room)), r.ConsultationOpened(consultation=room)]


def door_of(room: r.Consultation) -> r.Door:
    return r.Door(
        consultation=room.id,
        name=room.name,
        host=room.host,
        activation=room.activation,
        opened_at=room.opened_at,
    )


def _invitations(state: State, posts: Mapping[str, list[Post]], now: int) -> list[r.Invitation]:
    """They ring; where nobody is who is meant, it is said at once."""
    held: dict[str, set[Post]] = {}
    for account in state.accounts.values():
        if account.active and account.unit in posts:
            held.setdefault(account.unit, set()).add(account.post)
    made = []
    for unit, meant in posts.items():
        there = held.get(unit, set())
        somebody = bool(there.intersection(meant) if meant else there)
        ringing = r.Ringing.RINGING if somebody else r.Ringing.ABSENT
        made.append(r.Invitation(unit=unit, posts=meant, state=ringing, rung_at=now))
    return made


def _posts_invited(state: State, invitees: Sequence[Invitee], scope: str) -> dict[str, list[Post]]:
    """The units that a plan's invitees mean now. A desk of a kind of unit is meant at each such unit in the
    scope, also where nobody holds it: that somebody is missing is seen."""
    found: dict[str, list[Post]] = {}

    def add(unit: str, post: Post) -> None:
        posts = found.setdefault(unit, [])
        if post not in posts:
            posts.append(post)

    for invitee in invitees:
        if invitee.unit is not None:
            code = scope if invitee.unit == SCOPE else invitee.unit
            unit = state.units.get(code)
            if unit is not None and unit.active:
                add(code, invitee.post)
        elif invitee.post in _DESK_OF_ITS_KIND:
            for unit in state.units.values():
                if unit.active and unit.kind in HELD_AT[invitee.post] and _within(state, unit, scope):
                    add(unit.code, invitee.post)
        else:
            for account in state.accounts.values():
                if account.active and account.post is invitee.post:
                    unit = state.units.get(account.unit)
                    if unit is not None and unit.active and _within(state, unit, scope):
                        add(unit.code, invitee.post)
    return {code: found[code] for code in state.units if code in found}


def _within(state: State, unit: Unit, scope: str) -> bool:
    return is_under(state.units, unit.code, scope)


def invitable(state: State, to: Addressing, by: str, host: str, scope: str | None) -> list[str]:
    """Who is above or below the caller's unit, and every department and town: an invitation is no order."""
    above = frozenset(lineage(state.units, by))
    chosen = [code for code in addressed(state, to, root_of(state), scope) if code != host]
    for code in chosen:
        near = code in above or is_under(state.units, code, by)
        if not near and state.units[code].kind not in (UnitKind.DEPARTMENT, UnitKind.TOWN):
            raise Rejected(Code.OUT_OF_REACH, unit=code)
    if not chosen:
        raise Rejected(Code.NOBODY_ADDRESSED)
    if len(chosen) > r.UNITS_AT_MOST:
        raise Rejected(Code.TOO_MANY_ADDRESSED, most=r.UNITS_AT_MOST, count=len(chosen))
    return chosen


# ── inviting ──────────────────────────────────────────────────────────────────────────────────────


def _invite(world: World, action: r.InviteToConsultation, ask: Ask) -> list[Event]:
    state, room = world.state, consultation_of(world.state, action.consultation)
    activation = state.activations.get(room.activation) if room.activation else None
    chosen = invitable(state, action.to, ask.who.unit, room.host, activation.scope if activation else None)
    fresh = [code for code in chosen if code not in room.invited]
    if len(room.invited) + len(fresh) > r.UNITS_AT_MOST:
        raise Rejected(Code.TOO_MANY_ADDRESSED, most=r.UNITS_AT_MOST, count=len(room.invited) + len(fresh))
    return added(state, room, dict.fromkeys(fresh, action.posts), ask) if fresh else []


def added(state: State, room: r.Consultation, posts: Mapping[str, list[Post]], ask: Ask) -> list[Event]:
    """Units newly invited; who of them had been ejected may come back."""
    events: list[Event] = [
        r.UnitsInvited(consultation=room.id, invitations=_invitations(state, posts, ask.now), by=ask.who.name)
    ]
    events += lifted(state, room, posts)
    shown = r.ConsultationShown(consultation=after(room, events, ask.now), units=list(posts), accounts=[])
    return [*events, shown]


def lifted(state: State, room: r.Consultation, units: Iterable[str]) -> list[Event]:
    units = frozenset(units)
    accounts = [id for id in room.ejected if id in state.accounts and state.accounts[id].unit in units]
    return [r.EjectionsLifted(consultation=room.id, accounts=accounts)] if accounts else []


def _call_again(world: World, action: r.CallAgain, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    for unit in action.units:
        if unit not in room.invited:
            raise Rejected(Code.UNKNOWN_UNIT, unit=unit)
    units = [
        unit
        for unit in dict.fromkeys(action.units or room.invited)
        if room.invited[unit].state is not r.Ringing.JOINED
    ]
    return [r.UnitsCalled(consultation=room.id, units=units, by=ask.who.name)] if units else []


def _decline(world: World, action: r.DeclineInvitation, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    invitation = room.invited.get(who.unit)
    if invitation is None:
        raise Rejected(Code.NOT_INVITED)
    if invitation.state in (r.Ringing.JOINED, r.Ringing.DECLINED):
        return []
    return [
        r.InvitationDeclined(
            consultation=room.id, unit=who.unit, account=who.id, name=who.name, reason=action.reason
        )
    ]


INVITATION: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    r.OpenConsultation: _open,
    r.InviteToConsultation: _invite,
    r.CallAgain: _call_again,
    r.DeclineInvitation: _decline,
}
