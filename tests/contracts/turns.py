"""Take turns at a journal as the engine does, with entries nobody cares about."""

from collections.abc import Iterable, Sequence

from server.engine.entry import Entry, chained
from server.engine.journal import Head, Journal, Turn

PATIENCE = 10.0


def following(head: Head, now: int, action_ids: Iterable[str], body: bytes = b"\x90") -> list[Entry]:
    """Valid entries after `head`."""
    entries: list[Entry] = []
    digest = head.hash
    for seq, action_id in enumerate(action_ids, head.seq + 1):
        digest = chained(digest, seq, now, action_id, "wang", body, b"\x90")
        entries.append(Entry(seq, now, action_id, "wang", body, b"\x90", digest))
    return entries


async def commit(turn: Turn, action_ids: Iterable[str], body: bytes = b"\x90") -> list[Entry]:
    entries = following(turn.head, turn.now, action_ids, body)
    await turn.commit(entries)
    return entries


async def append(
    journal: Journal, action_ids: Sequence[str], body: bytes = b"\x90", within: float = PATIENCE
) -> list[Entry]:
    """One whole turn; ids that are known already are not entered again."""
    head = await journal.head()
    async with await journal.open_turn(head.seq, action_ids, within) as turn:
        return await commit(turn, [id for id in action_ids if id not in turn.known], body)
