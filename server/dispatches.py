"""The history of the dispatch board: orders and requests as they were, kept by a follower of the log.

What an event makes of an order is said once, in `resources.change`: the follower applies it to the rows
it has kept, as the world applies it to its state. What leaves the board stays here.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from resources import events as e
from resources.change import CHANGE
from resources.state import Board, DispatchOrder, ResourceRequest, order_seen_by
from server.domain.message import Event
from server.engine.engine import Engine
from server.engine.follower import Follower
from server.engine.published import Published
from server.store.dispatches import Changed, OrderRow, RequestRow
from server.store.store import Store
from server.world.registry import decode_packed, name_of, names

NAME = "dispatches"
SELDOM = 5_000  # entries without a word of the board, until the cursor is moved all the same
_LEAVES = (e.OrderArchived, e.RequestArchived)  # the board, not the history
_TELLS = names(
    event
    for event in CHANGE
    if {"order", "request"} & {*event.__struct_fields__} and event not in (e.StockMoved, *_LEAVES)
)
_json = msgspec.json.Encoder().encode
_order = msgspec.json.Decoder(DispatchOrder).decode
_request = msgspec.json.Decoder(ResourceRequest).decode
Said = tuple[int, int, Event]  # seq, at


def dispatch_keeper(store: Store, engine: Engine) -> Follower:
    """The follower that keeps the orders and requests of a log."""
    log = engine.journal.log
    quiet = 0

    async def cursor() -> int:
        return await store.cursors.get(log, NAME)

    async def keep(entries: Sequence[Published]) -> None:
        nonlocal quiet
        said: list[Said] = []
        for entry in entries:
            for packed in entry.events:
                if name_of(packed) in _TELLS:
                    said.append((entry.seq, entry.at, decode_packed(packed)))
        quiet = 0 if said else quiet + len(entries)
        if said or quiet >= SELDOM:
            quiet = 0
            orders = {id for _, _, event in said for id in orders_of(event)}
            requests = {id for _, _, event in said for id in requests_of(event)}
            change = partial(changed, said)
            await store.dispatches.keep(log, NAME, entries[-1].seq, orders, requests, change)

    return Follower(NAME, engine, cursor, keep)


def orders_of(event: Event) -> list[str]:
    """The orders that an event is about."""
    order, part = getattr(event, "order", None), getattr(event, "part", None)
    ids = [order.id if isinstance(order, DispatchOrder) else order, part.id if part is not None else None]
    return [id for id in ids if id is not None]


def requests_of(event: Event) -> list[str]:
    """The requests that an event is about."""
    order, request = getattr(event, "order", None), getattr(event, "request", None)
    ids = [
        request.id if isinstance(request, ResourceRequest) else request,
        order.request if isinstance(order, DispatchOrder) else None,
    ]
    return [id for id in ids if id is not None]


def changed(
    said: Sequence[Said], orders: Mapping[str, OrderRow], requests: Mapping[str, RequestRow]
) -> Changed:
    """What these events make of the rows; an event that a row has in it already is passed over."""
    board = Board(
        orders={id: _order(row.body) for id, row in orders.items()},
        requests={id: _request(row.body) for id, row in requests.items()},
    )
    newest_order = {id: row.seq for id, row in orders.items()}
    newest_request = {id: row.seq for id, row in requests.items()}
    began = {id: row.at for id, row in orders.items()}
    seqs: dict[str, int] = {}  # of what these events have changed
    asked: dict[str, int] = {}
    gone: set[str] = set()
    for seq, at, event in said:
        mine = orders_of(event)
        theirs = [] if mine else requests_of(event)
        if any(newest_order.get(id, 0) >= seq for id in mine):
            continue
        if any(newest_request.get(id, 0) >= seq for id in theirs):
            continue
        CHANGE[type(event)](board, event, at)
        for id in mine:
            began.setdefault(id, at)
            seqs[id] = seq
            if isinstance(event, e.OrderDropped):
                gone.add(id)
        asked.update(dict.fromkeys(theirs, seq))
    return Changed(
        orders=[
            _order_row(board, board.orders[id], seq, began[id])
            for id, seq in seqs.items()
            if id in board.orders
        ],
        requests=[_request_row(board.requests[id], seq) for id, seq in asked.items() if id in board.requests],
        gone=sorted(gone),
    )


def _order_row(board: Board, order: DispatchOrder, seq: int, at: int) -> OrderRow:
    request = board.requests.get(order.request)
    return OrderRow(
        order_id=order.id,
        seq=seq,
        request=order.request,
        owner=order.owner,
        kind=order.kind,
        step=order.step.value,
        incident=order.incident or (request.incident if request else None),
        at=at,
        over_at=order.over_at,
        topics=("board", *(f"u:{unit}" for unit in dict.fromkeys(order_seen_by(order)))),
        body=_json(order).decode(),
    )


def _request_row(request: ResourceRequest, seq: int) -> RequestRow:
    return RequestRow(
        request=request.id,
        seq=seq,
        unit=request.unit,
        incident=request.incident,
        at=request.at,
        body=_json(request).decode(),
    )
