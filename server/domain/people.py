"""People and the posts they hold. Rights follow the post and the unit, never the person.

An account is one person at one post in one unit. Passwords and sessions are not here: they never
enter the journal (they must be erasable); the journal only knows that they changed or ended.
"""

from enum import StrEnum

import msgspec

from server.domain.message import AccountId, Action, Event, Id, Name, Phone, UnitCode
from server.domain.units import UnitKind


class Post(StrEnum):
    DUTY_COMMANDER = "duty_commander"
    DEPARTMENT_DESK = "department_desk"
    TOWN_DESK = "town_desk"
    VILLAGE_DESK = "village_desk"
    FIELD = "field"
    ADMINISTRATOR = "administrator"
    OBSERVER = "observer"


# where a post can be held
HELD_AT: dict[Post, frozenset[UnitKind]] = {
    Post.DUTY_COMMANDER: frozenset({UnitKind.DISTRICT, UnitKind.TOWN}),
    Post.DEPARTMENT_DESK: frozenset({UnitKind.DEPARTMENT}),
    Post.TOWN_DESK: frozenset({UnitKind.TOWN}),
    Post.VILLAGE_DESK: frozenset({UnitKind.VILLAGE}),
    Post.FIELD: frozenset({UnitKind.TEAM}),
    Post.ADMINISTRATOR: frozenset({UnitKind.DISTRICT}),
    Post.OBSERVER: frozenset({UnitKind.DISTRICT, UnitKind.TOWN, UnitKind.DEPARTMENT}),
}


class Account(msgspec.Struct, kw_only=True):
    id: AccountId
    login: Id
    name: Name
    unit: UnitCode
    post: Post
    phone: Phone = ""
    active: bool = True
    password_due: bool = False  # must choose a password of their own before doing anything else
    sessions_from: int = 0  # epoch ms: sessions begun before this are over


class OpenAccount(Action):
    account: AccountId
    login: Id
    name: Name
    unit: UnitCode
    post: Post
    phone: Phone = ""
    password_due: bool = True


class JoinTeam(Action):
    """A phone joins a field team with a code its station has shown; asked by the house on the claim."""

    account: AccountId
    unit: UnitCode
    name: Name
    phone: Phone


class ChangeAccount(Action):
    account: AccountId
    name: Name
    phone: Phone


class AppointAccount(Action):
    """Give a person another post or unit."""

    account: AccountId
    unit: UnitCode
    post: Post


class CloseAccount(Action):
    account: AccountId


class ReopenAccount(Action):
    account: AccountId


class RequirePassword(Action):
    """After an administrator set a password for somebody."""

    account: AccountId


class NotePasswordChosen(Action):
    """The house notes that a person has chosen a password; ends the duty to do so."""

    account: AccountId


class RevokeSessions(Action):
    account: AccountId


class AccountOpened(Event):
    account: Account


class AccountChanged(Event):
    account: AccountId
    name: Name
    phone: Phone


class AccountAppointed(Event):
    account: AccountId
    unit: UnitCode
    post: Post


class AccountClosed(Event):
    account: AccountId


class AccountReopened(Event):
    account: AccountId


class PasswordRequired(Event):
    account: AccountId


class PasswordChosen(Event):
    account: AccountId


class SessionsRevoked(Event):
    account: AccountId
