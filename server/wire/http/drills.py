"""Starting, entering and ending a drill from the web. What a drill is: `server.drills`.

Who may: those who lead a drill (commanders, administrators). A drill is entered by who started it and by
the leaders of the whole district; everybody enters as who they are, with a token for that log only.
"""

from typing import Protocol

import msgspec
from aiohttp import web

from server.domain.people import Account, Post
from server.domain.refusal import Code, Rejected
from server.wire.answers import json_answer
from server.wire.hosted import Hosted
from server.wire.http.door import Door
from server.wire.sign_in import Device


class Started(msgspec.Struct, frozen=True):
    log: str
    name: str


class Running(msgspec.Struct, frozen=True):
    log: str
    name: str
    seq: int
    here: bool  # on this node; another one is taken in when it is entered


class Stage(Protocol):
    """What the composition root brings; here is only who may."""

    async def start(self, source: str, by: Account) -> Started: ...

    async def running(self) -> list[Running]: ...

    async def find(self, name: str) -> Hosted | None: ...

    def started_by(self, name: str, account: str) -> bool: ...

    async def end(self, name: str) -> None: ...


COMMANDERS = frozenset({Post.DUTY_COMMANDER, Post.ADMINISTRATOR})


class Drills:
    def __init__(self, door: Door, stage: Stage) -> None:
        self._door = door
        self._stage = stage

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/drills", self.running),
            web.post("/api/drills", self.start),
            web.post("/api/drills/{log}/enter", self.enter),
            web.delete("/api/drills/{log}", self.end),
        ]

    async def running(self, request: web.Request) -> web.StreamResponse:
        _, account = await self._allowed(request)
        drills = [
            {**msgspec.structs.asdict(drill), "enter": self._may_enter(drill.log, account)}
            for drill in await self._stage.running()
        ]
        return json_answer({"drills": drills})

    async def start(self, request: web.Request) -> web.StreamResponse:
        """A fresh log with simulated stations, and a token for the one who asked."""
        log, account = await self._allowed(request)
        if len(await self._stage.running()) >= self._door.settings.drills_at_once:
            raise Rejected(Code.TOO_MANY_PENDING, after=60_000)
        started = await self._stage.start(log, account)
        return await self._entered(started.log, account, status=201)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """A fresh token for a running drill: the tab was closed, or another commander joins."""
        _, account = await self._allowed(request)
        name = request.match_info["log"]
        if await self._stage.find(name) is None:
            raise Rejected(Code.NOT_FOUND)
        if not self._may_enter(name, account):
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        return await self._entered(name, account)

    async def end(self, request: web.Request) -> web.StreamResponse:
        await self._allowed(request)
        name = request.match_info["log"]
        if await self._stage.find(name) is None:
            raise Rejected(Code.NOT_FOUND)
        await self._stage.end(name)
        return json_answer({})

    async def _entered(self, name: str, account: Account, status: int = 200) -> web.StreamResponse:
        state = self._door.hosted[name].engine.world.state
        there = state.accounts.get(account.id)
        if there is None or not there.active:  # came to the district after the drill began
            raise Rejected(Code.UNKNOWN_ACCOUNT, account=account.id)
        token = await self._door.sign_in.open_session(name, there, Device("drill", "drill"))
        return json_answer({"log": name, "name": state.name, "token": token}, status=status)

    def _may_enter(self, name: str, account: Account) -> bool:
        """Who started it, and those who lead the district as a whole."""
        units = self._door.hosted[self._door.district].engine.world.state.units
        leads_all = account.unit in units and units[account.unit].parent is None
        return leads_all or self._stage.started_by(name, account.id)

    async def _allowed(self, request: web.Request) -> tuple[str, Account]:
        session, account = await self._door.person(request)
        if account.post not in COMMANDERS:
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        return session.log, account
