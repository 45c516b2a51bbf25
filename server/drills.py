"""Drills (演练): a log of their own with simulated stations, so that nothing of it can reach anybody real.

A drill's log is founded from the district's units, people, plans and stock, all of it at home. Its
stations are a process of its own (`clients.drill`) that speaks the wire like any client, with sessions that
are good for that log only.

The stations play on the node that started the drill; another node of the district takes the log in when
somebody enters the drill there, and lets it go when it is ended anywhere.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable

import msgspec

from resources.interchange.stocklist import at_home
from rooms.consultation.actions import RegisterCamera
from server.domain.people import Account, Post
from server.domain.refusal import Code, Rejected
from server.settings import Settings
from server.store.store import Store
from server.wire.hosted import Hosted
from server.wire.http.drills import Running, Started
from server.wire.sign_in import Device, SignIn
from server.world.founding import FoundDistrict
from server.world.state import State
from server.world.world import ON_DUTY

log = logging.getLogger(__name__)
HUMANS = frozenset({Post.DUTY_COMMANDER})  # posts that are left to people


class Stage:
    """The drills of a node."""

    def __init__(
        self,
        store: Store,
        hosted: dict[str, Hosted],
        sign_in: SignIn,
        settings: Settings,
        district: str,
        open_log: Callable[[str, FoundDistrict | None], Awaitable[Hosted]],
        close_log: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._hosted = hosted
        self._sign_in = sign_in
        self._settings = settings
        self._district = district
        self._open_log = open_log
        self._close_log = close_log
        self._players: dict[str, asyncio.subprocess.Process] = {}
        self._starters: dict[str, str] = {}  # log → account
        self._taking = asyncio.Lock()

    async def start(self, source: str, by: Account) -> Started:
        """A fresh exercise of the log `source`, its stations playing. Raises JournalDown."""
        state = self._hosted[source].engine.world.state
        now = await self._store.now()
        name = f"{self._district}-drill-{now}"
        title = f"演练 · {state.name}"
        if not await self._store.create_log(name, "exercise", title):
            raise Rejected(Code.NAME_TAKEN, log=name)
        # through bytes: the drill's world must not share a single object with the real one
        founding = msgspec.msgpack.decode(
            msgspec.msgpack.encode(
                FoundDistrict(
                    name=title,
                    exercise=True,
                    units=list(state.units.values()),
                    accounts=[a for a in state.accounts.values() if a.active],
                    plans=list(state.plans.values()),
                    groups=list(state.groups.values()),
                    cameras=[
                        RegisterCamera(camera=camera, address=state.camera_addresses[camera.id])
                        for camera in state.cameras.values()
                    ],
                    stock=[
                        at_home(state.board, resource)
                        for resource in state.board.resources.values()
                        if _serves(state, resource.facts.owner) and _serves(state, resource.facts.unit)
                    ],
                )
            ),
            type=FoundDistrict,
        )
        hosted = await self._open_log(name, founding)
        self._starters[name] = by.id
        people = list(hosted.engine.world.state.accounts.values())
        stations = [
            await self._post(name, hosted, account)
            for account in people
            if account.post in ON_DUTY and account.post not in HUMANS
        ]
        # somebody who acts when nobody else does: the other commander, if there is one
        commanders = [a for a in people if a.post is Post.DUTY_COMMANDER and a.unit == self._district]
        stand_in = next((a for a in commanders if a.id != by.id), by)
        director = await self._post(name, hosted, stand_in)
        await self._play({"log": name, "stations": stations, "director": director})
        return Started(name, title)

    async def _post(self, name: str, hosted: Hosted, account: Account) -> dict[str, object]:
        """What a simulated person needs: a session, and where they are."""
        unit = hosted.engine.world.state.units[account.unit]
        return {
            "token": await self._sign_in.open_session(name, account, Device("station", "simulated")),
            "account": account.id,
            "unit": account.unit,
            "kind": unit.kind.value,
            "post": account.post.value,
            "lon": unit.lon,
            "lat": unit.lat,
        }

    async def running(self) -> list[Running]:
        """Every drill of the district, on whichever node."""
        return [
            Running(row.log, row.name, row.seq, row.log in self._hosted)
            for row in await self._store.logs()
            if row.kind == "exercise"
        ]

    async def find(self, name: str) -> Hosted | None:
        """A running drill, taken in from another node if need be. Raises JournalDown."""
        async with self._taking:
            if name not in self._hosted and name in {drill.log for drill in await self.running()}:
                await self._open_log(name, None)
        hosted = self._hosted.get(name)
        return hosted if hosted is not None and hosted.engine.world.state.exercise else None

    def started_by(self, name: str, account: str) -> bool:
        return self._starters.get(name) == account

    async def end(self, name: str) -> None:
        """The stations go, the log is taken off the node and erased: it was only an exercise."""
        await self.leave(name)
        await self._store.drop_log(name)

    async def leave(self, name: str) -> None:
        """Off this node."""
        self._starters.pop(name, None)
        await self._stop(name)
        if name in self._hosted:
            await self._close_log(name)

    async def close(self) -> None:
        for name in list(self._players):
            await self._stop(name)

    async def _play(self, job: dict[str, object]) -> None:
        """Start the stations; they end with this process, whatever ends it: their input closes."""
        player = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "clients.drill",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        self._players[str(job["log"])] = player
        assert player.stdin is not None
        url = self._settings.inner_url
        player.stdin.write(msgspec.json.encode({"url": url, **job}) + b"\n")
        await player.stdin.drain()

    async def _stop(self, name: str) -> None:
        player = self._players.pop(name, None)
        if player is None or player.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            player.terminate()
        try:
            await asyncio.wait_for(player.wait(), 5.0)
        except TimeoutError:
            player.kill()
            await player.wait()


def _serves(state: State, unit: str | None) -> bool:
    return unit is None or state.units[unit].active
