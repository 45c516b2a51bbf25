"""Whether a journal is the one that was known here: a database restored from a backup has forgotten entries.

While a node runs, every turn and every look is compared with what was told. What it saw is also noted beside
the database (`Memory`), and compared after the next start.
"""

import asyncio
from collections.abc import Sequence

from server.engine.entry import Entry, chained
from server.engine.journal import Head, Journal, Memory


def continues(known: Head, head: Head, missed: Sequence[Entry]) -> bool:
    """Whether a journal with this head goes on from `known`; `missed` are its entries after that, if read."""
    if head.epoch != known.epoch or head.seq < known.seq:
        return False
    if not missed:
        return head.seq > known.seq or head.hash == known.hash
    first = missed[0]
    said = (first.seq, first.at, first.action_id, first.actor, first.body, first.audiences)
    return first.hash == chained(known.hash, *said)


class Witness:
    """What this node has seen of one log, across its restarts. Without a memory it has seen nothing."""

    def __init__(self, journal: Journal, memory: Memory | None) -> None:
        self._journal = journal
        self._memory = memory
        self._noted: Head | None = None

    async def misses(self, head: Head) -> Head | None:
        """What was seen before the start and is not in the journal with this head. Raises JournalDown."""
        known = self._memory.recall(self._journal.log) if self._memory is not None else None
        if known is None or known.epoch != head.epoch or not known.seq:
            return None
        if head.seq <= known.seq:
            same = (head.seq, head.hash) == (known.seq, known.hash)
        else:
            entries = await self._journal.read(known.seq - 1, 1)
            same = bool(entries) and entries[0].hash == known.hash
        return None if same else known

    async def note(self, head: Head) -> None:
        """Keep in mind what was seen; the engine does so at most once a poll."""
        if self._memory is not None and self._noted != head:
            self._noted = head
            await asyncio.to_thread(self._memory.note, self._journal.log, head)
