"""A district that is ready at once, and stations that are closed when a test ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
from psycopg import sql

from tests.conftest import StartPingji
from tests.scenarios.client import Station
from tests.scenarios.district import copy_of, sessions
from tests.servers.pingji import Pingji
from tests.servers.postgres import Postgres


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's folder with the sample district in SQLite, to copy."""
    folder = tmp_path_factory.mktemp("sample") / "node"
    Pingji(folder).init()
    return folder


@pytest.fixture
def start_node(sample: Path, start_pingji: StartPingji, tmp_path: Path) -> StartPingji:
    """`start_pingji` on a copy of the sample: no waiting for `init`. SQLite only."""

    def start(*, join: bool = False, **keywords: Any) -> Pingji:
        folder = copy_of(sample, tmp_path / f"copy-{len(list(tmp_path.glob('copy-*'))) + 1}")
        return start_pingji(join=join, folder=folder, **keywords)

    return start


@pytest.fixture
def node(start_node: StartPingji) -> Pingji:
    """One process, SQLite, the sample district."""
    return start_node()


class Enter(Protocol):
    """Stations that are in: `await enter(node, "commander")`; `ports` when it is not the node's own."""

    async def __call__(self, node: Pingji, *accounts: str, **keywords: Any) -> Any: ...


@pytest.fixture
async def stations() -> AsyncIterator[list[Station]]:
    """What is put in here is closed at the end."""
    kept: list[Station] = []
    yield kept
    await asyncio.gather(*(station.close() for station in kept))


@pytest.fixture
async def enter(stations: list[Station]) -> Enter:
    """One station for one account, a list for more; each with a session of its own."""

    async def come(node: Pingji, *accounts: str, ports: tuple[int, ...] = (), **keywords: Any) -> Any:
        tokens = await sessions(node, accounts)
        made = [Station(ports or (node.port,), token, **keywords) for token in tokens]
        stations.extend(made)
        await asyncio.gather(*(station.open() for station in made))
        return made[0] if len(made) == 1 else made

    return come


@pytest.fixture(scope="session")
def sample_database(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the sample district, to make others from."""
    url = postgres.create()
    Pingji(tmp_path_factory.mktemp("sample-postgres") / "node", url=url).init()
    return url


@pytest.fixture
def district_url(postgres: Postgres, sample_database: str) -> Iterator[str]:
    """A PostgreSQL database with the sample district, this test's own."""
    name = f"d{uuid4().hex[:12]}"
    template = sql.Identifier(sample_database.rsplit("/", 1)[1])
    postgres.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
    yield postgres.url(name)
    postgres.drop(postgres.url(name))


@pytest.fixture
def two_nodes(start_pingji: StartPingji, district_url: str) -> tuple[Pingji, Pingji]:
    """One district, two processes, PostgreSQL, no bus."""
    quick = ("--poll", "0.3", "--rate", "1000")
    first, second = (start_pingji(join=True, url=district_url, arguments=quick) for _ in range(2))
    return first, second
