"""Which orders have a resource in their lines, and which are for a request: an index beside the board.

A refusal names who was faster. Under contention most answers are refusals, and looking at every order of the
board for each made them the dearest of all.
"""

from collections.abc import Collection, Iterable

from resources import events as e
from resources.state import Board, DispatchLine
from server.domain.message import Event

_NONE: Collection[str] = ()


class Holders:
    """Of the orders on a board, over or not. `follow` what happens, after the board has taken it."""

    __slots__ = ("_about", "_of_request", "_of_resource")

    def __init__(self, board: Board) -> None:
        self._of_resource: dict[str, dict[str, None]] = {}
        self._of_request: dict[str, dict[str, None]] = {}
        self._about: dict[str, tuple[str, set[str]]] = {}  # order → its request, its resources
        for order in board.orders.values():
            self._note(order.id, order.request, order.lines)

    def of_resource(self, resource: str) -> Collection[str]:
        """Ids of orders, the oldest first."""
        return self._of_resource.get(resource, _NONE)

    def of_request(self, request: str) -> Collection[str]:
        return self._of_request.get(request, _NONE)

    def follow(self, event: Event) -> None:
        match event:
            case e.OrderDrafted(order=order) | e.OrderRedirected(order=order):
                self._note(order.id, order.request, order.lines)
            case e.OrderSplit(order=id, lines=stays, part=part):
                self._note(id, part.request, stays)
                self._note(part.id, part.request, part.lines)
            case e.OrderDropped(order=id) | e.OrderArchived(order=id):
                self._forget(id)

    def _note(self, id: str, request: str, lines: Iterable[DispatchLine]) -> None:
        self._forget(id)
        resources = {line.resource for line in lines}
        self._about[id] = request, resources
        self._of_request.setdefault(request, {})[id] = None
        for resource in resources:
            self._of_resource.setdefault(resource, {})[id] = None

    def _forget(self, id: str) -> None:
        request, resources = self._about.pop(id, ("", set[str]()))
        _drop(self._of_request, request, id)
        for resource in resources:
            _drop(self._of_resource, resource, id)


FOLLOWED = (e.OrderDrafted, e.OrderRedirected, e.OrderSplit, e.OrderDropped, e.OrderArchived)


def _drop(index: dict[str, dict[str, None]], key: str, id: str) -> None:
    found = index.get(key)
    if found is not None:
        found.pop(id, None)
        if not found:
            del index[key]
