"""What no part of the house does to its own database: the past moved, another history put in its place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from server.engine.entry import GENESIS, chained

_SAID = "seq, at, action_id, actor, body, audiences"


def turn_back(database: Path, seconds: float) -> None:
    """Make everything happen so much earlier, as if the house had been down since; chained anew."""
    with closing(sqlite3.connect(database)) as connection, connection:
        previous, at = GENESIS, 0
        for said in connection.execute(f"SELECT {_SAID} FROM journal ORDER BY seq").fetchall():
            at = said[1] - round(seconds * 1000)
            previous = chained(previous, said[0], at, *said[2:])
            connection.execute("UPDATE journal SET at = ?, hash = ? WHERE seq = ?", (at, previous, said[0]))
        connection.execute("UPDATE heads SET at = ?, hash = ?", (at, previous))
        connection.execute("DELETE FROM snapshots")


def copy_database(database: Path, folder: Path) -> Path:
    """A backup, made as an operator makes one."""
    folder.mkdir()
    copy = folder / database.name
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_in_place(database: Path, copy: Path) -> None:
    """The log of the copy takes the place of the database's, under whoever has it open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("ATTACH DATABASE ? AS kept", (str(copy),))
        connection.execute("BEGIN IMMEDIATE")
        for table in ("journal", "heads", "snapshots"):
            connection.execute(f"DELETE FROM main.{table}")
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
        connection.execute("COMMIT")
