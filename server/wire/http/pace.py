"""How fast a session may ask over HTTP: as fast as one connection of the socket, and all of an account
together as fast as ten."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from server.domain.refusal import Code, Rejected
from server.wire.hosted import Hosted
from server.wire.live import ACCOUNT_RATE, PENDING_AT_MOST
from server.wire.sign_in import Session
from server.wire.sockets.rates import Bucket

SESSIONS_KEPT = 10_000  # whoever is forgotten begins with a full bucket again


class Pace:
    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._sessions: OrderedDict[bytes, Bucket] = OrderedDict()
        self._pending: dict[bytes, int] = {}

    def admit(self, hosted: Hosted, session: Session) -> None:
        """Raises Rejected(RATE_LIMITED)."""
        now, rate = monotonic(), self._rate
        mine = self._sessions.pop(session.token_hash, None) or Bucket(rate * 3, now)
        self._sessions[session.token_hash] = mine
        if len(self._sessions) > SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        wait = mine.take(now, rate, rate * 3)
        together = rate * ACCOUNT_RATE
        account = hosted.asking.get(session.account)
        if account is None:
            account = hosted.asking[session.account] = Bucket(together * 3, now)
        wait = max(wait, account.take(now, together, together * 3))
        if wait > 0:
            raise Rejected(Code.RATE_LIMITED, after=max(1, int(wait * 1000)))

    @contextmanager
    def waiting(self, session: Session) -> Iterator[None]:
        """While an action is not answered. Raises Rejected(TOO_MANY_PENDING)."""
        count = self._pending.get(session.token_hash, 0)
        if count >= PENDING_AT_MOST:
            raise Rejected(Code.TOO_MANY_PENDING, after=1000)
        self._pending[session.token_hash] = count + 1
        try:
            yield
        finally:
            left = self._pending.pop(session.token_hash) - 1
            if left:
                self._pending[session.token_hash] = left
