"""What cannot be opened is told, in the one way there is."""

import asyncio
from pathlib import Path

import pytest

from server.engine.journal import JournalDown
from server.store import Store
from tests.contracts.turns import append
from tests.servers.process import free_port


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pingji.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalDown) as down:
        await Store.open(f"sqlite:///{tmp_path}/pingji.db", tmp_path / "blobs")
    assert down.value.reason == "unreachable"


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalDown) as down:
        await Store.open(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none", tmp_path / "blobs")
    assert down.value.reason == "unreachable"


async def test_a_database_opened_again_has_what_it_had(database_url: str, tmp_path: Path) -> None:
    for life in range(3):
        store = await Store.open(database_url, tmp_path / "blobs")
        assert await store.create_log("310116", "district", "金山区") == (life == 0)
        await append(store.journal("310116"), [f"life {life}"])
        assert (await store.journal("310116").head()).seq == life + 1
        await store.close()


async def test_two_that_open_an_empty_database_at_once_both_work(database_url: str, tmp_path: Path) -> None:
    stores = await asyncio.gather(*(Store.open(database_url, tmp_path / "blobs") for _ in range(3)))
    made = await asyncio.gather(*(store.create_log("310116", "district", "") for store in stores))
    assert sorted(made) == [False, False, True]
    for store in stores:
        await store.close()


async def test_a_closed_store_answers_that_it_is_closed(database_url: str, tmp_path: Path) -> None:
    store = await Store.open(database_url, tmp_path / "blobs")
    await store.create_log("310116", "district", "")
    journal = store.journal("310116")
    await store.close()
    with pytest.raises(JournalDown):
        await journal.open_turn(0, [], 1)
    with pytest.raises(JournalDown):
        await store.logs()
