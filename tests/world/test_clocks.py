"""Reminders and escalations: what time does by itself to a command."""

import pytest

from server.domain import command as c
from server.domain import house as h
from server.domain import people as p
from server.domain.message import Event
from server.world.decide.lapse import AT_ONCE
from tests.world.builders import District, order, unit


@pytest.fixture
def district() -> District:
    return District()


def rung(events: list[Event]) -> list[tuple[str, str]]:
    """(what, for whom) of reminders and escalations, in order."""
    said = []
    for event in events:
        if isinstance(event, c.DeliveryReminded):
            said.append(("reminded", event.unit))
        elif isinstance(event, c.DeliveryEscalated):
            said.append((f"to {event.to}", event.unit))
    return said


def test_an_unanswered_command_is_escalated_to_the_town_and_then_to_the_district(district: District) -> None:
    district.issue(["east1"], order(acknowledge=60, escalate=120))
    assert district.wait(59) == []
    assert rung(district.wait(1)) == [("reminded", "east1")]
    assert district.wait(119) == []
    assert rung(district.wait(1)) == [("to east", "east1")]
    assert rung(district.wait(120)) == [("to d", "east1")]


def test_escalation_stops_at_the_district(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=60, escalate=10))
    district.wait(100)
    running = district.delivery(command, "east1").clocks[c.Clock.ACKNOWLEDGE]
    assert running.escalated_to == "d"
    assert district.wait(10_000_000) == []


def test_reminders_stop_when_the_state_is_reached(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=60, escalate=10))
    district.wait(60)
    district.acknowledge(command, "east1", "east1.desk")
    assert district.wait(100_000) == []


@pytest.mark.parametrize("recalled", [False, True])
def test_nothing_rings_for_what_is_over(district: District, recalled: bool) -> None:
    command = district.issue(["east1", "west2"], order(accept=60, report=60, complete=60, escalate=10))
    district.acknowledge(command, "east1", "east1.desk")
    recall, close = c.RecallCommand(command=command, reason="No"), c.CloseCommand(command=command)
    district.ask("commander", recall if recalled else close)
    assert rung(district.wait(50_000)) == []


def test_a_unit_where_nobody_is_is_not_waited_for(district: District) -> None:
    command = district.issue(["west2"], order(acknowledge=60, escalate=120))
    escalated = district.log[-1].events()[-1]
    assert escalated == c.DeliveryEscalated(
        command=command, unit="west2", clock=c.Clock.ACKNOWLEDGE, to="west", skipped=["west2"]
    )
    assert rung(district.wait(119)) == []
    assert rung(district.wait(1)) == [("to d", "west2")]


def test_an_empty_step_on_the_way_up_is_skipped_at_once_and_named(district: District) -> None:
    district.issue(["east1"], order(acknowledge=60, escalate=120))
    for account in ("east.desk", "east.commander"):
        district.ask("admin", p.CloseAccount(account=account))
    (_, escalated) = district.wait(180)
    assert isinstance(escalated, c.DeliveryEscalated)
    assert (escalated.to, escalated.skipped) == ("d", ["east"])


def test_who_left_before_the_clock_rang_is_not_waited_for(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=60, complete=600, escalate=120))
    district.acknowledge(command, "east1", "east1.desk")
    for account in ("east1.desk", "east1.second"):
        district.ask("admin", p.CloseAccount(account=account))
    assert district.wait(600) == [
        c.DeliveryEscalated(
            command=command, unit="east1", clock=c.Clock.COMPLETE, to="east", skipped=["east1"]
        )
    ]
    assert rung(district.wait(120)) == [("to d", "east1")]


def test_acknowledged_but_not_reported_has_its_own_clock(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=60, accept=60, report=600))
    district.acknowledge(command, "east1", "east1.desk")
    assert rung(district.wait(60)) == [("reminded", "east1")]
    district.ask("east1.desk", c.AcceptCommand(command=command, unit="east1"))
    delivery = district.delivery(command, "east1")
    assert list(delivery.clocks) == [c.Clock.REPORT]
    assert rung(district.wait(600)) == [("reminded", "east1")]
    district.ask("east1.desk", c.ReportProgress(command=command, unit="east1", unchanged=True))
    assert delivery.clocks == {}


def test_the_completion_clock_runs_from_the_issue_on(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=None, complete=600))
    district.ask("east1.desk", c.ReportProgress(command=command, unit="east1", unchanged=True))
    assert rung(district.wait(600)) == [("reminded", "east1")]
    district.complete(command, "east1", "east1.desk")
    assert district.wait(100_000) == []


def test_an_amended_deadline_counts_from_the_amendment_and_the_others_go_on(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=60, complete=600))
    district.acknowledge(command, "east1", "east1.desk")
    district.now += 100_000
    district.ask("commander", c.AmendCommand(command=command, order=order(acknowledge=60, complete=3600)))
    clocks = district.delivery(command, "east1").clocks
    assert clocks[c.Clock.COMPLETE].due == district.now + 3_600_000
    district.now += 100_000
    district.ask(
        "commander", c.AmendCommand(command=command, order=order("New", acknowledge=60, complete=3600))
    )
    assert clocks[c.Clock.COMPLETE].due == district.now - 100_000 + 3_600_000
    assert clocks[c.Clock.ACKNOWLEDGE].due == district.now + 60_000


def test_a_deadline_set_anew_does_not_ring_at_its_old_time(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=None, complete=60))
    district.ask("commander", c.AmendCommand(command=command, order=order(acknowledge=None, complete=600)))
    assert district.wait(599) == []
    assert rung(district.wait(1)) == [("reminded", "east1")]


def test_a_person_urges_without_touching_the_clocks(district: District) -> None:
    command = district.issue(["east1"], order(acknowledge=60))
    before = dict(district.delivery(command, "east1").clocks)
    (urged,) = district.ask("east.desk", c.RemindDelivery(command=command, unit="east1"))
    assert isinstance(urged, c.DeliveryReminded)
    assert (urged.clock, urged.name) == (None, "Name of east.desk")
    assert district.delivery(command, "east1").urged == 1
    assert district.delivery(command, "east1").clocks == before


def test_a_server_that_slept_for_a_day_reminds_once_and_then_goes_on(district: District) -> None:
    district.issue(["east1"], order(acknowledge=60, escalate=60))
    district.now += 24 * 3_600_000
    assert rung(district.lapse()) == [("reminded", "east1")]
    assert rung(district.wait(60)) == [("to east", "east1")]


def test_two_nodes_that_see_the_same_deadline_bring_about_one_reminder(district: District) -> None:
    """Fault 18: the second decides on a world where it has already rung."""
    district.issue(["east1"], order(acknowledge=60))
    district.now += 60_000
    assert rung(district.ask(None, h.Lapse())) == [("reminded", "east1")]
    assert district.ask(None, h.Lapse()) == []


def test_very_many_deadlines_come_in_entries_of_bounded_size(district: District) -> None:
    from server.domain import units as u

    teams = [f"t{number}" for number in range(AT_ONCE + 5)]
    for code in teams:
        team = u.UnitAdded(unit=unit(code, u.UnitKind.TEAM, "west"))
        district.append("admin", [team])
        account = p.Account(id=code, login=code, name=code, unit=code, post=p.Post.FIELD)
        district.append("admin", [p.AccountOpened(account=account)])
    district.issue(teams, order(acknowledge=60))
    district.now += 60_000
    assert len(district.ask(None, h.Lapse())) == AT_ONCE
    district.world.settle(district.now)
    assert len(district.ask(None, h.Lapse())) == 5
    district.world.settle(district.now)
    assert district.ask(None, h.Lapse()) == []
