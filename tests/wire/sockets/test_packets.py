"""Packets: msgpack in and out, and nothing but BadPacket for what is none."""

from __future__ import annotations

from contextlib import suppress

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.wire.sockets import frames, packets

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def unframed(frame: bytes) -> object:
    size = frame[1]
    return msgpack.unpackb(frame[2 if size < 126 else 4 if size == 126 else 10 :], strict_map_key=False)


@given(st.binary(max_size=200))
def test_random_bytes_are_a_packet_or_a_bad_packet(payload: bytes) -> None:
    with suppress(packets.BadPacket):
        packet = packets.parse(payload)
        packets.parse_event(packet.data)


@given(st.dictionaries(st.sampled_from(["type", "nsp", "data", "id", "options"]), plain))
def test_wrong_types_in_every_field_are_a_packet_or_a_bad_packet(fields: dict[str, object]) -> None:
    with suppress(packets.BadPacket):
        packet = packets.parse(msgpack.packb(fields))
        packets.parse_event(packet.data)


@given(st.text(min_size=1, max_size=40), plain, st.none() | st.integers(0, 2**53))
def test_an_event_keeps_its_name_argument_and_ack_id(name: str, argument: object, ack: int | None) -> None:
    sent: dict[str, object] = {"type": 2, "nsp": "/", "data": [name, argument], "options": {"compress": True}}
    packet = packets.parse(msgpack.packb(sent if ack is None else sent | {"id": ack}))
    found, raw = packets.parse_event(packet.data)
    assert (found, packet.id) == (name, ack)
    assert bytes(raw) == msgpack.packb(argument)


@pytest.mark.parametrize("depth", [1_000, 60_000])
def test_deep_nesting_is_a_bad_packet(depth: int) -> None:
    payload = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data" + b"\x91" * depth
    with pytest.raises(packets.BadPacket):
        packets.parse(payload)


@pytest.mark.parametrize("auth", [b"\xc0", b"\xd4\x00\x00", b"\xc7\x01\x00\x00"])
def test_nil_and_the_undefined_of_javascript_are_no_auth(auth: bytes) -> None:
    packet = packets.parse(b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data" + auth)
    assert packets.given(packet.data) is None


@given(plain, st.integers(0, 2**53))
def test_what_is_framed_decodes_as_a_socket_io_packet(value: object, ack: int) -> None:
    payload = msgspec.msgpack.encode(value)
    assert unframed(packets.frame("said", payload)) == {"type": 2, "nsp": "/", "data": ["said", value]}
    assert unframed(packets.frame_ack(ack, payload)) == {"type": 3, "nsp": "/", "id": ack, "data": [value]}


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])
def test_an_entry_holds_its_events_unchanged(count: int) -> None:
    event = msgspec.msgpack.encode(["Said", {"n": 1}])
    frame = packets.frame_entry(packets.entry_head(7, 1_700_000_000_000, "amy", "0a1b2c3d"), [event] * count)
    assert frame[0] == 0x80 | frames.BINARY
    assert unframed(frame) == {
        "type": 2,
        "nsp": "/",
        "data": [
            "entry",
            {
                "seq": 7,
                "at": 1_700_000_000_000,
                "actor": "amy",
                "mark": "0a1b2c3d",
                "events": [["Said", {"n": 1}]] * count,
            },
        ],
    }
