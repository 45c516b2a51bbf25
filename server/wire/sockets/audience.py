"""Who sees what: an index from topics to connections, and the fan-out over it.

Rules
- A connection gets one packet per entry, holding the events whose topics it has, or none. The packet is
  built once per distinct set of visible events and framed once; every socket gets the same bytes object.
- The entries of a batch reach a socket in one write, in the order of the batch. Between `hold` and `release`
  what else is written to such a socket (the replies of a turn) joins that write, behind them. Nothing may be
  awaited in between.
- A client sees an entry whole or is cut: what the kernel does not take at once goes the connection's slow
  path after the loop, since a cut changes the sets that are being walked.
- The work for an entry is linear in its events, their topics and the connections that see it: an order to
  ten thousand units is one entry of as many events, of which each unit sees two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from server.wire.sockets import packets, path
from server.wire.sockets.connection import Connection, State

_NOBODY: frozenset[Connection] = frozenset()


class Telling(Protocol):
    """One committed entry. `events[i]` is msgpack `[type, fields]`; `audiences[i]` its topics; `mark` short,
    the beginning of its hash."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def mark(self) -> str: ...
    @property
    def events(self) -> Sequence[bytes]: ...
    @property
    def audiences(self) -> Sequence[Collection[str]]: ...


class Outgoing(NamedTuple):
    """The plainest `Telling`."""

    seq: int
    at: int
    actor: str
    events: Sequence[bytes]
    audiences: Sequence[frozenset[str] | tuple[str, ...]]
    mark: str = ""


class Audience:
    """The connections of one log by topic."""

    __slots__ = ("_holding", "_members", "_waiting", "delivered", "sent_bytes")

    def __init__(self) -> None:
        self._members: dict[str, set[Connection]] = {}
        self._holding = False
        self._waiting: list[Connection] = []  # whose `turn` holds frames
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

    def publish(self, batch: Sequence[Telling]) -> None:
        """Sends each connection what it may see of the batch; while held, with the release."""
        if len(batch) == 1 and not self._waiting:
            told, size, left = path.deliver(self._groups(batch[0]))
            self.delivered += told
            self.sent_bytes += size
            for connection, data, sent in left:
                connection.overflow(data, sent)
            return
        members, waiting = self._members, self._waiting
        told = 0
        try:
            for entry in batch:
                if len(entry.audiences) == 1:
                    sets = [members[topic] for topic in entry.audiences[0] if topic in members]
                    if sets:
                        told += path.hold(sets, path.entry(entry), waiting)
                else:
                    for connections, frame in self._groups(entry):
                        told += path.hold([connections], frame, waiting)
        finally:
            self.delivered += told
            if not self._holding:
                self.release()

    def hold(self) -> None:
        """What is published and written from now on goes with `release`, one write per connection."""
        self._holding = True

    def release(self) -> None:
        """Idempotent."""
        self._holding = False
        waiting, self._waiting = self._waiting, []
        size, left = path.release(waiting)
        self.sent_bytes += size
        for connection, data, sent in left:
            connection.overflow(data, sent)

    def send(self, topics: Iterable[str], data: bytes) -> None:
        """The volatile lane: the same frames to everyone of these topics who keeps up."""
        connections = self._union(topics)
        self._write([one for one in connections if one.fd >= 0], data)

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

    def _groups(self, entry: Telling) -> Sequence[tuple[Collection[Connection], bytes]]:
        """Disjoint sets of connections, each with the frame of what it may see."""
        if len(entry.audiences) == 1:
            connections = self._union(entry.audiences[0])
            if not connections:
                return []
            return [(connections, path.entry(entry))]
        return path.groups(self._members, entry.audiences, packets.head_of(entry), entry.events)

    def _write(self, connections: Collection[Connection], data: bytes) -> None:
        for connection, _, sent in path.send(connections, data):
            connection.overflow(data, sent)
        self.sent_bytes += len(connections) * len(data)
