"""Who is meant: areas, kinds, groups and single units, resolved to the units of this moment."""

from collections.abc import Callable, Mapping

from server.domain import command as c
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, active_unit, lineage
from server.world.state import State
from server.world.world import World

SCOPE = "scope"  # in a plan: the unit for which the switch is thrown


def addressed(state: State, to: c.Addressing, within: str, scope: str | None = None) -> list[str]:
    """The active units addressed, in the tree's order. Refuses units outside `within`, none, too many."""
    units = state.units
    chosen: set[str] = set()
    for code in to.units:
        chosen.add(active_unit(units, _placed(code, scope)).code)
    for area in to.areas:
        top = active_unit(units, _placed(area.under, scope)).code
        kinds, stands = frozenset(area.kinds), _standing_under(units, top)
        chosen.update(
            unit.code for unit in units.values() if unit.active and unit.kind in kinds and stands(unit.code)
        )
    for group_id in to.groups:
        group = state.groups.get(group_id)
        if group is None:
            raise Rejected(Code.UNKNOWN_GROUP, group=group_id)
        chosen.update(code for code in group.units if code in units and units[code].active)
    stands = _standing_under(units, within)
    for code in chosen:
        if not stands(code):
            raise Rejected(Code.OUT_OF_REACH, unit=code)
    if not chosen:
        raise Rejected(Code.NOBODY_ADDRESSED)
    if len(chosen) > c.ADDRESSED_AT_MOST:
        raise Rejected(Code.TOO_MANY_ADDRESSED, most=c.ADDRESSED_AT_MOST, count=len(chosen))
    return [code for code in units if code in chosen]


def _placed(code: str, scope: str | None) -> str:
    return scope if code == SCOPE and scope is not None else code


def _standing_under(units: Mapping[str, Unit], top: str) -> Callable[[str], bool]:
    """`is_under` for many: each part of the tree is climbed once."""
    known = {top: True}

    def stands(code: str) -> bool:
        found = known.get(code)
        if found is None:
            unit = units.get(code)
            found = known[code] = unit is not None and unit.parent is not None and stands(unit.parent)
        return found

    return stands


def watchers_for(state: State, issuer: str, above: list[str]) -> Callable[[str], list[str]]:
    """`watchers_of` for the addressees of one command: siblings share one list, which nobody changes."""
    named = {*lineage(state.units, issuer), *above}
    of_parent: dict[str | None, list[str]] = {}

    def watchers(unit: str) -> list[str]:
        known = state.units.get(unit)
        if known is None or unit in named:  # who is named sees it as addressee, not as superior
            return watchers_of(state, unit, issuer, above)
        found = of_parent.get(known.parent)
        if found is None:
            found = of_parent[known.parent] = watchers_of(state, unit, issuer, above)
        return found

    return watchers


def watchers_of(state: State, unit: str, issuer: str, above: list[str]) -> list[str]:
    """Who may see a delivery: superiors, nearest first, the issuer's line, then `above` (of a parent)."""
    seen: dict[str, None] = dict.fromkeys([code for code in lineage(state.units, unit) if code != unit])
    ordered = [*seen]
    line = [code for code in lineage(state.units, issuer) if code != unit]
    extra = [code for code in (*line, *above) if code not in seen and code != unit]
    # the district stays last: it is where escalation ends
    return [*ordered[:-1], *dict.fromkeys(extra), *ordered[-1:]]


def superior_behind(world: World, watchers: list[str], after: str | None) -> tuple[str, list[str]]:
    """The next watcher behind `after` where somebody is, the last in any case; and who was passed over."""
    start = watchers.index(after) + 1 if after in watchers else 0
    passed: list[str] = []
    for superior in watchers[start:]:
        if world.somebody_at(superior) or superior == watchers[-1]:
            return superior, passed
        passed.append(superior)
    return watchers[-1], passed
