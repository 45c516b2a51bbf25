"""Who sees what: an index from topics to connections, and the fan-out over it.

Rules
- A connection gets one packet per entry, holding the events whose topics it has, or none. The packet is
  built once per distinct set of visible events and framed once; every socket gets the same bytes object.
- The entries of a batch reach a socket in one write, in the order of the batch.
- A client sees an entry whole or is cut: what the kernel does not take at once goes the connection's slow
  path after the loop, since a cut changes the sets that are being walked.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from server.wire.sockets import packets
from server.wire.sockets.connection import Connection, State

_NOBODY: frozenset[Connection] = frozenset()


class Outgoing(NamedTuple):
    """One committed entry. `events[i]` is msgpack `[type, fields]`; `audiences[i]` its topics."""

    seq: int
    at: int
    actor: str
    events: Sequence[bytes]
    audiences: Sequence[frozenset[str] | tuple[str, ...]]


class Audience:
    """The connections of one log by topic."""

    __slots__ = ("_members", "delivered", "sent_bytes")

    def __init__(self) -> None:
        self._members: dict[str, set[Connection]] = {}
        self.delivered = 0
        self.sent_bytes = 0

    def join(self, connection: Connection, topics: Iterable[str]) -> None:
        """From now on the connection sees these topics, and only these; a second call replaces the first."""
        wanted = frozenset(topics)
        if connection.audience is not self:
            if connection.audience is not None:
                connection.audience.leave(connection)
            if connection.state > State.LIVE:
                return
            connection.audience = self
        for topic in connection.topics - wanted:
            self._remove(topic, connection)
        for topic in wanted - connection.topics:
            self._members.setdefault(topic, set()).add(connection)
        connection.topics = wanted

    def leave(self, connection: Connection) -> None:
        """Nothing is published to it any more."""
        if connection.audience is self:
            for topic in connection.topics:
                self._remove(topic, connection)
            connection.topics = frozenset()
            connection.audience = None

    def of(self, topic: str) -> Collection[Connection]:
        """The connections of a topic; not to be kept over an await."""
        return self._members.get(topic, _NOBODY)

    def publish(self, batch: Sequence[Outgoing]) -> None:
        """Sends each connection what it may see of the batch."""
        if len(batch) == 1:
            for connections, frame in self._groups(batch[0]):
                self._write(connections, frame)
            return
        ends: dict[Connection, _Run] = {}
        start = _Run(None, b"")
        for entry in batch:
            for connections, frame in self._groups(entry):
                for connection in connections:
                    ends[connection] = ends.get(connection, start).then(frame)
        runs: dict[_Run, list[Connection]] = {}
        for connection, run in ends.items():
            runs.setdefault(run, []).append(connection)
        for run, joined in runs.items():
            self._write(joined, run.joined(), run.length())

    def send(self, topics: Iterable[str], data: bytes) -> None:
        """The volatile lane: the same frames to everyone of these topics who keeps up."""
        connections = self._union(topics)
        self._write([one for one in connections if one.fd >= 0], data, 0)

    def _remove(self, topic: str, connection: Connection) -> None:
        members = self._members.get(topic)
        if members is not None:
            members.discard(connection)
            if not members:
                del self._members[topic]

    def _union(self, topics: Iterable[str]) -> Collection[Connection]:
        found = [self._members[topic] for topic in topics if topic in self._members]
        if len(found) == 1:
            return found[0]
        return _NOBODY.union(*found)

    def _groups(self, entry: Outgoing) -> list[tuple[Collection[Connection], bytes]]:
        """Disjoint sets of connections, each with the frame of what it may see."""
        visible: dict[str, int] = {}
        for index, topics in enumerate(entry.audiences):
            for topic in topics:
                if topic in self._members:
                    visible[topic] = visible.get(topic, 0) | 1 << index
        if not visible:
            return []
        head = packets.entry_head(entry.seq, entry.at, entry.actor)
        masks = set(visible.values())
        if len(masks) == 1:
            return [(self._union(visible), self._frame(head, entry, masks.pop()))]
        seen: dict[Connection, int] = {}
        for topic, mask in visible.items():
            for connection in self._members[topic]:
                seen[connection] = seen.get(connection, 0) | mask
        groups: dict[int, list[Connection]] = {}
        for connection, mask in seen.items():
            groups.setdefault(mask, []).append(connection)
        return [(connections, self._frame(head, entry, mask)) for mask, connections in groups.items()]

    @staticmethod
    def _frame(head: bytes, entry: Outgoing, mask: int) -> bytes:
        seen = [event for index, event in enumerate(entry.events) if mask >> index & 1]
        return packets.frame_entry(head, seen)

    def _write(self, connections: Collection[Connection], data: bytes, entries: int = 1) -> None:
        size = len(data)
        write = os.write
        left: list[tuple[Connection, int]] = []
        for connection in connections:
            fd = connection.fd
            sent = 0
            if fd >= 0:
                try:
                    sent = write(fd, data)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    sent = -1
                if sent == size:
                    continue
            left.append((connection, sent))
        for connection, sent in left:
            connection.overflow(data, sent)
        self.delivered += len(connections) * entries
        self.sent_bytes += len(connections) * size


class _Run:
    """A sequence of frames, shared by all connections that get exactly this sequence."""

    __slots__ = ("_before", "_frame", "_next")

    def __init__(self, before: _Run | None, frame: bytes) -> None:
        self._before = before
        self._frame = frame
        self._next: dict[int, _Run] = {}

    def then(self, frame: bytes) -> _Run:
        """The sequence with this frame (the very object) at its end."""
        run = self._next.get(id(frame))
        if run is None:
            run = self._next[id(frame)] = _Run(self, frame)
        return run

    def length(self) -> int:
        """Frames in the sequence."""
        return sum(1 for _ in self._back())

    def joined(self) -> bytes:
        """One bytes object for one write."""
        return b"".join(reversed(list(self._back())))

    def _back(self) -> Iterable[bytes]:
        run = self
        while run._before is not None:
            yield run._frame
            run = run._before
