"""The port of a worker has room for what comes at once, as far as it may."""

import logging
import socket
from typing import Any

import pytest

from rooms.media import mux


class Kernel:
    """A socket of a kernel that gives at most so much, and more only by force."""

    def __init__(self, most: int, by_force: bool) -> None:
        self.most, self.by_force = most, by_force
        self.given: dict[int, int] = {}

    def setsockopt(self, level: int, option: int, size: int) -> None:
        assert level == socket.SOL_SOCKET
        forced = {33: socket.SO_RCVBUF, 32: socket.SO_SNDBUF}
        if option in forced and not self.by_force:
            raise PermissionError
        self.given[forced.get(option, option)] = size if option in forced else min(size, self.most)

    def getsockopt(self, level: int, option: int) -> int:
        return self.given[option] * 2


def widened(kernel: Any) -> dict[int, int]:
    mux.widen(kernel)
    given: dict[int, int] = kernel.given
    return given


def test_a_port_takes_the_room_it_needs_whatever_the_usual_limit_is(caplog: pytest.LogCaptureFixture) -> None:
    given = widened(Kernel(212_992, by_force=True))
    assert given == {socket.SO_RCVBUF: mux.COMING, socket.SO_SNDBUF: mux.LEAVING}
    assert not caplog.records


def test_who_may_not_takes_what_there_is_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        given = widened(Kernel(212_992, by_force=False))
    assert given == {socket.SO_RCVBUF: 212_992, socket.SO_SNDBUF: 212_992}
    assert len(caplog.records) == 2
    assert "net.core.rmem_max" in caplog.text


def test_a_limit_that_is_wide_enough_is_nothing_to_speak_of(caplog: pytest.LogCaptureFixture) -> None:
    widened(Kernel(8 << 20, by_force=False))
    assert not caplog.records


def test_a_real_port_is_widened() -> None:
    port = mux.bind("127.0.0.1", 0)
    try:
        before = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with before:
            assert port.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= before.getsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF
            )
    finally:
        port.close()
