"""The way of a packet through a worker: one flat synchronous function, called for every datagram.

Decrypt once, read once; for each slot that shows the feed: rewrite, encrypt, put out, many at a time. No
queue, no await, no copy that the cipher does not need. What is not on this way (who shows what, when to ask
for a key frame, reports) happens on timers and only changes the lists this function walks.

What a room does not let through ends here: `Source.open` is looked at for each packet.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pylibsrtp import ffi, lib  # type: ignore[attr-defined]

from rooms.media.dtls import Keys
from rooms.media.flow import Feed, Receiver, Slot
from rooms.media.outgoing import PLACES, Outgoing
from rooms.media.packet.rtp import scan, stamp, unwrap
from rooms.media.packet.up import KEY, Packet, Up

if TYPE_CHECKING:
    from rooms.media.peer import Peer

LONGEST = 2_048
# Seconds and packets a late viewer of a camera is begun with: it makes no key frame when asked.
LOCAL = (10.0, 256)
TRAILER = 160  # bytes libsrtp may add

_cell = ffi.new("char[]", LONGEST + TRAILER)
_buffer = ffi.buffer(_cell)
_size = ffi.new("int *")
_unprotect = lib.srtp_unprotect
_protect = lib.srtp_protect
_unprotect_rtcp = lib.srtp_unprotect_rtcp
_protect_rtcp = lib.srtp_protect_rtcp


class Path:
    """The forwarding path of one worker and what it counted."""

    def __init__(self, out: Outgoing, control: Callable[["Peer", bytes, float], None]) -> None:
        """`out`: where media leaves; `control(peer, rtcp, now)` gets decrypted RTCP."""
        self.out = out
        self._control = control
        self.packets_in = 0
        self.packets_out = 0
        self.refused = 0  # not authentic, not RTP, of no known stream
        self.barred = 0  # what the room does not let through

    def packet(self, peer: "Peer", data: bytes, now: float) -> None:
        """An SRTP or SRTCP datagram of a known address."""
        keys = peer.keys
        size = len(data)
        if keys is None or size < 12 or size > LONGEST:
            return
        self.packets_in += 1
        peer.budget -= size
        if peer.budget < 0:
            self.barred += 1
            return
        _buffer[0:size] = data
        _size[0] = size
        if 192 <= data[1] <= 223:
            if _unprotect_rtcp(keys.rx, _cell, _size):
                self.refused += 1
                return
            self._control(peer, _buffer[0 : _size[0]], now)
            return
        if _unprotect(keys.rx, _cell, _size):
            self.refused += 1
            return
        data = _buffer[0 : _size[0]]
        found = scan(data, peer.ids)
        if found is None:
            self.refused += 1
            return
        start, end, twcc, level = found
        if twcc >= 0:
            peer.arrivals.note(twcc, now)
        ssrc = int.from_bytes(data[8:12], "big")
        repaired = False
        feed = peer.feeds.get(ssrc)
        if feed is None:
            feed = peer.repairs.get(ssrc)
            if feed is None:
                feed = peer.learn(ssrc, data)
                if feed is None:
                    self.refused += 1
                    return
            if ssrc in peer.repairs:
                if feed.up is None:
                    return
                original = unwrap(data, start, end, feed.up.ssrc, feed.up.pt)
                if original is None:
                    return
                data, start, end, repaired = original, 12, len(original), True
        source = feed.source
        if not source.open:
            self.barred += 1
            source.barred_at = now
            return
        up = feed.up
        if up is None:
            return
        packet = up.receive(data, start, end, now, repaired)
        if feed.sound:
            peer.hear(level, now)
        if packet is not None:
            self.forward(feed, up, packet, now)

    def forward(self, feed: Feed, up: Up, packet: Packet, now: float) -> None:
        """To every slot that shows this feed. The hottest loop there is: all names are local."""
        mark = stamp(now)
        if feed.waiting and (packet[KEY] or feed.sound):
            self.begin(feed, up, packet, now, mark)
        elif packet[KEY]:
            feed.begin(packet, now)
        out = self.out
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

    def begin(self, feed: Feed, up: Up, packet: Packet, now: float, mark: int) -> None:
        """Those who waited begin with this packet; what came before it but belongs behind it is sent, too."""
        begun = feed.begin(packet, now)
        if begun and not feed.sound:
            followers = up.since(packet[0])[1:]
            for slot in begun:
                self.replay(slot, followers, mark)

    def catch_up(self, slot: Slot, now: float) -> bool:
        """Begin a waiting slot from the feed's last key frame, if there is a whole one that is young."""
        feed = slot.target
        if feed is None or feed.up is None:
            return False
        packets = feed.up.key_frame(now, *(LOCAL if feed.source.owner.local else ()))
        if not packets:
            return False
        feed.waiting.remove(slot)
        if slot.turn_to(feed):
            for data in slot.rewriter.catch_up(feed.up, packets, now, stamp(now)):
                self.send(slot, data)
        return True

    def replay(self, slot: Slot, packets: list[Packet], mark: int) -> None:
        for packet in packets:
            data = slot.rewriter.forward(packet, mark)
            if data is not None:
                self.send(slot, data)

    def send(self, slot: Slot, data: bytes) -> None:
        """One RTP packet, off the hot loop."""
        peer = slot.peer
        keys = peer.keys
        if keys is None:
            peer.take(slot, data)
            return
        self._put(_protect, keys, peer.name, data)

    def send_rtcp(self, peer: Receiver, data: bytes) -> None:
        if peer.keys is not None:
            self._put(_protect_rtcp, peer.keys, peer.name, data)

    def _put(self, protect: Callable[[Any, Any, Any], int], keys: Keys, name: Any, data: bytes) -> None:
        out = self.out
        at, length = out.used, len(data)
        if length > LONGEST:
            return
        out.views[at][0:length] = data
        out.sizes[at][0] = length
        if protect(keys.tx, out.cells[at], out.sizes[at]):
            return
        out.heads[at].msg_name = name
        out.used = at + 1
        if out.used == PLACES:
            self.flush()

    def flush(self) -> None:
        """What was put goes out now: after each drain of the port, and after each tick."""
        self.packets_out += self.out.used
        self.out.flush()
