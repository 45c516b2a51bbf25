"""VP8 payload descriptors (RFC 7741 section 4.2): what is rewritten for a receiver, where key frames begin.

PictureID and TL0PICIDX must run on without jumps when a receiver's source changes. They are read here once,
and written by `rewrite` in one go with the RTP header, always with the long form of PictureID.
"""

SYNC = 0x80  # in `tid`: layer sync, a receiver of lower layers may go up to this one here

PLAIN = (-1, 0, False, -1, 0, False)


def read(data: bytes, start: int, end: int) -> tuple[int, int, bool, int, int, bool, int]:
    """(head, pid, short, tl0, tid, key, at) of the payload data[start:end].

    head: the first two bytes of the descriptor, -1 if it has no PictureID, or is broken: then nothing is to
    be rewritten, and `at` is `start`. short: pid has 7 bits. tl0: -1 without. tid: temporal layer, with SYNC.
    key: a key frame starts here. at: where the bytes begin that are forwarded as they are.
    """
    try:
        first = data[start]
        starts = first & 0x17 == 0x10  # S, partition 0
        if not first & 0x80:
            return -1, 0, False, -1, 0, starts and start + 1 < end and not data[start + 1] & 1, start
        flags = data[start + 1]
        cut = start + 2
        pid, short, tl0, tid = -1, False, -1, 0
        if flags & 0x80:
            pid = data[cut]
            cut += 1
            if pid & 0x80:
                pid = (pid & 0x7F) << 8 | data[cut]
                cut += 1
            else:
                short = True
        at = cut
        if flags & 0x40:
            tl0 = data[cut]
            cut += 1
            at = cut
        if flags & 0x30:
            if flags & 0x20:
                tid = data[cut] >> 6 | (data[cut] & 0x20) << 2
            cut += 1
        if cut >= end:  # no byte of the picture itself
            return *PLAIN, start
        key = starts and not data[cut] & 1
        if pid < 0:
            return -1, 0, False, -1, 0, key, start
        return first << 8 | flags, pid, short, tl0, tid, key, at
    except IndexError:
        return *PLAIN, start
