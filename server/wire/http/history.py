"""What has happened: the timeline and past commands, filtered by what the asker may see."""

import msgspec
from aiohttp import web

from server.domain.refusal import Code, Rejected
from server.wire.answers import json_answer
from server.wire.http.door import Door
from server.world.scope import scope_of

PAGE = 100


class History:
    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/timeline", self.timeline), web.get("/api/commands", self.commands)]

    async def timeline(self, request: web.Request) -> web.StreamResponse:
        """Newest first; `before` is the seq of the last row of the page before."""
        session, account = await self._door.person(request)
        scope = scope_of(self._door.hosted[session.log].engine.world.state, account)
        query = request.query
        rows = await self._door.store.timeline.search(
            session.log,
            _number(query.get("before")),
            PAGE,
            topics=scope.topics,
            activation=query.get("activation"),
            command=query.get("command"),
            unit=query.get("unit"),
            text=query.get("text"),
        )
        told = [{k: v for k, v in msgspec.structs.asdict(row).items() if k != "topics"} for row in rows]
        return json_answer({"rows": told})

    async def commands(self, request: web.Request) -> web.StreamResponse:
        """Commands of one's own unit, newest first, the archived ones included."""
        session, account = await self._door.person(request)
        before = request.query.get("before")
        at = None
        if before is not None:
            issued, _, command = before.partition(",")
            at = (_number(issued) or 0, command)
        unit = None if account.unit == self._door.district else account.unit
        rows = await self._door.store.timeline.commands(session.log, at, PAGE, unit=unit)
        return json_answer({"rows": rows})


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        raise Rejected(Code.BAD_ACTION, fields=["before"]) from None
    if not 0 <= number < 2**63:  # what databases take
        raise Rejected(Code.BAD_ACTION, fields=["before"])
    return number
