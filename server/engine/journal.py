"""What the engine asks of a journal: one log in one database, and turns at it.

A turn holds the lock on the head of the log from `open_turn` to `commit` or `rollback`; whoever holds it is
the only writer of that log anywhere. Everything that came before it is visible to it (`Turn.missed`), and
nothing else can be appended until it ends. The store implements this; tests of the engine bring their own.

Failures are one type, `JournalDown`, so that the engine has one answer to all of them: nothing was
appended, say so to the callers, try again later. The exception is the reason "unknown": a commit was sent
and its answer never came. Then the entries may or may not be there, and only the next turn tells: it lists
them in `missed` (and their ids in `known`) when they are.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Literal, Protocol, Self

import msgspec

from server.engine.entry import Entry

Reason = Literal["locked", "disk_full", "unreachable", "stalled", "unknown"]


class JournalDown(Exception):
    """The database did not do what was asked. `reason` says why:

    locked       somebody else holds the lock for longer than the timeout
    disk_full    no space; nothing was written
    unreachable  no connection, or the database refuses to work
    stalled      no answer within the timeout; nothing was or will be written
    unknown      no answer to a commit: it may have happened; the next turn tells
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


class LogGone(LookupError):
    """There is no such log in the database (any more): it was dropped."""


class Head(msgspec.Struct, frozen=True):
    """The end of a log. `epoch` changes when the log was restored: cursors of another epoch mean nothing."""

    epoch: str
    seq: int
    hash: bytes
    at: int


class Snapshot(msgspec.Struct, frozen=True):
    """The state after entry `seq`, whose hash is `hash`; `made_at` in epoch milliseconds."""

    seq: int
    hash: bytes
    body: bytes
    made_at: int


class KnownAction(msgspec.Struct, frozen=True, gc=False):
    """An action id that is already in the log, with the answer its first caller got."""

    seq: int
    at: int
    actor: str


class Turn(Protocol):
    """The lock on the head of a log, and what its holder needs to know before it decides."""

    @property
    def head(self) -> Head: ...

    @property
    def now(self) -> int:
        """Database time in epoch milliseconds, never before `head.at`."""
        ...

    @property
    def missed(self) -> Sequence[Entry]:
        """Every entry after the `after` of `open_turn`, in order."""
        ...

    @property
    def known(self) -> Mapping[str, KnownAction]:
        """Those of the asked action ids that are already in the log."""
        ...

    async def commit(self, entries: Sequence[Entry]) -> None:
        """Append `entries`, whose seqs follow `head.seq` without a gap, durably; or nothing at all."""
        ...

    async def rollback(self) -> None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Memory(Protocol):
    """What this node has seen of each log, kept beside the database and so not restored with it."""

    def recall(self, log: str) -> Head | None: ...

    def note(self, log: str, head: Head) -> None: ...


class Journal(Protocol):
    @property
    def log(self) -> str: ...

    async def head(self) -> Head: ...

    async def open_turn(self, after: int, action_ids: Sequence[str], timeout: float) -> Turn:  # noqa: ASYNC109
        """Wait for the lock on the head, at most `timeout` seconds; the commit has the same time again.

        A caller far behind reads up with `read` first: `missed` is not bounded. When `head.seq < after`, or
        the epoch is not the one the caller knows, the database was restored and the caller's state is void.
        """
        ...

    async def read(self, after: int, limit: int) -> list[Entry]:
        """At most `limit` entries after seq `after`, in order."""
        ...

    async def renew_epoch(self, known: str) -> None:
        """The log was restored from a backup: cursors given out before mean nothing any more.

        Only if the epoch is still `known`: of several nodes that notice, one renews it."""
        ...

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep it, and forget all but the newest three."""
        ...

    async def latest_snapshot(self, at_most: int | None = None) -> Snapshot | None: ...

    async def close(self) -> None: ...
