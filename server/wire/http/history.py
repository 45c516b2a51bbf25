"""What has happened: the timeline, past commands, earlier versions, filtered by what the asker may see."""

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from server.domain.command import CommandAmended, CommandIssued
from server.domain.house import DistrictFounded
from server.domain.message import Event
from server.domain.plans import PlanSaved
from server.domain.refusal import Code, Rejected
from server.store.versions import Place
from server.wire.answers import json_answer
from server.wire.http.door import Door
from server.wire.sign_in import Session
from server.world.registry import decode_events
from server.world.scope import scope_of
from server.world.state import State

PAGE = 100


class History:
    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/timeline", self.timeline),
            web.get("/api/commands", self.commands),
            web.get("/api/commands/{id}/versions", self.orders),
            web.get("/api/plans/{id}/versions", self.plans),
        ]

    async def timeline(self, request: web.Request) -> web.StreamResponse:
        """Newest first; `before` is the seq of the last row of the page before."""
        session, account = await self._door.person(request)
        scope = scope_of(self._door.hosted[session.log].engine.world.state, account)
        query = request.query
        rows = await self._door.store.timeline.search(
            session.log,
            number(query.get("before")),
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
            at = (number(issued) or 0, command)
        unit = None if account.unit == self._door.district else account.unit
        rows = await self._door.store.timeline.commands(session.log, at, PAGE, unit=unit)
        return json_answer({"rows": rows})

    async def orders(self, request: web.Request) -> web.StreamResponse:
        """The order of a command as it was issued and after each amendment, oldest first."""
        session, account = await self._door.person(request)
        id = request.match_info["id"]
        topics = scope_of(self._state(session), account).topics
        kinds = ("CommandIssued", "CommandAmended")
        return self._told(session, id, await self._door.store.versions.search(session.log, kinds, id, topics))

    async def plans(self, request: web.Request) -> web.StreamResponse:
        """A plan as the district was founded with it, and as it was saved each time, oldest first."""
        session, account = await self._door.person(request)
        if "directory" not in scope_of(self._state(session), account).topics:
            raise Rejected(Code.NOT_FOUND)
        kinds = ("DistrictFounded", "PlanSaved")
        places = await self._door.store.versions.search(session.log, kinds, None, None)
        return self._told(session, request.match_info["id"], places)

    def _told(self, session: Session, id: str, places: Sequence[Place]) -> web.StreamResponse:
        accounts = self._state(session).accounts
        found: dict[int, dict[str, Any]] = {}
        for place in places:
            version, told = _version(decode_events(place.body)[place.n], id)
            if told and version not in found:  # a command is shown again to who comes to see it later
                by = accounts[place.actor].name if place.actor in accounts else ""
                found[version] = {"version": version, "at": place.at, "by": by} | told
        if not found:
            raise Rejected(Code.NOT_FOUND)
        return json_answer({"versions": list(found.values())})

    def _state(self, session: Session) -> State:
        return self._door.hosted[session.log].engine.world.state


def _version(event: Event, id: str) -> tuple[int, dict[str, Any]]:
    match event:
        case CommandIssued(command=command):
            return command.version, {"order": command.order}
        case CommandAmended(order=order, version=version):
            return version, {"order": order}
        case PlanSaved(plan=plan) if plan.id == id:
            return plan.version, {"plan": plan}
        case DistrictFounded(plans=plans):
            return next(((plan.version, {"plan": plan}) for plan in plans if plan.id == id), (0, {}))
        case _:
            return 0, {}


def number(text: str | None, name: str = "before") -> int | None:
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        raise Rejected(Code.BAD_ACTION, fields=[name]) from None
    if not 0 <= number < 2**63:  # what databases take
        raise Rejected(Code.BAD_ACTION, fields=[name])
    return number
