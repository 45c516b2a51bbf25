"""An entry's bytes and its hash, from what is encoded: compiled where it was built (docs/adr/0013)."""

from collections.abc import Callable

from server.engine.entry import chained
from server.world.registry import encode_topics, join


def plain(
    previous: bytes,
    seq: int,
    at: int,
    action_id: str,
    actor: str,
    events: list[bytes],
    topics: list[tuple[str, ...]],
) -> tuple[bytes, bytes, bytes]:
    """(body, audiences, hash) of an entry of these encoded events."""
    body, audiences = join(events), encode_topics(topics)
    return body, audiences, chained(previous, seq, at, action_id, actor, body, audiences)


Chain = Callable[[bytes, int, int, str, str, list[bytes], list[tuple[str, ...]]], tuple[bytes, bytes, bytes]]
chain: Chain = plain
try:
    from server._swift import chain as _compiled
except ImportError:
    pass
else:
    chain = _compiled
