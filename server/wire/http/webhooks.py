"""Webhooks, by administrators: which systems are told of dispatch orders, and how that goes.

Only of the district's own log: an exercise has none, and nothing of one is ever sent (`server.webhooks`).
"""

import logging
import secrets
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from resources.events import OfOrder
from server.domain.house import NoteWebhook, WebhookChange
from server.domain.people import Account, Post
from server.domain.refusal import Code, Rejected
from server.store.webhooks import Tally, Webhook
from server.wire.answers import json_answer
from server.wire.caller import Caller, checked
from server.wire.http.door import Door, body
from server.wire.http.pace import Pace
from server.world.registry import EVENTS

log = logging.getLogger(__name__)
WEBHOOKS_AT_MOST = 20
# about orders, whether they carry its id or the whole of it
NAMES = frozenset(
    name
    for name, event in EVENTS.items()
    if issubclass(event, OfOrder) or name in ("OrderDrafted", "CarrierNamed", "OrderRedirected")
) - {"OrderArchived"}
Secret = Annotated[str, Meta(min_length=16, max_length=200, pattern=r"^[!-~]+\Z")]
Events = Annotated[list[str], Meta(max_length=60)]


class New(msgspec.Struct, forbid_unknown_fields=True):
    """Without `events`: all of them; without `secret`: one is made."""

    url: str
    events: Events = []
    secret: Secret = ""
    active: bool = True


class Changed(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. `secret` "new": one is made."""

    url: str | None = None
    events: Events | None = None
    secret: Annotated[str, Meta(pattern=r"^(new|[!-~]{16,200})\Z")] | None = None
    active: bool | None = None


class Webhooks:
    def __init__(self, door: Door, pace: Pace, caller: Caller) -> None:
        self._door = door
        self._pace = pace
        self._caller = caller

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/webhooks", self.all),
            web.post("/api/webhooks", self.add),
            web.patch("/api/webhooks/{id}", self.change),
            web.delete("/api/webhooks/{id}", self.remove),
            web.post("/api/webhooks/{id}/test", self.test),
            web.post("/api/webhooks/{id}/again", self.again),
        ]

    async def all(self, request: web.Request) -> web.StreamResponse:
        log_name, _ = await self._allowed(request)
        store = self._door.store.webhooks
        tallies = await store.tallies(log_name)
        hooks = [_told(hook, tallies.get(hook.id)) for hook in await store.all(log_name)]
        return json_answer({"webhooks": hooks, "events": sorted(NAMES)})

    async def add(self, request: web.Request) -> web.StreamResponse:
        """The answer has the secret, this once."""
        log_name, account = await self._allowed(request)
        asked = await body(request, New)
        if len(await self._door.store.webhooks.all(log_name)) >= WEBHOOKS_AT_MOST:
            raise Rejected(Code.TOO_LARGE, most=WEBHOOKS_AT_MOST)
        hook = Webhook(
            id=secrets.token_hex(8),
            url=checked(asked.url),
            secret=asked.secret or secrets.token_urlsafe(32),
            events=_known(asked.events),
            active=asked.active,
            from_seq=self._door.hosted[log_name].engine.seq,
            created_at=await self._door.store.now(),
            created_by=account.id,
        )
        await self._note(log_name, account, hook, WebhookChange.ADDED)
        await self._door.store.webhooks.add(log_name, hook)
        log.warning("%s has added the webhook %s", account.id, hook.id)
        return json_answer({**_told(hook, None), "secret": hook.secret}, status=201)

    async def change(self, request: web.Request) -> web.StreamResponse:
        log_name, account = await self._allowed(request)
        hook = await self._found(log_name, request)
        asked = await body(request, Changed)
        secret = secrets.token_urlsafe(32) if asked.secret == "new" else asked.secret  # noqa: S105 (a word)
        after = msgspec.structs.replace(
            hook,
            url=hook.url if asked.url is None else checked(asked.url),
            events=hook.events if asked.events is None else _known(asked.events),
            secret=secret or hook.secret,
            active=hook.active if asked.active is None else asked.active,
        )
        await self._note(log_name, account, after, WebhookChange.CHANGED, renewed=bool(secret))
        await self._door.store.webhooks.change(log_name, after)
        if after.active and not hook.active:
            await self._door.store.webhooks.resume(log_name, after.id, await self._door.store.now())
        log.warning("%s has changed the webhook %s", account.id, after.id)
        tallies = await self._door.store.webhooks.tallies(log_name)
        told = _told(after, tallies.get(after.id))
        return json_answer({**told, "secret": secret} if secret else told)

    async def remove(self, request: web.Request) -> web.StreamResponse:
        log_name, account = await self._allowed(request)
        hook = await self._found(log_name, request)
        await self._note(log_name, account, hook, WebhookChange.REMOVED)
        await self._door.store.webhooks.remove(log_name, hook.id)
        log.warning("%s has removed the webhook %s", account.id, hook.id)
        return json_answer({})

    async def test(self, request: web.Request) -> web.StreamResponse:
        """Call it now with an event that says nothing: `{status, error}`."""
        log_name, _ = await self._allowed(request)
        hook = await self._found(log_name, request)
        now = await self._door.store.now()
        said = msgspec.json.encode({"id": f"test.{now}", "log": log_name, "at": now, "type": "Test"})
        done = await self._caller.call(hook.url, hook.secret, "Test", f"test.{now}", said, now)
        await self._door.store.webhooks.note(log_name, hook.id, now, done.status, done.error)
        return json_answer(done)

    async def again(self, request: web.Request) -> web.StreamResponse:
        """What was given up is tried again: `{waiting}`."""
        log_name, _ = await self._allowed(request)
        hook = await self._found(log_name, request)
        many = await self._door.store.webhooks.again(log_name, hook.id, await self._door.store.now())
        return json_answer({"waiting": many})

    async def _note(
        self, log_name: str, who: Account, hook: Webhook, change: WebhookChange, *, renewed: bool = False
    ) -> None:
        """In the journal, before it is done: who let what out, and where to, is known whatever follows."""
        noted = NoteWebhook(
            webhook=hook.id,
            by=who.id,
            change=change,
            url=hook.url,
            events=[*hook.events],
            active=hook.active,
            renewed=renewed,
        )
        engine = self._door.hosted[log_name].engine
        await engine.ask(f"webhook.{secrets.token_hex(12)}", None, noted)

    async def _found(self, log_name: str, request: web.Request) -> Webhook:
        found = await self._door.store.webhooks.find(log_name, request.match_info["id"])
        if found is None:
            raise Rejected(Code.UNKNOWN_WEBHOOK, webhook=request.match_info["id"])
        return found

    async def _allowed(self, request: web.Request) -> tuple[str, Account]:
        """Administrators, in the district's own log."""
        session, account = await self._door.person(request)
        self._pace.admit(self._door.hosted[session.log], session)
        if account.post is not Post.ADMINISTRATOR or session.log != self._door.district:
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        return session.log, account


def _known(names: list[str]) -> tuple[str, ...]:
    if strange := sorted(set(names) - NAMES):
        raise Rejected(Code.BAD_ACTION, fields=["events"], unknown=strange[:10])
    return tuple(dict.fromkeys(names))


def _told(hook: Webhook, tally: Tally | None) -> dict[str, Any]:
    """The secret by its end alone: enough to see which it is."""
    return {
        "id": hook.id,
        "url": hook.url,
        "secret": f"…{hook.secret[-4:]}",
        "events": hook.events,
        "active": hook.active,
        "created_at": hook.created_at,
        "created_by": hook.created_by,
        "last": {"at": hook.last_at, "status": hook.last_status, "error": hook.last_error},
        "waiting": tally.waiting if tally else 0,
        "dead": tally.dead if tally else 0,
    }
