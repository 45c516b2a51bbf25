"""The packet path in Python: what is used where no compiler was, and what the compiled one is measured by."""

import socket
from time import monotonic
from typing import Any

from pylibsrtp import ffi, lib  # type: ignore[attr-defined]

from rooms.media.dtls import Keys
from rooms.media.end import End
from rooms.media.flow import Feed
from rooms.media.outgoing import PLACES, Outgoing
from rooms.media.packet.rtp import scan, stamp
from rooms.media.packet.up import KEY, Packet, Up
from rooms.media.path import LONGEST, TURN, Address, Control, Counts, Other, Path

TRAILER = 160  # bytes libsrtp may add

_cell = ffi.new("char[]", LONGEST + TRAILER)
_buffer = ffi.buffer(_cell)
_size = ffi.new("int *")
_unprotect = lib.srtp_unprotect
_protect = lib.srtp_protect
_unprotect_rtcp = lib.srtp_unprotect_rtcp
_protect_rtcp = lib.srtp_protect_rtcp


class PlainPath(Path):
    """`key_of` an address is the address."""

    how = "python"

    def __init__(self, port: socket.socket, control: Control) -> None:
        super().__init__()
        self._receive = port.recvfrom
        self._out = Outgoing(port)
        self._control = control
        self._packets_in = self._packets_out = 0

    def read(self, ends: dict[Any, Any], other: Other) -> None:
        receive, packet = self._receive, self.packet
        for _ in range(TURN):
            try:
                data, address = receive(LONGEST)
            except BlockingIOError:
                break
            except OSError:  # what an earlier datagram met (ICMP); it is lost
                continue
            if not data:
                continue
            if 127 < data[0] < 192:
                end = ends.get(address)
                if end is not None:
                    packet(end, data, monotonic())
            else:
                other(data, address)
        self.flush()

    def packet(self, end: End, data: bytes, now: float) -> None:
        keys = end.keys
        size = len(data)
        if keys is None or size < 12 or size > LONGEST:
            return
        self._packets_in += 1
        end.budget -= size
        if end.budget < 0:
            self.barred += 1
            return
        _buffer[0:size] = data
        _size[0] = size
        if 192 <= data[1] <= 223:
            if _unprotect_rtcp(keys.rx, _cell, _size):
                self.refused += 1
                return
            self._control(end, _buffer[0 : _size[0]], now)
            return
        if _unprotect(keys.rx, _cell, _size):
            self.refused += 1
            return
        data = _buffer[0 : _size[0]]
        found = scan(data, end.ids)
        if found is None:
            self.refused += 1
            return
        start, end_at, twcc, level = found
        if twcc >= 0:
            end.arrivals.note(twcc, now)
        self.arrived(end, data, start, end_at, level, now)

    def forward(self, feed: Feed, up: Up, packet: Packet, now: float) -> None:
        """The hottest loop there is: all names are local."""
        mark = stamp(now)
        if feed.waiting and (packet[KEY] or feed.sound):
            self.begin(feed, up, packet, now, mark)
        elif packet[KEY]:
            feed.begin(packet, now)
        out = self._out
        protect = _protect
        views, cells, sizes, heads, used = out.views, out.cells, out.sizes, out.heads, out.used
        for slot in feed.slots:
            data = slot.rewriter.forward(packet, mark)
            if data is None:
                continue
            peer = slot.peer
            keys = peer.keys
            if keys is None:
                peer.take(slot, data)
                continue
            length = len(data)
            views[used][0:length] = data
            size = sizes[used]
            size[0] = length
            if protect(keys.tx, cells[used], size):
                continue
            heads[used].msg_name = peer.name
            used += 1
            if used == PLACES:
                out.used = used
                self.flush()
                used = 0
        out.used = used

    def put(self, keys: Keys, name: Any, data: bytes, control: bool) -> None:
        out = self._out
        at, length = out.used, len(data)
        if length > LONGEST:
            return
        out.views[at][0:length] = data
        out.sizes[at][0] = length
        if (_protect_rtcp if control else _protect)(keys.tx, out.cells[at], out.sizes[at]):
            return
        out.heads[at].msg_name = name
        out.used = at + 1
        if out.used == PLACES:
            self.flush()

    def flush(self) -> None:
        self._packets_out += self._out.used
        self._out.flush()

    def name_of(self, address: Address) -> Any:
        return self._out.name_of(address)

    def key_of(self, address: Address) -> Any:
        return address

    def address_of(self, key: Any) -> Address:
        address: Address = key
        return address

    def counted(self) -> Counts:
        return Counts(self._packets_in, self._packets_out, self.refused, self.barred)
