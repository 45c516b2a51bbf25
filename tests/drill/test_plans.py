"""The plans that ship: they parse, they can be thrown for the district and for a town, they are complete."""

from pathlib import Path

import msgspec
import pytest

from server.domain import command as c
from server.domain import mode as m
from server.domain.incident import IncidentFacts, IncidentGrade
from server.domain.message import Event
from server.domain.people import Account, Post
from server.domain.plans import Plan, PlanSaved, SavePlan
from server.founding import DATA, SAMPLE, read_district, read_plans, sample
from server.world.addressing import SCOPE, addressed
from server.world.ask import Ask
from server.world.decide import decide
from server.world.state import State
from server.world.world import World

FILES = sorted((DATA / "plans").glob("*.json"))
PLANS = read_plans()
TOWN = "310116109"
NOW = 1_700_000_000_000

each_plan = pytest.mark.parametrize("plan", PLANS, ids=[plan.id for plan in PLANS])


@pytest.fixture(scope="module")
def world() -> World:
    """The sample district with its plans, and a commander in one of its towns."""
    founded = sample(read_district(SAMPLE), PLANS)
    founded.accounts.append(
        Account(
            id="town.commander", login="town.commander", name="镇指挥", unit=TOWN, post=Post.DUTY_COMMANDER
        )
    )
    world = World(State(log="310116"))
    for event in decide(world, founded, Ask(id="found", account=None, now=NOW)):
        world.apply(event, NOW)
    return world


def declared(world: World, plan: Plan, who: str) -> list[Event]:
    account = world.state.accounts[who]
    facts = IncidentFacts(kind=plan.kind, title=plan.name, grade=IncidentGrade.LARGER)
    action = m.DeclareEmergency(
        scope=account.unit, incident=facts, level=plan.level, reason="演练启动", plan=plan.id
    )
    return decide(world, action, Ask(id="a1", account=account, now=NOW))


def titles(events: list[Event]) -> list[str]:
    return [event.command.order.title for event in events if isinstance(event, c.CommandIssued)]


def test_the_three_plans_ship_under_their_own_names() -> None:
    assert [path.stem for path in FILES] == ["hazchem", "large-crowd", "typhoon-flood"]
    assert [plan.id for plan in PLANS] == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_plan_has_no_field_that_the_platform_does_not_know(path: Path) -> None:
    written = msgspec.json.decode(path.read_bytes())
    read = msgspec.to_builtins(msgspec.json.decode(path.read_bytes(), type=Plan))

    def strange(a: object, b: object, at: str) -> list[str]:
        if isinstance(a, dict) and isinstance(b, dict):
            return [f"{at}.{key}" for key in a if key not in b] + [
                found for key in a if key in b for found in strange(a[key], b[key], f"{at}.{key}")
            ]
        if isinstance(a, list) and isinstance(b, list):
            return [found for x, y in zip(a, b, strict=True) for found in strange(x, y, at)]
        return []

    assert strange(written, read, path.stem) == []


@each_plan
def test_the_district_throws_the_switch_with_every_automatic_command(world: World, plan: Plan) -> None:
    events = declared(world, plan, "commander")
    assert any(isinstance(event, m.ModeSwitched) for event in events)
    assert titles(events) == [template.title for template in plan.templates if template.automatic]
    assert sum(isinstance(event, c.DeliveryOpened) for event in events) > 200


@each_plan
def test_a_town_throws_it_for_itself_and_addresses_nobody_outside(world: World, plan: Plan) -> None:
    events = declared(world, plan, "town.commander")
    opened = {event.unit for event in events if isinstance(event, c.DeliveryOpened)}
    assert TOWN in opened
    assert all(unit.removeprefix("T").startswith(TOWN) for unit in opened)
    assert len(titles(events)) >= 2


@each_plan
def test_every_command_of_a_plan_finds_addressees_in_the_district(world: World, plan: Plan) -> None:
    for template in plan.templates:
        assert addressed(world.state, template.addressing, "310116", "310116")
        assert {area.under for area in template.addressing.areas} == {SCOPE}
        assert not template.addressing.units
        assert not template.addressing.groups


@each_plan
def test_a_plan_is_complete(plan: Plan) -> None:
    assert 5 <= len(plan.templates) <= 9
    assert 3 <= sum(template.automatic for template in plan.templates) <= 4
    assert all(template.fields and template.clocks.acknowledge for template in plan.templates)
    assert all(room.invitees for room in plan.rooms)
    assert len(plan.resources) >= 5
    assert all(resource.quantity and resource.measure and resource.place for resource in plan.resources)
    assert {item.post for item in plan.checklist} >= {Post.DUTY_COMMANDER, Post.TOWN_DESK, Post.FIELD}


@each_plan
def test_ids_of_a_plan_are_its_own(plan: Plan) -> None:
    for ids in (
        [template.id for template in plan.templates],
        [room.id for room in plan.rooms],
        [item.id for item in plan.checklist],
        *([field.key for field in template.fields] for template in plan.templates),
    ):
        assert len(ids) == len(set(ids))


@each_plan
def test_a_shipped_plan_can_be_saved_again_as_it_is(world: World, plan: Plan) -> None:
    commander = world.state.accounts["commander"]
    events = decide(world, SavePlan(plan=plan), Ask(id="save", account=commander, now=NOW))
    assert [type(event) for event in events] == [PlanSaved]
