"""The columns of a stock list. Headings are given in Chinese and in English; either is understood, or
both.

A cell arrives as text, or as the number or date that a sheet holds. Reading one either gives a value or
raises `BadCell`; an empty cell is the column's default. Dates are days of the district: what expires on a
day is good to its end.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec

from resources.actions import ResourceEntry
from resources.state import Category

Cell = str | int | float | bool | datetime | date | None
DISTRICT_TIME = timezone(timedelta(hours=8))
CATEGORY_WORDS: dict[Category, str] = {
    Category.MATERIAL: "物资",
    Category.VEHICLE: "车辆",
    Category.BOAT: "船艇",
    Category.PUMP: "水泵",
    Category.GENERATOR: "发电照明",
    Category.TEAM: "队伍",
    Category.EXPERT: "专家",
    Category.SHELTER: "避难场所",
}


class BadCell(Exception):
    """A cell cannot be read; the argument says what was expected."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    key: str  # the English heading; the field of the entry or of its facts
    zh: str
    read: Callable[[Cell], Any]  # of a cell that is not empty
    write: Callable[[ResourceEntry], Cell]
    required: bool = False
    example: str = ""


def text(cell: Cell) -> str:
    """A number that a sheet made of a code is a code again: 310116001.0 is 310116001."""
    if isinstance(cell, bool) or cell is None:
        raise BadCell("text")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell).strip()


def count(cell: Cell) -> int:
    try:
        number = float(text(cell).replace(",", "").replace("\uff0c", ""))
    except ValueError:
        raise BadCell("whole number") from None
    if not 0 <= number <= 10_000_000 or not number.is_integer():
        raise BadCell("whole number")
    return int(number)


def degree(cell: Cell) -> float:
    try:
        number = float(text(cell))
    except ValueError:
        raise BadCell("degrees") from None
    if not -180 <= number <= 180:
        raise BadCell("degrees")
    return number


def category(cell: Cell) -> Category:
    word = text(cell).casefold()
    for known, zh in CATEGORY_WORDS.items():
        if word in (known.value, zh):
            return known
    raise BadCell(", ".join(f"{zh} {known.value}" for known, zh in CATEGORY_WORDS.items()))


def moment(cell: Cell) -> int:
    """Epoch ms: the end of a day, or a moment when a time is given."""
    try:
        if isinstance(cell, datetime):
            when = cell
        elif isinstance(cell, date):
            when = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 (the zone follows)
        else:
            when = datetime.fromisoformat(text(cell).replace("/", "-"))
    except ValueError:
        raise BadCell("date like 2027-03-31") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=DISTRICT_TIME)
    if (when.hour, when.minute, when.second, when.microsecond) == (0, 0, 0, 0):
        when += timedelta(days=1)
    return int(when.timestamp()) * 1000


def told_moment(at: int | None) -> str:
    if at is None:
        return ""
    when = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(DISTRICT_TIME)
    if (when.hour, when.minute, when.second) == (0, 0, 0):
        return (when - timedelta(days=1)).date().isoformat()
    return when.isoformat(sep=" ", timespec="seconds")[:19]


def skills(cell: Cell) -> list[str]:
    found = text(cell)
    for mark in ",;\uff0c\uff1b":  # ASCII and full width
        found = found.replace(mark, "、")
    return list(dict.fromkeys(part.strip() for part in found.split("、") if part.strip()))


def _fact(key: str) -> Callable[[ResourceEntry], Cell]:
    def write(entry: ResourceEntry) -> Cell:
        found: Cell = getattr(entry.facts, key)
        return "" if found is None else found

    return write


def _plain(key: str, zh: str, example: str = "", required: bool = False) -> Column:
    return Column(key=key, zh=zh, read=text, write=_fact(key), required=required, example=example)


COLUMNS: tuple[Column, ...] = (
    Column(key="id", zh="编号", read=text, write=lambda e: e.id, example="pump-001"),
    _plain("kind", "名称", "移动水泵", required=True),
    Column(
        key="category",
        zh="类别",
        read=category,
        write=lambda e: CATEGORY_WORDS[e.category],
        required=True,
        example="水泵",
    ),
    Column(key="measure", zh="计量单位", read=text, write=lambda e: e.measure, required=True, example="台"),
    Column(
        key="quantity",
        zh="数量",
        read=count,
        write=lambda e: "" if e.quantity is None else e.quantity,
        example="1",
    ),
    _plain("owner", "所属单位", "D03", required=True),
    _plain("name", "编组或车牌", "水泵1号"),
    _plain("depot", "存放地点", "区水务局应急仓库(山阳)"),
    Column(
        key="lon",
        zh="经度",
        read=degree,
        write=lambda e: e.facts.position.lon if e.facts.position else "",
        example="121.3622",
    ),
    Column(
        key="lat",
        zh="纬度",
        read=degree,
        write=lambda e: e.facts.position.lat if e.facts.position else "",
        example="30.7641",
    ),
    _plain("keeper", "保管人", "王师傅"),
    _plain("phone", "电话", "021-00009000"),
    _plain("batch", "批次", "2026-05"),
    Column(
        key="expires_at",
        zh="有效期至",
        read=moment,
        write=lambda e: told_moment(e.facts.expires_at),
        example="2029-03-31",
    ),
    Column(key="ready_in", zh="准备分钟", read=count, write=_fact("ready_in"), example="10"),
    Column(key="minimum", zh="最低库存", read=count, write=_fact("minimum"), example="1"),
    Column(
        key="skills",
        zh="技能",
        read=skills,
        write=lambda e: "、".join(e.facts.skills),
        example="泵车操作、堤防抢险",
    ),
    _plain("shift", "班次", "三班"),
    _plain("unit", "对应队伍", "TD03"),
    _plain("fault", "故障"),
    _plain("note", "备注"),
)
BY_KEY = {column.key: column for column in COLUMNS}


def heading(column: Column) -> str:
    return f"{column.zh} {column.key}"


def known_as(word: str) -> str | None:
    """The key of a heading in either language or both; a star may mark what is required."""
    word = " ".join(word.replace("*", " ").replace("/", " ").casefold().split())
    for column in COLUMNS:
        if word in (column.key, column.zh, heading(column), f"{column.key} {column.zh}"):
            return column.key
    return None
