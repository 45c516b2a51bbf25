"""Real servers for every test that asks for one, by name.

Shared ones live as long as the test run and are cheap (`postgres_url`, `redis_url`: fresh and empty each
time); a test that kills, stops or freezes a server takes its own (`own_postgres`, `own_redis`, `pingji`).
"""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.servers.browser import play
from tests.servers.pingji import Pingji
from tests.servers.postgres import Postgres
from tests.servers.proxy import Proxy
from tests.servers.redis import Redis


def pytest_configure() -> None:
    """A run that is asked to end (SIGTERM) cleans up as one interrupted by hand does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The shared server. Do not stop it: take `own_postgres` for that."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, empty database: postgresql://…"""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server of the test's own, to kill and start again."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """The shared server. Do not stop it: take `own_redis` for that."""
    with Redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """An empty Redis: redis://…"""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A server of the test's own, to kill, freeze and start again."""
    with Redis() as server:
        yield server


class StartPingji(Protocol):
    """Make and start a node; keywords as for `Pingji`. `join=True`: the district exists already."""

    def __call__(self, *, join: bool = False, **keywords: Any) -> Pingji: ...


@pytest.fixture
def start_pingji(tmp_path: Path) -> Iterator[StartPingji]:
    """Start as many nodes as a test needs; all are stopped at its end."""
    with ExitStack() as running:

        def start(*, join: bool = False, **keywords: Any) -> Pingji:
            folder = (
                keywords.pop("folder", None) or tmp_path / f"node-{len(list(tmp_path.glob('node-*'))) + 1}"
            )
            node = Pingji(folder, **keywords)
            running.callback(node.stop)
            return node.join() if join else node.start()

        yield start


@pytest.fixture
def pingji(start_pingji: StartPingji) -> Pingji:
    """The server as most districts run it: one process, SQLite, the sample district."""
    return start_pingji()


StartProxy = Callable[..., Any]


@pytest.fixture
async def start_proxy() -> AsyncIterator[StartProxy]:
    """`await start_proxy(port, seed=0)`: a bad network before a local port, for one test."""
    async with AsyncExitStack() as open_proxies:

        async def start(port: int, seed: int = 0) -> Proxy:
            return await open_proxies.enter_async_context(Proxy(("127.0.0.1", port), seed))

        yield start


@pytest.fixture
def browser(tmp_path: Path) -> Callable[..., None]:
    """`browser(script, base_url, NAME=value)`: play a Node script in Chromium; its failure fails the test."""

    def run(script: str | Path, base_url: str, **environment: str) -> None:
        play(Path(script), base_url, tmp_path / "browser", environment)

    return run
