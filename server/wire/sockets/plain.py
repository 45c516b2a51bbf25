"""What happens to every message, frame and write, in Python: see `path`, which has the same compiled."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from server.wire.sockets import packets

if TYPE_CHECKING:
    from server.wire.sockets.audience import Telling
    from server.wire.sockets.connection import Connection

    Left = list[tuple[Connection, bytes, int]]
    _Places = tuple[int, ...]  # of the events of an entry, ascending


def event(data: bytes, limit: int) -> tuple[str, bytes, int | None] | None:
    """(name, argument, ack id) when `data` is one whole ordinary event; here the parser sees to all."""
    return None


def entry(telling: Telling) -> bytes:
    """The frame of all events of an entry."""
    return packets.frame_entry(packets.head_of(telling), telling.events)


def ack(id: int, payload: bytes) -> bytes:
    """The frame that answers the event with this ack id."""
    return packets.frame_ack(id, payload)


def hold(sets: Iterable[Collection[Connection]], frame: bytes, waiting: list[Connection]) -> int:
    """The frame waits once at each connection of these sets; at how many."""
    told = 0
    for connections in sets:
        for connection in connections:
            turn = connection.turn
            if turn is None:
                connection.turn = [frame]
                waiting.append(connection)
            elif turn[-1] is frame:
                continue
            else:
                turn.append(frame)
            told += 1
    return told


def release(waiting: list[Connection]) -> tuple[int, Left]:
    """Writes what waits, in one go per connection: the bytes, and what the kernel did not take.

    Those who wait for the same share the bytes, which a slow one keeps."""
    runs: dict[int | tuple[int, ...], tuple[list[Connection], list[bytes]]] = {}
    for connection in waiting:
        turn = connection.turn
        if turn is None:
            continue  # it was cut, or has gone
        connection.turn = None
        run = id(turn[0]) if len(turn) == 1 else tuple(map(id, turn))
        same = runs.get(run)
        if same is None:
            runs[run] = ([connection], turn)
        else:
            same[0].append(connection)
    left: Left = []
    size = 0
    for connections, frames in runs.values():
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        left += send(connections, data)
        size += len(connections) * len(data)
    return size, left


def send(connections: Iterable[Connection], data: bytes) -> Left:
    """One write each; (connection, data, bytes taken, -1: refused for good) where something is left."""
    size = len(data)
    write = os.write
    left: Left = []
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
        left.append((connection, data, sent))
    return left


def groups(
    members: Mapping[str, Collection[Connection]],
    audiences: Sequence[Collection[str]],
    head: bytes,
    events: Sequence[bytes],
) -> list[tuple[Collection[Connection], bytes]]:
    """Disjoint sets of connections, each with the frame of the events it may see."""
    return [
        (connections, packets.frame_entry(head, [events[place] for place in places]))
        for places, connections in _by_places(members, _visible(members, audiences))
    ]


def _visible(
    members: Mapping[str, Collection[Connection]], audiences: Sequence[Collection[str]]
) -> dict[str, list[int]]:
    """The places of the events that each topic with connections sees."""
    found: dict[str, list[int]] = {}
    for place, topics in enumerate(audiences):
        for topic in topics:
            if topic in members:
                places = found.get(topic)
                if places is None:
                    found[topic] = [place]
                elif places[-1] != place:
                    places.append(place)
    return found


def _by_places(
    members: Mapping[str, Collection[Connection]], by_topic: dict[str, list[int]]
) -> list[tuple[_Places, list[Connection]]]:
    """Which connections see which places; a connection of several topics sees what any of them does."""
    seen: dict[Connection, list[int]] = {}
    joined: dict[tuple[int, int], list[int]] = {}
    for topic, places in by_topic.items():
        for connection in members[topic]:
            before = seen.get(connection)
            if before is None or before is places:
                seen[connection] = places
                continue
            pair = (id(before), id(places))
            both = joined.get(pair)
            if both is None:
                both = joined[pair] = sorted({*before, *places})
            seen[connection] = both
    groups: dict[_Places, tuple[_Places, list[Connection]]] = {}
    group_of: dict[int, list[Connection]] = {}  # by the list's identity: it is hashed once
    for connection, places in seen.items():
        group = group_of.get(id(places))
        if group is None:
            key = tuple(places)
            group = group_of[id(places)] = groups.setdefault(key, (key, []))[1]
        group.append(connection)
    return list(groups.values())


def deliver(groups: Iterable[tuple[Collection[Connection], bytes]]) -> tuple[int, int, Left]:
    """Sends each group its frame: to how many connections, the bytes, and what the kernel did not take."""
    left: Left = []
    told = size = 0
    for connections, frame in groups:
        left += send(connections, frame)
        told += len(connections)
        size += len(connections) * len(frame)
    return told, size, left
