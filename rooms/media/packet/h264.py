"""Where a decoder can begin in H.264 over RTP (RFC 6184): cameras send it as they record it."""

IDR, SPS, STAP_A, FU_A = 5, 7, 24, 28


def starts_key(data: bytes, start: int, end: int) -> bool:
    """Whether this payload begins a key frame: parameter sets, or an IDR slice without them.

    A camera's key frame is SPS, PPS, IDR in one or several packets; only the first may begin a receiver, so
    an IDR counts only if nothing before it would have. The caller sees `key` of later packets of the same
    timestamp too and ignores them (`Up`).
    """
    if start >= end:
        return False
    kind = data[start] & 31
    if kind in (SPS, IDR):
        return True
    if kind == STAP_A:
        at = start + 1
        while at + 2 < end:
            if data[at + 2] & 31 in (SPS, IDR):
                return True
            at += 2 + (data[at] << 8 | data[at + 1])
        return False
    # A fragment begins one only with its start bit.
    return kind == FU_A and start + 1 < end and data[start + 1] & 0x9F in (0x80 | IDR, 0x80 | SPS)
