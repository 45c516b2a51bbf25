"""The history read model: what the timeline and the list of past commands are made of.

A follower of the log: it turns entries into rows and keeps them together with its cursor.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from server.domain.command import CommandClosed, CommandIssued, CommandRecalled
from server.domain.message import Event
from server.domain.mode import ModeSwitched
from server.engine.engine import Engine
from server.engine.entry import Entry
from server.engine.follower import Follower
from server.store.store import Store
from server.store.timeline import CommandRow, TimelineRow
from server.world.registry import decode_events, decode_topics

NAME = "history"
_SPOKEN = ("title", "text", "reason", "note", "name", "place")  # fields that hold what people wrote


def keeper(store: Store, engine: Engine) -> Follower:
    """The follower that keeps the history of a log."""
    log = engine.journal.log

    async def cursor() -> int:
        return await store.cursors.get(log, NAME)

    async def keep(entries: Sequence[Entry]) -> None:
        rows: list[TimelineRow] = []
        issued: list[CommandRow] = []
        ended: dict[str, int] = {}
        for entry in entries:
            events = decode_events(entry.body)
            rows += rows_of(entry, events)
            for event in events:
                match event:
                    case CommandIssued(command=command):
                        issued.append(_command_row(command))
                    case CommandClosed(command=id) | CommandRecalled(command=id):
                        ended[id] = entry.at
        await store.timeline.insert_many(log, NAME, entries[-1].seq, rows, issued, ended)

    return Follower(NAME, engine, cursor, keep)


def rows_of(entry: Entry, events: list[Event]) -> list[TimelineRow]:
    """One row per event, with the words in it for the search."""
    rows = []
    for n, (event, topics) in enumerate(zip(events, decode_topics(entry.audiences), strict=True)):
        fields: dict[str, Any] = msgspec.to_builtins(event)
        about = fields.get("command")
        command = about.get("id") if isinstance(about, dict) else about
        activation = about.get("activation") if isinstance(about, dict) else fields.get("activation")
        if isinstance(event, ModeSwitched):
            activation = event.activation.id
        unit = fields.get("unit")
        rows.append(
            TimelineRow(
                seq=entry.seq,
                n=n,
                at=entry.at,
                actor=entry.actor,
                type=type(event).__name__,
                text=" ".join(_words(fields))[:2000],
                unit=unit if isinstance(unit, str) else None,
                command=command if isinstance(command, str) else None,
                activation=activation if isinstance(activation, str) else None,
                topics=topics,
            )
        )
    return rows


def _words(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if key in _SPOKEN and value:
            yield value
    elif isinstance(value, dict):
        for inner, found in value.items():
            yield from _words(found, inner)
    elif isinstance(value, list):
        for found in value[:20]:
            yield from _words(found, key)


def _command_row(command: Any) -> CommandRow:
    summary = msgspec.json.encode(
        {
            "text": command.order.text[:500],
            "priority": command.order.priority,
            "by": command.issued_name,
            "activation": command.activation,
            "parent": command.parent,
        }
    )
    return CommandRow(
        command=command.id,
        title=command.order.title,
        unit=command.issuer,
        issued_at=command.issued_at,
        closed_at=None,
        summary=summary.decode(),
    )
