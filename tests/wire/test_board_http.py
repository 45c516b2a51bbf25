"""The board over HTTP: what a caller sees, any action, proposals; with the authority of the caller."""

import asyncio
from time import perf_counter

import pytest

from tests.servers.pingji import Pingji
from tests.wire.board import (
    PUMP,
    TEAM,
    TOWN,
    TRUCK,
    VILLAGE,
    WATER,
    act,
    acted,
    asked_for,
    board,
    fresh,
    need,
)
from tests.wire.conftest import Visit


async def test_a_district_begins_with_its_sample_stock(visit: Visit) -> None:
    commander, village = await visit("commander"), await visit(VILLAGE)
    seen = await board(commander)
    assert len(seen["resources"]) == 478
    assert seen["kinds"][TRUCK]["measure"] == "台"
    mine = await board(village)
    assert {r["facts"]["owner"] for r in mine["resources"].values()} <= {VILLAGE}


async def test_the_board_is_not_sent_twice_to_who_has_it(visit: Visit) -> None:
    commander = await visit("commander")
    first = await commander("GET", "/api/board")
    again = await commander("GET", "/api/board", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    await asked_for(await visit(VILLAGE))
    changed = await commander("GET", "/api/board", headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status, changed.said["seq"] > first.said["seq"]) == (200, True)


async def test_an_action_is_answered_as_over_the_socket_and_once(visit: Visit) -> None:
    village = await visit(VILLAGE)
    id = fresh("q")
    first = await acted(village, "RequestResources", id, need=need())
    again = await acted(village, "RequestResources", id, need=need())
    assert first == again
    assert (await board(village))["requests"][id]["unit"] == VILLAGE
    taken = await act(await visit("commander"), "RequestResources", id, need=need())
    assert (taken.status, taken.code) == (409, "action_id_taken")


@pytest.mark.parametrize(
    ("do", "status", "code"),
    [
        ({"type": "NoSuchThing"}, 400, "bad_action"),
        ({"type": "FoundDistrict", "name": "x", "exercise": False}, 400, "bad_action"),
        ({"type": "CloseRequest", "request": "none"}, 404, "unknown_request"),
        ({"type": "RetireUnit", "code": "310116001"}, 403, "not_allowed"),
        ({"type": "CloseRequest", "request": "none", "and": 1}, 400, "bad_action"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_code(
    visit: Visit, do: dict[str, object], status: int, code: str
) -> None:
    answer = await (await visit("commander"))("POST", "/api/act", {"id": fresh(), "do": do})
    assert (answer.status, answer.code) == (status, code)


async def test_strangers_act_and_see_nothing(visit: Visit) -> None:
    stranger = await visit()
    for method, path in (("GET", "/api/board"), ("POST", "/api/act"), ("POST", "/api/sourcing")):
        answer = await stranger(method, path, None if method == "GET" else {})
        assert (answer.status, answer.code) == (401, "bad_token")


async def test_a_page_of_another_origin_cannot_act(visit: Visit) -> None:
    commander = await visit("commander")
    answer = await commander("POST", "/api/act", {}, headers={"Origin": "http://elsewhere"})
    assert (answer.status, answer.code) == (403, "bad_origin")


async def test_who_asks_too_fast_is_told_when_to_come_back(visit: Visit) -> None:
    commander = await visit("commander")
    asks = (commander("GET", "/api/board", headers={"If-None-Match": "x"}) for _ in range(2))
    assert {answer.status for answer in await asyncio.gather(*asks)} == {200}
    many = await asyncio.gather(*(act(commander, "CloseRequest", request="none") for _ in range(120)))
    refused = [answer for answer in many if answer.code == "rate_limited"]
    assert {answer.code for answer in many} == {"unknown_request", "rate_limited"}
    assert {answer.status for answer in refused} == {429}
    assert all(answer.said["error"]["after"] > 0 for answer in refused)
    assert (await act(await visit("commander2"), "CloseRequest", request="none")).code == "unknown_request"


async def test_a_proposal_says_where_from_and_why_and_becomes_orders(visit: Visit) -> None:
    commander, village = await visit("commander"), await visit(VILLAGE)
    request = await asked_for(village, TRUCK, 2, priority="lifesaving")
    before = (await commander("GET", "/api/board")).said["seq"]
    answer = await commander("POST", "/api/sourcing", {"requests": [request]})
    assert answer.status == 200
    assert answer.said["seq"] == before
    assert answer.said["ms"] < 1000
    (proposal,) = answer.said["proposals"]
    assert (proposal["request"], proposal["short"], proposal["shortfall"]) == (request, 0, [])
    assert sum(line["quantity"] for line in proposal["lines"]) == 2
    stock = (await board(commander))["resources"]
    for line in proposal["lines"]:
        facts = stock[line["resource"]]["facts"]
        assert (line["owner"], line["kind"], line["name"]) == (facts["owner"], facts["kind"], facts["name"])
        assert line["measure"] == "台"
        assert line["distance_m"] > 0
        assert line["reasons"][0]["code"] in {"nearest", "nearest_left", "keeps_reserve", "spreads"}
        preparing = next(reason for reason in line["reasons"] if reason["code"] == "preparing")
        assert preparing["params"] == {"minutes": facts["ready_in"]}
        assert 0 < len(line["others"]) <= 8
        for other in line["others"]:
            assert stock[other["resource"]]["stock"]["free"] >= other["free"] > 0
            assert other["resource"] not in {each["resource"] for each in proposal["lines"]}
    lines = [{"resource": line["resource"], "quantity": line["quantity"]} for line in proposal["lines"]]
    owners = {line["owner"] for line in proposal["lines"]}
    consignments = [
        {"lines": [x for x, y in zip(lines, proposal["lines"], strict=True) if y["owner"] == owner]}
        for owner in sorted(owners)
    ]
    await acted(commander, "DispatchResources", request=request, consignments=consignments)
    assert (await board(commander))["requests"][request]["promised"] == 2
    done = await commander("POST", "/api/sourcing", {"requests": [request]})
    nothing = {"request": request, "lines": [], "others": [], "short": 0, "shortfall": []}
    assert done.said["proposals"] == [nothing]


async def test_only_what_one_may_dispatch_is_proposed(visit: Visit) -> None:
    request = await asked_for(await visit(TOWN), TRUCK, 1)
    for who, owners in ((WATER, {"D03"}), (TOWN, {TOWN})):
        answer = await (await visit(who))("POST", "/api/sourcing", {"requests": [request]})
        assert answer.status == 200, answer.said
        lines = answer.said["proposals"][0]["lines"]
        assert {line["owner"] for line in lines} <= owners
        assert (answer.said["proposals"][0]["short"] > 0) == (not lines)


async def test_shortfalls_say_why(visit: Visit) -> None:
    commander = await visit("commander")
    request = await asked_for(await visit(VILLAGE), "直升机", 3)
    (proposal,) = (await commander("POST", "/api/sourcing", {"requests": [request]})).said["proposals"]
    assert (proposal["lines"], proposal["short"]) == ([], 3)
    assert proposal["shortfall"] == [{"code": "none_there", "params": {"quantity": 3}}]


async def test_a_plan_is_staged_before_the_switch(visit: Visit) -> None:
    commander = await visit("commander")
    answer = await commander("POST", "/api/sourcing", {"plan": "typhoon-flood"})
    assert answer.status == 200, answer.said
    assert len(answer.said["proposals"]) > 3
    assert all(p["request"].startswith("n") and p["lines"] for p in answer.said["proposals"])


@pytest.mark.parametrize(
    ("who", "asked", "code"),
    [
        ("observer", {}, "not_allowed"),
        (TEAM, {}, "not_allowed"),
        ("admin", {}, "not_allowed"),
        ("commander", {"requests": ["no-such"]}, "unknown_request"),
        ("commander", {"plan": "no-such"}, "unknown_plan"),
        ("commander", {"plan": "typhoon-flood", "incident": "none"}, "unknown_incident"),
        ("commander", {"requests": "all"}, "bad_action"),
        ("commander", {"request": ["misspelt"]}, "bad_action"),
    ],
)
async def test_proposals_that_cannot_be_made(visit: Visit, who: str, asked: object, code: str) -> None:
    assert (await (await visit(who))("POST", "/api/sourcing", asked)).code == code


async def test_a_village_sources_nothing_of_anothers_request(visit: Visit) -> None:
    request = await asked_for(await visit(TOWN), PUMP)
    answer = await (await visit(VILLAGE))("POST", "/api/sourcing", {"requests": [request]})
    assert (answer.status, answer.code) == (404, "unknown_request")


async def test_the_log_goes_on_while_proposals_are_computed(visit: Visit, house: Pingji) -> None:
    """The whole board at once, several times; an action in between is answered in its usual time."""
    commander, other, village = await visit("commander"), await visit("commander2"), await visit(VILLAGE)
    for number in range(8):
        await asked_for(village, TRUCK if number % 2 else PUMP, 2)
    computing = [asyncio.create_task(commander("POST", "/api/sourcing", {})) for _ in range(8)]
    began = perf_counter()
    assert (await act(other, "CloseRequest", request="none")).code == "unknown_request"
    assert perf_counter() - began < 2
    for answer in await asyncio.gather(*computing):
        assert answer.status == 200
        assert answer.said["ms"] < 2000
