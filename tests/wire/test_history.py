"""What has happened, for those who may know; pairing a phone; drills for commanders."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.scenarios.client import Station
from tests.scenarios.district import issue, on
from tests.servers.pingji import Pingji
from tests.wire.conftest import Answer, Visit, Visitor

VILLAGE, OTHER, TOWN, TEAM = "310116001002", "310116109001", "310116001", "T310116001"


async def rows(who: Visitor, query: str = "", of: str = "timeline") -> list[dict[str, Any]]:
    answer = await who("GET", f"/api/{of}{query}")
    assert answer.status == 200, answer.said
    found: list[dict[str, Any]] = answer.said["rows"]
    return found


async def until_told(who: Visitor, text: str, count: int) -> list[dict[str, Any]]:
    """The history follows the log."""
    async with asyncio.timeout(20):
        while len(found := await rows(who, f"?text={text}")) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def test_a_village_never_finds_another_villages_rows(visit: Visit, house: Pingji) -> None:
    commander, mine, other, town = [await visit(who) for who in ("commander", VILLAGE, OTHER, TOWN)]
    desk = await Station((house.port,), commander.token).open()
    await desk.act(issue([VILLAGE], title="只给一个村"), "only-one")
    await desk.act(issue([OTHER], title="另一个村"), "another")
    await until_told(commander, "只给一个村", 1)
    await until_told(commander, "另一个村", 1)
    assert [row["command"] for row in await rows(mine, "?text=村")] == ["only-one"]
    assert [row["command"] for row in await rows(other, "?text=村")] == ["another"]
    assert await rows(mine, "?command=another") == []
    assert await rows(mine, f"?unit={OTHER}") == []
    assert await rows(mine, "?text=%25") == []  # no wildcard
    assert [row["command"] for row in await rows(town, "?text=村")] == ["only-one"]
    assert await rows(mine, of="commands") == []
    issued = await rows(commander, of="commands")
    assert {row["command"] for row in issued} >= {"only-one", "another"}
    assert "topics" not in (await rows(commander))[0]
    await desk.close()


async def test_pages_follow_each_other_without_a_hole(visit: Visit, house: Pingji) -> None:
    commander = await visit("commander")
    desk = await Station((house.port,), commander.token).open()
    for n in range(60):
        await desk.act(issue([VILLAGE], title=f"翻页 {n}"), f"page-{n}")
        await asyncio.sleep(0.02)
    await until_told(commander, "翻页", 60)
    seen: list[tuple[int, int]] = []
    before = ""
    while page := await rows(commander, before):
        seen += [(row["seq"], row["n"]) for row in page]
        before = f"?before={page[-1]['seq']}"
    assert seen == sorted(set(seen), reverse=True)
    assert {seq for seq, _ in seen} == set(range(seen[-1][0], seen[0][0] + 1))
    await desk.close()


@pytest.mark.parametrize("before", ["x", "", "1e3", str(2**63), str(-(2**70))])
@pytest.mark.parametrize("of", ["timeline", "commands"])
async def test_a_page_that_cannot_be_is_refused(visit: Visit, of: str, before: str) -> None:
    answer = await (await visit("commander"))("GET", f"/api/{of}?before={before}")
    assert (answer.status, answer.code) == (400, "bad_action")


async def pair(who: Visitor, unit: str = TEAM) -> Answer:
    return await who("POST", "/api/pairings", {"unit": unit})


def claim(code: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": "老周",
        "phone": "139 0000 0000",
        "device": "phone-1",
        "want_token": True,
    } | more


async def test_a_phone_joins_its_team_with_a_code_that_is_good_once(visit: Visit, house: Pingji) -> None:
    town, stranger = await visit(TOWN), await visit()
    shown = await pair(town)
    assert shown.status == 200
    assert "<svg" in shown.said["qr"]
    assert shown.said["link"] == f"{house.base_url}/join#{shown.said['code']}"
    joined = await stranger("POST", "/api/pairings/claim", claim(shown.said["code"]))
    assert (joined.status, joined.said["unit"], joined.said["post"]) == (200, TEAM, "field")
    again = await stranger("POST", "/api/pairings/claim", claim(shown.said["code"]))
    assert (again.status, again.code) == (400, "bad_pairing")
    phone = await Station((house.port,), joined.said["token"], look=True).open()
    assert phone.view is not None
    assert phone.view.accounts[joined.said["account"]].name == "老周"
    await phone.close()


async def test_ten_phones_that_claim_one_code_at_once_are_one_phone(visit: Visit) -> None:
    code = (await pair(await visit(TOWN))).said["code"]
    stranger = await visit()
    claims = (stranger("POST", "/api/pairings/claim", claim(code, device=f"p{n}")) for n in range(10))
    answers = await asyncio.gather(*claims)
    assert sorted(answer.status for answer in answers) == [200] + [400] * 9


async def test_an_expired_code_is_as_good_as_none(visit: Visit, house: Pingji) -> None:
    code = (await pair(await visit(TOWN))).said["code"]
    with closing(sqlite3.connect(house.var / "pingji.db", timeout=10)) as database, database:
        database.execute("UPDATE pairings SET expires_at = 1 WHERE claimed_at IS NULL")
    for wrong in (code, "no-such-code", ""):
        answer = await (await visit())("POST", "/api/pairings/claim", claim(wrong))
        assert (answer.status, answer.code) == (400, "bad_pairing")


async def test_codes_are_shown_for_teams_below_one_by_those_who_lead_them(visit: Visit) -> None:
    for who, unit, code in [
        (VILLAGE, TEAM, "out_of_reach"),
        ("310116109", TEAM, "out_of_reach"),
        (TEAM.lower(), TEAM, "not_allowed"),
        ("observer", TEAM, "not_allowed"),
        (TOWN, VILLAGE, "bad_place_in_tree"),
        ("commander", "no-such", "unknown_unit"),
    ]:
        assert (await pair(await visit(who), unit)).code == code, (who, unit)


async def test_drills_are_for_commanders(visit: Visit) -> None:
    for who in (VILLAGE, TOWN, TEAM.lower(), "observer", "d01"):
        person = await visit(who)
        for asked in ("GET /api/drills", "POST /api/drills", "DELETE /api/drills/310116"):
            answer = await person(*asked.split())
            assert (answer.status, answer.code) == (403, "not_allowed"), (who, asked)
    commander = await visit("commander")
    assert (await commander("GET", "/api/drills")).said == {"drills": []}
    for name in ("310116", "no-such-drill"):  # the district itself is no drill
        answer = await commander("DELETE", f"/api/drills/{name}")
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await commander("GET", "/api/me")).said["exercise"] is False


async def test_a_relayed_order_is_history_for_those_it_passed(visit: Visit, house: Pingji) -> None:
    commander, town, village = [await visit(who) for who in ("commander", TOWN, VILLAGE)]
    above = await Station((house.port,), commander.token).open()
    desk = await Station((house.port,), town.token).open()
    await above.act(issue([TOWN], title="逐级转办"), "relayed")
    to = {"units": [VILLAGE], "areas": [], "groups": []}
    await desk.act(on("RelayCommand", "relayed", TOWN, to=to), "child")
    await until_told(village, "逐级转办", 1)
    assert {row["command"] for row in await rows(village, "?text=逐级转办")} == {"child"}
    assert {row["command"] for row in await rows(town, of="commands")} == {"child"}
    await above.close()
    await desk.close()
