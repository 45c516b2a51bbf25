"""The journal's rows of a benchmark, and how long a database takes to keep them and nothing else.

One for each database; both insert into an empty table like the journal, with the durability of a district.
"""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import psycopg

from tests.servers.postgres import Postgres

Row = tuple[Any, ...]
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class Rows(Protocol):
    """Of the journal of one district. `arguments`: how `pingji` finds the database."""

    name: str
    arguments: list[str]

    def of(self, prefixes: Sequence[str]) -> list[list[Row]]:
        """The rows of actions whose ids begin so, by commit: what one turn kept has one time."""
        ...

    def inserted(self, turns: Sequence[Sequence[Row]]) -> float:
        """Seconds to insert them, a commit for each turn."""
        ...


class SqliteRows:
    def __init__(self, var: Path) -> None:
        self.name = "sqlite"
        self.arguments: list[str] = []
        self._ours, self._bare = var / "pingji.db", var / "bare.db"

    def of(self, prefixes: Sequence[str]) -> list[list[Row]]:
        with sqlite3.connect(self._ours) as database:
            found = database.execute("SELECT * FROM journal WHERE action_id LIKE 'h%' ORDER BY seq")
            return _by_commit(found, [column[0] for column in found.description], prefixes)

    def inserted(self, turns: Sequence[Sequence[Row]]) -> float:
        self._bare.unlink(missing_ok=True)
        with sqlite3.connect(self._ours) as ours:
            [(table,)] = ours.execute("SELECT sql FROM sqlite_master WHERE name = 'journal'")
        bare = sqlite3.connect(self._bare, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 2000"):
            bare.execute(f"PRAGMA {pragma}")
        bare.execute(table)
        places = ", ".join("?" * len(turns[0][0]))
        began = time.perf_counter()
        for turn in turns:
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(f"INSERT INTO journal VALUES ({places})", turn)  # noqa: S608
            bare.execute("COMMIT")
        took = time.perf_counter() - began
        bare.close()
        return took


class DurablePostgres(Postgres):
    """As a district's: what is answered survives the machine."""

    def command(self) -> list[str]:
        return [*super().command(), *(part for each in DURABLE.items() for part in ("-c", "=".join(each)))]


class PostgresRows:
    """Starts the server; a context manager."""

    def __init__(self) -> None:
        self.name = "postgresql"
        self._stack = ExitStack()
        server = self._stack.enter_context(DurablePostgres())
        self._url = server.create()
        self.arguments = ["--url", self._url]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, prefixes: Sequence[str]) -> list[list[Row]]:
        with psycopg.connect(self._url) as database:
            found = database.execute("SELECT * FROM journal WHERE action_id LIKE 'h%' ORDER BY seq")
            assert found.description is not None
            return _by_commit(found, [column.name for column in found.description], prefixes)

    def inserted(self, turns: Sequence[Sequence[Row]]) -> float:
        with psycopg.connect(self._url, autocommit=True) as bare:
            bare.execute("DROP TABLE IF EXISTS bare")
            bare.execute("CREATE TABLE bare (LIKE journal INCLUDING ALL)")
            places = ", ".join(["%s"] * len(turns[0][0]))
            began = time.perf_counter()
            for turn in turns:
                with bare.transaction(), bare.cursor() as cursor:
                    cursor.executemany(f"INSERT INTO bare VALUES ({places})", turn)  # noqa: S608
            return time.perf_counter() - began


def _by_commit(found: Any, columns: Sequence[str], prefixes: Sequence[str]) -> list[list[Row]]:
    id, at, wanted = columns.index("action_id"), columns.index("at"), {*prefixes}
    rows = [row for row in found if row[id].partition(".")[0] + "." in wanted]
    return [list(turn) for _, turn in itertools.groupby(rows, key=lambda row: row[at])]
