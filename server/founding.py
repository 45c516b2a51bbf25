"""Founding a district: its file of units becomes the first entry of a log; a sample gets people too.

The district's file is `data/jinshan.json` in the sample: units with code, level, name, parent and position,
and departments. Any district can bring such a file.
"""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from resources.actions import ResourceEntry
from rooms.consultation.actions import RegisterCamera
from rooms.consultation.state import Camera, CameraKind
from server.domain.message import Position
from server.domain.people import Account, Post
from server.domain.plans import Plan
from server.domain.units import Group, Unit, UnitKind
from server.world.founding import FoundDistrict

DATA = Path(str(resources.files("server"))) / "data"
SAMPLE = DATA / "jinshan.json"
SAMPLE_GEO = DATA / "jinshan.geojson"
SAMPLE_PASSWORD = "pingji-sample"  # noqa: S105 (of invented people in an invented stock of accounts)

# A synthetic camera each, where one could stand: id, name, owner, the unit at whose place it stands, size.
_CAMERAS = (
    ("sample-sluice", "水闸（示例画面）", "D03", "310116112212", "640x360@15"),
    ("sample-seawall", "海塘（示例画面）", "310116109", "310116109006", "640x360@15"),
    ("sample-square", "镇区广场（示例画面）", "310116001", "310116001007", "480x270@15"),
)
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂英建华文辉玲志红梅晓燕海鹏春生国庆永健"


class DistrictFile(msgspec.Struct, frozen=True):
    """`about`: the district's name and code; `units`: the tree; `departments`: under the district."""

    about: dict[str, Any]
    units: list[dict[str, Any]]
    departments: list[dict[str, Any]]


class StockFile(msgspec.Struct, frozen=True):
    """`about`: where it comes from; `resources`: rows as SaveResources takes them."""

    about: dict[str, Any]
    resources: list[ResourceEntry]


class District(msgspec.Struct, frozen=True):
    code: str
    name: str
    units: list[Unit]


def read_district(path: Path) -> District:
    """Raises OSError or msgspec.MsgspecError with what is wrong in the file."""
    file = msgspec.json.decode(path.read_bytes(), type=DistrictFile)
    units = [
        Unit(
            code=row["code"],
            kind=UnitKind(row["level"]),
            name=row["name"],
            short=_short(row),
            parent=row.get("parent"),
            lon=row.get("lon"),
            lat=row.get("lat"),
        )
        for row in file.units
    ]
    code = str(file.about["code"])
    units += [
        Unit(code=row["code"], kind=UnitKind.DEPARTMENT, name=row["name"], short=row["short"], parent=code)
        for row in file.departments
    ]
    return District(code, str(file.about["district"]), units)


def _short(row: dict[str, Any]) -> str:
    area = str(row.get("area", row["name"]))
    for ending in ("村委会", "居委会", "村民委员会", "居民委员会"):
        area = area.removesuffix(ending)
    return area[:20]


def read_plans(folder: Path = DATA / "plans") -> list[Plan]:
    """The plans that ship, by file name."""
    return [
        msgspec.structs.replace(msgspec.json.decode(path.read_bytes(), type=Plan), version=1)
        for path in sorted(folder.glob("*.json"))
    ]


def read_stock(path: Path = DATA / "stock.json") -> list[ResourceEntry]:
    """The sample stock that ships."""
    return msgspec.json.decode(path.read_bytes(), type=StockFile).resources


def sample(district: District, plans: list[Plan], stock: Sequence[ResourceEntry] = ()) -> FoundDistrict:
    """The district with invented people at every post and field teams where a district has some."""
    root = district.code
    units = [*district.units, *_teams(district.units)]
    accounts = [
        _account("commander", root, Post.DUTY_COMMANDER, "陈国栋"),
        _account("commander2", root, Post.DUTY_COMMANDER, "沈海英"),
        _account("admin", root, Post.ADMINISTRATOR, "管理员"),
        _account("observer", root, Post.OBSERVER, "观察员"),
    ]
    posts = {
        UnitKind.DEPARTMENT: Post.DEPARTMENT_DESK,
        UnitKind.TOWN: Post.TOWN_DESK,
        UnitKind.VILLAGE: Post.VILLAGE_DESK,
        UnitKind.TEAM: Post.FIELD,
    }
    for number, unit in enumerate(units):
        unit.phone = f"021-0000{number:04d}"
        if unit.kind in posts:
            accounts.append(_account(unit.code.lower(), unit.code, posts[unit.kind], _name(number)))
    towns = [unit.code for unit in units if unit.kind is UnitKind.TOWN]
    coastal = [code for code in towns if code in {"310116001", "310116109", "310116112", "310116113"}]
    codes = {unit.code for unit in units}
    groups = [Group(id="coastal", name="沿海街镇", units=coastal or towns[:3])]
    return FoundDistrict(
        name=district.name,
        exercise=False,
        units=units,
        accounts=accounts,
        plans=plans,
        groups=groups,
        cameras=_cameras(district),
        stock=[row for row in stock if row.facts.owner in codes],
    )


def _cameras(district: District) -> list[RegisterCamera]:
    """Test pictures, so that a newcomer sees something move; nothing runs until somebody watches."""
    units = {unit.code: unit for unit in district.units}
    found: list[RegisterCamera] = []
    for id, name, owner, at, size in _CAMERAS:
        place = units.get(at)
        if owner not in units or place is None or place.lon is None or place.lat is None:
            continue
        position = Position(lon=place.lon, lat=place.lat)
        camera = Camera(id=id, name=name, owner=owner, kind=CameraKind.SYNTHETIC, position=position)
        found.append(RegisterCamera(camera=camera, address=size))
    return found


def bare(district: District, plans: list[Plan], administrator: str) -> FoundDistrict:
    """The district with one administrator, who must choose a password first."""
    account = Account(
        id=administrator,
        login=administrator,
        name="管理员",
        unit=district.code,
        post=Post.ADMINISTRATOR,
        password_due=True,
    )
    return FoundDistrict(
        name=district.name, exercise=False, units=district.units, accounts=[account], plans=plans
    )


def _teams(units: list[Unit]) -> list[Unit]:
    """One team per town and department, and one in every tenth village."""
    teams: list[Unit] = []
    villages = 0
    for unit in units:
        if unit.kind is UnitKind.TOWN:
            teams.append(_team(unit, "应急处置队"))
        elif unit.kind is UnitKind.DEPARTMENT:
            teams.append(_team(unit, "应急分队"))
        elif unit.kind is UnitKind.VILLAGE:
            villages += 1
            if villages % 10 == 0:
                teams.append(_team(unit, "民兵应急班"))
    return teams


def _team(unit: Unit, what: str) -> Unit:
    return Unit(
        code=f"T{unit.code}",
        kind=UnitKind.TEAM,
        name=f"{unit.short}{what}",
        short=f"{unit.short}队",
        parent=unit.code,
        lon=unit.lon,
        lat=unit.lat,
    )


def _account(login: str, unit: str, post: Post, name: str) -> Account:
    return Account(id=login, login=login, name=name, unit=unit, post=post)


def _name(number: int) -> str:
    """An invented name, the same for the same number."""
    first = _SURNAMES[number * 7 % len(_SURNAMES)]
    second = _GIVEN[number * 11 % len(_GIVEN)]
    third = _GIVEN[number * 17 % len(_GIVEN)] if number % 3 else ""
    return first + second + third
