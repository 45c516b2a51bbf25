"""The streams of a synthetic peer: what it sends, and what came in its slots."""

import secrets


class Heard:
    """What came in one slot."""

    __slots__ = ("bytes", "keys", "last_seq", "lost", "packets", "repeated")

    def __init__(self) -> None:
        self.packets = self.bytes = self.keys = self.lost = self.repeated = 0
        self.last_seq = -1


class Sent:
    """One stream this peer sends."""

    def __init__(self, mid: str, rid: str, pt: int) -> None:
        self.mid, self.rid, self.pt = mid, rid, pt
        self.ssrc = secrets.randbits(31) | 1
        self.seq = secrets.randbelow(30_000)
        self.ts = secrets.randbits(31)
        self.pid = secrets.randbits(15)
        self.tl0 = secrets.randbits(8)
        self.packets = self.octets = 0
        self.plis = self.nacks = 0
