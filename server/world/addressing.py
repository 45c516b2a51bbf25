"""Who is meant: areas, kinds, groups and single units, resolved to the units of this moment."""

from collections.abc import Callable, Iterable, Mapping

from server.domain import command as c
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, active_unit, is_under, lineage
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
        kinds = frozenset(area.kinds)
        meant = [unit for unit in units.values() if unit.kind in kinds and unit.active]
        chosen.update(_those_under(units, top, meant))
    for group_id in to.groups:
        group = state.groups.get(group_id)
        if group is None:
            raise Rejected(Code.UNKNOWN_GROUP, group=group_id)
        chosen.update(code for code in group.units if code in units and units[code].active)
    ordered = [unit for code, unit in units.items() if code in chosen]
    reached = _those_under(units, within, ordered)
    if len(reached) < len(ordered):
        outside = chosen.difference(reached)
        raise Rejected(Code.OUT_OF_REACH, unit=next(unit.code for unit in ordered if unit.code in outside))
    if not reached:
        raise Rejected(Code.NOBODY_ADDRESSED)
    if len(reached) > c.ADDRESSED_AT_MOST:
        raise Rejected(Code.TOO_MANY_ADDRESSED, most=c.ADDRESSED_AT_MOST, count=len(reached))
    return reached


def _placed(code: str, scope: str | None) -> str:
    return scope if code == SCOPE and scope is not None else code


def _those_under(units: Mapping[str, Unit], top: str, among: Iterable[Unit]) -> list[str]:
    """Which of these are `top` or stand below it: the tree is climbed once from each parent."""
    below: dict[str | None, bool] = {None: False}
    found: list[str] = []
    for unit in among:
        stands = below.get(unit.parent)
        if stands is None and unit.parent is not None:
            stands = below[unit.parent] = is_under(units, unit.parent, top)
        if stands or unit.code == top:
            found.append(unit.code)
    return found


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
