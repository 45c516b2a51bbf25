"""The first action of every log: what a district begins with."""

import msgspec

from resources.actions import ResourceEntry
from rooms.consultation.actions import RegisterCamera
from server.domain.message import Action, Name
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.units import Group, Unit


class FoundDistrict(Action):
    """One entry, so that a log that was begun at all is whole. Asked again, it is so already."""

    name: Name
    exercise: bool
    units: list[Unit]
    accounts: list[Account]
    plans: list[Plan] = msgspec.field(default_factory=list)
    groups: list[Group] = msgspec.field(default_factory=list)
    cameras: list[RegisterCamera] = msgspec.field(default_factory=list)
    stock: list[ResourceEntry] = msgspec.field(default_factory=list)
