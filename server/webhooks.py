"""Other systems are told of dispatch orders: a follower queues what happened, a sender calls until it is
answered.

The queue is in the database, so it survives whatever ends the node. An event is told at least once: a
receiver knows one that comes again by `Pingji-Delivery`. Events of one order come in their order; another
order does not wait for them. What is not answered is tried again after 1 s, doubling up to ten minutes, and
an address that does not answer rests as long; after a day an event is given up, and seen as `dead` until
somebody asks for it again. For a webhook that is paused the newest `BACKLOG_AT_MOST` events wait until it is
active again.

Made for one log, the district's own: nothing of an exercise has a way to get here.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence

import msgspec

from server.engine.engine import Engine
from server.engine.follower import Follower
from server.engine.journal import JournalDown
from server.engine.published import Published
from server.store.store import Store
from server.store.webhooks import Queued, Webhook
from server.wire.caller import Caller
from server.wire.http.webhooks import NAMES
from server.world.registry import EVENTS, decode_event, name_of, names

log = logging.getLogger(__name__)
NAME = "webhooks"
SELDOM = 5_000  # entries without an order, until the cursor is moved all the same
LOOK_AGAIN = 1.0  # seconds, when nothing woke it
FIRST_WAIT_MS, LONGEST_WAIT_MS = 1_000, 600_000
CLAIM_MS = 5_000  # beyond the time that a call may take
DEAD_SHOWN_MS = 30 * 24 * 3600_000

_TELLS = names(EVENTS[name] for name in NAMES)
_pair = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw]).decode


class Calls:
    """The webhooks of a district. `start`, then `close`."""

    def __init__(self, store: Store, engine: Engine, caller: Caller, timeout: float, patience: float) -> None:
        self._store = store
        self._engine = engine
        self._log = engine.journal.log
        self._caller = caller
        self._claim_ms = int(timeout * 1000) + CLAIM_MS
        self._patience_ms = int(patience * 1000)
        self._quiet = 0
        self._woken = asyncio.Event()
        self._follower = Follower(NAME, engine, self._cursor, self._keep)
        self._sender: asyncio.Task[None] | None = None
        self._resting: dict[str, tuple[int, int]] = {}  # failures in a row, until when: by webhook
        self._calling: dict[
            str, asyncio.Task[None]
        ] = {}  # by webhook: a slow one is not the others' business

    def start(self) -> None:
        self._follower.start()
        self._sender = asyncio.create_task(self._send(), name=f"webhooks {self._log}")

    async def close(self) -> None:
        await self._follower.stop()
        tasks = [task for task in (self._sender, *self._calling.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ── following the log ─────────────────────────────────────────────────────────────────────────

    async def _cursor(self) -> int:
        """Begins at the end: a webhook is told what comes after it was made."""
        seq = await self._store.cursors.get(self._log, NAME)
        if seq == 0:
            seq = self._engine.seq
            await self._store.cursors.advance(self._log, NAME, seq)
        return seq

    async def _keep(self, entries: Sequence[Published]) -> None:
        said = [
            (entry, n, *_pair(packed))
            for entry in entries
            for n, packed in enumerate(entry.events)
            if name_of(packed) in _TELLS
        ]
        hooks = await self._store.webhooks.all(self._log) if said else []  # who is paused is told later
        now = await self._store.now() if hooks else 0
        queued = [
            each
            for entry, n, name, raw in said
            for each in self._queued(entry, n, name, raw, _for(hooks, entry.seq, name), now)
        ]
        self._quiet += len(entries)
        if said or self._quiet >= SELDOM:
            self._quiet = 0
            await self._store.webhooks.queue(self._log, NAME, entries[-1].seq, queued)
        if queued:
            self._woken.set()

    def _queued(
        self, entry: Published, n: int, name: str, raw: msgspec.Raw, hooks: list[Webhook], now: int
    ) -> list[Queued]:
        """What each of these is told. The order is as it is on the board now: it may be further already."""
        if not hooks:
            return []
        event = decode_event(name, raw)
        about = getattr(event, "order", "")
        id = about if isinstance(about, str) else about.id
        order = self._engine.world.state.board.orders.get(id)
        body = msgspec.json.encode(
            {
                "id": f"{self._log}.{entry.seq}.{n}",
                "log": self._log,
                "seq": entry.seq,
                "at": entry.at,
                "actor": entry.actor,
                "type": name,
                "event": event,
                "order": order,
            }
        ).decode()
        return [
            Queued(
                webhook=hook.id,
                seq=entry.seq,
                n=n,
                event=name,
                about=id,
                body=body,
                queued_at=now,
                next_at=now,
            )
            for hook in hooks
        ]

    # ── sending ───────────────────────────────────────────────────────────────────────────────────

    async def _send(self) -> None:
        while True:
            try:
                await self._look()
            except JournalDown as trouble:
                log.warning("webhooks wait: %s", trouble)
            except Exception:
                log.exception("webhooks of %s cannot be looked up", self._log)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._woken.wait()
            self._woken.clear()

    async def _look(self) -> None:
        """Give what is due to those who are not busy."""
        tallies = await self._store.webhooks.tallies(self._log)
        now = await self._store.now() if tallies else 0
        for id, tally in tallies.items():
            if id in self._calling or not tally.waiting or self._resting.get(id, (0, 0))[1] > now:
                continue
            if events := await self._store.webhooks.due(self._log, id, now):
                task = self._calling[id] = asyncio.create_task(self._tell(id, events), name=f"webhook {id}")
                task.add_done_callback(lambda _, id=id: self._calling.pop(id, None))  # type: ignore[misc]

    async def _tell(self, id: str, events: list[Queued]) -> None:
        """One after the other, until one is not answered: then the others of this address wait too."""
        try:
            for event in events:
                hook = await self._store.webhooks.find(self._log, id)
                if hook is None or not hook.active or not await self._told(hook, event):
                    return
            self._woken.set()  # there may be more
        except JournalDown as trouble:
            log.warning("webhook %s waits: %s", id, trouble)
        except Exception:
            log.exception("webhook %s failed", id)

    async def _told(self, hook: Webhook, event: Queued) -> bool:
        """Whether the address is well."""
        store, now = self._store.webhooks, await self._store.now()
        if not await store.claim(self._log, event, now + self._claim_ms):
            return True  # another node has it
        event = msgspec.structs.replace(event, tries=event.tries + 1)
        delivery = f"{self._log}.{event.seq}.{event.n}"
        done = await self._caller.call(hook.url, hook.secret, event.event, delivery, event.body.encode(), now)
        now = await self._store.now()
        if not done.error and done.status is not None:
            await store.told(self._log, event, now, done.status)
            self._resting.pop(hook.id, None)
            return True
        failures = self._resting.get(hook.id, (0, 0))[0] + 1
        self._resting[hook.id] = failures, now + wait_ms(failures, random.random())
        next_at: int | None = now + wait_ms(event.tries, random.random())
        if now - event.queued_at >= self._patience_ms:
            next_at = None
            log.error("webhook %s was not told %s of %s: %s", hook.id, event.event, event.about, done.error)
        await store.failed(self._log, event, now, done.status, done.error, next_at)
        return False


def wait_ms(tries: int, chance: float) -> int:
    """Until the next try, after so many; `chance` in [0, 1) keeps many that failed together apart."""
    longest = min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** min(tries - 1, 20))
    return int(longest * (0.75 + chance / 4))


def _for(hooks: list[Webhook], seq: int, name: str) -> list[Webhook]:
    return [hook for hook in hooks if seq > hook.from_seq and (not hook.events or name in hook.events)]
