"""The books reckoned again from the journal alone, and looked at after every entry.

`Reckoning.take` applies the events of one entry and checks what it touched: quantities are conserved, never
negative, what is reserved or out is what the orders hold, nothing that is one of its kind is with two orders,
no need is exceeded without an override, what is over stays over and a late report moves nothing. What orders
hold is added up here, entry by entry, beside the postings that the journal carries.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from resources import events as e
from resources.machine import OVER, STANDING, held, promise
from resources.state import INDIVIDUAL, Board, Book, DispatchStep
from server.domain.message import Event
from server.world.evolve import evolve
from server.world.state import State

HOLDS = (Book.RESERVED, Book.OUT)


class Reckoning:
    """`seen`: how often each event was met."""

    def __init__(self) -> None:
        self.state = State(log="reckoned")
        self.seen: Counter[str] = Counter()
        self.with_order: dict[tuple[str, Book], int] = defaultdict(int)
        self.holders: dict[str, set[str]] = defaultdict(set)  # resource → orders that stand
        self.covers: dict[str, dict[str, int]] = defaultdict(dict)  # request → order → promised
        self.archived: set[str] = set()  # requests of which an order has left the board

    @property
    def board(self) -> Board:
        return self.state.board

    def take(self, seq: int, at: int, events: Sequence[Event]) -> None:
        """One entry; raises AssertionError with the seq at the first law that it breaks."""
        orders = {id for event in events for id in _orders_of(event)}
        before = {id: self._known(id) for id in orders}
        for event in events:
            self.seen[type(event).__name__] += 1
            evolve(self.state, event, at)
        for id in orders:
            self._rebook(id, before[id])
        where = f"at seq {seq}: {[type(event).__name__ for event in events]}"
        self._orders(before, where)
        self._resources({id for event in events for id in _resources_of(event)}, where)
        self._requests(self._touched(events, before), where)
        if any(isinstance(event, e.DiscrepancyRaised) for event in events):
            assert {type(event) for event in events} == {e.DiscrepancyRaised}, f"a late report moved {where}"

    def _known(self, id: str) -> tuple[DispatchStep, dict[str, dict[Book, int]], str, list[Any]] | None:
        order = self.board.orders.get(id)
        return None if order is None else (order.step, held(order), order.request, list(order.outcomes))

    def _rebook(self, id: str, was: Any) -> None:
        order = self.board.orders.get(id)
        for resource, books in (was[1] if was else {}).items():
            self.holders[resource].discard(id)
            for book in HOLDS:
                self.with_order[resource, book] -= books.get(book, 0)
        if was:
            self.covers[was[2]].pop(id, None)
        if order is None:
            if was and was[0] is not DispatchStep.DRAFT:
                self.archived.add(was[2])  # what it covered is still promised
            return
        for resource, books in held(order).items():
            if order.step in STANDING:
                self.holders[resource].add(id)
            for book in HOLDS:
                self.with_order[resource, book] += books.get(book, 0)
        self.covers[order.request][id] = promise(order)

    def _orders(self, before: dict[str, Any], where: str) -> None:
        for id, was in before.items():
            order = self.board.orders.get(id)
            if was is None:
                continue
            if order is None:
                assert was[0] in OVER or was[0] is DispatchStep.DRAFT, f"{id} vanished {where}"
            elif was[0] in OVER:
                assert order.step in (was[0], DispatchStep.CLOSED), f"{id} came back {where}"
                assert order.outcomes == was[3], where

    def _resources(self, touched: set[str], where: str) -> None:
        for id in touched:
            resource = self.board.resources.get(id)
            assert resource is not None or not self.holders[id], f"{id} is retired and promised {where}"
            if resource is None:
                continue
            s = resource.stock
            assert s.supplied == s.free + s.reserved + s.out + s.consumed + s.lost, f"{id} {s} {where}"
            assert min(s.free, s.reserved, s.out, s.consumed, s.lost) >= 0, f"{id} {s} {where}"
            assert (s.reserved, s.out) == tuple(self.with_order[id, book] for book in HOLDS), f"{id} {where}"
            if self.board.kinds[resource.facts.kind].category in INDIVIDUAL:
                assert s.free + s.reserved + s.out <= 1, f"{id} is more than one {where}"
                assert len(self.holders[id]) <= 1, f"{id} is with {self.holders[id]} {where}"

    def _requests(self, touched: set[str], where: str) -> None:
        for id in touched:
            request = self.board.requests.get(id)
            if request is not None:
                covered = sum(self.covers[id].values())
                assert covered <= request.promised, f"{id} {where}"
                assert covered == request.promised or id in self.archived, f"{id} {where}"
                assert request.promised <= request.need.quantity + request.over, f"{id} {where}"

    def _touched(self, events: Sequence[Event], before: dict[str, Any]) -> set[str]:
        named = {getattr(event, "request", None) for event in events if isinstance(event, e.OfRequest)}
        named |= {was[2] for was in before.values() if was is not None}
        named |= {order.request for id in before if (order := self.board.orders.get(id)) is not None}
        return {id for id in named if id is not None}

    def everything(self) -> None:
        """All of the board at once, whatever was touched."""
        self._resources(set(self.board.resources), "in the end")
        self._requests(set(self.board.requests), "in the end")


def _orders_of(event: Event) -> list[str]:
    """The orders that an event names: by id, or whole."""
    found = [getattr(event, "order", None), getattr(event, "part", None)]
    return [str(getattr(each, "id", each)) for each in found if each is not None]


def _resources_of(event: Event) -> list[str]:
    if isinstance(event, e.StockMoved):
        return [posting.resource for posting in event.postings]
    if isinstance(event, e.OrderDrafted | e.OrderRedirected):
        return [line.resource for line in event.order.lines]
    if isinstance(event, e.OrderSplit):
        return [line.resource for line in (*event.lines, *event.part.lines)]
    named = getattr(event, "resource", None)
    return [str(getattr(named, "id", named))] if named is not None else []
