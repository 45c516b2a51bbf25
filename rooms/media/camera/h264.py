"""H.264 into RTP payloads (RFC 6184, packetization mode 1). Pure.

An access unit comes as a container has it: Annex B (start codes) or AVCC (4-byte lengths). Every IDR is
preceded by SPS and PPS, so that whoever starts there can decode; access unit delimiters and filler, which
nobody needs, are left out.
"""

from collections.abc import Iterator

LARGEST = 1_200  # bytes of one payload: with headers and SRTP below every usual MTU
NON_IDR, IDR, SEI, SPS, PPS, AUD, FILLER = 1, 5, 6, 7, 8, 9, 12
_STAP_A, _FU_A = 24, 28
_DROPPED = frozenset({AUD, FILLER, 10, 11})  # and ends of sequence and stream


class Unreadable(Exception):
    """The bytes are no H.264 access unit."""


def kind(nal: bytes) -> int:
    """The nal_unit_type."""
    return nal[0] & 0x1F


def annex_b(data: bytes) -> Iterator[bytes]:
    """The NAL units between start codes; nothing when there is no start code."""
    start = data.find(b"\x00\x00\x01")
    while start >= 0:
        start += 3
        end = data.find(b"\x00\x00\x01", start)
        nal = data[start : end if end >= 0 else len(data)]
        # trailing zeros belong to the next start code (or are padding): no NAL unit ends with one
        nal = nal.rstrip(b"\x00")
        if nal:
            yield nal
        start = end


def avcc(data: bytes, length_size: int = 4) -> Iterator[bytes]:
    """The NAL units of a length-prefixed access unit. Raises Unreadable."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if size == 0:
            continue
        if at + size > len(data):
            raise Unreadable("a length reaches beyond the end")
        yield data[at : at + size]
        at += size


def parameter_sets(extradata: bytes) -> tuple[list[bytes], int]:
    """SPS and PPS of a stream's extradata, and the length size of its access units (0: Annex B).

    Extradata is an AVCDecoderConfigurationRecord (ISO 14496-15), which begins with 1, or Annex B, or nothing.
    """
    if not extradata or extradata[0] != 1:
        return [nal for nal in annex_b(extradata) if kind(nal) in (SPS, PPS)], 0
    if len(extradata) < 7:
        raise Unreadable("the configuration record is too short")
    found: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):
        if at >= len(extradata):
            raise Unreadable("the configuration record ends early")
        count = extradata[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(extradata[at : at + 2], "big")
            at += 2
            if size == 0 or at + size > len(extradata):
                raise Unreadable("the configuration record ends early")
            found.append(extradata[at : at + size])
            at += size
    return found, (extradata[4] & 3) + 1


class Packetizer:
    """One stream's access units into payloads. Remembers the newest SPS and PPS."""

    def __init__(self, extradata: bytes = b"") -> None:
        """Raises Unreadable."""
        sets, self._length_size = parameter_sets(extradata)
        self._sets: dict[int, bytes] = {kind(nal): nal for nal in sets}

    def payloads(self, unit: bytes) -> tuple[list[bytes], bool]:
        """The RTP payloads of one access unit, in order, and whether it is a key frame. Raises Unreadable."""
        nals = list(annex_b(unit)) if self._length_size == 0 else list(avcc(unit, self._length_size))
        key = False
        body: list[bytes] = []
        for nal in nals:
            type = kind(nal)
            if type in (SPS, PPS):
                self._sets[type] = nal
            elif type not in _DROPPED:
                key = key or type == IDR
                body.append(nal)
        if not body:
            return [], False
        if key and SPS in self._sets and PPS in self._sets:
            body[:0] = [self._sets[SPS], self._sets[PPS]]
        return _packed(body), key


def _packed(nals: list[bytes]) -> list[bytes]:
    out: list[bytes] = []
    together: list[bytes] = []
    size = 1
    for nal in nals:
        if together and size + 2 + len(nal) > LARGEST:
            out.append(_joined(together))
            together, size = [], 1
        if len(nal) > LARGEST:
            out.extend(_fragments(nal))
        elif 3 + len(nal) > LARGEST:  # fits alone, not with the header of a STAP-A
            out.append(nal)
        else:
            together.append(nal)
            size += 2 + len(nal)
    if together:
        out.append(_joined(together))
    return out


def _joined(nals: list[bytes]) -> bytes:
    """A single NAL unit packet, or a STAP-A with the highest importance of its parts."""
    if len(nals) == 1:
        return nals[0]
    importance = max(nal[0] & 0x60 for nal in nals)
    return bytes((importance | _STAP_A,)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def _fragments(nal: bytes) -> list[bytes]:
    """FU-A packets of one large NAL unit."""
    indicator = (nal[0] & 0xE0) | _FU_A
    type = nal[0] & 0x1F
    room = LARGEST - 2
    body = nal[1:]
    parts = [body[at : at + room] for at in range(0, len(body), room)]
    last = len(parts) - 1
    return [
        bytes((indicator, type | (0x80 if n == 0 else 0) | (0x40 if n == last else 0))) + part
        for n, part in enumerate(parts)
    ]
