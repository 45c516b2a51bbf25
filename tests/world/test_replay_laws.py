"""The laws of replay: what a client holds is what it would be shown; the log alone makes the state.

Each follower of the log keeps a view from its first snapshot on and is given only the bytes of what its
topics let through; it starts anew when its scope changes, as the gateway makes it.
"""

import msgspec
import pytest
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
from tests.world.meetings import a_day_of_meetings


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
            if known is None or known[0].mark != scope.mark:
                self.views[who] = (scope, self.district.view(who))

    def happened(self, entry: Logged) -> None:
        state = self.district.state
        signals: list[s.Distress | s.SituationReport] = [*state.distress.values(), *state.situation.values()]
        for signal in signals:
            self.signals[signal.id] = {signal.unit, *signal.watchers}
        for who, (scope, view) in self.views.items():
            now = self.district.scope(who)
            if now.mark != scope.mark:
                continue  # a fresh snapshot follows
            visible = entry.visible(both(scope, now))
            for event in visible:
                evolve(view, event, entry.at)
            view.seq, view.at = entry.seq, entry.at
            self.views[who] = (now, view)
            shown = restrict(state, now)
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


def both(before: Scope, now: Scope) -> Scope:
    """A connection joins what an entry opens to it before it is told, and leaves what it closes after."""
    return Scope(topics=before.topics | now.topics, mark=now.mark)


def difference(view: State, shown: State) -> str:
    """Which parts of two states differ, for the reader of a failure."""
    parts = []
    for part in State.__struct_fields__:
        ours, theirs = getattr(view, part), getattr(shown, part)
        if ours != theirs:
            parts.append(f"{part}: {ours} != {theirs}")
    return "\n".join(parts)


class Sleepers(RandomDistrict):
    """Who was away is told, by the topics of the moment they come back, all that they missed."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep: dict[str, tuple[str, int, State]] = {}  # mark, place in the log, view

    def happened(self, entry: Logged) -> None:
        for number, who in enumerate(self.district.state.accounts):
            if (entry.seq * 7 + number * 5) % 11 > 1:
                continue
            scope = self.district.scope(who)
            slept = self.asleep.pop(who, None)
            if slept is not None and slept[0] == scope.mark:
                _, place, view = slept
                for missed in self.district.log[place:]:
                    for event in missed.visible(scope):
                        evolve(view, event, missed.at)
                view.seq, view.at = entry.seq, entry.at
                shown = restrict(self.district.state, scope)
                assert canonical(view) == canonical(shown), difference(view, shown)
            self.asleep[who] = (scope.mark, len(self.district.log), self.district.view(who))


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


def test_who_was_away_catches_up_by_the_topics_of_the_moment_they_are_back() -> None:
    run_state_machine_as_test(Sleepers, settings=LAWS)


def test_a_world_rebuilt_from_a_snapshot_or_from_the_log_goes_on_as_the_one_that_never_stopped() -> None:
    run_state_machine_as_test(Twins, settings=LAWS)


@pytest.mark.parametrize("law", [Followers, Sleepers, Twins, Strangers])
def test_the_laws_hold_in_long_meetings(law: type[RandomDistrict]) -> None:
    for seed in range(12):
        a_day_of_meetings(law(), seed, steps=120)


def test_an_event_about_what_a_view_does_not_hold_leaves_it_well_formed() -> None:
    run_state_machine_as_test(Strangers, settings=LAWS)


def test_every_event_has_an_audience_and_comes_back_from_its_bytes_by_name() -> None:
    from server.world.audience import AUDIENCE

    assert {event.__name__ for event in AUDIENCE} == set(EVENTS)
    assert all(issubclass(event, msgspec.Struct) for event in EVENTS.values())
