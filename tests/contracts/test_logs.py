"""Which logs there are, how exercises go, and that the tables are those of the migrations."""

import hashlib

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from server.engine.journal import Snapshot
from server.store import Store
from server.store.database import Database
from server.store.dispatches import Changed, OrderRow, RequestRow
from server.store.faults import UnknownLog
from server.store.tables import metadata
from server.store.throttle import login_key
from server.store.timeline import CommandRow, TimelineRow
from server.store.webhooks import Queued, Webhook
from tests.contracts.conftest import OpenStore
from tests.contracts.turns import PATIENCE, append


async def test_the_migrations_build_the_tables_the_store_uses(store: Store, database_url: str) -> None:
    engine = Database.of(database_url).engine
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_a_log_is_made_once(store: Store, open_store: OpenStore) -> None:
    other = await open_store()
    assert not await other.create_log("310116", "exercise", "another")
    assert await other.create_log("drill", "exercise", "防汛演练")
    found = {row.log: row for row in await store.logs()}
    assert (found["310116"].kind, found["310116"].name, found["310116"].seq) == ("district", "金山区", 0)
    assert (found["drill"].kind, found["drill"].name) == ("exercise", "防汛演练")
    assert found["310116"].epoch != found["drill"].epoch
    assert abs(found["drill"].created_at - await store.now()) < 60_000


async def fill(store: Store, log: str, token: bytes) -> None:
    """Something in every table."""
    journal = store.journal(log)
    await append(journal, [f"{log}-{n}" for n in range(4500)])
    await journal.save_snapshot(Snapshot(1, bytes(32), b"", 1))
    await store.cursors.advance(log, "search", 1)
    await store.credentials.set_hash(log, "wang", "…")
    await store.sessions.create(token, log, "wang", "phone", "", 1, 2)
    await store.throttle.failed(login_key(log, "wang"), 1)
    await store.pairings.create(token, log, "JS01", "wang", 1, 2)
    done = await store.uploads.create(
        log, "wang", "a", 3, "text/plain", hashlib.sha256(b"abc").hexdigest(), 1
    )
    await store.uploads.append(done.id, 0, b"abc")
    await store.uploads.finish(done.id, 1)
    await store.uploads.create(log, "wang", "b", 3, "text/plain", "cd" * 32, 1)
    row = TimelineRow(1, 0, 1, "wang", "CommandIssued", "")
    await store.timeline.insert_many(log, "timeline", 1, [row], [CommandRow("c1", "", "JS01", 1, None, "{}")])
    order = OrderRow("o1", 1, "q1", "D03", "", "issued", None, 1, None, (), "{}")
    dispatched = Changed([order], [RequestRow("q1", 1, "JS01", None, 1, "{}")], [])
    await store.dispatches.keep(log, "dispatches", 1, [], [], lambda orders, requests: dispatched)
    hook = Webhook(
        id="w1",
        url="http://a",
        secret="s",
        events=(),
        active=True,
        from_seq=0,
        created_at=1,
        created_by="wang",
    )
    await store.webhooks.add(log, hook)
    event = Queued(webhook="w1", seq=1, n=0, event="OrderIssued", about="o1", body="{}", queued_at=1)
    await store.webhooks.queue(log, "webhooks", 1, [event])


async def test_a_dropped_exercise_leaves_nothing_and_takes_nothing_else(
    store: Store, database_url: str
) -> None:
    await store.create_log("drill", "exercise", "演练")
    await fill(store, "310116", b"1")
    await fill(store, "drill", b"2")
    journal = store.journal("drill")
    await store.drop_log("drill")
    engine = Database.of(database_url).engine
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            left = set(connection.execute(select(table.c.log)).scalars())
            assert left == {"310116"}, table.name
    engine.dispose()
    with pytest.raises(UnknownLog):
        await journal.open_turn(0, [], PATIENCE)
    assert (await store.verify("310116")).entries == 4500


async def test_a_district_cannot_be_dropped(store: Store) -> None:
    with pytest.raises(ValueError, match="is a district"):
        await store.drop_log("310116")
    with pytest.raises(UnknownLog):
        await store.drop_log("nowhere")
    assert [row.log for row in await store.logs()] == ["310116"]
