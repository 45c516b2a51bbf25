"""The compiled packet path: `_swift.Lane` (rooms/media/c) between the port and the rules of `path`.

Raises ImportError where it was not built, or where libsrtp's functions or the rules' classes are not what it
was written for.
"""

import socket
from typing import Any

from pylibsrtp import ffi, lib  # type: ignore[attr-defined]

from rooms.media._swift import Lane
from rooms.media.dtls import Keys
from rooms.media.end import End
from rooms.media.flow import Feed, Slot, Source
from rooms.media.names import pack, unpack
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.twcc import Arrivals
from rooms.media.packet.up import Packet, Up
from rooms.media.path import Address, Control, Counts, Other, Path

CIPHER = "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"
CLASSES: dict[str, type] = {
    "End": End, "Keys": Keys, "Feed": Feed, "Source": Source, "Slot": Slot, "Up": Up, "Rewriter": Rewriter,
    "Arrivals": Arrivals,
}  # fmt: skip


def _cipher(name: str) -> int:
    """Where libsrtp has this function."""
    found = ffi.addressof(lib, name)
    if ffi.typeof(found).cname != CIPHER:
        raise ImportError(f"{name} is another function: {ffi.typeof(found).cname}")
    return int(ffi.cast("uintptr_t", found))


CIPHERS = (
    _cipher("srtp_protect"), _cipher("srtp_unprotect"), _cipher("srtp_protect_rtcp"),
    _cipher("srtp_unprotect_rtcp"),
)  # fmt: skip


class SwiftPath(Path):
    """`key_of` an address is its name: the bytes the kernel writes for it."""

    how = "compiled"

    def __init__(self, port: socket.socket, control: Control) -> None:
        super().__init__()
        self._family = port.family
        size = len(pack(port.family, port.getsockname()))
        try:
            self._lane = Lane(port.fileno(), size, CIPHERS, CLASSES, control, self.arrived, self.begin)
        except TypeError as trouble:
            raise ImportError(f"compiled for other rules: {trouble}") from trouble

    def read(self, ends: dict[Any, Any], other: Other) -> None:
        self._lane.read(ends, other)

    def packet(self, end: End, data: bytes, now: float) -> None:
        self._lane.packet(end, data, now)

    def forward(self, feed: Feed, up: Up, packet: Packet, now: float) -> None:
        self._lane.forward(feed, up, packet, now)

    def put(self, keys: Keys, name: Any, data: bytes, control: bool) -> None:
        self._lane.put(keys, name, data, control)

    def flush(self) -> None:
        self._lane.flush()

    def name_of(self, address: Address) -> Any:
        return pack(self._family, address)

    def key_of(self, address: Address) -> Any:
        return pack(self._family, address)

    def address_of(self, key: Any) -> Address:
        return unpack(key)

    def counted(self) -> Counts:
        lane = self._lane
        return Counts(
            lane.packets_in, lane.packets_out, lane.refused + self.refused, lane.barred + self.barred
        )
