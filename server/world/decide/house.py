"""Deciding administration: units, groups, people, plans, and the founding of the log."""

from collections.abc import Callable
from typing import Any

import msgspec

from resources.ending import needed_for
from server.domain import house as h
from server.domain import people as p
from server.domain import plans as pl
from server.domain import units as u
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.world.ask import Ask
from server.world.decide.consultation import departures
from server.world.lookup import account_of
from server.world.state import State
from server.world.world import World


def _unit(state: State, code: str) -> u.Unit:
    unit = state.units.get(code)
    if unit is None:
        raise Rejected(Code.UNKNOWN_UNIT, unit=code)
    return unit


def _add_unit(world: World, action: u.AddUnit, ask: Ask) -> list[Event]:
    unit = action.unit
    if unit.code in world.state.units:
        raise Rejected(Code.NAME_TAKEN, unit=unit.code)
    if unit.parent is None:
        raise Rejected(Code.BAD_PLACE_IN_TREE, kind=unit.kind.value)
    u.may_stand_under(world.state.units, unit.kind, unit.parent)
    return [u.UnitAdded(unit=msgspec.structs.replace(unit, active=True))]


def _change_unit(world: World, action: u.ChangeUnit, ask: Ask) -> list[Event]:
    _unit(world.state, action.code)
    return [
        u.UnitChanged(
            code=action.code,
            name=action.name,
            short=action.short,
            phone=action.phone,
            lon=action.lon,
            lat=action.lat,
        )
    ]


def _move_unit(world: World, action: u.MoveUnit, ask: Ask) -> list[Event]:
    unit = _unit(world.state, action.code)
    if unit.parent is None or u.is_under(world.state.units, action.parent, action.code):
        raise Rejected(Code.BAD_PLACE_IN_TREE, kind=unit.kind.value)
    u.may_stand_under(world.state.units, unit.kind, action.parent)
    return [] if unit.parent == action.parent else [u.UnitMoved(code=unit.code, parent=action.parent)]


def _retire_unit(world: World, action: u.RetireUnit, ask: Ask) -> list[Event]:
    state = world.state
    unit = _unit(state, action.code)
    below = [other.code for other in state.units.values() if other.active and other.parent == unit.code]
    people = [a.name for a in state.accounts.values() if a.active and a.unit == unit.code]
    board: dict[str, Any] = needed_for(state.board, unit.code)
    if unit.parent is None or below or people or board:
        raise Rejected(Code.UNIT_IN_USE, units=below[:10], people=people[:10], **board)
    return [u.UnitRetired(code=unit.code)] if unit.active else []


def _restore_unit(world: World, action: u.RestoreUnit, ask: Ask) -> list[Event]:
    unit = _unit(world.state, action.code)
    if unit.active:
        return []
    if unit.parent is not None:
        u.may_stand_under(world.state.units, unit.kind, unit.parent)
    return [u.UnitRestored(code=unit.code)]


def _save_group(world: World, action: u.SaveGroup, ask: Ask) -> list[Event]:
    for code in action.group.units:
        _unit(world.state, code)
    return [u.GroupSaved(group=action.group)]


def _drop_group(world: World, action: u.DropGroup, ask: Ask) -> list[Event]:
    return [u.GroupDropped(group=action.group)] if action.group in world.state.groups else []


def _holdable(state: State, post: p.Post, unit: str) -> None:
    kind = u.active_unit(state.units, unit).kind
    if kind not in p.HELD_AT[post]:
        raise Rejected(Code.BAD_PLACE_IN_TREE, post=post.value, kind=kind.value)


def _keep_an_administrator(state: State, leaving: str) -> None:
    """A district without an administrator could never be mended from within."""
    staying = [
        a.id
        for a in state.accounts.values()
        if a.active and a.post is p.Post.ADMINISTRATOR and a.id != leaving
    ]
    if not staying:
        raise Rejected(Code.LAST_ADMINISTRATOR)


def _unused(state: State, account: str, login: str) -> None:
    if account in state.accounts or any(a.login == login for a in state.accounts.values()):
        raise Rejected(Code.NAME_TAKEN, login=login)


def _open_account(world: World, action: p.OpenAccount, ask: Ask) -> list[Event]:
    state = world.state
    _unused(state, action.account, action.login)
    _holdable(state, action.post, action.unit)
    account = p.Account(
        id=action.account,
        login=action.login,
        name=action.name,
        unit=action.unit,
        post=action.post,
        phone=action.phone,
        password_due=action.password_due,
    )
    return [p.AccountOpened(account=account)]


def _join_team(world: World, action: p.JoinTeam, ask: Ask) -> list[Event]:
    """Asked again it only says who holds the phone: the first time may have ended half-way."""
    known = world.state.accounts.get(action.account)
    if known is not None and known.active and (known.unit, known.post) == (action.unit, p.Post.FIELD):
        if (known.name, known.phone) == (action.name, action.phone):
            return []
        return [p.AccountChanged(account=known.id, name=action.name, phone=action.phone)]
    _unused(world.state, action.account, action.account)
    _holdable(world.state, p.Post.FIELD, action.unit)
    account = p.Account(
        id=action.account,
        login=action.account,
        name=action.name,
        unit=action.unit,
        post=p.Post.FIELD,
        phone=action.phone,
    )
    return [p.AccountOpened(account=account)]


def _change_account(world: World, action: p.ChangeAccount, ask: Ask) -> list[Event]:
    account_of(world.state, action.account)
    return [p.AccountChanged(account=action.account, name=action.name, phone=action.phone)]


def _appoint(world: World, action: p.AppointAccount, ask: Ask) -> list[Event]:
    account = account_of(world.state, action.account)
    _holdable(world.state, action.post, action.unit)
    if account.post is p.Post.ADMINISTRATOR and action.post is not p.Post.ADMINISTRATOR:
        _keep_an_administrator(world.state, account.id)
    if (account.unit, account.post) == (action.unit, action.post):
        return []
    later = msgspec.structs.replace(account, unit=action.unit, post=action.post)
    appointed = p.AccountAppointed(account=account.id, unit=action.unit, post=action.post)
    return [*departures(world.state, later), appointed]


def _close_account(world: World, action: p.CloseAccount, ask: Ask) -> list[Event]:
    account = account_of(world.state, action.account)
    if account.post is p.Post.ADMINISTRATOR:
        _keep_an_administrator(world.state, account.id)
    if not account.active:
        return []
    later = msgspec.structs.replace(account, active=False)
    return [*departures(world.state, later), p.AccountClosed(account=account.id)]


def _reopen_account(world: World, action: p.ReopenAccount, ask: Ask) -> list[Event]:
    account = account_of(world.state, action.account)
    if account.active:
        return []
    _holdable(world.state, account.post, account.unit)
    return [p.AccountReopened(account=account.id)]


def _require_password(world: World, action: p.RequirePassword, ask: Ask) -> list[Event]:
    return [p.PasswordRequired(account=account_of(world.state, action.account).id)]


def _note_password(world: World, action: p.NotePasswordChosen, ask: Ask) -> list[Event]:
    return [p.PasswordChosen(account=account_of(world.state, action.account).id)]


def _revoke(world: World, action: p.RevokeSessions, ask: Ask) -> list[Event]:
    return [p.SessionsRevoked(account=account_of(world.state, action.account).id)]


def _save_plan(world: World, action: pl.SavePlan, ask: Ask) -> list[Event]:
    plan = action.plan
    known = world.state.plans.get(plan.id)
    if plan.version != (known.version if known else 0):
        raise Rejected(Code.STALE_VERSION, version=known.version if known else 0)
    ids = [item.id for part in (plan.templates, plan.rooms, plan.checklist) for item in part]
    if len(ids) != len(set(ids)):
        raise Rejected(Code.NAME_TAKEN, ids=sorted({id for id in ids if ids.count(id) > 1}))
    return [pl.PlanSaved(plan=msgspec.structs.replace(plan, version=plan.version + 1, retired=False))]


def _retire_plan(world: World, action: pl.RetirePlan, ask: Ask) -> list[Event]:
    plan = world.state.plans.get(action.plan)
    if plan is None:
        raise Rejected(Code.UNKNOWN_PLAN, plan=action.plan)
    return [] if plan.retired else [pl.PlanRetired(plan=plan.id)]


def _note_webhook(world: World, action: h.NoteWebhook, ask: Ask) -> list[Event]:
    return [
        h.WebhookNoted(
            webhook=action.webhook,
            by=action.by,
            name=account_of(world.state, action.by).name,
            change=action.change,
            url=action.url,
            events=action.events,
            active=action.active,
            renewed=action.renewed,
        )
    ]


HOUSE: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    u.AddUnit: _add_unit,
    u.ChangeUnit: _change_unit,
    u.MoveUnit: _move_unit,
    u.RetireUnit: _retire_unit,
    u.RestoreUnit: _restore_unit,
    u.SaveGroup: _save_group,
    u.DropGroup: _drop_group,
    p.OpenAccount: _open_account,
    p.JoinTeam: _join_team,
    p.ChangeAccount: _change_account,
    p.AppointAccount: _appoint,
    p.CloseAccount: _close_account,
    p.ReopenAccount: _reopen_account,
    p.RequirePassword: _require_password,
    p.NotePasswordChosen: _note_password,
    p.RevokeSessions: _revoke,
    pl.SavePlan: _save_plan,
    pl.RetirePlan: _retire_plan,
    h.NoteWebhook: _note_webhook,
}
