"""Every action and event by name, and their bytes.

An event travels and rests as msgpack [class name, {fields}]; an action is parsed from
{"type": class name, ...}. Adding one to the tables of `evolve` or `authority` is enough to get it here.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from server.domain.authority import Reach
from server.domain.message import Action, Event
from server.world.authority import AUTHORITY
from server.world.evolve import EVOLVE

EVENTS: dict[str, type[Event]] = {event.__name__: event for event in EVOLVE}
ACTIONS: dict[str, type[Action]] = {action.__name__: action for action in AUTHORITY}
ASKABLE: tuple[type[Action], ...] = tuple(
    action for action, (_, reach) in AUTHORITY.items() if reach is not Reach.HOUSE
)
AnyAction: Any = reduce(or_, ASKABLE)  # what a client may send

_encoder = msgspec.msgpack.Encoder()
_pair = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_pairs = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])
_topics = msgspec.msgpack.Decoder(list[tuple[str, ...]])
_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {
    name: msgspec.msgpack.Decoder(event) for name, event in EVENTS.items()
}


def encode_event(event: Event) -> bytes:
    """One event as msgpack [name, fields]."""
    return _encoder.encode((type(event).__name__, event))


def join(parts: list[bytes]) -> bytes:
    """The msgpack array of already encoded values."""
    count = len(parts)
    if count < 16:
        head = bytes((0x90 | count,))
    elif count < 65536:
        head = b"\xdc" + count.to_bytes(2, "big")
    else:
        head = b"\xdd" + count.to_bytes(4, "big")
    return head + b"".join(parts)


def split(body: bytes) -> list[tuple[str, msgspec.Raw]]:
    """The events of an entry's body, still encoded."""
    return _pairs.decode(body)


def decode_event(name: str, raw: msgspec.Raw) -> Event:
    event: Event = _decoders[name].decode(raw)
    return event


def decode_packed(packed: bytes) -> Event:
    """One event from msgpack [name, fields]."""
    name, raw = _pair.decode(packed)
    return decode_event(name, raw)


def names(events: Iterable[type[Event]]) -> frozenset[bytes]:
    """What `name_of` may be compared with."""
    return frozenset(event.__name__.encode() for event in events)


def name_of(packed: bytes) -> bytes:
    """The name of an encoded event, to pass over what is of no interest without decoding it."""
    size = packed[1]
    return packed[2 : size - 0x9E] if size < 0xC0 else packed[3 : 3 + packed[2]]


def decode_events(body: bytes) -> list[Event]:
    """The events of an entry's body."""
    return [decode_event(name, raw) for name, raw in _pairs.decode(body)]


def encode_topics(audiences: list[tuple[str, ...]]) -> bytes:
    return _encoder.encode(audiences)


def decode_topics(audiences: bytes) -> list[tuple[str, ...]]:
    return _topics.decode(audiences)
