"""Whatever is sent over HTTP is answered with a code; no traceback (the log is looked at), all headers."""

import asyncio
import gzip
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import StartPingji
from tests.servers.pingji import Pingji
from tests.wire.conftest import Visit, Visitor

POSTS = [
    "/api/login",
    "/api/password",
    "/api/accounts/password",
    "/api/uploads",
    "/api/pairings",
    "/api/pairings/claim",
    "/api/act",
    "/api/sourcing",
    "/api/stock/import",
    "/api/edxl",
    "/api/webhooks",
]
BODIES: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"{",
    b'"x"',
    b"\xff\xfe",
    b'{"login": "\xff"}',
    b'{"login": "\\ud800", "password": "\\udfff"}',
    b'{"login": "a\\u0000b", "password": "x"}',
    b'{"login": "commander", "password": "x", "label": "a\\u0000b"}',
    b'{"login": "commander", "password": "x", "log": "a\\u0000b"}',
    b'{"login": 1, "password": []}',
    b'{"url": "http://a/", "secret": "aaaaaaaaaaaaaaaa\\u0000"}',
    b'{"id": "a", "do": {"type": "CloseRequest", "request": "\\ud800"}}',
    b'{"login": "x", "login": "y", "password": "z"}',
    b'{"size": 1e400}',
    b'{"size": ' + b"9" * 5000 + b"}",
    b"[" * 5000,
    b'{"a":' * 5000,
    b'{"other": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b"\x00" * 100,
    b" " * 60_000,
]
HEADERS = ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Content-Security-Policy")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "login",
    "password",
    "log",
    "device",
    "label",
    "old",
    "new",
    "id",
    "account",
    "unit",
    "code",
    "name",
    "do",
    "url",
    "events",
)
bodies = st.dictionaries(
    st.sampled_from((*KEYS, "size", "type", "sha256", "phone", "want_token")), json_values
)


@pytest.mark.parametrize("path", POSTS)
async def test_bodies_that_are_no_request_are_answered_with_a_code(visit: Visit, path: str) -> None:
    admin = await visit("admin")
    for body in BODIES:
        answer = await admin("POST", path, body or b" ")
        assert answer.status in (400, 401, 403, 413, 429), (path, body[:40])
        assert set(answer.said["error"]) <= {"code", "retry", "after", "detail"}
        assert all(name in answer.headers for name in HEADERS)


async def test_any_json_at_all_is_answered_with_a_code(house: Pingji, visit: Visit) -> None:
    admin = await visit("admin")
    chance = random.Random(0)
    found: list[dict[str, Any]] = []

    @given(bodies)
    @settings(max_examples=150, derandomize=True, database=None, deadline=None)
    def collect(value: dict[str, Any]) -> None:
        found.append(value)

    collect()
    for value in found:
        path = chance.choice(POSTS)
        answer = await admin("POST", path, json.dumps(value).encode())
        assert answer.status < 500, (path, value)


async def test_a_body_that_is_too_large_or_a_bomb_is_refused(visit: Visit) -> None:
    stranger = await visit()
    large = await stranger("POST", "/api/login", b" " * 70_000)
    assert (large.status, large.code) == (413, "too_large")
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    answer = await stranger("POST", "/api/login", bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status in (400, 413)
    broken = await stranger("POST", "/api/login", b"no gzip", headers={"Content-Encoding": "gzip"})
    assert broken.status == 400


NOWHERE = "/api /api/ /api/nothing /api/login/x /api/%00 /api/uploads/%00 /api/timeline?text=%00"


@pytest.mark.parametrize("path", NOWHERE.split())
async def test_unknown_routes_are_not_found_in_the_words_of_the_house(visit: Visit, path: str) -> None:
    commander = await visit("commander")
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        answer = await commander(method, path)
        if path == "/api" and method == "GET":
            continue  # a page of the web client
        assert answer.status in (404, 405), (method, path)
        assert all(name in answer.headers for name in HEADERS), (method, path)


@pytest.mark.parametrize(
    "path", ["/%00", f"/{'a' * 3000}", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd"]
)
async def test_strange_pages_are_pages_or_missing(visit: Visit, path: str) -> None:
    answer = await (await visit())("GET", path)
    assert answer.status in (200, 404, 503)
    assert b"root:" not in answer.body
    assert all(name in answer.headers for name in HEADERS)


async def test_bytes_that_are_no_http_end_one_connection(house: Pingji, visit: Visit) -> None:
    chance = random.Random(5)
    for head in (
        b"",
        b"GET / HTTP/1.1\r\n",
        b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    ):
        for _ in range(15):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(head + chance.randbytes(chance.randint(1, 500)) + b"\r\n\r\n")
            writer.write_eof()
            async with asyncio.timeout(10):
                await reader.read(-1)
            writer.close()
    # a body that breaks off, and one whose chunks are wrong
    for body in (b"Content-Length: 500\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"POST /api/login HTTP/1.1\r\nHost: x\r\n" + body)
        await writer.drain()
        writer.transport.abort()
    assert (await (await visit())("GET", "/healthz")).said["ok"] is True


async def test_what_everybody_may_know(visit: Visit) -> None:
    stranger: Visitor = await visit()
    district = await stranger("GET", "/api/district")
    assert district.said["log"] == "310116"
    assert district.said["limits"]["upload"] == 3 << 20
    geo = await stranger("GET", "/api/geo.json")
    assert json.loads(geo.body)["type"] == "FeatureCollection"
    again = await stranger("GET", "/api/geo.json", headers={"If-None-Match": geo.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    metrics = await stranger("GET", "/metrics")
    assert b"pingji_log_seq" in metrics.body


async def test_the_same_bodies_do_no_harm_on_postgresql(
    start_pingji: StartPingji, postgres_url: str, visit: Visit
) -> None:
    """It takes fewer characters and smaller numbers than SQLite."""
    node = start_pingji(url=postgres_url)
    admin = await visit("admin", at=node)
    for path in POSTS:
        for body in BODIES:
            assert (await admin("POST", path, body or b" ")).status < 500, (path, body[:40])
    for path in ("/api/timeline?text=%00", "/api/uploads/%00", f"/api/timeline?before={2**63}"):
        assert (await admin("GET", path)).status in (400, 404)
    assert "Traceback" not in node.log.read_text(errors="replace")
