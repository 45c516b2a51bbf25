"""Socket.IO v5 packets in msgpack (npm socket.io-msgpack-parser), over Engine.IO v4 on one websocket.

A packet is one binary frame holding the map {type, nsp, data[, id]}; there is no Engine.IO prefix before it
and no attachment after it. Engine.IO's own packets are text frames of one digit (2 ping, 3 pong, 1 close).

Inbound packets are parsed once into `Packet`, whose `data` stays undecoded msgpack: the owner decodes it
into a type of its own. Outbound packets are concatenated from bytes that are already msgpack, never decoded
and encoded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw

from server.wire.sockets import frames

if TYPE_CHECKING:
    from server.wire.sockets.audience import Telling

CONNECT: Final = 0
DISCONNECT: Final = 1
EVENT: Final = 2
ACK: Final = 3
CONNECT_ERROR: Final = 4
BINARY_EVENT: Final = 5
BINARY_ACK: Final = 6

NIL: Final = Raw(b"\xc0")
EIO_PING: Final = frames.encode(frames.TEXT, b"2")
EIO_NOOP: Final = frames.encode(frames.TEXT, b"6")

_MAX_ACK_ID: Final = 2**53
_EVENT_HEAD: Final = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92"
_ENTRY_HEAD: Final = _EVENT_HEAD + b"\xa5entry"
_SHORT_ARRAYS: Final = tuple(bytes((0x90 | count,)) for count in range(16))
_ACK_HEAD: Final = b"\x84\xa4type\x03\xa3nsp\xa1/\xa2id"
_ACK_DATA: Final = b"\xa4data\x91"


class BadPacket(Exception):
    """Not a Socket.IO packet this server understands."""


class Packet(msgspec.Struct, gc=False):
    """One inbound packet; unknown keys (npm sends `options`) are ignored."""

    type: int
    nsp: str = "/"
    data: Raw = NIL
    id: int | None = None


_packets = msgspec.msgpack.Decoder(Packet)
_arguments = msgspec.msgpack.Decoder(list[Raw])
_name = msgspec.msgpack.Decoder(str)
_encode = msgspec.msgpack.Encoder().encode


def parse(payload: bytes) -> Packet:
    """Raises BadPacket for anything but one well-formed packet."""
    try:
        packet = _packets.decode(payload)
    except (msgspec.DecodeError, RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise BadPacket(str(error)) from None
    if packet.id is not None and not 0 <= packet.id <= _MAX_ACK_ID:
        raise BadPacket("ack id out of range")
    return packet


def parse_event(data: Raw) -> tuple[str, Raw]:
    """(name, its one argument, nil when there is none). Raises BadPacket."""
    try:
        arguments = _arguments.decode(data)
        name = _name.decode(arguments[0]) if 1 <= len(arguments) <= 2 else ""
    except (msgspec.DecodeError, RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise BadPacket(str(error)) from None
    if not name:
        raise BadPacket("an event is [name] or [name, argument]")
    return name, arguments[1] if len(arguments) == 2 else NIL


def given(data: Raw) -> bytes | None:
    """The auth of a CONNECT as msgpack bytes. None for nil and for an extension value: npm's parser writes
    JavaScript's `undefined` as fixext 1 of type 0."""
    raw = bytes(data)
    if not raw or raw == b"\xc0" or 0xD4 <= raw[0] <= 0xD8 or 0xC7 <= raw[0] <= 0xC9:
        return None
    return raw


def frame(event: str, payload: bytes) -> bytes:
    """The websocket frame of `[event, payload]`; `payload` is msgpack already."""
    return frames.encode(frames.BINARY, _EVENT_HEAD + _encode(event) + payload)


def frame_ack(ack_id: int, payload: bytes) -> bytes:
    """The websocket frame that answers the event with this ack id; `payload` is msgpack already."""
    return frames.encode(frames.BINARY, _ACK_HEAD + _encode(ack_id) + _ACK_DATA + payload)


def frame_error(ack_id: int, code: str, *, retry: bool, after: int | None = None) -> bytes:
    """An ack holding `{"error": {code, retry[, after in ms]}}`."""
    error: dict[str, object] = {"code": code, "retry": retry}
    if after is not None:
        error["after"] = after
    return frame_ack(ack_id, _encode({"error": error}))


def frame_cut(code: str, *, retry: bool) -> bytes:
    """The last event of a connection the server ends."""
    return frame("cut", _encode({"code": code, "retry": retry}))


def frame_connect_error(code: str, *, retry: bool, nsp: str = "/") -> bytes:
    """CONNECT_ERROR in the shape npm's client hands on as `err.message` and `err.data`."""
    data = {"message": code, "data": {"code": code, "retry": retry}}
    return frames.encode(frames.BINARY, _encode({"type": CONNECT_ERROR, "nsp": nsp, "data": data}))


def entry_head(seq: int, at: int, actor: str, mark: str) -> bytes:
    """The part of an entry that is the same for every set of visible events."""
    parts = (
        b"\x85\xa3seq",
        _encode(seq),
        b"\xa2at",
        _encode(at),
        b"\xa5actor",
        _encode(actor),
        b"\xa4mark",
        _encode(mark),
        b"\xa6events",
    )
    return b"".join(parts)


def head_of(entry: Telling) -> bytes:
    """The same of an entry that is about to be told."""
    return entry_head(entry.seq, entry.at, entry.actor, entry.mark)


def frame_entry(head: bytes, events: Sequence[bytes]) -> bytes:
    """`["entry", {seq, at, actor, mark, events}]` from events that are msgpack already."""
    count = len(events)
    if count < 16:
        array = _SHORT_ARRAYS[count]
    elif count < 65536:
        array = b"\xdc" + count.to_bytes(2, "big")
    else:
        array = b"\xdd" + count.to_bytes(4, "big")
    return frames.encode(frames.BINARY, b"".join((_ENTRY_HEAD, head, array, *events)))
