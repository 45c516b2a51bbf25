"""The world: the state of a district plus what is derived from it and needed fast.

`apply` is the only way a world changes. The indexes (who is staffed, which clock rings next, who may
see a command) are never stored: they are rebuilt from the state at start.
"""

import heapq
from collections.abc import Callable, Sequence
from typing import Any

from resources.bells import BOARD_BELLS, board_bells, discrepancy_bells, order_bells, request_bells, stands
from resources.change import CHANGE as ON_THE_BOARD
from resources.events import DiscrepancyRaised, StockMoved
from resources.holders import FOLLOWED, Holders
from rooms import consultation as r
from rooms.consultation.bells import BELLS, RECORDING, archive_bell, bells
from rooms.consultation.change import CHANGE
from server.domain import command as c
from server.domain import house, people
from server.domain import situation as s
from server.domain.message import Event
from server.domain.mode import EmergencyProposed
from server.domain.people import Post
from server.world.evolve import EVOLVE, evolve
from server.world.state import State

ARCHIVE_AFTER_MS = 24 * 3600_000  # closed commands stay on the screens for a day
ON_DUTY = frozenset(
    {Post.DUTY_COMMANDER, Post.DEPARTMENT_DESK, Post.TOWN_DESK, Post.VILLAGE_DESK, Post.FIELD}
)

# (epoch ms, id of a command, proposal, distress call, consultation, recording, or of what is on the board,
# unit or account or "", a clock, "archive", "proposal", "distress" or one of BELLS or BOARD_BELLS)
Ring = tuple[int, str, str, str]


class World:
    """One district, live. `state` is the truth, the rest follows it."""

    __slots__ = ("_armed", "holders", "rings", "staff", "state", "topics_of")

    def __init__(self, state: State) -> None:
        self.state = state
        self.staff: dict[str, int] = {}
        self.rings: list[Ring] = []  # a heap, each ring once
        self._armed: set[Ring] = set()
        self.topics_of: dict[str, dict[str, tuple[str, ...]]] = {}  # command → unit → audience
        self.holders = Holders(state.board)
        self._count_staff()
        for command in state.commands.values():
            for delivery in state.deliveries[command.id].values():
                self._watch_clocks(command, delivery)
            self._watch_archive(command)
        for proposal in state.proposals.values():
            self._arm((proposal.expires_at, proposal.id, "", "proposal"))
        for call in state.distress.values():
            self._watch_distress(call)
        for room in state.consultations.values():
            self._watch_room(room)
        for file in state.recordings.values():
            self._arm(archive_bell(file))
        for bell in board_bells(state.board):
            self._arm(bell)

    def apply(self, event: Event, at: int) -> None:
        """Evolve the state and keep the indexes true."""
        evolve(self.state, event, at)
        follow = _FOLLOW.get(type(event))
        if follow is not None:
            follow(self, event)

    def open(self, run: Sequence[c.DeliveryOpened], at: int) -> None:
        """`apply` of many deliveries of one command: all of them start as the first one does."""
        first = run[0]
        self.apply(first, at)
        command = self.state.commands.get(first.command)
        if command is None:
            return
        deliveries = self.state.deliveries[command.id]
        alike = deliveries[first.unit]
        started = [(clock, each.since, each.due) for clock, each in alike.clocks.items()]
        rings = [(due, clock) for due, _, _, clock in self._rings(command, alike)]
        opened, running, id = c.Delivery, c.Running, command.id
        for event in run[1:]:
            unit = event.unit
            clocks = {clock: running(since=since, due=due) for clock, since, due in started}
            deliveries[unit] = opened(
                command=id, unit=unit, watchers=event.watchers, opened_at=at, clocks=clocks
            )
        for due, clock in rings:
            for event in run[1:]:
                self._arm((due, id, event.unit, clock))

    def next_ring(self) -> int | None:
        """Epoch ms of the next deadline (it may turn out to be moot), or None."""
        return self.rings[0][0] if self.rings else None

    def settle(self, now: int) -> None:
        """Forget the deadlines up to `now` that mean nothing any more (answered, rung, gone)."""
        rings = self.rings
        while rings and rings[0][0] <= now and self.moot(rings[0]):
            self._armed.discard(heapq.heappop(rings))

    def moot(self, ring: Ring) -> bool:
        """Whether a deadline no longer stands: answered, rung, set anew to another time, gone."""
        at, id, unit, what = ring
        if what == "proposal":
            return id not in self.state.proposals
        if what == "distress":
            call = self.state.distress.get(id)
            return call is None or s.next_distress_ring(call) != at
        if what == RECORDING:
            return id not in self.state.recordings
        if what in BOARD_BELLS:
            return not stands(self.state.board, ring)
        if what in BELLS:
            room = self.state.consultations.get(id)
            return room is None or ring not in bells(room)
        command = self.state.commands.get(id)
        if what == "archive":
            return command is None
        delivery = self.state.deliveries.get(id, {}).get(unit)
        if command is None or delivery is None:
            return True
        return c.next_ring(delivery, c.Clock(what), command.order.clocks.escalate) != at

    def somebody_at(self, unit: str) -> bool:
        """Whether anybody who could answer holds a post there."""
        return self.staff.get(unit, 0) > 0

    def _follow_staff(self, event: Event) -> None:
        self._count_staff()

    def _follow_proposal(self, event: EmergencyProposed) -> None:
        self._arm((event.proposal.expires_at, event.proposal.id, "", "proposal"))

    def _follow_distress(self, event: s.DistressRaised) -> None:
        self._watch_distress(event.distress)

    def _follow_call(self, event: s.DistressReminded | s.DistressEscalated) -> None:
        call = self.state.distress.get(event.distress)
        if call is not None:
            self._watch_distress(call)

    def _watch_distress(self, call: s.Distress) -> None:
        ring = s.next_distress_ring(call)
        if ring is not None:
            self._arm((ring, call.id, "", "distress"))

    def _follow_room(self, event: Any) -> None:
        room = self.state.consultations.get(event.consultation)
        if room is not None:
            self._watch_room(room)

    def _follow_whole_room(self, event: r.ConsultationOpened | r.ConsultationShown) -> None:
        self._watch_room(event.consultation)

    def _follow_recording(self, event: r.RecordingListed) -> None:
        self._arm(archive_bell(event.recording))

    def _follow_lines(self, event: Any) -> None:
        self.holders.follow(event)
        self._follow_board(event)

    def _follow_board(self, event: Any) -> None:
        """What an event of the board names is watched: by id, or whole."""
        board = self.state.board
        for name in ("order", "part"):
            named = getattr(event, name, None)
            if order := board.orders.get(str(getattr(named, "id", named))):
                for bell in order_bells(order):
                    self._arm(bell)
        asked = getattr(event, "request", None)
        if request := board.requests.get(str(getattr(asked, "id", asked))):
            for bell in request_bells(request):
                self._arm(bell)
        if discrepancy := board.discrepancies.get(getattr(event, "discrepancy", "")):
            for bell in discrepancy_bells(discrepancy):
                self._arm(bell)

    def _watch_room(self, room: r.Consultation) -> None:
        for bell in bells(room):
            self._arm(bell)

    def _follow_delivery(self, event: Any) -> None:
        command = self.state.commands.get(event.command)
        delivery = self.state.deliveries[event.command].get(event.unit) if command is not None else None
        if command is not None and delivery is not None:
            self._watch_clocks(command, delivery)

    def _follow_watcher(self, event: c.CommandWatched) -> None:
        self._forget_topics(event)
        self._follow_command(event)

    def _forget_topics(self, event: c.CommandArchived | c.CommandWatched) -> None:
        self.topics_of.pop(event.command, None)

    def _follow_command(self, event: c.CommandAmended | c.CommandWatched) -> None:
        command = self.state.commands.get(event.command)
        if command is not None:
            for delivery in self.state.deliveries[event.command].values():
                self._watch_clocks(command, delivery)

    def _follow_end(self, event: c.CommandClosed | c.CommandRecalled) -> None:
        command = self.state.commands.get(event.command)
        if command is not None:
            self._watch_archive(command)

    def _watch_clocks(self, command: c.Command, delivery: c.Delivery) -> None:
        for ring in self._rings(command, delivery):
            self._arm(ring)

    def _rings(self, command: c.Command, delivery: c.Delivery) -> list[Ring]:
        """The next ring of each of its clocks."""
        rings: list[Ring] = []
        for clock in delivery.clocks:
            at = c.next_ring(delivery, clock, command.order.clocks.escalate)
            if at is not None:
                rings.append((at, command.id, delivery.unit, clock))
        return rings

    def _watch_archive(self, command: c.Command) -> None:
        if command.closed_at is not None:
            self._arm((command.closed_at + ARCHIVE_AFTER_MS, command.id, "", "archive"))

    def _arm(self, ring: Ring) -> None:
        if ring not in self._armed:
            self._armed.add(ring)
            heapq.heappush(self.rings, ring)

    def _count_staff(self) -> None:
        self.staff.clear()
        for account in self.state.accounts.values():
            if account.active and account.post in ON_DUTY:
                self.staff[account.unit] = self.staff.get(account.unit, 0) + 1


_ABOUT_STAFF = (
    house.DistrictFounded,
    people.AccountOpened,
    people.AccountAppointed,
    people.AccountClosed,
    people.AccountReopened,
)

# they arm nothing: a discrepancy that is raised waits for somebody
_WHOLE_AND_QUIET = (StockMoved, DiscrepancyRaised)

# what keeps the indexes true after an event; those about one delivery are told by their fields
_FOLLOW: dict[type[Event], Callable[[World, Any], None]] = {
    event: World._follow_delivery for event in EVOLVE if {"command", "unit"} <= {*event.__struct_fields__}
}
_FOLLOW |= dict.fromkeys(_ABOUT_STAFF, World._follow_staff)
_FOLLOW |= dict.fromkeys((c.CommandClosed, c.CommandRecalled), World._follow_end)
_FOLLOW |= {EmergencyProposed: World._follow_proposal, c.CommandAmended: World._follow_command}
_FOLLOW |= {c.CommandArchived: World._forget_topics, c.CommandWatched: World._follow_watcher}
_FOLLOW |= {s.DistressRaised: World._follow_distress}
_FOLLOW |= dict.fromkeys((s.DistressReminded, s.DistressEscalated), World._follow_call)
_FOLLOW |= dict.fromkeys(CHANGE, World._follow_room)
_FOLLOW |= dict.fromkeys((r.ConsultationOpened, r.ConsultationShown), World._follow_whole_room)
_FOLLOW |= {r.RecordingListed: World._follow_recording}
_FOLLOW |= {
    event: World._follow_board
    for event in ON_THE_BOARD
    if {"order", "request", "discrepancy"} & {*event.__struct_fields__} and event not in _WHOLE_AND_QUIET
}
_FOLLOW |= dict.fromkeys(FOLLOWED, World._follow_lines)
