"""Boards for sourcing: a few lines each, and any board at all."""

from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from resources.state import (
    INDIVIDUAL,
    Board,
    Category,
    Destination,
    Need,
    NeedPriority,
    RequestStep,
    Resource,
    ResourceFacts,
    ResourceRequest,
    Stock,
)
from server.domain.message import Position

NOW = 1_800_000_000_000
HOUR = 3600_000
SEAT = Position(lon=121.34, lat=30.72)
UNITS = {"D03": SEAT, "T1": Position(lon=121.16, lat=30.90), "T2": Position(lon=121.37, lat=30.76)}


def east(km: float) -> Position:
    """A position so far east of the seat."""
    return Position(lon=SEAT.lon + km / 95.7, lat=SEAT.lat)


def board(
    *kinds: tuple[str, Category, str],
) -> Board:
    """Of these kinds: name, category, unit of measure; or of a few."""
    known = kinds or (
        ("水泵", Category.PUMP, "台"),
        ("泵车", Category.PUMP, "台"),
        ("沙袋", Category.MATERIAL, "只"),
        ("饮用水", Category.MATERIAL, "箱"),
    )
    told = {
        name: {"name": name, "category": category, "measure": measure} for name, category, measure in known
    }
    return msgspec.convert({"kinds": told}, Board)


def stock(on: Board, id: str, kind: str, quantity: int = 1, **facts: object) -> None:
    wanted: dict[str, Any] = {"kind": kind, "owner": "D03", "position": SEAT, **facts}
    on.resources[id] = Resource(
        id=id,
        facts=ResourceFacts(**wanted),
        stock=Stock(supplied=quantity, free=quantity),
    )


def ask(
    on: Board,
    id: str,
    kind: str,
    quantity: int,
    priority: NeedPriority = NeedPriority.NORMAL,
    at: Position | None = SEAT,
    by_when: int | None = None,
    substitutes: tuple[str, ...] = (),
) -> None:
    need = Need(
        kind=kind,
        quantity=quantity,
        to=Destination(position=at),
        priority=priority,
        by_when=by_when,
        substitutes=list(substitutes),
    )
    on.requests[id] = ResourceRequest(
        id=id, unit="T1", by="a1", name="值班员", at=NOW, need=need, step=RequestStep.OPEN
    )


positions = st.builds(
    Position, lon=st.sampled_from([121.0, 121.1, 121.2, 121.3]), lat=st.sampled_from([30.7, 30.8, 30.9])
)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Few kinds, few places, small numbers: so that stock is scarce and everybody wants the same."""
    made = board()
    kinds = list(made.kinds)
    for number in range(draw(st.integers(0, 9))):
        kind = draw(st.sampled_from(kinds))
        single = made.kinds[kind].category in INDIVIDUAL
        stock(
            made,
            f"r{number}",
            kind,
            1 if single else draw(st.integers(0, 40)),
            owner=draw(st.sampled_from(["D03", "T1", "T2"])),
            depot=draw(st.sampled_from(["", "北库"])),
            position=draw(st.none() | positions),
            ready_in=draw(st.sampled_from([0, 0, 15])),
            expires_at=draw(st.sampled_from([None, None, NOW - HOUR, NOW + HOUR // 2, NOW + 40 * HOUR])),
            minimum=draw(st.sampled_from([0, 0, 1, 10])),
            fault=draw(st.sampled_from(["", "", "", "待修"])),
        )
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(kinds))
        ask(
            made,
            f"q{number}",
            kind,
            draw(st.integers(1, 50)),
            draw(st.sampled_from(list(NeedPriority))),
            draw(st.none() | positions),
            draw(st.sampled_from([None, NOW + HOUR])),
            tuple(draw(st.lists(st.sampled_from([k for k in kinds if k != kind]), max_size=2, unique=True))),
        )
    return made


def shuffled(on: Board, seed: int) -> Board:
    """The same board, told in another order."""
    chance = Random(seed)
    resources, requests = list(on.resources.items()), list(on.requests.items())
    chance.shuffle(resources)
    chance.shuffle(requests)
    return Board(kinds=on.kinds, resources=dict(resources), requests=dict(requests))
