"""Stock lists: from rows of cells to what would be saved, and back.

An import has two steps. `preview` reads everything and tells every error by row and column, and what each
row would do; `importing` makes one action of it, only when there is no error. The action is one decision:
all rows or none.
"""

from collections.abc import Container, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from resources.actions import ResourceEntry, SaveResources
from resources.interchange.columns import BY_KEY, COLUMNS, BadCell, Cell, heading, known_as
from resources.state import INDIVIDUAL, Board, Resource
from server.domain.message import UnitCode
from server.domain.refusal import Code, Rejected

ROWS_AT_MOST = 3000  # of one action
ERRORS_AT_MOST = 200  # told; a file of another kind would have thousands


class Wrong(StrEnum):
    """What is wrong with a row. Codes are translated on the client."""

    EMPTY_FILE = "empty_file"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_COLUMN = "unknown_column"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    VALUE_MISSING = "value_missing"
    BAD_VALUE = "bad_value"
    UNKNOWN_UNIT = "unknown_unit"
    OUT_OF_REACH = "out_of_reach"  # of a unit that the caller does not keep the stock of
    ID_TWICE = "id_twice"
    OWNER_CHANGED = "owner_changed"  # a resource's owner never changes
    KIND_DIFFERS = "kind_differs"  # the kind has another category or measure, or the resource another kind
    ONE_EACH = "one_each"  # what is kept one by one has a quantity of 0 or 1
    HALF_POSITION = "half_position"
    PROMISED = "promised"  # fewer than orders have been promised of it
    NO_TABLE = "no_table"  # the file is none that can be read
    UNDER_WAY = "under_way"  # what is kept one by one cannot be counted at home while it is out


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    row: int  # as a sheet numbers it: the heading is 1
    column: str | None
    wrong: Wrong
    value: str = ""
    expected: str = ""


class Effect(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


class RowPreview(msgspec.Struct, frozen=True, kw_only=True):
    row: int
    entry: ResourceEntry
    effect: Effect


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[RowPreview]
    errors: list[RowError]  # with one or more nothing can be imported


def template() -> list[list[Cell]]:
    """The headings and one example."""
    return [[heading(column) for column in COLUMNS], [column.example for column in COLUMNS]]


def told(board: Board) -> list[list[Cell]]:
    """The whole stock, to be changed and brought back. Its quantities are what stands at the places."""
    rows: list[list[Cell]] = [[heading(column) for column in COLUMNS]]
    for resource in sorted(board.resources.values(), key=lambda r: (r.facts.kind, r.facts.owner, r.id)):
        entry = entry_of(board, resource)
        rows.append([column.write(entry) for column in COLUMNS])
    return rows


def entry_of(board: Board, resource: Resource) -> ResourceEntry:
    kind = board.kinds[resource.facts.kind]
    return ResourceEntry(
        id=resource.id,
        category=kind.category,
        measure=kind.measure,
        facts=resource.facts,
        quantity=resource.stock.free + resource.stock.reserved,
    )


def difference(board: Board, entry: ResourceEntry) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Of a known resource: the cells that the row changes, by column, as they are and as they would be."""
    known = board.resources.get(entry.id)
    if known is None:
        return {}, {}
    now = entry_of(board, known)
    was = {column.key: column.write(now) for column in COLUMNS}
    then = {column.key: column.write(entry) for column in COLUMNS}
    if entry.quantity is None:
        then["quantity"] = was["quantity"]
    changed = [key for key in was if was[key] != then[key]]
    return {key: was[key] for key in changed}, {key: then[key] for key in changed}


def at_home(board: Board, resource: Resource) -> ResourceEntry:
    """As if nothing were under way: how a drill begins."""
    entry = entry_of(board, resource)
    return msgspec.structs.replace(entry, quantity=(entry.quantity or 0) + resource.stock.out)


def preview(
    rows: Sequence[Sequence[Cell]],
    board: Board,
    units: Mapping[UnitCode, str],
    prefix: str,
    mine: Container[UnitCode] | None = None,
) -> Preview:
    """What an import would do. `units`: code to name, both understood; `prefix`: of ids for rows without;
    `mine`: whose stock the caller may keep, None: everybody's."""
    reading = _Reading(board, units, prefix, mine)
    filled = [
        (number, row) for number, row in enumerate(rows, start=1) if any(not _empty(cell) for cell in row)
    ]
    if not filled:
        reading.wrong(1, None, Wrong.EMPTY_FILE)
    elif len(filled) - 1 > ROWS_AT_MOST:
        reading.wrong(filled[-1][0], None, Wrong.TOO_MANY_ROWS, expected=str(ROWS_AT_MOST))
    else:
        keys = reading.headings(*filled[0])
        if not reading.errors:
            for number, row in filled[1:]:
                reading.read(number, dict(zip(keys, row, strict=False)))
    return Preview(rows=reading.rows, errors=reading.errors[:ERRORS_AT_MOST])


def importing(found: Preview) -> SaveResources:
    """The one action of an import. Raises Rejected(BAD_ACTION): there is an error, or nothing to change."""
    entries = [row.entry for row in found.rows if row.effect is not Effect.SAME]
    if found.errors or not entries:
        raise Rejected(Code.BAD_ACTION, errors=len(found.errors), rows=len(entries))
    return SaveResources(resources=entries)


def _empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


class _Reading:
    """One file, read from its first row to its last."""

    def __init__(
        self, board: Board, units: Mapping[UnitCode, str], prefix: str, mine: Container[UnitCode] | None
    ) -> None:
        self.board, self.prefix, self.mine = board, prefix, mine
        self.codes = {name: code for code, name in units.items()} | {code: code for code in units}
        self.kinds = {name: (kind.category, kind.measure) for name, kind in board.kinds.items()}
        self.ids: set[str] = set()
        self.rows: list[RowPreview] = []
        self.errors: list[RowError] = []

    def wrong(self, row: int, column: str | None, wrong: Wrong, cell: Cell = "", expected: str = "") -> None:
        value = "" if cell is None else str(cell)[:80]
        self.errors.append(RowError(row=row, column=column, wrong=wrong, value=value, expected=expected))

    def headings(self, number: int, row: Sequence[Cell]) -> list[str]:
        """The key of every column; "" for one without a heading."""
        keys: list[str] = []
        for cell in row:
            key = "" if _empty(cell) else known_as(str(cell))
            if key is None:
                self.wrong(number, str(cell)[:80], Wrong.UNKNOWN_COLUMN, cell)
            elif key and key in keys:
                self.wrong(number, key, Wrong.COLUMN_TWICE, cell)
            keys.append(key or "")
        for column in COLUMNS:
            if column.required and column.key not in keys:
                self.wrong(number, column.key, Wrong.COLUMN_MISSING, expected=heading(column))
        return keys

    def read(self, number: int, row: dict[str, Cell]) -> None:
        before = len(self.errors)
        values = self._values(number, row)
        for key in ("owner", "unit"):
            if key in values:
                code = self.codes.get(values[key])
                if code is None:
                    self.wrong(number, key, Wrong.UNKNOWN_UNIT, values[key])
                elif key == "owner" and self.mine is not None and code not in self.mine:
                    self.wrong(number, key, Wrong.OUT_OF_REACH, code)
                values[key] = code
        if ("lon" in values) != ("lat" in values):
            self.wrong(number, "lon" if "lat" in values else "lat", Wrong.HALF_POSITION)
        if len(self.errors) > before:
            return
        entry = self._entry(number, values)
        if entry is not None and self._fits(number, entry):
            known = self.board.resources.get(entry.id)
            if known is None:
                effect = Effect.NEW
            else:
                now = entry_of(self.board, known)
                same = msgspec.structs.replace(now, quantity=None if entry.quantity is None else now.quantity)
                effect = Effect.SAME if same == entry else Effect.CHANGED
            self.rows.append(RowPreview(row=number, entry=entry, effect=effect))

    def _values(self, number: int, row: dict[str, Cell]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, cell in row.items():
            if not key or _empty(cell):
                continue
            try:
                values[key] = BY_KEY[key].read(cell)
            except BadCell as bad:
                self.wrong(number, key, Wrong.BAD_VALUE, cell, str(bad))
        for column in COLUMNS:
            if column.required and _empty(row.get(column.key)):
                self.wrong(number, column.key, Wrong.VALUE_MISSING, expected=column.example)
        return values

    def _entry(self, number: int, values: dict[str, Any]) -> ResourceEntry | None:
        """Typed: lengths and patterns are those of the action."""
        known = self.board.resources.get(values.get("id", ""))
        if values["category"] in INDIVIDUAL and known is None:
            values.setdefault("quantity", 1)
        facts = {key: value for key, value in values.items() if key not in _OF_ENTRY}
        if "lon" in values:
            facts["position"] = {"lon": values["lon"], "lat": values["lat"]}
        built = {
            "id": values.get("id", f"{self.prefix}-{number}"),
            "category": values["category"],
            "measure": values["measure"],
            "quantity": values.get("quantity"),
            "facts": facts,
        }
        try:
            return msgspec.convert(built, ResourceEntry)
        except msgspec.ValidationError as refusal:
            what, _, where = str(refusal).partition(" - at `$.")
            key = where.rstrip("`").removeprefix("facts.").removeprefix("position.").partition("[")[0]
            self.wrong(number, key or None, Wrong.BAD_VALUE, values.get(key, ""), what)
            return None

    def _fits(self, number: int, entry: ResourceEntry) -> bool:
        before = len(self.errors)
        if entry.id in self.ids:
            self.wrong(number, "id", Wrong.ID_TWICE, entry.id)
        self.ids.add(entry.id)
        kind = self.kinds.setdefault(entry.facts.kind, (entry.category, entry.measure))
        if kind != (entry.category, entry.measure):
            expected = f"{kind[0].value}, {kind[1]}"
            self.wrong(number, "kind", Wrong.KIND_DIFFERS, entry.facts.kind, expected)
        if entry.category in INDIVIDUAL and (entry.quantity or 0) > 1:
            self.wrong(number, "quantity", Wrong.ONE_EACH, entry.quantity)
        if (known := self.board.resources.get(entry.id)) is not None:
            self._fits_known(number, entry, known)
        return len(self.errors) == before

    def _fits_known(self, number: int, entry: ResourceEntry, known: Resource) -> None:
        facts, stock = known.facts, known.stock
        if facts.owner != entry.facts.owner:
            self.wrong(number, "owner", Wrong.OWNER_CHANGED, entry.facts.owner, facts.owner)
        if facts.kind != entry.facts.kind and stock.supplied:
            self.wrong(number, "kind", Wrong.KIND_DIFFERS, entry.facts.kind, facts.kind)
        if entry.quantity is not None and entry.quantity < stock.reserved:
            self.wrong(number, "quantity", Wrong.PROMISED, entry.quantity, str(stock.reserved))
        if entry.category in INDIVIDUAL and entry.quantity and stock.out:
            self.wrong(number, "quantity", Wrong.UNDER_WAY, entry.quantity)


_OF_ENTRY = frozenset({"id", "category", "measure", "quantity", "lon", "lat"})
