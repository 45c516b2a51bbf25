"""The switch between routine and emergency, told as it is used."""

import msgspec
import pytest

from server.domain import command as c
from server.domain import incident as i
from server.domain import mode as m
from server.domain import plans as pl
from server.domain.people import Post
from server.domain.refusal import Code, Rejected
from server.world.evolve import evolve
from tests.world.builders import FLOOD, PEOPLE, District, canonical, order, plan, template


@pytest.fixture
def district() -> District:
    return District()


def declare(
    scope: str = "d", plan: str | None = None, without: list[str] | None = None
) -> m.DeclareEmergency:
    return m.DeclareEmergency(
        scope=scope,
        incident=FLOOD,
        level=i.ResponseLevel.III,
        reason="Rain",
        plan=plan,
        without=without or [],
    )


def test_one_commander_throws_the_switch_for_the_whole_district(district: District) -> None:
    activation = district.declare()
    assert district.state.activations[activation].mode is m.Mode.EMERGENCY
    assert district.state.incidents[f"{activation}.i"].facts == FLOOD
    for unit in district.state.units:
        governing = m.governing(district.state.units, district.state.activations, unit)
        assert governing is not None
        assert governing.id == activation


def test_everybody_down_to_the_field_sees_the_switch(district: District) -> None:
    activation = district.declare()
    assert all(activation in district.view(who).activations for who in district.state.accounts)


def test_where_two_must_agree_one_person_alone_only_proposes(district: District) -> None:
    district.ask("admin", m.ChangeSettings(two_person=True))
    proposal = district.declare()
    assert district.state.activations == {}
    assert district.refused("commander", m.ConfirmEmergency(proposal=proposal)) is Code.SAME_PERSON


def test_the_second_person_throws_a_proposed_switch_and_both_names_are_kept(district: District) -> None:
    district.ask("admin", m.ChangeSettings(two_person=True))
    proposal = district.declare(plan="flood")
    district.ask("deputy", m.ConfirmEmergency(proposal=proposal))
    activation = district.state.activations[proposal]
    assert (activation.declared_by, activation.confirmed_by) == ("commander", "deputy")
    assert district.state.proposals == {}
    assert list(district.state.commands) == [f"{proposal}.1", f"{proposal}.2"]


def test_only_commanders_see_a_proposal(district: District) -> None:
    district.ask("admin", m.ChangeSettings(two_person=True))
    proposal = district.declare()
    sees = {who for who in district.state.accounts if proposal in district.view(who).proposals}
    assert sees == {"commander", "deputy", "east.commander"}


def test_a_proposal_lapses_after_ten_minutes(district: District) -> None:
    district.ask("admin", m.ChangeSettings(two_person=True))
    proposal = district.declare()
    assert district.wait(599) == []
    assert district.wait(1) == [m.ProposalDropped(proposal=proposal, lapsed=True)]
    assert district.refused("deputy", m.ConfirmEmergency(proposal=proposal)) is Code.UNKNOWN_ACTIVATION


def test_a_dropped_proposal_does_not_lapse_again(district: District) -> None:
    district.ask("admin", m.ChangeSettings(two_person=True))
    proposal = district.declare()
    district.ask("deputy", m.DropProposal(proposal=proposal))
    assert district.wait(3600) == []


def test_the_plan_issues_its_automatic_commands_with_the_switch(district: District) -> None:
    activation = district.declare("east", plan="flood", by="commander")
    first, second = (district.state.commands[f"{activation}.{n}"] for n in (1, 2))
    assert (first.order.template, second.order.template) == ("villages", "pumps")
    assert set(district.state.deliveries[first.id]) == {"east1", "east2"}
    assert set(district.state.deliveries[second.id]) == {"water"}
    assert {first.activation, second.activation} == {activation}
    kept = district.state.activations[activation]
    assert (kept.plan, kept.plan_version, len(kept.resources)) == ("flood", 1, 1)


def test_a_template_can_be_left_out_this_time(district: District) -> None:
    district.ask("commander", declare(plan="flood", without=["villages"]))
    assert [command.order.template for command in district.state.commands.values()] == ["pumps"]


def test_a_template_that_addresses_nobody_does_not_stop_the_switch(district: District) -> None:
    district.ask("commander", declare("safety", plan="flood"))
    assert [command.order.template for command in district.state.commands.values()] == ["pumps"]
    assert len(district.state.activations) == 1


def test_a_second_switch_in_an_emergency_is_refused_also_for_a_part(district: District) -> None:
    district.declare()
    assert district.refused("deputy", declare()) is Code.ALREADY_IN_EMERGENCY
    assert district.refused("deputy", declare("east1")) is Code.ALREADY_IN_EMERGENCY


def test_a_town_may_be_in_emergency_before_the_district_is(district: District) -> None:
    town = district.declare("east", by="east.commander")
    whole = district.declare("d")
    by = {
        unit: m.governing(district.state.units, district.state.activations, unit)
        for unit in ("east1", "west1")
    }
    assert {unit: found.id for unit, found in by.items() if found} == {"east1": town, "west1": whole}


def test_a_town_that_stands_down_stays_in_the_emergency_of_the_district(district: District) -> None:
    town = district.declare("east", by="east.commander")
    whole = district.declare("d")
    district.ask("east.commander", m.StandDown(activation=town, reason="Dry here"))
    command = district.issue(["east1"], by="east.desk")
    assert district.state.commands[command].activation == whole


def test_standing_down_lists_what_is_still_open(district: District) -> None:
    activation = district.declare()
    kept = district.issue(["east"])
    done = district.issue(["west"])
    district.ask("commander", c.CloseCommand(command=done))
    (switched,) = district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    assert isinstance(switched, m.ModeSwitched)
    assert switched.open == [kept]
    assert district.state.activations[activation].mode is m.Mode.STANDING_DOWN


def test_routine_does_not_return_while_something_is_open(district: District) -> None:
    activation = district.declare()
    command = district.issue(["east"])
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    with pytest.raises(Rejected) as refusal:
        district.ask("commander", m.ResumeRoutine(activation=activation))
    assert refusal.value.code is Code.STILL_OPEN
    assert refusal.value.detail == {"commands": [command]}


def test_an_open_command_handed_over_is_then_seen_to_by_its_holder(district: District) -> None:
    activation = district.declare()
    command = district.issue(["east1", "east2"])
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    district.ask("commander", m.ResumeRoutine(activation=activation, hand_over={command: "east"}))
    assert district.state.activations == {}
    assert district.state.incidents == {}
    kept = district.state.commands[command]
    assert (kept.holder, kept.issuer, kept.activation) == ("east", "d", None)
    district.complete(command, "east1", "east1.desk")
    district.ask("east.desk", c.VerifyDelivery(command=command, unit="east1"))
    assert district.delivery(command, "east1").step is c.Step.VERIFIED


@pytest.mark.parametrize("holder", ["west", "patrol", "east2"])
def test_an_open_command_is_not_handed_to_a_unit_that_cannot_see_it(district: District, holder: str) -> None:
    activation = district.declare()
    command = district.issue(["east1"])
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    resume = m.ResumeRoutine(activation=activation, hand_over={command: holder})
    assert district.refused("commander", resume) is Code.OUT_OF_REACH


def test_a_department_takes_over_a_command_and_sees_all_that_came_of_it(district: District) -> None:
    activation = district.declare()
    command = district.issue(["east", "west1"])
    child = district.relay(command, "east", ["east1"], by="east.desk")
    district.acknowledge(child, "east1", "east1.desk")
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    assert district.view("water.desk").commands == {}
    resume = m.ResumeRoutine(activation=activation, hand_over={command: "water", child: "east"})
    district.ask("commander", resume)
    seen = district.view("water.desk")
    assert (seen.commands[command].holder, seen.commands[child].holder) == ("water", "east")
    assert {unit for by_unit in seen.deliveries.values() for unit in by_unit} == {"east", "west1", "east1"}
    assert list(seen.deliveries[child]["east1"].acknowledged) == ["east1.desk"]
    assert seen.deliveries[child]["east1"].watchers == ["east", "water", "d"]
    # and sees to it: what happens from now on comes here, and here it is judged
    district.complete(child, "east1", "east1.desk")
    assert "u:water" in district.log[-1].audiences[-1]
    district.complete(command, "west1", "west1.desk")
    district.ask("water.desk", c.VerifyDelivery(command=command, unit="west1"))
    district.ask("water.desk", c.RemindDelivery(command=command, unit="east"))
    district.ask("water.desk", c.CloseCommand(command=command))
    assert district.state.commands[child].closed_at is not None


def test_two_departments_take_over_a_command_and_what_was_relayed_from_it(district: District) -> None:
    """Shown in one entry: each is shown the other's watching too."""
    activation = district.declare()
    command = district.issue(["east"])
    child = district.relay(command, "east", ["east1", "patrol"], by="east.desk")
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    views = {
        who: (district.scope(who), district.view(who)) for who in ("water.desk", "safety.desk", "east.desk")
    }
    resume = m.ResumeRoutine(activation=activation, hand_over={command: "water", child: "safety"})
    district.ask("commander", resume)
    entry = district.log[-1]
    for who, (scope, view) in views.items():
        for event in entry.visible(scope):
            evolve(view, event, entry.at)
        view.seq, view.at = entry.seq, entry.at
        assert canonical(view) == canonical(district.view(who)), who
    assert district.delivery(child, "patrol").watchers == ["east1", "east", "water", "safety", "d"]


def test_a_town_hands_nothing_to_a_department_of_the_district(district: District) -> None:
    activation = district.declare("east", by="east.commander")
    command = district.issue(["east1"], by="east.commander")
    district.ask("east.commander", m.StandDown(activation=activation, reason="Dry"))
    resume = m.ResumeRoutine(activation=activation, hand_over={command: "water"})
    assert district.refused("east.commander", resume) is Code.OUT_OF_REACH
    assert district.refused("commander", resume) is None


def test_a_clock_that_runs_out_reaches_the_department_that_took_over_before_the_district(
    district: District,
) -> None:
    activation = district.declare()
    command = district.issue(["east1"], order(acknowledge=60, escalate=60))
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    district.ask("commander", m.ResumeRoutine(activation=activation, hand_over={command: "water"}))
    told = [event.to for event in district.wait(600) if isinstance(event, c.DeliveryEscalated)]
    assert told == ["east", "water", "d"]


def test_what_was_closed_or_recalled_does_not_hold_up_the_return(district: District) -> None:
    activation = district.declare()
    first, second = district.issue(["east"]), district.issue(["west"])
    district.ask("commander", c.CloseCommand(command=first))
    district.ask("commander", c.RecallCommand(command=second, reason="False alarm"))
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    district.ask("commander", m.ResumeRoutine(activation=activation))
    assert district.state.activations == {}


def test_the_rain_returns_while_standing_down(district: District) -> None:
    activation = district.declare()
    command = district.issue(["east"])
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    district.ask("commander", declare())
    assert list(district.state.activations) == [activation]
    assert district.state.activations[activation].mode is m.Mode.EMERGENCY
    assert list(district.state.incidents) == [f"{activation}.i"]
    assert district.state.commands[command].activation == activation


def test_the_level_changes_in_the_open_and_saying_it_twice_says_nothing(district: District) -> None:
    activation = district.declare()
    higher = m.ChangeLevel(activation=activation, level=i.ResponseLevel.I, reason="More rain")
    assert district.ask("commander", higher) == [
        m.LevelChanged(
            activation=activation, before=i.ResponseLevel.III, level=i.ResponseLevel.I, reason="More rain"
        )
    ]
    assert district.ask("commander", higher) == []
    assert district.view("patrol.chief").activations[activation].level is i.ResponseLevel.I


def test_the_checklist_is_ticked_and_unticked_with_its_time(district: District) -> None:
    activation = district.declare(plan="flood")
    tick = m.TickChecklist(activation=activation, item="lights", done=True)
    district.ask("commander", tick)
    assert district.state.activations[activation].ticked == {"lights": district.now}
    assert district.ask("commander", tick) == []
    district.ask("commander", m.TickChecklist(activation=activation, item="lights", done=False))
    assert district.state.activations[activation].ticked == {}
    strange = m.TickChecklist(activation=activation, item="stars", done=True)
    assert district.refused("commander", strange) is Code.NOT_FOUND


def test_an_item_is_ticked_by_who_holds_the_post_it_names_and_by_the_desks_above(district: District) -> None:
    activation = district.declare(plan="flood")
    gates = m.TickChecklist(activation=activation, item="gates", done=True)
    lights = m.TickChecklist(activation=activation, item="lights", done=True)
    may = {who for who in PEOPLE if district.refused(who, gates) is None}
    assert may == {"commander", "deputy", "water.desk", "safety.desk"}
    assert {who for who in PEOPLE if district.refused(who, lights) is None} == {"commander", "deputy"}
    district.ask("water.desk", gates)
    assert district.view("east1.desk").activations[activation].ticked == {"gates": district.now}


@pytest.mark.parametrize(
    ("post", "may"),
    [
        (Post.DEPARTMENT_DESK, {"water.desk", "safety.desk"}),  # serves the whole district
        (Post.VILLAGE_DESK, {"east1.desk", "east1.second", "east2.desk"}),
        (Post.FIELD, {"patrol.chief"}),
    ],
)
def test_the_post_an_item_names_counts_within_the_scope(
    district: District, post: Post, may: set[str]
) -> None:
    known = plan()
    item = pl.ChecklistItem(id="item", text="x", post=post)
    district.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(known, checklist=[item])))
    activation = district.declare("east", by="east.commander", plan="flood")
    tick = m.TickChecklist(activation=activation, item="item", done=True)
    above = {"commander", "deputy", "east.commander", "east.desk"}
    assert {who for who in PEOPLE if district.refused(who, tick) is None} == above | may


def test_a_retired_plan_sets_nothing_in_motion(district: District) -> None:
    district.ask("admin", pl.RetirePlan(plan="flood"))
    assert district.refused("commander", declare(plan="flood")) is Code.UNKNOWN_PLAN


def test_a_plan_is_saved_from_the_version_it_was_edited_from(district: District) -> None:
    edited = msgspec.structs.replace(plan(), name="Better plan")
    district.ask("admin", pl.SavePlan(plan=edited))
    assert district.state.plans["flood"].version == 2
    assert district.refused("commander", pl.SavePlan(plan=edited)) is Code.STALE_VERSION
    double = msgspec.structs.replace(plan(), version=2, templates=[template("room")])
    assert district.refused("admin", pl.SavePlan(plan=double)) is Code.NAME_TAKEN


def test_a_caller_cannot_take_the_id_of_a_command_of_the_switch(district: District) -> None:
    activation = district.declare(plan="flood")
    issue = c.IssueCommand(order=order(), to=c.Addressing(units=["west"]))
    with pytest.raises(Rejected) as refusal:
        district.ask("commander", issue, id=f"{activation}.1")
    assert refusal.value.code is Code.ACTION_ID_TAKEN
    assert set(district.state.deliveries[f"{activation}.1"]) == {"east1", "east2", "west1", "west2"}


def test_the_longest_action_id_leaves_room_for_what_is_made_of_it(district: District) -> None:
    district.ask("commander", declare(plan="flood"), id="x" * 64)
    assert [len(id) for id in district.view("commander").commands] == [66, 66]
    assert district.log[-1].events()
