"""Building a world: the newest snapshot, then the journal behind it, a chunk at a time.

The memory of what the world was made from (`Base`) lets it be made again without the database, when a
commit failed and the world had already taken its events.
"""

import asyncio
import logging
from collections.abc import Iterable

import msgspec

from server.engine.entry import Entry
from server.engine.journal import Head, Journal, JournalDown
from server.engine.published import Published
from server.world.registry import decode_events, decode_packed
from server.world.state import State
from server.world.world import World

log = logging.getLogger(__name__)
CHUNK = 2_000
ENTRY_BYTES = 256  # of a usual entry, a receipt
_state = msgspec.msgpack.Decoder(State)
encode_state = msgspec.msgpack.Encoder().encode


class Base(msgspec.Struct, frozen=True):
    """A state as bytes, at a seq, with the journal's hash there."""

    seq: int
    hash: bytes
    body: bytes


def fresh(log_name: str) -> World:
    """The world of an empty log."""
    return World(State(log=log_name))


def apply(world: World, entry: Entry) -> None:
    """Bring the world past one entry of the journal."""
    for event in decode_events(entry.body):
        world.apply(event, entry.at)
    world.state.seq, world.state.at = entry.seq, entry.at


def again(log_name: str, base: Base | None, since: Iterable[Published]) -> World:
    """The world from memory alone."""
    world = World(_state.decode(base.body)) if base else fresh(log_name)
    for entry in since:
        for packed in entry.events:
            world.apply(decode_packed(packed), entry.at)
        world.state.seq, world.state.at = entry.seq, entry.at
    return world


async def load(journal: Journal) -> tuple[World, Head, Base | None]:
    """The world at the head of the journal, as it was when this began: others append meanwhile.

    Raises JournalDown."""
    head = await journal.head()
    snapshot = await journal.latest_snapshot(head.seq)
    world, base = fresh(journal.log), None
    if snapshot is not None:
        try:
            world = World(_state.decode(snapshot.body))
            base = Base(snapshot.seq, snapshot.hash, snapshot.body)
        except msgspec.MsgspecError:
            log.warning(
                "snapshot %s of %s is of another version; replaying the journal", snapshot.seq, journal.log
            )
    while (behind := head.seq - world.state.seq) > 0:
        entries = await journal.read(world.state.seq, min(behind, CHUNK))
        if not entries:
            raise JournalDown("unreachable", f"{journal.log} ends at {world.state.seq}, not at {head.seq}")
        for entry in entries:
            apply(world, entry)
        await asyncio.sleep(0)
    return world, head, base


def snapshot_due(base: Base | None, told: int, least: int) -> bool:
    """Whether the entries told since the last snapshot are worth writing the whole state anew.

    A large state waits for more entries, about half of its size, so that a receipt does not pay for ten
    thousand others; at most four times as many as `least`, which is what a start has to read."""
    size = 0 if base is None else len(base.body)
    return told >= least and told >= min(size // ENTRY_BYTES // 2, 4 * least)
