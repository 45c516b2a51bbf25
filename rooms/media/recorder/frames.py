"""From recorded RTP packets to frames. Pure.

Packets are put in order and taken once; a picture with a missing packet is left out, and those after it up
to the next key frame, because they would be drawn on a wrong ground.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from rooms.media.packet.h264 import FU_A, STAP_A, starts_key
from rooms.media.packet.rtp import Ids, scan

WINDOW = 256  # packets of one slot that may overtake each other
_NONE = Ids()
_START = b"\0\0\0\1"  # in front of a NAL unit in Annex B


class Packet(NamedTuple):
    """One RTP packet of one slot, its numbers unwrapped."""

    seq: int
    ts: int
    arrival: int  # microseconds since the epoch
    pt: int
    marker: bool
    payload: bytes


class Frame(NamedTuple):
    """One encoded picture or piece of sound."""

    ts: int  # unwrapped, in units of the clock rate
    arrival: int
    data: bytes
    key: bool


def unwrapped(packets: Iterable[tuple[int, bytes]]) -> Iterator[Packet]:
    """(arrival, RTP packet) of one slot, in the order of sending, each once; what is no RTP is left out.

    A packet that comes more than `WINDOW` packets late is lost.
    """
    waiting: list[Packet] = []
    last_seq = last_ts = -1
    gone = -1  # the newest that was handed out
    for arrival, data in packets:
        where = scan(data, _NONE)
        if where is None:
            continue
        start, end, _, _ = where
        seq = int.from_bytes(data[2:4], "big")
        ts = int.from_bytes(data[4:8], "big")
        if last_seq >= 0:
            seq = last_seq + ((seq - last_seq + 0x8000) & 0xFFFF) - 0x8000
            ts = last_ts + ((ts - last_ts + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
        else:  # the first may be followed by one from before the wrap
            seq += 0x1_0000
            ts += 0x1_0000_0000
        last_seq, last_ts = max(last_seq, seq), max(last_ts, ts)
        if seq <= gone:
            continue
        marker = bool(data[1] & 0x80)
        heappush(waiting, Packet(seq, ts, arrival, data[1] & 0x7F, marker, data[start:end]))
        while len(waiting) > WINDOW:
            packet = heappop(waiting)
            if packet.seq > gone:
                gone = packet.seq
                yield packet
    while waiting:
        packet = heappop(waiting)
        if packet.seq > gone:
            gone = packet.seq
            yield packet


def sounds(packets: Iterable[Packet]) -> Iterator[Frame]:
    """Opus: a packet is a frame (RFC 7587)."""
    for packet in packets:
        if packet.payload:
            yield Frame(packet.ts, packet.arrival, packet.payload, True)


def pictures(packets: Iterable[Packet]) -> Iterator[Frame]:
    """VP8 (RFC 7741): whole frames, from a key frame on."""
    parts: list[Packet] = []
    waits = True  # for a key frame
    expected = -1
    for packet in packets:
        begins = _begins(packet.payload)
        whole = packet.seq == expected
        expected = packet.seq + 1
        if begins and (not parts or packet.ts != parts[0].ts):
            if parts or not whole:
                waits = True  # the end of the frame before, or whole frames, are missing
            parts = [packet]
        elif parts and whole and packet.ts == parts[0].ts:
            parts.append(packet)
        else:
            parts, waits = [], True
            continue
        if packet.marker:
            data = b"".join(p.payload[_descriptor(p.payload) :] for p in parts)
            key = bool(data) and not data[0] & 1
            waits = waits and not key
            if data and not waits:
                yield Frame(packet.ts, parts[0].arrival, data, key)
            parts = []


def units(packets: Iterable[Packet]) -> Iterator[Frame]:
    """H.264 (RFC 6184): whole access units as Annex B, from a key frame on."""
    parts: list[Packet] = []
    waits = True  # for a key frame
    expected = -1
    for packet in packets:
        whole = packet.seq == expected
        expected = packet.seq + 1
        if not parts or packet.ts != parts[0].ts:
            waits = waits or bool(parts) or not whole  # an end is missing, or more
            parts = []
        elif not whole:
            waits = True
        parts.append(packet)
        if packet.marker:
            key = any(starts_key(p.payload, 0, len(p.payload)) for p in parts)
            waits = waits and not (key and _gapless(parts))
            data = _annex_b(parts)
            if data and not waits:
                yield Frame(packet.ts, parts[0].arrival, data, key)
            parts = []


def _gapless(parts: Sequence[Packet]) -> bool:
    return parts[-1].seq - parts[0].seq == len(parts) - 1


def _annex_b(parts: Sequence[Packet]) -> bytes:
    """The NAL units of an access unit's payloads, each behind a start code."""
    out: list[bytes] = []
    for payload in (p.payload for p in parts):
        kind = payload[0] & 31 if payload else 0
        if kind == STAP_A:
            at = 1
            while at + 2 < len(payload):
                length = payload[at] << 8 | payload[at + 1]
                out += (_START, payload[at + 2 : at + 2 + length])
                at += 2 + length
        elif kind == FU_A and len(payload) > 2:
            if payload[1] & 0x80:
                out += (_START, bytes((payload[0] & 0xE0 | payload[1] & 0x1F,)))
            out.append(payload[2:])
        elif 0 < kind < STAP_A:
            out += (_START, payload)
    return b"".join(out)


def size(key_frame: bytes) -> tuple[int, int] | None:
    """Width and height of a VP8 key frame (RFC 6386 section 9.1); None: it is none."""
    if len(key_frame) < 10 or key_frame[0] & 1 or key_frame[3:6] != b"\x9d\x01\x2a":
        return None
    width, height = int.from_bytes(key_frame[6:8], "little"), int.from_bytes(key_frame[8:10], "little")
    return width & 0x3FFF, height & 0x3FFF


def _begins(payload: bytes) -> bool:
    """Whether a VP8 frame begins here: first partition, start of it."""
    return bool(payload) and payload[0] & 0x17 == 0x10


def _descriptor(payload: bytes) -> int:
    """Length of the VP8 payload descriptor."""
    if not payload[0] & 0x80 or len(payload) < 2:
        return 1
    flags = payload[1]
    at = 2
    if flags & 0x80:
        at += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
    if flags & 0x40:
        at += 1
    if flags & 0x30:
        at += 1
    return at


class Clock:
    """When a frame was sent, in milliseconds since the start of the recording.

    A slot's timestamps run on when its source changes, but not for ever at the pace of this machine's
    clock, and an absent source lets them stand still: where they part from the arrivals by more than
    `SLIP`, the arrivals win.
    """

    SLIP = 400.0  # ms

    def __init__(self, rate: int, began: int) -> None:
        """`rate` ticks a second; `began` in microseconds since the epoch."""
        self._per_ms = rate / 1000
        self._began = began
        self._offset: float | None = None
        self._last = -1.0

    def at(self, frame: Frame) -> int:
        """Never before the frame before it."""
        arrived = (frame.arrival - self._began) / 1000
        sent = frame.ts / self._per_ms
        if self._offset is None or abs(sent + self._offset - arrived) > self.SLIP:
            self._offset = arrived - sent
        elif arrived < sent + self._offset:
            self._offset = arrived - sent  # it cannot have arrived before it was sent
        self._last = max(self._last + 1, sent + self._offset, 0.0)
        return int(self._last)
