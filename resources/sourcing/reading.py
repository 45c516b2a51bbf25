"""The board as sourcing sees it: what is still needed, and what is free where.

A `Site` is what is the same to a need: one kind of one owner at one place, as soon ready, of one expiry.
Forty pumps in a depot are one site, so the program grows with places, not with pumps. A site's lots are
given out the batch that expires first, then by id.
"""

from collections.abc import Container, Mapping

import msgspec

from resources.state import Board, Category, NeedPriority, RequestStep, Resource
from server.domain.message import Position, UnitCode

RANK = {NeedPriority.LIFESAVING: 0, NeedPriority.URGENT: 1, NeedPriority.NORMAL: 2}
Pool = tuple[str, UnitCode, str]  # kind, owner, depot: what a minimum is kept of
Positions = Mapping[UnitCode, Position]


class OpenNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a request no order has promised yet."""

    request: str
    kind: str
    quantity: int
    priority: NeedPriority
    position: Position | None
    by_when: int | None
    substitutes: tuple[str, ...]  # the better first


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    resource: str
    quantity: int


class Site(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    category: Category
    owner: UnitCode
    depot: str
    position: Position | None
    ready_in: int  # minutes
    expires_at: int | None
    expiry_rank: int  # 0: of this kind here, the batch that expires first
    lots: tuple[Lot, ...]
    quantity: int  # of all lots

    @property
    def pool(self) -> Pool:
        return (self.kind, self.owner, self.depot)


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    sites: tuple[Site, ...]
    minimum: dict[Pool, int]  # only where there is one
    faulty: dict[str, int]  # by kind: free, but out of service
    expired: dict[str, int]  # by kind


def open_needs(board: Board, positions: Positions, only: Container[str] | None = None) -> list[OpenNeed]:
    """By priority, then as asked. A request without a position is needed where its receiver is.

    `only`: of these requests."""
    found = []
    for request in board.requests.values():
        if request.step is not RequestStep.OPEN or (only is not None and request.id not in only):
            continue
        need = request.need
        missing = need.quantity - request.promised
        if missing <= 0:
            continue
        found.append(
            OpenNeed(
                request=request.id,
                kind=need.kind,
                quantity=missing,
                priority=need.priority,
                position=need.to.position or positions.get(need.to.unit or request.unit),
                by_when=need.by_when,
                substitutes=tuple(dict.fromkeys(k for k in need.substitutes if k != need.kind)),
            )
        )
    asked = {request.id: request.at for request in board.requests.values()}
    return sorted(found, key=lambda n: (RANK[n.priority], asked[n.request], n.request))


def supply(board: Board, positions: Positions, now: int, owners: Container[str] | None = None) -> Supply:
    """What is free and fit, without regard to any need. `owners`: of these units."""
    alike: dict[tuple[object, ...], list[Resource]] = {}
    minimum: dict[Pool, int] = {}
    faulty: dict[str, int] = {}
    expired: dict[str, int] = {}
    for resource in sorted(board.resources.values(), key=lambda r: r.id):
        facts = resource.facts
        if owners is not None and facts.owner not in owners:
            continue
        pool = (facts.kind, facts.owner, facts.depot)
        if facts.minimum:
            minimum[pool] = max(minimum.get(pool, 0), facts.minimum)
        if resource.stock.free <= 0 or facts.kind not in board.kinds:
            continue
        if facts.fault or (facts.expires_at is not None and facts.expires_at <= now):
            unfit = faulty if facts.fault else expired
            unfit[facts.kind] = unfit.get(facts.kind, 0) + resource.stock.free
            continue
        where = facts.position or positions.get(facts.owner)
        key = (*pool, where and (where.lon, where.lat), facts.ready_in, facts.expires_at)
        alike.setdefault(key, []).append(resource)
    first = [
        _site(resources, board.kinds[resources[0].facts.kind].category, positions)
        for resources in alike.values()
    ]
    return Supply(sites=tuple(_ranked(first)), minimum=minimum, faulty=faulty, expired=expired)


def _site(resources: list[Resource], category: Category, positions: Positions) -> Site:
    facts = resources[0].facts
    lots = tuple(Lot(resource=resource.id, quantity=resource.stock.free) for resource in resources)
    return Site(
        kind=facts.kind,
        category=category,
        owner=facts.owner,
        depot=facts.depot,
        position=facts.position or positions.get(facts.owner),
        ready_in=facts.ready_in,
        expires_at=facts.expires_at,
        expiry_rank=0,
        lots=lots,
        quantity=sum(lot.quantity for lot in lots),
    )


def _ranked(sites: list[Site]) -> list[Site]:
    """In one order whatever the order of the board, and each pool's batches ranked by expiry."""
    never = 1 << 62
    sites.sort(key=lambda s: (s.pool, s.expires_at or never, s.ready_in, s.lots[0].resource))
    ranked, pool, expiries = [], None, list[int | None]()
    for site in sites:
        if site.pool != pool:
            pool, expiries = site.pool, []
        if site.expires_at not in expiries:
            expiries.append(site.expires_at)
        ranked.append(msgspec.structs.replace(site, expiry_rank=expiries.index(site.expires_at)))
    return ranked
