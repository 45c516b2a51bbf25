"""Every test of this folder that takes `database_url` runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from server.store import Store

OpenStore = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that does not exist yet (SQLite), or is empty (PostgreSQL)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/pingji.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def open_store(database_url: str, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Open the database once more, as another node would; all are closed at the end."""
    async with AsyncExitStack() as opened:

        async def open() -> Store:
            store = await Store.open(database_url, tmp_path / "blobs")
            opened.push_async_callback(store.close)
            return store

        yield open


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """With one district, "310116"."""
    opened = await open_store()
    await opened.create_log("310116", "district", "金山区")
    return opened
