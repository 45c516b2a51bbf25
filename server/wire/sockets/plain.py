"""What happens to every message, frame and write, in Python: see `path`, which has the same compiled."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from server.wire.sockets import packets

if TYPE_CHECKING:
    from server.wire.sockets.audience import Telling
    from server.wire.sockets.connection import Connection

    Left = list[tuple[Connection, bytes, int]]


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
