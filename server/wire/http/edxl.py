"""EDXL-RM over HTTP: what happened to a request or an order, as messages; one that came in, as the
actions of who brought it."""

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
from aiohttp import web

from resources.actions import RecallOrder
from resources.interchange.answering import Answering, actions_for
from resources.interchange.edxl_rm import BYTES_AT_MOST, BadMessage, Message, read, write
from resources.interchange.lifecycle import of_order, of_request
from resources.state import Board, DispatchOrder, ResourceRequest
from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.engine.engine import Engine
from server.wire.answers import json_answer
from server.wire.http.board import seen_board
from server.wire.http.door import Door
from server.wire.http.pace import Pace
from server.wire.sign_in import Session
from server.world.scope import scope_of

MESSAGES = "{urn:pingji:edxl-messages}messages"
_order = msgspec.json.Decoder(DispatchOrder).decode
_request = msgspec.json.Decoder(ResourceRequest).decode


class Edxl:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self._pace = pace

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/dispatches/{order}/edxl.xml", self.order),
            web.get("/api/requests/{request}/edxl.xml", self.request),
            web.post("/api/edxl", self.bring),
        ]

    async def order(self, request: web.Request) -> web.StreamResponse:
        """All its messages so far, in one wrapping element; `message`: one of them, a document of its own."""
        session, account, engine = await self._asker(request)
        board, order = await self._order(session, account, engine, request.match_info["order"])
        messages = of_order(board, order, _names(engine))
        wanted = request.query.get("message")
        if wanted is None:
            return _xml(_together(messages))
        found = next((message for message in messages if message.id == wanted), None)
        if found is None:
            raise Rejected(Code.NOT_FOUND)
        return _xml(write(found))

    async def request(self, request: web.Request) -> web.StreamResponse:
        """The request as it is now: asked, updated or cancelled."""
        session, account, engine = await self._asker(request)
        id = request.match_info["request"]
        found = seen_board(engine.world.state, account).requests.get(id)
        if found is None:
            row = await self._door.store.dispatches.find_request(session.log, id)
            topics = scope_of(engine.world.state, account).topics
            if row is None or topics.isdisjoint(("board", f"u:{row.unit}")):
                raise Rejected(Code.UNKNOWN_REQUEST, request=id)
            found = _request(row.body)
        kind = engine.world.state.board.kinds.get(found.need.kind)
        sent = found.at if found.over_at is None else found.over_at
        return _xml(write(of_request(found, kind.measure if kind else "", _names(engine), sent)))

    async def bring(self, request: web.Request) -> web.StreamResponse:
        """One message. What it asks for is decided as if the caller had asked it; all of it or nothing."""
        session, account, engine = await self._asker(request)
        document = await _bytes(request)
        try:
            message = await asyncio.to_thread(read, document)
            asked = actions_for(message, engine.world.state.board)
        except BadMessage as bad:
            raise Rejected(Code.BAD_MESSAGE, faults=list(bad.faults[:20])) from None
        if len(asked) > 1:
            for each in _fresh(asked, engine.world.state.board):
                await engine.preview(each.id, account.id, each.action)
        with self._pace.waiting(session):
            done = [await _done(engine, account, each) for each in asked]
        return json_answer({"message": message.id, **done[-1], "done": done})

    async def _order(
        self, session: Session, account: Account, engine: Engine, id: str
    ) -> tuple[Board, DispatchOrder]:
        """An order, and a board with the request it is for. Raises Rejected."""
        await engine.at_rest()
        state = engine.world.state
        found = seen_board(state, account).orders.get(id)
        if found is not None:
            return state.board, found
        kept = await self._door.store.dispatches.find(session.log, id)
        if kept is None or scope_of(state, account).topics.isdisjoint(kept[0].topics):
            raise Rejected(Code.UNKNOWN_ORDER, order=id)
        row, asked = kept
        requests = {asked.request: _request(asked.body)} if asked else {}
        return Board(requests=requests), _order(row.body)

    async def _asker(self, request: web.Request) -> tuple[Session, Account, Engine]:
        session, account = await self._door.person(request)
        hosted = self._door.hosted[session.log]
        self._pace.admit(hosted, session)
        return session, account, hosted.engine


def _fresh(asked: list[Answering], board: Board) -> list[Answering]:
    """Without recalls that are so already: recalling twice is refused, a message twice is not."""
    recalled = {order.id for order in board.orders.values() if order.recalled}
    return [each for each in asked if not (isinstance(each.action, RecallOrder) and each.about in recalled)]


async def _done(engine: Engine, account: Account, asked: Answering) -> dict[str, Any]:
    done = await engine.ask(asked.id, account.id, asked.action)
    return {"action": type(asked.action).__name__, "about": asked.about, "seq": done.seq, "at": done.at}


async def _bytes(request: web.Request) -> bytes:
    data = bytearray()
    async for piece in request.content.iter_chunked(64 * 1024):
        data += piece
        if len(data) > BYTES_AT_MOST:
            raise Rejected(Code.TOO_LARGE, most=BYTES_AT_MOST)
    return bytes(data)


def _names(engine: Engine) -> dict[str, str]:
    return {code: unit.name for code, unit in engine.world.state.units.items()}


def _together(messages: list[Message]) -> bytes:
    root = ET.Element(MESSAGES)
    root.extend(ET.fromstring(write(message)) for message in messages)
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _xml(document: bytes) -> web.Response:
    headers = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "private, no-store"}
    return web.Response(body=document, headers=headers)
