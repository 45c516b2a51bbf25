"""Stock lists over HTTP: what goes out comes back the same, errors by row, all of it or nothing."""

import asyncio
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from resources.interchange import csv_text
from resources.interchange.columns import Cell
from server import sheets
from tests.conftest import StartPingji
from tests.wire.board import TEAM, TOWN, WATER, act, board, fresh
from tests.wire.conftest import Answer, Visit, Visitor

KEYS = ["id", "kind", "category", "measure", "quantity", "owner", "depot", "minimum"]


def sheet(*rows: list[Cell], kind: str = "csv", keys: list[str] = KEYS) -> bytes:
    table: list[list[Cell]] = [list(keys), *rows]
    return csv_text.csv_of(table) if kind == "csv" else sheets.workbook_of(table, "stock")


def row(id: str = "", quantity: Cell = 5, owner: str = "D03", kind: str = "测试水泵管") -> list[Cell]:
    return [id, kind, "物资", "根", quantity, owner, "北库", 2]


async def bring(who: Visitor, data: bytes, *, id: str = "", name: str = "stock.csv", **query: str) -> Answer:
    asked = {"name": name, "dry": "false" if id else "true"} | query
    return await who("POST", "/api/stock/import", data, params=asked, headers={"Action-Id": id} if id else {})


def errors(answer: Answer) -> list[tuple[int, str | None, str]]:
    assert (answer.status, answer.code) == (400, "bad_sheet"), answer.said
    return [(e["row"], e["column"], e["code"]) for e in answer.said["error"]["detail"]["errors"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_the_template_can_be_brought_back_as_it_is(visit: Visit, kind: str) -> None:
    water = await visit(WATER)
    file = await water("GET", f"/api/stock/template.{kind}")
    assert file.status == 200
    assert f"stock-template.{kind}" in file.headers["Content-Disposition"]
    told = await bring(water, file.body)
    assert told.status == 200, told.said
    assert [told.said[word] for word in ("new", "changed", "same", "errors")] == [1, 0, 0, []]
    assert told.said["rows"][0]["owner"] == "D03"
    assert "seq" not in told.said


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_what_was_exported_comes_back_as_the_same(visit: Visit, kind: str) -> None:
    commander = await visit("commander")
    file = await commander("GET", f"/api/stock.{kind}")
    told = await bring(commander, file.body)
    assert told.status == 200, told.said
    counts = len((await board(commander))["resources"])
    assert (told.said["new"], told.said["changed"], told.said["same"]) == (0, 0, counts)


async def test_a_list_of_a_unit_is_of_it_alone_or_of_those_below_it_too(visit: Visit) -> None:
    commander = await visit("commander")

    async def owners(**query: str) -> set[str]:
        lines = csv_text.rows_of((await commander("GET", "/api/stock.csv", params=query)).body)
        place = [str(cell) for cell in lines[0]].index("所属单位 owner")
        return {str(line[place]) for line in lines[1:]}

    everybody = await owners()
    assert await owners(owner="310116") == {"310116"} < everybody
    assert await owners(owner="310116", below="1") == everybody
    town = {code for code in everybody if code.startswith("310116001")}
    assert await owners(owner="310116001", below="1") == town


async def test_one_sees_in_a_list_what_one_sees_on_the_board(visit: Visit) -> None:
    water, town = await visit(WATER), await visit(TOWN)
    mine = csv_text.rows_of((await water("GET", "/api/stock.csv", params={"owner": "D03"})).body)
    owner = [str(cell) for cell in mine[0]].index("所属单位 owner")
    assert {line[owner] for line in mine[1:]} == {"D03"}
    assert len(csv_text.rows_of((await town("GET", "/api/stock.csv")).body)) > len(mine)
    team = csv_text.rows_of((await (await visit(TEAM))("GET", "/api/stock.csv")).body)
    assert len(team) == 1
    nowhere = await water("GET", "/api/stock.csv", params={"owner": "none"})
    assert (nowhere.status, nowhere.code) == (404, "unknown_unit")
    assert (await (await visit())("GET", "/api/stock.csv")).code == "bad_token"
    assert (await water("GET", "/api/stock.pdf")).status == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_a_list_is_one_action_and_a_retry_finds_it_done(visit: Visit, kind: str) -> None:
    water, id = await visit(WATER), fresh("import")
    data = sheet(row(), row(quantity=7), row(f"{id}-own", 9), kind=kind)
    tried = await bring(water, data)
    assert tried.said["new"] == 3
    before = (await water("GET", "/api/board")).said["seq"]
    done = await bring(water, data, id=id)
    assert (done.status, done.said["new"], done.said["seq"]) == (200, 3, before + 1)
    again = await bring(water, data, id=id)
    assert (again.status, again.said["seq"], again.said["new"]) == (200, before + 1, 0)
    stock = (await board(water))["resources"]
    ids = [told["id"] for told in done.said["rows"]]
    assert [stock[id]["stock"]["free"] for id in ids] == [5, 7, 9]
    more = await bring(water, sheet([ids[0], *row(quantity=6)[1:]]), id=fresh("import"))
    assert more.said["rows"] == [
        {
            "row": 2,
            "id": ids[0],
            "change": "changed",
            "kind": "测试水泵管",
            "name": "",
            "owner": "D03",
            "quantity": 6,
            "before": {"quantity": 5},
            "after": {"quantity": 6},
        }
    ]


async def test_with_one_error_nothing_is_imported_and_every_error_is_told(visit: Visit) -> None:
    water = await visit(WATER)
    wrong = sheet(
        row("fine-1"),
        row("bad-1", "many"),
        row("bad-2", owner="nobody"),
        row("fine-1"),
        ["bad-3", "测试泵", "水泵", "台", 3, "D03", "", ""],
        ["", "", "物资", "根", 1, "D03", "", ""],
        row("bad-4", owner="D04"),
    )
    answer = await bring(water, wrong, id=fresh("import"))
    assert errors(answer) == [
        (3, "quantity", "bad_value"),
        (4, "owner", "unknown_unit"),
        (5, "id", "id_twice"),
        (6, "quantity", "one_each"),
        (7, "kind", "value_missing"),
        (8, "owner", "out_of_reach"),
    ]
    assert "fine-1" not in (await board(water))["resources"]
    first = answer.said["error"]["detail"]["errors"][0]
    assert (first["value"], first["expected"]) == ("many", "whole number")


async def test_what_only_the_rules_know_is_told_at_its_row(visit: Visit) -> None:
    """A team that serves no more: the list can be read, but not saved."""
    water, admin = await visit(WATER), await visit("admin")
    unit = {"code": fresh("TX"), "kind": "team", "name": "临时队", "short": "临时", "parent": "D03"}
    assert (await act(admin, "AddUnit", unit=unit)).status == 200
    keys = [*KEYS, "unit"]
    data = sheet([*row("ok-row"), ""], [*row("its-team"), unit["code"]], keys=keys)
    assert (await bring(water, data)).status == 200
    assert (await act(admin, "RetireUnit", code=unit["code"])).status == 200
    assert errors(await bring(water, data)) == [(3, "unit", "unknown_unit")]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [(1, None, "empty_file")]),
        (b"\xff\xfe\x00\x00", [(1, None, "no_table")]),
        (b"PK\x03\x04not a workbook", [(1, None, "no_table")]),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, [(1, None, "no_table")]),
        (sheet(), [(1, None, "empty_file")]),
        (sheet(row(), keys=["colour", *KEYS[1:]]), [(1, "colour", "unknown_column")]),
        (sheet(*(row() for _ in range(3001))), [(3002, None, "too_many_rows")]),
    ],
    ids=["nothing", "no text", "no zip", "old Excel", "no rows", "strange", "3001 rows"],
)
async def test_what_is_no_stock_list_is_said(visit: Visit, data: bytes, found: list[Any]) -> None:
    assert errors(await bring(await visit(WATER), data)) == found


async def test_a_file_may_be_so_large_and_no_larger(visit: Visit) -> None:
    answer = await bring(await visit(WATER), b"x" * 8_000_001)
    assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.parametrize("who", [TEAM, "observer"])
async def test_who_keeps_no_stock_imports_none(visit: Visit, who: str) -> None:
    answer = await bring(await visit(who), sheet(row()))
    assert (answer.status, answer.code) == (403, "not_allowed")


async def test_an_import_without_an_id_is_refused(visit: Visit) -> None:
    for headers in ({}, {"Action-Id": "with spaces in it"}):
        answer = await (await visit(WATER))(
            "POST", "/api/stock/import", sheet(row()), params={"dry": "false"}, headers=headers
        )
        assert (answer.status, answer.code) == (400, "bad_action")
        assert answer.said["error"]["detail"] == {"fields": ["Action-Id"]}


async def test_three_thousand_rows_come_in_as_one_while_others_act(
    start_pingji: StartPingji, visit: Visit, tmp_path: Path
) -> None:
    node = start_pingji()
    water, commander = await visit(WATER, at=node), await visit("commander", at=node)
    data = sheet(*(row(quantity=n % 90) for n in range(3000)), kind="xlsx")
    bringing = asyncio.create_task(bring(water, data, id=fresh("import"), name="much.xlsx"))
    slowest = 0.0
    while not bringing.done():
        began = perf_counter()
        assert (await act(commander, "CloseRequest", request="none")).code == "unknown_request"
        slowest = max(slowest, perf_counter() - began)
        await asyncio.sleep(0.1)
    done = await bringing
    assert (done.status, done.said["new"], done.said["truncated"]) == (200, 3000, True)
    assert len(done.said["rows"]) == 500
    assert slowest < 3
    timeline = await commander("GET", "/api/timeline?text=测试水泵管")
    assert len(timeline.said["rows"]) <= 10
