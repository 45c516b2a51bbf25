"""A consultation over the real wire: whoever is let in follows it at once, whoever is put out no longer."""

import asyncio
from typing import Any

import aiohttp
import pytest

from server.world.scope import restrict, scope_of
from tests.scenarios.client import Refusal, Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import (
    OTHER_VILLAGE,
    TEAM,
    TOWN,
    VILLAGE,
    canonical,
    tracebacks,
    truth,
)
from tests.servers.pingji import Pingji

ROOM = "room"
FIELD = TEAM.lower()


def opening(*units: str) -> dict[str, Any]:
    return {"type": "OpenConsultation", "name": "防汛会商", "to": {"units": list(units)}}


def do(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "consultation": ROOM, **fields}


def join(device: str = "desk") -> dict[str, Any]:
    return do("JoinConsultation", device=device)


def room_of(station: Station) -> Any:
    assert station.view is not None
    return station.view.consultations.get(ROOM)


async def agree(node: Pingji, *stations: tuple[Station, str]) -> None:
    """Each station holds what a fresh snapshot would show."""
    found = await truth(node)
    for station, account in stations:
        await station.reached(found.entries[-1].seq, within=25.0)
        assert station.view is not None
        shown = restrict(found.state, scope_of(found.state, found.state.accounts[account]))
        assert canonical(station.view) == canonical(shown), account


async def test_two_stations_meet_from_the_invitation_to_the_end(node: Pingji, enter: Enter) -> None:
    """Invite, join, hand, floor, hush, eject, knock, close: only the ejected need a second snapshot."""
    commander, village, town = await enter(node, "commander", VILLAGE, TOWN, look=True)
    other = await enter(node, OTHER_VILLAGE)
    await commander.act(opening(VILLAGE), ROOM)
    await village.until(lambda: room_of(village) is not None)
    assert room_of(town) is None
    assert town.view.doors[ROOM].name == "防汛会商"
    await commander.act(join())
    await village.act(join("phone"))
    await village.act(do("RaiseHand"))
    await commander.until(lambda: room_of(commander).hands == [VILLAGE])
    await commander.act(do("GrantFloor", account=VILLAGE))
    await commander.act(do("HushConsultation", hushed=True))
    await village.until(lambda: room_of(village).hushed)
    assert room_of(village).floor == VILLAGE
    await commander.act(do("InviteToConsultation", to={"units": [TOWN]}))
    await town.until(lambda: room_of(town) is not None)
    await village.act(do("Say", text="水位已到警戒线"))
    await town.until(lambda: bool(room_of(town).chat))
    await agree(node, (commander, "commander"), (village, VILLAGE), (town, TOWN))
    assert [station.resets for station in (commander, village, town)] == [1, 1, 1]

    await commander.act(do("EjectParticipant", account=VILLAGE))
    await village.until(lambda: village.resets == 2)
    assert room_of(village) is None
    seq = await commander.act(do("Say", text="继续"))
    await town.reached(seq)
    assert seq not in village.seqs
    with pytest.raises(Refusal) as refused:
        await village.act(join("phone"))
    assert refused.value.code == "ejected"
    # what the page of somebody who loads it anew asks: nothing in their view could tell
    for station, code in ((village, "ejected"), (other, "out_of_reach")):
        assert (await station.ask("preview", {"do": join()}))["error"]["code"] == code

    await village.act(do("KnockAtConsultation"), "knock")
    await commander.until(lambda: "knock" in commander.view.knocks)
    await commander.act({"type": "AdmitKnock", "knock": "knock"})
    await village.until(lambda: room_of(village) is not None)
    await village.act(join("phone"))
    await commander.act(do("CloseConsultation"))
    await village.until(lambda: room_of(village) is None)
    await agree(node, (commander, "commander"), (village, VILLAGE), (town, TOWN))
    assert tracebacks(node) == []


async def test_who_was_invited_while_away_resumes_into_the_room(node: Pingji, enter: Enter) -> None:
    """Their cursor is good: what they missed is enough, no snapshot follows, and they follow from then on."""
    commander, village, other = await enter(node, "commander", VILLAGE, OTHER_VILLAGE, look=True)
    await commander.act(opening(VILLAGE), ROOM)
    await other.close()
    await commander.act(join())
    await village.act(join())
    await village.act(do("Say", text="先到了"))
    await commander.act(do("InviteToConsultation", to={"units": [OTHER_VILLAGE]}))
    await village.act(do("RaiseHand"))
    again = await back(node, other)
    assert (again.resumed, again.resets) == (1, 0)
    assert room_of(again).hands == [VILLAGE]
    assert [line.text for line in room_of(again).chat] == ["先到了"]
    await village.act(do("LowerHand"))
    await again.until(lambda: room_of(again).hands == [])
    await agree(node, (again, OTHER_VILLAGE), (village, VILLAGE))
    await again.close()


async def test_who_was_away_when_it_closed_or_when_they_were_ejected_holds_nothing_of_it_after(
    node: Pingji, enter: Enter
) -> None:
    commander, village, team = await enter(node, "commander", VILLAGE, FIELD, look=True)
    await commander.act(opening(VILLAGE, TEAM), ROOM)
    for station in (village, team):
        await station.act(join())
        await station.close()
    await commander.act(do("EjectParticipant", account=VILLAGE))
    ejected = await back(node, village)
    assert (ejected.resumed, ejected.resets) == (0, 1)
    assert room_of(ejected) is None
    await commander.act(do("CloseConsultation"))
    late = await back(node, team)
    assert (late.resumed, late.resets) == (1, 0)
    assert room_of(late) is None
    await agree(node, (late, FIELD), (ejected, VILLAGE))
    for station in (ejected, late):
        await station.close()


async def test_a_roll_call_ends_by_itself_and_its_result_is_in_the_history(
    node: Pingji, enter: Enter
) -> None:
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    await commander.act(opening(VILLAGE, OTHER_VILLAGE), ROOM)
    await village.act(join())
    await commander.act(do("StartRollCall", seconds=5), "roll")
    await village.act(do("AnswerRollCall", picture=True))
    await village.until(lambda: room_of(village).roll_call.ended_at is not None, within=15.0)
    assert list(room_of(commander).roll_call.answered) == [VILLAGE]
    async with asyncio.timeout(20):
        while "RollCallEnded" not in await timeline(node, village.token):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def timeline(node: Pingji, token: str) -> dict[str, str]:
    """What an account finds in the history, by type: its text."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{node.base_url}/api/timeline?text=防汛会商") as answer,
    ):
        return {row["type"]: row["text"] for row in (await answer.json())["rows"]}


async def back(node: Pingji, gone: Station) -> Station:
    """The same installation again, with what it held."""
    again = Station((node.port,), gone.token, gone.device, look=True)
    again.cursor, again.view = gone.cursor, gone.view
    return await again.open()
