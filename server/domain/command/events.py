"""What can happen to commands and their deliveries."""

from server.domain.command.state import (
    Clock,
    Command,
    Delivery,
    Order,
    Via,
)
from server.domain.message import (
    AccountId,
    Attachment,
    Event,
    Id,
    Line,
    Name,
    Position,
    Text,
    UnitCode,
)


class CommandIssued(Event):
    """Also shown to those who come to see it later (a reassignment): setting it twice changes nothing."""

    command: Command


class DeliveryOpened(Event):
    command: Id
    unit: UnitCode
    watchers: list[UnitCode]


class DeliveryShown(Event):
    """To a unit that comes to watch a delivery: all of it as it stands; nothing new to who has it."""

    delivery: Delivery
    to: UnitCode


class CommandWatched(Event):
    """From now on a unit sees all deliveries of a command, next to last: escalation ends where it did."""

    command: Id
    by: UnitCode


class CommandAmended(Event):
    command: Id
    order: Order
    version: int


class CommandRecalled(Event):
    command: Id
    reason: Line


class CommandHandedOver(Event):
    command: Id
    to: UnitCode


class CommandClosed(Event):
    command: Id


class CommandArchived(Event):
    """Leaves the live world; stays in the journal and the history."""

    command: Id


class CommandDelivered(Event):
    command: Id
    unit: UnitCode
    device: Id


class CommandAcknowledged(Event):
    command: Id
    unit: UnitCode
    version: int
    by: AccountId
    name: Name
    via: Via = Via.SELF
    recorded_by: Name | None = None
    note: Line = ""


class CommandAccepted(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    note: Line


class CommandDeclined(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    reason: Line


class CommandRelayed(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    child: Id
    units: int  # how many it was passed on to


class ProgressReported(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    counts: dict[str, int]
    text: Text
    photos: list[Attachment]
    position: Position | None
    unchanged: bool
    noted_at: int | None


class CommandCompleted(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name
    note: Line


class DeliveryVerified(Event):
    command: Id
    unit: UnitCode
    by: AccountId
    name: Name


class DeliverySentBack(Event):
    command: Id
    unit: UnitCode
    name: Name
    reason: Line


class DeliveryReminded(Event):
    """`clock` is None when a person urged; `name` is empty when a clock did."""

    command: Id
    unit: UnitCode
    clock: Clock | None
    name: Line


class DeliveryEscalated(Event):
    """`skipped`: superiors passed over at once because nobody is there."""

    command: Id
    unit: UnitCode
    clock: Clock
    to: UnitCode
    skipped: list[UnitCode]


class DeliveryReassigned(Event):
    command: Id
    unit: UnitCode
    to: UnitCode
    reason: Line
    name: Name
