"""RTCP: read what peers say, write what we say (RFC 3550, 4585, 5104, 5506; draft-alvestrand-rmcat-remb).

`parse` takes any bytes and answers what it understood up to the first broken packet. Everything peers send
ends here (RTCP is terminated, not forwarded), so only what a forwarder acts on is read.
Transport-wide feedback is written by twcc.
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import NamedTuple

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK, PLI, FIR, AFB = 1, 1, 4, 15  # formats: of RTPFB, then of PSFB
BLOCKS = 31  # report blocks in one report: the count has 5 bits
ASKED = 1024  # sequence numbers read from one datagram's NACKs: more than a history keeps
EPOCH = 2_208_988_800  # NTP 1970: keeps our timestamps away from 0, which means "no clock"

_head = Struct(">BBH")
_word = Struct(">I")
_words = Struct(">II")
_pair = Struct(">HH")
_block = Struct(">IIIIII")
_sender = Struct(">IQIII")


class Block(NamedTuple):
    """What a receiver says of one stream (RFC 3550 section 6.4.1)."""

    ssrc: int  # the stream reported about
    fraction: int  # lost since the last report, /256
    lost: int  # in all; may be negative
    highest: int  # extended highest sequence number, 32 bits
    jitter: int  # RTP clock units
    lsr: int  # middle 32 bits of the last SR's NTP time, 0: none
    dlsr: int  # since then, 1/65536 s


class SenderReport(NamedTuple):
    ssrc: int
    ntp: float  # seconds of the sender's clock since 1900
    lsr: int  # middle 32 bits of it
    ts: int  # RTP timestamp at the same moment
    packets: int
    octets: int
    blocks: tuple[Block, ...]


class ReceiverReport(NamedTuple):
    ssrc: int
    blocks: tuple[Block, ...]


class Bye(NamedTuple):
    ssrcs: tuple[int, ...]


class Nack(NamedTuple):
    media: int  # SSRC asked of
    seqs: list[int]  # 16 bits each


class KeyRequest(NamedTuple):
    """PLI or FIR."""

    media: int


class Remb(NamedTuple):
    bitrate: int  # bit/s the receiver believes its downlink carries
    ssrcs: tuple[int, ...]


Said = SenderReport | ReceiverReport | Bye | Nack | KeyRequest | Remb


def parse(data: bytes) -> list[Said]:
    """What a compound (or reduced-size) RTCP packet says. Never raises."""
    said: list[Said] = []
    at, size, room = 0, len(data), ASKED
    while at + 4 <= size:
        first, kind, words = _head.unpack_from(data, at)
        start, end = at + 4, at + 4 + words * 4
        at = end
        if first & 0xC0 != 0x80 or end > size:
            break
        if first & 0x20:  # padding: only the last packet's, counted in its last byte
            pad = data[end - 1] if words else 0
            if not 0 < pad <= end - start:
                break
            end -= pad
        count = first & 31
        one: Said | None = None
        if kind == SR and end - start >= 24:
            one = _sender_report(data, start, end, count)
        elif kind == RR and end - start >= 4:
            one = ReceiverReport(_word.unpack_from(data, start)[0], _blocks(data, start + 4, end, count))
        elif kind == BYE:
            one = Bye(
                tuple(_word.unpack_from(data, i)[0] for i in range(start, min(end, start + count * 4) - 3, 4))
            )
        elif kind == RTPFB and count == NACK and end - start >= 12:
            one = Nack(_word.unpack_from(data, start + 4)[0], _asked(data, start + 8, end, room))
            room -= len(one.seqs)
        elif kind == PSFB and end - start >= 8:
            one = _picture(data, start, end, count)
        if one is not None:
            said.append(one)
    return said


def _sender_report(data: bytes, start: int, end: int, count: int) -> SenderReport:
    ssrc, time, ts, packets, octets = _sender.unpack_from(data, start)
    blocks = _blocks(data, start + 24, end, count)
    return SenderReport(ssrc, time / 4294967296, time >> 16 & 0xFFFFFFFF, ts, packets, octets, blocks)


def _blocks(data: bytes, start: int, end: int, count: int) -> tuple[Block, ...]:
    blocks = []
    for at in range(start, min(end, start + count * 24) - 23, 24):
        ssrc, lost, highest, jitter, lsr, dlsr = _block.unpack_from(data, at)
        total = lost & 0xFFFFFF
        blocks.append(Block(ssrc, lost >> 24, total - (total >> 23 << 24), highest, jitter, lsr, dlsr))
    return tuple(blocks)


def _asked(data: bytes, start: int, end: int, room: int) -> list[int]:
    """Generic NACK (RFC 4585 section 6.2.1): a sequence number and a bit for each of the 16 after it."""
    seqs: list[int] = []
    for at in range(start, end - 3, 4):
        seq, mask = _pair.unpack_from(data, at)
        seqs.append(seq)
        while mask:
            bit = mask & -mask
            seqs.append(seq + bit.bit_length() & 0xFFFF)
            mask ^= bit
        if len(seqs) >= room:
            break
    return seqs[: max(0, room)]


def _picture(data: bytes, start: int, end: int, form: int) -> Said | None:
    media: int = _word.unpack_from(data, start + 4)[0]
    if form == PLI:
        return KeyRequest(media)
    if form == FIR and end - start >= 16:  # the stream asked for is named inside (RFC 5104 section 4.3.1.1)
        return KeyRequest(_word.unpack_from(data, start + 8)[0])
    if form == AFB and end - start >= 16 and data[start + 8 : start + 12] == b"REMB":
        streams, rest = data[start + 12], _word.unpack_from(data, start + 12)[0] & 0xFFFFFF
        bitrate = (rest & 0x3FFFF) << (rest >> 18)
        last = min(end, start + 16 + streams * 4)
        return Remb(bitrate, tuple(_word.unpack_from(data, i)[0] for i in range(start + 16, last - 3, 4)))
    return None


def ntp(now: float) -> int:
    """64-bit NTP timestamp of `now`. Our clock's origin is arbitrary (RFC 3550 section 4 allows it)."""
    return int((now + EPOCH) * 4294967296) & 0xFFFFFFFFFFFFFFFF


def rtt(block: Block, now: float) -> float | None:
    """Round trip in seconds from a block about one of our streams, whose SRs carry `ntp(now)`.

    None: no SR was seen yet, or the block says what cannot be.
    """
    if not block.lsr:
        return None
    took = ((ntp(now) >> 16) - block.lsr - block.dlsr) & 0xFFFFFFFF
    return took / 65536 if took < 60 * 65536 else None


def sender_report(ssrc: int, now: float, ts: int, packets: int, octets: int) -> bytes:
    """SR without blocks: `ts` is the stream's RTP timestamp at `now`."""
    body = _sender.pack(ssrc, ntp(now), ts & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return _head.pack(0x80, SR, 6) + body


def receiver_report(ssrc: int, blocks: Sequence[Block]) -> bytes:
    """RR with as many blocks as needed; more than 31 continue in further RRs. `ssrc`: ours."""
    parts = []
    for at in range(0, max(1, len(blocks)), BLOCKS):
        some = blocks[at : at + BLOCKS]
        parts.append(_head.pack(0x80 | len(some), RR, 1 + 6 * len(some)) + _word.pack(ssrc))
        parts += [
            _block.pack(b.ssrc, b.fraction << 24 | b.lost & 0xFFFFFF, b.highest, b.jitter, b.lsr, b.dlsr)
            for b in some
        ]
    return b"".join(parts)


def cname(ssrcs: Iterable[int], name: str) -> bytes:
    """SDES: these SSRCs belong to one sender (one CNAME per participant makes receivers sync its streams)."""
    text = name.encode()[:255]
    item = bytes((1, len(text))) + text
    item += b"\0" * (4 - len(item) % 4)  # ends with at least one 0
    chunks = [_word.pack(ssrc) + item for ssrc in ssrcs]
    return b"".join(
        _head.pack(0x80 | len(some), SDES, sum(map(len, some)) // 4) + b"".join(some)
        for some in (chunks[at : at + BLOCKS] for at in range(0, len(chunks), BLOCKS))
    )


def nack(ssrc: int, media: int, seqs: Iterable[int]) -> bytes:
    """`seqs` (16 bits) in the order they were sent."""
    words: list[tuple[int, int]] = []
    for seq in seqs:
        after = seq - words[-1][0] & 0xFFFF if words else 0
        if words and 0 < after <= 16:
            words[-1] = (words[-1][0], words[-1][1] | 1 << after - 1)
        elif not words or after:
            words.append((seq & 0xFFFF, 0))
    body = b"".join(_pair.pack(*word) for word in words)
    return _head.pack(0x80 | NACK, RTPFB, 2 + len(words)) + _words.pack(ssrc, media) + body


def pli(ssrc: int, media: int) -> bytes:
    return _head.pack(0x80 | PLI, PSFB, 2) + _words.pack(ssrc, media)


def remb(ssrc: int, bitrate: int, medias: Sequence[int]) -> bytes:
    shift = max(0, bitrate.bit_length() - 18)
    value = len(medias) << 24 | shift << 18 | bitrate >> shift
    body = _words.pack(ssrc, 0) + b"REMB" + _word.pack(value) + b"".join(map(_word.pack, medias))
    return _head.pack(0x80 | AFB, PSFB, len(body) // 4) + body


def bye(ssrcs: Sequence[int]) -> bytes:
    return _head.pack(0x80 | len(ssrcs), BYE, len(ssrcs)) + b"".join(map(_word.pack, ssrcs))
