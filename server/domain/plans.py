"""Plans (预案): what a switch sets in motion. Data, edited on the web, versioned; never code.

Rooms and resources of a plan are recorded with the activation; the parts of the house that act on
them follow the log.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.command import Addressing, Clocks, Priority, Relay, ReportField
from server.domain.incident import IncidentKind, ResponseLevel
from server.domain.message import Action, Count, Event, Id, Line, Name, Text, UnitCode
from server.domain.people import Post


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A command ready to be issued: by the switch itself when `automatic`, else offered."""

    id: Id
    title: Name
    text: Text
    priority: Priority
    addressing: Addressing
    clocks: Clocks
    relay: Relay = Relay.OPTIONAL
    fields: list[ReportField] = msgspec.field(default_factory=list)
    automatic: bool = False


class Invitee(msgspec.Struct, frozen=True, kw_only=True):
    """A post at some units, never a name."""

    post: Post
    unit: UnitCode | None = None  # one unit; None: wherever the post is held in the scope


class PlannedRoom(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    name: Name
    invitees: list[Invitee]


class PlannedResource(msgspec.Struct, frozen=True, kw_only=True):
    kind: Name
    quantity: Count
    measure: Line  # 台, 艘, 件 …
    place: Line
    note: Line = ""


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    text: Line
    post: Post | None = None


class Plan(msgspec.Struct, kw_only=True):
    id: Id
    name: Name
    kind: IncidentKind
    level: ResponseLevel
    summary: Text = ""
    version: int = 0
    templates: list[Template] = msgspec.field(default_factory=list)
    rooms: list[PlannedRoom] = msgspec.field(default_factory=list)
    resources: Annotated[list[PlannedResource], Meta(max_length=200)] = msgspec.field(default_factory=list)
    checklist: Annotated[list[ChecklistItem], Meta(max_length=200)] = msgspec.field(default_factory=list)
    approval: bool = False  # resources asked for under this plan need a commander's approval
    retired: bool = False


class SavePlan(Action):
    """A new plan, or the next version of one: `plan.version` is the version it was edited from."""

    plan: Plan


class RetirePlan(Action):
    plan: Id


class PlanSaved(Event):
    plan: Plan


class PlanRetired(Event):
    plan: Id
