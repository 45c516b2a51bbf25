"""What can be asked about commands and their deliveries."""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.command.state import (
    Addressing,
    Clocks,
    Order,
)
from server.domain.message import (
    Action,
    Attachment,
    Count,
    Id,
    Line,
    Name,
    Phone,
    Position,
    Text,
    UnitCode,
)


class IssueCommand(Action):
    """The command gets the action's id."""

    order: Order
    to: Addressing
    activation: Id | None = None


class AmendCommand(Action):
    command: Id
    order: Order


class RecallCommand(Action):
    command: Id
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class CloseCommand(Action):
    command: Id


class OnDelivery(Action):
    """What is done to the delivery of one command at one unit."""

    command: Id
    unit: UnitCode


class ConfirmDelivery(OnDelivery):
    """A device says: it is here, on my screen or in my store."""

    device: Id


class AcknowledgeCommand(OnDelivery):
    pass


class AcceptCommand(OnDelivery):
    note: Line = ""


class DeclineCommand(OnDelivery):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RelayCommand(OnDelivery):
    """Pass it on to one's own subordinates; the child command gets the action's id."""

    to: Addressing
    text: Text = ""  # added in front of the order's own text
    clocks: Clocks | None = None


class ReportProgress(OnDelivery):
    counts: dict[Id, Count] = msgspec.field(default_factory=dict)
    text: Text = ""
    photos: Annotated[list[Attachment], Meta(max_length=9)] = msgspec.field(default_factory=list)
    position: Position | None = None
    unchanged: bool = False
    noted_at: int | None = None


class CompleteCommand(OnDelivery):
    note: Line = ""


class VerifyDelivery(OnDelivery):
    pass


class SendBack(OnDelivery):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RemindDelivery(OnDelivery):
    pass


class ReassignDelivery(OnDelivery):
    to: UnitCode
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RecordAcknowledgement(OnDelivery):
    """Heard by telephone: who it was, written down by the caller."""

    name: Name
    phone: Phone = ""
    note: Line = ""
