"""The switch: routine → emergency → standing down → routine, for a unit and all below it.

An `Activation` is one throw of the switch: a scope (the top unit of a subtree), an incident, a
response level, perhaps a plan. The mode of a unit is that of the nearest emergency at or above it; a part
that stands down by itself stays in the emergency of the whole.
`STEPS` is the whole machine; `step` is the only reader.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.incident import Incident, IncidentFacts, ResponseLevel
from server.domain.message import AccountId, Action, Event, Id, Line, Name, UnitCode
from server.domain.plans import ChecklistItem, PlannedResource, PlannedRoom
from server.domain.refusal import Code, Rejected
from server.domain.situation import ANSWER_WITHIN, AnswerWithin
from server.domain.units import Unit, lineage

PROPOSAL_LASTS_MS = 10 * 60_000  # a second person has ten minutes to confirm


class Mode(StrEnum):
    ROUTINE = "routine"
    EMERGENCY = "emergency"
    STANDING_DOWN = "standing_down"


class Activation(msgspec.Struct, kw_only=True):
    id: Id
    scope: UnitCode
    mode: Mode
    incident: Id
    level: ResponseLevel
    reason: Line
    declared_at: int
    declared_by: AccountId
    declared_name: Name
    confirmed_by: AccountId | None
    plan: Id | None
    plan_version: int
    plan_name: Line
    rooms: list[PlannedRoom]
    resources: list[PlannedResource]
    checklist: list[ChecklistItem]
    ticked: dict[str, int]  # checklist item → when
    skipped: list[Id] = msgspec.field(default_factory=list)  # templates and rooms that could not be
    stood_down_at: int | None = None


class DeclareEmergency(Action):
    """Throw the switch. The activation gets the action's id; so does the incident, with `.i` behind it."""

    scope: UnitCode
    incident: IncidentFacts
    level: ResponseLevel
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    plan: Id | None = None
    without: list[Id] = msgspec.field(default_factory=list)  # automatic templates not to issue this time


class ConfirmEmergency(Action):
    """The second person says yes to a proposed switch."""

    proposal: Id


class DropProposal(Action):
    proposal: Id


class ChangeLevel(Action):
    activation: Id
    level: ResponseLevel
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class ChangeIncident(Action):
    incident: Id
    facts: IncidentFacts


class TickChecklist(Action):
    activation: Id
    item: Id
    done: bool


class StandDown(Action):
    activation: Id
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class ResumeRoutine(Action):
    """End the standing down. Everything still open must be handed to a unit that sees to it.

    `hand_over`: commands; requests for resources, with the orders for them; orders whose request is over. Who
    takes over a command sees all of it already (its issuer, a superior of everybody addressed), or is a
    department below who asks: then it comes to see the command and what was relayed from it. Who takes over
    something of the board is concerned by it, stands above who is, or is a desk below who asks.
    """

    activation: Id
    hand_over: dict[Id, UnitCode] = msgspec.field(default_factory=dict)


class ChangeSettings(Action):
    """`distress_within`: left out, it stays."""

    two_person: bool
    distress_within: AnswerWithin | None = None


class Proposal(msgspec.Struct, kw_only=True):
    id: Id
    declare: DeclareEmergency
    by: AccountId
    name: Name
    at: int
    expires_at: int


class EmergencyProposed(Event):
    proposal: Proposal


class ProposalDropped(Event):
    proposal: Id
    lapsed: bool


class IncidentOpened(Event):
    incident: Incident


class IncidentChanged(Event):
    incident: Id
    facts: IncidentFacts


class IncidentClosed(Event):
    incident: Id


class ModeSwitched(Event):
    """The heart of it: a scope changes its mode. `activation` is the whole new state of it."""

    activation: Activation
    before: Mode
    reason: Line
    open: list[Id]  # commands still open (standing down), for somebody to see to
    open_requests: list[Id] = []  # so of the dispatch board
    open_orders: list[Id] = []  # those that go with none of the requests


class LevelChanged(Event):
    activation: Id
    before: ResponseLevel
    level: ResponseLevel
    reason: Line


class ChecklistTicked(Event):
    activation: Id
    item: Id
    done: bool


class SettingsChanged(Event):
    two_person: bool
    distress_within: AnswerWithin = ANSWER_WITHIN


STEPS: dict[tuple[Mode, type[Action]], Mode] = {
    (Mode.ROUTINE, DeclareEmergency): Mode.EMERGENCY,
    (Mode.EMERGENCY, ChangeLevel): Mode.EMERGENCY,
    (Mode.EMERGENCY, StandDown): Mode.STANDING_DOWN,
    (Mode.STANDING_DOWN, DeclareEmergency): Mode.EMERGENCY,
    (Mode.STANDING_DOWN, ResumeRoutine): Mode.ROUTINE,
}

REFUSED: dict[tuple[Mode, type[Action]], Code] = {
    (Mode.EMERGENCY, DeclareEmergency): Code.ALREADY_IN_EMERGENCY,
    (Mode.ROUTINE, ChangeLevel): Code.NOT_IN_EMERGENCY,
    (Mode.ROUTINE, StandDown): Code.NOT_IN_EMERGENCY,
    (Mode.ROUTINE, ResumeRoutine): Code.NOT_IN_EMERGENCY,
}


def step(mode: Mode, action: type[Action]) -> Mode:
    """The mode after `action`; refuses with the reason when the table has no such step."""
    after = STEPS.get((mode, action))
    if after is None:
        raise Rejected(REFUSED.get((mode, action), Code.WRONG_MODE), mode=mode.value)
    return after


def governing(
    units: Mapping[str, Unit], activations: Mapping[str, Activation], unit: str
) -> Activation | None:
    """The nearest emergency that covers a unit, else the nearest standing down, or None in routine."""
    by_scope = {a.scope: a for a in activations.values()}
    covering = [by_scope[above] for above in lineage(units, unit) if above in by_scope]
    return next((a for a in covering if a.mode is Mode.EMERGENCY), covering[0] if covering else None)
