"""What the house itself does: a district's log is founded, and time passes.

Its actions are never parsed from a client; their actor is the system. The one that founds is in
`server.world.founding`: it knows what every part of the house begins with.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from server.domain.message import AccountId, Action, Event, Id, Name
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.units import Group, Unit

WebhookAddress = Annotated[str, Meta(max_length=500)]


class WebhookChange(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Lapse(Action):
    """Time has passed: whatever is due by now happens (reminders, escalations, expiry, archiving)."""


class NoteWebhook(Action):
    """An administrator has set up, changed or removed where other systems are told. Without its secret."""

    webhook: Id
    by: AccountId
    change: WebhookChange
    url: WebhookAddress
    events: Annotated[list[str], Meta(max_length=60)] = []  # none: all of them
    active: bool = True
    renewed: bool = False  # it has another secret


class WebhookNoted(Event):
    """Changes nothing in the world: who reads the journal sees who let what out, and where to."""

    webhook: Id
    by: AccountId
    name: Name
    change: WebhookChange
    url: WebhookAddress
    events: list[str]
    active: bool
    renewed: bool


class DistrictFounded(Event):
    """The first event of every log."""

    name: Name
    exercise: bool
    units: list[Unit]
    accounts: list[Account]
    plans: list[Plan]
    groups: list[Group]
