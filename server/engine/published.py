"""An entry as it is told: events still encoded, each with its topics; and the memory of the newest ones.

A client that comes back with a recent cursor is served from this memory; one that is further behind
from the journal; see `server.wire`.
"""

from collections import deque
from collections.abc import Sequence

import msgspec

from server.engine.entry import Entry
from server.world.registry import decode_topics, split


class Published(msgspec.Struct, frozen=True, gc=False):
    """One committed entry, ready to be framed: `events[i]`, msgpack [name, fields], for `audiences[i]`.

    `mark` is the beginning of its hash: see `mark()`."""

    seq: int
    at: int
    actor: str
    events: list[bytes]
    audiences: list[tuple[str, ...]]
    mark: str = ""

    @classmethod
    def of(cls, entry: Entry) -> "Published":
        """Read back from the journal."""
        events = [msgspec.msgpack.encode(pair) for pair in split(entry.body)]
        topics = decode_topics(entry.audiences)
        return cls(entry.seq, entry.at, entry.actor, events, topics, mark(entry.hash))


def mark(hash: bytes) -> str:
    """Enough of an entry's hash to tell the history a cursor was made in from another one."""
    return hash[:4].hex()


class Recent:
    """The newest published entries, without a gap, at most `limit` of them."""

    def __init__(self, limit: int) -> None:
        self._entries: deque[Published] = deque(maxlen=limit)
        self._before = (0, "")  # seq and mark of the entry before the first one
        self._asked: tuple[int, Sequence[Published] | None] | None = None

    def add(self, entries: Sequence[Published]) -> None:
        limit = self._entries.maxlen or 0
        over = len(self._entries) + len(entries) - limit
        if over > 0:
            last = self._entries[over - 1] if over <= len(self._entries) else entries[-limit - 1]
            self._before = (last.seq, last.mark)
        self._entries.extend(entries)
        self._asked = None

    def begin(self, seq: int, mark: str) -> None:
        """Forget everything: what comes next follows this entry."""
        self._entries.clear()
        self._before = (seq, mark)
        self._asked = None

    def mark_at(self, seq: int) -> str | None:
        """The mark of an entry, when it is remembered."""
        if seq == self._before[0]:
            return self._before[1]
        place = seq - self._entries[0].seq if self._entries else -1
        return self._entries[place].mark if 0 <= place < len(self._entries) else None

    def after(self, seq: int) -> Sequence[Published] | None:
        """All entries after `seq`, or None when the memory does not reach back that far.

        Clients that dropped together ask for the same: the last answer is kept."""
        if self._asked is None or self._asked[0] != seq:
            self._asked = (seq, self._found_after(seq))
        return self._asked[1]

    def some_after(self, seq: int, most: int) -> Sequence[Published] | None:
        """The first entries after `seq`, or None when the memory does not hold them."""
        entries = self._entries
        if not entries or entries[-1].seq < seq or seq + 1 < entries[0].seq:
            return None
        return self._from(seq + 1 - entries[0].seq, most)

    def _found_after(self, seq: int) -> list[Published] | None:
        entries = self._entries
        if not entries or entries[-1].seq <= seq:
            return [] if entries and entries[-1].seq == seq else None
        first = seq + 1 - entries[0].seq
        return None if first < 0 else self._from(first, len(entries))

    def _from(self, first: int, most: int) -> list[Published]:
        """By place: a deque finds it from the nearer end, where who asks mostly is; islice would walk."""
        entries = self._entries
        return [entries[place] for place in range(first, min(first + most, len(entries)))]
