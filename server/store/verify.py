"""Read a journal from its first line to its last and say whether it is whole.

Checked: seqs are dense from 1, times never decrease, every hash follows from its predecessor, no action id
occurs twice, and the head is the last line. The first line that breaks a rule is reported; nothing after it
can be trusted.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection, func, select

from server.engine.entry import GENESIS, Entry, chained
from server.store.database import Database
from server.store.journal import SqlJournal
from server.store.tables import journal

What = Literal["gap", "clock", "hash", "repeated_id", "head"]


class Broken(msgspec.Struct, frozen=True):
    seq: int
    what: What


class Report(msgspec.Struct, frozen=True):
    """`entries` were read and found good; `broken` is the first that was not."""

    log: str
    entries: int
    broken: Broken | None

    @property
    def whole(self) -> bool:
        return self.broken is None


def first_broken(previous: Entry | None, entries: Sequence[Entry]) -> Broken | None:
    """The first of `entries` that does not follow from the one before; `previous` is None at the start."""
    seq, at, digest = (previous.seq, previous.at, previous.hash) if previous else (0, 0, GENESIS)
    for entry in entries:
        if entry.seq != seq + 1:
            return Broken(seq + 1, "gap")
        if entry.at < at:
            return Broken(entry.seq, "clock")
        digest = chained(
            digest, entry.seq, entry.at, entry.action_id, entry.actor, entry.body, entry.audiences
        )
        if digest != entry.hash:
            return Broken(entry.seq, "hash")
        seq, at = entry.seq, entry.at
    return None


async def verify(
    database: Database,
    lines: SqlJournal,
    chunk: int = 2000,
    progress: Callable[[int], None] = lambda entries: None,
) -> Report:
    """Lines appended meanwhile are not looked at."""
    head = await lines.head()
    repeated = await database.read(lambda connection: _repeated(connection, lines.log), patience=600)
    last: Entry | None = None
    count = 0
    while count < head.seq:
        entries = await lines.read(count, min(chunk, head.seq - count))
        broken = first_broken(last, entries)
        if broken is None and repeated is not None and entries and repeated <= entries[-1].seq:
            broken = Broken(repeated, "repeated_id")
        if broken is None and not entries:
            broken = Broken(count + 1, "gap")
        if broken is not None:
            return Report(lines.log, broken.seq - 1, broken)
        last = entries[-1]
        count = last.seq
        progress(count)
    if await _beyond(lines, head.seq) or head.hash != (last.hash if last else GENESIS):
        return Report(lines.log, count, Broken(head.seq, "head"))
    return Report(lines.log, count, None)


async def _beyond(lines: SqlJournal, seq: int) -> bool:
    """Lines after the head that no later head accounts for."""
    after = await lines.read(seq, 1)
    return bool(after) and (await lines.head()).seq <= seq


def _repeated(connection: Connection, log: str) -> int | None:
    """The seq of the first line whose action id an earlier one has."""
    twice = (
        select(journal.c.action_id)
        .where(journal.c.log == log)
        .group_by(journal.c.action_id)
        .having(func.count() > 1)
    )
    ids = list(connection.execute(twice).scalars())
    if not ids:
        return None
    seqs: dict[str, list[int]] = {}
    rows = select(journal.c.action_id, journal.c.seq).where(
        journal.c.log == log, journal.c.action_id.in_(ids[:500])
    )
    for action_id, seq in connection.execute(rows):
        seqs.setdefault(action_id, []).append(seq)
    return min(sorted(found)[1] for found in seqs.values())
