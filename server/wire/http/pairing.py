"""A phone joins a field team: the team's station shows a code as QR, the phone claims it once."""

import hashlib
import io
import secrets
from typing import Annotated

import msgspec
import segno
from aiohttp import web
from msgspec import Meta

from server.domain.message import Id, Name, Phone, UnitCode
from server.domain.people import JoinTeam, Post
from server.domain.refusal import Code, Rejected
from server.domain.units import UnitKind
from server.wire.answers import json_answer
from server.wire.http.door import Door, body
from server.wire.http.signing import reach, signed_in
from server.wire.sign_in import Device

LASTS_MS = 15 * 60_000
SHOWERS = frozenset(
    {Post.DUTY_COMMANDER, Post.DEPARTMENT_DESK, Post.TOWN_DESK, Post.VILLAGE_DESK, Post.ADMINISTRATOR}
)


class Show(msgspec.Struct):
    unit: UnitCode


class Claim(msgspec.Struct):
    code: Annotated[str, Meta(max_length=64)]
    name: Name
    phone: Phone
    device: Id
    want_token: bool = False


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


class Pairing:
    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/pairings", self.show), web.post("/api/pairings/claim", self.claim)]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """A fresh code for a team below one's own unit, with its QR as SVG."""
        session, account = await self._door.person(request)
        asked = await body(request, Show)
        if account.post not in SHOWERS:
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        reach(self._door, session, account, asked.unit)
        unit = self._door.hosted[session.log].engine.world.state.units[asked.unit]
        if unit.kind is not UnitKind.TEAM or not unit.active:
            raise Rejected(Code.BAD_PLACE_IN_TREE, unit=unit.code)
        code = secrets.token_urlsafe(12)
        now = await self._door.store.now()
        await self._door.store.pairings.create(
            _hash(code), session.log, unit.code, account.id, now, now + LASTS_MS
        )
        scheme = "https" if self._door.secure(request) else "http"
        link = f"{scheme}://{request.host}/join#{code}"
        drawn = io.BytesIO()
        segno.make(link, error="m").save(drawn, kind="svg", scale=8, border=2, xmldecl=False, svgns=True)
        return json_answer(
            {"code": code, "expires": now + LASTS_MS, "link": link, "qr": drawn.getvalue().decode()}
        )

    async def claim(self, request: web.Request) -> web.StreamResponse:
        """The phone's holder gives a name; an account of the team is opened and signed in.

        The code is used up last: a claim that the journal could not take may be made again."""
        asked = await body(request, Claim)
        store = self._door.store
        now = await store.now()
        row = await store.pairings.find(_hash(asked.code), now)
        hosted = self._door.hosted.get(row.log) if row else None
        if row is None or hosted is None:
            raise Rejected(Code.BAD_PAIRING)
        id = f"phone.{row.code_hash.hex()[:24]}"
        joining = JoinTeam(account=id, unit=row.unit, name=asked.name, phone=asked.phone)
        await hosted.engine.ask(f"join.{secrets.token_hex(16)}", None, joining)
        if await store.pairings.claim(row.code_hash, now) is None:
            raise Rejected(Code.BAD_PAIRING)  # another phone was quicker
        # the name is that of the phone which has won, whoever came last before it
        await hosted.engine.ask(f"join.{secrets.token_hex(16)}", None, joining)
        account = hosted.engine.world.state.accounts[id]
        token = await self._door.sign_in.open_session(row.log, account, Device(asked.device, asked.name))
        return signed_in(self._door, request, row.log, account, token, asked.want_token)
