"""The laws of deciding: a decision changes nothing, receipts are monotone, clocks run only in their steps."""

from typing import Any

import msgspec
from hypothesis.stateful import run_state_machine_as_test

from server.domain import command as c
from server.domain import house as h
from server.domain.message import Action, Event
from server.domain.refusal import Rejected
from server.world.ask import Ask
from server.world.state import State
from tests.world.builders import Logged, canonical, copy
from tests.world.machine import LAWS, RandomDistrict


class PureDecisions(RandomDistrict):
    """Whatever is asked by whomever: events or `Rejected`, and the world is as it was."""

    before = b""

    def deciding(self) -> None:
        self.before = self._everything()

    def decided(self, ask: Ask, action: Action, events: list[Event] | Rejected) -> None:
        assert self._everything() == self.before
        if isinstance(events, Rejected):
            assert msgspec.json.encode(events.detail)  # plain data for the screen

    def _everything(self) -> bytes:
        world = self.district.world
        return canonical(world.state) + repr((world.rings, world.staff)).encode()


class MonotoneReceipts(RandomDistrict):
    """A receipt once set is neither changed nor lost."""

    before: State | None = None

    def happening(self) -> None:
        self.before = copy(self.district.state)

    def happened(self, entry: Logged) -> None:
        assert self.before is not None
        happened = entry.events()
        sent_back = {(e.command, e.unit) for e in happened if isinstance(e, c.DeliverySentBack)}
        archived = {e.command for e in happened if isinstance(e, c.CommandArchived)}
        for command, by_unit in self.before.deliveries.items():
            if command in archived:
                assert command not in self.district.state.commands
                continue
            version = self.district.state.commands[command].version
            assert version >= self.before.commands[command].version
            for unit, was in by_unit.items():
                now = self.district.delivery(command, unit)
                self._keeps(was, now, (command, unit) in sent_back)

    def _keeps(self, was: c.Delivery, now: c.Delivery, sent_back: bool) -> None:
        for name in ("accepted", "verified", "reassigned_to", "opened_at"):
            assert getattr(was, name) in (None, getattr(now, name)), name
        if not sent_back:
            assert was.completed in (None, now.completed)
            assert was.declined in (None, now.declined)
        assert [unit for unit in now.watchers if unit in was.watchers] == was.watchers
        assert now.watchers[-1:] == was.watchers[-1:] or not was.watchers
        assert was.devices.items() <= now.devices.items()
        assert now.relays[: len(was.relays)] == was.relays
        assert now.sent_back[: len(was.sent_back)] == was.sent_back
        assert now.urged >= was.urged
        assert now.acknowledged_version >= was.acknowledged_version
        for person, receipt in was.acknowledged.items():
            again = now.acknowledged[person]
            assert again == receipt or again.version > receipt.version


class HonestClocks(RandomDistrict):
    """A clock runs only in its steps, and nothing rings for what is over."""

    def happened(self, entry: Logged) -> None:
        state = self.district.state
        for command in state.commands.values():
            over = command.recalled is not None or command.closed_at is not None
            for delivery in state.deliveries[command.id].values():
                if over:
                    assert not delivery.clocks
                for clock, running in delivery.clocks.items():
                    reread = (
                        clock is c.Clock.ACKNOWLEDGE
                        and 0 < delivery.acknowledged_version < command.version
                        and delivery.step in c.OPEN
                    )
                    assert delivery.step in c.RUNS[clock] or reread
                    assert running.due > running.since
                self._every_clock_that_should_run_does(command, delivery)

    def _every_clock_that_should_run_does(self, command: c.Command, delivery: c.Delivery) -> None:
        if command.recalled is None and command.closed_at is None:
            for clock, steps in c.RUNS.items():
                wanted = getattr(command.order.clocks, clock.value) is not None and delivery.step in steps
                assert not wanted or clock in delivery.clocks

    def decided(self, ask: Ask, action: Action, events: list[Event] | Rejected) -> None:
        """What rings is due, and rings for something that is still open."""
        if not isinstance(action, h.Lapse) or isinstance(events, Rejected):
            return
        rung: set[Any] = set()
        for event in events:
            if isinstance(event, c.DeliveryReminded | c.DeliveryEscalated):
                delivery = self.district.delivery(event.command, event.unit)
                assert delivery.step in c.OPEN
                assert event.clock is not None
                running = delivery.clocks[event.clock]
                if isinstance(event, c.DeliveryReminded) or event.unit in event.skipped:
                    assert running.due <= ask.now
                    assert running.reminded_at is None
                    there = self.district.world.somebody_at(event.unit)
                    assert there or isinstance(event, c.DeliveryEscalated) or not delivery.watchers
                else:
                    wait = self.district.state.commands[event.command].order.clocks.escalate * 1000
                    assert running.reminded_at is not None
                    assert (running.escalated_at or running.reminded_at) + wait <= ask.now
                key = (event.command, event.unit, event.clock)
                assert key not in rung, "one clock rings once at a time"
                rung.add(key)


def test_a_decision_changes_nothing_and_raises_nothing_but_a_refusal() -> None:
    run_state_machine_as_test(PureDecisions, settings=LAWS)


def test_a_receipt_once_set_is_neither_changed_nor_lost() -> None:
    run_state_machine_as_test(MonotoneReceipts, settings=LAWS)


def test_a_clock_runs_only_in_its_steps_and_time_comes_to_rest() -> None:
    run_state_machine_as_test(HonestClocks, settings=LAWS)
