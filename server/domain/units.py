"""The tree of units: district, departments, towns, villages, field teams.

Every unit but the district has one parent; "lineage" is the way from a unit up to the district.
A unit is retired, never deleted: the journal keeps speaking of it.
"""

from collections.abc import Iterator, Mapping

import msgspec

from server.domain.message import Action, Event, Id, Latitude, Line, Longitude, Name, Phone, UnitCode, Word
from server.domain.refusal import Code, Rejected


class UnitKind(Word):
    DISTRICT = "district"
    DEPARTMENT = "department"
    TOWN = "town"
    VILLAGE = "village"
    TEAM = "team"


# which kinds may stand directly under which
BELOW: dict[UnitKind, frozenset[UnitKind]] = {
    UnitKind.DISTRICT: frozenset({UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.TEAM}),
    UnitKind.DEPARTMENT: frozenset({UnitKind.TEAM}),
    UnitKind.TOWN: frozenset({UnitKind.VILLAGE, UnitKind.TEAM}),
    UnitKind.VILLAGE: frozenset({UnitKind.TEAM}),
    UnitKind.TEAM: frozenset(),
}


class Unit(msgspec.Struct, kw_only=True):
    code: UnitCode
    kind: UnitKind
    name: Name
    short: Line  # what a map label or a table column shows
    parent: UnitCode | None
    phone: Phone = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    active: bool = True


class Group(msgspec.Struct, kw_only=True):
    """A named set of units that commands can be addressed to."""

    id: Id
    name: Name
    units: list[UnitCode]


class AddUnit(Action):
    unit: Unit


class ChangeUnit(Action):
    code: UnitCode
    name: Name
    short: Line
    phone: Phone
    lon: Longitude | None = None
    lat: Latitude | None = None


class MoveUnit(Action):
    code: UnitCode
    parent: UnitCode


class RetireUnit(Action):
    code: UnitCode


class RestoreUnit(Action):
    code: UnitCode


class SaveGroup(Action):
    group: Group


class DropGroup(Action):
    group: Id


class UnitAdded(Event):
    unit: Unit


class UnitChanged(Event):
    code: UnitCode
    name: Name
    short: Line
    phone: Phone
    lon: Longitude | None
    lat: Latitude | None


class UnitMoved(Event):
    code: UnitCode
    parent: UnitCode


class UnitRetired(Event):
    code: UnitCode


class UnitRestored(Event):
    code: UnitCode


class GroupSaved(Event):
    group: Group


class GroupDropped(Event):
    group: Id


def lineage(units: Mapping[str, Unit], code: str) -> Iterator[str]:
    """The unit itself, then its superiors up to the district."""
    at: str | None = code
    while at is not None:
        yield at
        unit = units.get(at)
        at = unit.parent if unit else None


def is_under(units: Mapping[str, Unit], code: str, top: str) -> bool:
    """Whether `code` is `top` or stands anywhere below it."""
    return any(above == top for above in lineage(units, code))


def active_unit(units: Mapping[str, Unit], code: str) -> Unit:
    unit = units.get(code)
    if unit is None or not unit.active:
        raise Rejected(Code.UNKNOWN_UNIT, unit=code)
    return unit


def may_stand_under(units: Mapping[str, Unit], kind: UnitKind, parent: str) -> None:
    """Refuse a place in the tree that the field does not know."""
    above = active_unit(units, parent)
    if kind not in BELOW[above.kind]:
        raise Rejected(Code.BAD_PLACE_IN_TREE, kind=kind.value, parent=parent)
