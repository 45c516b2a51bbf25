"""Signing in and out, one's own password, who am I, and what an administrator does to secrets."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from server.domain.message import ActionId, Id, Line
from server.domain.people import Account, RequirePassword
from server.domain.refusal import Code, Rejected
from server.domain.units import is_under
from server.wire.answers import json_answer
from server.wire.http.door import Door, body
from server.wire.live import COOKIE
from server.wire.sign_in import Device, Session
from server.world.ask import Ask
from server.world.authorize import authorize

Password = Annotated[str, Meta(min_length=1, max_length=200)]


class Login(msgspec.Struct):
    login: Id
    password: Password
    log: Id | None = None
    device: Id = "browser"
    label: Line = ""
    want_token: bool = False  # for clients that keep it themselves; browsers use the cookie


class Change(msgspec.Struct):
    old: Password
    new: Password


class Given(msgspec.Struct):
    id: ActionId
    account: Id
    password: Password


class Signing:
    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/login", self.login),
            web.post("/api/logout", self.logout),
            web.post("/api/password", self.change),
            web.post("/api/accounts/password", self.give),
            web.get("/api/me", self.me),
            web.get("/api/accounts/{account}/sessions", self.sessions),
        ]

    async def login(self, request: web.Request) -> web.StreamResponse:
        door = self._door
        asked = await body(request, Login)
        log = asked.log or door.district
        device = Device(asked.device, asked.label or request.headers.get("User-Agent", "")[:200])
        token, account = await door.sign_in.login(
            log, asked.login, asked.password, device, door.remote(request)
        )
        return signed_in(door, request, log, account, token, asked.want_token)

    async def logout(self, request: web.Request) -> web.StreamResponse:
        session = await self._door.session(request)
        await self._door.sign_in.logout(session)
        self._door.hosted[session.log].cut_sessions(session.account, session.token_hash)
        response = json_answer({})
        response.del_cookie(COOKIE, path="/")
        return response

    async def change(self, request: web.Request) -> web.StreamResponse:
        session = await self._door.session(request)
        asked = await body(request, Change)
        action_id = f"password.{session.token_hash.hex()[:16]}.{await self._door.store.now()}"
        ended = await self._door.sign_in.change_password(session, asked.old, asked.new, action_id)
        for token_hash in ended:
            self._door.hosted[session.log].cut_sessions(session.account, token_hash)
        return json_answer({})

    async def give(self, request: web.Request) -> web.StreamResponse:
        """An administrator sets somebody's password; they must choose their own next."""
        session, who = await self._door.person(request)
        asked = await body(request, Given)
        engine = self._door.hosted[session.log].engine
        action = RequirePassword(account=asked.account)
        authorize(engine.world.state, action, Ask(asked.id, who, engine.now()))
        account = engine.world.state.accounts[asked.account]
        await self._door.sign_in.set_password(session.log, account, asked.password)
        done = await engine.ask(asked.id, who.id, action)
        await self._door.store.sessions.revoke_account(session.log, account.id)
        return json_answer({"seq": done.seq, "at": done.at})

    async def me(self, request: web.Request) -> web.StreamResponse:
        session = await self._door.session(request)
        return json_answer(identity(self._door, session.log, self._door.sign_in.account(session)))

    async def sessions(self, request: web.Request) -> web.StreamResponse:
        """Where an account is signed in: one's own, or anybody's for those who administer them."""
        session, who = await self._door.person(request)
        target = request.match_info["account"]
        if target != who.id:
            engine = self._door.hosted[session.log].engine
            authorize(engine.world.state, RequirePassword(account=target), Ask("", who, engine.now()))
        rows = await self._door.store.sessions.of_account(session.log, target)
        return json_answer(
            {
                "sessions": [
                    {
                        "device": row.device,
                        "label": row.label,
                        "since": row.created_at,
                        "seen": row.seen_at,
                        "this": row.token_hash == session.token_hash,
                    }
                    for row in rows
                ]
            }
        )


def identity(door: Door, log: str, account: Account) -> dict[str, object]:
    """What a client needs to know of itself before its view arrives."""
    state = door.hosted[log].engine.world.state
    unit = state.units.get(account.unit)
    return {
        "log": log,
        "account": account.id,
        "name": account.name,
        "unit": account.unit,
        "unit_name": unit.name if unit else "",
        "post": account.post.value,
        "password_due": account.password_due,
        "exercise": state.exercise,
    }


def signed_in(
    door: Door, request: web.Request, log: str, account: Account, token: str, want_token: bool
) -> web.Response:
    """The answer to a successful sign-in, with the cookie."""
    told = identity(door, log, account)
    if want_token:
        told["token"] = token
    response = json_answer(told)
    response.set_cookie(
        COOKIE,
        token,
        max_age=door.settings.session_days * 86_400,
        httponly=True,
        samesite="Strict",
        secure=door.secure(request),
        path="/",
    )
    return response


def reach(door: Door, session: Session, account: Account, unit: str) -> None:
    """Refuse a unit that is not the account's own or below it."""
    units = door.hosted[session.log].engine.world.state.units
    if unit not in units:
        raise Rejected(Code.UNKNOWN_UNIT, unit=unit)
    if not is_under(units, unit, account.unit):
        raise Rejected(Code.OUT_OF_REACH, unit=unit)
