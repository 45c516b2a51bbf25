"""Who sees which events of an entry: compiled and in Python the same, for any audiences."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.wire.sockets import packets, plain

swift: Any = pytest.importorskip("server._swift", reason="the sockets' path was not compiled here")

HEAD = packets.entry_head(7, 1_700_000_000_000, "amy", "0a1b2c3d")
Told = dict[int, bytes]

topics = st.integers(0, 12).map("t{}".format)
seats = st.lists(st.sets(topics, max_size=5), max_size=30)  # the topics of each connection
entries = st.lists(st.lists(topics, max_size=5), max_size=40)  # the topics of each event


class Nobody:
    """Stands for a connection: only which one it is counts here."""


def told(groups: Callable[..., Any], having: list[set[str]], audiences: Collection[Collection[str]]) -> Told:
    """The frame of each connection that gets one."""
    connections = [Nobody() for _ in having]
    places = {connection: place for place, connection in enumerate(connections)}
    members: dict[str, set[Nobody]] = {}
    for connection, its in zip(connections, having, strict=True):
        for topic in its:
            members.setdefault(topic, set()).add(connection)
    events = [bytes((0xA0 | number % 20,)) + b"x" * (number % 20) for number in range(len(audiences))]
    found: Told = {}
    for group, frame in groups(members, audiences, HEAD, events):
        for connection in group:
            place = places[connection]
            assert place not in found, "one frame each"
            found[place] = frame
    return found


@settings(max_examples=300)
@given(seats, entries)
@example([{"t1", "t2"}, {"t1"}, {"t2"}, {"t2", "t1", "t3"}], [["t1"], ["t2", "t1"], ["t3"], ["t2"]])
def test_everyone_is_told_the_same_by_both(having: list[set[str]], audiences: list[list[str]]) -> None:
    found = told(swift.groups, having, audiences)
    assert found == told(plain.groups, having, audiences)
    seen = {n for n, its in enumerate(having) if any(not its.isdisjoint(topics) for topics in audiences)}
    assert found.keys() == seen


def test_thousands_with_an_event_each_and_one_for_all() -> None:
    count = 5_000
    having = [{f"u{n}", "all" if n % 2 else f"d{n}"} for n in range(count)]
    audiences = [(*(f"u{n}" for n in range(count)),), *((f"u{n}", f"d{n}", "top") for n in range(count))]
    assert told(swift.groups, having, audiences) == told(plain.groups, having, audiences)


@pytest.mark.parametrize(
    "given_wrong",
    [
        ({}, [["a"]], HEAD, []),
        ({}, [1], HEAD, [b"x"]),
        ({"a": 1}, [["a"]], HEAD, [b"x"]),
        ({"a": {1}}, [["a"]], HEAD, ["x"]),
        ([], [["a"]], HEAD, [b"x"]),
        ({"a": {1}}, [["a"]], "head", [b"x"]),
        ({"a": {1}}, [[["no", "hash"]]], HEAD, [b"x"]),
    ],
)
def test_what_makes_no_sense_is_refused(given_wrong: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError)):
        swift.groups(*given_wrong)
