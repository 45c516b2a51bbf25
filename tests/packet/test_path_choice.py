"""Which packet path is used, and addresses as either knows them."""

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from rooms.media import names
from rooms.media.paths import open_path


def nobody(*said: Any) -> None:
    """Hears nothing."""


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.setblocking(False)
        yield bound


def test_where_nothing_was_compiled_packets_go_through_python(
    port: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rooms.media._swift", None)
    monkeypatch.delitem(sys.modules, "rooms.media.swift", raising=False)
    assert open_path("auto", port, nobody).how == "python"
    with pytest.raises(ImportError):
        open_path("compiled", port, nobody)


def test_what_was_compiled_for_other_rules_is_not_used(
    port: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    swift = pytest.importorskip("rooms.media.swift", reason="the packet path was not compiled here")
    monkeypatch.setitem(swift.CLASSES, "Up", str)
    assert open_path("auto", port, nobody).how == "python"
    with pytest.raises(ImportError, match="other rules"):
        open_path("compiled", port, nobody)


def test_python_is_used_when_it_is_asked_for(port: socket.socket) -> None:
    assert open_path("python", port, nobody).how == "python"


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, ("192.0.2.7", 50_000)),
        (socket.AF_INET6, ("2001:db8::7", 65_535, 0, 0)),
        (socket.AF_INET6, ("::ffff:192.0.2.7", 1, 0, 3)),
    ],
)
def test_a_name_is_an_address_and_back(family: int, address: tuple[Any, ...]) -> None:
    assert names.unpack(names.pack(family, address)) == address


@pytest.mark.parametrize("how", ["auto", "python"])
def test_a_port_for_both_families_is_read(port: socket.socket, how: str) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as both:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        both.setblocking(False)
        path, keys = open_path(how, both, nobody), []
        port.sendto(b"\x01check", ("127.0.0.1", both.getsockname()[1]))
        path.read({}, lambda data, key: keys.append(key))
        addresses = [path.address_of(key) for key in keys]
        assert addresses == [("::ffff:127.0.0.1", port.getsockname()[1], 0, 0)]
        assert [path.key_of(address) for address in addresses] == keys
