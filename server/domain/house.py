"""What the house itself does: a district's log is founded, and time passes.

Its actions are never parsed from a client; their actor is the system. The one that founds is in
`server.world.founding`: it knows what every part of the house begins with.
"""

from server.domain.message import Action, Event, Name
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.units import Group, Unit


class Lapse(Action):
    """Time has passed: whatever is due by now happens (reminders, escalations, expiry, archiving)."""


class DistrictFounded(Event):
    """The first event of every log."""

    name: Name
    exercise: bool
    units: list[Unit]
    accounts: list[Account]
    plans: list[Plan]
    groups: list[Group]
