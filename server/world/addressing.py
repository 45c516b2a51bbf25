"""Who is meant: areas, kinds, groups and single units, resolved to the units of this moment."""

from server.domain import command as c
from server.domain.refusal import Code, Rejected
from server.domain.units import active_unit, is_under, lineage
from server.world.state import State

SCOPE = "scope"  # in a plan: the unit for which the switch is thrown


def addressed(state: State, to: c.Addressing, within: str, scope: str | None = None) -> list[str]:
    """The active units addressed, in the tree's order. Refuses units outside `within`, none, too many."""
    units = state.units
    chosen: set[str] = set()
    for code in to.units:
        chosen.add(active_unit(units, _placed(code, scope)).code)
    for area in to.areas:
        top = active_unit(units, _placed(area.under, scope)).code
        kinds = frozenset(area.kinds)
        chosen.update(
            unit.code
            for unit in units.values()
            if unit.active and unit.kind in kinds and is_under(units, unit.code, top)
        )
    for group_id in to.groups:
        group = state.groups.get(group_id)
        if group is None:
            raise Rejected(Code.UNKNOWN_GROUP, group=group_id)
        chosen.update(code for code in group.units if code in units and units[code].active)
    for code in chosen:
        if not is_under(units, code, within):
            raise Rejected(Code.OUT_OF_REACH, unit=code)
    if not chosen:
        raise Rejected(Code.NOBODY_ADDRESSED)
    if len(chosen) > c.ADDRESSED_AT_MOST:
        raise Rejected(Code.TOO_MANY_ADDRESSED, most=c.ADDRESSED_AT_MOST, count=len(chosen))
    return [code for code in units if code in chosen]


def _placed(code: str, scope: str | None) -> str:
    return scope if code == SCOPE and scope is not None else code


def watchers_of(state: State, unit: str, issuer: str, above: list[str]) -> list[str]:
    """Who may see a delivery: superiors, nearest first, the issuer's line, then `above` (of a parent)."""
    seen: dict[str, None] = dict.fromkeys([code for code in lineage(state.units, unit) if code != unit])
    ordered = [*seen]
    line = [code for code in lineage(state.units, issuer) if code != unit]
    extra = [code for code in (*line, *above) if code not in seen and code != unit]
    # the district stays last: it is where escalation ends
    return [*ordered[:-1], *dict.fromkeys(extra), *ordered[-1:]]
