"""What one receiver's slot is sent: fixed SSRC, its own numbering, whatever source is behind it.

A `Rewriter` is bound to one `Up` at a time. `begin` binds it, from a key frame's first packet (video) or any
packet (sound); the caller then calls `forward` for that packet and for every later one of that `Up`, and
stops calling it for the `Up` before. So the hot function knows nothing of layers, and a switch is complete
between two packets.

How numbers were mapped is kept as `Span`s, so that nothing is remembered per packet, and a repeat is the same
as the original (RFC 3711 section 9.1: another content under the same number would break the cipher).
"""

from struct import Struct

from rooms.media.packet import rtcp
from rooms.media.packet.span import Span, as_repair, left_out, write
from rooms.media.packet.up import HALF, JUMP, WHOLE, Packet, Up
from rooms.media.packet.vp8 import SYNC

ALL = 255  # no temporal layer is dropped
SPANS = 64  # kept per slot
REPEATS = 256  # remembered, so that none is sent twice within a round trip
NEVER = 1 << 62
SLACK = 10.0  # seconds a timeline may be ahead of the time that passed

_plain = Struct(">BBHII").pack
_plain_pid = Struct(">BBHIIHH").pack
_plain_tl0 = Struct(">BBHIIHHB").pack
_sent = Struct(">BBHIIII").pack
_sent_pid = Struct(">BBHIIIIHH").pack
_sent_tl0 = Struct(">BBHIIIIHHB").pack


class Rewriter:
    """One slot's stream towards one receiver.

    ssrc, pt: what the receiver was told; rate: RTP clock; sent_id: its abs-send-time extension id (1..14) or
    0 (then no extension is written); rtx_ssrc, rtx_pt: 0 if not negotiated. first: the first sequence number,
    made by chance below 32768 (RFC 3711 section 3.3.1: a loss at a wrap right after the start would
    desynchronise the rollover counter); rtx_first likewise.

    A source of another codec: set `pt` and `rtx_pt` right before `begin`.

    Public to read: up (bound to, or None), packets, octets (of payload, for SR), repeats.
    """

    __slots__ = (
        "_begun",
        "_begun_at",
        "_dropped",
        "_extension",
        "_goal",
        "_last",
        "_limit",
        "_newest",
        "_pid",
        "_repeated",
        "_rtx_seq",
        "_rtx_ssrc",
        "_seq",
        "_spans",
        "_tl0",
        "_ts",
        "octets",
        "packets",
        "pt",
        "rate",
        "repeats",
        "rtx_pt",
        "ssrc",
        "up",
    )

    def __init__(
        self,
        ssrc: int,
        pt: int,
        rate: int,
        sent_id: int = 0,
        rtx_ssrc: int = 0,
        rtx_pt: int = 0,
        first: int = 1,
        first_ts: int = 0,
        rtx_first: int = 1,
    ) -> None:
        self.ssrc, self.pt, self.rate = ssrc, pt, rate
        self.up: Up | None = None
        self.packets = self.octets = self.repeats = 0
        # An id beyond 14 would need the two-byte form: none is written.
        self._extension = sent_id << 28 | 2 << 24 if 0 < sent_id < 15 else 0
        self._rtx_ssrc, self.rtx_pt, self._rtx_seq = rtx_ssrc, rtx_pt, rtx_first
        self._spans: list[Span] = []
        self._newest = NEVER  # ext of the newest sent; _newest + _seq is its number as sent, also when paused
        self._seq = first - 1 - NEVER
        self._ts = self._pid = self._tl0 = 0
        # Newest sent with content, in the numbers of `up`.
        self._last: Packet = (-1, first_ts, 0, -1, 0, -1, 0, False, b"")
        self._begun, self._begun_at = 0, 0.0  # ext and time of the last `begin`
        self._limit = self._goal = ALL
        self._dropped = -1  # PictureID of the frame dropped last
        self._repeated: dict[int, float] = {}  # by extended number sent

    def forward(self, packet: Packet, stamp: int) -> bytes | None:
        """The packet as this receiver gets it. None: not for it (before the beginning, a dropped temporal
        layer, too late). `stamp`: `rtp.stamp(now)`, once per packet for all receivers."""
        ext, ts, mark, head, pid, tl0, tid, _, rest = packet
        step = ext - self._newest
        if step != 1:
            if step > JUMP:  # the sender began anew: nothing between was sent, or will be
                self._begun = ext
                self._span(ext, self._newest + 1 + self._seq - ext, self._ts, self._pid, self._tl0)
            elif step <= 0:
                return self._late(packet, stamp)
        if tid > self._limit and self._drop(packet):
            return None
        self._newest = ext
        if rest:
            self._last = packet
        self.packets += 1
        self.octets += len(rest)
        if self._extension:
            if head < 0:
                return _sent(
                    0x90, mark | self.pt, (ext + self._seq) & 0xFFFF, (ts + self._ts) & 0xFFFFFFFF, self.ssrc,
                    0xBEDE0001, self._extension | stamp,
                ) + rest  # fmt: skip
            if tl0 < 0:
                return _sent_pid(
                    0x90, mark | self.pt, (ext + self._seq) & 0xFFFF, (ts + self._ts) & 0xFFFFFFFF, self.ssrc,
                    0xBEDE0001, self._extension | stamp, head, (pid + self._pid) & 0x7FFF | 0x8000,
                ) + rest  # fmt: skip
            return _sent_tl0(
                0x90, mark | self.pt, (ext + self._seq) & 0xFFFF, (ts + self._ts) & 0xFFFFFFFF, self.ssrc,
                0xBEDE0001, self._extension | stamp, head, (pid + self._pid) & 0x7FFF | 0x8000,
                (tl0 + self._tl0) & 0xFF,
            ) + rest  # fmt: skip
        if head < 0:
            return _plain(
                0x80, mark | self.pt, (ext + self._seq) & 0xFFFF, (ts + self._ts) & 0xFFFFFFFF, self.ssrc
            ) + rest  # fmt: skip
        if tl0 < 0:
            return _plain_pid(
                0x80, mark | self.pt, (ext + self._seq) & 0xFFFF, (ts + self._ts) & 0xFFFFFFFF, self.ssrc,
                head, (pid + self._pid) & 0x7FFF | 0x8000,
            ) + rest  # fmt: skip
        return _plain_tl0(
            0x80, mark | self.pt, (ext + self._seq) & 0xFFFF, (ts + self._ts) & 0xFFFFFFFF, self.ssrc,
            head, (pid + self._pid) & 0x7FFF | 0x8000, (tl0 + self._tl0) & 0xFF,
        ) + rest  # fmt: skip

    def begin(self, up: Up, packet: Packet, now: float) -> None:
        """Binds to `up` from `packet` on. Layers of one sender share a `Clock` and are aligned by their
        sender reports; another sender (or no report yet) continues by the time that passed."""
        self._bind(up, packet, self._offset(up, packet[1], now, 1), now)

    def catch_up(self, up: Up, packets: list[Packet], now: float, stamp: int) -> list[bytes]:
        """Begins with a remembered key frame and all since (`up.key_frame`); answers what is to be sent.

        The newest picture is on time and those before it come a millisecond apart: they are there to be
        decoded. With their own timestamps the receiver would play them at leisure, and stay late.
        """
        times = list(dict.fromkeys(packet[1] for packet in packets))
        step = self.rate // 1000
        newest = times[-1] + self._offset(up, times[-1], now, len(times) * step)
        shown = {ts: newest - (len(times) - 1 - at) * step for at, ts in enumerate(times)}
        sent: list[bytes] = []
        for at, packet in enumerate(packets):
            ext, ts = packet[0], packet[1]
            if at == 0:
                self._bind(up, packet, shown[ts] - ts, now)
            elif (shown[ts] - ts) & WHOLE != self._ts:
                self._span(ext, self._seq, (shown[ts] - ts) & WHOLE, self._pid, self._tl0)
            data = self.forward(packet, stamp)
            if data is not None:
                sent.append(data)
        return sent

    def _offset(self, up: Up, ts: int, now: float, least: int) -> int:
        """What to add to `ts` of `up` to continue what was sent, by at least `least` ticks."""
        sent = self._last[1] + self._ts
        if not self._spans:
            return sent - ts
        passed = (self._continue(self._spans[-1].up, up, ts, now) - sent + HALF & WHOLE) - HALF
        # Never the same or back: a decoder would take two pictures for one, or drop the new one. Never
        # further than time can have passed: a sender report may say anything.
        most = (now - self._begun_at + SLACK) * self.rate
        return sent + (passed if least < passed < most else least) - ts

    def _bind(self, up: Up, packet: Packet, offset: int, now: float) -> None:
        ext, _, _, head, pid, tl0, _, _, _ = packet
        _, last_ts, _, last_head, last_pid, last_tl0, _, _, _ = self._last
        sent_ts, sent_pid, sent_tl0 = last_ts + self._ts, last_pid + self._pid, last_tl0 + self._tl0
        seq = self._newest + self._seq + 1 - ext
        pids = sent_pid + 1 - pid if last_head >= 0 and head >= 0 else self._pid
        tl0s = sent_tl0 + 1 - tl0 if last_tl0 >= 0 and tl0 >= 0 else self._tl0
        self.up = up
        self._begun, self._begun_at = ext, now
        self._newest, self._dropped, self._limit = ext - 1, -1, self._goal
        self._span(ext, seq, offset & WHOLE, pids & 0x7FFF, tl0s & 0xFF)
        # The newest sent, in the numbers of `up`: where the next `begin` continues.
        last_pid, last_tl0 = sent_pid - pids & 0x7FFF, sent_tl0 - tl0s & 0xFF if last_tl0 >= 0 else -1
        self._last = (ext - 1, sent_ts - offset & WHOLE, 0, last_head, last_pid, last_tl0, 0, False, b"")

    def pause(self) -> None:
        """Unbinds: `forward` answers None until the next `begin`; numbering continues from there."""
        self.up = None
        self._seq += self._newest - NEVER
        self._newest = NEVER

    def limit(self, tid: int) -> None:
        """Temporal layers up to `tid` are sent (3: all). Fewer from the next picture on, more from the next
        at which the sender says a receiver may join (layer sync)."""
        self._goal = tid if tid < 3 else ALL
        self._limit = min(self._limit, self._goal)

    def repeat(self, seq: int, now: float, rtt: float, stamp: int) -> bytes | None:
        """Answers one sequence number (16 bits) of a NACK; through RTX where negotiated. None: gone, or
        repeated less than one `rtt` (seconds) ago.

        Without RTX a repeat must equal the original to the bit, so there is none if a send time is written.
        """
        if not self.rtx_pt if self._rtx_ssrc else self._extension:
            return None
        newest = self._newest + self._seq
        out = newest + ((seq - newest + 0x8000) & 0xFFFF) - 0x8000
        if out > newest or now - self._repeated.get(out, -1e9) < rtt:
            return None
        if not self._spans:
            return None
        after, span = None, self._spans[-1]
        for span in reversed(self._spans):
            if span.first + span.seq <= out:
                break
            after = span
        if span.up.codec is not self._spans[-1].up.codec:
            return None  # it had another payload type
        packet = span.up.get(out - span.seq)
        if packet is None or packet[0] < span.first or left_out(packet, span, after):
            return None
        if len(self._repeated) >= REPEATS:
            self._repeated.clear()
        self._repeated[out] = now
        self.repeats += 1
        extension = self._extension and self._extension | stamp
        sent = write(packet, span, self.ssrc, self.pt, extension)
        if not self._rtx_ssrc:
            return sent
        self._rtx_seq = self._rtx_seq + 1 & 0xFFFF
        return as_repair(sent, extension, self._rtx_ssrc, self.rtx_pt, self._rtx_seq)

    def sender_report(self, now: float) -> bytes | None:
        """SR (without SDES) that ties this slot's timestamps to `now`; None: nothing is being sent."""
        if self.up is None or not self.packets:
            return None
        ts = self.up.timestamp(now) + self._ts & WHOLE
        return rtcp.sender_report(self.ssrc, now, ts, self.packets, self.octets)

    def _continue(self, old: Up, up: Up, ts: int, now: float) -> int:
        """Where the timeline sent so far, of `old`, is when `up` is at `ts`."""
        if old is up:
            return ts + self._ts
        captured = up.captured(ts) if old.clock is up.clock else None
        aligned = old.at(captured) if captured is not None else None
        return (old.timestamp(now) if aligned is None else aligned) + self._ts

    def _span(self, first: int, seq: int, ts: int, pid: int, tl0: int) -> None:
        up = self.up
        assert up is not None, "bound"
        spans, gone = self._spans, self._dropped
        if spans and spans[-1].up is up and spans[-1].first == first - 1 and self._last[0] < first - 1:
            gone = spans.pop().gone  # nothing was sent in it
        self._seq, self._ts, self._pid, self._tl0 = seq, ts, pid, tl0
        spans.append(Span(up, first, seq, ts, pid, tl0, gone, self._dropped))
        if len(spans) > SPANS:
            del spans[0]

    def _drop(self, packet: Packet) -> bool:
        """Whether this packet, of a higher temporal layer than wanted, is left out."""
        ext, _, _, _, pid, _, tid, _, _ = packet
        layer = tid & 3
        going_on = pid == self._dropped
        if tid & SYNC and not going_on and layer <= self._goal:
            self._limit = self._goal
        if layer <= self._limit or (pid == self._last[4] and not going_on):  # or the rest of a picture begun
            return False
        if not going_on:
            self._pid = self._pid - 1 & 0x7FFF
            # What was lost before it may still come and has numbers up to its own: go on after them.
            self._last = (self._last[0], *packet[1:])
        self._dropped = pid
        self._newest = ext
        self._span(ext + 1, self._seq - 1, self._ts, self._pid, self._tl0)
        return True

    def _late(self, packet: Packet, stamp: int) -> bytes | None:
        """Out of order: written as it would have been then. What was before the beginning has no number."""
        ext = packet[0]
        if self.up is None or ext < self._begun or ext == self._newest:
            return None
        after, span = None, self._spans[-1]
        for span in reversed(self._spans):
            if span.first <= ext:
                break
            after = span
        if span.first > ext or packet[6] & 3 > self._limit or left_out(packet, span, after):
            return None
        self.packets += 1
        self.octets += len(packet[8])
        return write(packet, span, self.ssrc, self.pt, self._extension and self._extension | stamp)
