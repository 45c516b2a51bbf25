"""One priority of needs as a linear program: a network of flows from owners over depots and sites to
needs.

Columns: what goes from a site to a need; how much of an owner's stock is used (in quarters, each dearer
than the one before: the burden spreads); how far a minimum is broken into (lifesaving only); what stays
short (in quarters, the first dearest: where it does not suffice, all get a part). Rows: a need is
answered or short; a site gives no more than it has; a pool keeps its minimum; an owner's use adds up.

Every row and bound is a whole number and the constraints are two nested families of sums, so the matrix
is totally unimodular: a vertex of the program is whole, and the simplex method ends at a vertex. No
integer search is needed.

Costs are minutes. A short unit costs more than any way, so nothing is left short to save driving.
"""

from collections.abc import Sequence
from math import inf

import msgspec

from resources.sourcing.reading import OpenNeed, Pool, Site
from resources.sourcing.travel import Start, legs_to, start_of
from resources.state import NeedPriority

SHORT = 1_000_000.0  # minutes for a unit that stays short, in the last quarter of a need
SHORT_STEP = 250_000.0  # more for each quarter before
USE_STEPS: dict[
    NeedPriority, tuple[int, int, int, int]
] = {  # minutes for a unit of each quarter of an owner's stock
    NeedPriority.LIFESAVING: (0, 0, 3, 6),
    NeedPriority.URGENT: (0, 10, 20, 40),
    NeedPriority.NORMAL: (0, 20, 45, 90),
}
BREAK = 45.0  # minutes more that a life may wait for stock nobody has to keep
LATE = 120.0  # minutes for coming too late at all
SUBSTITUTE = 30.0  # minutes for each step down the list of substitutes
AT_MOST = 3000.0  # no single way costs more, so that SHORT stays above all of them
EXPIRY = 0.01  # prefers the batch that expires first, but never over a minute
QUARTERS = 4
Group = tuple[str, str]  # kind, owner: what a burden is a part of


class Way(msgspec.Struct, frozen=True, gc=False):
    """From a site to a need."""

    need: int
    site: int
    km: float | None
    minutes: int
    cost: float


class Program(msgspec.Struct):
    """min cost·x, 0 ≤ x ≤ upper, low ≤ A x ≤ high.

    A way is a column of ones: in the row of its need, whose number is the need's, and in the rows of its
    site. The others are given by columns, one after another from `starts`.
    """

    ways: list[Way]
    most: list[int]  # of each way
    rows_of_site: dict[int, tuple[int, int, int]]  # of the site, its pool, its group
    cost: list[float]
    upper: list[float]
    starts: list[int]
    rows: list[int]
    values: list[float]
    low: list[float]
    high: list[float]


class Depth(msgspec.Struct):
    """What is left to give while priorities are answered one after another."""

    left: list[int]  # by site
    pool_left: dict[Pool, int]
    keep: dict[Pool, int]  # the minimum of each pool, no more than was there
    had: dict[Group, int]
    used: dict[Group, int]

    @classmethod
    def of(cls, sites: Sequence[Site], minimum: dict[Pool, int]) -> "Depth":
        pools: dict[Pool, int] = {}
        had: dict[Group, int] = {}
        for site in sites:
            pools[site.pool] = pools.get(site.pool, 0) + site.quantity
            had[group_of(site)] = had.get(group_of(site), 0) + site.quantity
        keep = {pool: min(minimum.get(pool, 0), there) for pool, there in pools.items()}
        return cls(
            left=[site.quantity for site in sites],
            pool_left=pools,
            keep=keep,
            had=had,
            used=dict.fromkeys(had, 0),
        )

    def spare(self, pool: Pool) -> int:
        """Above the minimum."""
        return max(0, self.pool_left[pool] - self.keep[pool])

    def take(self, site: Site, index: int, quantity: int) -> None:
        self.left[index] -= quantity
        self.pool_left[site.pool] -= quantity
        self.used[group_of(site)] += quantity


def group_of(site: Site) -> Group:
    return (site.kind, site.owner)


def ways_to(needs: Sequence[OpenNeed], sites: Sequence[Site], now: int) -> list[Way]:
    """Every suitable way, by need and site: of the kind or an allowed substitute, not expired on arrival."""
    of_kind: dict[str, list[int]] = {}
    for index, site in enumerate(sites):
        of_kind.setdefault(site.kind, []).append(index)
    starts = {kind: [_start(sites[index]) for index in there] for kind, there in of_kind.items()}
    found = []
    for number, need in enumerate(needs):
        in_time = inf if need.by_when is None else (need.by_when - now) / 60_000
        for rank, kind in enumerate((need.kind, *need.substitutes)):
            if kind not in of_kind:
                continue
            substitute = rank * SUBSTITUTE
            legs = legs_to(need.position, starts[kind])
            for index, (km, minutes) in zip(of_kind[kind], legs, strict=True):
                site = sites[index]
                if site.expires_at is not None and site.expires_at <= now + minutes * 60_000:
                    continue
                cost = minutes + substitute
                if site.expiry_rank:
                    cost += min(site.expiry_rank, 50) * EXPIRY
                if minutes > in_time:
                    cost += LATE
                found.append(Way(number, index, km, minutes, cost if cost < AT_MOST else AT_MOST))
    return found


def _start(site: Site) -> Start:
    return start_of(site.position, site.category, site.ready_in)


def program_of(
    priority: NeedPriority,
    needs: Sequence[OpenNeed],
    sites: Sequence[Site],
    ways: Sequence[Way],
    depth: Depth,
) -> Program:
    """The program of one priority. Ways from sites that have nothing left are left out."""
    lifesaving = priority is NeedPriority.LIFESAVING
    left = depth.left
    there = [way for way in ways if left[way.site]]
    most = [min(left[way.site], needs[way.need].quantity) for way in there]
    made = Program(there, most, {}, [], [], [0], [], [], [], [])
    need_row = [_row(made, need.quantity, need.quantity) for need in needs]
    pool_row: dict[Pool, int] = {}
    group_row: dict[Group, int] = {}
    for index in sorted({way.site for way in there}):
        group, pool = group_of(sites[index]), sites[index].pool
        row = _row(made, 0, left[index])
        if pool not in pool_row:
            pool_row[pool] = _row(made, 0, depth.spare(pool))
        if group not in group_row:
            group_row[group] = _row(made, 0, 0)
        made.rows_of_site[index] = (row, pool_row[pool], group_row[group])
    for group, row in group_row.items():
        for cost, width in zip(
            USE_STEPS[priority], _quarters(depth.had[group], depth.used[group]), strict=True
        ):
            _column(made, cost, width, [(row, -1.0)])
    if lifesaving:
        for pool, row in pool_row.items():
            kept = depth.pool_left[pool] - depth.spare(pool)
            if kept:
                made.low[row] = -kept
                _column(made, BREAK, kept, [(row, -1.0)])
    for need, row in zip(needs, need_row, strict=True):
        for quarter, width in enumerate(_quarters(need.quantity, 0)):
            _column(made, SHORT + SHORT_STEP * (QUARTERS - 1 - quarter), width, [(row, 1.0)])
    return made


def _quarters(whole: int, used: int) -> list[int]:
    """Widths of the quarters of a whole number, less what is used already from the first on."""
    ends = [-(-whole * quarter // QUARTERS) for quarter in range(QUARTERS + 1)]
    return [max(0, ends[quarter + 1] - max(ends[quarter], used)) for quarter in range(QUARTERS)]


def _row(made: Program, low: float, high: float) -> int:
    made.low.append(low)
    made.high.append(high)
    return len(made.low) - 1


def _column(made: Program, cost: float, upper: float, entries: Sequence[tuple[int, float]]) -> None:
    made.cost.append(cost)
    made.upper.append(upper)
    for row, value in entries:
        made.rows.append(row)
        made.values.append(value)
    made.starts.append(len(made.rows))
