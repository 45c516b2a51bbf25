"""Starting and ending a drill from the web. What a drill is: `server.drills`."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from server.domain.people import Account, Post
from server.domain.refusal import Code, Rejected
from server.wire.answers import json_answer
from server.wire.http.door import Door
from server.wire.sign_in import Device


class Started(msgspec.Struct, frozen=True):
    log: str
    name: str


StartDrill = Callable[[str, Account], Awaitable[Started]]
EndDrill = Callable[[str], Awaitable[None]]
COMMANDERS = frozenset({Post.DUTY_COMMANDER, Post.ADMINISTRATOR})


class Drills:
    """`start` and `end` come from the composition root; here is only who may."""

    def __init__(self, door: Door, start: StartDrill, end: EndDrill) -> None:
        self._door = door
        self._start = start
        self._end = end

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/drills", self.running),
            web.post("/api/drills", self.start),
            web.delete("/api/drills/{log}", self.end),
        ]

    async def running(self, request: web.Request) -> web.StreamResponse:
        await self._allowed(request)
        drills = [
            {"log": name, "name": hosted.engine.world.state.name, "seq": hosted.engine.seq}
            for name, hosted in self._door.hosted.items()
            if hosted.engine.world.state.exercise
        ]
        return json_answer({"drills": drills})

    async def start(self, request: web.Request) -> web.StreamResponse:
        """A fresh log with simulated stations, and a token for the one who asked."""
        log, account = await self._allowed(request)
        if len([h for h in self._door.hosted.values() if h.engine.world.state.exercise]) >= (
            self._door.settings.drills_at_once
        ):
            raise Rejected(Code.TOO_MANY_PENDING, after=60_000)
        started = await self._start(log, account)
        there = self._door.hosted[started.log].engine.world.state.accounts[account.id]
        token = await self._door.sign_in.open_session(started.log, there, Device("drill", "drill"))
        return json_answer({"log": started.log, "name": started.name, "token": token}, status=201)

    async def end(self, request: web.Request) -> web.StreamResponse:
        await self._allowed(request)
        name = request.match_info["log"]
        hosted = self._door.hosted.get(name)
        if hosted is None or not hosted.engine.world.state.exercise:
            raise Rejected(Code.NOT_FOUND)
        await self._end(name)
        return json_answer({})

    async def _allowed(self, request: web.Request) -> tuple[str, Account]:
        session, account = await self._door.person(request)
        if account.post not in COMMANDERS:
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        return session.log, account
