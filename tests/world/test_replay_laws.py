"""The laws of replay: what a client holds is what it would be shown; the log alone makes the state.

Each follower of the log keeps a view from its first snapshot on and is given only the bytes of what its
topics let through; it starts anew when its scope changes, as the gateway makes it.
"""

import msgspec
from hypothesis.stateful import run_state_machine_as_test

from server.domain import house as h
from server.domain import situation as s
from server.domain.message import Action, Event
from server.domain.refusal import Rejected
from server.world.ask import Ask
from server.world.decide import decide
from server.world.evolve import evolve
from server.world.registry import EVENTS
from server.world.scope import Scope, restrict
from server.world.state import State
from server.world.world import World
from tests.world.builders import Logged, canonical, copy
from tests.world.machine import LAWS, RandomDistrict


class Followers(RandomDistrict):
    """Every account follows the log from its bytes; nobody sees more than their unit does."""

    def __init__(self) -> None:
        super().__init__()
        self.views: dict[str, tuple[Scope, State]] = {}
        self.signals: dict[str, set[str]] = {}  # a distress call or situation report → who may know of it
        self._follow()

    def _follow(self) -> None:
        for who in self.district.state.accounts:
            scope = self.district.scope(who)
            known = self.views.get(who)
            if known is None or known[0] != scope:
                self.views[who] = (scope, self.district.view(who))

    def happened(self, entry: Logged) -> None:
        state = self.district.state
        signals: list[s.Distress | s.SituationReport] = [*state.distress.values(), *state.situation.values()]
        for signal in signals:
            self.signals[signal.id] = {signal.unit, *signal.watchers}
        for who, (scope, view) in self.views.items():
            visible = entry.visible(scope)
            for event in visible:
                evolve(view, event, entry.at)
            view.seq, view.at = entry.seq, entry.at
            if self.district.scope(who) == scope:
                shown = restrict(state, scope)
                assert canonical(view) == canonical(shown), difference(view, shown)
                self._only_what_is_theirs(who, view, visible)
        self._follow()

    def _only_what_is_theirs(self, who: str, view: State, visible: list[Event]) -> None:
        mine = self.district.state.accounts[who].unit
        for by_unit in view.deliveries.values():
            for delivery in by_unit.values():
                assert mine == delivery.unit or mine in delivery.watchers
        for event in visible:
            command, unit = getattr(event, "command", None), getattr(event, "unit", None)
            if isinstance(command, str) and isinstance(unit, str) and command in self.district.state.commands:
                delivery = self.district.delivery(command, unit)
                assert mine == unit or mine in delivery.watchers
            if isinstance(event, s.DistressAnswered | s.DistressClosed):
                assert mine in self.signals[event.distress]
        for id in (*view.distress, *view.situation):
            assert mine in self.signals[id]


def difference(view: State, shown: State) -> str:
    """Which parts of two states differ, for the reader of a failure."""
    parts = []
    for part in State.__struct_fields__:
        ours, theirs = getattr(view, part), getattr(shown, part)
        if ours != theirs:
            parts.append(f"{part}: {ours} != {theirs}")
    return "\n".join(parts)


class Twins(RandomDistrict):
    """A world rebuilt from a snapshot at any moment decides as the one that never stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.twin = World(copy(self.district.state))

    def happened(self, entry: Logged) -> None:
        if entry.seq % 7 == 0:
            self.twin = World(copy(self.district.state))
            return
        for event in entry.events():
            self.twin.apply(event, entry.at)
        self.twin.state.seq, self.twin.state.at = entry.seq, entry.at

    def decided(self, ask: Ask, action: Action, events: list[Event] | Rejected) -> None:
        if not isinstance(action, h.Lapse) or isinstance(events, Rejected):
            return
        fresh = World(copy(self.district.state))
        for world in (self.twin, fresh):
            assert decide(world, action, ask) == events
            world.settle(ask.now)
            assert decide(world, action, ask) == events
        ring, due = self.district.world.next_ring(), fresh.next_ring()
        assert due is None or (ring is not None and ring <= due), "a deadline is forgotten"

    def teardown(self) -> None:
        state = self.district.state
        assert canonical(self.twin.state) == canonical(state)
        again = World(State(log="d"))
        for entry in self.district.log:
            for event in entry.events():
                again.apply(event, entry.at)
            again.state.seq, again.state.at = entry.seq, entry.at
        assert canonical(again.state) == canonical(state)
        assert again.staff == self.district.world.staff


class Strangers(RandomDistrict):
    """Any event may meet any view: a view that holds nothing of it stays well-formed."""

    def __init__(self) -> None:
        super().__init__()
        self.views = {who: self.district.view(who) for who in ("patrol.chief", "east.desk", "observer")}
        self.empty = State(log="d")

    def happened(self, entry: Logged) -> None:
        for view in (*self.views.values(), self.empty):
            for event in entry.events():
                evolve(view, event, entry.at)
            assert copy(view) == view


def test_a_view_and_the_events_it_is_sent_are_what_would_be_shown_afresh() -> None:
    run_state_machine_as_test(Followers, settings=LAWS)


def test_a_world_rebuilt_from_a_snapshot_or_from_the_log_goes_on_as_the_one_that_never_stopped() -> None:
    run_state_machine_as_test(Twins, settings=LAWS)


def test_an_event_about_what_a_view_does_not_hold_leaves_it_well_formed() -> None:
    run_state_machine_as_test(Strangers, settings=LAWS)


def test_every_event_has_an_audience_and_comes_back_from_its_bytes_by_name() -> None:
    from server.world.audience import AUDIENCE

    assert {event.__name__ for event in AUDIENCE} == set(EVENTS)
    assert all(issubclass(event, msgspec.Struct) for event in EVENTS.values())
