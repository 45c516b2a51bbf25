"""One log on this node: its engine, the sockets that follow it, and the bytes they share.

What the engine tells is framed once and written to every socket of the audience. A change of rights
takes effect here: revoked sessions are cut, a changed scope is answered with a fresh snapshot.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from rooms import consultation as r
from rooms.consultation.rights import barred
from server.domain import people as p
from server.domain import units as u
from server.domain.house import DistrictFounded
from server.domain.message import Event
from server.domain.people import Account
from server.domain.refusal import RETRY, Code
from server.engine.engine import Engine, Listener
from server.engine.published import Published
from server.wire.missed import Missed
from server.wire.sockets import Audience, Connection, frame
from server.wire.sockets.rates import Bucket
from server.world.audience import AUDIENCE, consultation_topic
from server.world.scope import Scope, restrict, scope_of

_pack = msgspec.msgpack.Encoder().encode
_ENDS_SESSIONS = (p.AccountClosed, p.SessionsRevoked, p.PasswordRequired)
_MOVES_SCOPES = (p.AccountAppointed, u.UnitMoved, DistrictFounded)
_OPENS_ROOMS = (r.ConsultationOpened, r.ConsultationShown)
_CONCERN_SOCKETS = frozenset(
    (
        *_ENDS_SESSIONS,
        *_MOVES_SCOPES,
        *_OPENS_ROOMS,
        r.ParticipantEjected,
        r.EjectionsLifted,
        r.ConsultationClosed,
    )
)
VIEWS_KEPT = 64
REPLAYS_KEPT = 256
SPANS_KEPT = 4


class Seat(msgspec.Struct):
    """Who is behind a connection."""

    hosted: "Hosted"
    account: str
    unit: str
    device: str
    token_hash: bytes
    scope: Scope
    pending: int = 0  # actions not yet answered
    counted: str = ""  # the unit at which presence counts it


class Hosted:
    """A log and its audience."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.audience = Audience()
        self.seats: dict[str, set[Connection]] = {}
        self.asking: dict[str, Bucket] = {}  # how fast each seated account may ask
        self._views: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._replays: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._spans: OrderedDict[tuple[int, int], Missed] = OrderedDict()
        self._head: tuple[int, int, bytes] = (-1, 0, b"")
        self.foreign = 0  # cursors that came from another history of this log
        self.also_published: Listener = lambda published, events: None  # behind the sockets
        self.also_restored: Callable[[], None] = lambda: None
        engine.on_published = self._published
        engine.on_restored = self._restored
        engine.on_answering, engine.on_answered = self.audience.hold, self.audience.release

    # ── seats ─────────────────────────────────────────────────────────────────────────────────────

    def sit(self, connection: Connection, seat: Seat) -> None:
        """From now on the connection follows the log. An older one of the same device is fenced."""
        seats = self.seats.setdefault(seat.account, set())
        for other in list(seats):
            if other.context.device == seat.device:
                other.cut(Code.FENCED.value, retry=False)
                seats.discard(other)
        seats.add(connection)
        connection.context = seat
        self.audience.join(connection, seat.scope.topics)

    def stand_up(self, connection: Connection, seat: Seat) -> None:
        seats = self.seats.get(seat.account)
        if seats is not None:
            seats.discard(connection)
            if not seats:
                del self.seats[seat.account]
                self.asking.pop(seat.account, None)

    def cut_sessions(self, account: str, token_hash: bytes | None = None) -> None:
        """Cut one session's connections, or all of an account."""
        for connection in list(self.seats.get(account, ())):
            if token_hash is None or connection.context.token_hash == token_hash:
                connection.cut(Code.SESSION_REVOKED.value, retry=False)

    # ── bytes ─────────────────────────────────────────────────────────────────────────────────────

    def welcome(self, account: Account, scope: Scope, resumed: bool, *, restored: bool = False) -> bytes:
        """`restored`: the history that the caller's cursor was made in is not this one."""
        engine = self.engine
        return frame(
            "welcome",
            _pack(
                {
                    "log": engine.journal.log,
                    "epoch": engine.epoch,
                    "seq": engine.seq,
                    "scope": scope.mark,
                    "now": engine.now(),
                    "account": account.id,
                    "unit": account.unit,
                    "post": account.post.value,
                    "exercise": engine.world.state.exercise,
                    "resumed": resumed,
                    "restored": restored,
                }
            ),
        )

    def reset(self, scope: Scope) -> bytes:
        """The whole view. Only while the engine is at rest."""
        engine = self.engine
        key = (scope.mark, engine.seq)
        framed = self._views.get(key)
        if framed is None:
            framed = self._views[key] = frame("reset", _pack(self.snapshot(scope)))
            if len(self._views) > VIEWS_KEPT:
                self._views.popitem(last=False)
        return framed

    def snapshot(self, scope: Scope) -> dict[str, Any]:
        """The view and the place in the log it stands at. Only while the engine is at rest."""
        engine = self.engine
        return {
            "epoch": engine.epoch,
            "seq": engine.seq,
            "scope": scope.mark,
            "mark": engine.mark,
            "view": restrict(engine.world.state, scope),
        }

    def replay(self, scope: Scope, entries: Sequence[Published]) -> bytes:
        """The entries a scope may see, framed; shared by all who come back from the same place."""
        if not entries:
            return b""
        key = (scope.mark, entries[0].seq, entries[-1].seq)
        framed = self._replays.get(key)
        if framed is None:
            framed = self._replays[key] = self._missed_by_all(entries).seen_by(scope.topics)
            if len(self._replays) > REPLAYS_KEPT:
                self._replays.popitem(last=False)
        return framed

    def _missed_by_all(self, entries: Sequence[Published]) -> Missed:
        """Who drops together comes back together: the entries between two seqs are indexed once."""
        span = (entries[0].seq, entries[-1].seq)
        missed = self._spans.get(span)
        if missed is None:
            missed = self._spans[span] = Missed(entries)
            if len(self._spans) > SPANS_KEPT:
                self._spans.popitem(last=False)
        return missed

    def head(self) -> bytes:
        """Complete up to here; a fresh frame at most once a second."""
        engine = self.engine
        now = engine.now()
        seq, at, framed = self._head
        if seq != engine.seq or now - at > 1000:
            framed = frame("head", _pack({"seq": engine.seq, "now": now, "mark": engine.mark}))
            self._head = (engine.seq, now, framed)
        return framed

    # ── following the log ─────────────────────────────────────────────────────────────────────────

    def _published(self, published: Sequence[Published], events: Sequence[Event]) -> None:
        """Rights first: who lost them, or has others now, is told nothing of this batch by the old ones."""
        moved: set[str] = set()
        concerning = [event for event in events if type(event) in _CONCERN_SOCKETS]
        for event in concerning:
            if isinstance(event, _ENDS_SESSIONS):
                self.cut_sessions(event.account)
            elif isinstance(event, _MOVES_SCOPES):
                moved.update(self.seats if not isinstance(event, p.AccountAppointed) else (event.account,))
            elif isinstance(event, r.ParticipantEjected):
                moved.add(event.account)
            elif isinstance(event, r.EjectionsLifted):
                moved.update(event.accounts)
            elif isinstance(event, _OPENS_ROOMS):
                self._let_in(event)
        elsewhere = self._elsewhere(moved)
        for connection, _, _ in elsewhere:
            self.audience.leave(connection)
        self.audience.publish(published)
        for event in concerning:
            if isinstance(event, r.ConsultationClosed):
                self._let_out(consultation_topic(event.consultation))
        for connection, account, scope in elsewhere:
            seat: Seat = connection.context
            seat.scope, seat.unit = scope, account.unit
            self.audience.join(connection, scope.topics)
            connection.write(self.welcome(account, scope, resumed=False) + self.reset(scope))
        self.also_published(published, events)

    def _let_in(self, event: r.ConsultationOpened | r.ConsultationShown) -> None:
        """Whoever is shown a consultation whole follows it from this entry on. Their cursors stay good."""
        topic = consultation_topic(event.consultation.id)
        for shown in AUDIENCE[type(event)](self.engine.world, event):
            for connection in list(self.audience.of(shown)):
                seat: Seat = connection.context
                if topic not in seat.scope.topics and self._may_follow(seat.account, event.consultation.id):
                    self._follow(connection, seat, seat.scope.topics | {topic})

    def _may_follow(self, account: str, consultation: str) -> bool:
        """As the world is now, at the end of the batch: not who was ejected later in it."""
        state = self.engine.world.state
        room, who = state.consultations.get(consultation), state.accounts.get(account)
        return room is None or who is None or not barred(room, who)

    def _let_out(self, topic: str) -> None:
        for connection in list(self.audience.of(topic)):
            seat: Seat = connection.context
            self._follow(connection, seat, seat.scope.topics - {topic})

    def _follow(self, connection: Connection, seat: Seat, topics: frozenset[str]) -> None:
        seat.scope = Scope(topics=topics, mark=seat.scope.mark)
        self.audience.join(connection, topics)

    def _elsewhere(self, accounts: Iterable[str]) -> list[tuple[Connection, Account, Scope]]:
        """The connections of these accounts that see something else from now on: they get it whole."""
        state = self.engine.world.state
        found: list[tuple[Connection, Account, Scope]] = []
        for id in accounts:
            account = state.accounts.get(id)
            if account is None:
                continue
            scope = scope_of(state, account)
            for connection in self.seats.get(id, ()):
                if connection.context.scope.mark != scope.mark:
                    found.append((connection, account, scope))
        return found

    def cut_all(self, code: Code) -> None:
        for connections in list(self.seats.values()):
            for connection in list(connections):
                connection.cut(code.value, retry=code in RETRY)

    def _restored(self) -> None:
        """The log was restored from a backup: its clients come back and start afresh."""
        self._views.clear()
        self._replays.clear()
        self._spans.clear()
        self.cut_all(Code.RESTORED)
        self.also_restored()
