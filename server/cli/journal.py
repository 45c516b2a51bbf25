"""`pingji journal`: proof and export of the log."""

import json
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from server.cli.options import WRONG, district_of, fail, open_store, run, where
from server.engine.journal import Journal
from server.engine.rebuild import CHUNK, apply, encode_state, fresh
from server.store.store import Store
from server.world.registry import decode_topics, split
from server.world.state import State

BROKEN = {
    "gap": "it is missing",
    "clock": "it is older than the one before it",
    "hash": "it is not what was written (its hash does not follow)",
    "repeated_id": "its action id occurs before",
    "head": "the log does not end with it as its head says",
}


@click.group()
def journal() -> None:
    """Verify or export the log, or declare it restored from a backup."""


@journal.command()
@where
@click.option("--log", help="Which log; the district's own by default.")
@run
async def verify(var: Path, url: str, log: str | None) -> None:
    """Prove that the log is whole: dense, unaltered (hash chain), and that replay gives the snapshot."""
    store = await open_store(var, url)
    try:
        name = await district_of(store, log)
        report = await store.verify(name)
        if report.broken is not None:
            fail(WRONG, f"entry {report.broken.seq} of {name} is broken: {BROKEN[report.broken.what]}")
        seq = await _replayed(store, name)
        told = f"; replay gives the snapshot at {seq}" if seq else ""
        click.echo(f"{name}: {report.entries} entries, chain unbroken{told}")
    finally:
        await store.close()


async def _replayed(store: Store, name: str) -> int:
    """Replay up to the newest snapshot and compare; 0 when there is none."""
    lines = store.journal(name)
    snapshot = await lines.latest_snapshot()
    if snapshot is None:
        return 0
    world = fresh(name)
    while world.state.seq < snapshot.seq:
        for entry in await lines.read(world.state.seq, CHUNK):
            if entry.seq <= snapshot.seq:
                apply(world, entry)
    kept = msgspec.msgpack.decode(snapshot.body, type=State)
    canonical = msgspec.msgpack.Encoder(order="sorted").encode
    if canonical(kept) != canonical(msgspec.msgpack.decode(encode_state(world.state), type=State)):
        fail(WRONG, f"replaying {name} does not give the snapshot at {snapshot.seq}")
    return snapshot.seq


@journal.command()
@where
@click.option("--log", help="Which log; the district's own by default.")
@click.option(
    "--after", default=0, show_default=True, type=click.IntRange(min=0), help="Only entries after this one."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", help="A file; - is the screen."
)
@run
async def export(var: Path, url: str, log: str | None, after: int, output: str) -> None:
    """Write the log as JSON lines: seq, at, action, actor, events, audiences, hash."""
    store = await open_store(var, url)
    try:
        lines = store.journal(await district_of(store, log))
        with click.open_file(output, "w", encoding="utf-8") as file:
            await _write(lines, after, file)
    finally:
        await store.close()


async def _write(lines: Journal, seq: int, file: IO[Any]) -> None:
    while entries := await lines.read(seq, CHUNK):
        for entry in entries:
            events: list[Any] = [[n, msgspec.msgpack.decode(raw)] for n, raw in split(entry.body)]
            line = {
                "seq": entry.seq,
                "at": entry.at,
                "action": entry.action_id,
                "actor": entry.actor,
                "events": events,
                "audiences": decode_topics(entry.audiences),
                "hash": entry.hash.hex(),
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        seq = entries[-1].seq


@journal.command()
@where
@click.option("--log", help="Which log; the district's own by default.")
@run
async def restored(var: Path, url: str, log: str | None) -> None:
    """Say, once, that the database was restored from a backup: every client then starts afresh."""
    store = await open_store(var, url)
    try:
        name = await district_of(store, log)
        click.echo(f"{name} has the new epoch {await store.new_epoch(name)}")
    finally:
        await store.close()
