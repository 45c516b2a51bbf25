"""One stream from a sender: put in order, counted, remembered, its codec read. One `Up` per SSRC.

`receive` is called for every packet and does in one function what RFC 3550 appendix A asks of a receiver
(extended sequence numbers, loss, jitter) and what receivers need of the codec. The answer is a `Packet`,
a plain tuple: it is made once, shared by every receiver and kept in the ring for repeats.

A packet of nothing but padding (browsers probe with them) is a `Packet` with an empty `rest`. It is
forwarded too, so that the receivers' numbering stays without gaps at no further bookkeeping.
"""

from enum import StrEnum
from struct import Struct
from typing import Final

from rooms.media.packet.clock import Clock
from rooms.media.packet.h264 import starts_key
from rooms.media.packet.missing import Missing
from rooms.media.packet.rtcp import Block
from rooms.media.packet.vp8 import read as read_vp8

Packet = tuple[int, int, int, int, int, int, int, bool, bytes]
"""(ext, ts, mark, head, pid, tl0, tid, key, rest)

ext   extended sequence number         ts    RTP timestamp, 32 bits       mark  0x80 or 0
head  first two bytes of the VP8 payload descriptor (RFC 7741 section 4.2), -1: nothing to rewrite
pid   PictureID, 15 bits               tl0   TL0PICIDX or -1              tid   temporal layer, | 0x80: sync
key   first packet of a key frame      rest  the payload after the fields above
"""

EXT: Final = 0
TS: Final = 1
MARK: Final = 2
HEAD: Final = 3
PID: Final = 4
TL0: Final = 5
TID: Final = 6
KEY: Final = 7
REST: Final = 8

JUMP = 3000  # RFC 3550 appendix A.1, MAX_DROPOUT: beyond this it may be a restart
BURST = 128  # packets a late joiner is sent in one go
HALF, WHOLE = 0x80000000, 0xFFFFFFFF
_read = Struct(">BBHI").unpack_from


class Codec(StrEnum):
    OPUS = "opus"
    VP8 = "vp8"
    H264 = "h264"


class Up:
    """A received stream. `depth`: packets remembered (a power of two): 512 for video, 64 for sound.

    Public to read: ssrc, pt, codec, rate (RTP clock, Hz), clock, packets, octets (of payload), repaired,
    keys, bitrate (bit/s, as of the last `tick`), newest (ext or -1), last (the newest packet), heard_at,
    missing.
    """

    __slots__ = (
        "_bad",
        "_base",
        "_expected",
        "_h264",
        "_jitter",
        "_key_at",
        "_key_ext",
        "_key_ts",
        "_lull",
        "_mask",
        "_received",
        "_ring",
        "_seen",
        "_sr_at",
        "_sr_lsr",
        "_sr_ntp",
        "_sr_ts",
        "_ticked",
        "_vp8",
        "bitrate",
        "clock",
        "codec",
        "heard_at",
        "keys",
        "last",
        "missing",
        "newest",
        "octets",
        "packets",
        "pt",
        "rate",
        "repaired",
        "ssrc",
    )

    def __init__(self, ssrc: int, pt: int, codec: Codec, rate: int, clock: Clock, depth: int = 512) -> None:
        if depth & (depth - 1):
            raise ValueError("depth must be a power of two")
        self.ssrc, self.pt, self.codec, self.rate, self.clock = ssrc, pt, codec, rate, clock
        self._vp8, self._h264 = codec is Codec.VP8, codec is Codec.H264
        self.packets = self.octets = self.repaired = self.keys = self.bitrate = 0
        self.newest = -1
        self.last: Packet | None = None
        self.heard_at = 0.0
        self._ring: list[Packet | None] = [None] * depth
        self._mask = depth - 1
        self.missing = Missing()
        self._base = self._bad = self._key_ext = self._key_ts = -1
        self._key_at = 0.0
        self._lull = False
        self._jitter = 0.0
        self._received = 0  # by itself, not repaired
        self._expected = self._seen = 0  # as of the last report block
        self._sr_ntp = self._sr_at = 0.0
        self._sr_ts = self._sr_lsr = -1
        self._ticked = (0.0, 0)

    def receive(self, data: bytes, start: int, end: int, now: float, repaired: bool = False) -> Packet | None:
        """Takes one packet (`start`, `end` from `rtp.scan`). None: another payload type, a duplicate, or too
        old: not to be forwarded. `repaired`: it came through `rtp.unwrap` (12 to its length)."""
        _, second, seq, ts = _read(data)
        if second & 0x7F != self.pt:
            return None
        newest = self.newest
        ext = newest + ((seq - newest + 0x8000) & 0xFFFF) - 0x8000
        if ext != newest + 1 or newest < 0:
            ext = self._out_of_order(ext, seq, now, repaired)
            if ext < 0:
                return None
            newest = self.newest
        head, pid, tl0, tid, key, at = -1, 0, -1, 0, False, start
        if self._vp8:
            head, pid, short, tl0, tid, key, at = read_vp8(data, start, end)
            if short:
                pid = self._lengthen(pid)
        elif self._h264:
            # The first of a picture's packets that could begin it counts, not the slices after it.
            key = starts_key(data, start, end) and ts != self._key_ts
        packet = (ext, ts, second & 0x80, head, pid, tl0, tid, key, data[at:end])
        self._ring[ext & self._mask] = packet
        self.packets += 1
        self.octets += end - start
        if not repaired:
            self._received += 1
        if ext > newest:
            last = self.last
            if last is not None and last[1] != ts and not repaired:
                late = (now - self.heard_at) * self.rate - (((ts - last[1] + HALF) & WHOLE) - HALF)
                self._jitter += (abs(late) - self._jitter) / 16
            self.newest = ext
            self.last = packet
            self.heard_at = now
        if key:
            self._begin_key(ext, ts, now)
        return packet

    def _out_of_order(self, ext: int, seq: int, now: float, repaired: bool) -> int:
        """`ext` is not the next: the first, a gap, a late one or a restart. Its number; -1: drop it."""
        newest = self.newest
        if newest < 0:
            # Not from 0: what was sent before the first we saw may still come.
            self._base = ext = seq + 0x10000
            self.newest = ext - 1
            return ext
        step = ext - newest
        if self._lull and not repaired:
            self._lull = False
            if step > 1 or step < -self._mask:
                return self._skip_to(newest + ((seq - newest) & 0xFFFF))
        if 1 < step <= JUMP:
            self.missing.gap(newest + 1, ext, now)
            self._bad = -1
            return ext
        if -self._mask <= step <= 0:
            kept = self._ring[ext & self._mask]
            if kept is not None and kept[0] == ext:
                return -1
            self.repaired += self.missing.found(ext)
            return ext
        # Far off. Two in a row are a sender that began anew: numbering goes on, nothing is asked for.
        if repaired or seq != self._bad:
            self._bad = (seq + 1) & 0xFFFF
            return -1
        return self._skip_to(newest + ((seq - newest) & 0xFFFF))

    def _skip_to(self, ext: int) -> int:
        """Go on at `ext`: nobody misses what lies between."""
        self.missing.clear()
        self._base += ext - self.newest - 1
        self._bad = self._key_ext = -1
        return ext

    def lull(self) -> None:
        """What came since the last `receive` was not let through, on purpose: it is not missing, and will not
        be asked for. Call when the room opens the source again."""
        self._lull = True

    def _lengthen(self, pid: int) -> int:
        """A PictureID of 7 bits as one of 15 that continues the last: it wraps later than the sender's."""
        last = self.last
        if last is None or last[3] < 0:
            return pid
        return (last[4] + ((pid - last[4] + 64) & 127) - 64) & 0x7FFF

    def _begin_key(self, ext: int, ts: int, now: float) -> None:
        if ext > self._key_ext:
            self._key_ext, self._key_ts, self._key_at = ext, ts, now
            self.missing.before(ext)
        self.keys += 1

    def get(self, ext: int) -> Packet | None:
        """A packet of the history."""
        packet = self._ring[ext & self._mask]
        return packet if packet is not None and packet[0] == ext else None

    def since(self, ext: int) -> list[Packet]:
        """Packet `ext` and the remembered ones after it, in order: what a receiver that starts here is sent.

        A key frame's first packet may arrive last (repaired): its followers are then here already.
        """
        return [p for p in map(self.get, range(ext, self.newest + 1)) if p is not None]

    def key_frame(self, now: float, most: float = 1.0, burst: int = BURST) -> list[Packet]:
        """The last key frame and all since, if it began at most `most` seconds ago, nothing is missing and
        it is no more than a network takes at once; else []. A late joiner is begun with these
        (`Rewriter.catch_up`) instead of asking the sender again."""
        many = self.newest - self._key_ext >= min(burst, self._mask)
        if self._key_ext < 0 or now - self._key_at > most or many:
            return []
        packets = self.since(self._key_ext)
        return packets if len(packets) == self.newest - self._key_ext + 1 else []

    def nacks(self, now: float, rtt: float) -> tuple[list[int], bool]:
        """Sequence numbers (16 bits) to ask for again now, and whether a loss was given up since the last
        call (then ask for a key frame). Call every ~10-20 ms."""
        return self.missing.due(now, rtt)

    def report(self, ntp: float, ts: int, now: float) -> None:
        """Takes the sender report of this stream: the sender's clock in seconds, its RTP timestamp then."""
        self._sr_lsr, self._sr_at = int(ntp * 65536) & WHOLE, now
        if ntp:  # 0: a sender without a wall clock (RFC 3550 section 6.4.1)
            self._sr_ntp, self._sr_ts = ntp, ts
            self.clock.learn(ntp, now)

    def captured(self, ts: int) -> float | None:
        """The sender's time (its NTP clock, seconds) at RTP timestamp `ts`; None before its first report."""
        if self._sr_ts < 0:
            return None
        return self._sr_ntp + (((ts - self._sr_ts + HALF) & WHOLE) - HALF) / self.rate

    def timestamp(self, now: float) -> int:
        """RTP timestamp of this stream at `now`, by its sender reports or else by its newest packet."""
        if self._sr_ts >= 0 and self.clock.offset is not None:
            return round(self._sr_ts + (now - self.clock.offset - self._sr_ntp) * self.rate) & WHOLE
        return round((self.last[1] if self.last else 0) + (now - self.heard_at) * self.rate) & WHOLE

    def at(self, captured: float) -> int | None:
        """RTP timestamp of this stream at the sender's time `captured`; None before its first report."""
        if self._sr_ts < 0:
            return None
        return round(self._sr_ts + (captured - self._sr_ntp) * self.rate) & WHOLE

    @property
    def lost(self) -> int:
        """Packets that did not come by themselves (RFC 3550 section 6.4.1: what was repaired was lost)."""
        return max(0, self.newest - self._base + 1 - self._received) if self._base >= 0 else 0

    def block(self, now: float) -> Block:
        """The report block about this stream for an RR; starts the next interval of fraction lost."""
        expected = self.newest - self._base + 1 if self._base >= 0 else 0
        asked, came = expected - self._expected, self._received - self._seen
        self._expected, self._seen = expected, self._received
        fraction = max(0, min(255, (asked - came) * 256 // asked)) if asked > 0 else 0
        lost = max(-0x800000, min(0x7FFFFF, expected - self._received))
        lsr = max(0, self._sr_lsr)
        dlsr = min(WHOLE, int((now - self._sr_at) * 65536)) if lsr else 0
        highest = (self.newest - 0x10000) & WHOLE if self.newest >= 0 else 0
        return Block(self.ssrc, fraction, lost, highest, int(self._jitter) & WHOLE, lsr, dlsr)

    def tick(self, now: float) -> None:
        """Once a second: measures `bitrate`."""
        then, octets = self._ticked
        if now > then:
            self.bitrate = int((self.octets - octets) * 8 / (now - then)) if then else 0
            self._ticked = (now, self.octets)
