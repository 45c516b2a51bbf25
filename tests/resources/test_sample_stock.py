"""The sample stock: clearly a sample, inside the district, owned by its units, enough for the plans."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from resources.actions import ResourceEntry
from resources.sourcing.propose import propose
from resources.state import (
    INDIVIDUAL,
    Board,
    Category,
    Destination,
    Need,
    RequestStep,
    Resource,
    ResourceRequest,
    Stock,
)
from server.domain.message import Position
from server.domain.plans import PlannedResource
from server.founding import DATA, SAMPLE, read_district, read_plans, sample
from tests.resources.sourcing.boards import board

NOW = 1_795_000_000_000  # November 2026


class StockFile(msgspec.Struct):
    about: dict[str, Any]
    resources: list[ResourceEntry]


@pytest.fixture(scope="module")
def stock() -> StockFile:
    return msgspec.json.decode((DATA / "stock.json").read_bytes(), type=StockFile)


@pytest.fixture(scope="module")
def units() -> dict[str, Position | None]:
    founded = sample(read_district(SAMPLE), [])
    return {
        unit.code: None if unit.lon is None or unit.lat is None else Position(lon=unit.lon, lat=unit.lat)
        for unit in founded.units
    }


def outline() -> list[tuple[float, float]]:
    features = json.loads(Path(DATA / "jinshan.geojson").read_text())["features"]
    [district] = [f for f in features if f["properties"].get("level") == "district"]
    return [(lon, lat) for lon, lat, *_ in district["geometry"]["coordinates"][0]]


def inside(position: Position, ring: list[tuple[float, float]]) -> bool:
    """Even-odd rule."""
    crossed = False
    for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y > position.lat) != (v > position.lat):
            crossed ^= position.lon < (u - x) * (position.lat - y) / (v - y) + x
    return crossed


def planned() -> list[PlannedResource]:
    return [resource for plan in read_plans() for resource in plan.resources]


def board_of(stock: StockFile) -> Board:
    kinds = {(row.facts.kind, row.category, row.measure) for row in stock.resources}
    made = board(*sorted(kinds))
    for row in stock.resources:
        quantity = row.quantity or 0
        made.resources[row.id] = Resource(
            id=row.id, facts=row.facts, stock=Stock(supplied=quantity, free=quantity)
        )
    return made


def test_it_says_that_it_is_a_sample(stock: StockFile) -> None:
    assert stock.about["sample"] is True
    assert "INVENTED" in stock.about["provenance"][0]
    for row in stock.resources:
        assert row.id.startswith("sample-")
        assert row.facts.phone.startswith("021-0000")
        assert "示例" in row.facts.keeper


def test_every_row_has_an_owner_of_the_district_and_a_place_inside_it(
    stock: StockFile, units: dict[str, Position | None]
) -> None:
    ring = outline()
    for row in stock.resources:
        assert row.facts.owner in units
        assert row.facts.unit is None or row.facts.unit in units
        assert row.facts.position is not None
        assert inside(row.facts.position, ring), row.id


def test_rows_have_ids_of_their_own_and_kinds_one_measure(stock: StockFile) -> None:
    assert len({row.id for row in stock.resources}) == len(stock.resources)
    kinds = {(row.facts.kind, row.category, row.measure) for row in stock.resources}
    assert len(kinds) == len({kind for kind, _, _ in kinds})


def test_what_is_kept_one_by_one_is_one(stock: StockFile) -> None:
    for row in stock.resources:
        assert row.quantity is not None
        assert row.quantity == 1 if row.category in INDIVIDUAL else row.quantity > 0


def test_every_category_department_and_town_is_there(stock: StockFile) -> None:
    assert {row.category for row in stock.resources} == set(Category)
    owners = {row.facts.owner for row in stock.resources}
    assert {f"D0{number}" for number in range(1, 9)} < owners
    assert len({owner for owner in owners if owner.startswith("310116") and len(owner) == 9}) == 11


def test_food_and_water_have_batches_that_expire(stock: StockFile) -> None:
    for row in stock.resources:
        if row.facts.kind in ("瓶装饮用水", "方便食品", "婴幼儿奶粉"):
            assert row.facts.batch
            assert row.facts.expires_at is not None
            assert row.facts.expires_at > NOW


@pytest.mark.parametrize("resource", planned(), ids=lambda r: r.kind)
def test_what_a_plan_asks_for_is_there_in_its_measure(stock: StockFile, resource: PlannedResource) -> None:
    rows = [row for row in stock.resources if row.facts.kind == resource.kind]
    assert {row.measure for row in rows} == {resource.measure}
    assert sum(row.quantity or 0 for row in rows) >= resource.quantity


def test_the_plans_can_be_pre_staged_from_it(stock: StockFile, units: dict[str, Position | None]) -> None:
    on = board_of(stock)
    for plan in read_plans():
        on.requests = {
            f"q{number}": ResourceRequest(
                id=f"q{number}",
                unit="310116",
                by="commander",
                name="陈国栋",
                at=NOW,
                step=RequestStep.OPEN,
                planned=True,
                need=Need(kind=row.kind, quantity=row.quantity, to=Destination(place=row.place)),
            )
            for number, row in enumerate(plan.resources)
        }
        places = {code: position for code, position in units.items() if position is not None}
        proposal = propose(on, places, NOW)
        asked = sum(row.quantity for row in plan.resources)
        assert sum(s.quantity for s in proposal.shortfalls) < 0.15 * asked, plan.name
