"""`POST /api/sourcing`: a proposal of which stock goes where, for the person who is about to confirm it.

The board is read at rest, in one go; then it is computed in a thread, while the log goes on. What is
confirmed of it is an ordinary action on the board of that moment. Only stock is proposed that the caller may
dispatch: of their own unit and those below it.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from resources.sourcing.proposal import Other, Proposal, ProposedLine, Reason
from resources.sourcing.propose import propose_for
from resources.sourcing.reading import OpenNeed, Supply, open_needs, supply
from resources.state import Board, NeedPriority, RequestStep
from server.domain.authority import DESKS
from server.domain.message import Id, Position, UnitCode
from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.domain.units import is_under
from server.wire.answers import json_answer
from server.wire.http.board import seen_board
from server.wire.http.door import Door, body
from server.wire.http.pace import Pace
from server.world.state import State

REQUESTS_AT_MOST = 500
WAITING_AT_MOST = 16  # proposals are computed one after another


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """`requests`: these, without: all that are open; or what a plan holds ready. `reserve` false: what owners
    keep as their minimum may go too."""

    requests: Annotated[list[Id], Meta(max_length=REQUESTS_AT_MOST)] | None = None
    plan: Id | None = None
    incident: Id | None = None
    reserve: bool = True


class Told(msgspec.Struct, frozen=True):
    code: str
    params: dict[str, Any]


class Named(msgspec.Struct, frozen=True):
    """What the board says of a resource, kept while it is computed: the log goes on."""

    name: str
    measure: str
    ready_in: int
    expires_at: int | None
    minimum: int


class Sourcing:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self._pace = pace
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sourcing")
        self._waiting = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/sourcing", self.propose)]

    async def close(self, app: web.Application) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def propose(self, request: web.Request) -> web.StreamResponse:
        session, account = await self._door.person(request)
        if account.post not in DESKS:
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        engine = self._door.hosted[session.log].engine
        self._pace.admit(self._door.hosted[session.log], session)
        asked = await body(request, Asked)
        if self._waiting >= WAITING_AT_MOST:
            raise Rejected(Code.TOO_MANY_PENDING, after=2000)
        await engine.at_rest()
        # from here on without an await, until everything is read
        state, now, seq, began = engine.world.state, engine.now(), engine.seq, perf_counter()
        needs = _needs(state, account, asked, now)
        there = _supply(state, account, asked, now)
        known = _named(state.board, there)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            proposal = await loop.run_in_executor(self._thread, propose_for, needs, there, now)
        finally:
            self._waiting -= 1
        told = [_told(need, proposal, known) for need in needs]
        answered = {need.request for need in needs}
        told += [_nothing(id) for id in asked.requests or () if id not in answered]
        return json_answer({"proposals": told, "seq": seq, "ms": round((perf_counter() - began) * 1000)})


def _positions(state: State) -> dict[UnitCode, Position]:
    return {
        code: Position(lon=unit.lon, lat=unit.lat)
        for code, unit in state.units.items()
        if unit.lon is not None and unit.lat is not None
    }


def _needs(state: State, account: Account, asked: Asked, now: int) -> list[OpenNeed]:
    """By priority. Raises Rejected for a request that the caller does not see or that is not open."""
    positions = _positions(state)
    if asked.plan is not None:
        return _planned(state, account, asked, positions)
    seen = seen_board(state, account)
    if asked.requests is not None:
        for id in asked.requests:
            request = seen.requests.get(id)
            if request is None:
                raise Rejected(Code.UNKNOWN_REQUEST, request=id)
            if request.step is not RequestStep.OPEN:
                raise Rejected(Code.WRONG_STEP, request=id, step=request.step.value)
    return open_needs(seen, positions, None if asked.requests is None else set(asked.requests))


def _planned(
    state: State, account: Account, asked: Asked, positions: Mapping[UnitCode, Position]
) -> list[OpenNeed]:
    """What the plan would ask for at the switch, at the place of the emergency, else of the caller's unit."""
    plan = state.plans.get(asked.plan or "")
    if plan is None or plan.retired:
        raise Rejected(Code.UNKNOWN_PLAN, plan=asked.plan)
    scope = account.unit
    if asked.incident is not None:
        scopes = [a.scope for a in state.activations.values() if a.incident == asked.incident]
        if asked.incident not in state.incidents:
            raise Rejected(Code.UNKNOWN_INCIDENT, incident=asked.incident)
        scope = scopes[0] if scopes else scope
    return [
        OpenNeed(
            request=f"n{number}",
            kind=wanted.kind,
            quantity=wanted.quantity,
            priority=NeedPriority.URGENT,
            position=positions.get(scope),
            by_when=None,
            substitutes=(),
        )
        for number, wanted in enumerate(plan.resources, 1)
        if wanted.quantity > 0
    ]


def _supply(state: State, account: Account, asked: Asked, now: int) -> Supply:
    mine = {code for code in state.units if is_under(state.units, code, account.unit)}
    found = supply(state.board, _positions(state), now, mine)
    return found if asked.reserve else msgspec.structs.replace(found, minimum={})


def _named(board: Board, there: Supply) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for site in there.sites:
        for lot in site.lots:
            facts = board.resources[lot.resource].facts
            measure = board.kinds[facts.kind].measure
            minimum = there.minimum.get(site.pool, 0)
            found[lot.resource] = Named(facts.name, measure, facts.ready_in, facts.expires_at, minimum)
    return found


def _nothing(request: str) -> dict[str, Any]:
    """All of it is promised already."""
    return {"request": request, "lines": [], "others": [], "short": 0, "shortfall": []}


def _told(need: OpenNeed, proposal: Proposal, known: Mapping[str, Named]) -> dict[str, Any]:
    lines = [line for line in proposal.lines if line.request == need.request]
    short = next((s for s in proposal.shortfalls if s.request == need.request), None)
    others = proposal.others.get(need.request, [])
    return {
        "request": need.request,
        "kind": need.kind,
        "quantity": need.quantity,
        "lines": [
            {
                "resource": line.resource,
                "owner": line.owner,
                "kind": line.kind,
                "name": known[line.resource].name,
                "measure": known[line.resource].measure,
                "quantity": line.quantity,
                "distance_m": _metres(line),
                "arrival": line.arrives_at,
                "reasons": [_reason(reason, line, need, known[line.resource]) for reason in line.reasons],
                "others": [_other(o, known) for o in others if o.resource != line.resource],
            }
            for line in lines
        ],
        "others": [_other(o, known) for o in others],
        "short": short.quantity if short else 0,
        "shortfall": [Told(c.cause.value, {"quantity": c.quantity}) for c in short.causes] if short else [],
    }


def _other(other: Other, known: Mapping[str, Named]) -> dict[str, Any]:
    return {
        "resource": other.resource,
        "owner": other.owner,
        "kind": other.kind,
        "name": known[other.resource].name,
        "free": other.free,
        "distance_m": _metres(other),
        "arrival": other.arrives_at,
    }


def _metres(way: ProposedLine | Other) -> int | None:
    return None if way.km is None else round(way.km * 1000)


def _reason(reason: Reason, line: ProposedLine, need: OpenNeed, of: Named) -> Told:
    params: dict[str, Any] = {}
    match reason:
        case Reason.SUBSTITUTE:
            params = {"kind": need.kind}
        case Reason.PREPARING:
            params = {"minutes": of.ready_in}
        case Reason.EXPIRES_FIRST:
            params = {"expires_at": of.expires_at}
        case Reason.BREAKS_RESERVE | Reason.KEEPS_RESERVE:
            params = {"minimum": of.minimum}
        case Reason.LATE:
            params = {"minutes": (line.arrives_at - (need.by_when or 0)) // 60_000}
        case _:
            pass
    return Told(reason.value, params)
