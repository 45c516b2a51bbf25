"""What the history of the board makes of the log is what the world makes of it, however the work is cut."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.state import Board, DispatchOrder, ResourceRequest
from server.dispatches import changed, orders_of, requests_of
from server.store.dispatches import OrderRow, RequestRow
from server.world.evolve import evolve
from server.world.registry import EVENTS
from server.world.state import State
from tests.golden.make import FOLDER

FILE = json.loads((FOLDER / "board-commander.json").read_text())
TELLS = {name for name, event in EVENTS.items() if {"order", "request"} & {*event.__struct_fields__}}
TELLS -= {"StockMoved", "OrderArchived", "RequestArchived"}


class Kept:
    """The read model in memory, with the database's guard."""

    def __init__(self) -> None:
        self.orders: dict[str, OrderRow] = {}
        self.requests: dict[str, RequestRow] = {}

    def take(self, entries: list[dict[str, Any]]) -> None:
        said = [
            (entry["seq"], entry["at"], msgspec.convert(fields, EVENTS[name]))
            for entry in entries
            for name, fields in entry["events"]
            if name in TELLS
        ]
        mine = {id for _, _, event in said for id in orders_of(event)}
        orders = {id: row for id, row in self.orders.items() if id in mine}
        theirs = {id for _, _, event in said for id in requests_of(event)}
        theirs |= {row.request for row in orders.values()}
        done = changed(said, orders, {id: row for id, row in self.requests.items() if id in theirs})
        for order in done.orders:
            if order.seq > self.orders.get(order.order_id, order).seq or order.order_id not in self.orders:
                self.orders[order.order_id] = order
        for request in done.requests:
            if (
                request.seq > self.requests.get(request.request, request).seq
                or request.request not in self.requests
            ):
                self.requests[request.request] = request
        for id in done.gone:
            self.orders.pop(id, None)

    def board(self) -> Board:
        return Board(
            orders={id: msgspec.json.decode(r.body, type=DispatchOrder) for id, r in self.orders.items()},
            requests={
                id: msgspec.json.decode(r.body, type=ResourceRequest) for id, r in self.requests.items()
            },
        )


def lived() -> Board:
    """Every order and request as it was when it was last on the board."""
    view = msgspec.convert(FILE["before"], State)
    last = Board()
    for entry in FILE["entries"]:
        for name, fields in entry["events"]:
            evolve(view, msgspec.convert(fields, EVENTS[name]), entry["at"])
            if name == "OrderDropped":
                last.orders.pop(fields["order"], None)
        packed = msgspec.msgpack.encode(view.board)
        now = msgspec.msgpack.decode(packed, type=Board)
        last.orders.update(now.orders)
        last.requests.update(now.requests)
    return last


@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(1, 12), min_size=1), again=st.booleans(), behind=st.integers(0, 40))
def test_the_history_is_what_the_board_was(cuts: list[int], again: bool, behind: int) -> None:
    kept, entries, at = Kept(), FILE["entries"], 0
    while at < len(entries):
        size = cuts[at % len(cuts)]
        kept.take(entries[at : at + size])
        at += size
        if again:  # another node, or the same after a crash
            kept.take(entries[max(0, at - size - behind) : at])
    if again:
        for entry in entries:
            kept.take([entry])
    wanted = lived()
    made = kept.board()
    assert made.orders == wanted.orders
    assert made.requests == wanted.requests
    assert len(made.orders) > 3
