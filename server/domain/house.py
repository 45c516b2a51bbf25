"""What the house itself does: founding a district's log, and letting time pass.

These actions are never parsed from a client; their actor is the system.
"""

import msgspec

from server.domain.message import Action, Event, Name
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.units import Group, Unit


class FoundDistrict(Action):
    """The first entry of every log."""

    name: Name
    exercise: bool
    units: list[Unit]
    accounts: list[Account]
    plans: list[Plan] = msgspec.field(default_factory=list)
    groups: list[Group] = msgspec.field(default_factory=list)


class Lapse(Action):
    """Time has passed: whatever is due by now happens (reminders, escalations, expiry, archiving)."""


class DistrictFounded(Event):
    name: Name
    exercise: bool
    units: list[Unit]
    accounts: list[Account]
    plans: list[Plan]
    groups: list[Group]
