"""Spans: how a slot's numbers were mapped, and packets written by one.

Between two changes of an offset every number of a source is mapped the same way. A slot remembers the last
few spans instead of what it sent: a late packet, or a repeat, is written by the span it belongs to.
"""

from struct import Struct
from typing import NamedTuple

from rooms.media.packet.up import WHOLE, Packet, Up

_head = Struct(">BBHII").pack
_extension = Struct(">II").pack
_picture = Struct(">HH").pack


class Span(NamedTuple):
    """From `first` (ext of `up`) on: what is added to its numbers."""

    up: Up
    first: int
    seq: int
    ts: int
    pid: int
    tl0: int
    gone: int  # PictureIDs left out right before it: the first, -1: none …
    till: int  # … and the last


def left_out(packet: Packet, span: Span, after: Span | None) -> bool:
    """Whether it is of a picture left out at an end of `span`: its PictureID went to another picture."""
    if packet[3] < 0:
        return False
    pid = packet[4]
    return any(
        at is not None and at.gone >= 0 and pid - at.gone & 0x7FFF <= at.till - at.gone & 0x7FFF
        for at in (span, after)
    )


def write(packet: Packet, span: Span, ssrc: int, pt: int, extension: int) -> bytes:
    """The packet as a receiver gets it. `extension`: the one word of header extension, 0: none."""
    ext, ts, mark, head, pid, tl0, _, _, rest = packet
    first = 0x90 if extension else 0x80
    parts = [_head(first, mark | pt, ext + span.seq & 0xFFFF, ts + span.ts & WHOLE, ssrc)]
    if extension:
        parts.append(_extension(0xBEDE0001, extension))
    if head >= 0:
        parts.append(_picture(head, pid + span.pid & 0x7FFF | 0x8000))
        if tl0 >= 0:
            parts.append(bytes((tl0 + span.tl0 & 0xFF,)))
    parts.append(rest)
    return b"".join(parts)


def as_repair(sent: bytes, extension: int, ssrc: int, pt: int, seq: int) -> bytes:
    """What `write` wrote as a retransmission (RFC 4588 section 4); `ssrc`, `pt`, `seq` are the repair's."""
    at = 20 if extension else 12
    head = (
        bytes((sent[0], sent[1] & 0x80 | pt)) + seq.to_bytes(2, "big") + sent[4:8] + ssrc.to_bytes(4, "big")
    )
    return b"".join((head, sent[12:at], sent[2:4], sent[at:]))
