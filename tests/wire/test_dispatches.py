"""Past orders and totals over HTTP, for those who may see them; they follow the log by moments."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.board import OTHER, PUMP, TOWN, VILLAGE, act, acted, asked_for, board, ordered
from tests.wire.conftest import Visit, Visitor


async def rows(who: Visitor, **query: str) -> list[dict[str, Any]]:
    answer = await who("GET", "/api/dispatches", params=query)
    assert answer.status == 200, answer.said
    found: list[dict[str, Any]] = answer.said["rows"]
    return found


async def until(
    who: Visitor, is_so: Callable[[list[dict[str, Any]]], bool], **query: str
) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        while not is_so(found := await rows(who, **query)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return found


def steps(found: list[dict[str, Any]]) -> list[str]:
    return [row["order"]["step"] for row in found]


async def test_an_orders_whole_way_is_kept_and_counted(visit: Visit) -> None:
    commander, village = await visit("commander"), await visit(VILLAGE)
    request = await asked_for(village, PUMP, 2)
    order = await ordered(commander, request)
    owner = (await board(commander))["orders"][order]["owner"]
    sender = await visit(owner.lower())
    for type in ("AcceptOrder", "ReportDeparture", "ReportArrival", "ReportReturning", "ReportReturn"):
        await acted(sender, type, order=order)
    await acted(commander, "CloseOrder", order=order)
    (row,) = await until(commander, lambda found: steps(found) == ["closed"], request=request)
    live = (await board(commander))["orders"][order]
    assert row["order"] == live
    assert row["over_at"] == live["over_at"]
    assert await rows(village, request=request) == [row]  # it asked
    assert await rows(sender, owner=owner, request=request) == [row]
    assert await rows(await visit(OTHER), request=request) == []
    totals = await commander("GET", "/api/dispatches/totals")
    (pumps,) = [kind for kind in totals.said["kinds"] if kind["kind"] == PUMP]
    assert (pumps["measure"], pumps["asked"], pumps["arrived"]) == ("台", 2, 1)
    assert (pumps["returned"], pumps["short"], pumps["orders"]) == (1, 1, 1)
    assert pumps["minutes"]["arrival"] >= 0
    nobody = await (await visit(OTHER))("GET", "/api/dispatches/totals")
    assert nobody.said["kinds"] == []
    later = await commander("GET", "/api/dispatches/totals", params={"since": str(live["over_at"] + 1)})
    assert later.said["kinds"] == []


async def test_past_orders_are_found_by_kind_step_and_time(visit: Visit) -> None:
    commander, village = await visit("commander"), await visit(VILLAGE)
    first = await ordered(commander, await asked_for(village, PUMP, 1))
    second = await ordered(commander, await asked_for(village, PUMP, 1))
    await acted(commander, "RecallOrder", order=first, reason="不用了")

    async def ids(**query: str) -> list[str]:
        """Of these two; what other tests ordered stays out of it."""
        found = [row["order"]["id"] for row in await rows(commander, **query)]
        return [order for order in found if order in (first, second)]

    def recalled(found: list[dict[str, Any]]) -> bool:
        return (first, "recalled") in {(row["order"]["id"], row["order"]["step"]) for row in found}

    found = [row for row in await until(commander, recalled) if row["order"]["id"] in (first, second)]
    newest, oldest = found
    assert await ids(step="recalled") == [first]
    assert await ids(step="issued,recalled", kind=PUMP) == [row["order"]["id"] for row in found]
    assert await ids(kind="冲锋舟") == []
    assert await ids(since=str(newest["at"] + 1)) == []
    assert await ids(until=str(oldest["at"])) == []
    wrong = await commander("GET", "/api/dispatches", params={"step": "lost"})
    assert wrong.status == 400


async def test_drafts_that_were_dropped_are_no_history(visit: Visit) -> None:
    commander = await visit("commander")
    request = await asked_for(await visit(TOWN), PUMP, 1)
    answer = await commander("POST", "/api/sourcing", {"requests": [request]})
    line = answer.said["proposals"][0]["lines"][0]
    lines = [{"resource": line["resource"], "quantity": 1}]
    await acted(commander, "DraftOrders", "draft-1", request=request, consignments=[{"lines": lines}])
    await until(commander, lambda found: steps(found) == ["draft"], request=request)
    assert (await act(commander, "DropDraft", order="draft-1.1")).status == 200
    await until(commander, lambda found: not found, request=request)


@pytest.mark.parametrize("query", ["before=x", "limit=0", "limit=101", "limit=x"])
async def test_a_page_that_cannot_be_is_refused(visit: Visit, query: str) -> None:
    answer = await (await visit("commander"))("GET", f"/api/dispatches?{query}")
    assert (answer.status, answer.code) == (400, "bad_action")


async def test_pages_follow_each_other(visit: Visit) -> None:
    commander = await visit("commander")
    village = await visit(VILLAGE)
    orders = [await ordered(commander, await asked_for(village, PUMP, 1)) for _ in range(3)]
    await until(commander, lambda found: {row["order"]["id"] for row in found} >= {*orders})
    seen: list[str] = []
    before: dict[str, str] = {}
    while page := await rows(commander, limit="2", **before):
        seen += [row["order"]["id"] for row in page]
        before = {"before": f"{page[-1]['at']},{page[-1]['order']['id']}"}
    assert len(seen) == len({*seen}) >= 4
    assert seen[:3] == orders[::-1]
