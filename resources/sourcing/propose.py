"""From the board to a proposal: priorities in order, then lots out of sites, reasons and shortfalls."""

from collections.abc import Callable, Sequence
from heapq import nsmallest

import msgspec

from resources.sourcing.greedy import nearest_first
from resources.sourcing.program import Depth, Program, Way, program_of, ways_to
from resources.sourcing.proposal import (
    Cause,
    CauseOfShort,
    Other,
    Proposal,
    ProposedLine,
    Reason,
    Shortfall,
)
from resources.sourcing.reading import RANK, Lot, OpenNeed, Pool, Positions, Site, Supply, open_needs, supply
from resources.sourcing.solver import Unsolved, solve
from resources.state import Board, NeedPriority

OTHERS_AT_MOST = 8
Assign = Callable[[NeedPriority, Sequence[OpenNeed], Sequence[Site], Program, Depth], list[int]]


class _Taken(msgspec.Struct, frozen=True):
    """So much of a way is used; `need` counts through all priorities."""

    need: int
    way: Way
    quantity: int


def optimal(
    priority: NeedPriority, needs: Sequence[OpenNeed], sites: Sequence[Site], program: Program, depth: Depth
) -> list[int]:
    """The solver's answer; when it gives up, the nearest first: a worse proposal is better than none."""
    try:
        return solve(program)
    except Unsolved:
        return nearest_first(priority, needs, sites, program, depth)


def propose(board: Board, positions: Positions, now: int, assign: Assign = optimal) -> Proposal:
    """A proposal for everything that is open. `positions` are the units'; `now` is epoch ms.

    Computes for up to a second of a whole district: call it from a thread. Changes nothing.
    """
    return propose_for(open_needs(board, positions), supply(board, positions, now), now, assign)


def propose_for(needs: Sequence[OpenNeed], there: Supply, now: int, assign: Assign = optimal) -> Proposal:
    """A proposal for these needs (by priority) out of this supply."""
    sites = there.sites
    depth = Depth.of(sites, there.minimum)
    ways: list[list[Way]] = [[] for _ in needs]
    taken: list[_Taken] = []
    for priority in RANK:
        numbers = [number for number, need in enumerate(needs) if need.priority is priority]
        if not numbers:
            continue
        those = [needs[number] for number in numbers]
        own = ways_to(those, sites, now)
        for way in own:
            ways[numbers[way.need]].append(way)
        program = program_of(priority, those, sites, own, depth)
        for way, quantity in zip(program.ways, assign(priority, those, sites, program, depth), strict=True):
            if quantity:
                depth.take(sites[way.site], way.site, quantity)
                taken.append(_Taken(numbers[way.need], way, quantity))
    taken.sort(key=lambda t: (t.need, t.way.minutes, t.way.site))
    told = _Telling(needs, there, ways, taken, depth, now)
    lines = told.lines()
    return Proposal(at=now, lines=lines, shortfalls=told.shortfalls(), others=told.others())


class _Telling:
    """Puts an assignment into words."""

    def __init__(
        self,
        needs: Sequence[OpenNeed],
        there: Supply,
        suitable: list[list[Way]],
        taken: Sequence[_Taken],
        depth: Depth,
        now: int,
    ) -> None:
        self.needs, self.there, self.sites = needs, there, there.sites
        self.taken, self.depth, self.now = taken, depth, now
        self.suitable = suitable  # the ways to each need
        self.waiting = [list(reversed(site.lots)) for site in there.sites]  # what nobody is proposed yet
        self.batches: dict[Pool, set[int | None]] = {}
        for site in self.sites:
            self.batches.setdefault(site.pool, set()).add(site.expires_at)

    def lines(self) -> list[ProposedLine]:
        """Lots out of sites: a site's lots go out in order, to the first need first."""
        waiting = self.waiting
        pool_out: dict[Pool, int] = {}
        had = dict(self.depth.pool_left)
        for use in self.taken:
            had[self.sites[use.way.site].pool] += use.quantity
        lines = []
        for use in self.taken:
            site = self.sites[use.way.site]
            pool_out[site.pool] = pool_out.get(site.pool, 0) + use.quantity
            breaks = pool_out[site.pool] > had[site.pool] - self.depth.keep[site.pool]
            reasons = self._reasons(use, site, breaks)
            left, lots = use.quantity, waiting[use.way.site]
            while left:
                lot = lots.pop()
                part = min(left, lot.quantity)
                lines.append(self._line(use, site, lot.resource, part, reasons))
                left -= part
                if part < lot.quantity:
                    lots.append(Lot(resource=lot.resource, quantity=lot.quantity - part))
        return lines

    def others(self) -> dict[str, list[Other]]:
        """After `lines`: of the soonest places that have something left, the lot that would go next."""
        found = {}
        for need, ways in zip(self.needs, self.suitable, strict=True):
            left = (way for way in ways if self.waiting[way.site])
            soonest = nsmallest(OTHERS_AT_MOST, left, key=lambda way: (way.minutes, way.site))
            found[need.request] = [self._other(way, self.sites[way.site]) for way in soonest]
        return found

    def _other(self, way: Way, site: Site) -> Other:
        lot = self.waiting[way.site][-1]
        return Other(
            resource=lot.resource,
            kind=site.kind,
            owner=site.owner,
            free=lot.quantity,
            km=None if way.km is None else round(way.km, 1),
            minutes=way.minutes,
            arrives_at=self.now + way.minutes * 60_000,
        )

    def _line(
        self, use: _Taken, site: Site, resource: str, quantity: int, reasons: list[Reason]
    ) -> ProposedLine:
        return ProposedLine(
            request=self.needs[use.need].request,
            resource=resource,
            kind=site.kind,
            owner=site.owner,
            quantity=quantity,
            km=None if use.way.km is None else round(use.way.km, 1),
            minutes=use.way.minutes,
            arrives_at=self.now + use.way.minutes * 60_000,
            reasons=reasons,
        )

    def _reasons(self, use: _Taken, site: Site, breaks: bool) -> list[Reason]:
        need = self.needs[use.need]
        reasons = [self._choice(use, site)]
        if site.kind != need.kind:
            reasons.append(Reason.SUBSTITUTE)
        if breaks:
            reasons.append(Reason.BREAKS_RESERVE)
        if site.ready_in:
            reasons.append(Reason.PREPARING)
        if site.expires_at is not None and site.expiry_rank == 0 and len(self.batches[site.pool]) > 1:
            reasons.append(Reason.EXPIRES_FIRST)
        if need.by_when is not None and self.now + use.way.minutes * 60_000 > need.by_when:
            reasons.append(Reason.LATE)
        if use.way.km is None:
            reasons.append(Reason.DISTANCE_UNKNOWN)
        return reasons

    def _choice(self, use: _Taken, site: Site) -> Reason:
        """Looks at what is at least as good a kind and would arrive sooner."""
        need, minutes, sites = self.needs[use.need], use.way.minutes, self.sites
        as_good = (need.kind, *need.substitutes)
        as_good = as_good[: as_good.index(site.kind) + 1]
        sooner = [
            way
            for way in self.suitable[use.need]
            if way.minutes < minutes and sites[way.site].kind in as_good
        ]
        if not sooner:
            return Reason.NEAREST
        left = [way.site for way in sooner if self.depth.left[way.site]]
        if any(self.depth.spare(self.sites[index].pool) for index in left):
            return Reason.SPREADS
        return Reason.KEEPS_RESERVE if left else Reason.NEAREST_LEFT

    def shortfalls(self) -> list[Shortfall]:
        got = [0] * len(self.needs)
        given = [0] * len(self.sites)
        own: dict[tuple[int, int], int] = {}
        for use in self.taken:
            got[use.need] += use.quantity
            given[use.way.site] += use.quantity
            own[use.need, use.way.site] = use.quantity
        found = []
        for number, need in enumerate(self.needs):
            short = need.quantity - got[number]
            if short:
                promised = sum(given[w.site] - own.get((number, w.site), 0) for w in self.suitable[number])
                found.append(
                    Shortfall(
                        request=need.request,
                        kind=need.kind,
                        priority=need.priority,
                        quantity=short,
                        causes=self._causes(number, short, promised),
                    )
                )
        return found

    def _causes(self, number: int, short: int, promised: int) -> list[CauseOfShort]:
        need = self.needs[number]
        kinds = {need.kind, *need.substitutes}
        reach = {way.site for way in self.suitable[number]}
        amounts = {
            Cause.PROMISED: promised,
            Cause.RESERVED: sum(self.depth.left[index] for index in reach),
            Cause.EXPIRED: sum(self.there.expired.get(kind, 0) for kind in sorted(kinds))
            + sum(
                site.quantity for i, site in enumerate(self.sites) if site.kind in kinds and i not in reach
            ),
            Cause.OUT_OF_SERVICE: sum(self.there.faulty.get(kind, 0) for kind in sorted(kinds)),
        }
        causes = [CauseOfShort(cause=c, quantity=min(short, q)) for c, q in amounts.items() if q]
        lacking = short - sum(amounts.values())
        if not reach and not causes:
            causes.append(CauseOfShort(cause=Cause.NONE_THERE, quantity=short))
        elif lacking > 0:
            causes.append(CauseOfShort(cause=Cause.NOT_ENOUGH, quantity=lacking))
        return causes
