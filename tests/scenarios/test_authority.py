"""Rights change while people are connected (promises 8 and 9; faults 16, 20): at once, and only theirs."""

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from typing import Any

import aiohttp
import pytest

from tests.conftest import StartPingji
from tests.scenarios.client import Refusal, Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import (
    LOG,
    OTHER_VILLAGE,
    TEAM,
    TOWN,
    VILLAGE,
    issue,
    on,
    opened,
    report,
    sessions,
    tracebacks,
    truth,
)
from tests.servers.pingji import Pingji

FIELD = TEAM.lower()


async def post(node: Pingji, path: str, token: str, body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{node.base_url}{path}", json=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_an_appointment_changes_what_somebody_sees_at_once(node: Pingji, enter: Enter) -> None:
    """A fresh snapshot of the new place, and nothing more of the old one."""
    admin, commander, moved, stays = await enter(node, "admin", "commander", VILLAGE, TOWN, look=True)
    await commander.act(issue([VILLAGE]), "old-place")
    await moved.until(lambda: "old-place" in moved.view.commands)
    await asyncio.gather(
        admin.act(
            {"type": "AppointAccount", "account": VILLAGE, "unit": OTHER_VILLAGE, "post": "village_desk"}
        ),
        *(commander.act(issue([VILLAGE]), f"late-{n}") for n in range(10)),
    )
    await moved.until(lambda: moved.resets == 2)
    seq = await commander.act(issue([OTHER_VILLAGE]), "new-place")
    await moved.reached(seq)
    assert list(moved.view.commands) == ["new-place"]
    found = await truth(node)
    appointed = next(e.seq for e in found.entries if b"AccountAppointed" in e.body)
    late = [entry.seq for entry in found.entries if entry.seq > appointed and entry.action_id != "new-place"]
    assert not set(late) & set(moved.seqs)
    assert stays.resets == 1
    with pytest.raises(Refusal) as refused:
        await moved.act(on("AcknowledgeCommand", "old-place", VILLAGE))
    assert refused.value.code == "out_of_reach"
    await moved.act(on("AcknowledgeCommand", "new-place", OTHER_VILLAGE))


async def test_a_cursor_of_an_old_scope_is_answered_with_a_snapshot(node: Pingji, enter: Enter) -> None:
    admin, moved = await enter(node, "admin", VILLAGE, look=True)
    await moved.close()
    await admin.act(
        {"type": "AppointAccount", "account": VILLAGE, "unit": OTHER_VILLAGE, "post": "village_desk"}
    )
    again = Station((node.port,), moved.token, moved.device, look=True)
    again.cursor = moved.cursor
    await again.open()
    assert (again.resumed, again.resets) == (0, 1)
    await again.close()


@pytest.mark.parametrize("action", ["CloseAccount", "RevokeSessions", "RequirePassword"])
async def test_whoever_loses_the_right_to_be_in_is_cut_at_once_and_told_nothing_more(
    node: Pingji, enter: Enter, action: str
) -> None:
    admin, commander, village = await enter(node, "admin", "commander", VILLAGE)
    seq, *_ = await asyncio.gather(
        admin.act({"type": action, "account": VILLAGE}),
        *(commander.act(issue([VILLAGE])) for _ in range(10)),
    )
    assert await village.ended(within=1.0) == "session_revoked"
    assert all(seen <= seq for seen in village.seqs)
    again = Station((node.port,), village.token)
    again.start()
    assert await again.ended() == "bad_token"
    assert tracebacks(node) == []


async def test_a_token_revoked_while_its_phone_was_away_is_refused_and_nothing_is_replayed(
    node: Pingji, enter: Enter
) -> None:
    admin, commander, team = await enter(node, "admin", "commander", FIELD)
    await team.close()
    await commander.act(issue([TEAM]))
    await admin.act({"type": "RevokeSessions", "account": FIELD})
    back = Station((node.port,), team.token, team.device)
    back.cursor = team.cursor
    back.start()
    assert await back.ended() == "bad_token"
    assert (back.seqs, back.resets, back.resumed) == ([], 0, 0)


async def test_a_session_that_expires_is_cut_when_it_does(node: Pingji, stations: list[Station]) -> None:
    (token,) = await sessions(node, [VILLAGE])
    async with opened(node) as store:
        now = await store.now()
        await store.sessions.touch(hashlib.sha256(token.encode()).digest(), now, expires_at=now + 3000)
    station = Station((node.port,), token)
    stations.append(station)
    await station.open()
    assert await station.ended(within=6.0) == "session_revoked"
    assert station.resets == 1


async def test_a_session_signed_out_at_another_node_is_cut_here(
    two_nodes: tuple[Pingji, Pingji], enter: Enter
) -> None:
    """No event of the log tells it: the nodes ask the database now and then."""
    here, there = two_nodes
    out, other = await enter(here, VILLAGE, OTHER_VILLAGE)
    assert (await post(there, "/api/logout", out.token))[0] == 200
    assert await out.ended(within=20.0) == "session_revoked"
    assert other.here.is_set()
    assert other.cuts == []


async def test_choosing_a_password_ends_the_other_sessions_of_the_account(node: Pingji, enter: Enter) -> None:
    one, two = await enter(node, VILLAGE, VILLAGE)
    status, said = await post(
        node, "/api/password", one.token, {"old": "pingji-sample", "new": "a-better-one-2026"}
    )
    assert (status, said) == (200, {})
    assert await two.ended(within=2.0) == "session_revoked"
    assert one.cuts == []


async def test_the_same_device_again_fences_the_older_connection(node: Pingji, enter: Enter) -> None:
    old = await enter(node, FIELD, device="phone-1")
    new, other = Station((node.port,), old.token, "phone-1"), Station((node.port,), old.token, "phone-2")
    await new.open()
    assert await old.ended() == "fenced"
    await other.open()
    assert new.here.is_set()
    assert new.cuts == []
    await new.close()
    await other.close()


async def test_a_device_that_comes_again_takes_its_own_place_also_when_all_are_taken(
    start_node: StartPingji, enter: Enter
) -> None:
    node = start_node(arguments=("--connections-per-account", "2"))
    one, two = await enter(node, FIELD, FIELD)
    third = Station((node.port,), one.token, "third", pause=(0.05, 0.05))
    third.start()
    async with asyncio.timeout(10):
        while len(third.refusals) < 2:  # noqa: ASYNC110 - it is refused on its own
            await asyncio.sleep(0.02)
    assert {(refusal.code, refusal.retry) for refusal in third.refusals} == {("too_many_connections", True)}
    again = Station((node.port,), one.token, one.device)
    await again.open()
    assert await one.ended() == "fenced"
    await two.close()
    await third.here.wait()  # a place is free, and it kept trying
    await again.close()
    await third.close()


async def test_whoever_asks_too_often_is_told_when_to_ask_again_and_in_the_end_cut(
    start_node: StartPingji, enter: Enter
) -> None:
    node = start_node(arguments=("--rate", "5"))
    village, other = await enter(node, VILLAGE, OTHER_VILLAGE)
    answers = await asyncio.gather(*(village.try_act(report(n)) for n in range(25)))
    limited = [answer["error"] for answer in answers if "error" in answer]
    assert 5 <= len(limited) <= 15
    assert {(error["code"], error["retry"]) for error in limited} == {("rate_limited", True)}
    assert all(0 < error["after"] <= 4000 for error in limited)
    await other.act(report(0))
    flood = [asyncio.create_task(village.try_act(report(n))) for n in range(40)]
    await village.until(lambda: bool(village.cuts))
    assert [(cut.code, cut.retry) for cut in village.cuts] == [("rate_limited", True)]
    await asyncio.gather(*flood, return_exceptions=True)


async def test_more_unanswered_actions_than_64_are_refused_not_queued(
    start_node: StartPingji, enter: Enter
) -> None:
    node = start_node(arguments=("--rate", "1000"))
    village = await enter(node, VILLAGE)
    with closing(sqlite3.connect(node.var / "pingji.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # nothing can be written, nor answered, until the other is done
        asked = [asyncio.create_task(village.try_act(report(n))) for n in range(200)]
        told = asyncio.Semaphore(0)
        for task in asked:
            task.add_done_callback(lambda _: told.release())
        async with asyncio.timeout(4):
            for _ in range(200 - 64):
                await told.acquire()
    answers = await asyncio.gather(*asked)
    refused = [answer["error"] for answer in answers if "error" in answer]
    assert {(error["code"], error["retry"]) for error in refused} == {("too_many_pending", True)}
    assert len(answers) - len(refused) == 64


async def test_a_team_moved_in_mid_command_keeps_its_obligation_as_it_was_issued(
    node: Pingji, enter: Enter
) -> None:
    """It still owes it to those who gave it; the new superiors see only what is new."""
    admin, commander, town, new_town, team = await enter(
        node, "admin", "commander", TOWN, "310116109", FIELD, look=True
    )
    await commander.act(issue([TEAM]), "order")
    await team.until(lambda: "order" in team.view.commands)
    await admin.act({"type": "MoveUnit", "code": TEAM, "parent": "310116109"})
    await team.until(lambda: team.resets == 2)
    assert list(team.view.deliveries["order"]) == [TEAM]
    assert team.view.deliveries["order"][TEAM].watchers == [TOWN, LOG]
    assert set(team.view.units) >= {TEAM, "310116109", LOG}
    seq = await team.act(on("AcknowledgeCommand", "order", TEAM))
    await asyncio.gather(commander.reached(seq), town.reached(seq))
    assert list(town.view.deliveries["order"][TEAM].acknowledged) == [FIELD]
    assert "order" not in new_town.view.commands
    seq = await commander.act(issue([TEAM]), "next")
    await new_town.reached(seq)
    assert new_town.view.deliveries["next"][TEAM].watchers == ["310116109", LOG]
    assert "next" not in town.view.commands


async def test_nobody_acts_above_or_beside_their_place(node: Pingji, enter: Enter) -> None:
    commander, village, team = await enter(node, "commander", VILLAGE, FIELD)
    await commander.act(issue([OTHER_VILLAGE, TEAM]), "order")
    for who, do, code in [
        (village, issue([OTHER_VILLAGE]), "out_of_reach"),
        (village, on("AcknowledgeCommand", "order", OTHER_VILLAGE), "out_of_reach"),
        (team, issue([TEAM]), "not_allowed"),
        (village, {"type": "CloseAccount", "account": "commander"}, "not_allowed"),
        (commander, {"type": "CloseAccount", "account": "admin"}, "not_allowed"),
        (village, {"type": "FoundDistrict", "name": "x"}, "bad_action"),
        (village, {"type": "Lapse"}, "bad_action"),
    ]:
        with pytest.raises(Refusal) as refused:
            await who.act(do)
        assert refused.value.code == code


async def test_the_rights_are_those_of_the_moment_of_the_action(node: Pingji, enter: Enter) -> None:
    admin, commander = await enter(node, "admin", "commander2")
    await commander.act(issue([VILLAGE]))
    await admin.act({"type": "AppointAccount", "account": "commander2", "unit": LOG, "post": "observer"})
    with pytest.raises(Refusal) as refused:
        await commander.act(issue([VILLAGE]))
    assert refused.value.code == "not_allowed"
    assert len(await sessions(node, ["commander2"])) == 1
