"""What the two databases have in common in a turn: the blocking half, run in the thread of the journal."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from server.engine.entry import Entry
from server.engine.journal import Head, KnownAction

COLUMNS = "seq, at, action_id, actor, body, audiences, hash"
"""In the order of the fields of `Entry`."""


class Opened(msgspec.Struct, frozen=True):
    """What `begin` saw once it held the lock."""

    head: Head
    now: int
    missed: list[Entry]
    known: dict[str, KnownAction]


class Turns(Protocol):
    """Every method but `interrupt` runs in one thread. After an error no transaction is open."""

    def begin(self, after: int, action_ids: Sequence[str], timeout: float) -> Opened:
        """Lock the head row. Raises `JournalDown` or `UnknownLog`."""
        ...

    def append(self, entries: Sequence[Entry]) -> None:
        """Insert, advance the head, commit. Raises `JournalDown`, or ValueError for a repeated action id."""
        ...

    def rollback(self) -> None:
        """Nothing when no transaction is open. Never raises."""
        ...

    def interrupt(self) -> None:
        """From another thread: make the work that hangs fail, where that is possible."""
        ...

    def close(self) -> None: ...
