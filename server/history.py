"""The history read model: what the timeline and the list of past commands are made of.

A follower of the log: it turns entries into rows and keeps them together with its cursor. Events are read as
plain maps: they were checked when they were asked for, and checking them again costs more than the rest.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from server.engine.engine import Engine
from server.engine.follower import Follower
from server.engine.published import Published
from server.store.store import Store
from server.store.timeline import CommandRow, TimelineRow
from server.world.registry import EVENTS

NAME = "history"
_said = msgspec.msgpack.Decoder(tuple[str, dict[str, Any]]).decode
_SPOKEN = ("title", "text", "reason", "note", "name", "place", "url")  # fields that hold what people wrote

# what was said before, to who comes later; bookkeeping that something else in the entry explains
_SAYS_NOTHING = frozenset({"ConsultationShown", "KindNamed", "StockMoved", "RequestCovered"})
_BY_THE_THOUSAND = frozenset({"ResourceRegistered", "ResourceChanged"})
_ENDS = frozenset({"CommandClosed", "CommandRecalled"})
_OF_AN_IMPORT = 10  # rows told of a stock list that came in as one entry


def keeper(store: Store, engine: Engine) -> Follower:
    """The follower that keeps the history of a log."""
    log = engine.journal.log

    async def cursor() -> int:
        return await store.cursors.get(log, NAME)

    async def keep(entries: Sequence[Published]) -> None:
        rows: list[TimelineRow] = []
        issued: list[CommandRow] = []
        ended: dict[str, int] = {}
        for entry in entries:
            lots = 0
            for n, (packed, topics) in enumerate(zip(entry.events, entry.audiences, strict=True)):
                kind, fields = _said(packed)
                if kind in _BY_THE_THOUSAND:
                    lots += 1
                    if lots > _OF_AN_IMPORT:
                        continue
                elif kind in _SAYS_NOTHING:
                    continue
                rows.append(_row(entry, n, kind, fields, topics))
                if kind == "CommandIssued":
                    issued.append(_command_row(fields["command"]))
                elif kind in _ENDS:
                    ended[fields["command"]] = entry.at
        await store.timeline.insert_many(log, NAME, entries[-1].seq, rows, issued, ended)

    return Follower(NAME, engine, cursor, keep)


def _row(entry: Published, n: int, kind: str, fields: dict[str, Any], topics: tuple[str, ...]) -> TimelineRow:
    """What the timeline says of an event, with the words in it for the search."""
    unit, command, activation = fields.get("unit"), fields.get("command"), fields.get("activation")
    if isinstance(command, dict):  # CommandIssued
        activation, command = command["activation"], command["id"]
    if isinstance(activation, dict):  # ModeSwitched
        activation = activation["id"]
    for name in _rooms(kind):
        about = fields.get(name)
        if isinstance(about, dict):  # opened, or listed: the whole of it
            activation = about.get("activation")
    return TimelineRow(
        entry.seq,
        n,
        entry.at,
        entry.actor,
        kind,
        _text(kind, fields),
        unit if isinstance(unit, str) else None,
        command,
        activation,
        topics,
    )


def _text(kind: str, fields: dict[str, Any]) -> str:
    words: list[str] = []
    for name in _telling(kind):
        if value := fields.get(name):
            if isinstance(value, str):
                if name in _SPOKEN:
                    words.append(value)
            else:
                words += _words(value, name)
    return " ".join(words)[:2000]


@cache
def _rooms(kind: str) -> tuple[str, ...]:
    """The fields in which a consultation or a recording may come whole."""
    return tuple(name for name in ("consultation", "recording") if name in EVENTS[kind].__struct_fields__)


@cache
def _telling(kind: str) -> tuple[str, ...]:
    """The fields of an event in which people's words may be."""
    told = msgspec.inspect.type_info(EVENTS[kind])
    assert isinstance(told, msgspec.inspect.StructType)
    return tuple(field.name for field in told.fields if _may_tell(field.type, field.name))


def _may_tell(kind: msgspec.inspect.Type, name: str) -> bool:
    match kind:
        case msgspec.inspect.StrType():
            return name in _SPOKEN
        case msgspec.inspect.UnionType(types=kinds):
            return any(_may_tell(each, name) for each in kinds)
        case msgspec.inspect.ListType(item_type=item):
            return _may_tell(item, name)
        case msgspec.inspect.StructType(fields=fields):
            return any(_may_tell(field.type, field.name) for field in fields)
        case _:
            return isinstance(kind, msgspec.inspect.DictType)


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


def _command_row(command: dict[str, Any]) -> CommandRow:
    order = command["order"]
    summary = msgspec.json.encode(
        {
            "text": order["text"][:500],
            "priority": order["priority"],
            "by": command["issued_name"],
            "activation": command["activation"],
            "parent": command["parent"],
        }
    )
    return CommandRow(
        command=command["id"],
        title=order["title"],
        unit=command["issuer"],
        issued_at=command["issued_at"],
        closed_at=None,
        summary=summary.decode(),
    )
