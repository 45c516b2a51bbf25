"""RTP headers (RFC 3550 section 5.1), their extensions (RFC 8285), retransmission payloads (RFC 4588).

`scan` is for every packet and finds only what every packet needs; `names` is for the first packets of an
SSRC nobody knows. Both take any bytes.
"""

from struct import Struct
from typing import NamedTuple

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

SILENCE = 127  # audio level of digital silence, and of a packet without the extension (-dBov, RFC 6464)


class Ids(NamedTuple):
    """Extension ids of one transport as negotiated; 0: not negotiated."""

    mid: int = 0
    rid: int = 0
    repaired: int = 0
    level: int = 0
    twcc: int = 0
    sent: int = 0  # abs-send-time


class Names(NamedTuple):
    """What the first packets of an SSRC say about themselves; "" where they do not."""

    mid: str
    rid: str
    repaired: str


_read = Struct(">BBHII").unpack_from
_ids = Struct(">HH").unpack_from
_write = Struct(">BBHII").pack


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram whose first byte is 128..191 is RTCP (RFC 5761 section 4)."""
    return len(data) > 1 and 192 <= data[1] <= 223


def scan(data: bytes, ids: Ids) -> tuple[int, int, int, int] | None:
    """Where the payload of a (decrypted) RTP packet starts and ends, and two extensions.

    Answers (start, end, twcc, level): offsets without padding; twcc the transport-wide sequence number or
    -1; level the audio level 0 (loud) .. 127 (silence or none). None if it is no RTP packet.
    """
    size = len(data)
    if size < 12:
        return None
    first = data[0]
    if first & 0xC0 != 0x80:
        return None
    start = 12 + (first & 15) * 4
    end = size
    if first & 0x20:
        end -= data[-1]
        if data[-1] == 0:
            return None
    if not first & 0x10:
        return (start, end, -1, SILENCE) if start <= end else None
    if start + 4 > end:
        return None
    profile, words = _ids(data, start)
    at = start + 4
    start = at + words * 4
    if start > end:
        return None
    twcc, level = -1, SILENCE
    if profile == 0xBEDE:
        want_twcc, want_level = ids.twcc, ids.level
        while at < start:
            byte = data[at]
            if byte == 0:  # padding
                at += 1
                continue
            tag = byte >> 4
            if tag == 15:  # RFC 8285 section 4.2: stop here
                break
            if tag == want_twcc:
                if byte & 15 == 1 and at + 2 < start:
                    twcc = data[at + 1] << 8 | data[at + 2]
            elif tag == want_level and at + 1 < start:
                level = data[at + 1] & 127
            at += 2 + (byte & 15)
    elif profile & 0xFFF0 == 0x1000:
        for tag, value in _two_byte(data, at, start):
            if tag == ids.twcc and len(value) == 2:
                twcc = value[0] << 8 | value[1]
            elif tag == ids.level and value:
                level = value[0] & 127
    return start, end, twcc, level


def extensions(data: bytes) -> list[tuple[int, bytes]]:
    """All (id, value) of a packet, one-byte or two-byte form; [] where there are none or they are broken."""
    size = len(data)
    if size < 12 or not data[0] & 0x10:
        return []
    at = 12 + (data[0] & 15) * 4
    if at + 4 > size:
        return []
    profile, words = _ids(data, at)
    at += 4
    end = at + words * 4
    if end > size:
        return []
    if profile & 0xFFF0 == 0x1000:
        return _two_byte(data, at, end)
    found = []
    while profile == 0xBEDE and at < end:
        byte = data[at]
        at += 1
        if byte == 0:
            continue
        if byte >> 4 == 15:
            break
        length = (byte & 15) + 1
        if at + length > end:
            break
        found.append((byte >> 4, data[at : at + length]))
        at += length
    return found


def _two_byte(data: bytes, at: int, end: int) -> list[tuple[int, bytes]]:
    found = []
    while at + 1 < end:
        tag = data[at]
        if tag == 0:
            at += 1
            continue
        length = data[at + 1]
        at += 2
        if at + length > end:
            break
        found.append((tag, data[at : at + length]))
        at += length
    return found


def names(data: bytes, ids: Ids) -> Names:
    """mid, rid and repaired rid of a packet: for SSRCs that are not known yet (RFC 8852, RFC 9143)."""
    said = {tag: value for tag, value in extensions(data) if tag and len(value) <= 16}

    def text(tag: int) -> str:
        return said.get(tag, b"").decode("ascii", "replace").rstrip("\0") if tag else ""

    return Names(text(ids.mid), text(ids.rid), text(ids.repaired))


def unwrap(data: bytes, start: int, end: int, ssrc: int, pt: int) -> bytes | None:
    """The original packet out of a retransmission (RFC 4588 section 4); None: only padding.

    `start` and `end` as `scan` found them, `ssrc` and `pt` of the original stream. The original has no
    extensions: its payload starts at 12.
    """
    if end - start <= 2:
        return None
    _, second, _, ts, _ = _read(data, 0)
    original = data[start] << 8 | data[start + 1]
    return _write(0x80, second & 0x80 | pt, original, ts, ssrc) + data[start + 2 : end]


def stamp(now: float) -> int:
    """`now` as abs-send-time: 24 bits, 6.18 fixed point seconds."""
    return int(now * 262144) & 0xFFFFFF
