"""One house for each file of tests, and visitors that speak HTTP to it."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from tests.servers.pingji import Pingji

PASSWORD = "pingji-sample"


class Answer:
    """Status, headers, the JSON body (or the bytes), and the error's code."""

    def __init__(self, response: aiohttp.ClientResponse, body: bytes, said: Any) -> None:
        self.status = response.status
        self.headers = response.headers
        self.cookies = response.cookies
        self.body = body
        self.said = said

    @property
    def code(self) -> str:
        return str(self.said["error"]["code"])


class Visitor:
    """A client of the HTTP interface; with a token it shows it as a bearer."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str = "") -> None:
        self._session = session
        self.base = base
        self.token = token

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        headers = more.pop("headers", {})
        if self.token:
            headers = {"Authorization": f"Bearer {self.token}"} | headers
        if isinstance(body, (bytes, bytearray)):
            more["data"] = io.BytesIO(body)
        elif body is not None:
            more["json"] = body
        async with self._session.request(method, self.base + path, headers=headers, **more) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json" and raw
            return Answer(response, raw, await response.json() if is_json else None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pingji]:
    """A server for all tests of a file; what they do to it stays."""
    with Pingji(tmp_path_factory.mktemp("house") / "node", arguments=("--upload-limit", "3")) as server:
        yield server
    lines = server.log.read_text(errors="replace").splitlines()
    assert [line for line in lines if "Traceback" in line or "never retrieved" in line] == []


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(house: Pingji) -> AsyncIterator[Visit]:
    """`await visit()`: a stranger; `await visit("commander")`: somebody who has signed in."""
    async with AsyncExitStack() as opened:

        async def come(login: str = "", password: str = PASSWORD, *, at: Pingji = house) -> Visitor:
            jar = aiohttp.DummyCookieJar()
            session = await opened.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            visitor = Visitor(session, at.base_url)
            if login:
                asked = {"login": login, "password": password, "device": "test", "want_token": True}
                answer = await visitor("POST", "/api/login", asked)
                assert answer.status == 200, answer.said
                visitor.token = answer.said["token"]
            return visitor

        yield come
