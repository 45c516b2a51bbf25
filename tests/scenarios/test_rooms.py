"""Media of consultations through the real gateway and the real workers: who may, and what survives what."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import pytest

from loadtests.media_peer import MediaPeer
from tests.conftest import StartPingji
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import OTHER_VILLAGE, PASSWORD, VILLAGE, tracebacks
from tests.scenarios.meeting import (
    WATCHES,
    Attendee,
    falls_silent,
    join,
    kill,
    manned,
    meet,
    meeting,
    speaking,
    until,
    worker_in,
    workers,
)
from tests.servers.pingji import Pingji
from tests.servers.process import gone

TWO_WORKERS = ("--media-workers", "2", "--media-address", "127.0.0.1", "--rate", "200")


def is_live(source: str) -> Callable[[Any], bool]:
    """A slot shows this one, and it flows."""
    shown = {"source": source, "picture": "live"}
    return lambda slots: any(slot | shown == slot for slot in slots.values())


@pytest.fixture
async def node(start_node: StartPingji) -> AsyncIterator[Pingji]:
    """One process, SQLite, the sample district, two media workers."""
    started = start_node(media=True, arguments=TWO_WORKERS)
    await manned(started)
    yield started
    started.stop()
    for pid in workers(started):
        os.kill(pid, signal.SIGKILL)


async def test_people_in_a_room_hear_each_other_and_are_told_what_is_so(node: Pingji, enter: Enter) -> None:
    async with meeting(node, enter, VILLAGE) as (commander, village), speaking(commander):
        await village.hears("sending", lambda sending: sending.get("commander") == ["audio"])
        await village.hears("speakers", lambda speakers: speakers == ["commander"])
        await village.hears("slots", is_live("commander"))
        await until(lambda: village.heard > 20)
        async with aiohttp.ClientSession() as http, http.get(f"{node.base_url}/metrics") as answer:
            counted = await answer.text()
        labels = 'kind="audio",layer="",participant="commander"'
        assert f'pingji_media_up_packets_total{{{labels},room="310116/{village.room}"}}' in counted
        assert f'pingji_media_connected{{room="310116/{village.room}"}} 2.0' in counted
        assert re.search(r'pingji_media_worker_path{path="(compiled|python)",worker="0"} 1.0', counted)
        await village.signal(bye=True)
        await village.hears("lost", lambda lost: lost == "bye")
    assert tracebacks(node) == []


async def test_only_who_takes_part_is_answered_and_only_that_device_sends(node: Pingji, enter: Enter) -> None:
    commander, village, stranger = await enter(node, "commander", VILLAGE, OTHER_VILLAGE)
    room = await meet(commander, VILLAGE)

    async def refused(station: Station, lines: tuple[str, ...] = WATCHES, name: str = room) -> str:
        attendee = Attendee(station, name, lines)
        answer = await attendee.try_offer()
        await attendee.leave_behind()
        return str(answer["error"]["code"])

    assert await refused(village) == "not_in_room"  # invited, but has not joined
    assert await refused(stranger) == "not_in_room"
    assert await refused(commander, name="no-such-room") == "not_in_room"
    assert await refused(commander, name="camera:none") == "not_in_room"
    speaker, attendee = await join(commander, room), await join(village, room)
    wall = await enter(node, VILLAGE)  # the same account with another device
    assert await refused(wall, ("mic", *WATCHES)) == "bad_offer"
    watcher = Attendee(wall, room, WATCHES)
    await watcher.connect()
    async with speaking(speaker):
        await until(lambda: watcher.heard > 5 and attendee.heard > 5)
    await village.act({"type": "LeaveConsultation", "consultation": room, "device": village.device})
    await attendee.hears("lost", lambda lost: lost == "removed")
    await watcher.hears("lost", lambda lost: lost == "removed")
    for one in (speaker, attendee, watcher):
        await one.leave_behind()


async def test_an_offer_right_behind_its_joining_is_no_strangers(node: Pingji, enter: Enter) -> None:
    """It does not wait for the joining's answer, and is not refused for coming before it is decided."""
    commander = await enter(node, "commander")
    room = await meet(commander, VILLAGE)
    joining = {"type": "JoinConsultation", "consultation": room, "device": commander.device}
    for _ in range(5):
        attendee = Attendee(commander, room)
        attendee.peer = peer = MediaPeer(attendee.lines)
        joined = commander.act(joining)
        answers = await asyncio.gather(joined, attendee.signal(offer=peer.offer, lines=peer.lines))
        assert "sdp" in answers[1], answers[1]
        await attendee.leave_behind()
        await commander.act(joining | {"type": "LeaveConsultation"})


async def test_what_is_no_request_is_answered_with_a_code(node: Pingji, enter: Enter) -> None:
    commander = await enter(node, "commander")
    room = await meet(commander, VILLAGE)
    await commander.act({"type": "JoinConsultation", "consultation": room, "device": commander.device})

    async def code(**request: object) -> str:
        return str((await commander.ask("media", {"room": room, **request}))["error"]["code"])

    assert await code() == "bad_action"
    assert await code(bye=True, wishes=[]) == "bad_action"
    assert await code(offer=5) == "bad_action"
    assert await code(nonsense=True) == "bad_action"
    assert await code(offer="v=0\r\n") == "bad_offer"
    assert await code(offer="x" * 200_001) == "too_large"
    assert await code(wishes=[{"mid": "9", "source": "", "height": 5}]) == "not_in_room"
    codes = [await code(offer="v=0\r\n") for _ in range(12)]
    assert codes[-1] == "rate_limited"
    assert await commander.ask("media", {"room": room, "bye": True}) == {}


async def test_a_socket_that_comes_back_is_told_all_that_holds(node: Pingji, enter: Enter) -> None:
    """Media does not stop for it."""
    async with meeting(node, enter, VILLAGE) as (commander, village), speaking(commander):
        await village.hears("slots", is_live("commander"))
        before, since = village.heard, len(village.station.media)
        village.station.hang_up()
        await village.hears("connected", since=since)
        await village.hears("sending", lambda sending: sending.get("commander") == ["audio"], since)
        await village.hears("slots", is_live("commander"), since)
        await until(lambda: village.heard > before + 10)
        assert village.told("lost") == []


async def test_a_dead_worker_loses_its_rooms_to_another_and_everybody_is_told(
    node: Pingji, enter: Enter
) -> None:
    async with meeting(node, enter, VILLAGE) as (commander, village):
        first = commander.worker
        began = monotonic()
        kill(worker_in(node, first))
        for attendee in (commander, village):
            await attendee.hears("lost", lambda lost: lost == "worker")
            await attendee.connect()
        assert monotonic() - began < 5
        assert commander.worker == village.worker != first
        async with speaking(commander):
            await until(lambda: village.heard > 10)
        await until(lambda: len(workers(node)) == 2)  # another was started in its place


async def test_a_gateway_that_dies_leaves_media_running_and_the_next_takes_it_over(
    node: Pingji, enter: Enter
) -> None:
    async with meeting(node, enter, VILLAGE) as (commander, village), speaking(commander):
        await until(lambda: village.heard > 5)
        running = workers(node)
        node.crash()
        before = village.heard
        await until(lambda: village.heard > before + 25)  # there is no gateway
        since = len(village.station.media)
        node.start()
        assert workers(node) == running
        await village.hears("connected", since=since)
        await village.hears("slots", is_live("commander"), since)
        before = village.heard
        await until(lambda: village.heard > before + 25)
        assert village.told("lost") == []
        await commander.connect()
        assert commander.worker == village.worker
        await commander.station.act({"type": "CloseConsultation", "consultation": village.room})
        await village.hears("lost", lambda lost: lost == "removed")


async def test_a_restart_in_order_does_not_interrupt_media(start_node: StartPingji, enter: Enter) -> None:
    node = start_node(media=True, arguments=(*TWO_WORKERS, "--leave-media"))
    await manned(node)
    async with meeting(node, enter, VILLAGE) as (commander, village), speaking(commander):
        await until(lambda: village.heard > 5)
        running = workers(node)
        assert await asyncio.to_thread(node.leave) == 0
        before = village.heard
        await until(lambda: village.heard > before + 25)  # there is no gateway
        node.start()
        since = len(village.station.media)
        await village.hears("connected", since=since)
        assert workers(node) == running
        assert village.told("lost") == []
    node.stop()
    for pid in workers(node):
        os.kill(pid, signal.SIGKILL)


async def test_a_server_that_is_stopped_in_order_ends_its_workers(node: Pingji) -> None:
    running = workers(node)
    assert node.stop() == 0
    assert len(running) == 2
    assert all(map(gone, running))


async def test_whose_session_ends_has_no_media_any_more(node: Pingji, enter: Enter) -> None:
    """Also when their socket is not there to be told."""
    admin = await enter(node, "admin")
    async with meeting(node, enter, VILLAGE) as (commander, village), speaking(commander):
        await until(lambda: village.heard > 5)
        await village.station.close()
        await admin.act({"type": "RevokeSessions", "account": VILLAGE})
        await falls_silent(village)


async def test_everybody_is_told_how_the_network_of_each_does(node: Pingji, enter: Enter) -> None:
    async with meeting(node, enter, VILLAGE) as (commander, village):

        def graded(grade: int, reason: str) -> Callable[[Any], bool]:
            return lambda people: (
                (people.get(VILLAGE, {}) | {"grade": grade, "reason": reason}) == people.get(VILLAGE)
            )

        assert village.peer is not None
        village.peer.checks = False
        await commander.hears("quality", graded(0, "silent"))
        since = len(commander.station.media)
        village.peer.checks = True
        await commander.hears("quality", graded(4, ""), since)


@pytest.mark.long
async def test_who_has_no_media_for_half_a_minute_is_lost_in_the_log_until_it_is_back(
    node: Pingji, enter: Enter
) -> None:
    async with meeting(node, enter, VILLAGE, look=True) as (commander, village):
        screen = commander.station

        def lost() -> bool:
            assert screen.view is not None
            return screen.view.consultations[village.room].participants[VILLAGE].lost_at is not None

        assert not lost()
        await village.leave_behind()
        await village.hears("lost", lambda lost: lost == "silent")
        await screen.until(lost)
        await village.connect()
        await screen.until(lambda: not lost())


async def test_a_worker_that_hangs_is_ended_and_its_rooms_go_on_elsewhere(node: Pingji, enter: Enter) -> None:
    async with meeting(node, enter, VILLAGE) as (commander, village):
        hung = worker_in(node, commander.worker)
        os.kill(hung, signal.SIGSTOP)
        await village.hears("lost", lambda lost: lost == "worker")
        await village.connect()
        assert gone(hung)
        assert village.worker != commander.worker


async def test_two_nodes_share_their_workers_and_the_last_to_stop_ends_them(
    start_pingji: StartPingji, district_url: str, tmp_path: Path, enter: Enter
) -> None:
    """People on two nodes are in one room; one node's end, in order or not, changes nothing for the other."""
    folder = tmp_path / "m"
    shared = (*TWO_WORKERS, "--media-folder", str(folder), "--poll", "0.2")
    first, second = (
        start_pingji(join=True, url=district_url, media=True, arguments=shared) for _ in range(2)
    )
    for node in (first, second):
        await manned(node)
    running = workers(first, folder)
    assert len(running) == 2
    commander, village = await enter(first, "commander"), await enter(second, VILLAGE)
    for number in range(4):  # whichever worker each of these goes to
        id = f"meeting-{number}"
        to = {"units": [VILLAGE], "areas": [], "groups": []}
        await village.reached(
            await commander.act({"type": "OpenConsultation", "name": f"会商{number}", "to": to}, id)
        )
        here, there = await join(commander, id), await join(village, id)
        assert here.worker == there.worker
        async with speaking(here):
            await there.hears("sending", lambda sending: sending.get("commander") == ["audio"])
            await until(lambda there=there: there.heard > 5)  # type: ignore[misc]
            if number == 3:
                os.kill(first.pid, signal.SIGTERM)  # stop() would also end what it started
                await until(lambda: gone(first.pid))
                before = there.heard
                await until(lambda: there.heard > before + 10)  # noqa: B023
        await here.leave_behind()
        await there.leave_behind()
    assert workers(second, folder) == running
    assert second.stop() == 0
    await until(lambda: all(map(gone, running)))  # with the last that says good-bye


async def test_a_district_serves_itself_over_https(start_node: StartPingji) -> None:
    """Its authority is downloaded, trusted, and the socket works behind it."""
    node = start_node(arguments=("--tls", "auto"))
    assert node.trust is not None
    jar = aiohttp.CookieJar(unsafe=True)  # of an address
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=node.trust), cookie_jar=jar) as http:
        base = node.base_url
        async with http.get(f"{base}/ca.crt") as answer:
            assert await answer.text() == (node.var / "tls" / "ca.pem").read_text()
        async with http.get(f"{base}/trust") as answer:
            assert "SHA-256" in await answer.text()
        asked = {"login": "commander", "password": PASSWORD}
        async with http.post(f"{base}/api/login", json=asked) as answer:
            assert answer.cookies["pingji_session"]["secure"]
        async with http.get(f"{base}/api/media") as answer:
            assert await answer.json() == {"ice_servers": [], "expires": 0}
        async with http.ws_connect(f"{base}/socket.io/?EIO=4&transport=websocket") as socket:
            opened = await socket.receive(timeout=10)
            assert str(opened.data).startswith("0{")
