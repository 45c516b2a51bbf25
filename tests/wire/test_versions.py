"""Earlier versions of an order and of a plan, for those who may see them."""

import asyncio
from typing import Any

from tests.scenarios.client import Station
from tests.scenarios.district import issue, on, order
from tests.servers.pingji import Pingji
from tests.wire.conftest import Visit, Visitor

VILLAGE, OTHER, TEAM = "310116001002", "310116109001", "T310116001"


async def versions(who: Visitor, of: str, count: int) -> list[dict[str, Any]]:
    """The history follows the log."""
    async with asyncio.timeout(20):
        while True:
            answer = await who("GET", f"/api/{of}/versions")
            if answer.status == 200 and len(answer.said["versions"]) >= count:
                found: list[dict[str, Any]] = answer.said["versions"]
                return found
            await asyncio.sleep(0.05)


async def test_an_amended_order_is_told_as_it_was_issued(visit: Visit, house: Pingji) -> None:
    commander, village, other = [await visit(who) for who in ("commander", VILLAGE, OTHER)]
    desk = await Station((house.port,), commander.token).open()
    await desk.act(issue([VILLAGE], title="转移", text="22:00 前"), "told")
    amended = order("转移", text="20:00 前")
    await desk.act({"type": "AmendCommand", "command": "told", "order": amended}, "told-2")
    found = await versions(village, "commands/told", 2)
    assert [(row["version"], row["order"]["text"]) for row in found] == [(1, "22:00 前"), (2, "20:00 前")]
    assert found[0]["by"]
    assert found[0]["at"] <= found[1]["at"]
    answer = await other("GET", "/api/commands/told/versions")
    assert (answer.status, answer.code) == (404, "not_found")
    await desk.act(
        on("ReassignDelivery", "told", VILLAGE, to=OTHER, reason="路断"), "told-3"
    )  # who comes to see it later knows it from then on
    assert [row["version"] for row in await versions(other, "commands/told", 1)] == [2]
    await desk.close()


async def test_earlier_versions_of_a_plan_are_kept_for_desks(visit: Visit, house: Pingji) -> None:
    admin, team = await visit("admin"), await visit(TEAM.lower())
    desk = await Station((house.port,), admin.token).open()
    plan = {"id": "kept", "name": "一", "kind": "other", "level": 4, "version": 0}
    await desk.act({"type": "SavePlan", "plan": plan}, "kept-1")
    await desk.act({"type": "SavePlan", "plan": plan | {"name": "二", "version": 1}}, "kept-2")
    found = await versions(admin, "plans/kept", 2)
    assert [(row["version"], row["plan"]["name"]) for row in found] == [(1, "一"), (2, "二")]
    assert (await team("GET", "/api/plans/kept/versions")).status == 404
    assert (await admin("GET", "/api/plans/unknown/versions")).status == 404
    assert (await (await visit())("GET", "/api/plans/kept/versions")).status == 401
    shipped = {**(await versions(admin, "plans/typhoon-flood", 1))[0]["plan"], "summary": "新"}
    await desk.act({"type": "SavePlan", "plan": shipped}, "kept-3")
    found = await versions(admin, "plans/typhoon-flood", 2)
    assert [row["version"] for row in found] == [shipped["version"], shipped["version"] + 1]
    await desk.close()
