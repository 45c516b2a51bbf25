"""Fan-out: everyone gets exactly what their topics may see, in order."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from server.wire.sockets import Audience, Connection, Outgoing, Settings, State, frame
from tests.wire.sockets.conftest import Live
from tests.wire.sockets.peer import event, until

TOPICS = ["all", "u:1", "u:2", "admin", "nobody"]

topics = st.frozensets(st.sampled_from(TOPICS), max_size=3)
entries = st.lists(st.lists(topics, max_size=4), min_size=1, max_size=4)


class Gate:
    """A server that is not there."""

    settings = Settings()


def said(number: int) -> bytes:
    return msgspec.msgpack.encode(["Said", {"n": number}])


def outgoing(seq: int, audiences: list[Any]) -> Outgoing:
    """Its events carry their index."""
    return Outgoing(seq, 0, "amy", [said(index) for index in range(len(audiences))], audiences)


def packets(stream: bytes) -> list[Any]:
    found = []
    while stream:
        size, at = (stream[1], 2) if stream[1] < 126 else (int.from_bytes(stream[2:4], "big"), 4)
        found.append(msgspec.msgpack.decode(stream[at : at + size])["data"])
        stream = stream[at + size :]
    return found


@given(st.lists(topics, min_size=1, max_size=6), entries)
def test_a_connection_gets_per_entry_one_packet_of_the_events_it_may_see(
    members: list[frozenset[str]], batch: list[list[frozenset[str]]]
) -> None:
    audience = Audience()
    with ExitStack() as stack:
        ends = []
        for index, wanted in enumerate(members):
            near, far = socket.socketpair()
            stack.enter_context(near)
            stack.enter_context(far)
            connection = Connection(Gate(), str(index), "", None, 0.0)  # type: ignore[arg-type]
            connection.state = State.LIVE
            connection.fd = near.fileno()
            audience.join(connection, wanted)
            ends.append((near, far, wanted))
        audience.publish([outgoing(seq, audiences) for seq, audiences in enumerate(batch, start=1)])
        for near, far, wanted in ends:
            near.close()
            got = packets(far.makefile("rb").read())
            expected = []
            for seq, audiences in enumerate(batch, start=1):
                visible = [["Said", {"n": n}] for n, seen_by in enumerate(audiences) if seen_by & wanted]
                if visible:
                    fields = {"seq": seq, "at": 0, "actor": "amy", "mark": "", "events": visible}
                    expected.append(["entry", fields])
            assert got == expected


async def test_only_the_addressed_topic_hears_an_event(live: Live) -> None:
    town, village = await live.connect("all", "u:1"), await live.connect("all", "u:2")
    live.sockets.publish([outgoing(1, [("u:1",)]), outgoing(2, [("all",)])])
    assert [(await town.event())[1]["seq"] for _ in range(2)] == [1, 2]
    assert (await village.event())[1]["seq"] == 2


async def test_joining_again_replaces_the_topics_and_leaving_ends_them(live: Live) -> None:
    peer = await live.connect("u:1")
    connection = await live.connection()
    live.sockets.audience.join(connection, {"u:2"})
    live.sockets.publish([outgoing(1, [("u:1",)]), outgoing(2, [("u:2",)])])
    assert (await peer.event())[1]["seq"] == 2
    live.sockets.audience.leave(connection)
    live.sockets.publish([outgoing(3, [("u:1", "u:2")])])
    connection.write(frame("done", said(0)))
    assert (await peer.event())[0] == "done"
    assert connection.topics == frozenset()


async def test_logs_with_audiences_of_their_own_do_not_hear_each_other(live: Live) -> None:
    drill = Audience()
    here, there = await live.connect(), await live.connect()
    await live.connection()
    drill.join(await live.connection(), {"all"})
    live.sockets.publish([outgoing(1, [("all",)])])
    drill.publish([outgoing(2, [("all",)])])
    assert (await here.event())[1]["seq"] == 1
    assert (await there.event())[1]["seq"] == 2


async def test_replies_entries_and_own_writes_keep_the_order_of_the_calls_when_the_reader_lags(
    live: Live,
) -> None:
    peer = await live.connect()
    connection = await live.connection()
    big = msgspec.msgpack.encode(["Said", {"n": 0, "text": "x" * 20_000}])
    for seq in range(1, 40):
        live.sockets.publish([Outgoing(seq, 0, "amy", [big], [("all",)])])
        connection.write(frame("own", msgspec.msgpack.encode(seq)))
        connection.reply(seq, said(seq))
    assert live.sockets.stats()["cuts"] == {}
    for seq in range(1, 40):
        assert (await peer.event())[1]["seq"] == seq
        assert await peer.event() == ["own", seq]
        assert (await peer.ack())[0] == seq


async def test_a_connection_that_caught_up_is_written_to_directly_again(live: Live) -> None:
    peer = await live.connect()
    connection = await live.connection()
    connection.write(frame("big", msgspec.msgpack.encode("x" * 5_000_000)))
    assert connection.fd < 0
    assert len((await peer.event())[1]) == 5_000_000
    await until(lambda: connection.buffered == 0)
    connection.write(frame("small", b"\xc0"))
    assert connection.fd >= 0
    assert await peer.event() == ["small", None]


async def test_what_is_written_before_the_acceptance_follows_it(live: Live) -> None:
    peer = await live.open()
    peer.packet({"type": 0, "nsp": "/", "data": None})
    assert (await peer.read())["type"] == 0
    assert (await peer.event())[0] == "welcome"
    peer.packet(event("act", 1, ack=0))
    assert await peer.ack() == (0, 1)


async def test_volatile_frames_pass_by_those_who_lag(live: Live) -> None:
    quick, slow = await live.connect(), await live.connect()
    await live.connection()
    lagging = await live.connection()
    lagging.write(frame("big", msgspec.msgpack.encode("x" * 5_000_000)))
    live.sockets.audience.send(["all"], frame("pointer", b"\x01"))
    assert await quick.event() == ["pointer", 1]
    assert (await slow.event())[0] == "big"
    lagging.write(frame("next", b"\x02"))
    assert await slow.event() == ["next", 2]


async def test_a_turns_entries_and_replies_reach_a_socket_in_one_write_in_their_order(live: Live) -> None:
    peer = await live.connect("all", "u:1")
    connection = await live.connection()
    audience = live.sockets.audience
    audience.hold()
    live.sockets.publish([outgoing(1, [("u:1",)]), outgoing(2, [("all",)])])
    connection.reply(7, said(0))
    assert connection.turn is not None
    assert len(connection.turn) == 3
    audience.release()
    assert [(await peer.event())[1]["seq"] for _ in range(2)] == [1, 2]
    assert (await peer.ack()) == (7, ["Said", {"n": 0}])
    assert connection.turn is None


async def test_a_cut_in_the_middle_of_a_turn_comes_after_what_was_held_back(live: Live) -> None:
    peer = await live.connect("all")
    connection = await live.connection()
    audience = live.sockets.audience
    audience.hold()
    live.sockets.publish([outgoing(1, [("all",)]), outgoing(2, [("all",)])])
    connection.cut("session_revoked", retry=False)
    audience.release()
    assert [(await peer.event())[1]["seq"] for _ in range(2)] == [1, 2]
    assert (await peer.event()) == ["cut", {"code": "session_revoked", "retry": False}]


async def test_a_connection_dropped_in_the_middle_of_a_turn_is_passed_over(live: Live) -> None:
    await live.connect("all")
    dropped = await live.connection()
    stays = await live.connect("all")
    await live.connection()
    audience = live.sockets.audience
    audience.hold()
    live.sockets.publish([outgoing(1, [("all",)]), outgoing(2, [("all",)])])
    dropped.abort("lost")
    audience.release()
    assert [(await stays.event())[1]["seq"] for _ in range(2)] == [1, 2]
    assert dropped.turn is None
