"""The nearest first, need by need: what a duty officer does by hand.

What the solver is measured against, and what answers when the solver gives up. It never takes too much
and keeps minimums as the solver does, but it does not look ahead: an early need may take what only a
later one could reach.
"""

from collections.abc import Sequence

from resources.sourcing.program import Depth, Program, group_of
from resources.sourcing.reading import OpenNeed, Pool, Site
from resources.state import NeedPriority


def nearest_first(
    priority: NeedPriority, needs: Sequence[OpenNeed], sites: Sequence[Site], program: Program, depth: Depth
) -> list[int]:
    """The quantity of every way of the program. `depth` is read only."""
    left: dict[int, int] = {}
    spare: dict[Pool, int] = {}
    missing = [need.quantity for need in needs]
    given = [0] * len(program.ways)
    lifesaving = priority is NeedPriority.LIFESAVING
    order = sorted(
        range(len(program.ways)),
        key=lambda j: (program.ways[j].need, program.ways[j].cost, group_of(sites[program.ways[j].site]), j),
    )
    for j in order:
        way = program.ways[j]
        pool = sites[way.site].pool
        there = left.setdefault(way.site, depth.left[way.site])
        may = spare.setdefault(pool, depth.pool_left[pool] if lifesaving else depth.spare(pool))
        given[j] = min(missing[way.need], there, may)
        left[way.site] -= given[j]
        spare[pool] -= given[j]
        missing[way.need] -= given[j]
    return given
