"""Requests and orders over HTTP, for the tests of the board's interfaces."""

import itertools
from typing import Any

from tests.wire.conftest import Answer, Visitor

VILLAGE, OTHER, TOWN, TEAM, WATER = "310116001002", "310116109001", "310116001", "td03", "d03"
PUMP, TRUCK = "移动水泵", "大流量排水泵车"
_ids = itertools.count(1)


def fresh(name: str = "a") -> str:
    return f"{name}-{next(_ids)}"


def need(kind: str = TRUCK, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "quantity": quantity, "to": {"place": "村口"}, "purpose": "排涝"} | more


async def act(who: Visitor, type: str, id: str | None = None, **fields: Any) -> Answer:
    return await who("POST", "/api/act", {"id": id or fresh(), "do": {"type": type} | fields})


async def acted(who: Visitor, type: str, id: str | None = None, **fields: Any) -> dict[str, Any]:
    answer = await act(who, type, id, **fields)
    assert answer.status == 200, answer.said
    said: dict[str, Any] = answer.said
    return said


async def board(who: Visitor) -> dict[str, Any]:
    answer = await who("GET", "/api/board")
    assert answer.status == 200, answer.said
    seen: dict[str, Any] = answer.said["board"]
    return seen


async def asked_for(who: Visitor, kind: str = TRUCK, quantity: int = 1, **more: Any) -> str:
    """The id of a fresh request."""
    id = fresh("q")
    await acted(who, "RequestResources", id, need=need(kind, quantity, **more))
    return id


async def ordered(commander: Visitor, request: str, quantity: int = 1) -> str:
    """The id of an order issued to a department for it, by its proposal."""
    answer = await commander("POST", "/api/sourcing", {"requests": [request]})
    assert answer.status == 200, answer.said
    line = answer.said["proposals"][0]["lines"][0]
    id = fresh("o")
    lines = [{"resource": line["resource"], "quantity": min(quantity, line["quantity"])}]
    await acted(commander, "DispatchResources", id, request=request, consignments=[{"lines": lines}])
    return f"{id}.1"
