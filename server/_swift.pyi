from collections.abc import Collection, Iterable, Sequence

import msgspec

from server.domain.message import Action
from server.wire.sockets.audience import Telling
from server.wire.sockets.connection import Connection

def event(data: bytes, limit: int, /) -> tuple[str, bytes, int | None] | None: ...
def act(
    raw: bytes | msgspec.Raw, plans: dict[str, tuple[type[Action], tuple[str, ...], tuple[int, ...]]], /
) -> tuple[str, Action] | None: ...
def entry(telling: Telling, /) -> bytes: ...
def ack(id: int, payload: bytes, /) -> bytes: ...
def hold(sets: list[set[Connection]], frame: bytes, waiting: list[Connection], /) -> int: ...
def release(waiting: list[Connection], /) -> tuple[int, list[tuple[Connection, bytes, int]]]: ...
def send(connections: Iterable[Connection], data: bytes, /) -> list[tuple[Connection, bytes, int]]: ...
def groups(
    members: dict[str, set[Connection]],
    audiences: Sequence[Collection[str]],
    head: bytes,
    events: Sequence[bytes],
    /,
) -> list[tuple[list[Connection], bytes]]: ...
def deliver(
    groups: list[tuple[list[Connection], bytes]], /
) -> tuple[int, int, list[tuple[Connection, bytes, int]]]: ...
def chain(
    previous: bytes,
    seq: int,
    at: int,
    action_id: str,
    actor: str,
    events: list[bytes],
    topics: list[tuple[str, ...]],
    /,
) -> tuple[bytes, bytes, bytes]: ...
