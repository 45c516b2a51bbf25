"""The view over HTTP: a page that has nothing yet shows it before its socket is there and resumes from it."""

from aiohttp import web

from server.wire.answers import json_answer
from server.wire.http.door import Door
from server.wire.http.pace import Pace
from server.world.scope import scope_of


class Snapshot:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self._pace = pace

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/view", self.view)]

    async def view(self, request: web.Request) -> web.StreamResponse:
        """What the socket's `reset` says, and of whom it is: the same place, so a cursor of it resumes."""
        session, account = await self._door.person(request)
        hosted = self._door.hosted[session.log]
        self._pace.admit(hosted, session)
        await hosted.engine.at_rest()
        state = hosted.engine.world.state
        told = hosted.snapshot(scope_of(state, account))
        answer = json_answer(told | {"account": account.id})
        answer.headers["Cache-Control"] = "no-store"
        answer.enable_compression()
        return answer
