"""Many deliveries opened in one go.

An order to ten thousand units is one entry of as many events, which differ in the unit and, from village to
village, in the watchers. Whatever is the same is made once: what this does is what `audience`, `encode_event`
and `World.apply` do for one event after the other, at a third of the price.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from server.domain.command import DeliveryOpened
from server.domain.message import Event
from server.world.audience import Topics, topic_of, units
from server.world.world import World

_encode = msgspec.msgpack.Encoder().encode
_BEFORE_COMMAND = b"\x92" + _encode(DeliveryOpened.__name__) + b"\x83" + _encode("command")
_BEFORE_UNIT = _encode("unit")
_BEFORE_WATCHERS = _encode("watchers")


class _Shared(NamedTuple):
    """What the deliveries of siblings have in common."""

    watchers: list[str]  # kept, since its identity tells siblings
    topics: Topics
    encoded: bytes


def opened_from(events: Sequence[Event], place: int) -> list[DeliveryOpened]:
    """The deliveries of one command that are opened one after the other from this place on."""
    first = events[place]
    if type(first) is not DeliveryOpened:
        return []
    run = [first]
    for event in events[place + 1 :]:
        if type(event) is not DeliveryOpened or event.command != first.command:
            break
        run.append(event)
    return run


def open_all(world: World, run: Sequence[DeliveryOpened], at: int) -> tuple[list[bytes], list[Topics]]:
    """Apply a run of `opened_from`; its events as bytes, and their audiences."""
    command = run[0].command
    before = _BEFORE_COMMAND + _encode(command) + _BEFORE_UNIT
    shared: dict[int, _Shared] = {}
    encoded: list[bytes] = []
    topics: list[Topics] = []
    of_command = world.topics_of.setdefault(command, {})
    for event in run:
        unit, watchers = event.unit, event.watchers
        same = shared.get(id(watchers))
        if same is None:
            rest = _BEFORE_WATCHERS + _encode(watchers)
            same = shared[id(watchers)] = _Shared(watchers, units(watchers), rest)
        encoded.append(before + _encode(unit) + same.encoded)
        seen = of_command[unit] = (topic_of(unit), *same.topics)
        topics.append(seen)
    world.open(run, at)
    return encoded, topics
