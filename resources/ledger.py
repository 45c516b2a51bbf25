"""The accounts of one decision: what its orders move between the books, checked before anything happens.

An order holds its quantities in the books that its step says (`machine.held`). A decision tells the ledger
what an order was and what it becomes; the difference is posted. So what is reserved or out is always the sum
of what the orders hold, whatever happens to them, and a decision that would leave less than nothing in a book
is refused. Two hands that reach for one pump are decided one after the other: the second finds none free.
"""

from collections.abc import Iterator
from itertools import islice

import msgspec

from resources import events as e
from resources.holders import Holders
from resources.machine import STANDING, held, promise
from resources.state import Board, Book, DispatchOrder, Posting, Resource, ResourceRequest, Stock
from server.domain.message import Event
from server.domain.refusal import Code, Rejected

HOLDERS_NAMED = 20
BOOKS = tuple(Book)


def resource_of(board: Board, resource: str) -> Resource:
    found = board.resources.get(resource)
    if found is None:
        raise Rejected(Code.UNKNOWN_RESOURCE, resource=resource)
    return found


def request_of(board: Board, request: str) -> ResourceRequest:
    found = board.requests.get(request)
    if found is None:
        raise Rejected(Code.UNKNOWN_REQUEST, request=request)
    return found


class Ledger:
    """Opened on the board of a decision; changes nothing of it."""

    def __init__(self, board: Board, holders: Holders) -> None:
        self.board = board
        self._holders = holders
        self._stocks: dict[str, Stock] = {}
        self._postings: dict[tuple[str, str | None], list[Posting]] = {}  # owner, order →
        self._promised: dict[str, int] = {}

    def stock(self, resource: str) -> Stock:
        """As it is after what was posted."""
        known = self._stocks.get(resource)
        if known is None:
            known = self._stocks[resource] = msgspec.structs.replace(resource_of(self.board, resource).stock)
        return known

    def post(
        self, resource: str, source: Book, target: Book, quantity: int, order: str | None = None
    ) -> None:
        """Move a quantity; refuses to take what is not there."""
        if quantity == 0:
            return
        stock = self.stock(resource)
        if source is Book.SUPPLY:
            stock.supplied += quantity
        else:
            there = getattr(stock, source.value)
            if there < quantity:
                raise self._short(resource, there, quantity, order)
            setattr(stock, source.value, there - quantity)
        setattr(stock, target.value, getattr(stock, target.value) + quantity)
        posting = Posting(resource=resource, source=source, target=target, quantity=quantity)
        owner = resource_of(self.board, resource).facts.owner
        self._postings.setdefault((owner, order), []).append(posting)

    def enough(self, resource: str, quantity: int) -> None:
        """Refuses when less of it is free, before anything is posted."""
        known = self._stocks.get(resource)
        free = (resource_of(self.board, resource).stock if known is None else known).free
        if free < quantity:
            raise self._short(resource, free, quantity, None)

    def _short(self, resource: str, there: int, wanted: int, order: str | None) -> Rejected:
        holding = [*islice(self._holding(resource, order), HOLDERS_NAMED)]
        return Rejected(Code.NOT_ENOUGH, resource=resource, there=there, wanted=wanted, orders=holding)

    def _holding(self, resource: str, but: str | None) -> Iterator[str]:
        """Who was faster."""
        for id in self._holders.of_resource(resource):
            if id != but and self.board.orders[id].step in STANDING:
                yield id

    def shift(self, before: DispatchOrder | None, after: DispatchOrder) -> None:
        """An order becomes another: post the difference of what it holds, and of what it promises."""
        was = held(before) if before is not None else {}
        now = held(after)
        for resource in dict.fromkeys((*was, *now)):
            self._differ(resource, was.get(resource, {}), now.get(resource, {}), after.id)
        if before is not None:
            self.cover(before.request, -promise(before))
        self.cover(after.request, promise(after))

    def _differ(self, resource: str, was: dict[Book, int], now: dict[Book, int], order: str) -> None:
        change = {book: now.get(book, 0) - was.get(book, 0) for book in BOOKS if book in was or book in now}
        change[Book.FREE] = -sum(change.values())
        less = [book for book in BOOKS if change.get(book, 0) < 0]
        more = [book for book in BOOKS if change.get(book, 0) > 0]
        for source in less:
            for target in more:
                if quantity := min(-change[source], change[target]):
                    self.post(resource, source, target, quantity, order)
                    change[source] += quantity
                    change[target] -= quantity

    def cover(self, request: str, quantity: int) -> None:
        if request in self.board.requests:  # one that is over for long has left
            self._promised[request] = self.promised(request) + quantity

    def promised(self, request: str) -> int:
        known = self._promised.get(request)
        return request_of(self.board, request).promised if known is None else known

    def events(self, override: str = "") -> list[Event]:
        """What was posted, by owner and order; and the covers. Refuses what goes beyond a need unsaid."""
        moved: list[Event] = [
            e.StockMoved(owner=owner, order=order, postings=postings)
            for (owner, order), postings in self._postings.items()
        ]
        for id, promised in self._promised.items():
            request = self.board.requests[id]
            if promised == request.promised:
                continue
            over, reason = request.over, ""
            if promised > request.promised and promised > request.need.quantity + over:
                if not override:
                    raise Rejected(
                        Code.BEYOND_NEED, request=id, needed=request.need.quantity + over, promised=promised
                    )
                over, reason = promised - request.need.quantity, override
            moved.append(e.RequestCovered(request=id, promised=promised, over=over, reason=reason))
        return moved
