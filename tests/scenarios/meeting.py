"""People in a consultation: a station on the socket and, when they have joined, a media connection.

What is sent here is real: ICE checks, DTLS, SRTP; only the sound is none.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp

from loadtests.media_peer import MediaPeer
from server.media.process import folder_for
from tests.scenarios.client import PATIENCE, Station
from tests.scenarios.conftest import Enter
from tests.servers.pingji import Pingji
from tests.servers.process import await_gone, gone

TAKES_PART = ("mic", "voice", "stage")
WATCHES = ("voice", "stage")
SPOKEN_EVERY = 0.02


class Attendee:
    """One device of somebody, in one room."""

    def __init__(self, station: Station, room: str, lines: Sequence[str] = TAKES_PART) -> None:
        self.station = station
        self.room = room
        self.lines = list(lines)
        self.peer: MediaPeer | None = None
        self.worker = ""

    async def signal(self, **more: Any) -> dict[str, Any]:
        return await self.station.ask("media", {"room": self.room, **more})

    async def try_offer(self) -> dict[str, Any]:
        """A new connection is offered; the answer as it is."""
        await self.leave_behind()
        self.peer = MediaPeer(self.lines)
        return await self.signal(offer=self.peer.offer, lines=self.peer.lines)

    async def connect(self, within: float = PATIENCE) -> None:
        """Offer until a worker answers, then connect."""
        async with asyncio.timeout(within):
            while "error" in (answer := await self.try_offer()):
                assert answer["error"]["retry"], answer
                await asyncio.sleep(answer["error"].get("after", 200) / 1000)
            self.worker = answer["worker"]
            assert self.peer is not None
            await self.peer.connect(answer["sdp"])

    async def leave_behind(self) -> None:
        """The connection goes without a word."""
        if self.peer is not None:
            await self.peer.vanish()
            self.peer = None

    def told(self, word: str, since: int = 0) -> list[Any]:
        """All that was told of one kind, in order."""
        return [
            told[word] for told in self.station.media[since:] if word in told and told["room"] == self.room
        ]

    async def hears(self, word: str, what: Callable[[Any], bool] = bool, since: int = 0) -> Any:
        """Wait until something like this was told, and return it."""
        await self.station.until(lambda: any(map(what, self.told(word, since))))
        return next(filter(what, self.told(word, since)))

    @property
    def heard(self) -> int:
        """Packets of sound that came in."""
        assert self.peer is not None
        return sum(slot.packets for slot in self.peer.heard.values())


async def meet(commander: Station, *units: str) -> str:
    """A consultation with these units; its id."""
    id = f"meeting-{commander.device}"
    to = {"units": list(units), "areas": [], "groups": []}
    await commander.act({"type": "OpenConsultation", "name": "防汛会商", "to": to}, id)
    return id


async def join(station: Station, room: str, lines: Sequence[str] = TAKES_PART) -> Attendee:
    await station.act({"type": "JoinConsultation", "consultation": room, "device": station.device})
    attendee = Attendee(station, room, lines)
    await attendee.connect()
    await attendee.hears("connected")
    return attendee


@asynccontextmanager
async def meeting(
    node: Pingji, enter: Enter, *accounts: str, look: bool = False
) -> AsyncIterator[list[Attendee]]:
    """The commander and these village desks, connected."""
    commander, *others = await enter(node, "commander", *accounts, look=look)
    room = await meet(commander, *accounts)
    attendees = [await join(station, room) for station in (commander, *others)]
    try:
        yield attendees
    finally:
        for attendee in attendees:
            await attendee.leave_behind()


@asynccontextmanager
async def speaking(attendee: Attendee) -> AsyncIterator[None]:
    """Says something fifty times a second."""

    async def speak() -> None:
        while True:
            if attendee.peer is not None:
                attendee.peer.speak(level=20)
            await asyncio.sleep(SPOKEN_EVERY)

    task = asyncio.create_task(speak())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool], within: float = PATIENCE) -> None:
    """Looked at fifty times a second: what goes on in other processes tells nobody."""
    deadline = monotonic() + within
    while not condition():
        assert monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.02)


def workers(node: Pingji, folder: Path | None = None) -> list[int]:
    """The ids of its living media workers."""
    locks = sorted((folder or folder_for(node.var)).glob("w*.lock"))
    return [pid for pid in (int(lock.read_text() or 0) for lock in locks) if pid and not gone(pid)]


def worker_in(node: Pingji, name: str) -> int:
    """The id of the process with this name: it says it when it is ready."""
    for log in folder_for(node.var).glob("w*.log"):
        for line in log.read_text().splitlines():
            if line.startswith(f"media worker {name} "):
                return int(log.with_suffix(".lock").read_text())
    raise AssertionError(f"no worker {name}")


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    await_gone(pid)


async def falls_silent(attendee: Attendee, within: float = PATIENCE) -> None:
    """Return once nothing came for a fifth of a second."""
    assert attendee.peer is not None
    deadline, before = monotonic() + within, -1
    while before != attendee.peer.arrived:
        assert monotonic() < deadline, "it is still heard"
        before = attendee.peer.arrived
        await asyncio.sleep(0.2)


async def manned(node: Pingji, count: int = 2) -> None:
    """All media workers are up."""
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{node.base_url}/healthz") as answer:
                if (await answer.json())["media"]["up"] == count:
                    return
            await asyncio.sleep(0.05)
