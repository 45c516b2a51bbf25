"""What waits for the next turn: actions with somebody to answer, and no more of them than can be held."""

from collections.abc import Callable

import msgspec

from server.domain.message import Action
from server.domain.refusal import Code, Rejected


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
    """A bounded queue, emptied in batches."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._waiting: list[Pending] = []

    def put(self, pending: Pending) -> None:
        """Raises Rejected(TOO_MANY_PENDING) when full."""
        if len(self._waiting) >= self.limit:
            raise Rejected(Code.TOO_MANY_PENDING, after=1000)
        self._waiting.append(pending)

    def take(self, most: int) -> list[Pending]:
        batch, self._waiting = self._waiting[:most], self._waiting[most:]
        return batch

    def __len__(self) -> int:
        return len(self._waiting)
