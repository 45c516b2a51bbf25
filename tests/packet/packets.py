"""Senders, and readers of what a receiver was sent. Numbers start where a test says: near their wraps."""

from dataclasses import dataclass, field
from struct import pack, unpack_from

from rooms.media.packet.clock import Clock
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.rtp import Ids, scan
from rooms.media.packet.up import Codec, Packet, Up

IDS = Ids(mid=1, rid=2, repaired=3, level=4, twcc=5, sent=6)
SEND_TIME = 7


def rtp(
    seq: int,
    ts: int,
    payload: bytes,
    *,
    pt: int = 96,
    ssrc: int = 77,
    mark: bool = False,
    extension: bytes = b"",
) -> bytes:
    """`extension`: the whole of it with its profile, a multiple of four bytes."""
    first = 0x90 if extension else 0x80
    return pack(">BBHII", first, mark << 7 | pt, seq & 0xFFFF, ts & 0xFFFFFFFF, ssrc) + extension + payload


def one_byte(*values: tuple[int, bytes]) -> bytes:
    body = b"".join(bytes((tag << 4 | len(value) - 1,)) + value for tag, value in values)
    body += bytes(-len(body) % 4)
    return pack(">HH", 0xBEDE, len(body) // 4) + body


def two_byte(*values: tuple[int, bytes]) -> bytes:
    body = b"".join(bytes((tag, len(value))) + value for tag, value in values)
    body += bytes(-len(body) % 4)
    return pack(">HH", 0x1000, len(body) // 4) + body


@dataclass
class Sender:
    """A VP8 layer as a browser sends it: PictureID of 15 bits, TL0PICIDX, temporal layers."""

    ssrc: int = 77
    seq: int = 65_530
    ts: int = 0xFFFFF000
    pid: int = 32_764
    tl0: int = 253
    short: bool = False
    frames: int = 0
    made: dict[bytes, int] = field(default_factory=dict)  # picture bytes → number of its frame

    def frame(
        self, packets: int = 1, *, key: bool = False, tid: int = 0, sync: bool = False, ticks: int = 3000
    ) -> list[bytes]:
        """The packets of the next picture."""
        if tid == 0:
            self.tl0 = self.tl0 + 1 & 0xFF
        self.pid = self.pid + 1 & (0x7F if self.short else 0x7FFF)
        self.ts = self.ts + ticks & 0xFFFFFFFF
        self.frames += 1
        return [self._packet(part, packets, key, tid, sync) for part in range(packets)]

    def _packet(self, part: int, packets: int, key: bool, tid: int, sync: bool) -> bytes:
        pid = bytes((self.pid & 0x7F,)) if self.short else pack(">H", 0x8000 | self.pid)
        descriptor = bytes((0x80 | (part == 0) << 4, 0xF0)) + pid + bytes((self.tl0, tid << 6 | sync << 5))
        picture = bytes((not key,)) + pack(">IIH", self.ssrc, self.frames, part)
        self.made[picture] = self.frames
        self.seq = self.seq + 1 & 0xFFFF
        return rtp(self.seq, self.ts, descriptor + picture, ssrc=self.ssrc, mark=part == packets - 1)

    def up(self, clock: Clock | None = None, depth: int = 512) -> Up:
        return Up(self.ssrc, 96, Codec.VP8, 90_000, clock or Clock(), depth)


def sound(up: Up, seq: int, ts: int, payload: bytes = b"opus", now: float = 0.0) -> Packet | None:
    return take(up, rtp(seq, ts, payload, pt=111, ssrc=up.ssrc), now)


def take(up: Up, data: bytes, now: float = 0.0) -> Packet | None:
    found = scan(data, IDS)
    assert found is not None
    return up.receive(data, found[0], found[1], now)


def taken(up: Up, datas: list[bytes], now: float = 0.0) -> list[Packet]:
    packets = [take(up, data, now) for data in datas]
    assert None not in packets
    return [packet for packet in packets if packet is not None]


@dataclass
class Sent:
    """One packet as a receiver reads it."""

    pt: int
    mark: bool
    seq: int
    ts: int
    ssrc: int
    pid: int
    tl0: int
    tid: int
    picture: bytes


def read(data: bytes, *, vp8: bool = True) -> Sent:
    found = scan(data, Ids())
    assert found is not None
    start, end = found[:2]
    _, second, seq, ts, ssrc = unpack_from(">BBHII", data)
    head = (second & 127, bool(second & 128), seq, ts, ssrc)
    if not vp8 or start == end:
        return Sent(*head, -1, -1, -1, data[start:end])
    assert data[start] & 0x80
    assert data[start + 1] == 0xF0
    pid = unpack_from(">H", data, start + 2)[0]
    assert pid & 0x8000
    return Sent(*head, pid & 0x7FFF, data[start + 4], data[start + 5] >> 6, data[start + 6 : end])


def slot(**changed: int) -> Rewriter:
    values = {
        "ssrc": 5000, "pt": 100, "rate": 90_000, "sent_id": SEND_TIME, "rtx_ssrc": 5001, "rtx_pt": 101,
        "first": 32_000, "first_ts": 0xFFFFFF00,
    }  # fmt: skip
    return Rewriter(**(values | changed))


def forward(rewriter: Rewriter, packets: list[Packet]) -> list[bytes]:
    return [data for packet in packets if (data := rewriter.forward(packet, 0x123456)) is not None]
