"""A drill is entered again after its tab was closed, by those who may, from any node of the district."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

from tests.scenarios.client import Station
from tests.scenarios.district import declare, sessions, tracebacks
from tests.servers.pingji import Pingji
from tests.servers.process import descendants, gone


async def ask(node: Pingji, token: str, what: str) -> tuple[int, dict[str, Any]]:
    """`what`: "METHOD /path"."""
    method, path = what.split()
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(node.base_url + path, method=method, headers=headers)

    def send() -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    return await asyncio.to_thread(send)


async def test_a_drill_is_entered_again_from_any_node_and_ended_from_any(
    two_nodes: tuple[Pingji, Pingji], stations: list[Station]
) -> None:
    first, second = two_nodes
    commander, admin, town = await sessions(first, ["commander", "admin", "310116001"])
    before = descendants(first.pid)
    _, drill = await ask(first, commander, "POST /api/drills")
    log = drill["log"]
    playing = set(descendants(first.pid)) - set(before)
    assert playing
    began = await Station((first.port,), drill["token"]).open()
    stations.append(began)
    await began.act(declare(), "switch")
    await began.close()  # the tab is closed, its token with it

    status, entered = await ask(first, commander, f"POST /api/drills/{log}/enter")
    assert (status, entered["log"], entered["token"] != drill["token"]) == (200, log, True)
    (listed,) = (await ask(second, commander, "GET /api/drills"))[1]["drills"]
    assert (listed["log"], listed["here"], listed["enter"]) == (log, False, True)
    status, elsewhere = await ask(second, admin, f"POST /api/drills/{log}/enter")  # leads the district too
    assert status == 200
    back = await Station((second.port,), elsewhere["token"], look=True).open()
    stations.append(back)
    assert back.view is not None
    assert back.view.exercise
    assert "switch" in back.view.activations
    assert (await ask(second, commander, "GET /api/drills"))[1]["drills"][0]["here"]

    assert (await ask(first, town, f"POST /api/drills/{log}/enter"))[1]["error"]["code"] == "not_allowed"
    assert (await ask(first, commander, "POST /api/drills/310116/enter"))[1]["error"]["code"] == "not_found"
    assert (await ask(first, commander, "POST /api/drills/never/enter"))[1]["error"]["code"] == "not_found"

    assert (await ask(second, commander, f"DELETE /api/drills/{log}"))[0] == 200
    async with asyncio.timeout(30):
        while not all(map(gone, playing)):  # noqa: ASYNC110 - its stations go with the log
            await asyncio.sleep(0.1)
    assert back.cuts[-1].code == "log_closed"
    for node in two_nodes:
        assert (await ask(node, commander, "GET /api/drills"))[1] == {"drills": []}
        assert tracebacks(node) == []
