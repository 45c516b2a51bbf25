"""The tree of units, and which emergency governs where."""

import pytest

from server.domain import incident as i
from server.domain import mode as m
from server.domain import units as u
from server.domain.refusal import RETRY, Code, Rejected
from server.domain.units import UnitKind

UNITS = {
    code: u.Unit(code=code, kind=kind, name=code, short=code, parent=parent)
    for code, kind, parent in [
        ("d", UnitKind.DISTRICT, None),
        ("town", UnitKind.TOWN, "d"),
        ("village", UnitKind.VILLAGE, "town"),
        ("team", UnitKind.TEAM, "village"),
        ("water", UnitKind.DEPARTMENT, "d"),
    ]
}


def activation(scope: str, mode: m.Mode) -> m.Activation:
    return m.Activation(
        id=f"at-{scope}",
        scope=scope,
        mode=mode,
        incident="i",
        level=i.ResponseLevel.III,
        reason="x",
        declared_at=0,
        declared_by="x",
        declared_name="x",
        confirmed_by=None,
        plan=None,
        plan_version=0,
        plan_name="",
        rooms=[],
        resources=[],
        checklist=[],
        ticked={},
    )


def governing(unit: str, **modes: m.Mode) -> str | None:
    found = m.governing(UNITS, {scope: activation(scope, mode) for scope, mode in modes.items()}, unit)
    return found.scope if found else None


def test_the_way_up_ends_at_the_district() -> None:
    assert list(u.lineage(UNITS, "team")) == ["team", "village", "town", "d"]
    assert list(u.lineage(UNITS, "unheard of")) == ["unheard of"]


def test_a_unit_is_under_itself_and_its_superiors() -> None:
    assert [top for top in UNITS if u.is_under(UNITS, "village", top)] == ["d", "town", "village"]


@pytest.mark.parametrize("kind", UnitKind)
@pytest.mark.parametrize("parent", UNITS)
def test_a_unit_stands_only_where_the_field_knows_it(kind: UnitKind, parent: str) -> None:
    if kind in u.BELOW[UNITS[parent].kind]:
        u.may_stand_under(UNITS, kind, parent)
    else:
        with pytest.raises(Rejected) as refusal:
            u.may_stand_under(UNITS, kind, parent)
        assert refusal.value.code is Code.BAD_PLACE_IN_TREE


def test_only_the_district_has_nothing_above_it() -> None:
    placed = {kind for kinds in u.BELOW.values() for kind in kinds}
    assert placed == set(UnitKind) - {UnitKind.DISTRICT}


def test_the_nearest_emergency_governs() -> None:
    assert governing("village") is None
    assert governing("village", d=m.Mode.EMERGENCY) == "d"
    assert governing("village", d=m.Mode.EMERGENCY, town=m.Mode.EMERGENCY) == "town"
    assert governing("water", d=m.Mode.EMERGENCY, town=m.Mode.EMERGENCY) == "d"


def test_an_emergency_above_outweighs_a_standing_down_nearby() -> None:
    assert governing("village", d=m.Mode.EMERGENCY, town=m.Mode.STANDING_DOWN) == "d"
    assert governing("village", d=m.Mode.STANDING_DOWN, town=m.Mode.STANDING_DOWN) == "town"
    assert governing("village", town=m.Mode.STANDING_DOWN) == "town"


def test_a_refusal_says_whether_trying_again_can_help() -> None:
    assert all(Rejected(code).retry == (code in RETRY) for code in Code)
    refusal = Rejected(Code.RATE_LIMITED, after=500, most=3)
    assert (str(refusal), refusal.after, refusal.detail) == ("rate_limited", 500, {"most": 3})
