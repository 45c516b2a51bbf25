"""One station's life: connect, hear, do what its mind expects, drop out, come back with the cursor.

Two tasks while connected: one hears, one does. A deed that was under way when the connection went is asked
again with the same action id, which the log answers with its first answer.
"""

import asyncio
import contextlib
import hashlib
import logging
from random import Random
from time import monotonic
from typing import Any

import aiohttp
import msgspec

from clients.drill import told
from clients.drill.agenda import Agenda, Mind
from clients.drill.link import Link, Lost, Refused
from clients.drill.network import ASKS_AGAIN, Network
from clients.drill.person import TEAM, Deed, Person
from clients.drill.seen import Matter, Seen

log = logging.getLogger(__name__)
LATE_MS = 3000  # later than this a report says when it was written
POSITION_SECONDS = (2.0, 5.0)
BACK_OFF = (0.5, 15.0)  # seconds, first and most

_welcome = msgspec.msgpack.Decoder(told.Welcome)
_reset = msgspec.msgpack.Decoder(told.Reset)
_entry = msgspec.msgpack.Decoder(told.Entry)
_head = msgspec.msgpack.Decoder(told.Head)
_cut = msgspec.msgpack.Decoder(told.Cut)


class Ended(Exception):
    """The server does not want this station back."""


class Station:
    """`live()` returns why it ended."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, token: str, who: Person, mind: Mind, network: Network
    ) -> None:
        self._http = http
        self._url = url
        self._token = token
        self._who = who
        self._network = network
        self._mind = mind
        self._agenda = Agenda(mind)
        self._seen = Seen(account=who.account, unit=who.unit)
        self._with_plans = who.post == "duty_commander"
        self._cursor: dict[str, Any] | None = None
        self._offset = 0.0  # server ms minus monotonic ms
        self._wake = asyncio.Event()
        self._planned: float = 0.0  # monotonic seconds of what the doer waits for
        self._jitter = Random(who.account)
        self.done = 0  # deeds answered

    def now(self) -> int:
        """Epoch ms of the server."""
        return round(monotonic() * 1000 + self._offset)

    async def live(self) -> str:
        wait = BACK_OFF[0]
        while True:
            try:
                link = await Link.open(self._http, self._url, self._auth())
                wait = BACK_OFF[0]
                await self._connected(link)
            except Refused as refusal:
                if not refusal.retry:
                    return refusal.code
                wait = max(wait, refusal.after)
            except Ended as ended:
                return str(ended)
            except Lost:
                pass
            away = self._network.gone_for() if self._network.bad else wait * self._jitter.uniform(0.5, 1.0)
            await asyncio.sleep(away)
            wait = min(wait * 2, BACK_OFF[1])

    def _auth(self) -> dict[str, Any]:
        return {"token": self._token, "device": self._who.device, "cursor": self._cursor}

    async def _connected(self, link: Link) -> None:
        """Until the connection ends: raises Lost or Ended."""
        doing = asyncio.create_task(self._do(link))
        try:
            while True:
                name, payload = await link.hear()
                self._heard(name, payload)
                if doing.done():
                    await doing
        finally:
            link.lose()
            doing.cancel()
            with contextlib.suppress(asyncio.CancelledError, Lost):
                await doing
            await link.close()

    # ── hearing ───────────────────────────────────────────────────────────────────────────────────

    def _heard(self, name: str, payload: msgspec.Raw) -> None:
        match name:
            case "entry":
                entry = _entry.decode(payload)
                touched: set[Matter] = set()
                for event_name, fields in entry.events:
                    event = told.decoded(event_name, fields)
                    if event is not None:
                        touched |= self._seen.apply(event, entry.at)
                if self._cursor is not None:
                    self._cursor |= {"seq": entry.seq, "mark": entry.mark}
                self._consider(touched)
            case "welcome":
                self._offset = _welcome.decode(payload).now - monotonic() * 1000
            case "reset":
                reset = _reset.decode(payload)
                place = {"epoch": reset.epoch, "seq": reset.seq, "scope": reset.scope}
                self._cursor = place | {"mark": reset.mark}
                self._agenda.clear()
                self._consider(self._seen.start(reset.view, self._with_plans))
            case "head":
                head = _head.decode(payload)
                self._offset = head.now - monotonic() * 1000
                if self._cursor is not None and head.seq > self._cursor["seq"]:
                    self._cursor |= {"seq": head.seq, "mark": head.mark}
            case "cut":
                cut = _cut.decode(payload)
                if not cut.retry:
                    raise Ended(cut.code)

    def _consider(self, touched: set[Matter]) -> None:
        if not touched:
            return
        self._agenda.reconsider(self._seen, touched, self.now())
        at = self._agenda.next_at()
        if at is not None and (at - self._offset) / 1000 < self._planned:
            self._wake.set()

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────

    async def _do(self, link: Link) -> None:
        """Deeds when they are due, positions of a team, the drop of a bad network. Raises Lost."""
        drop_in = self._network.next_drop()
        drop_at = None if drop_in is None else monotonic() + drop_in
        tell_at = monotonic() + 1.0 if self._who.post == TEAM else None
        while True:
            now = monotonic()
            if drop_at is not None and now >= drop_at:
                link.drop()
                return
            if tell_at is not None and now >= tell_at:
                await link.mention(self._mind.where(self._seen, self.now()))
                tell_at = now + self._jitter.uniform(*POSITION_SECONDS)
            if await self._do_next(link):
                continue
            due = self._agenda.next_at()
            times = [at for at in (drop_at, tell_at) if at is not None]
            if due is not None:
                times.append((due - self._offset) / 1000)
            self._planned = min(times, default=now + 3600.0)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._planned):  # the loop's clock is the monotonic one
                    await self._wake.wait()

    async def _do_next(self, link: Link) -> bool:
        taken = self._agenda.take(self._seen, self.now())
        if taken is None:
            return False
        matter, stage, deed = taken
        try:
            await self._ask(link, stage, deed)
        except Refused as refusal:
            if refusal.retry:
                await asyncio.sleep(max(refusal.after, 1.0))
                return True
            log.debug("%s: %s refused: %s", self._who.account, stage, refusal.code)
        self.done += 1
        self._agenda.finish(self._seen, matter, stage, self.now())
        return True

    async def _ask(self, link: Link, stage: str, deed: Deed) -> None:
        """Raises Refused, Lost."""
        do = deed.do
        if deed.noted and self.now() - deed.at > LATE_MS:
            do = {**do, "noted_at": deed.at}
        id = hashlib.sha1(f"{self._who.seed}/{self._who.account}/{stage}".encode(), usedforsecurity=False)
        await link.ask(id.hexdigest(), do)
        if self._network.swallows():
            await asyncio.sleep(ASKS_AGAIN)
            await link.ask(id.hexdigest(), do)
