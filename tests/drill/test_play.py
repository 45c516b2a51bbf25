"""A drill played under the real rules, without wire: what becomes of orders among simulated stations."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain import command as c
from server.domain import mode as m
from server.domain.incident import IncidentFacts, IncidentGrade, ResponseLevel
from tests.drill.theatre import Theatre

PLANS = ("typhoon-flood", "hazchem", "large-crowd")
playing = settings(max_examples=12, deadline=None)
seeds = st.integers(0, 10_000).map(str)


def declared(theatre: Theatre) -> None:
    plan = theatre.plan
    facts = IncidentFacts(kind=plan.kind, title=plan.name, grade=IncidentGrade.LARGER)
    theatre.commander(
        m.DeclareEmergency(scope="d", incident=facts, level=ResponseLevel.III, reason="演练", plan=plan.id),
        id="switch",
    )


@playing
@given(seeds, st.sampled_from(PLANS))
def test_the_rules_refuse_nothing_that_stations_do(seed: str, plan: str) -> None:
    theatre = Theatre(seed, plan=plan)
    declared(theatre)
    theatre.play(600)
    assert theatre.refused == []
    assert {"ConfirmDelivery", "AcknowledgeCommand", "AcceptCommand", "ReportProgress"} <= set(
        theatre.kinds()
    )


@playing
@given(seeds)
def test_the_same_seed_plays_the_same_drill(seed: str) -> None:
    first, second = Theatre(seed), Theatre(seed)
    for theatre in (first, second):
        declared(theatre)
        theatre.play(120)
    assert first.acts == second.acts


def test_another_seed_plays_another_drill() -> None:
    first, second = Theatre("1"), Theatre("2")
    for theatre in (first, second):
        declared(theatre)
        theatre.play(60)
    assert first.acts != second.acts


@playing
@given(seeds)
def test_nothing_is_done_about_a_recalled_order(seed: str) -> None:
    theatre = Theatre(seed)
    command = theatre.issue("east", "west", relay=c.Relay.REQUIRED)
    theatre.play(20)
    theatre.commander(c.RecallCommand(command=command, reason="有误"))
    before = len(theatre.acts)
    theatre.play(300)
    assert theatre.acts[before:] == []
    assert theatre.refused == []


@playing
@given(seeds)
def test_everybody_at_work_reads_an_amended_order_again(seed: str) -> None:
    theatre = Theatre(seed)
    command = theatre.issue("east1", "west1", "boat")
    theatre.play(30)
    order = theatre.district.state.commands[command].order
    theatre.commander(c.AmendCommand(command=command, order=msgspec.structs.replace(order, title="新的")))
    at_work = [
        d.unit
        for d in theatre.district.state.deliveries[command].values()
        if d.step in (c.Step.ACCEPTED, c.Step.RELAYED, c.Step.REPORTED)
    ]
    theatre.play(60)
    versions = {d.unit: d.acknowledged_version for d in theatre.district.state.deliveries[command].values()}
    assert [unit for unit in at_work if versions[unit] != 2] == []


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_town_passes_an_order_on_and_adds_up_what_comes_back(seed: str) -> None:
    theatre = Theatre(seed)
    command = theatre.issue("east", relay=c.Relay.REQUIRED)
    theatre.play(240)
    town = theatre.district.delivery(command, "east")
    if town.declined is None:
        child = theatre.district.state.deliveries[town.relays[0]]
        assert set(child) == {"east1", "east2"}
        assert 0 < town.counts["moved"] <= sum(d.counts.get("moved", 0) for d in child.values())


@playing
@given(seeds)
def test_nobody_speaks_of_all_done_while_somebody_below_is_at_it(seed: str) -> None:
    theatre = Theatre(seed)
    command = theatre.issue("east", relay=c.Relay.REQUIRED)
    theatre.play(400)
    for report in theatre.district.delivery(command, "east").reports:
        if report.counts.get("remaining"):
            assert "应转尽转" not in report.text
            assert "全部安置" not in report.text


def test_who_stays_silent_is_urged_then_telephoned_by_the_desk_above() -> None:
    urged = heard = 0
    for seed in range(30):
        theatre = Theatre(str(seed))
        declared(theatre)
        theatre.play(300)
        urged += theatre.done("RemindDelivery")
        heard += theatre.done("RecordAcknowledgement")
    assert urged > 0
    assert heard > 0


def test_calls_for_help_are_answered_and_closed() -> None:
    for seed in range(10):
        theatre = Theatre(str(seed))
        declared(theatre)
        theatre.play(1800)
        raised = theatre.done("RaiseDistress")
        if raised:
            assert theatre.done("CloseDistress") >= raised - 1
            assert theatre.refused == []
            return
    pytest.fail("nobody ever called for help")


# ── the director ───────────────────────────────────────────────────────────────────────────────────


def test_when_nobody_commands_the_director_declares_and_leads_to_the_end() -> None:
    theatre = Theatre("1", directed=True)
    theatre.play(7)
    assert theatre.district.state.activations == {}
    theatre.play(3)
    activation = next(iter(theatre.district.state.activations.values()))
    assert activation.plan == "typhoon-flood"
    theatre.play(1900)
    assert theatre.refused == []
    assert activation.id in theatre.district.state.activations
    assert theatre.district.state.activations[activation.id].mode is m.Mode.STANDING_DOWN
    assert theatre.done("IssueCommand", "deputy") == 5
    assert theatre.done("AmendCommand", "deputy") == 1
    assert theatre.done("ChangeLevel", "deputy") == 2
    ticked = theatre.district.state.activations[activation.id].ticked
    assert set(ticked) == {item.id for item in theatre.plan.checklist}


def test_the_director_keeps_out_of_a_drill_that_somebody_commands() -> None:
    theatre = Theatre("1", directed=True)
    theatre.play(5)
    declared(theatre)
    theatre.play(400)
    assert [do for _, who, do in theatre.acts if who == "deputy"] == []
