"""A phone that claims its code while the journal is down: the code is still good afterwards."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

import psycopg

from tests.conftest import StartPingji
from tests.scenarios.district import TEAM, TOWN, sessions, truth
from tests.servers.pingji import Pingji


def post(node: Pingji, path: str, body: dict[str, Any], token: str = "") -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(node.base_url + path, json.dumps(body).encode(), method="POST")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


async def test_a_code_is_not_used_up_by_a_claim_that_the_journal_could_not_take(
    start_pingji: StartPingji, district_url: str
) -> None:
    node = start_pingji(join=True, url=district_url, arguments=("--turn-timeout", "0.5"))
    (town,) = await sessions(node, [TOWN])
    _, shown = await asyncio.to_thread(post, node, "/api/pairings", {"unit": TEAM}, town)
    claim = {"code": shown["code"], "name": "老周", "phone": "139 0000 0000", "device": "phone-1"}
    with psycopg.connect(district_url) as other:  # somebody sits on the head of the log; the rest works
        other.execute("SELECT seq FROM heads FOR UPDATE")
        status, refused = await asyncio.to_thread(post, node, "/api/pairings/claim", claim)
    assert (status, refused["error"]["code"], refused["error"]["retry"]) == (503, "journal_down", True)
    status, joined = await asyncio.to_thread(post, node, "/api/pairings/claim", claim)
    assert (status, joined["unit"], joined["post"]) == (200, TEAM, "field")
    again = claim | {"device": "phone-2", "name": "别人"}
    status, refused = await asyncio.to_thread(post, node, "/api/pairings/claim", again)
    assert (status, refused["error"]["code"]) == (400, "bad_pairing")
    state = (await truth(node)).state
    assert [a.name for a in state.accounts.values() if a.id.startswith("phone.")] == ["老周"]
