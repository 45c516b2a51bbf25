"""The searchable story of a log, and the history of its commands: read models, made by a follower of the
journal.

Writing is idempotent and moves the follower's cursor in the same transaction, so a crash repeats work and
never loses or doubles a row. A row keeps the topics of its event; a search only finds rows of the topics
the asker may see.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from server.store.cursors import advance
from server.store.database import Database
from server.store.tables import command_history, timeline


class TimelineRow(msgspec.Struct, frozen=True):
    seq: int
    n: int  # place of the event within its entry, from 0
    at: int
    actor: str
    type: str
    text: str
    unit: str | None = None
    command: str | None = None
    activation: str | None = None
    topics: tuple[str, ...] = ()


class CommandRow(msgspec.Struct, frozen=True):
    command: str
    title: str
    unit: str  # the issuer's
    issued_at: int
    closed_at: int | None
    summary: str  # JSON


_ROW = (
    timeline.c.seq,
    timeline.c.n,
    timeline.c.at,
    timeline.c.actor,
    timeline.c.type,
    timeline.c.text,
    timeline.c.unit,
    timeline.c.command,
    timeline.c.activation,
    timeline.c.topics,
)
_ROWS_PER_STATEMENT = (256, 64, 16, 4, 1)
"""A batch is cut into these sizes, each statement compiled once: SQLAlchemy caches none of many rows, and
compiling it costs a hundred microseconds a row, more than everything else about a receipt."""
_COLUMNS = tuple(column.name for column in timeline.columns)


class Timeline:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._inserts = {rows: self._compiled(rows) for rows in _ROWS_PER_STATEMENT}

    async def insert_many(
        self,
        log: str,
        follower: str,
        upto: int,
        rows: Sequence[TimelineRow],
        commands: Sequence[CommandRow] = (),
        ended: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Keep what the entries up to seq `upto` said, which commands ended when, and the cursor."""
        values = _cut([_stored(log, row) for row in rows])
        history = [{"log": log, **msgspec.structs.asdict(command)} for command in commands]

        def keep(connection: Connection) -> None:
            for rows, given in values:
                statement, names = self._inserts[rows]
                connection.exec_driver_sql(
                    statement, tuple(given) if names is None else dict(zip(names, given, strict=True))
                )
            for command in history:
                self._upsert(connection, command)
            for command_id, at in ended.items():
                connection.execute(
                    update(command_history)
                    .where(command_history.c.log == log, command_history.c.command == command_id)
                    .values(closed_at=at)
                )
            advance(self._database, connection, log, follower, upto)

        await self._database.write(keep)

    def _compiled(self, rows: int) -> tuple[str, list[str] | None]:
        """The statement for so many rows, and the names of its parameters unless they go by place."""
        names = [f"{name}_{n}" for n in range(rows) for name in _COLUMNS]
        places: list[dict[str, Any]] = [
            {name: bindparam(f"{name}_{n}") for name in _COLUMNS} for n in range(rows)
        ]
        insert = self._database.insert(timeline).values(places).on_conflict_do_nothing()
        compiled = insert.compile(dialect=self._database.engine.dialect)
        if compiled.positiontup is None:
            return str(compiled), names
        assert compiled.positiontup == names  # row by row, each in the order of the columns
        return str(compiled), None

    async def search(
        self,
        log: str,
        before_seq: int | None,
        limit: int,
        *,
        topics: Collection[str] | None = None,
        activation: str | None = None,
        command: str | None = None,
        unit: str | None = None,
        text: str | None = None,
    ) -> list[TimelineRow]:
        """Newest first. `topics` None sees everything.

        The events of one entry are never parted: a page may be a little longer than `limit`, and the next one
        continues before the seq of its last row."""
        wanted = [timeline.c.log == log]
        if topics is not None:
            wanted.append(or_(False, *(_has(timeline.c.topics, f"\n{topic}\n") for topic in sorted(topics))))
        for column, value in (
            (timeline.c.activation, activation),
            (timeline.c.command, command),
            (timeline.c.unit, unit),
        ):
            if value is not None:
                wanted.append(column == value)
        if text:
            wanted.append(timeline.c.text.icontains(text, autoescape=True))
        page = and_(*wanted) if before_seq is None else and_(*wanted, timeline.c.seq < before_seq)
        newest = select(*_ROW).order_by(timeline.c.seq.desc(), timeline.c.n.desc())

        def find(connection: Connection) -> list[TimelineRow]:
            found = [_read(row) for row in connection.execute(newest.where(page).limit(limit))]
            if len(found) == limit:
                last = found[-1]
                rest = newest.where(*wanted, timeline.c.seq == last.seq, timeline.c.n < last.n)
                found += [_read(row) for row in connection.execute(rest)]
            return found

        return await self._database.read(find)

    async def upsert_command(self, log: str, command: CommandRow) -> None:
        row = {"log": log, **msgspec.structs.asdict(command)}
        await self._database.write(lambda connection: self._upsert(connection, row))

    async def commands(
        self, log: str, before: tuple[int, str] | None, limit: int, *, unit: str | None = None
    ) -> list[CommandRow]:
        """Newest first; `before` is (issued_at, command) of the last row of the page before."""
        table = command_history
        wanted = select(
            table.c.command,
            table.c.title,
            table.c.unit,
            table.c.issued_at,
            table.c.closed_at,
            table.c.summary,
        ).where(table.c.log == log)
        if before is not None:
            issued_at, command = before
            wanted = wanted.where(
                or_(
                    table.c.issued_at < issued_at,
                    and_(table.c.issued_at == issued_at, table.c.command < command),
                )
            )
        if unit is not None:
            wanted = wanted.where(table.c.unit == unit)
        wanted = wanted.order_by(table.c.issued_at.desc(), table.c.command.desc()).limit(limit)
        return await self._database.read(
            lambda connection: [CommandRow(*row) for row in connection.execute(wanted)]
        )

    def _upsert(self, connection: Connection, command: dict[str, object]) -> None:
        row = self._database.insert(command_history).values(command)
        changed: dict[str, ColumnElement[Any]] = {
            name: row.excluded[name] for name in ("title", "unit", "issued_at", "summary")
        }
        # Closed is closed: a node that is behind may tell of the issue again.
        changed["closed_at"] = func.coalesce(row.excluded.closed_at, command_history.c.closed_at)
        connection.execute(row.on_conflict_do_update(index_elements=["log", "command"], set_=changed))


def _has(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    return column.contains(part, autoescape=True)


def _stored(log: str, row: TimelineRow) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    topics = "\n".join(("", *row.topics, ""))
    about = (row.unit, row.command, row.activation)
    return (log, row.seq, row.n, row.at, row.actor, row.type, *about, row.text, topics)


def _cut(rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, list[Any]]]:
    """(how many rows, their values one after the other) for each statement."""
    cut: list[tuple[int, list[Any]]] = []
    start = 0
    for size in _ROWS_PER_STATEMENT:
        while len(rows) - start >= size:
            cut.append((size, list(chain.from_iterable(rows[start : start + size]))))
            start += size
    return cut


def _read(row: Sequence[Any]) -> TimelineRow:
    fields = dict(zip(TimelineRow.__struct_fields__, row, strict=True))
    fields["topics"] = tuple(fields["topics"].split("\n")[1:-1])
    return TimelineRow(**fields)
