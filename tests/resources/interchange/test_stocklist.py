"""A stock list goes out and comes back the same, and every error is told by its row and column."""

from datetime import date, datetime

import msgspec
import pytest
from hypothesis import given, settings

from resources.interchange import csv_text
from resources.interchange.columns import COLUMNS, DISTRICT_TIME, Cell, known_as
from resources.interchange.csv_text import NoTable
from resources.interchange.stocklist import Effect, Preview, Wrong, importing, preview, template, told
from resources.state import Board
from server import sheets
from server.domain.refusal import Rejected
from tests.resources.sourcing.boards import UNITS, board, boards, stock

NAMES = {"D03": "区水务局", "T1": "朱泾镇", "T2": "山阳镇", "TD03": "水务应急分队"}
HEAD: list[Cell] = ["编号", "名称", "类别", "计量单位", "数量", "所属单位"]


def read(*rows: list[Cell], on: Board | None = None) -> Preview:
    return preview([HEAD, *rows], on or board(), NAMES, "a1")


def wrongs(found: Preview) -> list[tuple[int, str | None, Wrong]]:
    return [(error.row, error.column, error.wrong) for error in found.errors]


def test_the_template_reads_without_an_error() -> None:
    found = preview(template(), board(), NAMES, "a1")
    assert wrongs(found) == []
    [row] = found.rows
    assert (row.effect, row.entry.facts.kind, row.entry.facts.skills) == (
        Effect.NEW,
        "移动水泵",
        ["泵车操作", "堤防抢险"],
    )


@settings(deadline=None, max_examples=60)
@given(boards())
def test_a_list_that_comes_back_unchanged_changes_nothing(on: Board) -> None:
    for resource in on.resources.values():
        resource.facts = msgspec.structs.replace(
            resource.facts, note="=1+1", name="'甲", shift="-", skills=["堵漏", "排水"]
        )
    rows = told(on)
    back = csv_text.rows_of(csv_text.csv_of(rows))
    found = preview(back, on, NAMES, "a1")
    assert wrongs(found) == []
    assert [row.effect for row in found.rows] == [Effect.SAME] * len(on.resources)
    with pytest.raises(Rejected):
        importing(found)


def test_an_excel_file_comes_back_as_it_went_out() -> None:
    on = board()
    stock(on, "s", "沙袋", 500, note='=HYPERLINK("x")', expires_at=1_900_000_000_000, batch="001", minimum=20)
    data = sheets.workbook_of(told(on), "库存")
    found = preview(sheets.rows_of(data), on, NAMES, "a1")
    assert wrongs(found) == []
    assert [row.effect for row in found.rows] == [Effect.SAME]


def test_headings_are_understood_in_either_language_and_both() -> None:
    for column in COLUMNS:
        for word in (
            column.zh,
            column.key,
            f"{column.zh} {column.key}",
            f"* {column.key.upper()} / {column.zh}",
        ):
            assert known_as(word) == column.key
    assert known_as("价格") is None


def test_rows_become_one_action_with_ids_for_those_without() -> None:
    found = read(
        ["", "水泵", "水泵", "台", "", "区水务局"], [None, "沙袋", "material", "只", "1,200", "T1"], []
    )
    action = importing(found)
    assert [(e.id, e.quantity, e.facts.owner) for e in action.resources] == [
        ("a1-2", 1, "D03"),
        ("a1-3", 1200, "T1"),
    ]


def test_only_what_changes_is_saved() -> None:
    on = board()
    stock(on, "s1", "沙袋", 10, position=None)
    stock(on, "s2", "沙袋", 20, position=None)
    found = read(["s1", "沙袋", "物资", "只", 10, "D03"], ["s2", "沙袋", "物资", "只", 25.0, "D03"], on=on)
    assert [row.effect for row in found.rows] == [Effect.SAME, Effect.CHANGED]
    assert [entry.id for entry in importing(found).resources] == ["s2"]


@pytest.mark.parametrize(
    ("row", "column", "wrong"),
    [
        (["x", "", "物资", "只", 1, "D03"], "kind", Wrong.VALUE_MISSING),
        (["x", "沙袋", "玩具", "只", 1, "D03"], "category", Wrong.BAD_VALUE),
        (["x", "沙袋", "物资", "只", "几个", "D03"], "quantity", Wrong.BAD_VALUE),
        (["x", "沙袋", "物资", "只", -1, "D03"], "quantity", Wrong.BAD_VALUE),
        (["x", "沙袋", "物资", "只", 1.5, "D03"], "quantity", Wrong.BAD_VALUE),
        (["x", "沙袋", "物资", "只", 1, "区气象局"], "owner", Wrong.UNKNOWN_UNIT),
        (["x", "沙袋", "物资", "袋", 1, "D03"], "kind", Wrong.KIND_DIFFERS),
        (["x", "水泵", "水泵", "台", 2, "D03"], "quantity", Wrong.ONE_EACH),
        (["坏 号", "沙袋", "物资", "只", 1, "D03"], "id", Wrong.BAD_VALUE),
        (["x" * 90, "沙袋", "物资", "只", 1, "D03"], "id", Wrong.BAD_VALUE),
        (["x", "长" * 90, "物资", "只", 1, "D03"], "kind", Wrong.BAD_VALUE),
    ],
)
def test_an_error_is_told_by_row_and_column(row: list[Cell], column: str, wrong: Wrong) -> None:
    found = read(["good", "沙袋", "物资", "只", 1, "D03"], row)
    assert wrongs(found) == [(3, column, wrong)]
    assert [good.row for good in found.rows] == [2]


def test_one_error_stops_the_whole_import() -> None:
    found = read(["x", "沙袋", "物资", "只", 1, "D03"], ["y", "沙袋", "物资", "只", "?", "D03"])
    with pytest.raises(Rejected):
        importing(found)


def test_an_id_that_stands_twice_and_an_owner_who_changes_are_errors() -> None:
    on = board()
    stock(on, "s", "沙袋", 10)
    found = read(["s", "沙袋", "物资", "只", 1, "T1"], ["s", "沙袋", "物资", "只", 1, "D03"], on=on)
    assert wrongs(found) == [(2, "owner", Wrong.OWNER_CHANGED), (3, "id", Wrong.ID_TWICE)]


def test_files_of_another_kind_are_refused_as_a_whole() -> None:
    assert wrongs(preview([], board(), NAMES, "a")) == [(1, None, Wrong.EMPTY_FILE)]
    strange = preview([["姓名", "编号", "编号"], ["王", "1", "2"]], board(), NAMES, "a")
    assert {error.wrong for error in strange.errors} == {
        Wrong.UNKNOWN_COLUMN,
        Wrong.COLUMN_TWICE,
        Wrong.COLUMN_MISSING,
    }
    row: list[Cell] = ["x", "沙袋", "物资", "只", 1, "D03"]
    many = read(*[row] * 3001)
    assert wrongs(many) == [(3002, None, Wrong.TOO_MANY_ROWS)]


def test_half_a_position_is_an_error() -> None:
    rows: list[list[Cell]] = [[*HEAD, "经度", "纬度"], ["x", "沙袋", "物资", "只", 1, "D03", 121.3, ""]]
    assert wrongs(preview(rows, board(), NAMES, "a")) == [(2, "lat", Wrong.HALF_POSITION)]


@pytest.mark.parametrize(
    "cell",
    [
        "2027-03-31",
        "2027/03/31",
        date(2027, 3, 31),
        datetime(2027, 3, 31, tzinfo=DISTRICT_TIME),
        "2027-04-01T00:00:00.5",
    ],
)
def test_what_expires_on_a_day_is_good_to_its_end(cell: Cell) -> None:
    rows: list[list[Cell]] = [[*HEAD, "有效期至"], ["x", "沙袋", "物资", "只", 1, "D03", cell]]
    [row] = preview(rows, board(), NAMES, "a").rows
    assert row.entry.facts.expires_at == 1_806_508_800_000  # 2027-04-01 00:00 of the district


def test_a_list_from_a_chinese_desk_is_read() -> None:
    told_there = "编号;名称;类别;计量单位;数量;所属单位\r\nx;沙袋;物资;只;5;区水务局\r\n".encode("gb18030")
    [row] = preview(csv_text.rows_of(told_there), board(), NAMES, "a").rows
    assert (row.entry.facts.owner, row.entry.quantity) == ("D03", 5)


def test_nothing_in_a_list_runs_on_the_desk_that_opens_it() -> None:
    on = board()
    stock(on, "s", "沙袋", 1, note="=cmd|' /C calc'!A0", phone="+86 21")
    lines = csv_text.csv_of(told(on)).decode("utf-8-sig").splitlines()
    assert "'=cmd" in lines[1]
    assert "'+86 21" in lines[1]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00a", b'a,"b\nc', b"a\x00b"])
def test_what_is_no_table_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NoTable):
        csv_text.rows_of(data)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 torn", csv_text.csv_of(template())])
def test_what_is_no_workbook_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NoTable):
        sheets.rows_of(data)


def test_every_owner_of_the_builders_is_known() -> None:
    assert set(UNITS) <= set(NAMES)
