"""Databases that stall, go away and come back. PostgreSQL for real; what both share is in the other files."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
import pytest

from server.engine.journal import JournalDown
from server.store import Store
from server.store.database import Database
from tests.contracts.turns import PATIENCE, append, commit
from tests.servers.postgres import Postgres
from tests.servers.proxy import Proxy


@asynccontextmanager
async def opened(url: str, folder: Path, patience: float = 2.0) -> AsyncIterator[Store]:
    store = await Store.open(url, folder / "blobs", patience)
    await store.create_log("310116", "district", "金山区")
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def responsive() -> AsyncIterator[None]:
    """The event loop goes round while the block waits."""
    rounds = 0

    async def turn() -> None:
        nonlocal rounds
        while True:
            await asyncio.sleep(0.01)
            rounds += 1

    ticking = asyncio.create_task(turn())
    yield
    ticking.cancel()
    assert rounds >= 10


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def backend_in_turn(url: str) -> int:
    """The server process that holds the head row."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_server_that_stalls_in_a_commit_leaves_it_unknown_until_the_next_turn(
    postgres_url: str, tmp_path: Path
) -> None:
    async with opened(postgres_url, tmp_path) as store:
        journal = store.journal("310116")
        await append(journal, ["a"])
        turn = await journal.open_turn(1, ["b"], 0.5)
        with stopped(backend_in_turn(postgres_url)):
            async with responsive():
                with pytest.raises(JournalDown) as down:
                    await commit(turn, ["b"])
            assert down.value.reason == "unknown"
            async with responsive():
                with pytest.raises(JournalDown) as down:
                    await journal.open_turn(1, ["b"], 0.5)
            assert down.value.reason in ("locked", "stalled")
        async with await journal.open_turn(1, ["b"], PATIENCE) as again:
            assert ("b" in again.known) == (again.head.seq == 2) == (len(again.missed) == 1)
            await commit(again, [id for id in ["b"] if id not in again.known])
        assert [entry.action_id for entry in await journal.read(0, 10)] == ["a", "b"]


async def test_a_commit_whose_answer_is_lost_is_found_by_the_next_turn(
    postgres: Postgres, postgres_url: str, tmp_path: Path
) -> None:
    async with Proxy(("127.0.0.1", postgres.port)) as proxy:
        through = postgres_url.replace(f":{postgres.port}/", f":{proxy.port}/")
        async with opened(through, tmp_path) as store, opened(postgres_url, tmp_path) as witness:
            journal = store.journal("310116")
            turn = await journal.open_turn(0, ["a"], 2.5)
            proxy.disturb("down", delay=0.3)  # time to see the commit before its answer arrives
            committing = asyncio.create_task(commit(turn, ["a"]))
            watched = witness.journal("310116")
            while (await watched.head()).seq == 0:
                pass
            proxy.disturb("down", blackhole=True)
            with pytest.raises(JournalDown) as down:
                await committing
            assert down.value.reason == "unknown"
            proxy.cut()
            await proxy.heal()
            async with await journal.open_turn(0, ["a"], PATIENCE) as again:
                assert [entry.action_id for entry in again.missed] == ["a"]
                assert again.known["a"].seq == 1


async def test_a_server_that_accepts_nobody_stalls_the_callers_not_the_loop(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    url = own_postgres.create()
    async with opened(url, tmp_path, patience=0.5) as store:
        own_postgres.stop()
        own_postgres.start()
        own_postgres.pause()
        async with responsive():
            with pytest.raises(JournalDown) as down:
                await store.journal("310116").open_turn(0, [], 0.5)
            assert down.value.reason == "stalled"
            with pytest.raises(JournalDown) as down:
                await store.credentials.hash_of("310116", "wang")
            assert down.value.reason == "stalled"
        own_postgres.resume()
        assert len(await append(store.journal("310116"), ["a"])) == 1


async def test_a_restarted_server_is_found_again_unaided(own_postgres: Postgres, tmp_path: Path) -> None:
    url = own_postgres.create()
    async with opened(url, tmp_path) as store:
        journal = store.journal("310116")
        await append(journal, ["a"])
        turn = await journal.open_turn(1, ["b"], PATIENCE)
        own_postgres.kill9()
        with pytest.raises(JournalDown):
            await commit(turn, ["b"])
        with pytest.raises(JournalDown) as down:
            await journal.open_turn(1, [], PATIENCE)
        assert down.value.reason == "unreachable"
        with pytest.raises(JournalDown):
            await store.credentials.set_hash("310116", "wang", "…")
        own_postgres.start()
        await append(journal, ["b"])
        own_postgres.stop()
        own_postgres.start()
        async with await journal.open_turn(
            2, ["c"], PATIENCE
        ) as turn:  # the idle connection has died: no error
            await commit(turn, ["c"])
        await store.credentials.set_hash("310116", "wang", "…")
        assert [entry.action_id for entry in await journal.read(0, 10)] == ["a", "b", "c"]
        assert (await store.verify("310116")).whole


async def test_a_node_stopped_in_its_turn_does_not_stop_the_others(postgres_url: str, tmp_path: Path) -> None:
    async with opened(postgres_url, tmp_path) as stopped_node, opened(postgres_url, tmp_path) as other:
        turn = await stopped_node.journal("310116").open_turn(0, [], PATIENCE)
        pid = backend_in_turn(postgres_url)
        with psycopg.connect(postgres_url) as server:  # gives up idle turns after a while: now
            server.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        assert len(await append(other.journal("310116"), ["a"])) == 1
        with pytest.raises(JournalDown) as down:
            await commit(turn, ["b"])
        assert down.value.reason == "unreachable"  # and not "unknown": no commit was sent
        assert len(await append(stopped_node.journal("310116"), ["c"])) == 1


def test_the_server_gives_up_idle_turns_and_keeps_commits_durable(postgres_url: str) -> None:
    engine = Database.of(postgres_url).engine
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "15s"
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    engine.dispose()


async def test_time_is_the_databases_not_the_nodes(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(postgres_url, tmp_path) as store:
        real = time.time
        real_ns = time.time_ns
        monkeypatch.setattr(time, "time", lambda: real() + 600)
        monkeypatch.setattr(time, "time_ns", lambda: real_ns() + 600 * 10**9)
        async with await store.journal("310116").open_turn(0, [], PATIENCE) as turn:
            assert abs(turn.now - real() * 1000) < 300_000


async def test_a_sqlite_file_locked_by_somebody_else_keeps_the_loop_going(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/pingji.db", tmp_path) as store:
        other = sqlite3.connect(tmp_path / "pingji.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with responsive():
            with pytest.raises(JournalDown) as down:
                await store.journal("310116").open_turn(0, [], 0.5)
        assert down.value.reason == "locked"
        assert (await store.journal("310116").head()).seq == 0  # reading goes on
        other.close()
        assert len(await append(store.journal("310116"), ["a"])) == 1
