"""The history of orders on both databases: repeated work, nodes that are behind, pages, who may see."""

from collections.abc import Mapping
from typing import Any

from server.store import Store
from server.store.dispatches import Changed, OrderRow, RequestRow

LOG = "310116"


def order(id: str, seq: int, **more: Any) -> OrderRow:
    fields: dict[str, Any] = {
        "request": "q1",
        "owner": "D03",
        "kind": "水泵",
        "step": "issued",
        "incident": None,
        "at": 1000,
        "over_at": None,
        "topics": ("board", "u:D03"),
        "body": "{}",
    }
    return OrderRow(order_id=id, seq=seq, **fields | more)


def request(id: str, seq: int = 1, at: int = 500, incident: str | None = None) -> RequestRow:
    return RequestRow(request=id, seq=seq, unit="JS01", incident=incident, at=at, body=f'"{id}"')


async def keep(store: Store, upto: int, *rows: OrderRow | RequestRow, gone: tuple[str, ...] = ()) -> None:
    def change(orders: Mapping[str, OrderRow], requests: Mapping[str, RequestRow]) -> Changed:
        return Changed(
            [row for row in rows if isinstance(row, OrderRow)],
            [row for row in rows if isinstance(row, RequestRow)],
            [*gone],
        )

    await store.dispatches.keep(LOG, "dispatches", upto, [], [], change)


async def found(store: Store, topics: set[str] | None = None, **more: Any) -> list[str]:
    rows = await store.dispatches.search(LOG, None, 10, topics=topics or {"board"}, **more)
    return [row.order_id for row in rows]


async def test_an_order_comes_back_as_it_was_kept(store: Store) -> None:
    row = order("o1", 3, incident="i1", over_at=9, step="closed", body='{"id":"o1"}')
    await keep(store, 3, row, request("q1"))
    assert await store.dispatches.search(LOG, None, 10, topics={"board"}) == [row]
    assert await store.dispatches.find(LOG, "o1") == (row, request("q1"))
    assert await store.dispatches.find(LOG, "o2") is None
    assert await store.dispatches.find_request(LOG, "q1") == request("q1")
    assert await store.cursors.get(LOG, "dispatches") == 3


async def test_a_node_that_is_behind_writes_nothing_older_over_what_is_there(store: Store) -> None:
    await keep(store, 9, order("o1", 9, step="arrived"), request("q1", 9, at=7))
    await keep(store, 4, order("o1", 4), request("q1", 4))
    (row,) = await store.dispatches.search(LOG, None, 10, topics={"board"})
    assert (row.seq, row.step) == (9, "arrived")
    assert await store.dispatches.find_request(LOG, "q1") == request("q1", 9, at=7)
    assert await store.cursors.get(LOG, "dispatches") == 9


async def test_what_was_there_is_given_to_who_changes_it(store: Store) -> None:
    await keep(store, 2, order("o1", 2), order("o2", 2), request("q1"), request("q2"))
    seen: list[object] = []

    def look(orders: Mapping[str, OrderRow], requests: Mapping[str, RequestRow]) -> Changed:
        seen.extend((sorted(orders), sorted(requests)))
        return Changed([], [], ["o2"])

    await store.dispatches.keep(LOG, "dispatches", 3, ["o1", "none"], ["q2"], look)
    assert seen == [["o1"], ["q1", "q2"]]
    assert await found(store) == ["o1"]


async def test_orders_are_found_by_what_they_are_about_and_by_who_may_see_them(store: Store) -> None:
    await keep(
        store,
        5,
        order("o1", 1),
        order("o2", 2, owner="D04", topics=("board", "u:D04", "u:JS0")),
        order("o3", 3, incident="i1", request="q2", topics=("u:JS01",)),
    )
    assert await found(store) == ["o2", "o1"]
    assert await found(store, {"u:JS01"}) == ["o3"]
    assert await found(store, {"u:%"}) == []
    assert await found(store, {"board", "u:JS01"}, incident="i1") == ["o3"]
    assert await found(store, {"board", "u:JS01"}, request="q2") == ["o3"]
    assert await found(store, owner="D04") == ["o2"]


async def test_pages_put_together_are_the_whole(store: Store) -> None:
    rows = [order(f"o{n}", n + 1, at=n // 3) for n in range(11)]
    await keep(store, 20, *rows)
    seen: list[OrderRow] = []
    before = None
    while page := await store.dispatches.search(LOG, before, 4, topics={"board"}):
        seen += page
        before = (page[-1].at, page[-1].order_id)
    assert seen == sorted(rows, key=lambda row: (row.at, row.order_id), reverse=True)


async def test_totals_are_of_the_requests_of_a_time_or_an_incident(store: Store) -> None:
    await keep(
        store,
        9,
        request("q1", at=100),
        request("q2", at=200, incident="i1"),
        request("q3", at=300),
        order("o1", 2),
        order("o2", 3, request="q2", at=900),
    )
    for incident, since, until, wanted in (
        (None, 0, 1000, (["q1", "q2", "q3"], ["o2", "o1"])),
        (None, 200, 300, (["q2"], ["o2"])),
        ("i1", 0, 1000, (["q2"], ["o2"])),
        ("none", 0, 1000, ([], [])),
    ):
        requests, orders = await store.dispatches.asked(LOG, incident, since, until)
        assert [row.request for row in requests] == wanted[0]
        assert sorted((row.order_id for row in orders), reverse=True) == wanted[1]
