"""From the upgrade to the end: heartbeats, cuts, slow and dead peers, storms."""

from __future__ import annotations

import asyncio
import gc
import logging

import msgspec
import pytest

from server.wire.sockets import Connection, Outgoing, Refused, frame
from tests.wire.sockets.conftest import Live, Start
from tests.wire.sockets.peer import CONNECT, PATIENCE, Peer, event, masked, until

big = msgspec.msgpack.encode(["Said", {"text": "x" * 30_000}])
small = msgspec.msgpack.encode(["Said", {"text": "x"}])


async def test_a_half_open_peer_is_dropped_and_its_memory_freed(start: Start) -> None:
    live = await start(ping_interval=0.1)
    peer = await live.connect()
    await live.connection()
    assert await live.reason() == "dead"
    opcode, payload = await peer.frame()
    assert (opcode, payload) == (1, b"2")
    await live.until_empty()
    await until(lambda: connections_in_memory() == 0)
    assert live.sockets.stats()["connections"] == 0


def connections_in_memory() -> int:
    gc.collect()
    return sum(isinstance(one, Connection) for one in gc.get_objects())


async def test_a_peer_that_answers_pings_stays_and_hears_the_head(start: Start) -> None:
    head = frame("head", msgspec.msgpack.encode({"seq": 9}))
    live = await start(ping_interval=0.1, handlers={"heartbeat": lambda _connection: head})
    peer = await live.connect()
    for _ in range(5):
        assert await peer.event() == ["head", {"seq": 9}]
    assert live.left.empty()


async def test_bytes_that_complete_no_frame_are_no_sign_of_life(start: Start) -> None:
    live = await start(ping_interval=0.2)
    peer = await live.connect()
    sending = asyncio.create_task(trickle(peer))
    assert await live.reason() == "dead"
    sending.cancel()
    assert live.sockets.stats()["ends"] == {"dead": 1}


async def trickle(peer: Peer) -> None:
    for byte in masked(2, bytes(5_000)):
        peer.raw(bytes((byte,)))
        await asyncio.sleep(0.01)


async def test_a_slow_reader_is_cut_and_the_others_hear_everything(start: Start) -> None:
    live = await start(max_buffered=200_000, send_buffer=16_384, ping_interval=30.0, stall_timeout=30.0)
    slow, quick = await live.connect(), await live.connect()
    for seq in range(1, 201):
        live.sockets.publish([Outgoing(seq, 0, "amy", [big], [("all",)])])
        assert (await quick.event())[1]["seq"] == seq
        if seq % 20 == 0:
            await slow.reader.readexactly(1)
    assert live.sockets.stats()["cuts"] == {"too_slow": 1}
    assert await live.reason() == "too_slow"
    await live.until_gone(1)


async def test_a_reader_that_stands_still_is_cut_after_the_stall_timeout(start: Start) -> None:
    live = await start(stall_timeout=0.3, send_buffer=16_384, ping_interval=2.0)
    await live.connect()
    connection = await live.connection()
    connection.write(frame("big", msgspec.msgpack.encode("x" * 8_000_000)))
    assert await live.reason() == "too_slow"
    await live.until_empty()
    assert live.sockets.stats()["stalled"] == 0


async def test_a_write_of_any_size_may_go_to_a_reader_that_keeps_up(start: Start) -> None:
    live = await start(max_buffered=100_000)
    peer = await live.connect()
    connection = await live.connection()
    connection.write(frame("reset", msgspec.msgpack.encode("x" * 3_000_000)))
    assert len((await peer.event())[1]) == 3_000_000


async def test_what_is_published_behind_a_snapshot_does_not_cut_who_keeps_up(
    start: Start,
) -> None:
    live = await start(max_buffered=100_000, send_buffer=16_384)
    peer = await live.connect()
    connection = await live.connection()
    connection.write(frame("reset", msgspec.msgpack.encode("x" * 3_000_000)))
    for seq in range(1, 21):
        live.sockets.publish([Outgoing(seq, 0, "amy", [b"\xa4said"], [("all",)])])
    assert len((await peer.event())[1]) == 3_000_000
    assert [(await peer.event())[1]["seq"] for _ in range(20)] == [*range(1, 21)]
    assert live.sockets.stats()["cuts"] == {}


async def test_a_cut_is_told_with_its_retry_and_ends_the_connection_once(live: Live) -> None:
    peer = await live.connect()
    connection = await live.connection()
    connection.cut("fenced", retry=True)
    connection.cut("again", retry=False)
    connection.write(frame("late", b"\xc0"))
    assert await peer.event() == ["cut", {"code": "fenced", "retry": True}]
    assert await peer.read() == ("close", 1008)
    assert await live.reason() == "fenced"
    peer.raw(masked(8, (1000).to_bytes(2, "big")))
    assert (await peer.frame())[0] == "eof"
    assert live.sockets.stats()["cuts"] == {"fenced": 1}


async def test_a_peer_that_ignores_the_cut_is_aborted_after_the_linger_time(start: Start) -> None:
    live = await start(linger=0.1)
    peer = await live.connect()
    (await live.connection()).cut("fenced", retry=True)
    assert await peer.code() == "fenced"
    assert (await peer.frame())[0] in ("eof", "reset")
    await live.until_empty()


async def test_nothing_is_published_to_a_connection_that_was_cut(live: Live) -> None:
    peer, other = await live.connect(), await live.connect()
    (await live.connection()).cut("fenced", retry=True)
    live.sockets.publish([Outgoing(1, 0, "amy", [small], [("all",)])])
    assert (await other.event())[0] == "entry"
    assert (await peer.event())[0] == "cut"
    assert (await peer.read())[0] == "close"


async def test_a_close_frame_is_answered(live: Live) -> None:
    peer = await live.connect()
    peer.raw(masked(8, (1000).to_bytes(2, "big")))
    assert await peer.read() == ("close", 1000)
    assert (await peer.frame())[0] == "eof"
    assert await live.reason() == "client"


async def test_a_lost_connection_is_told_to_the_owner(live: Live) -> None:
    peer = await live.connect()
    await peer.close()
    assert await live.reason() == "lost"
    await live.until_empty()


async def test_a_peer_that_goes_while_it_is_being_decided_about_leaves_nothing(start: Start) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def slowly(_auth: bytes | None, _connection: Connection, _remote: str) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    live = await start(handlers={"on_connect": slowly})
    peer = await live.open()
    peer.packet(CONNECT)
    await asyncio.wait_for(begun.wait(), PATIENCE)
    await peer.close()
    await asyncio.wait_for(ended.wait(), PATIENCE)
    await live.until_empty()
    assert live.sockets.stats()["connecting"] == 0
    assert live.left.empty()


async def test_nothing_is_published_while_the_owner_decides(start: Start) -> None:
    decided = asyncio.Event()

    async def on_connect(_auth: bytes | None, connection: Connection, _remote: str) -> None:
        await decided.wait()
        connection.write(frame("reset", msgspec.msgpack.encode({"seq": 1})))
        live.sockets.audience.join(connection, {"all"})
        live.sockets.publish([Outgoing(2, 0, "amy", [small], [("all",)])])

    live = await start(handlers={"on_connect": on_connect})
    peer = await live.open()
    peer.packet(CONNECT)
    live.sockets.publish([Outgoing(1, 0, "amy", [small], [("all",)])])
    decided.set()
    assert (await peer.read())["type"] == 0
    assert await peer.event() == ["reset", {"seq": 1}]
    assert (await peer.event())[1]["seq"] == 2


async def test_a_refusal_after_joining_leaves_the_audience(start: Start) -> None:
    async def on_connect(_auth: bytes | None, connection: Connection, _remote: str) -> None:
        live.sockets.audience.join(connection, {"all"})
        raise Refused("overloaded", retry=True)

    live = await start(handlers={"on_connect": on_connect})
    peer = await live.open()
    peer.packet(CONNECT)
    assert await peer.code() == "overloaded"
    assert len(live.sockets.audience.of("all")) == 0
    assert live.sockets.stats()["refused_connects"] == 1


async def test_a_defect_of_the_owner_costs_one_connection(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("defect")

    live = await start(handlers={"on_event": broken})
    peer = await live.connect()
    peer.packet(event("act", 1, ack=1))
    assert await peer.code() == "internal"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_defect_while_connecting_is_a_refusal_to_retry(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise TypeError("defect")

    live = await start(handlers={"on_connect": broken})
    peer = await live.open()
    peer.packet(CONNECT)
    assert await peer.code() == "internal"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_storm_of_connects_is_let_in_and_every_one_hears_the_next_entry(live: Live) -> None:
    peers = await asyncio.gather(*(live.connect() for _ in range(200)))
    live.sockets.publish([Outgoing(1, 0, "amy", [small], [("all",)])])
    heard = await asyncio.gather(*(peer.event() for peer in peers))
    assert [one[1]["seq"] for one in heard] == [1] * 200
    await asyncio.gather(*(peer.close() for peer in peers))
    await live.until_empty()
    assert live.sockets.stats()["connections"] == 0


async def test_closing_tells_everyone_to_come_back_and_takes_no_more(live: Live) -> None:
    peer = await live.connect()
    closing = asyncio.create_task(live.sockets.close(drain=PATIENCE))
    assert await peer.event() == ["cut", {"code": "going_away", "retry": True}]
    assert await peer.read() == ("close", 1001)
    assert (await live.open()).status == 503
    peer.raw(masked(8, (1001).to_bytes(2, "big")))
    await asyncio.wait_for(closing, PATIENCE)
    assert live.sockets.connections() == []


async def test_messages_sent_ahead_of_the_handshakes_answer_are_read(live: Live) -> None:
    early = masked(2, msgspec.msgpack.encode(CONNECT))
    peer = await live.open("EIO=4&transport=websocket", early)
    assert (await peer.read())["type"] == 0
    assert (await peer.event())[0] == "welcome"
