"""How a log begins: whole, in one entry, with its stock."""

import msgspec
import pytest

from resources.inventory import below_minimum
from resources.state import Book
from server.domain.house import DistrictFounded
from server.domain.refusal import Code, Rejected
from server.founding import SAMPLE, read_district, read_plans, read_stock, sample
from server.world.ask import Ask
from server.world.decide import decide
from server.world.founding import FoundDistrict
from server.world.state import State
from server.world.world import World

NOW = 1_795_000_000_000


def founded(founding: FoundDistrict) -> World:
    world = World(State(log="310116"))
    for event in decide(world, founding, Ask("found", None, NOW)):
        world.apply(event, NOW)
    return world


def test_the_sample_district_is_founded_with_its_stock() -> None:
    stock = read_stock()
    state = founded(sample(read_district(SAMPLE), read_plans(), stock)).state
    assert list(state.board.resources) == [row.id for row in stock]
    for row in stock:
        there = state.board.resources[row.id]
        assert there.facts == row.facts
        assert there.stock.free == there.stock.supplied == row.quantity
    assert not list(below_minimum(state.board, NOW))
    assert {kind.category for kind in state.board.kinds.values()} == {row.category for row in stock}


def test_a_founding_that_cannot_be_whole_is_refused_whole() -> None:
    """No unit of that code, so no district: never one without its stock."""
    stock = read_stock()
    facts = msgspec.structs.replace(stock[7].facts, owner="nobody")
    wrong = msgspec.structs.replace(stock[7], facts=facts)
    founding = sample(read_district(SAMPLE), [])
    founding.stock = [*stock[:7], wrong]
    with pytest.raises(Rejected) as refused:
        founded(founding)
    assert (refused.value.code, refused.value.detail["row"]) == (Code.UNKNOWN_UNIT, 7)


def test_a_district_of_ones_own_begins_without_stock_and_so_does_one_whose_units_are_others() -> None:
    district = read_district(SAMPLE)
    some = msgspec.structs.replace(district, units=[u for u in district.units if u.kind != "department"])
    founding = sample(some, [], read_stock())
    assert 0 < len(founding.stock) < len(read_stock())
    owners = {row.facts.owner for row in founding.stock}
    assert owners <= {unit.code for unit in founding.units}
    assert not founded(sample(district, [])).state.board.resources


def test_founding_again_changes_nothing() -> None:
    founding = sample(read_district(SAMPLE), [], read_stock())
    world = founded(founding)
    assert decide(world, founding, Ask("found-2", None, NOW)) == []


def test_the_stock_comes_out_of_the_world_in_the_same_entry() -> None:
    founding = sample(read_district(SAMPLE), [], read_stock())
    events = decide(World(State(log="310116")), founding, Ask("found", None, NOW))
    assert isinstance(events[0], DistrictFounded)
    postings = [posting for event in events for posting in getattr(event, "postings", [])]
    assert {posting.source for posting in postings} == {Book.SUPPLY}
    assert len(postings) == len(read_stock())
