"""Every misuse gets its documented answer or its cut code; none gets a traceback."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any

import msgspec
import pytest

from server.wire.sockets import Connection, Refused
from tests.wire.sockets.conftest import Live, Start
from tests.wire.sockets.peer import CONNECT, PATIENCE, Peer, event, masked

pack = msgspec.msgpack.encode


@pytest.fixture(autouse=True)
def no_tracebacks(caplog: pytest.LogCaptureFixture) -> Any:
    """Nothing a client sends is worth an error in the log."""
    yield
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


BAD_ONCE_ACCEPTED = {
    "not msgpack": (masked(2, b"\xc1"), "bad_packet"),
    "empty": (masked(2, b""), "bad_packet"),
    "cut short": (masked(2, pack(event("act", 1, ack=1))[:-3]), "bad_packet"),
    "trailing bytes": (masked(2, pack(event("act", 1, ack=1)) + b"\x00"), "bad_packet"),
    "no map": (masked(2, pack([2, "/", ["act"]])), "bad_packet"),
    "wrong type of type": (masked(2, pack({"type": "2", "nsp": "/", "data": ["act"]})), "bad_packet"),
    "wrong type of name": (masked(2, pack({"type": 2, "nsp": "/", "data": [7, 1]})), "bad_packet"),
    "no arguments at all": (masked(2, pack({"type": 2, "nsp": "/", "data": []})), "bad_packet"),
    "data is a map": (masked(2, pack({"type": 2, "nsp": "/", "data": {"act": 1}})), "bad_packet"),
    "two arguments": (masked(2, pack(event("act", 1, 2, ack=1))), "bad_packet"),
    "negative ack": (masked(2, pack(event("act", 1, ack=-1))), "bad_packet"),
    "huge ack": (masked(2, pack(event("act", 1, ack=2**60))), "bad_packet"),
    "ack of wrong type": (masked(2, pack(event("act", 1) | {"id": "1"})), "bad_packet"),
    "missing ack": (masked(2, pack(event("act", 1))), "bad_packet"),
    "unknown packet type": (masked(2, pack({"type": 9, "nsp": "/", "data": ["act"]})), "bad_packet"),
    "second connect": (masked(2, pack(CONNECT)), "bad_packet"),
    "connect error": (masked(2, pack({"type": 4, "nsp": "/", "data": {}})), "bad_packet"),
    "ack nobody asked for": (masked(2, pack({"type": 3, "nsp": "/", "id": 1, "data": []})), "bad_packet"),
    "binary event": (
        masked(2, pack({"type": 5, "nsp": "/", "data": ["act"], "attachments": 9})),
        "bad_packet",
    ),
    "binary ack": (masked(2, pack({"type": 6, "nsp": "/", "id": 1, "data": []})), "bad_packet"),
    "event of another namespace": (masked(2, pack(event("act", 1) | {"nsp": "/x"})), "bad_packet"),
    "json text": (masked(1, b'42["act",{}]'), "bad_packet"),
    "engine.io ping of version 3": (masked(1, b"2"), "bad_packet"),
    "empty text": (masked(1, b""), "bad_packet"),
    "unmasked": (b"\x82\x01\xc0", "bad_packet"),
    "compressed": (b"\xc2\x80\x00\x00\x00\x00", "bad_packet"),
    "text that is not UTF-8": (masked(1, b"\xff"), "bad_packet"),
    "too large by its header alone": (b"\x82\xff" + (2**40).to_bytes(8, "big"), "too_large"),
    "too large in fragments": (masked(2, bytes(60_000), final=False) + masked(0, bytes(60_000)), "too_large"),
    "deep nesting": (masked(2, b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data" + b"\x91" * 50_000), "bad_packet"),
}


@pytest.mark.parametrize("name", BAD_ONCE_ACCEPTED)
async def test_misuse_of_an_accepted_connection_is_cut_with_its_code(live: Live, name: str) -> None:
    sent, code = BAD_ONCE_ACCEPTED[name]
    bystander, peer = await live.connect(), await live.connect()
    peer.raw(sent)
    assert await peer.code() == code
    assert await live.reason() == code
    bystander.packet(event("act", "still here", ack=5))
    assert await bystander.ack() == (5, "still here")


BAD_BEFORE = {
    "event first": (masked(2, pack(event("act", 1, ack=1))), "connect_first"),
    "ack first": (masked(2, pack({"type": 3, "nsp": "/", "id": 1, "data": []})), "bad_packet"),
    "garbage first": (masked(2, b"\xc1\xff"), "bad_packet"),
    "large auth": (masked(2, pack({"type": 0, "nsp": "/", "data": "x" * 9000})), "too_large"),
}


@pytest.mark.parametrize("name", BAD_BEFORE)
async def test_misuse_before_the_acceptance_is_a_connect_error_with_its_code(live: Live, name: str) -> None:
    sent, code = BAD_BEFORE[name]
    peer = await live.open()
    peer.raw(sent)
    assert await peer.code() == code
    assert live.left.empty()


async def test_an_event_while_the_connect_is_decided_is_refused(start: Start) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def never(_auth: bytes | None, _connection: Connection, _remote: str) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    live = await start(handlers={"on_connect": never})
    peer = await live.open()
    peer.packet(CONNECT)
    await asyncio.wait_for(begun.wait(), PATIENCE)
    peer.packet(event("act", 1, ack=1))
    assert await peer.code() == "connect_first"
    await asyncio.wait_for(cancelled.wait(), PATIENCE)
    peer.raw(masked(8, (1008).to_bytes(2, "big")))
    assert (await peer.frame())[0] == "eof"


async def test_an_unknown_event_is_answered_when_asked_and_otherwise_counted(live: Live) -> None:
    peer = await live.connect()
    peer.packet(event("dance", 1))
    peer.packet(event("dance", 1, ack=3))
    assert await peer.ack() == (3, {"error": {"code": "unknown_event", "retry": False}})
    assert live.sockets.stats()["inbound"] == {"unknown_events": 2}


async def test_another_namespace_is_refused_and_the_connection_stays(live: Live) -> None:
    peer = await live.connect()
    peer.packet({"type": 0, "nsp": "/admin", "data": {}})
    answer = await peer.read()
    assert (answer["type"], answer["nsp"], answer["data"]["data"]["code"]) == (4, "/admin", "bad_namespace")
    peer.packet(event("act", 1, ack=1))
    assert await peer.ack() == (1, 1)


async def test_an_event_without_an_argument_has_nil(live: Live) -> None:
    peer = await live.connect()
    peer.packet(event("act", ack=1))
    assert await peer.ack() == (1, None)


async def test_who_sends_too_fast_is_told_when_and_who_does_not_stop_is_cut(start: Start) -> None:
    live = await start(rate=0.5, burst=3.0)
    peer = await live.connect()
    for ack in range(3):
        peer.packet(event("act", ack, ack=ack))
    answers = [await peer.ack() for _ in range(3)]
    assert answers[:2] == [(0, 0), (1, 1)]
    error = answers[2][1]["error"]
    assert (error["code"], error["retry"]) == ("rate_limited", True)
    assert 0 < error["after"] <= 4000
    for ack in range(3, 20):
        peer.packet(event("act", ack, ack=ack))
    assert await peer.code() == "rate_limited"


async def test_pings_of_the_websocket_are_answered_and_count_against_the_rate(start: Start) -> None:
    live = await start(rate=0.5, burst=4.0, ping_interval=60.0)
    peer = await live.connect()
    peer.raw(masked(9, b"hello"))
    assert await peer.frame() == (10, b"hello")
    peer.raw(masked(9, b"") * 100)
    assert await live.reason() == "rate_limited"


async def test_the_owner_may_limit_an_account(start: Start) -> None:
    live = await start(handlers={"admit": lambda _connection, name: 1.5 if name == "act" else 0.0})
    peer = await live.connect()
    peer.packet(event("act", 1, ack=1))
    peer.packet(event("preview", 2, ack=2))
    assert await peer.ack() == (1, {"error": {"code": "rate_limited", "retry": True, "after": 1500}})
    assert await peer.ack() == (2, 2)


async def test_who_does_not_connect_in_time_is_told_so(start: Start) -> None:
    live = await start(connect_timeout=0.1)
    silent, slow = await live.open(), await live.open()
    slow.raw(masked(2, pack(CONNECT))[:9])
    assert await silent.code() == "connect_timeout"
    assert await slow.code() == "connect_timeout"


UPGRADES = {
    "long polling": ("EIO=4&transport=polling", {}, 400, "websocket_only"),
    "no upgrade": ("EIO=4&transport=websocket", {"Upgrade": "", "Connection": ""}, 400, "websocket_only"),
    "old protocol": ("EIO=3&transport=websocket", {}, 400, "bad_packet"),
    "no key": ("EIO=4&transport=websocket", {"Sec_WebSocket_Key": ""}, 400, "bad_packet"),
    "bad key": ("EIO=4&transport=websocket", {"Sec_WebSocket_Key": "abc"}, 400, "bad_packet"),
    "old websocket": ("EIO=4&transport=websocket", {"Sec_WebSocket_Version": "8"}, 426, "bad_packet"),
    "foreign origin": ("EIO=4&transport=websocket", {"Origin": "https://evil.example"}, 403, "bad_origin"),
    "opaque origin": ("EIO=4&transport=websocket", {"Origin": "null"}, 403, "bad_origin"),
    "broken origin": ("EIO=4&transport=websocket", {"Origin": "http://[::1"}, 403, "bad_origin"),
}


@pytest.mark.parametrize("name", UPGRADES)
async def test_an_upgrade_that_cannot_be_is_refused_with_a_status(live: Live, name: str) -> None:
    query, headers, status, code = UPGRADES[name]
    peer = await live.open(query, b"", **headers)
    assert peer.status == status
    assert live.sockets.stats()["refused_upgrades"] == {code: 1}


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "https://wall.example"]
)
async def test_the_same_and_the_configured_origins_may_upgrade(start: Start, origin: str) -> None:
    live = await start(origins=frozenset({"https://wall.example"}))
    peer = await live.open(Origin=origin.format(port=live.port))
    assert peer.status == 101


async def test_compression_is_never_agreed_to(live: Live) -> None:
    assert "permessage-deflate" not in (await live.open()).headers


async def test_there_is_a_largest_number_of_connections(start: Start) -> None:
    live = await start(max_connections=2)
    await live.connect()
    await live.connect()
    refused = await live.open()
    assert (refused.status, "retry-after" in refused.headers) == (503, True)


async def test_there_is_a_largest_number_of_connections_not_yet_accepted(start: Start) -> None:
    live = await start(max_unconnected=2)
    first = await live.open()
    await live.open()
    assert (await live.open()).status == 503
    first.packet(CONNECT)
    await live.connection()
    assert (await first.read())["type"] == 0
    assert (await live.open()).status == 101


async def test_the_owner_sees_the_upgrade_and_may_refuse_it(start: Start) -> None:
    def cookie(request: Any) -> str:
        if "pingji_session" not in request.cookies:
            raise Refused("signed_out")
        return str(request.cookies["pingji_session"])

    seen: list[Any] = []

    async def on_connect(_auth: bytes | None, connection: Connection, remote: str) -> None:
        seen.append((connection.context, remote))

    live = await start(handlers={"on_upgrade": cookie, "on_connect": on_connect})
    assert (await live.open()).status == 403
    peer = await live.open(Cookie="pingji_session=abc")
    peer.packet(CONNECT)
    assert (await peer.read())["type"] == 0
    assert seen == [("abc", "127.0.0.1")]


async def test_random_packets_never_end_more_than_their_own_connection(live: Live) -> None:
    chance = random.Random(7)
    bystander = await live.connect()
    for _ in range(150):
        bystander.raw(masked(1, b"3"))  # alive, however slow the machine
        peer = await Peer.connected(live.port)
        good = pack(event(chance.choice(["act", "presence"]), {"a": [1, "x", None]}, ack=chance.randrange(9)))
        broken = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        peer.raw(masked(chance.choice([1, 2]), bytes(broken)))
        peer.raw(chance.randbytes(chance.randrange(1, 40)))
        peer.writer.write_eof()
        while not isinstance(await peer.read(), tuple):
            pass
        await peer.close()
    bystander.packet(event("act", "still here", ack=5))
    assert await bystander.ack() == (5, "still here")


async def test_a_frame_sent_byte_by_byte_is_understood(live: Live) -> None:
    peer = await live.connect()
    for byte in masked(2, pack(event("act", "slowly", ack=1))):
        peer.raw(bytes((byte,)))
        await peer.writer.drain()
    assert await peer.ack() == (1, "slowly")
