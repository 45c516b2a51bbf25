"""Webhooks of a log, and the queue of what they are still to be told.

An event is queued in the transaction that moves the follower's cursor, and only above the cursor that is
stored: it is queued once, whatever nodes repeat. It leaves the queue when it was answered. Who sends it
claims it for a while first, so that two nodes do not send it at once; a node that dies leaves a claim that
runs out.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from server.store.cursors import advance
from server.store.database import Database
from server.store.tables import cursors, webhook_queue, webhooks

EVENTS_AT_ONCE = 50  # looked up for sending
BACKLOG_AT_MOST = 10_000  # events kept for one webhook that is paused or does not answer: the newest


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    url: str
    secret: str
    events: tuple[str, ...]  # names; none: all
    active: bool
    from_seq: int  # it is told what comes after this entry
    created_at: int
    created_by: str
    last_at: int | None = None
    last_status: int | None = None
    last_error: str = ""


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one webhook."""

    webhook: str
    seq: int
    n: int
    event: str
    about: str  # the order: events of one order are told in their order
    body: str
    queued_at: int
    tries: int = 0
    next_at: int = 0


class Tally(msgspec.Struct, frozen=True):
    waiting: int
    dead: int


_HOOK = tuple(webhooks.c[name] for name in Webhook.__struct_fields__)
_QUEUED = tuple(webhook_queue.c[name] for name in Queued.__struct_fields__)


class Webhooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    # ── the list ──────────────────────────────────────────────────────────────────────────────────

    async def all(self, log: str) -> list[Webhook]:
        wanted = select(*_HOOK).where(webhooks.c.log == log).order_by(webhooks.c.created_at, webhooks.c.id)
        return await self._database.read(lambda connection: [_hook(r) for r in connection.execute(wanted)])

    async def find(self, log: str, id: str) -> Webhook | None:
        wanted = select(*_HOOK).where(webhooks.c.log == log, webhooks.c.id == id)

        def read(connection: Connection) -> Webhook | None:
            row = connection.execute(wanted).one_or_none()
            return None if row is None else _hook(row)

        return await self._database.read(read)

    async def add(self, log: str, hook: Webhook) -> None:
        row = insert(webhooks).values(log=log, **_stored(hook))
        await self._database.write(lambda connection: connection.execute(row))

    async def change(self, log: str, hook: Webhook) -> None:
        """Its address, secret, events, whether it is active, and from where on."""
        stored = _stored(hook)
        values = {name: stored[name] for name in ("url", "secret", "events", "active", "from_seq")}
        row = update(webhooks).where(webhooks.c.log == log, webhooks.c.id == hook.id).values(values)
        await self._database.write(lambda connection: connection.execute(row))

    async def remove(self, log: str, id: str) -> bool:
        """With all that it was still to be told. Whether it was there."""

        def work(connection: Connection) -> bool:
            mine = (webhook_queue.c.log == log, webhook_queue.c.webhook == id)
            connection.execute(delete(webhook_queue).where(*mine))
            gone = delete(webhooks).where(webhooks.c.log == log, webhooks.c.id == id)
            return connection.execute(gone).rowcount > 0

        return await self._database.write(work)

    async def tallies(self, log: str) -> dict[str, Tally]:
        dead = func.sum(webhook_queue.c.dead)
        wanted = (
            select(webhook_queue.c.webhook, func.count(), dead)
            .where(webhook_queue.c.log == log)
            .group_by(webhook_queue.c.webhook)
        )

        def read(connection: Connection) -> dict[str, Tally]:
            rows = connection.execute(wanted)
            return {id: Tally(int(count) - int(dead), int(dead)) for id, count, dead in rows}

        return await self._database.read(read)

    # ── the queue ─────────────────────────────────────────────────────────────────────────────────

    async def queue(self, log: str, follower: str, upto: int, events: Sequence[Queued]) -> None:
        """Those above the stored cursor; and move it."""
        stored = (
            select(cursors.c.seq)
            .where(cursors.c.log == log, cursors.c.follower == follower)
            .with_for_update()
        )

        def work(connection: Connection) -> None:
            before = connection.execute(stored).scalar_one_or_none() or 0
            rows = [
                {"log": log, "dead": 0, **msgspec.structs.asdict(event)}
                for event in events
                if event.seq > before
            ]
            if rows:
                connection.execute(self._database.insert(webhook_queue).on_conflict_do_nothing(), rows)
                for webhook in {str(row["webhook"]) for row in rows}:
                    _trim(connection, log, webhook)
            advance(self._database, connection, log, follower, upto)

        await self._database.write(work)

    async def resume(self, log: str, webhook: str, now: int) -> None:
        """A webhook is active again: what waited for it is due, and as patient as what comes now."""
        mine = (webhook_queue.c.log == log, webhook_queue.c.webhook == webhook, webhook_queue.c.dead == 0)
        change = update(webhook_queue).where(*mine).values(queued_at=now, next_at=now)
        await self._database.write(lambda connection: connection.execute(change))

    async def due(self, log: str, webhook: str, now: int) -> list[Queued]:
        """What it may be told now, oldest first: of each order only what is next."""
        earlier = webhook_queue.alias("earlier")
        behind = (
            select(earlier.c.seq)
            .where(
                earlier.c.log == log,
                earlier.c.dead == 0,
                earlier.c.webhook == webhook_queue.c.webhook,
                earlier.c.about == webhook_queue.c.about,
                (earlier.c.seq < webhook_queue.c.seq)
                | ((earlier.c.seq == webhook_queue.c.seq) & (earlier.c.n < webhook_queue.c.n)),
            )
            .exists()
        )
        wanted = (
            select(*_QUEUED)
            .where(
                webhook_queue.c.log == log,
                webhook_queue.c.webhook == webhook,
                webhook_queue.c.dead == 0,
                webhook_queue.c.next_at <= now,
                ~behind,
            )
            .order_by(webhook_queue.c.seq, webhook_queue.c.n)
            .limit(EVENTS_AT_ONCE)
        )
        return await self._database.read(
            lambda connection: [Queued(**row._mapping) for row in connection.execute(wanted)]
        )

    async def claim(self, log: str, event: Queued, until: int) -> bool:
        """Whether it is ours to send until then: nobody else has claimed it since it was looked up."""
        seen = (webhook_queue.c.tries == event.tries, webhook_queue.c.next_at == event.next_at)
        values = {"tries": event.tries + 1, "next_at": until}
        mine = update(webhook_queue).where(*_one(log, event), *seen).values(values)
        return await self._database.write(lambda connection: connection.execute(mine).rowcount == 1)

    async def told(self, log: str, event: Queued, at: int, status: int) -> None:
        """It was answered well: it leaves the queue."""

        def work(connection: Connection) -> None:
            connection.execute(delete(webhook_queue).where(*_one(log, event)))
            self._note(connection, log, event.webhook, at, status, "")

        await self._database.write(work)

    async def failed(
        self, log: str, event: Queued, at: int, status: int | None, error: str, next_at: int | None
    ) -> None:
        """Again at `next_at`; None: never again, unless somebody asks for it."""
        values = {"dead": 1} if next_at is None else {"next_at": next_at}

        def work(connection: Connection) -> None:
            connection.execute(update(webhook_queue).where(*_one(log, event)).values(values))
            self._note(connection, log, event.webhook, at, status, error)

        await self._database.write(work)

    async def again(self, log: str, id: str, now: int) -> int:
        """What was given up is tried again, from the beginning; how many."""
        dead = (webhook_queue.c.log == log, webhook_queue.c.webhook == id, webhook_queue.c.dead == 1)
        values = {"dead": 0, "tries": 0, "next_at": now, "queued_at": now}
        change = update(webhook_queue).where(*dead).values(values)
        return await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def purge(self, before: int) -> None:
        """What was given up and queued before then."""
        old = (webhook_queue.c.dead == 1, webhook_queue.c.queued_at < before)
        await self._database.write(lambda connection: connection.execute(delete(webhook_queue).where(*old)))

    async def note(self, log: str, id: str, at: int, status: int | None, error: str) -> None:
        """How it answered last."""
        await self._database.write(lambda connection: self._note(connection, log, id, at, status, error))

    def _note(
        self, connection: Connection, log: str, id: str, at: int, status: int | None, error: str
    ) -> None:
        values = {"last_at": at, "last_status": status, "last_error": error[:300]}
        connection.execute(update(webhooks).where(webhooks.c.log == log, webhooks.c.id == id).values(values))


def _trim(connection: Connection, log: str, webhook: str) -> None:
    """The oldest go: each event carries the whole order, so the newest say where everything stands."""
    mine = (webhook_queue.c.log == log, webhook_queue.c.webhook == webhook)
    beyond = (
        select(webhook_queue.c.seq)
        .where(*mine)
        .order_by(webhook_queue.c.seq.desc())
        .offset(BACKLOG_AT_MOST)
        .limit(1)
    )
    last = connection.execute(beyond).scalar_one_or_none()
    if last is not None:
        connection.execute(delete(webhook_queue).where(*mine, webhook_queue.c.seq <= last))


def _one(log: str, event: Queued) -> tuple[Any, ...]:
    table = webhook_queue.c
    return (table.log == log, table.webhook == event.webhook, table.seq == event.seq, table.n == event.n)


def _stored(hook: Webhook) -> dict[str, Any]:
    fields = msgspec.structs.asdict(hook)
    return fields | {"events": "\n".join(hook.events), "active": int(hook.active)}


def _hook(row: Row[Any]) -> Webhook:
    fields = dict(row._mapping)
    fields["events"] = tuple(part for part in fields["events"].split("\n") if part)
    return Webhook(**fields | {"active": bool(fields["active"])})
