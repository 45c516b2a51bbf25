"""The queue of webhooks on both databases: queued once, claimed once, in order, given up, asked for again."""

import asyncio
from typing import Any

import msgspec
import pytest

from server.store import Store, webhooks
from server.store.webhooks import Queued, Tally, Webhook
from tests.contracts.conftest import OpenStore

LOG = "310116"


def hook(id: str = "w1", **more: Any) -> Webhook:
    fields = {"url": "http://a", "secret": "s", "events": ("OrderIssued",), "active": True, "from_seq": 3}
    return msgspec.convert({"id": id, "created_at": 1, "created_by": "admin"} | fields | more, Webhook)


def event(seq: int, n: int = 0, about: str = "o1", webhook: str = "w1") -> Queued:
    return Queued(webhook=webhook, seq=seq, n=n, event="OrderIssued", about=about, body="{}", queued_at=10)


async def due(store: Store, webhook: str = "w1", now: int = 100) -> list[tuple[int, int]]:
    return [(each.seq, each.n) for each in await store.webhooks.due(LOG, webhook, now)]


async def test_a_webhook_is_kept_changed_and_goes_with_all_it_was_to_be_told(store: Store) -> None:
    await store.webhooks.add(LOG, hook())
    await store.webhooks.add("other", hook("w2", events=()))
    assert await store.webhooks.all(LOG) == [hook()]
    assert await store.webhooks.find("other", "w2") == hook("w2", events=())
    await store.webhooks.change(
        LOG, hook(url="http://b", active=False, events=("OrderClosed", "OrderIssued"))
    )
    assert await store.webhooks.find(LOG, "w1") == hook(
        url="http://b", active=False, events=("OrderClosed", "OrderIssued")
    )
    await store.webhooks.queue(LOG, "webhooks", 4, [event(4)])
    assert await store.webhooks.remove(LOG, "w1")
    assert not await store.webhooks.remove(LOG, "w1")
    assert await due(store) == []
    assert await store.webhooks.all(LOG) == []


async def test_an_event_is_queued_once_whatever_nodes_repeat(store: Store, open_store: OpenStore) -> None:
    other = await open_store()
    await store.cursors.advance(LOG, "webhooks", 3)
    both = (
        each.webhooks.queue(LOG, "webhooks", 6, [event(4), event(5), event(6)]) for each in (store, other)
    )
    await asyncio.gather(*both)
    first = (await store.webhooks.due(LOG, "w1", 100))[0]
    await store.webhooks.told(LOG, first, 50, 200)
    await other.webhooks.queue(LOG, "webhooks", 7, [event(4), event(6), event(7)])
    assert await store.webhooks.tallies(LOG) == {"w1": Tally(3, 0)}
    assert await store.cursors.get(LOG, "webhooks") == 7


async def test_of_a_long_silence_the_newest_events_are_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "BACKLOG_AT_MOST", 3)
    await store.webhooks.queue(LOG, "webhooks", 5, [event(seq, about=f"o{seq}") for seq in range(1, 6)])
    await store.webhooks.queue(LOG, "webhooks", 6, [event(6, about="o6"), event(6, webhook="w2")])
    assert await due(store) == [(4, 0), (5, 0), (6, 0)]
    assert await due(store, "w2") == [(6, 0)]


async def test_what_waited_for_a_webhook_is_due_when_it_is_active_again(store: Store) -> None:
    await store.webhooks.add(LOG, hook())
    await store.webhooks.queue(LOG, "webhooks", 5, [event(4), event(5, about="o2")])
    [first, _] = await store.webhooks.due(LOG, "w1", 100)
    await store.webhooks.failed(LOG, first, 20, 500, "answered 500", 9_000)
    assert await due(store) == [(5, 0)]
    await store.webhooks.resume(LOG, "w1", 90)
    assert await due(store) == [(4, 0), (5, 0)]
    assert [each.queued_at for each in await store.webhooks.due(LOG, "w1", 100)] == [90, 90]


async def test_of_an_order_what_is_next_is_due_and_other_orders_do_not_wait(store: Store) -> None:
    await store.webhooks.add(LOG, hook())
    rows = [event(4), event(4, 1), event(5), event(6, about="o2"), event(7, webhook="w2")]
    await store.webhooks.queue(LOG, "webhooks", 7, rows)
    assert await due(store) == [(4, 0), (6, 0)]
    assert await due(store, "w2") == [(7, 0)]
    first, second = await store.webhooks.due(LOG, "w1", 100)
    await store.webhooks.failed(LOG, first, 20, 500, "answered 500", 150)
    assert await due(store) == [(6, 0)]
    await store.webhooks.told(LOG, second, 30, 204)
    assert await due(store, now=150) == [(4, 0)]
    assert (told := await store.webhooks.find(LOG, "w1"))
    assert (told.last_at, told.last_status, told.last_error) == (30, 204, "")


async def test_an_event_is_claimed_by_one_until_the_claim_runs_out(
    store: Store, open_store: OpenStore
) -> None:
    other = await open_store()
    await store.webhooks.queue(LOG, "webhooks", 4, [event(4)])
    (seen,) = await store.webhooks.due(LOG, "w1", 100)
    claims = [store.webhooks.claim(LOG, seen, 200), other.webhooks.claim(LOG, seen, 200)]
    assert sorted(await asyncio.gather(*claims)) == [False, True]
    assert await due(store, now=199) == []
    (again,) = await store.webhooks.due(LOG, "w1", 200)
    assert again.tries == 1


async def test_what_was_given_up_lets_the_next_go_and_can_be_asked_for_again(store: Store) -> None:
    await store.webhooks.add(LOG, hook())
    await store.webhooks.queue(LOG, "webhooks", 5, [event(4), event(5)])
    (first,) = await store.webhooks.due(LOG, "w1", 100)
    await store.webhooks.failed(LOG, first, 60, None, "no answer in time", None)
    assert await due(store) == [(5, 0)]
    assert await store.webhooks.tallies(LOG) == {"w1": Tally(1, 1)}
    assert (told := await store.webhooks.find(LOG, "w1"))
    assert (told.last_status, told.last_error) == (None, "no answer in time")
    assert await store.webhooks.again(LOG, "w1", 70) == 1
    assert await due(store) == [(4, 0)]
    (first,) = await store.webhooks.due(LOG, "w1", 100)
    assert (first.queued_at, first.tries) == (70, 0)
    await store.webhooks.failed(LOG, first, 80, None, "", None)
    await store.webhooks.purge(70)
    assert (await store.webhooks.tallies(LOG))["w1"].dead == 1
    await store.webhooks.purge(71)
    assert (await store.webhooks.tallies(LOG))["w1"].dead == 0
