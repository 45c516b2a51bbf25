"""RTCP: read what peers say, write what we say (RFC 3550, 4585, 5104, 5506; REMB: draft-alvestrand-rmcat-remb).

`parse` takes any bytes and answers what it understood up to the first broken packet. Everything peers send
ends here (RTCP is terminated, not forwarded), so only what a forwarder acts on is read.
Transport-wide feedback is written by twcc.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


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
    raise NotImplementedError


def rtt(block: Block, now: float) -> float | None:
    """Round trip in seconds from a block about one of our streams, whose SRs carry `ntp(now)`; None: no SR seen yet."""
    raise NotImplementedError


def ntp(now: float) -> int:
    """64-bit NTP timestamp of `now`. Our clock's origin is arbitrary (RFC 3550 section 4 allows it)."""
    raise NotImplementedError


def sender_report(ssrc: int, now: float, ts: int, packets: int, octets: int) -> bytes:
    raise NotImplementedError


def receiver_report(ssrc: int, blocks: Sequence[Block]) -> bytes:
    """RR with as many blocks as needed; more than 31 continue in further RRs. `ssrc`: ours."""
    raise NotImplementedError


def cname(ssrcs: Iterable[int], name: str) -> bytes:
    """SDES: these SSRCs belong to one sender (one CNAME per participant makes receivers sync its streams)."""
    raise NotImplementedError


def nack(ssrc: int, media: int, seqs: Iterable[int]) -> bytes:
    raise NotImplementedError


def pli(ssrc: int, media: int) -> bytes:
    raise NotImplementedError


def remb(ssrc: int, bitrate: int, medias: Sequence[int]) -> bytes:
    raise NotImplementedError


def bye(ssrcs: Sequence[int]) -> bytes:
    raise NotImplementedError
