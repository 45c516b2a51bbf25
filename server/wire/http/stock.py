"""Stock as lists: the template, what one sees of it, and a list brought back.

An import is one `SaveResources`: all of its rows or none. Asked with `dry=true` it says what it would do and
changes nothing. Reading and writing files is done in a thread, one at a time: a workbook takes seconds.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from resources.actions import SaveResources
from resources.authority import AUTHORITY
from resources.interchange import csv_text
from resources.interchange.columns import Cell
from resources.interchange.csv_text import BYTES_AT_MOST, NoTable
from resources.interchange.stocklist import (
    Effect,
    Preview,
    RowError,
    RowPreview,
    Wrong,
    difference,
    preview,
    template,
    told,
)
from resources.state import Board
from server import sheets
from server.domain.message import ActionId, UnitCode
from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, is_under
from server.engine.engine import Engine
from server.wire.answers import json_answer
from server.wire.http.board import seen_board
from server.wire.http.door import Door
from server.wire.http.pace import Pace
from server.wire.sign_in import Session

ROWS_TOLD = 500
WAITING_AT_MOST = 8
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
TITLE = "库存 stock"
MIME = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.MIME}
T = TypeVar("T")
Difference = tuple[dict[str, Cell], dict[str, Cell]]


class Asked(msgspec.Struct, frozen=True):
    """An import, as it was asked for."""

    data: bytes
    board: Board  # the maps are copies: the log goes on while they are read
    units: Mapping[UnitCode, str]
    mine: frozenset[UnitCode]
    prefix: str


class Stock:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self._pace = pace
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sheets")
        self._waiting = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/stock/template.{kind:csv|xlsx}", self.template),
            web.get("/api/stock.{kind:csv|xlsx}", self.export),
            web.post("/api/stock/import", self.bring),
        ]

    async def close(self, app: web.Application) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def template(self, request: web.Request) -> web.StreamResponse:
        """The headings and one example."""
        await self._door.person(request)
        return await self._file(request, template, "stock-template")

    async def export(self, request: web.Request) -> web.StreamResponse:
        """What the caller sees of the stock; `owner`: of this unit alone; `below`: and those below it."""
        session, account = await self._door.person(request)
        self._pace.admit(self._door.hosted[session.log], session)
        engine = self._door.hosted[session.log].engine
        await engine.at_rest()
        state, owner = engine.world.state, request.query.get("owner")
        if owner is not None and owner not in state.units:
            raise Rejected(Code.UNKNOWN_UNIT, unit=owner)
        seen = seen_board(state, account)
        below = request.query.get("below", "") in ("1", "true")
        wanted = _owners(state.units, owner, below=below)
        mine = {id: r for id, r in seen.resources.items() if wanted is None or r.facts.owner in wanted}
        return await self._file(
            request,
            partial(told, Board(kinds=dict(seen.kinds), resources=mine)),
            f"stock-{owner or state.log}",
        )

    async def bring(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, CSV or Excel. With one error nothing is imported."""
        session, account = await self._door.person(request)
        hosted = self._door.hosted[session.log]
        self._pace.admit(hosted, session)
        if account.post not in AUTHORITY[SaveResources][0]:
            raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
        dry, id = _how(request)
        data = await _bytes(request)
        await hosted.engine.at_rest()
        asked = _asked(hosted.engine, account, data, id)
        found, was = await self._in_thread(partial(_read, asked))
        if found.errors:
            raise _refused(found)
        answer = _told(found, was)
        action = SaveResources(resources=_entries(found))
        try:
            if dry:
                await hosted.engine.preview("preview", account.id, action)
            else:
                answer["seq"] = await self._saved(hosted.engine, session, account, id, action)
        except Rejected as refusal:
            raise _by_row(refusal, found) from None
        return json_answer(answer)

    async def _saved(
        self, engine: Engine, session: Session, account: Account, id: str, action: SaveResources
    ) -> int:
        with self._pace.waiting(session):
            return (await engine.ask(id, account.id, action)).seq

    async def _file(
        self, request: web.Request, rows: Callable[[], list[list[Cell]]], name: str
    ) -> web.Response:
        kind = request.match_info["kind"]

        def written() -> bytes:
            return csv_text.csv_of(rows()) if kind == "csv" else sheets.workbook_of(rows(), TITLE)

        headers = {
            "Content-Type": MIME[kind],
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
            "Cache-Control": "private, no-store",
        }
        return web.Response(body=await self._in_thread(written), headers=headers)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_AT_MOST:
            raise Rejected(Code.TOO_MANY_PENDING, after=3000)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _owners(units: Mapping[UnitCode, Unit], owner: str | None, *, below: bool) -> frozenset[str] | None:
    """Whose stock is wanted; None: everybody's."""
    if owner is None:
        return None
    return frozenset(code for code in units if code == owner or (below and is_under(units, code, owner)))


def _how(request: web.Request) -> tuple[bool, str]:
    """Whether it is only tried, and the id of the action: made once by the caller, kept for a retry."""
    dry = request.query.get("dry", "true")
    if dry not in ("true", "false"):
        raise Rejected(Code.BAD_ACTION, fields=["dry"])
    id = request.headers.get("Action-Id", "")
    try:
        msgspec.convert(id, ActionId)
    except msgspec.ValidationError:
        if id or dry == "false":
            raise Rejected(Code.BAD_ACTION, fields=["Action-Id"]) from None
    return dry == "true", id


async def _bytes(request: web.Request) -> bytes:
    data = bytearray()
    async for piece in request.content.iter_chunked(256 * 1024):
        data += piece
        if len(data) > BYTES_AT_MOST:
            raise Rejected(Code.TOO_LARGE, most=BYTES_AT_MOST)
    return bytes(data)


def _asked(engine: Engine, account: Account, data: bytes, id: str) -> Asked:
    """Everything that reading needs. New rows get ids made of the action's: a retry finds them again."""
    state = engine.world.state
    units = {code: unit.name for code, unit in state.units.items() if unit.active}
    return Asked(
        data,
        Board(kinds=dict(state.board.kinds), resources=dict(state.board.resources)),
        units,
        frozenset(code for code in units if is_under(state.units, code, account.unit)),
        f"r{sha256(f'{account.id} {id}'.encode()).hexdigest()[:12]}",
    )


def _read(asked: Asked) -> tuple[Preview, list[Difference]]:
    """What it would do, and what of each row is otherwise now."""
    try:
        rows = _rows(asked.data)
    except NoTable as bad:
        wrong = RowError(row=1, column=None, wrong=Wrong.NO_TABLE, expected=str(bad))
        return Preview(rows=[], errors=[wrong]), []
    found = preview(rows, asked.board, asked.units, asked.prefix, asked.mine)
    if not found.rows and not found.errors:
        return Preview(rows=[], errors=[RowError(row=1, column=None, wrong=Wrong.EMPTY_FILE)]), []
    return found, [difference(asked.board, row.entry) for row in found.rows]


def _rows(data: bytes) -> list[list[Cell]]:
    if data.startswith(b"PK\x03\x04"):
        return sheets.rows_of(data)
    if data.startswith(OLD_EXCEL):
        raise NoTable("an old Excel file (.xls): save it as .xlsx or CSV")
    return csv_text.rows_of(data)


def _entries(found: Preview) -> list[Any]:
    """Those that change something; if none does, one that does not: it is answered like any other."""
    return [row.entry for row in found.rows if row.effect is not Effect.SAME] or [found.rows[0].entry]


def _told(found: Preview, was: list[Difference]) -> dict[str, Any]:
    """What changes first, when there is too much to tell."""
    counts = {effect.value: sum(row.effect is effect for row in found.rows) for effect in Effect}
    both = sorted(zip(found.rows, was, strict=True), key=lambda each: each[0].effect is Effect.SAME)
    shown = sorted(both[:ROWS_TOLD], key=lambda each: each[0].row)
    return {
        **counts,
        "errors": [_error(error) for error in found.errors],
        "rows": [_row(row, other) for row, other in shown],
        "truncated": len(found.rows) > ROWS_TOLD,
    }


def _row(row: RowPreview, other: Difference) -> dict[str, Any]:
    entry = row.entry
    return {
        "row": row.row,
        "id": entry.id,
        "change": row.effect.value,
        "kind": entry.facts.kind,
        "name": entry.facts.name,
        "owner": entry.facts.owner,
        "quantity": entry.quantity,
        "before": other[0],
        "after": other[1],
    }


def _error(error: RowError) -> dict[str, Any]:
    text = "; ".join(part for part in (error.value, error.expected and f"expected {error.expected}") if part)
    return {
        "row": error.row,
        "column": error.column,
        "code": error.wrong.value,
        "text": text,
        "value": error.value,
        "expected": error.expected,
    }


def _refused(found: Preview) -> Rejected:
    return Rejected(Code.BAD_SHEET, **_told(found, [({}, {}) for _ in found.rows]))


def _by_row(refusal: Rejected, found: Preview) -> Rejected:
    """What only the rules knew, or what somebody changed meanwhile, told at its row."""
    at = refusal.detail.get("row")
    if not isinstance(at, int):
        return refusal
    changed = [row for row in found.rows if row.effect is not Effect.SAME] or found.rows
    said = _told(found, [({}, {}) for _ in found.rows])
    detail = {key: value for key, value in refusal.detail.items() if key != "row"}
    said["errors"] = [
        {
            "row": changed[at].row,
            "column": None,
            "code": refusal.code.value,
            "text": ", ".join(f"{key}: {value}" for key, value in detail.items()),
            "value": "",
            "expected": "",
        }
    ]
    return Rejected(Code.BAD_SHEET, **said)
