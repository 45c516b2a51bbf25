"""What was dispatched: orders also after they have left the board, and totals for after-action."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from resources.state import DispatchOrder, DispatchStep, ResourceRequest
from resources.totals import KindTotals, totals_of
from server.domain.refusal import Code, Rejected
from server.store.dispatches import OrderRow, RequestRow
from server.wire.answers import json_answer
from server.wire.http.door import Door
from server.wire.http.history import number
from server.wire.http.pace import Pace
from server.world.scope import scope_of

PAGE = 100
_order = msgspec.json.Decoder(DispatchOrder).decode
_request = msgspec.json.Decoder(ResourceRequest).decode


class Dispatches:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self._pace = pace

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/dispatches", self.orders),
            web.get("/api/dispatches/totals", self.totals),
        ]

    async def orders(self, request: web.Request) -> web.StreamResponse:
        """Newest first; `before` is `at,order` of the last row of the page before."""
        log, topics = await self._asker(request)
        query = request.query
        before, at = query.get("before"), None
        if before is not None:
            began, _, order = before.partition(",")
            at = (number(began) or 0, order)
        most = number(query.get("limit"), "limit")
        if most is not None and not 1 <= most <= PAGE:
            raise Rejected(Code.BAD_ACTION, fields=["limit"], most=PAGE)
        rows = await self._door.store.dispatches.search(
            log,
            at,
            most or PAGE,
            topics=topics,
            owner=query.get("owner"),
            incident=query.get("incident"),
            request=query.get("request"),
            kind=query.get("kind"),
            steps=_steps(query.get("step")),
            since=number(query.get("since"), "since"),
            until=number(query.get("until"), "until"),
        )
        return json_answer({"rows": [_row(row) for row in rows]})

    async def totals(self, request: web.Request) -> web.StreamResponse:
        """Of the requests asked within [since, until), or of an incident; what the caller sees of them."""
        log, topics = await self._asker(request)
        query = request.query
        since = number(query.get("since"), "since") or 0
        until = number(query.get("until"), "until")
        incident = query.get("incident")
        last = 2**62 if until is None else until
        requests, orders = await self._door.store.dispatches.asked(log, incident, since, last)
        kinds = await asyncio.to_thread(_totals, requests, orders, topics)
        known = self._door.hosted[log].engine.world.state.board.kinds
        told: list[dict[str, Any]] = []
        for kind in kinds:
            named = known.get(kind.kind)
            told.append(msgspec.structs.asdict(kind) | {"measure": named.measure if named else ""})
        return json_answer({"kinds": told, "since": since or None, "until": until, "incident": incident})

    async def _asker(self, request: web.Request) -> tuple[str, frozenset[str]]:
        session, account = await self._door.person(request)
        hosted = self._door.hosted[session.log]
        self._pace.admit(hosted, session)
        return session.log, scope_of(hosted.engine.world.state, account).topics


def _steps(asked: str | None) -> list[str] | None:
    """One or several, with commas between them."""
    if asked is None:
        return None
    steps = asked.split(",")
    if unknown := set(steps) - set(DispatchStep):
        raise Rejected(Code.BAD_ACTION, fields=["step"], unknown=sorted(unknown))
    return steps


def _row(row: OrderRow) -> dict[str, Any]:
    return {
        "order": msgspec.Raw(row.body.encode()),
        "incident": row.incident,
        "at": row.at,
        "over_at": row.over_at,
    }


def _totals(requests: list[RequestRow], orders: list[OrderRow], topics: frozenset[str]) -> list[KindTotals]:
    whole = "board" in topics
    return totals_of(
        [_request(row.body) for row in requests if whole or f"u:{row.unit}" in topics],
        [_order(row.body) for row in orders if not topics.isdisjoint(row.topics)],
    )
