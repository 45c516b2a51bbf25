"""Datagrams of one length to one address are one message to the kernel, and arrive as themselves."""

import socket
from collections.abc import Iterator
from itertools import groupby
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media.dtls import Keys
from tests.packet.worlds import World, keys

pytest.importorskip("rooms.media.swift", exc_type=ImportError)
NO_CHECKSUM = 11  # SO_NO_CHECK: the kernel takes no trains from such a socket


class Post:
    """Packets of given lengths to receivers of a lane, and what each of them got."""

    def __init__(self, receivers: int) -> None:
        self.world = World("compiled")
        self.lane = self.world.path._lane  # type: ignore[attr-defined]
        self.inboxes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(receivers)]
        for inbox in self.inboxes:
            inbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            inbox.bind(("127.0.0.1", 0))
            inbox.setblocking(False)
        self.keys: list[Keys] = [keys() for _ in self.inboxes]
        self.sent: list[list[int]] = [[] for _ in self.inboxes]
        self.number = 0

    def put(self, receiver: int, length: int) -> None:
        self.number += 1
        head = pack(">BBHII", 0x80, 96, self.number & 0xFFFF, 0, 7)
        name = self.world.path.name_of(self.inboxes[receiver].getsockname())
        self.world.path.put(self.keys[receiver], name, head + bytes(length), False)
        self.sent[receiver].append(self.number & 0xFFFF)

    def messages(self) -> int:
        """What was handed to the kernel for it since the last call."""
        before = self.lane.messages
        self.world.path.flush()
        return int(self.lane.messages - before)

    def got(self, receiver: int) -> list[int]:
        """The numbers of the packets that came, after their seals were found whole."""
        found: list[int] = []
        while True:
            try:
                data = self.inboxes[receiver].recv(4_096)
            except BlockingIOError:
                return found
            found.append(int.from_bytes(self.keys_of(receiver).unprotect(data)[2:4], "big"))

    def keys_of(self, receiver: int):  # type: ignore[no-untyped-def]
        return self.keys[receiver]._sessions[0]

    def close(self) -> None:
        self.world.close()
        for inbox in self.inboxes:
            inbox.close()


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post(3)
    yield made
    made.close()


def test_the_packets_of_a_frame_are_one_message_to_each_receiver(post: Post) -> None:
    for _ in range(20):
        for receiver in range(3):
            post.put(receiver, 900)
    assert post.messages() == 3
    for receiver in range(3):
        assert post.got(receiver) == post.sent[receiver]


def test_the_last_of_a_train_may_be_shorter_and_a_longer_one_begins_another(post: Post) -> None:
    for length in (900, 900, 400, 400, 900):
        post.put(0, length)
    assert post.messages() == 3  # 900 900 400, 400, 900
    assert post.got(0) == post.sent[0]


def test_a_train_is_no_longer_than_the_kernel_takes(post: Post) -> None:
    for _ in range(100):
        post.put(0, 40)
    assert post.messages() == 2
    for _ in range(100):
        post.put(1, 1_300)
    assert post.messages() == 3  # of at most 65,000 bytes
    assert post.got(0) + post.got(1) == post.sent[0] + post.sent[1]


def test_what_the_kernel_takes_not_together_it_is_given_one_by_one(post: Post) -> None:
    post.world.port.setsockopt(socket.SOL_SOCKET, NO_CHECKSUM, 1)
    for _ in range(10):
        post.put(0, 900)
    post.put(1, 900)
    assert post.messages() == 11
    assert post.got(0) + post.got(1) == post.sent[0] + post.sent[1]
    assert post.lane.unsent == 0


def test_where_there_are_no_trains_nothing_is_joined(post: Post) -> None:
    post.lane.alone = 1
    for _ in range(10):
        post.put(0, 900)
    assert post.messages() == 10
    assert post.got(0) == post.sent[0]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, 40, 40, 400, 900, 900, 1_300])), max_size=250)
)
def test_every_receiver_gets_its_own_in_order(puts: list[tuple[int, int]]) -> None:
    post = Post(3)
    try:
        for receiver, length in puts:
            post.put(receiver, length)
        # A shorter one ends a train: never more messages than lengths change.
        most = sum(len(list(groupby(length for to, length in puts if to == who))) for who in range(3))
        assert post.messages() <= most + len(puts) // 30
        for receiver in range(3):
            assert post.got(receiver) == post.sent[receiver]
    finally:
        post.close()
