"""The board for other systems: what the caller sees of it, and any action over HTTP as over the socket."""

from aiohttp import web

from resources import state as resources
from server.domain.people import Account
from server.wire.answers import json_answer
from server.wire.asked import Act
from server.wire.http.door import Door, body
from server.wire.http.pace import Pace
from server.world.scope import restrict_board, scope_of
from server.world.state import State


class Board:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self._pace = pace

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/board", self.board), web.post("/api/act", self.act)]

    async def board(self, request: web.Request) -> web.StreamResponse:
        """As a socket's snapshot has it, with the seq it stands at; 304 to who has it already."""
        session, account = await self._door.person(request)
        hosted = self._door.hosted[session.log]
        self._pace.admit(hosted, session)
        engine = hosted.engine
        await engine.at_rest()
        state = engine.world.state
        tag = f'"{engine.epoch}.{engine.seq}.{scope_of(state, account).mark}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        told = {"seq": engine.seq, "now": engine.now(), "board": seen_board(state, account)}
        answer = json_answer(told)
        answer.headers.update(headers)
        return answer

    async def act(self, request: web.Request) -> web.StreamResponse:
        """`{id, do}`: the same checks, limits, answers and refusals as the socket's `act`."""
        session, account = await self._door.person(request)
        hosted = self._door.hosted[session.log]
        self._pace.admit(hosted, session)
        asked = await body(request, Act)
        with self._pace.waiting(session):
            done = await hosted.engine.ask(asked.id, account.id, asked.do)
        return json_answer({"seq": done.seq, "at": done.at})


def seen_board(state: State, account: Account) -> resources.Board:
    """The board as an account sees it."""
    topics = scope_of(state, account).topics
    if "board" in topics:
        return state.board
    return restrict_board(state.board, {topic[2:] for topic in topics if topic.startswith("u:")})
