"""The compiled way of a message and the one in Python: the same, whatever comes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.wire.sockets import Audience, Connection, Outgoing, Settings, State, frames, packets, path, plain
from tests.wire.sockets.peer import masked

swift: Any = pytest.importorskip("server._swift", reason="the sockets' path was not compiled here")

LIMIT = 1500
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
events = st.fixed_dictionaries(
    {
        "type": st.sampled_from([2, 2, 2, 0, 3]),
        "nsp": st.sampled_from(["/", "/", "/", "/x"]),
        "data": st.tuples(st.sampled_from(["act", "presence", "é", ""]), values) | values,
    },
    optional={"id": st.integers(0, 2**54) | st.none(), "options": values},
)
damage = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=3)


def read(data: bytes) -> tuple[str, bytes, int | None] | None:
    """What Python makes of a frame with one ordinary event; None when it is something else."""
    try:
        messages = frames.FrameParser(LIMIT).feed(data)
        if len(messages) != 1 or messages[0][0] != frames.BINARY:
            return None
        packet = packets.parse(messages[0][1])
        if packet.type != packets.EVENT or packet.nsp != "/":
            return None
        name, argument = packets.parse_event(packet.data)
    except (frames.FrameError, packets.BadPacket):
        return None
    return name, bytes(argument), packet.id


@settings(deadline=None)
@given(events, damage)
@example({"type": 2, "nsp": "/", "data": ("act", {"n": 1}), "options": {"compress": True}, "id": 7}, [])
def test_an_event_is_read_as_python_reads_it(
    packet: dict[str, object], broken: list[tuple[int, int]]
) -> None:
    data = bytearray(masked(2, msgspec.msgpack.encode(packet)))
    for place, byte in broken:
        data[place % len(data)] = byte
    found = swift.event(bytes(data), LIMIT)
    if found is not None:
        assert found == read(bytes(data))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_what_is_no_event_is_left_to_python(data: bytes) -> None:
    found = swift.event(data, LIMIT)
    assert found is None or found == read(data)


@pytest.mark.parametrize("size", [0, 1, 90, 125, 126, 300, 1400])
@pytest.mark.parametrize("ack", [None, 0, 127, 128, 65_536, 2**32, 2**53])
def test_the_ordinary_event_is_read_at_once(size: int, ack: int | None) -> None:
    packet = {"type": 2, "data": ["act", b"x" * size], "options": {"compress": True}, "nsp": "/"}
    data = masked(2, msgspec.msgpack.encode(packet | ({} if ack is None else {"id": ack})))
    assert swift.event(data, LIMIT) == ("act", msgspec.msgpack.encode(b"x" * size), ack)
    assert swift.event(data, 20) is None, "it is larger than allowed"
    assert swift.event(data[:-1], LIMIT) is None, "it is not whole"
    assert swift.event(data + b"\x82", LIMIT) is None, "there is more behind it"


entries = st.builds(
    Outgoing,
    st.integers(0, 2**63),
    st.integers(0, 2**63),
    st.text(max_size=40),
    st.lists(st.binary(max_size=300), max_size=20),
    st.just([]),
    st.text(max_size=8),
)


@settings(deadline=None)
@given(entries)
@example(Outgoing(1, 2, "a", [b"x" * 70_000], []))
@example(Outgoing(1, 2, "a", [b"x"] * 65_536, []))
def test_an_entry_is_framed_alike(entry: Outgoing) -> None:
    assert swift.entry(entry) == plain.entry(entry)


@settings(deadline=None)
@given(st.integers(0, 2**53), st.binary(max_size=400))
def test_an_answer_is_framed_alike(id: int, payload: bytes) -> None:
    assert swift.ack(id, payload) == plain.ack(id, payload)


class Gate:
    """A server that is not there."""

    settings = Settings()


steps = st.lists(
    st.tuples(
        st.sampled_from(["hold", "write", "release", "send", "gone"]), st.integers(0, 7), st.integers(0, 5)
    ),
    max_size=30,
)


def played(way: path.Way, script: list[tuple[str, int, int]]) -> list[bytes]:
    """What each of three sockets was sent; the script's numbers choose sockets and bytes."""
    frames_of = [bytes((number,)) * (number + 1) for number in range(6)]
    before = path.way
    path.use(way)
    with ExitStack() as stack:
        stack.callback(path.use, before)
        ours, theirs = zip(*(socket.socketpair() for _ in range(3)), strict=True)
        connections = [Connection(Gate(), str(n), "", None, 0.0) for n in range(3)]  # type: ignore[arg-type]
        for end, connection in zip(ours, connections, strict=True):
            end.setblocking(False)
            connection.state, connection.fd = State.LIVE, end.fileno()
        for end in (*ours, *theirs):
            stack.callback(end.close)
        audience = Audience()
        waiting: list[Connection] = []
        for what, chosen, number in script:
            some = {one for place, one in enumerate(connections) if chosen >> place & 1}
            if what == "hold":
                assert path.hold([some, some], frames_of[number], waiting) <= len(some)
            elif what == "write":
                for one in some:
                    one.write(frames_of[number])
            elif what == "release":
                _, left = path.release(waiting)
                assert not left
                waiting.clear()
            elif what == "send":
                assert not path.send(some, frames_of[number])
            else:
                for one in some:
                    one.turn = None
        path.release(waiting)
        assert audience.delivered == 0
        for end in ours:
            end.shutdown(socket.SHUT_WR)
        return [b"".join(iter(lambda end=end: end.recv(65536), b"")) for end in theirs]  # type: ignore[misc]


@settings(deadline=None)
@given(steps)
@example([("hold", 7, n % 6) for n in range(40)] + [("release", 0, 0)])
def test_everyone_is_sent_the_same_in_the_same_order(script: list[tuple[str, int, int]]) -> None:
    assert played("compiled", script) == played("python", script)


@pytest.mark.parametrize("way", path.POSSIBLE)
@pytest.mark.parametrize("frames_held", [1, 3, 40])
def test_what_the_kernel_does_not_take_is_handed_back(way: path.Way, frames_held: int) -> None:
    before = path.way
    path.use(way)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        full, shut, slow = (Connection(Gate(), str(n), "", None, 0.0) for n in range(3))  # type: ignore[arg-type]
        full.fd, slow.fd = ours.fileno(), -1
        with open("/dev/null", "rb") as no_way_in:
            shut.fd = no_way_in.fileno()
            held = [bytes((n,)) * 200_000 for n in range(frames_held)]
            for connection in (full, shut, slow):
                connection.turn = list(held)
            size, left = path.release([full, shut, slow])
    path.use(before)
    whole = b"".join(held)
    assert size == 3 * len(whole)
    told = {connection: (data, sent) for connection, data, sent in left}
    assert told[shut] == (whole, -1)
    assert told[slow] == (whole, 0)
    if full in told:
        assert told[full][0] == whole
        assert 0 < told[full][1] < len(whole)


NONSENSE: list[Callable[[], object]] = [
    lambda: swift.event("text", 1),
    lambda: swift.event(b"", "many"),
    lambda: swift.entry(None),
    lambda: swift.entry(Outgoing(-1, 0, "", [], [])),
    lambda: swift.entry(Outgoing(1, 0, "", ["text"], [])),  # type: ignore[list-item]
    lambda: swift.entry(Outgoing(1, 0, None, [], [])),  # type: ignore[arg-type]
    lambda: swift.ack(-1, b""),
    lambda: swift.ack(1, "text"),
    lambda: swift.hold([{object()}], b"", []),
    lambda: swift.hold(None, b"", []),
    lambda: swift.hold([None], b"", []),
    lambda: swift.release([object()]),
    lambda: swift.release(None),
    lambda: swift.send([object()], b""),
    lambda: swift.send(None, b""),
    lambda: swift.send([], "text"),
    lambda: swift.act("text", {}),
    lambda: swift.chain(b"", 1, 2, "a", "b", [None], []),
    lambda: swift.chain(b"", 1, 2, "a", "b", [], [["a"]]),
    lambda: swift.chain("", 1, 2, "a", "b", [], []),
    lambda: swift.chain(b"", -1, 2, "a", "b", [], []),
]


@pytest.mark.parametrize("call", NONSENSE)
def test_objects_that_are_something_else_are_refused(call: Callable[[], object]) -> None:
    before = swift.ack(1, b"\xc0")
    with pytest.raises((TypeError, AttributeError, OverflowError)):
        call()
    assert swift.ack(1, b"\xc0") == before
