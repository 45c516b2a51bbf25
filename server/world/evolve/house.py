"""How units, people, plans and settings change."""

from collections.abc import Callable
from typing import Any

from server.domain import house, mode, people, plans, units
from server.domain.message import Event
from server.world.state import State


def _founded(state: State, event: house.DistrictFounded, at: int) -> None:
    state.name = event.name
    state.exercise = event.exercise
    state.units = {unit.code: unit for unit in event.units}
    state.accounts = {account.id: account for account in event.accounts}
    state.plans = {plan.id: plan for plan in event.plans}
    state.groups = {group.id: group for group in event.groups}


def _unit_added(state: State, event: units.UnitAdded, at: int) -> None:
    state.units[event.unit.code] = event.unit


def _unit_changed(state: State, event: units.UnitChanged, at: int) -> None:
    if unit := state.units.get(event.code):
        unit.name, unit.short, unit.phone = event.name, event.short, event.phone
        unit.lon, unit.lat = event.lon, event.lat


def _unit_moved(state: State, event: units.UnitMoved, at: int) -> None:
    if unit := state.units.get(event.code):
        unit.parent = event.parent


def _unit_retired(state: State, event: units.UnitRetired, at: int) -> None:
    if unit := state.units.get(event.code):
        unit.active = False


def _unit_restored(state: State, event: units.UnitRestored, at: int) -> None:
    if unit := state.units.get(event.code):
        unit.active = True


def _group_saved(state: State, event: units.GroupSaved, at: int) -> None:
    state.groups[event.group.id] = event.group


def _group_dropped(state: State, event: units.GroupDropped, at: int) -> None:
    state.groups.pop(event.group, None)


def _account_opened(state: State, event: people.AccountOpened, at: int) -> None:
    state.accounts[event.account.id] = event.account


def _account_changed(state: State, event: people.AccountChanged, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.name, account.phone = event.name, event.phone


def _account_appointed(state: State, event: people.AccountAppointed, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.unit, account.post = event.unit, event.post


def _account_closed(state: State, event: people.AccountClosed, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.active, account.sessions_from = False, at


def _account_reopened(state: State, event: people.AccountReopened, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.active = True


def _password_required(state: State, event: people.PasswordRequired, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.password_due, account.sessions_from = True, at


def _password_chosen(state: State, event: people.PasswordChosen, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.password_due = False


def _sessions_revoked(state: State, event: people.SessionsRevoked, at: int) -> None:
    if account := state.accounts.get(event.account):
        account.sessions_from = at


def _plan_saved(state: State, event: plans.PlanSaved, at: int) -> None:
    state.plans[event.plan.id] = event.plan


def _plan_retired(state: State, event: plans.PlanRetired, at: int) -> None:
    if plan := state.plans.get(event.plan):
        plan.retired = True


def _settings_changed(state: State, event: mode.SettingsChanged, at: int) -> None:
    state.two_person, state.distress_within = event.two_person, event.distress_within


def _webhook_noted(state: State, event: house.WebhookNoted, at: int) -> None:
    """For who reads the journal."""


HOUSE: dict[type[Event], Callable[[State, Any, int], None]] = {
    house.DistrictFounded: _founded,
    units.UnitAdded: _unit_added,
    units.UnitChanged: _unit_changed,
    units.UnitMoved: _unit_moved,
    units.UnitRetired: _unit_retired,
    units.UnitRestored: _unit_restored,
    units.GroupSaved: _group_saved,
    units.GroupDropped: _group_dropped,
    people.AccountOpened: _account_opened,
    people.AccountChanged: _account_changed,
    people.AccountAppointed: _account_appointed,
    people.AccountClosed: _account_closed,
    people.AccountReopened: _account_reopened,
    people.PasswordRequired: _password_required,
    people.PasswordChosen: _password_chosen,
    people.SessionsRevoked: _sessions_revoked,
    plans.PlanSaved: _plan_saved,
    plans.PlanRetired: _plan_retired,
    mode.SettingsChanged: _settings_changed,
    house.WebhookNoted: _webhook_noted,
}
