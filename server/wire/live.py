"""The socket's side of the house: who comes in, what they missed, what they ask.

Coming in is one synchronous step after the engine is at rest: scope, what was missed, joining the
audience. Nothing can be published in between, so there is no gap and no doubling.
"""

import asyncio
import logging
from functools import partial
from time import monotonic

import msgspec
from aiohttp import web

from server.domain.message import Action, Id
from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.engine.inbox import Answer, Done
from server.engine.journal import JournalDown
from server.engine.published import Published
from server.settings import Settings
from server.wire.answers import MALFORMED, packed, packed_events, told
from server.wire.asked import asked
from server.wire.hosted import Hosted, Seat
from server.wire.presence import Presence
from server.wire.sign_in import Session, SignIn
from server.wire.signalling import Signalling
from server.wire.sockets import Connection, Handlers, Refused
from server.wire.sockets.rates import Bucket
from server.wire.warden import Warden
from server.world.registry import AnyAction
from server.world.scope import Scope, scope_of

log = logging.getLogger(__name__)
REPLAY_AT_MOST = 2_000  # entries; who is further behind gets a snapshot
ACCOUNT_RATE = 10  # times the rate of one connection
PENDING_AT_MOST = 64  # unanswered actions of one connection
COOKIE = "pingji_session"
DIFFERENT: list[Published] = []  # stands for: the entry at the cursor is not the one the client has seen


class Cursor(msgspec.Struct):
    epoch: str
    seq: int
    scope: str
    mark: str = ""  # of the entry `seq`; without it the history is taken to be the same


class Auth(msgspec.Struct):
    """What a client brings. Without a token the session cookie of the upgrade counts."""

    device: Id
    token: str = ""
    cursor: Cursor | None = None


class Preview(msgspec.Struct):
    do: AnyAction


_auth = msgspec.msgpack.Decoder(Auth)
_preview = msgspec.msgpack.Decoder(Preview)
_pack = msgspec.msgpack.Encoder().encode


class Live:
    """Handlers of the socket server, over all logs of the node."""

    def __init__(
        self,
        hosted: dict[str, Hosted],
        sign_in: SignIn,
        warden: Warden,
        signalling: Signalling,
        settings: Settings,
    ) -> None:
        self._hosted = hosted
        self._sign_in = sign_in
        self._settings = settings
        self._replays = asyncio.Semaphore(4)
        self._previews: set[asyncio.Task[None]] = set()
        self._signalling = signalling
        self.presence = Presence(hosted)
        self.warden = warden

    def handlers(self) -> Handlers:
        return Handlers(
            on_connect=self.on_connect,
            on_event=self.on_event,
            on_disconnect=self.on_disconnect,
            on_upgrade=_cookie,
            heartbeat=_head,
            admit=self.admit,
        )

    # ── coming in ─────────────────────────────────────────────────────────────────────────────────

    async def on_connect(self, raw: bytes | None, connection: Connection, remote: str) -> object:
        """Raises Refused."""
        try:
            auth = _auth.decode(raw or b"\xc0")
        except MALFORMED:
            raise Refused(Code.BAD_PACKET.value) from None
        try:
            session = await self._sign_in.session(auth.token or connection.context or "")
            return await self._seat(connection, session, auth)
        except Rejected as refusal:
            raise Refused(refusal.code.value, refusal.retry) from None
        except JournalDown:
            raise Refused(Code.JOURNAL_DOWN.value, retry=True) from None

    async def _seat(self, connection: Connection, session: Session, auth: Auth) -> Seat:
        hosted = self._hosted[session.log]
        missed: list[Published] | None = None
        if auth.cursor is not None:
            missed = await self._missed(hosted, auth.cursor)
        await hosted.engine.at_rest()
        # from here on without an await
        account = self._sign_in.account(session)
        if account.password_due:
            raise Rejected(Code.PASSWORD_DUE)
        others = [c for c in hosted.seats.get(account.id, ()) if c.context.device != auth.device]
        if len(others) >= self._settings.connections_per_account:  # its own older one will be fenced
            raise Rejected(Code.TOO_MANY_CONNECTIONS)
        scope = scope_of(hosted.engine.world.state, account)
        seat = Seat(hosted, account.id, account.unit, auth.device, session.token_hash, scope)
        connection.write(self._first_words(hosted, account, scope, auth.cursor, missed))
        hosted.sit(connection, seat)
        self.presence.came(hosted, connection, seat)
        self._signalling.came(connection, seat)
        self.warden.expect(connection, session.ends_at)
        return seat

    def _first_words(
        self,
        hosted: Hosted,
        account: Account,
        scope: Scope,
        cursor: Cursor | None,
        missed: list[Published] | None,
    ) -> bytes:
        engine = hosted.engine
        foreign = cursor is not None and self._foreign(hosted, cursor, missed)
        if cursor is not None and not foreign and cursor.scope == scope.mark:
            reached = missed[-1].seq if missed else cursor.seq
            rest = [] if reached == engine.seq else engine.recent.after(reached)
            if missed is not None and rest is not None:
                words = hosted.replay(scope, missed) + hosted.replay(scope, rest)
                return hosted.welcome(account, scope, resumed=True) + words + hosted.head()
        return hosted.welcome(account, scope, resumed=False, restored=foreign) + hosted.reset(scope)

    def _foreign(self, hosted: Hosted, cursor: Cursor, missed: list[Published] | None) -> bool:
        """Whether a cursor was made in another history of the log: the database was restored from a backup.

        A client's word renews no epoch; it gets the whole view, and the log says what happened."""
        engine = hosted.engine
        if cursor.epoch != engine.epoch:
            return True
        beyond = cursor.seq > engine.seq and engine.down is None
        known = engine.recent.mark_at(cursor.seq)
        other = missed is DIFFERENT or (bool(cursor.mark) and known not in (None, cursor.mark))
        if not (beyond or other):
            return False
        if not hosted.foreign:
            log.error(
                "a client has seen entry %s of %s otherwise: was the database restored from a backup? "
                "If so, declare it with `pingji journal restored`",
                cursor.seq,
                engine.journal.log,
            )
        hosted.foreign += 1
        return True

    async def _missed(self, hosted: Hosted, cursor: Cursor) -> list[Published] | None:
        """What the memory no longer has; [] when it has all; None when only a snapshot will do."""
        engine = hosted.engine
        if cursor.epoch != engine.epoch:
            return None
        for _ in range(20):  # a node that is behind the client's other node catches up first
            if cursor.seq <= engine.seq:
                break
            engine.hint()
            await asyncio.sleep(0.1)
        behind = engine.seq - cursor.seq
        if behind < 0 or behind > REPLAY_AT_MOST * 4:
            return None
        if behind == 0 or engine.recent.after(cursor.seq) is not None:
            return []
        if behind > REPLAY_AT_MOST:
            return None
        async with self._replays:  # with the one at the cursor, to see whether it is still the same
            entries = await engine.journal.read(cursor.seq - 1, REPLAY_AT_MOST + 1)
        told = [Published.of(entry) for entry in entries]
        if not told or told[0].seq != cursor.seq:
            return told if cursor.seq == 0 else None
        return DIFFERENT if cursor.mark not in ("", told[0].mark) else told[1:]

    def admit(self, connection: Connection, event: str) -> float:
        """Seconds an account must wait: all its connections together may ask as much as ten of them."""
        seat = connection.context
        if not isinstance(seat, Seat):
            return 0.0
        now, rate = monotonic(), self._settings.rate * ACCOUNT_RATE
        bucket = seat.hosted.asking.get(seat.account)
        if bucket is None:
            bucket = seat.hosted.asking[seat.account] = Bucket(rate * 3, now)
        return bucket.take(now, rate, rate * 3)

    def on_disconnect(self, connection: Connection, reason: str) -> None:
        seat = connection.context
        if isinstance(seat, Seat):
            seat.hosted.stand_up(connection, seat)
            self.presence.went(seat.hosted, seat)
            self._signalling.went(seat, reason)

    # ── asking ────────────────────────────────────────────────────────────────────────────────────

    def on_event(self, connection: Connection, name: str, raw: msgspec.Raw, ack: int | None) -> None:
        seat: Seat = connection.context
        if name == "presence":
            self.presence.heard(seat, raw)
            return
        assert ack is not None  # the socket layer refuses these events without one
        try:
            if name == "act":
                self._act(connection, seat, *asked(raw), ack)
            elif name == "preview":
                self._preview(connection, seat, _preview.decode(raw), ack)
            else:
                self._signalling.heard(connection, seat, raw, ack)
        except MALFORMED as error:
            connection.reply(ack, packed(Rejected(Code.BAD_ACTION, why=str(error)[:300])))
        except Rejected as refusal:
            connection.reply(ack, packed(refusal))

    def _act(self, connection: Connection, seat: Seat, id: str, action: Action, ack: int) -> None:
        if seat.pending >= PENDING_AT_MOST:
            raise Rejected(Code.TOO_MANY_PENDING, after=1000)
        seat.hosted.engine.submit(id, seat.account, action, partial(_answer, connection, seat, ack))
        seat.pending += 1

    def _preview(self, connection: Connection, seat: Seat, preview: Preview, ack: int) -> None:
        if len(self._previews) >= PENDING_AT_MOST:
            raise Rejected(Code.TOO_MANY_PENDING, after=1000)
        task = asyncio.create_task(self._foresee(connection, seat, preview, ack))
        self._previews.add(task)
        task.add_done_callback(self._previews.discard)

    async def _foresee(self, connection: Connection, seat: Seat, preview: Preview, ack: int) -> None:
        try:
            events = await seat.hosted.engine.preview("preview", seat.account, preview.do)
            payload = packed_events(events)
        except Rejected as refusal:
            payload = _pack(told(refusal))
        except Exception:  # a defect in a rule must not leave the caller without an answer
            log.exception("%s could not be previewed", type(preview.do).__name__)
            payload = packed(Rejected(Code.INTERNAL))
        connection.reply(ack, payload)


def _answer(connection: Connection, seat: Seat, ack: int, answer: Answer) -> None:
    seat.pending -= 1
    connection.reply(ack, _pack(answer) if isinstance(answer, Done) else packed(answer))


def _cookie(request: web.Request) -> object:
    return request.cookies.get(COOKIE, "")


def _head(connection: Connection) -> bytes:
    seat = connection.context
    return seat.hosted.head() if isinstance(seat, Seat) else b""
