"""Rows from and to CSV.

Written as UTF-8 with a byte order mark, which Excel needs to see that it is UTF-8; read as UTF-8, or else
as GB 18030, which is what Excel writes on a Chinese desk. Text that a spreadsheet would take for a
formula is written with an apostrophe before it, and read without: a stock list must not run anything on
the desk that opens it.
"""

import csv
from collections.abc import Sequence

from resources.interchange.columns import Cell

BYTES_AT_MOST = 8_000_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NoTable(Exception):
    """The bytes are no table; the argument says why."""


class _Lines(list[str]):
    """What the csv module writes to."""

    def write(self, line: str) -> None:
        self.append(line)


def rows_of(data: bytes) -> list[list[Cell]]:
    """Comma, semicolon or tab, whichever the first line has most of. Raises NoTable."""
    if len(data) > BYTES_AT_MOST:
        raise NoTable("too large")
    try:
        found = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            found = data.decode("gb18030")
        except UnicodeDecodeError:
            raise NoTable("neither UTF-8 nor GB 18030") from None
    if "\x00" in found:
        raise NoTable("not text")
    first = found.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = csv.reader(found.splitlines(keepends=True), delimiter=delimiter, strict=True)
        return [[_plain(cell) for cell in row] for row in table]
    except csv.Error as bad:
        raise NoTable(str(bad)) from None


def csv_of(rows: Sequence[Sequence[Cell]]) -> bytes:
    lines = _Lines()
    csv.writer(lines).writerows([_safe(cell) for cell in row] for row in rows)
    return "".join(lines).encode("utf-8-sig")


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith((*FORMULA, "'")) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*FORMULA, "'")) else cell
