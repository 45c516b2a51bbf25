"""What waits for the next turn: actions with somebody to answer, and no more of them than can be held."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from server.domain.message import Action
from server.domain.refusal import Code, Rejected

log = logging.getLogger(__name__)


class Done(msgspec.Struct, frozen=True, gc=False):
    """The answer to an accepted action: the entry it is in (the head, when nothing had to be done)."""

    seq: int
    at: int


Answer = Done | Rejected
Reply = Callable[[Answer], None]


class Pending(msgspec.Struct, frozen=True, gc=False):
    id: str
    account: str | None  # None: the house
    action: Action
    reply: Reply


class Inbox:
    """A bounded queue, emptied in batches; whoever put something in is answered once, in the same order."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._waiting: list[Pending] = []
        self._put = self._answered = 0  # counts since the beginning
        self._until: deque[tuple[int, asyncio.Future[None]]] = deque()

    def put(self, pending: Pending) -> None:
        """Raises Rejected(TOO_MANY_PENDING) when full."""
        if len(self._waiting) >= self.limit:
            raise Rejected(Code.TOO_MANY_PENDING, after=1000)
        self._put += 1
        self._waiting.append(pending)

    def take(self, most: int) -> list[Pending]:
        batch, self._waiting = self._waiting[:most], self._waiting[most:]
        return batch

    def answer(self, batch: Sequence[Pending], answers: Sequence[Answer]) -> None:
        """Each what was decided of it. Never raises."""
        for pending, answer in zip(batch, answers, strict=True):
            try:
                pending.reply(answer)
            except Exception:  # one caller's broken socket is not the others' business
                log.exception("a reply could not be given")
        self._answered += len(batch)
        while self._until and self._until[0][0] <= self._answered:
            waiting = self._until.popleft()[1]
            if not waiting.done():
                waiting.set_result(None)

    async def answered(self) -> None:
        """Return when everything that was put in before is answered."""
        if self._answered < self._put:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._until.append((self._put, waiting))
            await waiting

    def __len__(self) -> int:
        return len(self._waiting)
