"""What the server tells, as far as a station listens: names as on the wire, unknown fields left out.

Times are epoch ms of the server. `decoded` gives None for an event that no station cares about.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from clients.drill.board import EVENTS as ON_BOARD
from clients.drill.board import Board


class Welcome(Struct, frozen=True):
    log: str
    epoch: str
    seq: int
    scope: str
    now: int
    account: str
    unit: str
    post: str
    resumed: bool


class Head(Struct, frozen=True):
    seq: int
    now: int
    mark: str


class Cut(Struct, frozen=True):
    code: str
    retry: bool


class Unit(Struct):
    code: str
    kind: str
    name: str
    short: str
    parent: str | None
    phone: str = ""
    active: bool = True


class Account(Struct, frozen=True):
    name: str
    unit: str


class Addressing(Struct, frozen=True):
    units: list[str] = []
    areas: list[dict[str, Any]] = []
    groups: list[str] = []


class Field(Struct, frozen=True):
    key: str
    label: str
    measure: str = ""


class Order(Struct, frozen=True):
    title: str
    text: str
    priority: str
    clocks: dict[str, int | None]
    relay: str = "optional"
    fields: list[Field] = []
    attachments: list[dict[str, Any]] = []
    template: str | None = None


class Command(Struct):
    id: str
    order: Order
    issuer: str
    issued_at: int
    parent: str | None = None
    version: int = 1
    recalled: str | None = None
    closed_at: int | None = None
    amended_at: int = 0  # only known to who saw it happen

    @property
    def over(self) -> bool:
        return self.recalled is not None or self.closed_at is not None


class At(Struct, frozen=True):
    at: int


class Running(Struct, frozen=True):
    reminded_at: int | None = None
    escalated_at: int | None = None


class Delivery(Struct):
    """As a snapshot has it."""

    unit: str
    step: str
    opened_at: int
    acknowledged: dict[str, At] = {}
    acknowledged_version: int = 0
    accepted: At | None = None
    declined: At | None = None
    completed: At | None = None
    relays: list[str] = []
    counts: dict[str, int] = {}
    reports: list[At] = []
    sent_back: list[At] = []
    urged: int = 0
    clocks: dict[str, Running] = {}


class Incident(Struct, frozen=True):
    id: str
    facts: dict[str, Any]


class ChecklistItem(Struct, frozen=True):
    id: str


class Activation(Struct):
    id: str
    scope: str
    mode: str
    incident: str
    level: int
    declared_at: int
    declared_by: str
    plan: str | None = None
    checklist: list[ChecklistItem] = []


class Template(Struct, frozen=True):
    id: str
    title: str
    text: str
    priority: str
    addressing: Addressing
    clocks: dict[str, int | None]
    relay: str = "optional"
    fields: list[Field] = []
    automatic: bool = False


class Plan(Struct, frozen=True):
    id: str
    name: str
    kind: str
    level: int
    templates: list[Template] = []
    retired: bool = False


class Situation(Struct, frozen=True):
    by: str
    at: int


class Distress(Struct):
    id: str
    unit: str
    by: str
    at: int
    answered_at: int | None = None


class View(Struct):
    units: dict[str, Unit]
    accounts: dict[str, Account]
    plans: dict[str, Plan]
    incidents: dict[str, Incident]
    activations: dict[str, Activation]
    commands: dict[str, Command]
    deliveries: dict[str, dict[str, Delivery]]
    situation: dict[str, Situation]
    distress: dict[str, Distress]
    board: Board = msgspec.field(default_factory=Board)


class Reset(Struct):
    epoch: str
    seq: int
    scope: str
    mark: str
    view: View


class Entry(Struct):
    seq: int
    at: int
    mark: str
    events: list[tuple[str, Raw]]


# ── events ─────────────────────────────────────────────────────────────────────────────────────────


class IncidentOpened(Struct):
    incident: Incident


class ModeSwitched(Struct):
    activation: Activation


class LevelChanged(Struct):
    activation: str
    level: int


class CommandIssued(Struct):
    command: Command


class CommandAmended(Struct):
    command: str
    order: Order
    version: int


class CommandRecalled(Struct):
    command: str


class CommandClosed(Struct):
    command: str


class CommandArchived(Struct):
    command: str


class OnDelivery(Struct):
    command: str
    unit: str


class DeliveryOpened(OnDelivery):
    pass


class CommandDelivered(OnDelivery):
    pass


class CommandAcknowledged(OnDelivery):
    version: int


class CommandAccepted(OnDelivery):
    pass


class CommandDeclined(OnDelivery):
    pass


class CommandRelayed(OnDelivery):
    child: str


class ProgressReported(OnDelivery):
    counts: dict[str, int]


class CommandCompleted(OnDelivery):
    pass


class DeliveryVerified(OnDelivery):
    pass


class DeliverySentBack(OnDelivery):
    pass


class DeliveryReminded(OnDelivery):
    pass


class DeliveryEscalated(OnDelivery):
    pass


class DeliveryReassigned(OnDelivery):
    pass


class SituationReported(Struct):
    report: Situation


class DistressRaised(Struct):
    distress: Distress


class DistressAnswered(Struct):
    distress: str


class DistressClosed(Struct):
    distress: str


_HEARD: tuple[type[Struct], ...] = (
    *(IncidentOpened, ModeSwitched, LevelChanged),
    *(CommandIssued, CommandAmended, CommandRecalled, CommandClosed, CommandArchived),
    *(DeliveryOpened, CommandDelivered, CommandAcknowledged, CommandAccepted, CommandDeclined),
    *(CommandRelayed, ProgressReported, CommandCompleted, DeliveryVerified, DeliverySentBack),
    *(DeliveryReminded, DeliveryEscalated, DeliveryReassigned),
    *(SituationReported, DistressRaised, DistressAnswered, DistressClosed),
    *ON_BOARD,
)
_EVENTS: dict[str, msgspec.msgpack.Decoder[Struct]] = {
    event.__name__: msgspec.msgpack.Decoder(event) for event in _HEARD
}


def decoded(name: str, fields: Raw) -> Struct | None:
    decoder = _EVENTS.get(name)
    return None if decoder is None else decoder.decode(fields)
