"""What a station knows. `start` from a snapshot, `apply` events; both say which matters may have changed.

A matter is what somebody may have to do something about: (command, unit) is a delivery, one's own or of a
unit below; (DISTRESS, id) a call; (REQUEST, id), (ORDER, id) and (DISCREPANCY, id) are of the board; SELF is
oneself, NEEDS what one will ask for. Of the district it keeps its own unit and those right below.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from clients.drill import board as on_board
from clients.drill import books, told
from clients.drill.board import Board

Matter = tuple[str, str]
SELF: Matter = ("self", "")
NEEDS: Matter = ("needs", "")
DISTRESS = "distress"

_AFTER = {  # the step after an event, where it changes; what is not here stays
    ("issued", told.CommandDelivered): "delivered",
    ("issued", told.CommandAcknowledged): "acknowledged",
    ("delivered", told.CommandAcknowledged): "acknowledged",
    ("accepted", told.CommandRelayed): "relayed",
    ("completed", told.DeliverySentBack): "accepted",
    ("declined", told.DeliverySentBack): "acknowledged",
}
_ALWAYS: dict[type[Struct], str] = {
    told.CommandAccepted: "accepted",
    told.CommandDeclined: "declined",
    told.ProgressReported: "reported",
    told.CommandCompleted: "completed",
    told.DeliveryVerified: "verified",
    told.DeliveryReassigned: "reassigned",
}
OVER = frozenset({"verified", "reassigned", "recalled"})
UNREAD = frozenset({"issued", "delivered"})
AT_WORK = frozenset({"accepted", "relayed", "reported"})


class Duty(Struct):
    """A delivery as a station remembers it. Times in epoch ms of the server."""

    command: str
    unit: str
    step: str
    since: int  # its newest fact, reminders left out
    version: int = 0  # of the order that was acknowledged
    counts: dict[str, int] = {}
    reports: int = 0
    relays: list[str] = []
    sent_back: int = 0
    urged: int = 0
    urged_at: int = 0
    escalated: bool = False


class Seen(Struct):
    """The world of one station, which serves at `unit`."""

    account: str
    unit: str
    units: dict[str, told.Unit] = {}  # its own and those right below
    names: dict[str, str] = {}  # unit → who serves there
    plans: dict[str, told.Plan] = {}
    kinds: dict[str, str] = {}  # incident → its kind
    activations: dict[str, told.Activation] = {}
    commands: dict[str, told.Command] = {}
    duties: dict[str, dict[str, Duty]] = {}  # command → unit →
    distress: dict[str, told.Distress] = {}
    board: Board = field(default_factory=Board)
    said_at: int = 0  # when one last reported unasked, or ended a call for help

    def below(self) -> list[told.Unit]:
        """The active units right below."""
        return [unit for unit in self.units.values() if unit.parent == self.unit and unit.active]

    def emergency(self) -> told.Activation | None:
        """The newest emergency that stands."""
        standing = [a for a in self.activations.values() if a.mode == "emergency"]
        return max(standing, key=lambda a: a.declared_at, default=None)

    def duty(self, command: str, unit: str) -> Duty | None:
        return self.duties.get(command, {}).get(unit)

    # ── from a snapshot ───────────────────────────────────────────────────────────────────────────

    def start(self, view: told.View, with_plans: bool = False) -> set[Matter]:
        """Forget everything; know what the snapshot shows."""
        mine = self.unit
        self.units = {c: u for c, u in view.units.items() if c == mine or u.parent == mine}
        self.names = {a.unit: a.name for a in view.accounts.values() if a.unit in self.units}
        self.plans = view.plans if with_plans else {}
        self.kinds = {i.id: str(i.facts.get("kind")) for i in view.incidents.values()}
        self.activations = view.activations
        self.commands = view.commands
        self.distress = view.distress
        self.board = view.board
        said = [report.at for report in view.situation.values() if report.by == self.account]
        self.said_at = max(self.said_at, *said) if said else self.said_at
        self.duties = {
            command: {unit: _duty(command, delivery) for unit, delivery in by_unit.items()}
            for command, by_unit in view.deliveries.items()
        }
        calls = ((DISTRESS, id) for id in self.distress)
        return {SELF, NEEDS, *self._all(self.duties), *calls, *books.begun(self.board)}

    def _all(self, commands: Iterable[str]) -> set[Matter]:
        return {(command, unit) for command in commands for unit in self.duties.get(command, ())}

    # ── by events ─────────────────────────────────────────────────────────────────────────────────

    def apply(self, event: Struct, at: int) -> set[Matter]:
        """What happened at `at`; the matters it touches."""
        match event:
            case told.OnDelivery(command=command, unit=unit):
                return self._on_delivery(event, command, unit, at)
            case on_board.OnBoard():
                return books.apply(self.board, event, at)
            case told.CommandIssued(command=order):
                self.commands.setdefault(order.id, order)
                self.duties.setdefault(order.id, {})
            case (
                told.CommandAmended(command=command)
                | told.CommandRecalled(command=command)
                | told.CommandClosed(command=command)
                | told.CommandArchived(command=command)
            ):
                return self._on_command(event, command, at)
            case told.SituationReported(report=report) if report.by == self.account:
                self.said_at = report.at
                return {SELF}
            case told.DistressRaised(distress=distress):
                self.distress[distress.id] = distress
                return {SELF, (DISTRESS, distress.id)}
            case told.DistressAnswered(distress=id) if id in self.distress:
                self.distress[id].answered_at = at
                return {(DISTRESS, id)}
            case told.DistressClosed(distress=id):
                call = self.distress.pop(id, None)
                if call is not None and call.by == self.account:
                    self.said_at = at
                return {SELF, (DISTRESS, id)}
            case _:
                return self._on_mode(event)
        return set()

    def _on_mode(self, event: Struct) -> set[Matter]:
        match event:
            case told.IncidentOpened(incident=incident):
                self.kinds[incident.id] = str(incident.facts.get("kind"))
            case told.ModeSwitched(activation=activation):
                if activation.mode == "routine":
                    self.activations.pop(activation.id, None)
                else:
                    self.activations[activation.id] = activation
                return {SELF, NEEDS, *((on_board.REQUEST, id) for id in self.board.requests)}
            case told.LevelChanged(activation=id, level=level) if id in self.activations:
                self.activations[id].level = level
                return {SELF}
        return set()

    def _on_command(self, event: Struct, id: str, at: int) -> set[Matter]:
        command = self.commands.get(id)
        if command is None:
            return set()
        touched = self._all((id,)) | self._above(id)
        match event:
            case told.CommandAmended(order=order, version=version):
                command.order, command.version, command.amended_at = order, version, at
            case told.CommandArchived():
                del self.commands[id]
                self.duties.pop(id, None)
            case _:
                command.closed_at = at
        return touched

    def _on_delivery(self, event: Struct, command: str, unit: str, at: int) -> set[Matter]:
        if isinstance(event, told.DeliveryOpened):
            if command in self.commands:
                self.duties[command][unit] = Duty(command, unit, "issued", at)
            return {(command, unit)}
        duty = self.duty(command, unit)
        if duty is None:
            return set()
        step = _ALWAYS.get(type(event)) or _AFTER.get((duty.step, type(event)))
        if step is not None and duty.step not in OVER:
            duty.step, duty.since = step, at
        match event:
            case told.CommandAcknowledged(version=version):
                duty.version = version
            case told.CommandRelayed(child=child):
                duty.relays = [*duty.relays, child]
            case told.ProgressReported(counts=counts):
                duty.counts = {**duty.counts, **counts}
                duty.reports += 1
            case told.DeliverySentBack():
                duty.sent_back += 1
            case told.DeliveryReminded():
                duty.urged, duty.urged_at = duty.urged + 1, at
            case told.DeliveryEscalated():
                duty.escalated, duty.urged_at = True, at
        return {(command, unit)} | self._above(command)

    def _above(self, command: str) -> set[Matter]:
        """One's own duty that a command relays: what happens below may end it."""
        relayed = self.commands.get(command)
        if relayed is None or relayed.parent is None:
            return set()
        return {(relayed.parent, self.unit)} if self.duty(relayed.parent, self.unit) else set()


def _duty(command: str, delivery: told.Delivery) -> Duty:
    marks = [delivery.accepted, delivery.declined, delivery.completed]
    times = [mark.at for mark in marks if mark is not None]
    times += [receipt.at for receipt in delivery.acknowledged.values()]
    times += [receipt.at for receipt in (*delivery.reports[-1:], *delivery.sent_back[-1:])]
    reminded = [running.reminded_at or 0 for running in delivery.clocks.values()]
    return Duty(
        command=command,
        unit=delivery.unit,
        step=delivery.step,
        since=max(times, default=delivery.opened_at),
        version=delivery.acknowledged_version,
        counts=delivery.counts,
        reports=len(delivery.reports),
        relays=delivery.relays,
        sent_back=len(delivery.sent_back),
        urged=delivery.urged,
        urged_at=max(reminded, default=0),
        escalated=any(running.escalated_at is not None for running in delivery.clocks.values()),
    )
