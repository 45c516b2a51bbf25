"""Cameras and recordings on the real path: gateway, worker, camera, recorder, the film in the end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import av
import pytest

from rooms.consultation.state import Kept, RecordingFile
from tests.conftest import StartPingji
from tests.recorder.film import picture, voice
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import VILLAGE, tracebacks
from tests.scenarios.meeting import Attendee, join, manned, meet, until, workers
from tests.servers.pingji import Pingji

ARGUMENTS = ("--media-workers", "1", "--media-address", "127.0.0.1", "--rate", "200")
SENDS = ("mic", "camera", "voice", "stage")


@pytest.fixture
async def node(start_node: StartPingji) -> AsyncIterator[Pingji]:
    started = start_node(media=True, arguments=ARGUMENTS)
    await manned(started, 1)
    yield started
    started.stop()
    for pid in [*workers(started), *recorders(started)]:
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
async def here() -> AsyncIterator[list[Attendee]]:
    """Whose connections are closed at the end."""
    attendees: list[Attendee] = []
    yield attendees
    for attendee in attendees:
        await attendee.leave_behind()


def recorders(node: Pingji) -> list[int]:
    """The ids of its recorders, as the kernel knows them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"rooms.media.recorder" in words and str(node.var).encode() in b" ".join(words):
            found.append(int(path.parent.name))
    return found


@asynccontextmanager
async def filming(attendee: Attendee) -> AsyncIterator[None]:
    """Sends a test picture and a tone, really encoded, in real time, over and over."""
    pictures = [told.data[2:] for told in picture(0, 320, 180, seconds=4, start=0)]
    sounds = [told.data[2:] for told in voice(0, 440, seconds=4, start=0)]
    frames: list[list[bytes]] = [[]]
    for packet in pictures:
        frames[-1].append(packet[12:])
        if packet[1] & 0x80:
            frames.append([])

    async def send() -> None:
        number = 0
        while True:
            peer = attendee.peer
            if peer is not None and peer.connected:
                mic, camera = peer.sent["mic"], peer.sent["q"]
                mic.ts += 960
                peer.send_rtp(mic, sounds[number % len(sounds)][12:], level=20)
                if number % 3 == 0:  # a picture each 60 ms
                    camera.ts += 5_400
                    parts = frames[number // 3 % 60]
                    for n, part in enumerate(parts):
                        peer.send_rtp(camera, part, marker=n == len(parts) - 1)
            number += 1
            await asyncio.sleep(0.02)

    task = asyncio.create_task(send())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def files_of(station: Station) -> list[RecordingFile]:
    assert station.view is not None
    return [file for file in station.view.recordings.values() if file.state is Kept.KEPT]


async def fetched(node: Pingji, station: Station, path: str, part: str = "") -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {station.token}"} | ({"Range": part} if part else {})
    async with aiohttp.ClientSession() as http, http.get(f"{node.base_url}{path}", headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def kept(station: Station) -> RecordingFile:
    """The recording of the consultation, when its file is there."""
    await station.until(lambda: bool(files_of(station)), within=40)
    (file,) = files_of(station)
    return file


async def test_a_recording_becomes_a_film_for_who_may_see_it(
    node: Pingji, enter: Enter, here: list[Attendee], tmp_path: Path
) -> None:
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    room = await meet(commander, VILLAGE)
    speaker = await join(village, room, SENDS)
    here += [speaker, await join(commander, room)]
    async with filming(speaker):
        await commander.act({"type": "StartRecording", "consultation": room})
        await asyncio.sleep(5)
        await commander.act({"type": "StopRecording", "consultation": room})
        file = await kept(commander)
    assert file.duration_ms > 3_000
    path = f"/api/recordings/{file.id}"
    status, type, body = await fetched(node, commander, path)
    assert (status, type, len(body)) == (200, "video/webm", file.bytes)
    film = tmp_path / "film.webm"
    film.write_bytes(body)
    with av.open(str(film)) as opened:
        assert [stream.type for stream in opened.streams] == ["video", "audio", "audio"]
        shown = list(opened.decode(video=0))
    assert len(shown) > 20
    assert {(frame.width, frame.height) for frame in shown} == {(320, 180)}
    status, _, some = await fetched(node, commander, path, part="bytes=100-199")
    assert (status, some) == (206, body[100:200])
    status, _, _ = await fetched(node, village, path)
    assert status == 404
    status, _, _ = await fetched(node, village, f"/api/blobs/{file.sha256}")
    assert status == 404
    assert not list((node.var / "recordings").glob("*/*/*.spool"))
    assert tracebacks(node) == []


async def test_a_recording_survives_its_recorder_its_worker_and_its_gateway(
    node: Pingji, enter: Enter, here: list[Attendee]
) -> None:
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    room = await meet(commander, VILLAGE)
    speaker = await join(village, room, SENDS)
    here.append(speaker)

    def spooled() -> int:
        return sum(spool.stat().st_size for spool in (node.var / "recordings").glob("*/*/*.spool"))

    async def grows() -> None:
        before = spooled()
        await until(lambda: spooled() > before + 20_000, within=30)

    async with filming(speaker):
        await commander.act({"type": "StartRecording", "consultation": room})
        await grows()
        (recorder,) = recorders(node)
        os.kill(recorder, signal.SIGKILL)
        await until(lambda: recorders(node) not in ([], [recorder]), within=20)
        await grows()
        (worker,) = workers(node)
        os.kill(worker, signal.SIGKILL)
        await speaker.hears("lost", lambda lost: lost == "worker")
        await speaker.connect()
        await grows()
        (recorder,) = recorders(node)
        node.crash()
        await grows()  # there is no gateway
        node.start()
        assert recorders(node) == [recorder]
        await grows()
        await commander.act({"type": "StopRecording", "consultation": room}, within=30)
        file = await kept(commander)
    await until(lambda: recorders(node) == [])
    assert file.duration_ms > 5_000
    assert tracebacks(node) == []


async def test_a_camera_is_watched_on_the_map_and_brought_into_a_room(
    node: Pingji, enter: Enter, here: list[Attendee], tmp_path: Path
) -> None:
    commander, admin = await enter(node, "commander", "admin", look=True)
    camera = {"id": "sluice", "name": "水闸", "owner": "310116", "kind": "synthetic", "position": None}
    await admin.act({"type": "RegisterCamera", "camera": camera, "address": "320x180@15"})
    alone = Attendee(commander, "camera:sluice", ("stage",))
    here.append(alone)
    await alone.connect()
    await alone.hears("cameras", lambda told: told.get("cam:sluice", {}).get("state") == "playing")
    assert alone.peer is not None
    await until(lambda: alone.heard > 50)
    room = await meet(commander, VILLAGE)
    there = await join(commander, room, ("mic", "voice", "stage"))
    here.append(there)
    await commander.act({"type": "BringCamera", "consultation": room, "camera": "sluice"})
    await there.signal(wishes=[{"mid": "2", "source": "cam:sluice", "height": 180}])
    await there.hears("slots", lambda slots: any(slot["source"] == "cam:sluice" for slot in slots.values()))
    await until(lambda: there.heard > 50)
    # its pictures are in the film, although a film has one codec and cameras send another
    await commander.act({"type": "SetSpotlight", "consultation": room, "participant": "cam:sluice"})
    await commander.act({"type": "StartRecording", "consultation": room})
    await asyncio.sleep(5)
    await commander.act({"type": "StopRecording", "consultation": room})
    file = await kept(commander)
    film = tmp_path / "film.webm"
    film.write_bytes((await fetched(node, commander, f"/api/recordings/{file.id}"))[2])
    with av.open(str(film)) as opened:
        shown = {(frame.width, frame.height) for frame in opened.decode(video=0)}
    assert shown == {(320, 180)}
    assert tracebacks(node) == []


async def test_a_camera_without_a_picture_says_why(node: Pingji, enter: Enter, here: list[Attendee]) -> None:
    commander, admin = await enter(node, "commander", "admin", look=True)
    camera = {"id": "gone", "name": "旧机", "owner": "310116", "kind": "file", "position": None}
    await admin.act({"type": "RegisterCamera", "camera": camera, "address": "no-such-film.mp4"})
    alone = Attendee(commander, "camera:gone", ("stage",))
    here.append(alone)
    await alone.connect()
    told = await alone.hears("cameras", lambda told: told.get("cam:gone", {}).get("state") == "refused")
    assert told["cam:gone"]["why"] == "bad_address"
    assert tracebacks(node) == []
